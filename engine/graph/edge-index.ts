import type { Value } from '../../core/types.ts';

/** A slot holds an edge's number and 1, so that a new table is empty without being written. */
const EMPTY = 0;
const REMOVED = -1;
const halves = new DataView(new ArrayBuffer(8));

/** The hash of no values, to begin with. */
export const HASH_START = 0x811c9dc5;

/** A 32-bit hash of key values; equal values have equal hashes whatever they came from. */
export function hashKey(values: readonly Value[]): number {
  let hash = HASH_START;
  for (let n = 0; n < values.length; n++) hash = hashValue(hash, values[n] as Value);
  return finishHash(hash);
}

/** hashKey of the row's values at `columns`. */
export function hashRowKey(row: readonly Value[], columns: readonly number[]): number {
  let hash = HASH_START;
  for (let n = 0; n < columns.length; n++) hash = hashValue(hash, row[columns[n] as number] ?? null);
  return finishHash(hash);
}

/** The hash with one value more. */
export function hashValue(seed: number, value: Value): number {
  let hash = seed;
  if (typeof value === 'string') {
    for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
    return Math.imul(hash ^ 0x5f, 0x01000193);
  }
  if (typeof value === 'number') {
    if ((value | 0) === value) return Math.imul(hash ^ value, 0x85ebca6b) ^ (hash >>> 15);
    halves.setFloat64(0, value);
    hash = Math.imul(hash ^ halves.getInt32(0), 0x85ebca6b) ^ (hash >>> 15);
    return Math.imul(hash ^ halves.getInt32(4), 0xc2b2ae35) ^ (hash >>> 13);
  }
  return hashValue(hash, String(value));
}

/** Ends a hash: the last mixing of MurmurHash3 (Appleby, public domain). */
export function finishHash(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * A multimap from key hashes to edges: open addressing with linear probing over one typed array of (hash, edge)
 * pairs, 8 bytes a slot, at most half full. Fuller, insertions walked so far that throughput sagged by a fifth before
 * each doubling. Callers compare the keys themselves. Entries of edges that are gone may stand until the table is
 * rebuilt.
 */
export class EdgeIndex {
  private readonly isGone: (edge: number) => boolean;
  private slots: Int32Array;
  private mask: number;
  /** Slots that are not empty, removed ones included. */
  private used = 0;

  /** `isGone`: whether an edge's entry need not be kept; asked now and then of all. `edges`: how many it has room for at first. */
  constructor(isGone: (edge: number) => boolean, edges = 0) {
    this.isGone = isGone;
    let capacity = 1024;
    while (capacity < 2 * (edges + 1)) capacity *= 2;
    this.slots = new Int32Array(2 * capacity);
    this.mask = capacity - 1;
  }

  add(hash: number, edge: number): void {
    if ((this.used + 1) * 2 > this.mask + 1) this.rehash();
    let slot = hash & this.mask;
    while ((this.slots[2 * slot + 1] as number) > 0) slot = (slot + 1) & this.mask;
    if (this.slots[2 * slot + 1] === EMPTY) this.used++;
    this.slots[2 * slot] = hash;
    this.slots[2 * slot + 1] = edge + 1;
  }

  remove(hash: number, edge: number): void {
    for (let slot = this.find(hash); slot >= 0; slot = this.findNext(slot, hash)) {
      if (this.slots[2 * slot + 1] !== edge + 1) continue;
      this.slots[2 * slot + 1] = REMOVED;
      return;
    }
  }

  /** The first slot whose hash is `hash`, or -1. */
  find(hash: number): number {
    return this.probe(hash & this.mask, hash);
  }

  /** The next slot after `slot` with that hash, or -1. */
  findNext(slot: number, hash: number): number {
    return this.probe((slot + 1) & this.mask, hash);
  }

  edgeAt(slot: number): number {
    return (this.slots[2 * slot + 1] as number) - 1;
  }

  get bytes(): number {
    return this.slots.byteLength;
  }

  private probe(from: number, hash: number): number {
    const slots = this.slots;
    for (let slot = from; ; slot = (slot + 1) & this.mask) {
      const edge = slots[2 * slot + 1] as number;
      if (edge === EMPTY) return -1;
      if (edge > 0 && slots[2 * slot] === hash) return slot;
    }
  }

  private rehash(): void {
    const old = this.slots;
    let kept = 0;
    for (let at = 1; at < old.length; at += 2) {
      if ((old[at] as number) <= 0) continue;
      if (this.isGone((old[at] as number) - 1)) old[at] = REMOVED;
      else kept++;
    }
    let capacity = this.mask + 1;
    if (kept * 3 > capacity) capacity *= 2;
    this.slots = new Int32Array(2 * capacity);
    this.mask = capacity - 1;
    this.used = 0;
    for (let at = 0; at < old.length; at += 2) {
      if ((old[at + 1] as number) > 0) this.add(old[at] as number, (old[at + 1] as number) - 1);
    }
  }
}
