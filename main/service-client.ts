import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text as readText } from 'node:stream/consumers';
import { RingwatchError } from '../core/errors.ts';

/** Who asks, and for which tenant: an operator names one, a key belongs to one. */
export interface Caller {
  readonly token: string;
  readonly tenant?: string;
}

/** What the service answers to a body of rows with `wait=applied`; docs/api.md has all of it. */
export interface RowsAnswer {
  readonly rows: number;
  readonly accepted: number;
  readonly rejectedCount: number;
  readonly duplicates: number;
  readonly late: number;
}

interface AnsweredError {
  readonly code: string;
  readonly message: string;
}

interface GraphqlAnswer {
  readonly data?: Readonly<Record<string, { readonly userErrors?: readonly AnsweredError[] } | null>>;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  /** Where the request was no matter of GraphQL, such as a token that is not known. */
  readonly error?: AnsweredError;
}

/**
 * Talks to a service as any program would: GraphQL and bodies of rows over HTTP. Every call throws SERVICE_REFUSED naming what
 * was asked and the error that was answered, SERVICE_LOST where no answer came, and the signal's reason once that has ended
 * everything.
 */
export class ServiceClient {
  /** Ends every call once it is aborted. */
  readonly signal: AbortSignal;
  readonly #address: string;

  /** `address` without a slash at its end. */
  constructor(address: string, signal: AbortSignal) {
    this.#address = address;
    this.signal = signal;
  }

  /** Runs one operation and gives its `data`. `T` is what the document asks for: its writer knows. */
  async graphql<T>(caller: Caller, document: string, variables: object = {}): Promise<T> {
    const answer = (await this.#answering('POST /graphql', async () => {
      const response = await fetch(`${this.#address}/graphql`, {
        method: 'POST',
        headers: { ...headersOf(caller), 'content-type': 'application/json' },
        body: JSON.stringify({ query: document, variables }),
        signal: this.signal,
      });
      return await response.json();
    })) as GraphqlAnswer;
    const error = firstError(answer);
    if (error !== null) throw refused(/\{\s*(\w+)/.exec(document)?.[1] ?? 'GraphQL', error);
    return answer.data as T;
  }

  /** Sends a body of CSV to `/v1/sources/…` or `/v1/tables/…`, as it comes, and waits until its rows are folded. */
  async sendRows(
    caller: Caller,
    path: string,
    body: AsyncIterable<string> | Iterable<string>,
  ): Promise<RowsAnswer> {
    const operation = `POST ${path}`;
    const answer = await this.#answering(operation, () => this.#post(caller, path, body));
    const { error } = answer as { readonly error?: AnsweredError };
    if (error !== undefined) throw refused(operation, error);
    return answer as RowsAnswer;
  }

  async #post(
    caller: Caller,
    path: string,
    body: AsyncIterable<string> | Iterable<string>,
  ): Promise<unknown> {
    const request = http.request(`${this.#address}${path}?wait=applied`, {
      method: 'POST',
      headers: { ...headersOf(caller), 'content-type': 'text/csv' },
      signal: this.signal,
    });
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
    });
    // Where the answer comes before the body's end, the answer says why.
    const sent = pipeline(Readable.from(body), request).catch(() => undefined);
    const said = await readText(await answer);
    request.destroy();
    await sent;
    return JSON.parse(said) as unknown;
  }

  async #answering(operation: string, ask: () => Promise<unknown>): Promise<unknown> {
    try {
      return await ask();
    } catch (cause) {
      this.signal.throwIfAborted();
      throw new RingwatchError('SERVICE_LOST', { operation, reason: reasonOf(cause) }, { cause });
    }
  }
}

function headersOf({ token, tenant }: Caller): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    ...(tenant === undefined ? {} : { 'x-ringwatch-tenant': tenant }),
  };
}

function firstError({ data, errors, error }: GraphqlAnswer): AnsweredError | null {
  if (error !== undefined) return error;
  const [first] = errors ?? [];
  if (first !== undefined) return { code: first.extensions.code, message: first.message };
  const [wrong] = Object.values(data ?? {}).flatMap((payload) => payload?.userErrors ?? []);
  return wrong ?? null;
}

function refused(operation: string, { code, message }: AnsweredError): RingwatchError {
  return new RingwatchError('SERVICE_REFUSED', { operation, code, reason: message });
}

/** `fetch` hides what happened to a connection in the cause of its error. */
function reasonOf(error: unknown): string {
  const { message, code, cause } = error as { message?: string; code?: string; cause?: unknown };
  if (cause !== undefined) return reasonOf(cause);
  return code ?? message ?? String(error);
}
