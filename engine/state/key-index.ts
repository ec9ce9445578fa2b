import type { BytesColumn } from './columns.ts';
import type { KeyEncoder } from './key-encoder.ts';
import { hashBytes } from './key-encoder.ts';

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
  /** slot + 1 by place, 0 where empty. */
  #places = new Int32Array(64);
  #mask = 63;
  #count = 0;
  /** Spread hash by slot. */
  #hashes = new Int32Array(64);

  constructor(keys: BytesColumn) {
    this.#keys = keys;
  }

  /** A slot whose key is the encoder's bytes, or -1. */
  find(key: KeyEncoder): number {
    const hash = spread(key.hash);
    const places = this.#places;
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const slot = (places[at] as number) - 1;
      if (slot < 0) return -1;
      if (this.#hashes[slot] === hash && this.#keys.holds(slot, key.bytes, key.length)) return slot;
    }
  }

  /** Adds a slot, whose key column holds the encoder's bytes. */
  insert(slot: number, key: KeyEncoder): void {
    this.#insertHash(slot, spread(key.hash));
  }

  /** Adds a slot by what its key column holds. */
  insertStored(slot: number): void {
    this.#insertHash(slot, spread(hashBytes(this.#keys.view(slot))));
  }

  /** Takes a slot out that was added. */
  remove(slot: number): void {
    const places = this.#places;
    const mask = this.#mask;
    let hole = (this.#hashes[slot] as number) & mask;
    while (places[hole] !== slot + 1) {
      if (places[hole] === 0) return;
      hole = (hole + 1) & mask;
    }
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const next = places[at] as number;
      if (next === 0) break;
      const home = (this.#hashes[next - 1] as number) & mask;
      // An entry moves into the hole unless its home lies after the hole, cyclically.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      places[hole] = next;
      hole = at;
    }
    places[hole] = 0;
    this.#count--;
  }

  /** Forgets all slots. */
  clear(): void {
    this.#places = new Int32Array(64);
    this.#mask = 63;
    this.#count = 0;
  }

  /** Bytes held in memory. */
  bytes(): number {
    return this.#places.byteLength + this.#hashes.byteLength;
  }

  #insertHash(slot: number, hash: number): void {
    if (this.#count * 2 >= this.#places.length) this.#rehash(this.#places.length * 2);
    if (slot >= this.#hashes.length) {
      const wider = new Int32Array(Math.max(slot + 1, this.#hashes.length * 2));
      wider.set(this.#hashes);
      this.#hashes = wider;
    }
    this.#hashes[slot] = hash;
    this.#place(slot, hash);
    this.#count++;
  }

  #place(slot: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#places[at] !== 0) at = (at + 1) & this.#mask;
    this.#places[at] = slot + 1;
  }

  #rehash(size: number): void {
    const old = this.#places;
    this.#places = new Int32Array(size);
    this.#mask = size - 1;
    for (let n = 0; n < old.length; n++) {
      const slot = (old[n] as number) - 1;
      if (slot >= 0) this.#place(slot, this.#hashes[slot] as number);
    }
  }
}
