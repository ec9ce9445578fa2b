import { assert } from '../../core/assert.ts';

/**
 * The neighbour lists of one edge table in one direction, as its readers see them. Today one mutable structure
 * implements it; immutable compressed segments with a mutable delta fit behind it by decoding a list into the arrays.
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
  /** Entries of the vertex, expired ones that are still there included. */
  degree(vertex: number): number;
}

/** Header words of a vertex, all in entries: start of its block, first entry, end, end of the block. */
const HEADER = 4;
const ENTRY_BYTES = 16;
const CAPACITY_MIN = 4;
/** Moves of fewer entries are cheaper by hand than by a call of the engine's. */
const MOVE_BY_HAND_MAX = 32;
/** Insertions further from the tail than this look for their place by binary search. */
const LINEAR_STEPS = 8;

/**
 * Neighbour lists in growing blocks of one pooled buffer, 16 bytes an entry. Blocks double as lists grow; freed ones
 * are used again by size. Appending at the tail is O(1) amortised, an event that is late by k entries costs a move of
 * k entries; removal of the oldest entry is O(1).
 */
export class Adjacency implements NeighbourLists {
  times: Float64Array;
  words: Int32Array;
  end = 0;
  /** Entries before this time are invisible, and go when their room is needed or `sweep` comes by. Never falls. */
  horizon = Number.NEGATIVE_INFINITY;
  private sweptVertex = 0;
  private header = new Int32Array(64 * HEADER);
  private vertices = 0;
  private poolEnd = 0;
  private poolCapacity: number;
  private readonly freeBlocks: number[][] = [];

  constructor(entriesHint = 256) {
    this.poolCapacity = entriesHint;
    const buffer = new ArrayBuffer(entriesHint * ENTRY_BYTES);
    this.times = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
  }

  open(vertex: number): number {
    if (vertex >= this.vertices) {
      this.end = 0;
      return 0;
    }
    const at = vertex * HEADER;
    this.end = this.header[at + 2] as number;
    return this.header[at + 1] as number;
  }

  degree(vertex: number): number {
    if (vertex >= this.vertices) return 0;
    const at = vertex * HEADER;
    return (this.header[at + 2] as number) - (this.header[at + 1] as number);
  }

  /** Whether the vertex has a visible entry. */
  isConnected(vertex: number): boolean {
    if (vertex >= this.vertices) return false;
    const at = vertex * HEADER;
    const end = this.header[at + 2] as number;
    return end > (this.header[at + 1] as number) && (this.times[2 * end - 2] as number) >= this.horizon;
  }

  /** Adds an entry behind all whose time is not greater. */
  insert(vertex: number, time: number, neighbour: number, edge: number): void {
    if (vertex >= this.vertices) this.addVertices(vertex + 1);
    const at = vertex * HEADER;
    if (this.header[at + 2] === this.header[at + 3]) this.makeRoom(at);
    const header = this.header;
    const first = header[at + 1] as number;
    const end = header[at + 2] as number;
    let place = end;
    if (end > first && (this.times[2 * end - 2] as number) > time) {
      place = this.placeAfter(first, end, time);
      this.move(place, end, place + 1);
    }
    this.times[2 * place] = time;
    this.words[4 * place + 2] = neighbour;
    this.words[4 * place + 3] = edge;
    header[at + 2] = end + 1;
  }

  /** Takes the invisible entries out of one list, the next one each time; frees the block of an empty one. */
  sweep(): void {
    if (this.sweptVertex >= this.vertices) this.sweptVertex = 0;
    const at = this.sweptVertex++ * HEADER;
    if (this.header[at + 3] !== this.header[at] && this.trim(at)) this.releaseBlock(at);
  }

  /** Takes out the entry of `edge`, which was inserted with exactly this time; an invisible one may be gone already. */
  remove(vertex: number, time: number, edge: number): void {
    const at = vertex * HEADER;
    if (time < this.horizon) {
      this.trim(at);
      return;
    }
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
      this.move(place + 1, end, place);
      this.header[at + 2] = end - 1;
    }
    if (end - first === 1) this.releaseBlock(at);
  }

  /** Takes all entries out. */
  clear(): void {
    this.header.fill(0);
    this.freeBlocks.length = 0;
    this.poolEnd = 0;
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

  /** Leaves the invisible entries at the front behind. Whether nothing is left. */
  private trim(at: number): boolean {
    const header = this.header;
    const end = header[at + 2] as number;
    let first = header[at + 1] as number;
    if (first < end && (this.times[2 * first] as number) < this.horizon) {
      first++;
      if (first < end && (this.times[2 * first] as number) < this.horizon)
        first = lowerBound(this.times, first, end, this.horizon);
      header[at + 1] = first;
    }
    return first === end;
  }

  private addVertices(count: number): void {
    if (count * HEADER > this.header.length) {
      const wider = new Int32Array(Math.max(count, (this.header.length / HEADER) * 2) * HEADER);
      wider.set(this.header);
      this.header = wider;
    }
    this.vertices = count;
  }

  /**
   * Leaves invisible entries behind, then slides the others to the front of their block when a quarter of it is free
   * there, else moves them to a larger one.
   */
  private makeRoom(at: number): void {
    this.trim(at);
    const base = this.header[at] as number;
    const first = this.header[at + 1] as number;
    const end = this.header[at + 2] as number;
    const capacity = (this.header[at + 3] as number) - base;
    if (first > base && (first - base) * 4 >= capacity) {
      this.move(first, end, base);
      this.header[at + 1] = base;
      this.header[at + 2] = base + end - first;
      return;
    }
    const larger = capacity === 0 ? CAPACITY_MIN : capacity * 2;
    const block = this.takeBlock(larger);
    this.move(first, end, block);
    if (capacity > 0) this.keepFree(base, capacity);
    this.header[at] = block;
    this.header[at + 1] = block;
    this.header[at + 2] = block + end - first;
    this.header[at + 3] = block + larger;
  }

  /** Moves entries first to end - 1 so that they begin at `to`. */
  private move(first: number, end: number, to: number): void {
    if (end - first > MOVE_BY_HAND_MAX) {
      this.times.copyWithin(2 * to, 2 * first, 2 * end);
      return;
    }
    const words = this.words;
    const shift = 4 * (to - first);
    if (shift < 0) for (let at = 4 * first; at < 4 * end; at++) words[at + shift] = words[at] as number;
    else for (let at = 4 * end - 1; at >= 4 * first; at--) words[at + shift] = words[at] as number;
  }

  private takeBlock(capacity: number): number {
    const free = this.freeBlocks[31 - Math.clz32(capacity)];
    if (free !== undefined && free.length > 0) return free.pop() as number;
    const block = this.poolEnd;
    const end = block + capacity;
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

  private keepFree(block: number, capacity: number): void {
    const sizeClass = 31 - Math.clz32(capacity);
    while (this.freeBlocks.length <= sizeClass) this.freeBlocks.push([]);
    (this.freeBlocks[sizeClass] as number[]).push(block);
  }

  private releaseBlock(at: number): void {
    const base = this.header[at] as number;
    this.keepFree(base, (this.header[at + 3] as number) - base);
    for (let word = at; word < at + HEADER; word++) this.header[word] = 0;
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
