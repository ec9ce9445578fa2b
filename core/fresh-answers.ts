/**
 * Asks the same question for many. One is under way at a time; those who come meanwhile share the next, which begins after all of
 * them: none is answered with what was so before it came.
 */
export class FreshAnswers<T> {
  readonly #ask: () => Promise<T>;
  #underWay: Promise<T> | null = null;
  #next: Promise<T> | null = null;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** The answer to a question that begins after the call. Rejects as the question does. */
  get(): Promise<T> {
    if (this.#underWay === null) {
      this.#underWay = this.#ask().finally(() => {
        this.#underWay = null;
      });
      return this.#underWay;
    }
    this.#next ??= this.#underWay
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.get();
      });
    return this.#next;
  }
}
