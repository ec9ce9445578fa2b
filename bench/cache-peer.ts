import type { HopAnswer } from './csr-peers.ts';

/** The edges that peers are given, vertices numbered from 0. */
export interface PeerGraph {
  readonly vertices: number;
  readonly sources: Uint32Array;
  readonly destinations: Uint32Array;
}

/** What a peer took for each start, in their order, and what it found. Some of the starts, where it is slow. */
export interface PeerTimes {
  readonly micros: readonly number[];
  /** Null: it was told to end before it had found all. */
  readonly answers: readonly (HopAnswer | null)[];
}

/** A graph in a system that is no part of the product. */
export interface CachePeer {
  readonly name: string;
  /**
   * Vertices within `hops` hops along edges, and with `induced` the edges between them. Ends after `secondsMax`, having run
   * some of the starts.
   */
  measure(starts: readonly number[], hops: number, induced: boolean, secondsMax: number): Promise<PeerTimes>;
  close(): Promise<void> | void;
}

/**
 * A peer that answers one start at a time. The first few starts run once more beforehand, untimed: plans and pages are
 * then warm.
 */
export function peerOf(
  name: string,
  answer: (start: number, hops: number, induced: boolean) => Promise<HopAnswer> | HopAnswer,
  close: () => Promise<void> | void,
): CachePeer {
  const measure = async (
    starts: readonly number[],
    hops: number,
    induced: boolean,
    secondsMax: number,
  ): Promise<PeerTimes> => {
    const micros: number[] = [];
    const answers: (HopAnswer | null)[] = [];
    const warmed = performance.now();
    const answerOrNone = async (start: number): Promise<HopAnswer | null> => {
      try {
        return await answer(start, hops, induced);
      } catch (error) {
        // A peer that is told to end after a while says so in its own words.
        if (performance.now() - began < 100 * secondsMax) throw error;
        return null;
      }
    };
    let began = performance.now();
    for (const start of starts.slice(0, 50)) {
      await answerOrNone(start);
      if (performance.now() - warmed > 200 * secondsMax) break;
    }
    began = performance.now();
    for (const start of starts) {
      const from = performance.now();
      const found = await answerOrNone(start);
      micros.push((performance.now() - from) * 1000);
      answers.push(found);
      if (performance.now() - began > 1000 * secondsMax) break;
    }
    return { micros, answers };
  };
  return { name, measure, close };
}
