import type { Value } from '../../core/types.ts';
import { BytesColumn } from '../state/columns.ts';
import { KeyEncoder } from '../state/key-encoder.ts';
import { KeyIndex } from '../state/key-index.ts';
import { finishHash, HASH_START, hashValue } from './edge-index.ts';

const EMPTY = -1;
const REMOVED = -2;
/** All keys are encoded here on their way to the index. */
const encoder = new KeyEncoder();

/**
 * A map from keys, which are one or more columns of a row, to dense ids (numbers >= 0). Single numbers go into an
 * open-addressed table of typed arrays, 12 bytes a slot, at most two thirds full; all else is found by its bytes.
 * Neither follows a pointer, where a Map of texts follows four: on AMLSim it took 250 ns of an event's 5,500 where
 * the Map took 1,000.
 */
export class KeyMap {
  private readonly keyBytes = new BytesColumn();
  private readonly byBytes = new KeyIndex(this.keyBytes);
  private bytesCapacity = 0;
  private keys = new Float64Array(64);
  private ids = new Int32Array(64).fill(EMPTY);
  private mask = 63;
  /** Slots that are not empty, removed ones included. */
  private used = 0;
  private live = 0;

  /** The id of the key that stands in `row` at `columns`, or -1. */
  get(row: readonly Value[], columns: readonly number[]): number {
    const key = row[columns[0] as number] as Value;
    if (typeof key !== 'number' || columns.length > 1) {
      encoder.row(row, columns);
      return this.byBytes.find(encoder);
    }
    const { keys, ids, mask } = this;
    for (let slot = hashNumber(key) & mask; ; slot = (slot + 1) & mask) {
      const id = ids[slot] as number;
      if (id === EMPTY) return -1;
      if (keys[slot] === key && id >= 0) return id;
    }
  }

  /** Adds a key that is not there. */
  add(row: readonly Value[], columns: readonly number[], id: number): void {
    const key = row[columns[0] as number] as Value;
    if (typeof key === 'number' && columns.length === 1) {
      this.addNumber(key, id);
      return;
    }
    if (id >= this.bytesCapacity) {
      this.bytesCapacity = Math.max(1024, this.bytesCapacity * 2, id + 1);
      this.keyBytes.grow(this.bytesCapacity);
    }
    encoder.row(row, columns);
    this.keyBytes.setBytes(id, encoder.bytes, 0, encoder.length);
    this.byBytes.insert(id, encoder);
  }

  /** Takes out a key that has this id. */
  delete(row: readonly Value[], columns: readonly number[], id: number): void {
    const key = row[columns[0] as number] as Value;
    if (typeof key !== 'number' || columns.length > 1) {
      this.byBytes.remove(id);
      this.keyBytes.clear(id);
      return;
    }
    for (let slot = hashNumber(key) & this.mask; this.ids[slot] !== EMPTY; slot = (slot + 1) & this.mask) {
      if (this.ids[slot] !== id) continue;
      this.ids[slot] = REMOVED;
      this.live--;
      return;
    }
  }

  /** Bytes held. */
  get bytes(): number {
    return this.keys.byteLength + this.ids.byteLength + this.keyBytes.bytes + this.byBytes.bytes();
  }

  private addNumber(key: number, id: number): void {
    if ((this.used + 1) * 3 > (this.mask + 1) * 2) this.rehash();
    let slot = hashNumber(key) & this.mask;
    while ((this.ids[slot] as number) >= 0) slot = (slot + 1) & this.mask;
    if (this.ids[slot] === EMPTY) this.used++;
    this.keys[slot] = key;
    this.ids[slot] = id;
    this.live++;
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
      if ((ids[slot] as number) >= 0) this.addNumber(keys[slot] as number, ids[slot] as number);
    }
  }
}

function hashNumber(key: number): number {
  return finishHash(hashValue(HASH_START, key));
}
