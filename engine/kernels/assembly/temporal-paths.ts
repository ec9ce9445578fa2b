// Paths back in time from one vertex to another, over timed lists of segments and deltas: what
// engine/kernels/temporal-paths.ts defines with both ends given, inner vertices distinct and no bound on the path's own span.
import {
  BLOCK_COUNT,
  BLOCK_ENTRIES,
  BUDGET_SPENT,
  DONE,
  ENTRY_BYTES,
  ENTRY_EDGE,
  ENTRY_NEIGHBOUR,
  FRAME_AT,
  FRAME_BLOCK,
  FRAME_BLOCK_AT,
  FRAME_BYTES,
  FRAME_EDGE,
  FRAME_FIRST,
  FRAME_UPPER,
  FRAME_VERTEX,
  LISTS_NUMBERED_BY,
  LISTS_VALUES,
  NEAR_MAX,
  PATHS_BELOW,
  PATHS_BUDGET,
  PATHS_FOUND,
  PATHS_FOUND_COUNT,
  PATHS_FOUND_ROOM,
  PATHS_FRAMES,
  PATHS_LOWEST,
  PATHS_MAX,
  PATHS_MIN,
  PATHS_NEAR,
  PATHS_OPPOSITE,
  PATHS_SOURCE,
  PATHS_START,
  PATHS_TARGET,
  ROOM_SPENT,
  SOURCE_FIRST_ID,
  SOURCE_FLOOR,
  SOURCE_LISTS,
  SOURCE_LIVE,
  SOURCE_POSITION,
  SOURCE_REMOVED,
  VALUES_EDGES,
} from '../memory-layout.ts';
import { firstEntry, ownerOf, packedValue } from './lists.ts';
import { baseTime, isGone, isSeen, liveBlock, openBase, passesSource } from './sources.ts';

/** The entry that `step` came to. */
let entryTime: f64 = 0;
let entryEdge: u32 = 0;
let entryVertex: u32 = 0;

/** Neighbours of the target, where these are few: at PATHS_NEAR of the record. -1: they are not known. */
let near: usize = 0;
let nearCount: i32 = -1;

/** The segment's edge of an entry. */
function edgeAt(lists: usize, entry: u32): u32 {
  return load<u32>(lists, LISTS_VALUES) === VALUES_EDGES ? packedValue(lists, entry) : entry;
}

/** The neighbour of a segment's entry whose edge is known. */
function vertexAt(lists: usize, entry: u32, edge: u32): u32 {
  if (load<u32>(lists, LISTS_VALUES) === VALUES_EDGES)
    return ownerOf(load<usize>(lists, LISTS_NUMBERED_BY), edge);
  return packedValue(lists, entry);
}

