import { assert } from '../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../core/bytes.ts';

/** What may be a key: told apart as a Map does, so equal bigints are one key. */
export type StateKey = string | number | bigint | boolean;

/** How keys and values are written into a checkpoint. */
export interface KeyedCodec<V> {
  write(writer: ByteWriter, key: StateKey, value: V): void;
  read(reader: ByteReader): { readonly key: StateKey; readonly value: V };
}

interface Entry<V> {
  /** Where it is saved: entry number `place` of all. */
  readonly place: number;
  readonly key: StateKey;
  value: V;
}

/**
 * Entries that are saved together. Few, since a change in a large table costs all of them: for transfers between random rows
 * of 100,000 (bench/checkpoints.ts) 32 cost 1.4 times the CPU of 8 and three times the bytes. More than one, so that a
 * store has few keys: a table is read back one key at a time.
 */
const BUCKET_ENTRIES = 8;
const BUCKET_SHIFT = 3;

/** Bytes that an entry is taken to have where only its size is asked for. */
const ENTRY_BYTES_GUESS = 64;

/**
 * Values by key, of which a checkpoint costs what changed: entries live at numbered places, places are saved by
 * buckets. Iteration is in no order that means anything; owners sort.
 */
export class KeyedState<V> {
  readonly #codec: KeyedCodec<V>;
  readonly #entries = new Map<StateKey, Entry<V>>();
  #places: (Entry<V> | null)[] = [];
  #free: number[] = [];
  readonly #dirty = new Set<number>();

  constructor(codec: KeyedCodec<V>) {
    this.#codec = codec;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: StateKey): V | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: StateKey): boolean {
    return this.#entries.has(key);
  }

  set(key: StateKey, value: V): void {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const place = this.#free.pop() ?? this.#places.length;
      entry = { place, key, value };
      this.#entries.set(key, entry);
      this.#places[place] = entry;
    } else entry.value = value;
    this.#dirty.add(entry.place >> BUCKET_SHIFT);
  }

  /** Marks the value of a key as changed in place. */
  touch(key: StateKey): void {
    const entry = this.#entries.get(key);
    assert(entry !== undefined, 'only a key that is there is touched');
    this.#dirty.add(entry.place >> BUCKET_SHIFT);
  }

  /** Marks everything as changed: the next save writes all. */
  touchAll(): void {
    for (let place = 0; place < this.#places.length; place += BUCKET_ENTRIES)
      this.#dirty.add(place >> BUCKET_SHIFT);
  }

  delete(key: StateKey): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#places[entry.place] = null;
    this.#free.push(entry.place);
    this.#dirty.add(entry.place >> BUCKET_SHIFT);
    return true;
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }

  keys(): IterableIterator<StateKey> {
    return this.#entries.keys();
  }

  *values(): IterableIterator<V> {
    for (const entry of this.#entries.values()) yield entry.value;
  }

  *entries(): IterableIterator<[StateKey, V]> {
    for (const entry of this.#entries.values()) yield [entry.key, entry.value];
  }

  changedBytes(): number {
    return this.#dirty.size * BUCKET_ENTRIES * ENTRY_BYTES_GUESS;
  }

  /** Hands over the buckets changed since the last call, as `<prefix><bucket number>`; null for an empty one. */
  saveChanges(prefix: string, put: (key: string, bytes: Uint8Array | null) => void): void {
    for (const bucket of this.#dirty) {
      put(prefix + bucket.toString(16).padStart(7, '0'), this.#encode(bucket));
    }
    this.#dirty.clear();
  }

  /** Takes one entry of `saveChanges`: `suffix` is its key after the prefix. */
  restoreBucket(suffix: string, bytes: Uint8Array): void {
    const first = Number.parseInt(suffix, 16) * BUCKET_ENTRIES;
    const reader = new ByteReader(bytes);
    while (reader.at < reader.end) {
      const place = first + reader.u8();
      const { key, value } = this.#codec.read(reader);
      const entry = { place, key, value };
      this.#entries.set(key, entry);
      this.#places[place] = entry;
    }
  }

  /** To be called after the last restoreBucket: finds the free places. */
  finishRestore(): void {
    this.#free = [];
    for (let place = this.#places.length - 1; place >= 0; place--) {
      if (this.#places[place] === undefined) this.#places[place] = null;
      if (this.#places[place] === null) this.#free.push(place);
    }
  }

  #encode(bucket: number): Uint8Array | null {
    const first = bucket * BUCKET_ENTRIES;
    writer.clear();
    for (let n = 0; n < BUCKET_ENTRIES; n++) {
      const entry = this.#places[first + n];
      if (entry === null || entry === undefined) continue;
      writer.u8(n);
      this.#codec.write(writer, entry.key, entry.value);
    }
    return writer.length === 0 ? null : writer.finish();
  }
}

const writer = new ByteWriter(1 << 14);
