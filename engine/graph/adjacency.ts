import { assert } from '../../core/assert.ts';

/**
 * The neighbour lists of one edge table in one direction, as its readers see them. Today one mutable structure
 * implements it; immutable compressed segments with a mutable delta fit behind it by decoding a list into the
 * cursor's arrays.
 */
export interface NeighbourLists {
  /** Points `cursor` at the vertex's entries. It holds until the next change of the lists. */
  open(vertex: number, cursor: EntryCursor): void;
  /** Entries of the vertex, expired ones that are still there included. */
  degree(vertex: number): number;
}

/**
 * A vertex's entries, ordered by (event time, arrival), at indices `first` to `end - 1`. Entry i has its event time
 * (microseconds; +Infinity where there is none) in `times[2 * i]`, its neighbour (dense vertex id) in
 * `words[4 * i + 2]` and its edge (dense id) in `words[4 * i + 3]`.
 */
export class EntryCursor {
  times: Float64Array = NO_TIMES;
  words: Int32Array = NO_WORDS;
  first = 0;
  end = 0;
}

const NO_TIMES = new Float64Array(0);
const NO_WORDS = new Int32Array(0);

/** Header words of a vertex: first word of its block, first live entry, end, log2 of the block's capacity (-1: no block). */
const HEADER = 4;
const ENTRY_BYTES = 16;
const CAPACITY_LOG2_MIN = 1;
/** Insertions further from the tail than this look for their place by binary search. */
const LINEAR_STEPS = 8;

/**
 * Neighbour lists in growing blocks of one pooled buffer, 16 bytes an entry. A block is a power of two of entries;
 * freed blocks are used again by size. Appending at the tail is O(1) amortised, an event that is late by k entries
 * costs a move of k entries; removal of the oldest entry is O(1).
 */
export class Adjacency implements NeighbourLists {
  private header = new Int32Array(64 * HEADER);
  private vertices = 0;
  private times: Float64Array;
  private words: Int32Array;
  private poolEnd = 0;
  private poolCapacity: number;
  private readonly freeBlocks: number[][] = [];

  constructor(entriesHint = 256) {
    this.poolCapacity = entriesHint;
    const buffer = new ArrayBuffer(entriesHint * ENTRY_BYTES);
    this.times = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
  }

  open(vertex: number, cursor: EntryCursor): void {
    cursor.times = this.times;
    cursor.words = this.words;
    if (vertex >= this.vertices) {
      cursor.first = 0;
      cursor.end = 0;
      return;
    }
    const at = vertex * HEADER;
    cursor.first = this.header[at + 1] as number;
    cursor.end = this.header[at + 2] as number;
  }

  degree(vertex: number): number {
    if (vertex >= this.vertices) return 0;
    const at = vertex * HEADER;
    return (this.header[at + 2] as number) - (this.header[at + 1] as number);
  }

  /** The event time of the vertex's newest entry; -Infinity without one. */
  newestTime(vertex: number): number {
    if (vertex >= this.vertices) return Number.NEGATIVE_INFINITY;
    const at = vertex * HEADER;
    const end = this.header[at + 2] as number;
    if (end === (this.header[at + 1] as number)) return Number.NEGATIVE_INFINITY;
    return this.times[2 * (end - 1)] as number;
  }

  /** Adds an entry behind all whose time is not greater. */
  insert(vertex: number, time: number, neighbour: number, edge: number): void {
    if (vertex >= this.vertices) this.addVertices(vertex + 1);
    const at = vertex * HEADER;
    const log2 = this.header[at + 3] as number;
    if (log2 < 0 || (this.header[at + 2] as number) === (this.header[at] as number) + (1 << log2))
      this.makeRoom(vertex);
    const end = this.header[at + 2] as number;
    const place = this.placeAfter(this.header[at + 1] as number, end, time);
    if (place < end) this.times.copyWithin(2 * place + 2, 2 * place, 2 * end);
    this.times[2 * place] = time;
    this.words[4 * place + 2] = neighbour;
    this.words[4 * place + 3] = edge;
    this.header[at + 2] = end + 1;
  }