/** The first of a segment's entries in [low, high) whose time is at least `time`. */
function baseBound(source: usize, low: u32, high: u32, time: f64): u32 {
  const lists = load<usize>(source, SOURCE_LISTS);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (baseTime(source, edgeAt(lists, middle)) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first of a block's entries whose time is at least `time`. */
function blockBound(block: usize, time: f64): u32 {
  let low: u32 = 0;
  let high = load<u32>(block, BLOCK_COUNT);
  // The newest are asked for mostly.
  if (high > 0 && load<f64>(block + BLOCK_ENTRIES + <usize>(high - 1) * ENTRY_BYTES) < time) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<f64>(block + BLOCK_ENTRIES + <usize>middle * ENTRY_BYTES) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Opens the lists of the frame's vertex in its source: what is before the frame's upper time is to be read. */
function openFrame(frame: usize, source: usize): void {
  const vertex = load<u32>(frame, FRAME_VERTEX);
  const upper = load<f64>(frame, FRAME_UPPER);
  const block = liveBlock(load<usize>(source, SOURCE_LIVE), vertex);
  const count = openBase(source, vertex, block);
  if (count === 0) {
    store<u32>(frame, 0, FRAME_FIRST);
    store<u32>(frame, 0, FRAME_AT);
  } else {
    const first = firstEntry;
    store<u32>(frame, first, FRAME_FIRST);
    store<u32>(frame, baseBound(source, first, first + count, upper), FRAME_AT);
  }
  store<usize>(frame, block, FRAME_BLOCK);
  store<u32>(frame, block === 0 ? 0 : blockBound(block, upper), FRAME_BLOCK_AT);
}

/** Comes to the latest entry not read yet that the snapshot sees, at `floor` or later; false when there is none. */
function step(frame: usize, source: usize, floor: f64): bool {
  const lists = load<usize>(source, SOURCE_LISTS);
  const first = load<u32>(frame, FRAME_FIRST);
  let at = load<u32>(frame, FRAME_AT);
  let baseEdge: u32 = 0;
  let time: f64 = -Infinity;
  while (at > first) {
    baseEdge = edgeAt(lists, at - 1);
    if (!isGone(load<usize>(source, SOURCE_REMOVED), baseEdge, load<u32>(source, SOURCE_POSITION))) {
      time = baseTime(source, baseEdge);
      break;
    }
    at--;
  }
  store<u32>(frame, at, FRAME_AT);
  const block = load<usize>(frame, FRAME_BLOCK);
  let blockAt = load<u32>(frame, FRAME_BLOCK_AT);
  while (blockAt > 0) {
    const entry = block + BLOCK_ENTRIES + <usize>(blockAt - 1) * ENTRY_BYTES;
    const edge = load<u32>(entry, ENTRY_EDGE) - load<u32>(source, SOURCE_FIRST_ID);
    if (isSeen(source, edge)) {
      // Of one time, what is in the delta arrived later.
      if (load<f64>(entry) < time) break;
      store<u32>(frame, blockAt - 1, FRAME_BLOCK_AT);
      entryTime = load<f64>(entry);
      entryEdge = edge;
      entryVertex = load<u32>(entry, ENTRY_NEIGHBOUR);
      return entryTime >= floor;
    }
    blockAt--;
  }
  store<u32>(frame, blockAt, FRAME_BLOCK_AT);
  if (at === first || time < floor) return false;
  store<u32>(frame, at - 1, FRAME_AT);
  entryTime = time;
  entryEdge = baseEdge;
  entryVertex = vertexAt(lists, at - 1, baseEdge);
  return true;
}

/** Notes a neighbour of the target; there may be more than are remembered. */
function noteNear(vertex: u32): void {
  if (nearCount < NEAR_MAX) store<u32>(near + ((<usize>nearCount) << 2), vertex);
  nearCount++;
}

/** The time of the target's oldest edge onward in [lowest, below), +Infinity without one; notes its neighbours where they are few. */
function oldestFromTarget(record: usize): f64 {
  const target = load<u32>(record, PATHS_TARGET);
  const source = load<usize>(record, PATHS_OPPOSITE);
  const lowest = max(load<f64>(record, PATHS_LOWEST), load<f64>(source, SOURCE_FLOOR));
  const lists = load<usize>(source, SOURCE_LISTS);
  let oldest: f64 = Infinity;
  near = record + PATHS_NEAR;
  nearCount = 0;
  const block = liveBlock(load<usize>(source, SOURCE_LIVE), target);
  const entries = openBase(source, target, block);
  if (entries > 0) {
    const first = firstEntry;
    const end = first + entries;
    for (let at = baseBound(source, first, end, lowest); at < end && nearCount <= NEAR_MAX; at++) {
      const edge = edgeAt(lists, at);
      if (isGone(load<usize>(source, SOURCE_REMOVED), edge, load<u32>(source, SOURCE_POSITION))) continue;
      if (nearCount === 0) oldest = baseTime(source, edge);
      noteNear(vertexAt(lists, at, edge));
    }
  }
  if (block !== 0) {
    const end = load<u32>(block, BLOCK_COUNT);
    let isFirst = true;
    for (let at = blockBound(block, lowest); at < end && (isFirst || nearCount <= NEAR_MAX); at++) {
      const entry = block + BLOCK_ENTRIES + <usize>at * ENTRY_BYTES;
      if (!isSeen(source, load<u32>(entry, ENTRY_EDGE) - load<u32>(source, SOURCE_FIRST_ID))) continue;
      if (isFirst) oldest = min(oldest, load<f64>(entry));
      isFirst = false;
      noteNear(load<u32>(entry, ENTRY_NEIGHBOUR));
    }
  }
  if (nearCount > NEAR_MAX) nearCount = -1;
  return oldest < load<f64>(record, PATHS_BELOW) ? oldest : Infinity;
}

function isNear(vertex: u32): bool {
  for (let n: i32 = 0; n < nearCount; n++) if (load<u32>(near + ((<usize>n) << 2)) === vertex) return true;
  return false;
}

/** Whether the vertex is one of the frames up to this depth. */
export function isTaken(frames: usize, depth: u32, vertex: u32): bool {
  for (let n: u32 = 0; n <= depth; n++)
    if (load<u32>(frames + <usize>n * FRAME_BYTES, FRAME_VERTEX) === vertex) return true;
  return false;
}

/** Notes the path of the frames' edges; false without room. */
export function keepPath(record: usize, frames: usize, hops: u32): bool {
  const count = load<u32>(record, PATHS_FOUND_COUNT);
  if (count + hops + 1 > load<u32>(record, PATHS_FOUND_ROOM)) return false;
  const found = load<usize>(record, PATHS_FOUND) + ((<usize>count) << 2);
  store<u32>(found, hops);
  for (let n: u32 = 0; n < hops; n++)
    store<u32>(found + ((<usize>(n + 1)) << 2), load<u32>(frames + <usize>n * FRAME_BYTES, FRAME_EDGE));
  store<u32>(record, count + hops + 1, PATHS_FOUND_COUNT);
  return true;
}

/** Finds every path, the latest edges first. DONE, BUDGET_SPENT, or ROOM_SPENT: with more room it is to be run again. */
export function pathsBack(record: usize): u32 {
  const source = load<usize>(record, PATHS_SOURCE);
  const frames = load<usize>(record, PATHS_FRAMES);
  const target = load<u32>(record, PATHS_TARGET);
  const fewest = load<u32>(record, PATHS_MIN);
  const most = load<u32>(record, PATHS_MAX);
  let budget = load<u32>(record, PATHS_BUDGET);
  store<u32>(record, 0, PATHS_FOUND_COUNT);
  const lowest = oldestFromTarget(record);
  if (lowest === Infinity) return DONE;
  const floor = max(lowest, load<f64>(source, SOURCE_FLOOR));
  let depth: u32 = 0;
  let frame = frames;
  store<u32>(frame, load<u32>(record, PATHS_START), FRAME_VERTEX);
  store<f64>(frame, load<f64>(record, PATHS_BELOW), FRAME_UPPER);
  openFrame(frame, source);
  for (;;) {
    if (!step(frame, source, floor)) {
      if (depth === 0) break;
      depth--;
      frame -= FRAME_BYTES;
      continue;
    }
    if (budget === 0) {
      store<u32>(record, 0, PATHS_BUDGET);
      return BUDGET_SPENT;
    }
    budget--;
    const hops = depth + 1;
    const isTarget = entryVertex === target;
    if (!isTarget && (hops >= most || entryTime === lowest || isTaken(frames, depth, entryVertex))) continue;
    if (!passesSource(source, entryEdge)) continue;
    store<u32>(frame, entryEdge, FRAME_EDGE);
    if (isTarget) {
      if (hops >= fewest && !keepPath(record, frames, hops)) return ROOM_SPENT;
      continue;
    }
    if (hops + 1 === most && nearCount >= 0 && !isNear(entryVertex)) continue;
    depth = hops;
    frame += FRAME_BYTES;
    store<u32>(frame, entryVertex, FRAME_VERTEX);
    store<f64>(frame, entryTime, FRAME_UPPER);
    openFrame(frame, source);
  }
  store<u32>(record, budget, PATHS_BUDGET);
  return DONE;
}
