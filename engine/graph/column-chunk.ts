import type { SqlType, Value } from '../../core/types.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/** Rows of one chunk of edge columns: the grain of checkpoints and of expiry. */
export const CHUNK_ROWS = 4096;

/** One column of one chunk. Rows are set once, in order; setting a row again replaces it only if it was the last. */
export interface ChunkColumn {
  get(row: number): Value;
  set(row: number, value: Value): void;
  write(writer: StateWriter, rows: number): void;
  read(reader: StateReader, rows: number): void;
  /** Bytes held. */
  readonly bytes: number;
}

/** An empty column for values of a scalar type. */
export function createChunkColumn(type: SqlType): ChunkColumn {
  switch (type.kind) {
    case 'text':
      return new TextChunk();
    case 'integer':
      return new NumberChunk(new Int32Array(CHUNK_ROWS), false);
    case 'boolean':
      return new NumberChunk(new Uint8Array(CHUNK_ROWS), true);
    default:
      return new NumberChunk(new Float64Array(CHUNK_ROWS), false);
  }
}

/** Numbers, and the rare integers beyond 53 bits beside them. */
class NumberChunk implements ChunkColumn {
  private readonly values: Int32Array | Float64Array | Uint8Array;
  private readonly isBoolean: boolean;
  private nulls: Uint8Array | null = null;
  private large: Map<number, bigint> | null = null;

  constructor(values: Int32Array | Float64Array | Uint8Array, isBoolean: boolean) {
    this.values = values;
    this.isBoolean = isBoolean;
  }

  get(row: number): Value {
    if (this.nulls !== null && this.nulls[row] === 1) return null;
    if (this.large !== null) {
      const large = this.large.get(row);
      if (large !== undefined) return large;
    }
    const value = this.values[row] as number;
    return this.isBoolean ? value === 1 : value;
  }

  set(row: number, value: Value): void {
    if (this.nulls !== null) this.nulls[row] = 0;
    if (this.large !== null) this.large.delete(row);
    if (typeof value === 'number') this.values[row] = value;
    else if (value === null) {
      this.nulls ??= new Uint8Array(CHUNK_ROWS);
      this.nulls[row] = 1;
      this.values[row] = 0;
    } else if (typeof value === 'bigint') {
      this.large ??= new Map();
      this.large.set(row, value);
    } else this.values[row] = value === true ? 1 : 0;
  }

  write(writer: StateWriter, rows: number): void {
    writer.array(this.values, rows);
    writer.u8(this.nulls === null ? 0 : 1);
    if (this.nulls !== null) writer.array(this.nulls, rows);
    const large = [...(this.large ?? [])].filter(([row]) => row < rows);
    writer.u32(large.length);
    for (const [row, value] of large) {
      writer.u32(row);
      writer.value(value);
    }
  }

  read(reader: StateReader, rows: number): void {
    reader.array(this.values, rows);
    if (reader.u8() === 1) {
      this.nulls = new Uint8Array(CHUNK_ROWS);
      reader.array(this.nulls, rows);
    }
    for (let n = reader.u32(); n > 0; n--) this.set(reader.u32(), reader.value());
  }

  get bytes(): number {
    return this.values.byteLength + (this.nulls?.byteLength ?? 0) + (this.large?.size ?? 0) * 64;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const SHORT_BYTES = 24;

/** Texts as UTF-8 in one arena. A NULL is an empty text with its bit set. */
class TextChunk implements ChunkColumn {
  /** `ends[row + 1]` is where the row's bytes end, `ends[row]` where they begin. */
  private readonly ends = new Uint32Array(CHUNK_ROWS + 1);
  private arena = new Uint8Array(CHUNK_ROWS * 4);
  private nulls: Uint8Array | null = null;

  get(row: number): Value {
    if (this.nulls !== null && this.nulls[row] === 1) return null;
    const begin = this.ends[row] as number;
    const end = this.ends[row + 1] as number;
    if (end - begin > SHORT_BYTES) return decoder.decode(this.arena.subarray(begin, end));
    let text = '';
    for (let at = begin; at < end; at++) {
      const byte = this.arena[at] as number;
      if (byte >= 0x80) return decoder.decode(this.arena.subarray(begin, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  set(row: number, value: Value): void {
    const begin = this.ends[row] as number;
    if (this.nulls !== null) this.nulls[row] = 0;
    if (typeof value !== 'string') {
      this.nulls ??= new Uint8Array(CHUNK_ROWS);
      this.nulls[row] = 1;
      this.ends[row + 1] = begin;
      return;
    }
    const length = value.length;
    if (begin + length > this.arena.length) this.grow(begin + length);
    const arena = this.arena;
    let at = 0;
    for (; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code >= 0x80) break;
      arena[begin + at] = code;
    }
    this.ends[row + 1] = at === length ? begin + length : this.setEncoded(begin, value);
  }

  write(writer: StateWriter, rows: number): void {
    writer.array(this.ends, rows + 1);
    writer.array(this.arena, this.ends[rows] as number);
    writer.u8(this.nulls === null ? 0 : 1);
    if (this.nulls !== null) writer.array(this.nulls, rows);
  }

  read(reader: StateReader, rows: number): void {
    reader.array(this.ends, rows + 1);
    const end = this.ends[rows] as number;
    if (end > this.arena.length) this.arena = new Uint8Array(end);
    reader.array(this.arena, end);
    if (reader.u8() === 1) {
      this.nulls = new Uint8Array(CHUNK_ROWS);
      reader.array(this.nulls, rows);
    }
  }

  get bytes(): number {
    return this.ends.byteLength + this.arena.byteLength + (this.nulls?.byteLength ?? 0);
  }

  private setEncoded(begin: number, value: string): number {
    const encoded = encoder.encode(value);
    if (begin + encoded.length > this.arena.length) this.grow(begin + encoded.length);
    this.arena.set(encoded, begin);
    return begin + encoded.length;
  }

  private grow(needed: number): void {
    const wider = new Uint8Array(Math.max(needed, this.arena.length * 2));
    wider.set(this.arena);
    this.arena = wider;
  }
}
