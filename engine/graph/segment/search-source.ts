import {
  FILTER_TESTS,
  FILTER_TESTS_START,
  LISTS_LONGEST,
  LISTS_VALUES,
  LIVE_LONGEST,
  LIVE_TEST_COLUMN,
  LIVE_TEST_GREATEST,
  LIVE_TEST_LEAST,
  SOURCE_FILTER,
  SOURCE_FIRST_ID,
  SOURCE_FLOOR,
  SOURCE_LISTS,
  SOURCE_LIVE,
  SOURCE_LIVE_END,
  SOURCE_LIVE_FILTER,
  SOURCE_LIVE_FIRST,
  SOURCE_PLAIN,
  SOURCE_POSITION,
  SOURCE_REMOVED,
  SOURCE_TIME_BASE,
  SOURCE_TIME_NULLS,
  SOURCE_TIME_STEP,
  SOURCE_TIMES,
  TEST_BYTES,
  TEST_COLUMN,
  TEST_GREATEST,
  TEST_LEAST,
  VALUES_EDGES,
} from '../../kernels/memory-layout.ts';
import type { GraphMemory } from './graph-memory.ts';

/**
 * Where edges of a search come from, and which of them it sees: the lists of a segment and those of the delta after it, as of
 * a position. Addresses are of records in the GraphMemory; 0 is none.
 */
export interface SearchSource {
  /** An EdgeSegment's `out` or `into`. */
  readonly lists: number;
  /** Lets the segment's edges through; made by `createFilter`. */
  readonly filter: number;
  /** A RemovedEdges' record. */
  readonly removed: number;
  /** A LiveLists' record. */
  readonly live: number;
  /** Lets the delta's edges through; made by `createLiveFilter`. */
  readonly liveFilter: number;
  /** The delta's edges from this number on are not seen. */
  readonly liveEnd: number;
  /** Edges removed at this position or before are not seen. */
  readonly position: number;
  /** Edges of the segment: what the delta's are numbered from. */
  readonly liveFirst: number;
  /** What the delta's blocks call the edge of number 0. */
  readonly firstId: number;
  /** The record of the segment's column of event times, 0 where edges have none. */
  readonly times: number;
  /** Whether code 0 of it stands for no time. */
  readonly timeNulls: boolean;
  /** The time of a code: the code times `timeStep`, and `timeBase`. */
  readonly timeBase: number;
  readonly timeStep: number;
  /** Edges before this time are not seen; -Infinity: all are. */
  readonly floor: number;
}

/** All edges of a segment's lists. */
export function segmentSource(lists: number): SearchSource {
  return {
    lists,
    filter: 0,
    removed: 0,
    live: 0,
    liveFilter: 0,
    liveEnd: 0,
    position: 0,
    liveFirst: 0xffff_ffff,
    firstId: 0,
    times: 0,
    timeNulls: false,
    timeBase: 0,
    timeStep: 1,
    floor: Number.NEGATIVE_INFINITY,
  };
}

/** Writes a source for kernels, SOURCE_BYTES at `at`. */
export function writeSource(memory: GraphMemory, at: number, source: SearchSource): void {
  const { view } = memory;
  const set = (field: number, value: number): void => view.setUint32(at + field, value, true);
  set(SOURCE_LISTS, source.lists);
  set(SOURCE_FILTER, source.filter);
  set(SOURCE_REMOVED, source.removed);
  set(SOURCE_LIVE, source.live);
  set(SOURCE_LIVE_FILTER, source.liveFilter);
  set(SOURCE_LIVE_END, source.liveEnd);
  set(SOURCE_POSITION, source.position);
  set(SOURCE_LIVE_FIRST, source.liveFirst);
  set(SOURCE_FIRST_ID, source.firstId);
  set(SOURCE_TIMES, source.times);
  set(SOURCE_TIME_NULLS, source.timeNulls ? 1 : 0);
  view.setFloat64(at + SOURCE_TIME_BASE, source.timeBase, true);
  view.setFloat64(at + SOURCE_TIME_STEP, source.timeStep, true);
  view.setFloat64(at + SOURCE_FLOOR, source.floor, true);
  const { lists, filter, removed, live, floor } = source;
  const isPlain =
    lists !== 0 &&
    filter === 0 &&
    removed === 0 &&
    live === 0 &&
    floor === Number.NEGATIVE_INFINITY &&
    view.getUint32(lists + LISTS_VALUES, true) !== VALUES_EDGES;
  set(SOURCE_PLAIN, isPlain ? lists : 0);
}

/** Entries that a vertex may have in a source. */
export function longestOf(memory: GraphMemory, { lists, live }: SearchSource): number {
  const base = lists === 0 ? 0 : memory.view.getUint32(lists + LISTS_LONGEST, true);
  return live === 0 ? base : base + memory.view.getUint32(live + LIVE_LONGEST, true);
}

/** A range that an edge's code, or a delta's value, must be in, both ends included. */
export interface ColumnRange {
  /** The record of a segment's column, or the table of a delta's. */
  readonly column: number;
  readonly least: number;
  readonly greatest: number;
}

/** A filter that lets a segment's edges through whose codes are in all ranges. The caller releases it. */
export function createFilter(memory: GraphMemory, ranges: readonly ColumnRange[]): number {
  return writeTests(memory, ranges, (test, { column, least, greatest }) => {
    memory.view.setUint32(test + TEST_COLUMN, column, true);
    memory.view.setBigUint64(test + TEST_LEAST, BigInt(least), true);
    memory.view.setBigUint64(test + TEST_GREATEST, BigInt(greatest), true);
  });
}

/** The same for a delta's edges, by their values. */
export function createLiveFilter(memory: GraphMemory, ranges: readonly ColumnRange[]): number {
  return writeTests(memory, ranges, (test, { column, least, greatest }) => {
    memory.view.setUint32(test + LIVE_TEST_COLUMN, column, true);
    memory.view.setFloat64(test + LIVE_TEST_LEAST, least, true);
    memory.view.setFloat64(test + LIVE_TEST_GREATEST, greatest, true);
  });
}

function writeTests(
  memory: GraphMemory,
  ranges: readonly ColumnRange[],
  write: (test: number, range: ColumnRange) => void,
): number {
  const filter = memory.allocate(FILTER_TESTS_START + ranges.length * TEST_BYTES);
  memory.view.setUint32(filter + FILTER_TESTS, ranges.length, true);
  ranges.forEach((range, n) => {
    write(filter + FILTER_TESTS_START + n * TEST_BYTES, range);
  });
  return filter;
}
