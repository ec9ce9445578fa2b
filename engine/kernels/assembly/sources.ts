// What a source of edges has at a vertex: a segment's list and a delta's block, as a snapshot sees them.
// engine/kernels/reference-sources.ts says the same in plain TypeScript.
import {
  BLOCK_COUNT,
  BLOCK_ENTRIES,
  BLOCK_WHOLE,
  ENTRY_BYTES,
  ENTRY_EDGE,
  ENTRY_NEIGHBOUR,
  FILTER_TESTS,
  FILTER_TESTS_START,
  LISTS_VERTICES,
  LIVE_BLOCKS,
  LIVE_CHUNK_LOG2,
  LIVE_REMOVED,
  LIVE_TEST_COLUMN,
  LIVE_TEST_GREATEST,
  LIVE_TEST_LEAST,
  LIVE_TIMES,
  LIVE_VERTICES,
  REMOVED_BITS,
  REMOVED_HASH,
  REMOVED_MASK,
  REMOVED_SLOT_BYTES,
  REMOVED_SLOTS,
  REMOVED_TABLE,
  SOURCE_FILTER,
  SOURCE_FIRST_ID,
  SOURCE_FLOOR,
  SOURCE_LISTS,
  SOURCE_LIVE,
  SOURCE_LIVE_END,
  SOURCE_LIVE_FILTER,
  SOURCE_LIVE_FIRST,
  SOURCE_POSITION,
  SOURCE_REMOVED,
  SOURCE_TIME_BASE,
  SOURCE_TIME_NULLS,
  SOURCE_TIME_STEP,
  SOURCE_TIMES,
  TEST_BYTES,
} from '../memory-layout.ts';
import { codeOf, passes } from './columns.ts';
import { decodeEdges, openList } from './lists.ts';

/** Entries of the vertex's list, 0 where the lists do not reach so far. */
export function openWithin(lists: usize, vertex: u32): u32 {
  return vertex < load<u32>(lists, LISTS_VERTICES) ? openList(lists, vertex) : 0;
}

/** No more entries than this are at the vertex, whether they are seen or not. */
export function entriesAtMost(source: usize, vertex: u32): u32 {
  const block = liveBlock(load<usize>(source, SOURCE_LIVE), vertex);
  const base = openBase(source, vertex, block);
  return block === 0 ? base : base + load<u32>(block, BLOCK_COUNT);
}

/** Entries of the segment's list of a vertex, 0 where its block in the delta has them all. */
export function openBase(source: usize, vertex: u32, block: usize): u32 {
  const lists = load<usize>(source, SOURCE_LISTS);
  if (lists === 0 || (block !== 0 && load<u32>(block, BLOCK_WHOLE) !== 0)) return 0;
  return openWithin(lists, vertex);
}

/** Whether an entry of a block is seen, its time apart: its edge is of the delta, or of the segment. */
export function isSeen(source: usize, edge: u32): bool {
  const first = load<u32>(source, SOURCE_LIVE_FIRST);
  const position = load<u32>(source, SOURCE_POSITION);
  if (edge < first) return !isGone(load<usize>(source, SOURCE_REMOVED), edge, position);
  return (
    edge - first < load<u32>(source, SOURCE_LIVE_END) &&
    !isLiveGone(load<usize>(source, SOURCE_LIVE), edge - first, position)
  );
}

/** Whether a segment's edge was removed at the position or before. */
export function isGone(removed: usize, edge: u32, position: u32): bool {
  if (removed === 0) return false;
  if (((load<u8>(load<usize>(removed, REMOVED_BITS) + <usize>(edge >> 3)) >> (edge & 7)) & 1) === 0)
    return false;
  const table = load<usize>(removed, REMOVED_TABLE);
  const mask = load<u32>(table, REMOVED_MASK);
  let slot = ((edge * <u32>REMOVED_HASH) >> 7) & mask;
  const slots = table + REMOVED_SLOTS;
  while (load<u32>(slots + <usize>slot * REMOVED_SLOT_BYTES) !== edge + 1) slot = (slot + 1) & mask;
  return load<u32>(slots + <usize>slot * REMOVED_SLOT_BYTES, 4) <= position;
}

/** The event time of a segment's edge; +Infinity for none. */
export function baseTime(source: usize, edge: u32): f64 {
  const code = codeOf(load<usize>(source, SOURCE_TIMES), edge);
  if (code === 0 && load<u32>(source, SOURCE_TIME_NULLS) !== 0) return Infinity;
  return <f64>code * load<f64>(source, SOURCE_TIME_STEP) + load<f64>(source, SOURCE_TIME_BASE);
}

/** The value of a delta's column. */
function liveValue(chunks: usize, edge: u32): f64 {
  const chunk = load<usize>(chunks + ((<usize>(edge >> LIVE_CHUNK_LOG2)) << 2));
  return load<f64>(chunk + ((<usize>(edge & ((1 << LIVE_CHUNK_LOG2) - 1))) << 3));
}

/** An edge's event time, by its number in segment and delta together; +Infinity for none. */
export function edgeTime(source: usize, edge: u32): f64 {
  const first = load<u32>(source, SOURCE_LIVE_FIRST);
  if (edge >= first)
    return liveValue(load<usize>(load<usize>(source, SOURCE_LIVE), LIVE_TIMES), edge - first);
  return load<u32>(source, SOURCE_TIMES) === 0 ? Infinity : baseTime(source, edge);
}

/** Whether a delta's edge was removed at the position or before. */
export function isLiveGone(live: usize, edge: u32, position: u32): bool {
  const chunk = load<usize>(load<usize>(live, LIVE_REMOVED) + ((<usize>(edge >> LIVE_CHUNK_LOG2)) << 2));
  if (chunk === 0) return false;
  const removed = load<u32>(chunk + ((<usize>(edge & ((1 << LIVE_CHUNK_LOG2) - 1))) << 2));
  return removed !== 0 && removed - 1 <= position;
}

