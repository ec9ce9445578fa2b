import type { ByteReader, ByteWriter } from '../../core/bytes.ts';
import type { Integer } from '../../core/integer.ts';
import type { Value } from '../../core/types.ts';

/** Rows of a chunk: the unit in which a column store grows texts, tracks changes and is saved. A power of two. */
export const CHUNK_ROWS = 1024;
const CHUNK_SHIFT = 10;

/**
 * One column of a store. Slots below the capacity may be read and written; what a slot holds before its first `set`
 * is unspecified.
 */
export interface StoredColumn {
  get(slot: number): Value;
  set(slot: number, value: Value): void;
  /** Makes room for slots up to `capacity`, keeping what is there. */
  grow(capacity: number): void;
  /** Writes the slots from `start` up to `end`, which lie in one chunk. */
  save(writer: ByteWriter, start: number, end: number): void;
  load(reader: ByteReader, start: number, end: number): void;
  /** Forgets what the slot holds outside the arrays. */
  clear(slot: number): void;
  /** Bytes held. */
  readonly bytes: number;
}

/** Integer forms and doubles as doubles: NaN is NULL, and integers beyond 2^53 stand in a side table. */
export class NumberColumn implements StoredColumn {
  /** By slot. Read directly where it is known that nothing is NULL or beyond 2^53. */
  values = new Float64Array(0);
  readonly #large = new Map<number, bigint>();

  get(slot: number): Integer | null {
    const value = this.values[slot] as number;
    if (!Number.isNaN(value)) return value;
    return this.#large.size === 0 ? null : (this.#large.get(slot) ?? null);
  }

