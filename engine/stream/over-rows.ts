import type { Row, Value } from '../../core/types.ts';
import type { BytesColumn, IdColumn, NumberColumn } from '../state/columns.ts';
import { type ColumnKind, ColumnStore } from '../state/column-store.ts';
import { KeyEncoder } from '../state/key-encoder.ts';
import { KeyIndex } from '../state/key-index.ts';

const PARTITION = 0;
const TIME = 1;
const ARRIVAL = 2;
/** Columns before those of the aggregates' inputs. */
export const INPUTS = 3;

/**
 * The rows that an OVER has taken in: per partition a list in (time, arrival) order, linked through slots. Slots and
 * partition numbers are layout; order comes from the columns alone.
 */
export class OverRows {
  readonly store: ColumnStore;
  readonly partitions = new ColumnStore(['bytes']);
  readonly times: NumberColumn;
  readonly #partitionIds: IdColumn;
  readonly #arrivalNumbers: NumberColumn;
  readonly #keys: BytesColumn = this.partitions.texts(0);
  /** By slot: the row before and after it in its partition, -1 at the ends. */
  previous = new Int32Array(0);
  next = new Int32Array(0);
  /** By partition: ends of its list, -1 where it is empty, and its length. */
  first = new Int32Array(0);
  last = new Int32Array(0);
  count = new Int32Array(0);
  readonly #index = new KeyIndex(this.#keys);
  readonly #encoder = new KeyEncoder();
  #arrivals = 0;

  constructor(inputs: readonly ColumnKind[]) {
    this.store = new ColumnStore(['id', 'number', 'number', ...inputs]);
    this.times = this.store.numbers(TIME);
    this.#partitionIds = this.store.ids(PARTITION);
    this.#arrivalNumbers = this.store.numbers(ARRIVAL);
  }

  partitionOf(slot: number): number {
    return this.#partitionIds.values[slot] as number;
  }

  timeOf(slot: number): number {
    return this.times.values[slot] as number;
  }

  arrivalOf(slot: number): number {
    return this.#arrivalNumbers.values[slot] as number;
  }

  /** The number of the partition that the expressions give for a row; a new one where there is none. */
  findOrAddPartition(row: Row, expressions: readonly ((row: Row) => Value)[]): number {
    const encoder = this.#encoder;
    encoder.computed(row, expressions);
    const known = this.#index.find(encoder);
    if (known >= 0) return known;
    const partition = this.partitions.allocate();
    this.#keys.setBytes(partition, encoder.bytes, 0, encoder.length);
    this.#index.insert(partition, encoder);
    this.#growPartitions();
    this.#empty(partition);
    return partition;
  }

  /** `known`: that it is empty can be told from the rows. */
  dropPartition(partition: number, known: boolean): void {
    this.#index.remove(partition);
    this.partitions.free(partition, known);
  }

  /**
   * Adds a row to its partition's list, after all rows with its time; after `before` (-1: as the first) where the caller
   * knows that row, else it is looked for from the end. The inputs are the caller's to set.
   */
  insert(partition: number, time: number, before: number | null): number {
    const slot = this.store.allocate();
    if (slot >= this.next.length) this.#growRows();
    this.#partitionIds.values[slot] = partition;
    this.times.values[slot] = time;
    this.#arrivalNumbers.values[slot] = this.#arrivals++;
    const last = this.last[partition] as number;
    if (last < 0 || (this.times.values[last] as number) <= time) this.#linkLast(slot, partition, last);
    else this.#linkAfter(slot, partition, before ?? this.#lastUpTo(partition, time));
    return slot;
  }

  #linkLast(slot: number, partition: number, last: number): void {
    this.previous[slot] = last;
    this.next[slot] = -1;
    if (last < 0) this.first[partition] = slot;
    else this.next[last] = slot;
    this.last[partition] = slot;
    this.count[partition] = (this.count[partition] as number) + 1;
  }

  #lastUpTo(partition: number, time: number): number {
    const times = this.times.values;
    let before = this.last[partition] as number;
    while (before >= 0 && (times[before] as number) > time) before = this.previous[before] as number;
    return before;
  }

  #linkAfter(slot: number, partition: number, before: number): void {
    const after = before < 0 ? (this.first[partition] as number) : (this.next[before] as number);
    this.previous[slot] = before;
    this.next[slot] = after;
    if (before < 0) this.first[partition] = slot;
    else this.next[before] = slot;
    if (after < 0) this.last[partition] = slot;
    else this.previous[after] = slot;
    this.count[partition] = (this.count[partition] as number) + 1;
  }

  /** Takes a row out of its list and frees it. */
  remove(slot: number, known: boolean): void {
    const partition = this.partitionOf(slot);
    const before = this.previous[slot] as number;
    const after = this.next[slot] as number;
    if (before < 0) this.first[partition] = after;
    else this.next[before] = after;
    if (after < 0) this.last[partition] = before;
    else this.previous[after] = before;
    this.count[partition] = (this.count[partition] as number) - 1;
    this.store.free(slot, known);
  }

  /** Puts rows that were restored into the lists of their partitions. */
  linkAll(slots: readonly number[]): void {
    const times = this.times.values;
    const order = (a: number, b: number): number =>
      (times[a] as number) - (times[b] as number) || this.arrivalOf(a) - this.arrivalOf(b);
    for (const slot of [...slots].sort(order)) {
      const partition = this.partitionOf(slot);
      this.#linkLast(slot, partition, this.last[partition] as number);
    }
  }

  /** After the stores are restored: the live rows in order of arrival, not linked yet, and the partitions found again. */
  finishRestore(): number[] {
    this.store.finishRestore();
    this.partitions.finishRestore();
    this.#growRows();
    this.#growPartitions();
    for (let partition = 0; partition < this.partitions.end; partition++) {
      if (!this.partitions.isLive(partition)) continue;
      this.#index.insertStored(partition);
      this.#empty(partition);
    }
    const slots: number[] = [];
    for (let slot = 0; slot < this.store.end; slot++) if (this.store.isLive(slot)) slots.push(slot);
    slots.sort((a, b) => this.arrivalOf(a) - this.arrivalOf(b));
    const newest = slots[slots.length - 1];
    this.#arrivals = newest === undefined ? 0 : this.arrivalOf(newest) + 1;
    return slots;
  }

  bytes(): number {
    const links = this.next.byteLength * 2 + this.first.byteLength * 3;
    return this.store.bytes() + this.partitions.bytes() + this.#index.bytes() + links;
  }

  #empty(partition: number): void {
    this.first[partition] = -1;
    this.last[partition] = -1;
    this.count[partition] = 0;
  }

  #growRows(): void {
    this.previous = widened(this.previous, this.store.capacity);
    this.next = widened(this.next, this.store.capacity);
  }

  #growPartitions(): void {
    const { capacity } = this.partitions;
    if (capacity === this.first.length) return;
    this.first = widened(this.first, capacity);
    this.last = widened(this.last, capacity);
    this.count = widened(this.count, capacity);
  }
}

/** The array with room for `capacity` elements. */
export function widened(array: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array.subarray(0, capacity));
  return wider;
}
