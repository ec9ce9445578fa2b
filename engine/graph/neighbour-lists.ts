/**
 * The neighbour lists of one edge table in one direction, as its readers see them.
 *
 * A vertex's entries are ordered by (event time, arrival) and stand at indices `open(vertex)` to `end - 1`. Entry i
 * has its event time (microseconds; +Infinity where there is none) in `times[2 * i]`, its neighbour (dense vertex id)
 * in `words[4 * i + 2]` and its edge (dense id) in `words[4 * i + 3]`. Read the arrays after `open`, which may replace
 * them; indices of lists opened before hold in the new ones until the next change of the lists.
 */
export interface NeighbourLists {
  readonly times: Float64Array;
  readonly words: Int32Array;
  /** The end of the list opened last. */
  readonly end: number;
  /** The first index of the vertex's list. */
  open(vertex: number): number;
  /** Entries of the vertex at most: expired ones that are still there included. */
  degree(vertex: number): number;
}

/** The first index in [first, end) whose entry's time is at least `time`; `end` without one. */
export function lowerBound(times: Float64Array, first: number, end: number, time: number): number {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[2 * middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
