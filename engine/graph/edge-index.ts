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

/** Slots of a part that has not been split: it is made and made again within a few tens of microseconds. */
const PART_SLOTS_MAX = 4096;
const PART_SLOTS_MIN = 64;

/**
 * A multimap from key hashes to edges by extendible hashing (Fagin et al. 1979): the hash's first bits choose a part, and a
 * part that is full is split in two by its next bit, so that no insertion waits for more than one part. Callers compare
 * the keys themselves. Entries of edges that are gone may stand until their part is made again.
 */
export class EdgeIndex {
  private readonly isGone: (edge: number) => boolean;
  /** By the first `depth` bits of a hash; a part that was split less often stands there several times. */
  private parts: IndexPart[] = [new IndexPart(0, PART_SLOTS_MIN)];
  private depth = 0;
  private partBytes = (this.parts[0] as IndexPart).bytes;

  /** `isGone`: whether an edge's entry need not be kept; asked now and then. */
  constructor(isGone: (edge: number) => boolean) {
    this.isGone = isGone;
  }

  add(hash: number, edge: number): void {
    let part = this.partOf(hash);
    while (part.isFull) {
      this.makeRoom(part, hash);
      part = this.partOf(hash);
    }
    part.add(hash, edge);
  }

  remove(hash: number, edge: number): void {
    this.partOf(hash).remove(hash, edge);
  }

  /** Calls `visit` with every edge that was added with the hash. */
  forEach(hash: number, visit: (edge: number) => void): void {
    this.partOf(hash).forEach(hash, visit);
  }

  /** Bytes held. */
  get bytes(): number {
    return this.partBytes + 8 * this.parts.length;
  }

  private placeOf(hash: number): number {
    return this.depth === 0 ? 0 : hash >>> (32 - this.depth);
  }

  private partOf(hash: number): IndexPart {
    return this.parts[this.placeOf(hash)] as IndexPart;
  }

  /** Without what is gone the part is as it was, twice as large, or two: where a split leaves one nearly as full it would not help. */
  private makeRoom(part: IndexPart, hash: number): void {
    part.dropGone(this.isGone);
    const { kept, upper } = part.count();
    const slots = kept * 3 > part.slots ? 2 * part.slots : part.slots;
    const isEven = upper * 4 >= kept && upper * 4 <= 3 * kept;
    if (slots <= PART_SLOTS_MAX || !isEven || part.depth === DEPTH_MAX) {
      this.replace(part, hash, [part.copy(part.depth, slots, null)]);
      return;
    }
    if (part.depth === this.depth) {
      this.parts = this.parts.flatMap((one) => [one, one]);
      this.depth++;
    }
    const halves = ([0, 1] as const).map((bit) => part.copy(part.depth + 1, part.slots, bit));
    this.replace(part, hash, halves);
  }

  /** Puts parts in the place of the one that holds the hash, each for an equal share of its hashes. */
  private replace(part: IndexPart, hash: number, by: readonly IndexPart[]): void {
    const places = 1 << (this.depth - part.depth);
    const first = this.placeOf(hash) & ~(places - 1);
    for (let n = 0; n < places; n++)
      this.parts[first + n] = by[Math.floor((n * by.length) / places)] as IndexPart;
    this.partBytes -= part.bytes;
    for (const one of by) this.partBytes += one.bytes;
  }
}

/** More bits would make the table of parts large, for hashes that are nearly the same. */
const DEPTH_MAX = 20;

/** Open addressing with linear probing over (hash, edge) pairs, 8 bytes a slot, at most half full. */
class IndexPart {
  /** How many of a hash's first bits its entries have in common. */
  readonly depth: number;
  private readonly pairs: Int32Array;
  private readonly mask: number;
  /** Slots that are not empty, removed ones included. */
  private used = 0;

  constructor(depth: number, slots: number) {
    this.depth = depth;
    this.pairs = new Int32Array(2 * slots);
    this.mask = slots - 1;
  }

  get slots(): number {
    return this.mask + 1;
  }

  get bytes(): number {
    return this.pairs.byteLength;
  }

  get isFull(): boolean {
    return (this.used + 1) * 2 > this.mask + 1;
  }

  add(hash: number, edge: number): void {
    const { pairs, mask } = this;
    let slot = hash & mask;
    while ((pairs[2 * slot + 1] as number) > 0) slot = (slot + 1) & mask;
    if (pairs[2 * slot + 1] === EMPTY) this.used++;
    pairs[2 * slot] = hash;
    pairs[2 * slot + 1] = edge + 1;
  }

  remove(hash: number, edge: number): void {
    const { pairs, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = pairs[2 * slot + 1] as number;
      if (found === EMPTY) return;
      if (found !== edge + 1 || pairs[2 * slot] !== hash) continue;
      pairs[2 * slot + 1] = REMOVED;
      return;
    }
  }

  forEach(hash: number, visit: (edge: number) => void): void {
    const { pairs, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = pairs[2 * slot + 1] as number;
      if (found === EMPTY) return;
      if (found > 0 && pairs[2 * slot] === hash) visit(found - 1);
    }
  }

  dropGone(isGone: (edge: number) => boolean): void {
    const { pairs } = this;
    for (let at = 1; at < pairs.length; at += 2)
      if ((pairs[at] as number) > 0 && isGone((pairs[at] as number) - 1)) pairs[at] = REMOVED;
  }

  /** Entries, and how many of them have the next bit set. */
  count(): { readonly kept: number; readonly upper: number } {
    const { pairs } = this;
    let [kept, upper] = [0, 0];
    for (let at = 0; at < pairs.length; at += 2) {
      if ((pairs[at + 1] as number) <= 0) continue;
      kept++;
      upper += this.nextBit(pairs[at] as number);
    }
    return { kept, upper };
  }

  /** Its entries in another one; `bit`: those whose next bit is this. */
  copy(depth: number, slots: number, bit: 0 | 1 | null): IndexPart {
    const { pairs } = this;
    const copy = new IndexPart(depth, slots);
    for (let at = 0; at < pairs.length; at += 2) {
      const [hash, found] = [pairs[at] as number, pairs[at + 1] as number];
      if (found > 0 && (bit === null || this.nextBit(hash) === bit)) copy.add(hash, found - 1);
    }
    return copy;
  }

  private nextBit(hash: number): number {
    return (hash >>> (31 - this.depth)) & 1;
  }
}
