import { assert } from '../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { isIntegerForm, type SqlType, type Value } from '../../core/types.ts';
import { BytesColumn, CHUNK_ROWS, FlagColumn, IdColumn, NumberColumn, type StoredColumn } from './columns.ts';

/** `number`: integer forms and doubles; `flag`: booleans; `bytes`: texts and keys; `id`: int32, never NULL. */
export type ColumnKind = 'number' | 'flag' | 'bytes' | 'id';

/** The kind of column that holds values of a scalar type. */
export function columnKindOf(type: SqlType): ColumnKind {
  if (type.kind === 'text') return 'bytes';
  if (type.kind === 'boolean') return 'flag';
  assert(
    type.kind === 'double' || type.kind === 'null' || isIntegerForm(type),
    `no column holds a ${type.kind}`,
  );
  return 'number';
}

function createColumn(kind: ColumnKind): StoredColumn {
  switch (kind) {
    case 'number':
      return new NumberColumn();
    case 'flag':
      return new FlagColumn();
    case 'bytes':
      return new BytesColumn();
    case 'id':
      return new IdColumn();
  }
}

/**
 * Rows in typed arrays by column: the content of windows, of dedup and of a graph's edges. A row keeps its slot
 * until it is freed; freed slots are used again oldest first, so that rows that came together lie and go together.
 * Slots say nothing about order: what has to be ordered carries its own column for it.
 *
 * Changes are tracked by chunks of CHUNK_ROWS slots, and a chunk is saved whole. Setting a row that `allocate` gave
 * out needs no more; changing one later needs `touch`. Indexes over the rows are the owner's, rebuilt after `restore`.
 */
export class ColumnStore {
  readonly columns: readonly StoredColumn[];
  #capacity = 0;
  /** Slots below this one have been given out at some time. */
  #end = 0;
  #rows = 0;
  #live = new Uint8Array(0);
  /** Freed slots as a queue: the slot after each one. */
  #nextFree = new Int32Array(0);
  #freeHead = -1;
  #freeTail = -1;
  #dirty = new Uint8Array(0);
  #dirtyChunks: number[] = [];

  constructor(kinds: readonly ColumnKind[]) {
    this.columns = kinds.map(createColumn);
  }

  /** Rows that live. */
  get rows(): number {
    return this.#rows;
  }

  /** All live slots are below this. */
  get end(): number {
    return this.#end;
  }

  /** Slots that arrays of the owner's, parallel to the columns, must have room for. */
  get capacity(): number {
    return this.#capacity;
  }

  isLive(slot: number): boolean {
    return this.#live[slot] === 1;
  }

  numbers(column: number): NumberColumn {
    return this.columns[column] as NumberColumn;
  }

  flags(column: number): FlagColumn {
    return this.columns[column] as FlagColumn;
  }

  texts(column: number): BytesColumn {
    return this.columns[column] as BytesColumn;
  }

  ids(column: number): IdColumn {
    return this.columns[column] as IdColumn;
  }

  get(slot: number, column: number): Value {
    return (this.columns[column] as StoredColumn).get(slot);
  }

  set(slot: number, column: number, value: Value): void {
    (this.columns[column] as StoredColumn).set(slot, value);
  }

