import type { Value } from '../../core/types.ts';
import { finishHash, HASH_START, hashValue } from './key-index.ts';

const EMPTY = -1;
const REMOVED = -2;

/**
 * A map from scalar keys to dense ids (numbers >= 0). Numbers go into an open-addressed table of typed arrays, 12
 * bytes a slot, at most two thirds full; texts and large integers into a Map.
 */
export class KeyMap {
  private readonly others = new Map<Value, number>();
  private keys = new Float64Array(64);
  private ids = new Int32Array(64).fill(EMPTY);
  private mask = 63;
  /** Slots that are not empty, removed ones included. */
  private used = 0;
  private live = 0;

  /** The id, or -1. */
  get(key: Value): number {
    if (typeof key !== 'number') return this.others.get(key) ?? -1;
    const { keys, ids, mask } = this;
    for (let slot = hashNumber(key) & mask; ; slot = (slot + 1) & mask) {
      const id = ids[slot] as number;
      if (id === EMPTY) return -1;
      if (keys[slot] === key && id >= 0) return id;
    }
  }

  /** Adds a key that is not there. */
  add(key: Value, id: number): void {
    if (typeof key !== 'number') {
      this.others.set(key, id);
      return;
    }
    if ((this.used + 1) * 3 > (this.mask + 1) * 2) this.rehash();
    let slot = hashNumber(key) & this.mask;
    while ((this.ids[slot] as number) >= 0) slot = (slot + 1) & this.mask;
    if (this.ids[slot] === EMPTY) this.used++;
    this.keys[slot] = key;
    this.ids[slot] = id;
    this.live++;
  }

  delete(key: Value): void {
    if (typeof key !== 'number') {
      this.others.delete(key);
      return;
    }
    for (let slot = hashNumber(key) & this.mask; this.ids[slot] !== EMPTY; slot = (slot + 1) & this.mask) {
      if (this.keys[slot] !== key || (this.ids[slot] as number) < 0) continue;
      this.ids[slot] = REMOVED;
      this.live--;
      return;
    }
  }

  /** Rough bytes held. */
  get bytes(): number {
    return this.keys.byteLength + this.ids.byteLength + this.others.size * 48;
  }

  private rehash(): void {
    const { keys, ids } = this;
    let capacity = this.mask + 1;
    if (this.live * 3 > capacity) capacity *= 2;
    this.keys = new Float64Array(capacity);
    this.ids = new Int32Array(capacity).fill(EMPTY);
    this.mask = capacity - 1;
    this.used = 0;
    this.live = 0;
    for (let slot = 0; slot < ids.length; slot++) {
      if ((ids[slot] as number) >= 0) this.add(keys[slot] as number, ids[slot] as number);
    }
  }
}

function hashNumber(key: number): number {
  return finishHash(hashValue(HASH_START, key));
}
