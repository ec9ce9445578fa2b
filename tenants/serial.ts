/** Runs what it is given one after the other, in the order of the calls; what throws holds up nothing. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;

  /** Whether something runs or waits. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    const turn = this.#last.then(work).finally(() => this.#running--);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
