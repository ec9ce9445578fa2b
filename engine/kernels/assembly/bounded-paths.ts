// Simple paths of bounded length between two vertices: what engine/kernels/bounded-paths.ts defines with both ends given,
// inner vertices distinct and every edge a hop of its own.
import {
  BUDGET_SPENT,
  DONE,
  FRAME_AT,
  FRAME_BYTES,
  FRAME_EDGE,
  FRAME_FIRST,
  FRAME_VERTEX,
  PATHS_BUDGET,
  PATHS_BUFFER_BYTES,
  PATHS_BUFFERS,
  PATHS_FOUND_COUNT,
  PATHS_FRAMES,
  PATHS_HOPS,
  PATHS_MARKS,
  PATHS_MAX,
  PATHS_MIN,
  PATHS_OPPOSITE,
  PATHS_QUEUE,
  PATHS_QUEUE_ROOM,
  PATHS_SOURCE,
  PATHS_START,
  PATHS_TARGET,
  ROOM_SPENT,
} from '../memory-layout.ts';
import { keepPassing, readVisible } from './sources.ts';
import { isTaken, keepPath } from './temporal-paths.ts';

// A vertex's mark: hops to the target and 1, hops from the start and 1 (8 bits each), and whose lists were read.
const TO_TARGET: u32 = 0;
const FROM_START: u32 = 8;
const READ_ONWARD: u32 = 1 << 16;
const READ_BACK: u32 = 1 << 17;

let budget: u32 = 0;
let marks: usize = 0;
let buffer: usize = 0;
let bufferBytes: usize = 0;
let isSpent: bool = false;

function markOf(vertex: u32): u32 {
  return load<u32>(marks + ((<usize>vertex) << 2));
}

function distanceOf(vertex: u32, side: u32): u32 {
  return (markOf(vertex) >> side) & 255;
}

function setMark(vertex: u32, bits: u32): void {
  const at = marks + ((<usize>vertex) << 2);
  store<u32>(at, load<u32>(at) | bits);
}

/** Entries of a frontier's vertices that were not read yet. */
function costOf(source: usize, at: usize, end: usize, read: u32): u32 {
  let cost: u32 = 0;
  for (; at < end; at += 4) {
    const vertex = load<u32>(at);
    if ((markOf(vertex) & read) === 0) cost += readVisible(source, vertex, buffer, buffer + bufferBytes);
  }
  return cost;
}

/** Puts the vertex's hops that pass into a buffer; how many, -1 where the budget does not suffice. */
function hopsOf(source: usize, vertex: u32, target: usize, read: u32): i32 {
  const count = readVisible(source, vertex, target, target + bufferBytes);
  if ((markOf(vertex) & read) === 0) {
    if (count > budget) return -1;
    budget -= count;
    setMark(vertex, read);
  }
  return <i32>keepPassing(source, count, target, target + bufferBytes);
}

/**
 * Appends to a queue what is one hop further than its entries from `at` to `end`, at `distance`; where `limit` says so only what
 * the start reaches in time. The queue's new end; `isSpent` says whether the budget did not suffice.
 */
function frontier(
  source: usize,
  at: usize,
  end: usize,
  side: u32,
  read: u32,
  distance: u32,
  limit: bool,
  most: u32,
): usize {
  let next = end;
  for (; at < end; at += 4) {
    const count = hopsOf(source, load<u32>(at), buffer, read);
    if (count < 0) {
      isSpent = true;
      break;
    }
    for (let n: usize = 0; n < (<usize>count) << 2; n += 4) {
      const neighbour = load<u32>(buffer + n);
      if (distanceOf(neighbour, side) !== 0) continue;
      if (limit) {
        const ahead = distanceOf(neighbour, FROM_START);
        if (ahead === 0 || ahead - 1 > most - distance) continue;
      }
      setMark(neighbour, (distance + 1) << side);
      store<u32>(next, neighbour);
      next += 4;
    }
  }
  return next;
}

let nearEnd: usize = 0;
let farEnd: usize = 0;

