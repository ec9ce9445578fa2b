import { type Client, createClient } from 'graphql-ws';
import type { Operation } from './operation.ts';
import { RequestError, readProblem, unreachable, unreadable } from './request-error.ts';

/** What a request shows beside the session's cookie, which the browser sends by itself. */
export interface Credentials {
  /** Belongs to the session's cookie; null before anyone signed in. */
  readonly csrf: string | null;
  /** The tenant that an operator works for: an id or slug. */
  readonly tenant: string | null;
}

/** Whether what is followed arrives: `waiting` between two attempts to connect. */
export type LinkState = 'connecting' | 'live' | 'waiting' | 'refused';

/** Who hears of a subscription. */
export interface Follower<Result, Variables> {
  /** Asked before every attempt, so that one after a break can go on where the last ended. */
  variables(): Variables;
  next(result: Result): void;
  state(state: LinkState, error: RequestError | null): void;
}

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 20_000;
const MUTATION_ATTEMPTS = 3;

/** Asks the service over HTTP and follows it over one WebSocket. */
export class GraphqlClient {
  readonly #base: string;
  readonly #credentials: () => Credentials;
  #socket: Client | null = null;

  /** `base` is the service's address without `/graphql`, such as `https://risk.example.com`. */
  constructor(base: string, credentials: () => Credentials) {
    this.#base = base;
    this.#credentials = credentials;
  }

  /** Answers the operation. Throws RequestError; of several errors the first. */
  async request<Result, Variables>(
    operation: Operation<'query' | 'mutation', Result, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Result> {
    if (operation.kind === 'query') return this.#post(operation, variables, signal);
    // A mutation whose answer was lost is asked again under the same key: it is done once.
    const keyed = withIdempotencyKey(variables);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#post(operation, keyed, signal);
      } catch (error) {
        const again = error instanceof RequestError && error.code === 'UNREACHABLE';
        if (!again || attempt === MUTATION_ATTEMPTS) throw error;
        await pause(RETRY_MS_MIN * 2 ** attempt);
      }
    }
  }

  async #post<Result, Variables>(
    operation: Operation<'query' | 'mutation', Result, Variables>,
    variables: Variables,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { csrf, tenant } = this.#credentials();
    let response: Response;
    try {
      response = await fetch(`${this.#base}/graphql`, {
        method: 'POST',
        credentials: 'same-origin',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(csrf === null ? {} : { 'x-ringwatch-csrf': csrf }),
          ...(tenant === null ? {} : { 'x-ringwatch-tenant': tenant }),
        },
        body: JSON.stringify({ operationName: operation.name, query: operation.text, variables }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unreachable();
    }
    const body: unknown = await response.json().catch(() => null);
    const problem = readProblem(body);
    if (problem !== null) throw problem;
    const data = (body as { data?: Result | null } | null)?.data;
    if (data === undefined || data === null) throw unreadable(response.status);
    return data;
  }

  /** Follows a subscription until the returned function is called; connects again after every break. */
  follow<Result, Variables>(
    operation: Operation<'subscription', Result, Variables>,
    follower: Follower<Result, Variables>,
  ): () => void {
    let ended = false;
    let stop: () => void = () => undefined;
    let timer: number | undefined;
    let failures = 0;
    const again = (error: RequestError | null): void => {
      if (ended) return;
      failures += 1;
      follower.state('waiting', error);
      const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures);
      timer = window.setTimeout(attempt, longest * (0.5 + Math.random() / 2));
    };
    const attempt = (): void => {
      follower.state('connecting', null);
      stop = this.#connection().subscribe<Result>(
        {
          operationName: operation.name,
          query: operation.text,
          variables: follower.variables() as Record<string, unknown>,
        },
        {
          next: ({ data, errors }) => {
            failures = 0;
            if (data) follower.next(data);
            else if (errors?.[0]) follower.state('waiting', readProblem({ errors }));
          },
          error: (cause) => {
            const problem = readProblem({ errors: Array.isArray(cause) ? cause : [] });
            if (problem !== null && !problem.retryable && isRefusal(problem.code))
              follower.state('refused', problem);
            else again(problem ?? unreachable());
          },
          complete: () => again(null),
        },
      );
      this.#whenOpen(() => !ended && follower.state('live', null));
    };
    attempt();
    return () => {
      ended = true;
      window.clearTimeout(timer);
      stop();
    };
  }

  /** Ends the WebSocket; the next subscription opens another, with the credentials of then. */
  disconnect(): void {
    void this.#socket?.dispose();
    this.#socket = null;
    this.#open = false;
    this.#onOpen.clear();
  }

  #open = false;
  readonly #onOpen = new Set<() => void>();

  #whenOpen(then: () => void): void {
    if (this.#open) then();
    else this.#onOpen.add(then);
  }

  #connection(): Client {
    this.#socket ??= createClient({
      url: `${this.#base.replace(/^http/, 'ws')}/graphql`,
      lazy: true,
      retryAttempts: 0,
      keepAlive: 15_000,
      connectionParams: () => {
        const { csrf, tenant } = this.#credentials();
        return {
          ...(csrf === null ? {} : { 'x-ringwatch-csrf': csrf }),
          ...(tenant === null ? {} : { 'x-ringwatch-tenant': tenant }),
        };
      },
      on: {
        connected: () => {
          this.#open = true;
          for (const then of this.#onOpen) then();
          this.#onOpen.clear();
        },
        closed: () => {
          this.#open = false;
        },
      },
    });
    return this.#socket;
  }
}

/** Codes after which trying again with the same credentials is of no use. */
function isRefusal(code: string): boolean {
  return code === 'FORBIDDEN' || code === 'UNAUTHENTICATED' || code === 'TENANT_MISSING';
}

function withIdempotencyKey<Variables>(variables: Variables): Variables {
  const given = variables as { readonly input?: Readonly<Record<string, unknown>> };
  if (given.input === undefined) return variables;
  return { ...variables, input: { idempotencyKey: randomKey(), ...given.input } };
}

/** 128 random bits in hexadecimal; `crypto.randomUUID` is missing where the page came over plain HTTP. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
