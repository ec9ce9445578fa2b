// Neighbour lists as engine/graph/segment writes them, read by SIMD. engine/kernels/reference-lists.ts says the same
// in plain TypeScript.
import {
  BLOCK_VERTICES,
  CHUNK_BYTES,
  CHUNK_GROUPS,
  FORM_PACKED,
  LANE_SHIFTS,
  LISTS_DATA,
  LISTS_DEGREES,
  LISTS_DIRECTORY,
  LISTS_FORM,
  LISTS_GAP_BASE,
  LISTS_NUMBERED_BY,
  LISTS_OWNERS,
  LISTS_TABLES,
  LISTS_VALUES,
  LISTS_WIDE,
  LISTS_WIDTH,
  MASKS,
  OWNERS_LOG2,
  TABLES_GROUPS,
  VALUES_EDGES,
} from '../memory-layout.ts';

/** The number of the first entry of the list that was opened last. */
export let firstEntry: u32 = 0;

/** The sum of the bytes of two vectors. */
function sumBytes(low: v128, high: v128): u32 {
  const pairs = i16x8.add(i16x8.extadd_pairwise_i8x16_u(low), i16x8.extadd_pairwise_i8x16_u(high));
  const fours = i32x4.extadd_pairwise_i16x8_u(pairs);
  const halves = i32x4.add(
    fours,
    i8x16.shuffle(fours, fours, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  );
  const sums = i64x2.extract_lane(halves, 0);
  return <u32>sums + <u32>(sums >> 32);
}

/** The vertex's number of entries; sets `firstEntry`. */
export function openList(lists: usize, vertex: u32): u32 {
  const block = vertex / BLOCK_VERTICES;
  const row = vertex % BLOCK_VERTICES;
  const at = load<usize>(lists, LISTS_DEGREES) + ((<usize>block) << 5);
  const before = load<u32>(at);
  if (<i32>before < 0) {
    const place =
      load<usize>(lists, LISTS_WIDE) + ((<usize>((before & 0x7fffffff) * (BLOCK_VERTICES + 1) + row)) << 2);
    const first = load<u32>(place);
    firstEntry = first;
    return load<u32>(place, 4) - first;
  }
  // Of the block's 32 bytes, those of the vertices before this one: not its first four, and none from `row` on.
  const mask = <usize>MASKS + 28 - row;
  const low = v128.and(v128.and(v128.load(at), v128.load(mask)), i32x4(0, -1, -1, -1));
  const high = v128.and(v128.load(at, 16), v128.load(mask, 16));
  firstEntry = before + sumBytes(low, high);
  return load<u8>(at + row, 4);
}

/** Four values of one width from `at`, whose shuffle, factors and mask are at `table`. */
function readGroup(table: usize, at: usize): v128 {
  const spread = i8x16.swizzle(v128.load(at), v128.load(table));
  return v128.and(i32x4.shr_u(i32x4.mul(spread, v128.load(table, 16)), 7), v128.load(table, 32));
}

function prefixSums(gaps: v128): v128 {
  const zero = i32x4.splat(0);
  const pairs = i32x4.add(
    gaps,
    i8x16.shuffle(zero, gaps, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27),
  );
  return i32x4.add(
    pairs,
    i8x16.shuffle(zero, pairs, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23),
  );
}

function lastLane(values: v128): v128 {
  return i8x16.shuffle(values, values, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

/** Lane 0 is how far the list's first value is from `vertex`, its sign in the lowest bit; the others are gaps. */
function startList(lanes: v128, vertex: u32, gapBase: v128): v128 {
  const first = v128.and(lanes, i32x4(-1, 0, 0, 0));
  const distance = v128.xor(i32x4.shr_u(first, 1), i32x4.neg(v128.and(first, i32x4(1, 0, 0, 0))));
  const gaps = i32x4.add(lanes, gapBase);
  return prefixSums(
    i32x4.add(v128.andnot(gaps, i32x4(-1, 0, 0, 0)), i32x4.add(distance, i32x4(vertex, 0, 0, 0))),
  );
}

/** Puts the vertex's values at `target`, with up to 3 words after them that mean nothing; their number. */
export function decodeList(lists: usize, vertex: u32, target: usize): u32 {
  const count = openList(lists, vertex);
  if (count > 0) decodeOpened(lists, vertex, count, target);
  return count;
}

/** The same for the list that was opened last, which has entries. */
export function decodeOpened(lists: usize, vertex: u32, count: u32, target: usize): void {
  if (load<u32>(lists, LISTS_FORM) === FORM_PACKED) decodePacked(lists, firstEntry, count, target);
  else decodeGroups(lists, vertex, firstEntry, count, target);
}

function decodePacked(lists: usize, first: u32, count: u32, target: usize): void {
  const data = load<usize>(lists, LISTS_DATA);
  const width = <u64>load<u32>(lists, LISTS_WIDTH);
  const mask = ((<u64>1) << width) - 1;
  let bit = <u64>first * width;
  for (const stop = target + ((<usize>count) << 2); target < stop; target += 4) {
    store<u32>(target, <u32>((load<u64>(data + <usize>(bit >> 3)) >> (bit & 7)) & mask));
    bit += width;
  }
}

function decodeGroups(lists: usize, vertex: u32, first: u32, count: u32, target: usize): void {
  const group = first >> 2;
  const skip = first & 3;
  const row = group % CHUNK_GROUPS;
  const widths = load<usize>(lists, LISTS_TABLES);
  const tables = widths + TABLES_GROUPS;
  const data = load<usize>(lists, LISTS_DATA);
  let chunk = load<usize>(lists, LISTS_DIRECTORY) + ((<usize>(group / CHUNK_GROUPS)) << 5);

  // The widths of the chunk's groups before this one, two of them a byte.
  const byte = row >> 1;
  const mask = <usize>MASKS + 28 - byte;
  const widthOf = v128.load(widths);
  const nibbles = i8x16.splat(15);
  const codesLow = v128.load(chunk);
  const codesHigh = v128.load(chunk, 16);
  const low = i8x16.add(
    i8x16.swizzle(widthOf, v128.and(codesLow, nibbles)),
    i8x16.swizzle(widthOf, v128.and(i16x8.shr_u(codesLow, 4), nibbles)),
  );
  const high = i8x16.add(
    i8x16.swizzle(widthOf, v128.and(codesHigh, nibbles)),
    i8x16.swizzle(widthOf, v128.and(i16x8.shr_u(codesHigh, 4), nibbles)),
  );
  // Places are in half bytes: a group takes as many as its width has bits.
  let place = sumBytes(
    v128.and(v128.and(low, v128.load(mask)), i32x4(0, -1, -1, -1)),
    v128.and(high, v128.load(mask, 16)),
  );
  let base = data + load<u32>(chunk);
  let at = chunk + 4 + byte;
  let codes: u32 = load<u8>(at);
  const isSecond = row & 1;
  if (isSecond) {
    place += load<u8>(widths + (codes & 15));
    codes >>= 4;
  }

  const stop = target + ((<usize>count) << 2);
  const gapBase = i32x4.splat(load<u32>(lists, LISTS_GAP_BASE));
  const onward = i32x4.mul(gapBase, i32x4(1, 2, 3, 4));
  let values = readGroup(tableOf(tables, codes & 15, place), base + (place >> 1));
  values = startList(i8x16.swizzle(values, v128.load(<usize>LANE_SHIFTS + (skip << 4))), vertex, gapBase);
  v128.store(target, values);
  target += (4 - skip) << 2;
  if (target >= stop) return;
  // The lanes that were moved in hold no gap, but were taken for one.
  let carry = i32x4.sub(lastLane(values), i32x4.mul(gapBase, i32x4.splat(skip)));
  place += load<u8>(widths + (codes & 15));
  if (!isSecond) {
    codes >>= 4;
    values = readGroup(tableOf(tables, codes, place), base + (place >> 1));
    values = i32x4.add(i32x4.add(prefixSums(values), onward), carry);
    v128.store(target, values);
    target += 16;
    if (target >= stop) return;
    carry = lastLane(values);
    place += load<u8>(widths + codes);
  }
  for (;;) {
    at++;
    if (at - chunk === CHUNK_BYTES) {
      chunk = at;
      base = data + load<u32>(chunk);
      at += 4;
      place = 0;
    }
    codes = load<u8>(at);
    values = readGroup(tableOf(tables, codes & 15, place), base + (place >> 1));
    values = i32x4.add(i32x4.add(prefixSums(values), onward), carry);
    v128.store(target, values);
    target += 16;
    if (target >= stop) return;
    carry = lastLane(values);
    place += load<u8>(widths + (codes & 15));
    codes >>= 4;
    values = readGroup(tableOf(tables, codes, place), base + (place >> 1));
    values = i32x4.add(i32x4.add(prefixSums(values), onward), carry);
    v128.store(target, values);
    target += 16;
    if (target >= stop) return;
    carry = lastLane(values);
    place += load<u8>(widths + codes);
  }
}

/** The place of the tables for a group of this code that begins at half byte `place`. */
function tableOf(tables: usize, code: u32, place: u32): usize {
  return tables + ((<usize>code) << 7) + ((<usize>(place & 1)) << 6);
}

/** One value of a list in FORM_PACKED, by the number of its entry. */
export function packedValue(lists: usize, entry: u32): u32 {
  const width = <u64>load<u32>(lists, LISTS_WIDTH);
  const bit = <u64>entry * width;
  const word = load<u64>(load<usize>(lists, LISTS_DATA) + <usize>(bit >> 3));
  return <u32>((word >> (bit & 7)) & (((<u64>1) << width) - 1));
}

/** Entries before a block of degrees. */
function entriesBefore(lists: usize, block: u32): u32 {
  const before = load<u32>(load<usize>(lists, LISTS_DEGREES) + ((<usize>block) << 5));
  if (<i32>before >= 0) return before;
  return load<u32>(
    load<usize>(lists, LISTS_WIDE) + ((<usize>((before & 0x7fffffff) * (BLOCK_VERTICES + 1))) << 2),
  );
}

/** The vertex whose list holds the entry of this number. */
export function ownerOf(lists: usize, entry: u32): u32 {
  const sample = load<usize>(lists, LISTS_OWNERS) + ((<usize>(entry >> OWNERS_LOG2)) << 2);
  let block = load<u32>(sample);
  let end = load<u32>(sample, 4) + 1;
  // The last block that begins at or before the entry.
  while (end - block > 1) {
    const middle = (block + end) >> 1;
    if (entriesBefore(lists, middle) <= entry) block = middle;
    else end = middle;
  }
  const at = load<usize>(lists, LISTS_DEGREES) + ((<usize>block) << 5);
  const before = load<u32>(at);
  let row: u32 = 0;
  if (<i32>before < 0) {
    const places =
      load<usize>(lists, LISTS_WIDE) + ((<usize>((before & 0x7fffffff) * (BLOCK_VERTICES + 1))) << 2);
    while (load<u32>(places + ((<usize>row) << 2), 4) <= entry) row++;
  } else {
    let left = <i32>(entry - before);
    for (;;) {
      left -= load<u8>(at + row, 4);
      if (left < 0) break;
      row++;
    }
  }
  return block * BLOCK_VERTICES + row;
}

/** Replaces `count` edge numbers at `edges` by the vertices whose lists hold them, at `target`. */
export function ownersOf(lists: usize, edges: usize, count: u32, target: usize): void {
  for (let n: usize = 0; n < (<usize>count) << 2; n += 4)
    store<u32>(target + n, ownerOf(lists, load<u32>(edges + n)));
}

/**
 * Puts the vertex's neighbours at `target` and the numbers of its edges at `edges`, in the order of its list; how
 * many. With VALUES_NEIGHBOURS the numbers are those of this direction's own entries.
 */
export function decodeEdges(lists: usize, vertex: u32, target: usize, edges: usize): u32 {
  if (load<u32>(lists, LISTS_VALUES) === VALUES_EDGES) {
    const count = decodeList(lists, vertex, edges);
    ownersOf(load<usize>(lists, LISTS_NUMBERED_BY), edges, count, target);
    return count;
  }
  const count = decodeList(lists, vertex, target);
  for (let n: u32 = 0; n < count; n++) store<u32>(edges + ((<usize>n) << 2), firstEntry + n);
  return count;
}

/** Reads the lists of the vertices from `first` to `last` - 1 into `target`, one over the other; a sum of what was read. */
export function sumLists(lists: usize, first: u32, last: u32, target: usize): f64 {
  let sum: u64 = 0;
  for (let vertex = first; vertex < last; vertex++) {
    const stop = target + ((<usize>decodeList(lists, vertex, target)) << 2);
    for (let at = target; at < stop; at += 4) sum += load<u32>(at);
  }
  return <f64>sum;
}
