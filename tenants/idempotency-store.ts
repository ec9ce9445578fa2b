/** Answers by the key that the caller chose, kept a day per principal. */
export interface IdempotencyStore {
  /**
   * Runs `work` unless it was run before under this key: then gives its stored answer again. `request` is what is
   * compared (canonical JSON of it, hashed). Throws IDEMPOTENCY_KEY_REUSED (another operation or request),
   * IDEMPOTENCY_IN_PROGRESS (retryable), IDEMPOTENCY_KEY_INVALID. What `work` throws is not kept.
   */
  run<T>(
    key: string,
    operation: string,
    request: unknown,
    work: () => Promise<T>,
  ): Promise<{ readonly answer: T; readonly replayed: boolean }>;
}