  /** A slot for a new row, whose every column the caller sets. */
  allocate(): number {
    let slot = this.#freeHead;
    if (slot >= 0) {
      this.#freeHead = this.#nextFree[slot] as number;
      if (this.#freeHead < 0) this.#freeTail = -1;
    } else {
      slot = this.#end++;
      if (slot >= this.#capacity) this.#grow(Math.max(CHUNK_ROWS, this.#capacity * 2));
    }
    this.#live[slot] = 1;
    this.#rows++;
    this.touch(slot);
    return slot;
  }

  /**
   * Ends a row. `known`: that it is gone can be told from the rest of the state (it has expired), so that a restored
   * store may still hold it and its owner frees it again; nothing needs to be saved for it.
   */
  free(slot: number, known = false): void {
    assert(this.#live[slot] === 1, 'only a live row is freed');
    this.#live[slot] = 0;
    this.#rows--;
    for (const column of this.columns) column.clear(slot);
    this.#nextFree[slot] = -1;
    if (this.#freeTail >= 0) this.#nextFree[this.#freeTail] = slot;
    else this.#freeHead = slot;
    this.#freeTail = slot;
    if (!known) this.touch(slot);
  }

  /** Marks the row as changed since the last save. */
  touch(slot: number): void {
    const chunk = Math.floor(slot / CHUNK_ROWS);
    if (this.#dirty[chunk] === 1) return;
    this.#dirty[chunk] = 1;
    this.#dirtyChunks.push(chunk);
  }

  /** Marks everything as changed: the next save writes all. */
  touchAll(): void {
    for (let slot = 0; slot < this.#end; slot += CHUNK_ROWS) this.touch(slot);
  }

  /** Bytes that saveChanges would write now, roughly. */
  changedBytes(): number {
    return this.#dirtyChunks.length * CHUNK_ROWS * this.#bytesPerRow();
  }

  /** Hands over the chunks changed since the last call, as `<prefix><chunk number>`; null for one without rows. */
  saveChanges(prefix: string, put: (key: string, bytes: Uint8Array | null) => void): void {
    for (const chunk of this.#dirtyChunks) {
      this.#dirty[chunk] = 0;
      put(prefix + chunk.toString(16).padStart(6, '0'), this.#encode(chunk));
    }
    this.#dirtyChunks = [];
  }

  /** Takes one entry of `saveChanges`: `suffix` is its key after the prefix. */
  restoreChunk(suffix: string, bytes: Uint8Array): void {
    const chunk = Number.parseInt(suffix, 16);
    const first = chunk * CHUNK_ROWS;
    while (this.#capacity < first + CHUNK_ROWS) this.#grow(Math.max(CHUNK_ROWS, this.#capacity * 2));
    const reader = new ByteReader(bytes);
    const used = reader.varint();
    this.#live.set(reader.raw(used), first);
    for (const column of this.columns) column.load(reader, first, first + used);
    for (let slot = first; slot < first + used; slot++) {
      if (this.#live[slot] === 1) this.#rows++;
      else for (const column of this.columns) column.clear(slot);
    }
    if (first + used > this.#end) this.#end = first + used;
  }

  /** To be called after the last restoreChunk: finds the free slots. */
  finishRestore(): void {
    this.#freeHead = -1;
    this.#freeTail = -1;
    for (let slot = 0; slot < this.#end; slot++) {
      if (this.#live[slot] === 1) continue;
      this.#nextFree[slot] = -1;
      if (this.#freeTail >= 0) this.#nextFree[this.#freeTail] = slot;
      else this.#freeHead = slot;
      this.#freeTail = slot;
    }
  }

  /** Bytes held in memory. */
  bytes(): number {
    let total = this.#live.byteLength + this.#nextFree.byteLength;
    for (const column of this.columns) total += column.bytes;
    return total;
  }

  #bytesPerRow(): number {
    return this.#end === 0 ? 0 : this.bytes() / this.#capacity;
  }

  #encode(chunk: number): Uint8Array | null {
    const first = chunk * CHUNK_ROWS;
    let used = Math.min(CHUNK_ROWS, this.#end - first);
    while (used > 0 && this.#live[first + used - 1] === 0) used--;
    if (used === 0) return null;
    writer.clear();
    writer.varint(used);
    writer.raw(this.#live, first, first + used);
    for (const column of this.columns) column.save(writer, first, first + used);
    return writer.finish();
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    for (const column of this.columns) column.grow(capacity);
    const live = new Uint8Array(capacity);
    live.set(this.#live);
    this.#live = live;
    const nextFree = new Int32Array(capacity);
    nextFree.set(this.#nextFree);
    this.#nextFree = nextFree;
    const dirty = new Uint8Array(capacity / CHUNK_ROWS);
    dirty.set(this.#dirty);
    this.#dirty = dirty;
  }
}

/** Shared by all stores: chunks are encoded one after the other and copied out. */
const writer = new ByteWriter(1 << 16);