/** The block of a delta's vertex, or 0. */
export function liveBlock(live: usize, vertex: u32): usize {
  if (live === 0 || vertex >= load<u32>(live, LIVE_VERTICES)) return 0;
  return load<usize>(load<usize>(live, LIVE_BLOCKS) + ((<usize>vertex) << 2));
}

/** Whether a filter over a delta's columns lets the edge through; 0 for none. */
export function passesLive(filter: usize, edge: u32): bool {
  if (filter === 0) return true;
  let test = filter + FILTER_TESTS_START;
  const stop = test + <usize>load<u32>(filter, FILTER_TESTS) * TEST_BYTES;
  for (; test < stop; test += TEST_BYTES) {
    const value = liveValue(load<usize>(test, LIVE_TEST_COLUMN), edge);
    if (!(value >= load<f64>(test, LIVE_TEST_LEAST) && value <= load<f64>(test, LIVE_TEST_GREATEST)))
      return false;
  }
  return true;
}

/** Whether an edge, by its number in segment and delta together, passes the source's filters. */
export function passesSource(source: usize, edge: u32): bool {
  const first = load<u32>(source, SOURCE_LIVE_FIRST);
  return edge < first
    ? passes(load<usize>(source, SOURCE_FILTER), edge)
    : passesLive(load<usize>(source, SOURCE_LIVE_FILTER), edge - first);
}

/**
 * Puts the neighbours that the snapshot sees at `buffer` and the numbers of their edges at `edges`, by (event time, arrival)
 * where the segment has times, else the segment's before the delta's; how many.
 */
export function readVisible(source: usize, vertex: u32, buffer: usize, edges: usize): u32 {
  const block = liveBlock(load<usize>(source, SOURCE_LIVE), vertex);
  const base = openBase(source, vertex, block) === 0 ? 0 : readBase(source, vertex, buffer, edges);
  return block === 0 ? base : appendLive(source, block, base, buffer, edges);
}

function readBase(source: usize, vertex: u32, buffer: usize, edges: usize): u32 {
  const count = decodeEdges(load<usize>(source, SOURCE_LISTS), vertex, buffer, edges);
  const removed = load<usize>(source, SOURCE_REMOVED);
  const floor = load<f64>(source, SOURCE_FLOOR);
  const isTimed = load<u32>(source, SOURCE_TIMES) !== 0 && floor > -Infinity;
  if (removed === 0 && !isTimed) return count;
  const position = load<u32>(source, SOURCE_POSITION);
  let kept: usize = 0;
  for (let at: usize = 0; at < (<usize>count) << 2; at += 4) {
    const edge = load<u32>(edges + at);
    if (isGone(removed, edge, position)) continue;
    if (isTimed && baseTime(source, edge) < floor) continue;
    store<u32>(buffer + kept, load<u32>(buffer + at));
    store<u32>(edges + kept, edge);
    kept += 4;
  }
  return <u32>(kept >> 2);
}

function appendLive(source: usize, block: usize, base: u32, buffer: usize, edges: usize): u32 {
  const floor = load<f64>(source, SOURCE_FLOOR);
  const firstId = load<u32>(source, SOURCE_FIRST_ID);
  let last: f64 = -Infinity;
  if (base > 0 && load<u32>(source, SOURCE_TIMES) !== 0)
    last = baseTime(source, load<u32>(edges + ((<usize>(base - 1)) << 2)));
  let count = base;
  let entry = block + BLOCK_ENTRIES;
  const stop = entry + <usize>load<u32>(block, BLOCK_COUNT) * ENTRY_BYTES;
  for (; entry < stop; entry += ENTRY_BYTES) {
    const edge = load<u32>(entry, ENTRY_EDGE) - firstId;
    const time = load<f64>(entry);
    if (time < floor || !isSeen(source, edge)) continue;
    // Later than all of the segment's, nearly always.
    let at = (<usize>count) << 2;
    if (time < last) at = makePlace(source, time, at, buffer, edges);
    store<u32>(buffer + at, load<u32>(entry, ENTRY_NEIGHBOUR));
    store<u32>(edges + at, edge);
    count++;
  }
  return count;
}

/** Moves entries with a later time one place on; the place before them. */
function makePlace(source: usize, time: f64, end: usize, buffer: usize, edges: usize): usize {
  const first = load<u32>(source, SOURCE_LIVE_FIRST);
  const times = load<usize>(load<usize>(source, SOURCE_LIVE), LIVE_TIMES);
  let at = end;
  for (; at > 0; at -= 4) {
    const edge = load<u32>(edges + at - 4);
    const before = edge < first ? baseTime(source, edge) : liveValue(times, edge - first);
    if (before <= time) break;
    store<u32>(buffer + at, load<u32>(buffer + at - 4));
    store<u32>(edges + at, edge);
  }
  return at;
}

/** Keeps those of `count` entries that pass the source's filters, in place; how many. */
export function keepPassing(source: usize, count: u32, buffer: usize, edges: usize): u32 {
  if (load<u32>(source, SOURCE_FILTER) === 0 && load<u32>(source, SOURCE_LIVE_FILTER) === 0) return count;
  let kept: usize = 0;
  for (let at: usize = 0; at < (<usize>count) << 2; at += 4) {
    const edge = load<u32>(edges + at);
    if (!passesSource(source, edge)) continue;
    store<u32>(buffer + kept, load<u32>(buffer + at));
    store<u32>(edges + kept, edge);
    kept += 4;
  }
  return <u32>(kept >> 2);
}