  /** Takes out the entry of `edge`, which is there with exactly this time. */
  remove(vertex: number, time: number, edge: number): void {
    const at = vertex * HEADER;
    const first = this.header[at + 1] as number;
    const end = this.header[at + 2] as number;
    let place = first;
    if (this.words[4 * first + 3] !== edge || first === end) {
      place = end - 1;
      if (place >= first && this.words[4 * place + 3] !== edge) {
        place = lowerBound(this.times, first, end, time);
        while (place < end && this.words[4 * place + 3] !== edge) place++;
      }
    }
    assert(place >= first && place < end && this.times[2 * place] === time, 'edge is in its neighbour list');
    if (place === first) this.header[at + 1] = first + 1;
    else {
      if (place < end - 1) this.times.copyWithin(2 * place, 2 * place + 2, 2 * end);
      this.header[at + 2] = end - 1;
    }
    if (end - first === 1) this.releaseBlock(at);
  }

  /** Bytes held, free room included. */
  get bytes(): number {
    return this.poolCapacity * ENTRY_BYTES + this.header.byteLength;
  }

  private placeAfter(first: number, end: number, time: number): number {
    const times = this.times;
    let place = end;
    const stop = Math.max(end - LINEAR_STEPS, first);
    while (place > stop && (times[2 * place - 2] as number) > time) place--;
    if (place > stop || place === first) return place;
    let low = first;
    let high = place;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[2 * middle] as number) > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private addVertices(count: number): void {
    if (count * HEADER > this.header.length) {
      const wider = new Int32Array(Math.max(count, (this.header.length / HEADER) * 2) * HEADER);
      wider.set(this.header);
      this.header = wider;
    }
    for (let vertex = this.vertices; vertex < count; vertex++) this.header[vertex * HEADER + 3] = -1;
    this.vertices = count;
  }

  /** Slides the entries to the front of their block when a quarter of it is free there, else moves them to a larger one. */
  private makeRoom(vertex: number): void {
    const at = vertex * HEADER;
    const base = this.header[at] as number;
    const first = this.header[at + 1] as number;
    const end = this.header[at + 2] as number;
    const log2 = this.header[at + 3] as number;
    if (log2 >= 0 && first > base && first - base >= (1 << log2) >> 2) {
      this.times.copyWithin(2 * base, 2 * first, 2 * end);
      this.header[at + 1] = base;
      this.header[at + 2] = base + end - first;
      return;
    }
    const larger = log2 < 0 ? CAPACITY_LOG2_MIN : log2 + 1;
    const block = this.takeBlock(larger);
    this.times.copyWithin(2 * block, 2 * first, 2 * end);
    if (log2 >= 0) this.keepFree(base, log2);
    this.header[at] = block;
    this.header[at + 1] = block;
    this.header[at + 2] = block + end - first;
    this.header[at + 3] = larger;
  }

  private takeBlock(log2: number): number {
    const free = this.freeBlocks[log2];
    if (free !== undefined && free.length > 0) return free.pop() as number;
    const block = this.poolEnd;
    const end = block + (1 << log2);
    if (end > this.poolCapacity) this.growPool(end);
    this.poolEnd = end;
    return block;
  }

  private growPool(needed: number): void {
    this.poolCapacity = Math.max(needed, this.poolCapacity * 2);
    const buffer = new ArrayBuffer(this.poolCapacity * ENTRY_BYTES);
    const times = new Float64Array(buffer);
    times.set(this.times.subarray(0, 2 * this.poolEnd));
    this.times = times;
    this.words = new Int32Array(buffer);
  }

  private keepFree(block: number, log2: number): void {
    while (this.freeBlocks.length <= log2) this.freeBlocks.push([]);
    (this.freeBlocks[log2] as number[]).push(block);
  }

  private releaseBlock(at: number): void {
    this.keepFree(this.header[at] as number, this.header[at + 3] as number);
    this.header[at] = 0;
    this.header[at + 1] = 0;
    this.header[at + 2] = 0;
    this.header[at + 3] = -1;
  }
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
