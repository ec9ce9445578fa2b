import { LIMITS } from '../../core/limits.ts';

/** How many syncs are remembered: the median of so many does not follow one slow one. */
const KEPT = 9;
/** Where syncs are slow, one is tried in this thread again after so many times what the last one took. */
const REST = 20;
/** Of the last so many milliseconds syncs may hold the thread up for a share, whoever asks for them. */
const SPAN_MS = 100;
const SHARE = 0.25;

/**
 * For all logs of a thread: whether a small group is synced in the thread that appends it. That saves the wakes of two threads, which cost more than
 * the sync of a fast disk, but holds the thread up: so it is done as long as it does not take long. Where it does, one is
 * tried now and then, and a fast one is believed. Many fast ones, too, take a share of the thread at most.
 */
export class SyncChoice {
  #tookMs: number[] = [];
  #isSlow = false;
  /** When the last one ended, and how long the thread is spared after it. */
  #lastMs = Number.NEGATIVE_INFINITY;
  #restMs = 0;
  /** What syncs have taken of late: it goes down by SHARE of the time that passes. */
  #heldMs = 0;

  /** At the time `nowMs` of `performance.now()`. */
  isHere(nowMs: number): boolean {
    const sinceMs = nowMs - this.#lastMs;
    if (this.#heldMs - SHARE * sinceMs >= SHARE * SPAN_MS) return false;
    return !this.#isSlow || sinceMs >= this.#restMs;
  }

  /** Tells when one in this thread began and ended. */
  took(startedMs: number, endedMs: number): void {
    const tookMs = endedMs - startedMs;
    const heldMs = Math.max(0, this.#heldMs - SHARE * (endedMs - this.#lastMs)) + tookMs;
    // A single slow one does not count for longer than the span.
    this.#heldMs = Math.min(heldMs, 2 * SHARE * SPAN_MS);
    if (this.#isSlow && tookMs <= LIMITS.logSyncHereMs) this.#tookMs = [];
    this.#tookMs.push(tookMs);
    if (this.#tookMs.length > KEPT) this.#tookMs.shift();
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    this.#isSlow = (sorted[sorted.length >> 1] as number) > LIMITS.logSyncHereMs;
    this.#lastMs = endedMs;
    this.#restMs = REST * tookMs;
  }
}

/** The choice of this thread. */
export const SYNC_CHOICE = new SyncChoice();
