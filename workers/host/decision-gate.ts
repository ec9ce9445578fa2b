import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';

/** An event that was handed to the engine. */
interface Handed {
  readonly atMs: number;
}

/**
 * The events that an engine was asked to decide and has not answered, whether or not their callers still wait. Where more come than it
 * decides, they would soon all be answered at their deadlines, each with a note in the log beside its event, which is more work than to decide
 * in time: so one that would come too late is refused at once, and those that are let in are decided.
 */
export class DecisionGate {
  /** The oldest first: the engine answers in order, nearly. */
  readonly #handed = new Set<Handed>();

  /** Events that are not answered. */
  get size(): number {
    return this.#handed.size;
  }

  /** Counts an event that has `deadlineMs` (null: any time) until it is `left`. Throws ENGINE_BUSY. */
  enter(nowMs: number, deadlineMs: number | null): { left(): void } {
    const [oldest] = this.#handed;
    const waitedMs = oldest === undefined ? 0 : nowMs - oldest.atMs;
    // Half of the time, so that what is let in has the other half; a pause that few wait for is no queue.
    const isTooLate =
      deadlineMs !== null && this.size >= LIMITS.decisionsQueuedMin && waitedMs > deadlineMs / 2;
    if (isTooLate || this.size >= LIMITS.decisionsInFlightMax) {
      throw new RingwatchError('ENGINE_BUSY', { frames: this.size });
    }
    const handed = { atMs: nowMs };
    this.#handed.add(handed);
    return { left: () => this.#handed.delete(handed) };
  }
}
