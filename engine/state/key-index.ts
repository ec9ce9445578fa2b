import type { BytesColumn } from './columns.ts';
import type { KeyEncoder } from './key-encoder.ts';

/** Spreads a hash over the table: the low bits of FNV-1a alone cluster. */
function spread(hash: number): number {
  let h = hash;
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  return h;
}

/**
 * Finds a slot of a store by the bytes of its key column: open addressing over slots, removal without tombstones
 * (Knuth, TAOCP 3, 6.4, Algorithm R). Several slots with equal keys are allowed; `find` gives one of them.
 */
export class KeyIndex {
  readonly #keys: BytesColumn;
  /** Two numbers a place, beside each other for the cache's sake: slot + 1 (0 where empty), and the spread hash. */
  #places = new Int32Array(128);
  #mask = 63;
  #count = 0;

  constructor(keys: BytesColumn) {
    this.#keys = keys;
  }

  /** A slot whose key is the encoder's bytes, or -1. */
  find(key: KeyEncoder): number {
    const hash = spread(key.hash);
    const places = this.#places;
    const mask = this.#mask;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = (places[at * 2] as number) - 1;
      if (slot < 0) return -1;
      if (places[at * 2 + 1] === hash && this.#keys.holds(slot, key.bytes, key.length)) return slot;
    }
  }

  /** Adds a slot, whose key column holds the encoder's bytes. */
  insert(slot: number, key: KeyEncoder): void {
    this.#insertHash(slot, spread(key.hash));
  }

  /** Adds a slot by what its key column holds. */
  insertStored(slot: number): void {
    this.#insertHash(slot, spread(this.#keys.hash(slot)));
  }

  /** Takes a slot out that was added, while its key column still holds what it was added with. */
  remove(slot: number): void {
    const places = this.#places;
    const mask = this.#mask;
    let hole = spread(this.#keys.hash(slot)) & mask;
    while (places[hole * 2] !== slot + 1) {
      if (places[hole * 2] === 0) return;
      hole = (hole + 1) & mask;
    }
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const next = places[at * 2] as number;
      if (next === 0) break;
      const hash = places[at * 2 + 1] as number;
      // An entry moves into the hole unless its home lies after the hole, cyclically.
      if (((at - (hash & mask)) & mask) < ((at - hole) & mask)) continue;
      places[hole * 2] = next;
      places[hole * 2 + 1] = hash;
      hole = at;
    }
    places[hole * 2] = 0;
    this.#count--;
  }

  /** Bytes held in memory. */
  bytes(): number {
    return this.#places.byteLength;
  }

  #insertHash(slot: number, hash: number): void {
    if (this.#count * 2 > this.#mask) this.#rehash();
    this.#place(slot + 1, hash);
    this.#count++;
  }

  #place(entry: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#places[at * 2] !== 0) at = (at + 1) & this.#mask;
    this.#places[at * 2] = entry;
    this.#places[at * 2 + 1] = hash;
  }

  #rehash(): void {
    const old = this.#places;
    this.#places = new Int32Array(old.length * 2);
    this.#mask = old.length - 1;
    for (let n = 0; n < old.length; n += 2) {
      if (old[n] !== 0) this.#place(old[n] as number, old[n + 1] as number);
    }
  }
}
