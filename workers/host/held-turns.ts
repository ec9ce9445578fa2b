import type { Turns } from '../stream/turns.ts';

/** Turns that can be held: meanwhile nothing of the one that takes them runs, and others go on taking theirs. */
export class HeldTurns implements Turns {
  readonly #turns: Turns;
  #held: Promise<void> | null = null;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  async take(urgent: boolean, slice: (endMs: number) => void): Promise<void> {
    for (let isTaken = false; !isTaken; ) {
      while (this.#held !== null) await this.#held;
      await this.#turns.take(urgent, (endMs) => {
        // It may have been held since it was asked for.
        if (this.#held !== null) return;
        isTaken = true;
        slice(endMs);
      });
    }
  }

  /** Holds the turns until the promise is settled. One at a time. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    let release: () => void = () => undefined;
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    try {
      return await work();
    } finally {
      this.#held = null;
      release();
    }
  }
}
