import { setImmediate as nextTurn } from 'node:timers/promises';

/** Whoever shares a thread takes turns: work is cut into slices, and between two of them others come to theirs. */
export interface Turns {
  /**
   * Runs `slice` when it is its turn, `urgent` ones before others, and resolves after it. The slice ends soon after the
   * time `endMs` of `performance.now()`, done or not. Rejects with what it throws. One call at a time.
   */
  take(urgent: boolean, slice: (endMs: number) => void): Promise<void>;
}

/** The turns of a thread that has one tenant: each slice may take its time, after a turn of the event loop. */
export const UNSHARED_TURNS: Turns = {
  take: async (_urgent, slice) => {
    await nextTurn();
    slice(Number.POSITIVE_INFINITY);
  },
};