/** Marks the hops to the target of every vertex after the first that can lie on a path; false where the budget does not suffice. */
function distances(record: usize, near: usize, far: usize): bool {
  const onward = load<usize>(record, PATHS_SOURCE);
  const back = load<usize>(record, PATHS_OPPOSITE);
  const most = load<u32>(record, PATHS_MAX);
  let ahead: u32 = 0;
  let behind: u32 = 0;
  while (ahead + behind < most - 1 && near < nearEnd && far < farEnd) {
    const isNearer = costOf(onward, near, nearEnd, READ_ONWARD) < costOf(back, far, farEnd, READ_BACK);
    const next = isNearer
      ? frontier(onward, near, nearEnd, FROM_START, READ_ONWARD, ++ahead, false, most)
      : frontier(back, far, farEnd, TO_TARGET, READ_BACK, ++behind, false, most);
    if (isNearer) {
      near = nearEnd;
      nearEnd = next;
    } else {
      far = farEnd;
      farEnd = next;
    }
    if (isSpent) return false;
  }
  while (behind < most - 1 && far < farEnd) {
    const next = frontier(back, far, farEnd, TO_TARGET, READ_BACK, ++behind, true, most);
    far = farEnd;
    farEnd = next;
    if (isSpent) return false;
  }
  return true;
}

/** Depth first from the start, in list order, only where the target is near enough. */
function extend(record: usize): u32 {
  const source = load<usize>(record, PATHS_SOURCE);
  const target = load<u32>(record, PATHS_TARGET);
  const fewest = load<u32>(record, PATHS_MIN);
  const most = load<u32>(record, PATHS_MAX);
  const frames = load<usize>(record, PATHS_FRAMES);
  let left = load<u32>(record, PATHS_HOPS);
  let depth: u32 = 0;
  let frame = frames;
  let hops = buffer;
  store<u32>(frame, load<u32>(record, PATHS_START), FRAME_VERTEX);
  let isNew = true;
  let status: u32 = DONE;
  for (;;) {
    if (isNew) {
      const count = hopsOf(source, load<u32>(frame, FRAME_VERTEX), hops, READ_ONWARD);
      if (count < 0) {
        status = BUDGET_SPENT;
        break;
      }
      store<u32>(frame, 0, FRAME_AT);
      store<u32>(frame, <u32>count, FRAME_FIRST);
      isNew = false;
    }
    const at = load<u32>(frame, FRAME_AT);
    if (at === load<u32>(frame, FRAME_FIRST)) {
      if (depth === 0) break;
      depth--;
      frame -= FRAME_BYTES;
      hops -= 2 * bufferBytes;
      continue;
    }
    store<u32>(frame, at + 1, FRAME_AT);
    if (left === 0) {
      status = BUDGET_SPENT;
      break;
    }
    left--;
    const vertex = load<u32>(hops + ((<usize>at) << 2));
    const reached = depth + 1;
    const behind = distanceOf(vertex, TO_TARGET);
    if (behind === 0 || behind - 1 > most - reached) continue;
    const ends = vertex === target;
    if (!ends && isTaken(frames, depth, vertex)) continue;
    store<u32>(frame, load<u32>(hops + bufferBytes + ((<usize>at) << 2)), FRAME_EDGE);
    if (reached >= fewest && ends && !keepPath(record, frames, reached)) {
      status = ROOM_SPENT;
      break;
    }
    if (reached === most || ends) continue;
    depth = reached;
    frame += FRAME_BYTES;
    hops += 2 * bufferBytes;
    store<u32>(frame, vertex, FRAME_VERTEX);
    isNew = true;
  }
  return status;
}

/** Finds every path, in list order. DONE; BUDGET_SPENT: then nothing is said; ROOM_SPENT: with more room it is to be run again. */
export function pathsBetween(record: usize): u32 {
  budget = load<u32>(record, PATHS_BUDGET);
  marks = load<usize>(record, PATHS_MARKS);
  buffer = load<usize>(record, PATHS_BUFFERS);
  bufferBytes = load<usize>(record, PATHS_BUFFER_BYTES);
  store<u32>(record, 0, PATHS_FOUND_COUNT);
  isSpent = false;
  const near = load<usize>(record, PATHS_QUEUE);
  const far = near + load<usize>(record, PATHS_QUEUE_ROOM);
  const start = load<u32>(record, PATHS_START);
  const target = load<u32>(record, PATHS_TARGET);
  store<u32>(near, start);
  store<u32>(far, target);
  setMark(start, 1 << FROM_START);
  setMark(target, 1 << TO_TARGET);
  nearEnd = near + 4;
  farEnd = far + 4;
  const status = distances(record, near, far) ? extend(record) : BUDGET_SPENT;
  for (let at = near; at < nearEnd; at += 4) store<u32>(marks + ((<usize>load<u32>(at)) << 2), 0);
  for (let at = far; at < farEnd; at += 4) store<u32>(marks + ((<usize>load<u32>(at)) << 2), 0);
  if (status === DONE) store<u32>(record, budget, PATHS_BUDGET);
  if (status === BUDGET_SPENT) {
    store<u32>(record, 0, PATHS_BUDGET);
    store<u32>(record, 0, PATHS_FOUND_COUNT);
  }
  return status;
}
