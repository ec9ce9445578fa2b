import type { Clock } from '../../core/clock.ts';

/** A clock that goes on when it is told to. */
export class TestClock implements Clock {
  #nowMs: number;
  readonly #calls = new Set<{ readonly atMs: number; readonly work: () => void }>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  at(atMs: number, work: () => void): () => void {
    const call = { atMs, work };
    this.#calls.add(call);
    // What is asked for after its time comes soon.
    if (atMs <= this.#nowMs) setImmediate(() => this.goTo(this.#nowMs));
    return () => this.#calls.delete(call);
  }

  /** Goes on to that time; what is due by then is called, in order. */
  goTo(atMs: number): void {
    for (;;) {
      const due = [...this.#calls].filter((call) => call.atMs <= atMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#calls.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.work();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  advance(ms: number): void {
    this.goTo(this.#nowMs + ms);
  }
}
