import { setMaxListeners } from 'node:events';
import { RingwatchError } from '../../../core/errors.ts';

/** How long a request may take. Resolvers stop at it, so that nothing goes on for a caller who has been told so. */
export class Deadline {
  /** Rejects once the time is over; stays pending when `clear` comes first. */
  readonly #expired: Promise<never>;
  #over = false;
  readonly #cancel = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  /** Null for no limit. */
  readonly limitMs: number | null;

  /** `limitMs` null: no limit, for subscriptions. */
  constructor(limitMs: number | null) {
    this.limitMs = limitMs;
    // Each query of an operation listens to it.
    setMaxListeners(0, this.#cancel.signal);
    let reject: (error: Error) => void = () => undefined;
    this.#expired = new Promise<never>((_, rejectPromise) => {
      reject = rejectPromise;
    });
    // Nobody may be waiting when it rejects.
    this.#expired.catch(() => undefined);
    this.#timer =
      limitMs === null
        ? null
        : setTimeout(() => {
            this.#over = true;
            this.#cancel.abort();
            reject(this.#error());
          }, limitMs);
  }

  /** Aborted when the time is over, or the caller gone: what is under way is to be called off. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** The caller is gone. */
  cancel(): void {
    this.#cancel.abort();
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The promise, or a rejection with GRAPHQL_TIMEOUT where the time is over first. */
  within<T>(promise: Promise<T>): Promise<T> {
    // What waits for a deadline that never comes would be kept as long as the subscription.
    return this.limitMs === null ? promise : Promise.race([promise, this.#expired]);
  }

  /** Throws GRAPHQL_TIMEOUT when the time is over. */
  check(): void {
    if (this.#over) throw this.#error();
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #error(): RingwatchError {
    return new RingwatchError('GRAPHQL_TIMEOUT', { limit: this.limitMs ?? 0 });
  }
}
