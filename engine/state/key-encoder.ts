import type { Row, Value } from '../../core/types.ts';
import { FNV_BASIS, FNV_PRIME } from './columns.ts';

const TAG_NULL = 0;
const TAG_FALSE = 1;
const TAG_TRUE = 2;
const TAG_NUMBER = 3;
const TAG_LARGE = 4;
const TAG_TEXT = 5;

/**
 * Puts values into one buffer as bytes by which they are found: equal values of one type give equal bytes, and no
 * two lists of values of the same types give the same. Text is the tag, its UTF-8 bytes and a byte that UTF-8 never
 * uses; other values have a fixed or announced length. The hash of the bytes (FNV-1a) is made on the way.
 */
export class KeyEncoder {
  bytes: Buffer = Buffer.allocUnsafeSlow(256);
  length = 0;
  hash = FNV_BASIS;
  readonly #double = new Float64Array(1);
  readonly #doubleBytes = new Uint8Array(this.#double.buffer);

  clear(): void {
    this.length = 0;
    this.hash = FNV_BASIS;
  }

  /** Encodes the values at `columns` of a row, in that order, in place of what was there. */
  row(row: Row, columns: readonly number[]): void {
    this.clear();
    for (let n = 0; n < columns.length; n++) this.value(row[columns[n] as number] as Value);
  }

  /** Encodes what the functions make of a row, in place of what was there. */
  computed(row: Row, values: readonly ((row: Row) => Value)[]): void {
    this.clear();
    for (let n = 0; n < values.length; n++) this.value((values[n] as (row: Row) => Value)(row));
  }

  /** Encodes all values of a list, in place of what was there. */
  values(values: readonly Value[]): void {
    this.clear();
    for (let n = 0; n < values.length; n++) this.value(values[n] as Value);
  }

  value(value: Value): void {
    switch (typeof value) {
      case 'string':
        this.#text(value);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'bigint':
        this.#tagged(TAG_LARGE, String(value));
        return;
      case 'boolean':
        this.#reserve(1);
        this.#byte(value ? TAG_TRUE : TAG_FALSE);
        return;
      default:
        this.#reserve(1);
        this.#byte(TAG_NULL);
    }
  }

  /** The bytes, not copied: valid until the next value. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** The bytes as a text of one character each: a key of maps and of checkpoint entries. */
  text(): string {
    return this.bytes.toString('latin1', 0, this.length);
  }

  #byte(byte: number): void {
    this.bytes[this.length++] = byte;
    this.hash = Math.imul(this.hash ^ byte, FNV_PRIME);
  }

  #number(value: number): void {
    this.#reserve(9);
    this.#double[0] = value + 0;
    this.#byte(TAG_NUMBER);
    for (let n = 0; n < 8; n++) this.#byte(this.#doubleBytes[n] as number);
  }

  #text(value: string): void {
    const chars = value.length;
    this.#reserve(chars * 3 + 2);
    const bytes = this.bytes;
    const start = this.length;
    let at = start;
    let hash = Math.imul(this.hash ^ TAG_TEXT, FNV_PRIME);
    bytes[at++] = TAG_TEXT;
    for (let n = 0; n < chars; n++) {
      const code = value.charCodeAt(n);
      if (code >= 128) {
        this.#tagged(TAG_TEXT, value);
        return;
      }
      bytes[at++] = code;
      hash = Math.imul(hash ^ code, FNV_PRIME);
    }
    bytes[at++] = 0xff;
    this.hash = Math.imul(hash ^ 0xff, FNV_PRIME);
    this.length = at;
  }

  #tagged(tag: number, text: string): void {
    this.#reserve(text.length * 3 + 2);
    this.#byte(tag);
    const end = this.length + this.bytes.write(text, this.length, 'utf8');
    while (this.length < end) this.#byte(this.bytes[this.length] as number);
    this.#byte(0xff);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const wider = Buffer.allocUnsafeSlow((this.length + count) * 2);
    this.bytes.copy(wider, 0, 0, this.length);
    this.bytes = wider;
  }
}
