import { assert } from './assert.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { RingwatchError } from './errors.ts';
import type { Integer } from './integer.ts';
import { numeric, type SqlType, typeName, type Value } from './types.ts';

/** The number that stands for a scalar type in stored rows. Never used again for another. */
const TYPE_CODES = {
  boolean: 1,
  integer: 2,
  bigint: 3,
  numeric: 4,
  double: 5,
  text: 6,
  timestamptz: 7,
  interval: 8,
} as const;

type ScalarKind = keyof typeof TYPE_CODES;

const BOOLEAN_CODE = TYPE_CODES.boolean;
const DOUBLE_CODE = TYPE_CODES.double;
const TEXT_CODE = TYPE_CODES.text;

/**
 * How the rows of one relation are stored: its stored columns' types, as one byte each and two for NUMERIC's scale.
 * A stored row is a bitmap of its NULLs (bit n of byte n / 8: column n), then the other values in column order:
 * integer forms as `ByteWriter.integer`, doubles in eight bytes, texts after their length, booleans in one byte.
 */
export class RowShape {
  readonly columns: number;
  readonly bitmapBytes: number;
  readonly #codes: Uint8Array;
  readonly #scales: Uint16Array;

  constructor(codes: Uint8Array, scales: Uint16Array) {
    this.columns = codes.length;
    this.bitmapBytes = (codes.length + 7) >> 3;
    this.#codes = codes;
    this.#scales = scales;
  }

  static of(types: readonly SqlType[]): RowShape {
    const codes = new Uint8Array(types.length);
    const scales = new Uint16Array(types.length);
    types.forEach((type, n) => {
      assert(Object.hasOwn(TYPE_CODES, type.kind), `${typeName(type)} cannot be stored`);
      codes[n] = TYPE_CODES[type.kind as ScalarKind];
      scales[n] = type.kind === 'numeric' ? type.scale : 0;
    });
    return new RowShape(codes, scales);
  }

  /** Reads what `write` wrote. Throws FRAME_CORRUPT at a type that does not exist. */
  static read(reader: ByteReader): RowShape {
    const columns = reader.varint();
    if (columns > reader.end - reader.at)
      throw new RingwatchError('FRAME_CORRUPT', { reason: 'a row shape overruns' });
    const codes = new Uint8Array(columns);
    const scales = new Uint16Array(columns);
    for (let n = 0; n < columns; n++) {
      const code = reader.u8();
      if (code < 1 || code > TYPE_CODES.interval) {
        throw new RingwatchError('FRAME_CORRUPT', { reason: `there is no column type ${code}` });
      }
      codes[n] = code;
      if (code === TYPE_CODES.numeric) scales[n] = reader.varint();
    }
    return new RowShape(codes, scales);
  }

  write(writer: ByteWriter): void {
    writer.varint(this.columns);
    for (let n = 0; n < this.columns; n++) {
      const code = this.#codes[n] as number;
      writer.u8(code);
      if (code === TYPE_CODES.numeric) writer.varint(this.#scales[n] as number);
    }
  }

  /** Whether rows of this shape are rows of `types`: the same ones, or their first few (columns were added since). */
  fits(types: readonly SqlType[]): boolean {
    if (types.length < this.columns) return false;
    for (let n = 0; n < this.columns; n++) {
      const type = types[n] as SqlType;
      if (TYPE_CODES[type.kind as ScalarKind] !== this.#codes[n]) return false;
      if (type.kind === 'numeric' && type.scale !== this.#scales[n]) return false;
    }
    return true;
  }

  /** The types, for tools that have no definitions at hand; NUMERIC's precision is not stored. */
  types(): SqlType[] {
    const kinds = Object.keys(TYPE_CODES) as ScalarKind[];
    return Array.from(this.#codes, (code, n) => {
      const kind = kinds[code - 1] as ScalarKind;
      return kind === 'numeric' ? numeric(null, this.#scales[n] as number) : { kind };
    });
  }

  encode(writer: ByteWriter, row: readonly Value[]): void {
    assert(row.length === this.columns, `a row has ${row.length} values for ${this.columns} columns`);
    const bitmap = this.startRow(writer);
    for (let n = 0; n < row.length; n++) {
      const value = row[n] as Value;
      if (value === null) this.markNull(writer, bitmap, n);
      else this.encodeValue(writer, n, value);
    }
  }

  /** Begins a row that is written value by value: returns where its bitmap is. */
  startRow(writer: ByteWriter): number {
    writer.reserve(this.bitmapBytes);
    const bitmap = writer.length;
    for (let n = 0; n < this.bitmapBytes; n++) writer.buffer[writer.length++] = 0;
    return bitmap;
  }

  markNull(writer: ByteWriter, bitmap: number, column: number): void {
    const at = bitmap + (column >> 3);
    writer.buffer[at] = (writer.buffer[at] as number) | (1 << (column & 7));
  }

  encodeValue(writer: ByteWriter, column: number, value: Exclude<Value, null>): void {
    switch (this.#codes[column]) {
      case TEXT_CODE:
        assert(typeof value === 'string', 'TEXT holds a string');
        writer.text(value);
        return;
      case DOUBLE_CODE:
        assert(typeof value === 'number', 'DOUBLE PRECISION holds a number');
        writer.f64(value);
        return;
      case BOOLEAN_CODE:
        writer.u8(value === true ? 1 : 0);
        return;
      default:
        assert(typeof value === 'bigint' || Number.isSafeInteger(value), 'an integer form holds an Integer');
        writer.integer(value as Integer);
    }
  }

  decode(reader: ByteReader): Value[] {
    const columns = this.columns;
    const codes = this.#codes;
    const bitmap = reader.at;
    reader.at += this.bitmapBytes;
    const row: Value[] = [];
    for (let n = 0; n < columns; n++) {
      if (((reader.bytes[bitmap + (n >> 3)] as number) >> (n & 7)) & 1) {
        row.push(null);
        continue;
      }
      const code = codes[n];
      if (code === TEXT_CODE) row.push(reader.text());
      else if (code === DOUBLE_CODE) row.push(reader.f64());
      else if (code === BOOLEAN_CODE) row.push(reader.u8() === 1);
      else row.push(reader.integer());
    }
    return row;
  }
}
