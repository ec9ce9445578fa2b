import type { GraphqlClient } from './graphql-client.ts';
import type { Operation } from './operation.ts';
import { asRequestError, type RequestError } from './request-error.ts';

/** What is known of an answer: the last one that came, whether another is on its way, and what was wrong with the last try. */
export interface QueryState<Result> {
  readonly data: Result | null;
  readonly error: RequestError | null;
  readonly loading: boolean;
}

interface Entry {
  state: QueryState<unknown>;
  readonly name: string;
  readonly operation: Operation<'query', unknown, unknown>;
  readonly variables: unknown;
  readonly listeners: Set<() => void>;
  run: AbortController | null;
}

const IDLE: QueryState<never> = { data: null, error: null, loading: true };

/**
 * Answers by operation and variables. An answer stays on show while a newer one is fetched; nothing is put together
 * from parts, so that what is shown was true at one moment.
 */
export class QueryStore {
  readonly #client: GraphqlClient;
  readonly #entries = new Map<string, Entry>();
  readonly #onError: (error: RequestError) => void;

  /** `onError` hears of every failure, to notice that a session has ended. */
  constructor(client: GraphqlClient, onError: (error: RequestError) => void) {
    this.#client = client;
    this.#onError = onError;
  }

  state<Result, Variables>(
    operation: Operation<'query', Result, Variables>,
    variables: Variables,
  ): QueryState<Result> {
    const entry = this.#entries.get(keyOf(operation, variables));
    return (entry?.state ?? IDLE) as QueryState<Result>;
  }

  /** Shows interest in an answer, and fetches it. The returned function ends the interest. */
  watch<Result, Variables>(
    operation: Operation<'query', Result, Variables>,
    variables: Variables,
    listener: () => void,
  ): () => void {
    const key = keyOf(operation, variables);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { state: IDLE, name: operation.name, operation, variables, listeners: new Set(), run: null };
      this.#entries.set(key, entry);
    }
    const watched = entry;
    watched.listeners.add(listener);
    if (watched.run === null) void this.#fetch(watched);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size > 0) return;
      watched.run?.abort();
      watched.run = null;
      this.#forgetOldest();
    };
  }

  /** Fetches again what is on show of these operations, and forgets what is not. */
  async refresh(...names: readonly string[]): Promise<void> {
    const entries = [...this.#entries].filter(([, { name }]) => names.length === 0 || names.includes(name));
    await Promise.all(
      entries.map(([key, entry]) => {
        if (entry.listeners.size > 0) return this.#fetch(entry);
        this.#entries.delete(key);
        return undefined;
      }),
    );
  }

  /** Forgets everything, as when someone else signs in. */
  clear(): void {
    for (const entry of this.#entries.values()) entry.run?.abort();
    this.#entries.clear();
  }

  async #fetch(entry: Entry): Promise<void> {
    entry.run?.abort();
    const run = new AbortController();
    entry.run = run;
    this.#set(entry, { ...entry.state, loading: true });
    try {
      const data = await this.#client.request(entry.operation, entry.variables, run.signal);
      if (entry.run === run) this.#set(entry, { data, error: null, loading: false });
    } catch (cause) {
      if (entry.run !== run) return;
      const error = asRequestError(cause);
      this.#set(entry, { ...entry.state, error, loading: false });
      this.#onError(error);
    } finally {
      if (entry.run === run) entry.run = null;
    }
  }

  #set(entry: Entry, state: QueryState<unknown>): void {
    entry.state = state;
    for (const listener of entry.listeners) listener();
  }

  #forgetOldest(): void {
    if (this.#entries.size <= ENTRIES_MAX) return;
    for (const [key, entry] of this.#entries) {
      if (entry.listeners.size > 0) continue;
      this.#entries.delete(key);
      if (this.#entries.size <= ENTRIES_MAX) return;
    }
  }
}

const ENTRIES_MAX = 60;

function keyOf(operation: Operation<'query', unknown, unknown>, variables: unknown): string {
  return `${operation.name} ${JSON.stringify(variables)}`;
}