  set(slot: number, value: Value): void {
    if (this.#large.size > 0) this.#large.delete(slot);
    if (typeof value === 'number') this.values[slot] = value;
    else {
      this.values[slot] = Number.NaN;
      if (typeof value === 'bigint') this.#large.set(slot, value);
    }
  }

  grow(capacity: number): void {
    const wider = new Float64Array(capacity);
    wider.set(this.values);
    this.values = wider;
  }

  save(writer: ByteWriter, start: number, end: number): void {
    writer.raw(new Uint8Array(this.values.buffer, start * 8, (end - start) * 8));
    let count = 0;
    if (this.#large.size > 0) for (let slot = start; slot < end; slot++) if (this.#large.has(slot)) count++;
    writer.varint(count);
    if (count === 0) return;
    for (let slot = start; slot < end; slot++) {
      const value = this.#large.get(slot);
      if (value === undefined) continue;
      writer.varint(slot - start);
      writer.integer(value);
    }
  }

  load(reader: ByteReader, start: number, end: number): void {
    new Uint8Array(this.values.buffer, start * 8, (end - start) * 8).set(reader.raw((end - start) * 8));
    for (let count = reader.varint(); count > 0; count--) {
      const slot = start + reader.varint();
      this.#large.set(slot, BigInt(reader.integer()));
    }
  }

  clear(slot: number): void {
    if (this.#large.size > 0) this.#large.delete(slot);
  }

  get bytes(): number {
    return this.values.byteLength + this.#large.size * 64;
  }
}

/** Small integers that are never NULL: references to other rows. */
export class IdColumn implements StoredColumn {
  /** By slot. */
  values = new Int32Array(0);

  get(slot: number): number {
    return this.values[slot] as number;
  }

  set(slot: number, value: Value): void {
    this.values[slot] = value as number;
  }

  grow(capacity: number): void {
    const wider = new Int32Array(capacity);
    wider.set(this.values);
    this.values = wider;
  }

  save(writer: ByteWriter, start: number, end: number): void {
    writer.raw(new Uint8Array(this.values.buffer, start * 4, (end - start) * 4));
  }

  load(reader: ByteReader, start: number, end: number): void {
    new Uint8Array(this.values.buffer, start * 4, (end - start) * 4).set(reader.raw((end - start) * 4));
  }

  clear(): void {
    // Nothing is held outside the array.
  }

  get bytes(): number {
    return this.values.byteLength;
  }
}

const NULL_FLAG = 2;

/** Booleans and NULL. */
export class FlagColumn implements StoredColumn {
  /** By slot: 0 FALSE, 1 TRUE, 2 NULL. */
  values = new Uint8Array(0);

  get(slot: number): boolean | null {
    const value = this.values[slot];
    return value === NULL_FLAG ? null : value === 1;
  }

  set(slot: number, value: Value): void {
    this.values[slot] = value === null ? NULL_FLAG : value === true ? 1 : 0;
  }

  grow(capacity: number): void {
    const wider = new Uint8Array(capacity);
    wider.set(this.values);
    this.values = wider;
  }

  save(writer: ByteWriter, start: number, end: number): void {
    writer.raw(this.values, start, end);
  }

  load(reader: ByteReader, start: number, end: number): void {
    this.values.set(reader.raw(end - start), start);
  }

  clear(): void {
    // Nothing is held outside the array.
  }

  get bytes(): number {
    return this.values.byteLength;
  }
}

/** Of FNV-1a with 32 bits (Fowler, Noll, Vo). */
export const FNV_BASIS = 0x811c9dc5 | 0;
export const FNV_PRIME = 0x01000193;

const NULL_SIZE = 0xffff_ffff;
const EMPTY_BYTES = new Uint8Array(0);

/**
 * Texts (UTF-8) or byte strings. Each chunk of slots has its own arena, to whose end values are appended; it is
 * packed when it is full and half of it is dead, and begins anew when none of its slots holds anything.
 */
export class BytesColumn implements StoredColumn {
  /** Two numbers a slot, beside each other for the cache's sake: where the value starts in its arena, and its size. */
  #places = new Uint32Array(0);
  #arenas: Buffer[] = [];
  /** Bytes in use at the start of each arena, and how many of them still belong to a slot. */
  #used: number[] = [];
  #alive: number[] = [];

  get(slot: number): string | null {
    const size = this.#places[slot * 2 + 1] as number;
    if (size === NULL_SIZE) return null;
    const arena = this.#arenas[slot >> CHUNK_SHIFT] as Buffer;
    const start = this.#places[slot * 2] as number;
    return arena.toString('utf8', start, start + size);
  }

  set(slot: number, value: Value): void {
    if (value === null) {
      this.#drop(slot);
      this.#places[slot * 2 + 1] = NULL_SIZE;
      return;
    }
    const text = value as string;
    const chars = text.length;
    this.#drop(slot);
    const chunk = slot >> CHUNK_SHIFT;
    const arena = this.#room(chunk, chars * 3);
    const start = this.#used[chunk] as number;
    let at = start;
    for (let n = 0; n < chars; n++) {
      const code = text.charCodeAt(n);
      if (code >= 128) {
        at = start + arena.write(text, start, chars * 3, 'utf8');
        break;
      }
      arena[at++] = code;
    }
    this.#take(slot, chunk, start, at - start);
  }

  /** Sets the slot to bytes. */
  setBytes(slot: number, source: Uint8Array, from: number, to: number): void {
    this.#drop(slot);
    const chunk = slot >> CHUNK_SHIFT;
    const size = to - from;
    const arena = this.#room(chunk, size);
    const start = this.#used[chunk] as number;
    for (let n = 0; n < size; n++) arena[start + n] = source[from + n] as number;
    this.#take(slot, chunk, start, size);
  }

  /** The slot's bytes, not copied: valid until the next `set`. */
  view(slot: number): Uint8Array {
    const size = this.#places[slot * 2 + 1] as number;
    if (size === NULL_SIZE) return EMPTY_BYTES;
    const start = this.#places[slot * 2] as number;
    return (this.#arenas[slot >> CHUNK_SHIFT] as Buffer).subarray(start, start + size);
  }

  /** The FNV-1a hash of the slot's bytes, as KeyEncoder makes it. */
  hash(slot: number): number {
    const size = this.#places[slot * 2 + 1] as number;
    if (size === NULL_SIZE) return FNV_BASIS;
    const arena = this.#arenas[slot >> CHUNK_SHIFT] as Buffer;
    const start = this.#places[slot * 2] as number;
    let hash = FNV_BASIS;
    for (let n = start; n < start + size; n++) hash = Math.imul(hash ^ (arena[n] as number), FNV_PRIME);
    return hash;
  }

  /** Whether the slot holds just these bytes. */
  holds(slot: number, bytes: Uint8Array, length: number): boolean {
    if (this.#places[slot * 2 + 1] !== length) return false;
    const arena = this.#arenas[slot >> CHUNK_SHIFT] as Buffer;
    const start = this.#places[slot * 2] as number;
    for (let n = 0; n < length; n++) if (arena[start + n] !== bytes[n]) return false;
    return true;
  }

  grow(capacity: number): void {
    const places = new Uint32Array(capacity * 2).fill(NULL_SIZE, this.#places.length);
    places.set(this.#places);
    this.#places = places;
    for (let chunk = this.#arenas.length; chunk << CHUNK_SHIFT < capacity; chunk++) {
      this.#arenas.push(NO_ARENA);
      this.#used.push(0);
      this.#alive.push(0);
    }
  }

  save(writer: ByteWriter, start: number, end: number): void {
    const arena = this.#arenas[start >> CHUNK_SHIFT] as Buffer;
    for (let slot = start; slot < end; slot++) {
      const size = this.#places[slot * 2 + 1] as number;
      if (size === NULL_SIZE) writer.varint(0);
      else {
        const from = this.#places[slot * 2] as number;
        writer.varint(size + 1);
        writer.raw(arena, from, from + size);
      }
    }
  }

  load(reader: ByteReader, start: number, end: number): void {
    for (let slot = start; slot < end; slot++) {
      const size = reader.varint();
      if (size === 0) this.set(slot, null);
      else {
        const from = reader.at;
        reader.at += size - 1;
        this.setBytes(slot, reader.bytes, from, from + size - 1);
      }
    }
  }

  clear(slot: number): void {
    this.#drop(slot);
    this.#places[slot * 2 + 1] = NULL_SIZE;
  }

  get bytes(): number {
    let total = this.#places.byteLength;
    for (const arena of this.#arenas) total += arena.length;
    return total;
  }

  #take(slot: number, chunk: number, start: number, size: number): void {
    this.#places[slot * 2] = start;
    this.#places[slot * 2 + 1] = size;
    this.#used[chunk] = start + size;
    this.#alive[chunk] = (this.#alive[chunk] as number) + size;
  }

  #drop(slot: number): void {
    const size = this.#places[slot * 2 + 1] as number;
    if (size === NULL_SIZE) return;
    const chunk = slot >> CHUNK_SHIFT;
    this.#alive[chunk] = (this.#alive[chunk] as number) - size;
    this.#places[slot * 2 + 1] = NULL_SIZE;
    if (this.#alive[chunk] === 0) this.#used[chunk] = 0;
  }

  /** The chunk's arena with room for `size` bytes after those in use. */
  #room(chunk: number, size: number): Buffer {
    const arena = this.#arenas[chunk] as Buffer;
    const used = this.#used[chunk] as number;
    if (used + size <= arena.length) return arena;
    const alive = this.#alive[chunk] as number;
    const needed = alive + size;
    // Twice what lives, so that packing is paid for by as many bytes written since.
    const next = Buffer.allocUnsafeSlow(Math.max(needed + (needed >> 1), 4096));
    const first = chunk << CHUNK_SHIFT;
    let at = 0;
    for (let slot = first; slot < first + CHUNK_ROWS; slot++) {
      const length = this.#places[slot * 2 + 1] as number;
      if (length === NULL_SIZE || length === undefined) continue;
      const start = this.#places[slot * 2] as number;
      for (let n = 0; n < length; n++) next[at + n] = arena[start + n] as number;
      this.#places[slot * 2] = at;
      at += length;
    }
    this.#arenas[chunk] = next;
    this.#used[chunk] = at;
    return next;
  }
}

const NO_ARENA = Buffer.alloc(0);
