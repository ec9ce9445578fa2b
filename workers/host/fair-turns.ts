import { present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Turns } from '../stream/turns.ts';

/** One that takes turns, and how far it has overdrawn them. */
interface Seat {
  /** Milliseconds that its slices took beyond their length: it is passed over until others have had as much. */
  debtMs: number;
}

interface Waiting {
  readonly seat: Seat;
  readonly slice: (endMs: number) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Slices of urgent work in a row after which one that is not urgent comes to its turn. */
const URGENT_IN_A_ROW = 4;

/** A slice that cannot be cut, as one long job, is paid for up to this many slices. */
const DEBT_SLICES_MAX = 100;

/**
 * The turns of all tenants of a thread: round robin, a slice each (LIMITS.foldSliceMs), urgent ones first. Between slices
 * the event loop comes to its turn, with messages and finished commits. One whose slices take too long waits longer.
 */
export class FairTurns {
  readonly #urgent: Waiting[] = [];
  readonly #others: Waiting[] = [];
  #urgentInARow = 0;
  #scheduled = false;

  /** The turns of one more that shares the thread. */
  seat(): Turns {
    const seat: Seat = { debtMs: 0 };
    return {
      take: (urgent, slice) =>
        new Promise((resolve, reject) => {
          (urgent ? this.#urgent : this.#others).push({ seat, slice, resolve, reject });
          this.#schedule();
        }),
    };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  /** Small slices share one turn of the event loop. */
  #run(): void {
    this.#scheduled = false;
    const endMs = performance.now() + LIMITS.foldSliceMs;
    let nowMs = endMs - LIMITS.foldSliceMs;
    for (let next = this.#next(true); next !== null; next = nowMs < endMs ? this.#next(false) : null) {
      const { seat, slice, resolve, reject } = next;
      const startedMs = nowMs;
      try {
        slice(nowMs + LIMITS.foldSliceMs);
        resolve();
      } catch (error) {
        reject(error);
      }
      nowMs = performance.now();
      const overdrawnMs = nowMs - startedMs - 2 * LIMITS.foldSliceMs;
      if (overdrawnMs > 0) {
        seat.debtMs = Math.min(seat.debtMs + overdrawnMs, DEBT_SLICES_MAX * LIMITS.foldSliceMs);
      }
    }
    if (this.#urgent.length + this.#others.length > 0) this.#schedule();
  }

  /**
   * Whose turn it is; null where nobody waits. Of those that have overdrawn, one comes to its turn where nobody else
   * waits, and only as the first of a turn of the event loop: those that have just had a slice may want the next.
   */
  #next(isFirst: boolean): Waiting | null {
    const isUrgent =
      this.#urgent.length > 0 && (this.#others.length === 0 || this.#urgentInARow < URGENT_IN_A_ROW);
    const queue = isUrgent ? this.#urgent : this.#others;
    for (let passed = 0; queue.length > 0; passed++) {
      const isAlone = queue.length === 1 || queue.every(({ seat }) => seat.debtMs > 0);
      const next = present(queue.shift(), 'someone who waits');
      if (next.seat.debtMs <= 0 || (isFirst && isAlone)) {
        // Where nobody else waited, nobody was kept waiting.
        if (queue.length === 0) next.seat.debtMs = 0;
        this.#urgentInARow = isUrgent ? this.#urgentInARow + 1 : 0;
        return next;
      }
      next.seat.debtMs -= LIMITS.foldSliceMs;
      queue.push(next);
      if (passed > queue.length) return null;
    }
    return null;
  }
}
