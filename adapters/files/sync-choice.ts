import { LIMITS } from '../../core/limits.ts';

/** How many syncs are remembered: the median of so many does not follow one slow one. */
const KEPT = 9;
/** Where syncs are slow, one is tried in this thread again after so many times what the last one took. */
const REST = 20;

/**
 * Whether a small group is synced in the thread that appends it. That saves the wakes of two threads, which cost more than
 * the sync of a fast disk, but holds the thread up: so it is done as long as it does not take long. Where it does, one is
 * tried now and then, and a fast one is believed.
 */
export class SyncChoice {
  #tookMs: number[] = [];
  #isSlow = false;
  /** When the last one ended, and how long the thread is spared after it. */
  #lastMs = Number.NEGATIVE_INFINITY;
  #restMs = 0;

  /** At the time `nowMs` of `performance.now()`. */
  isHere(nowMs: number): boolean {
    return !this.#isSlow || nowMs - this.#lastMs >= this.#restMs;
  }

  /** Tells when one in this thread began and ended. */
  took(startedMs: number, endedMs: number): void {
    const tookMs = endedMs - startedMs;
    if (this.#isSlow && tookMs <= LIMITS.logSyncHereMs) this.#tookMs = [];
    this.#tookMs.push(tookMs);
    if (this.#tookMs.length > KEPT) this.#tookMs.shift();
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    this.#isSlow = (sorted[sorted.length >> 1] as number) > LIMITS.logSyncHereMs;
    this.#lastMs = endedMs;
    this.#restMs = REST * tookMs;
  }
}
