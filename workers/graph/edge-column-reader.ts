import { parseTimestamp } from '../../core/timestamp.ts';
import type { ColumnInput, ColumnType } from '../../engine/graph/segment/column-input.ts';
import { GrowingNumbers } from './growing-array.ts';

/** Numbers beyond it are kept as doubles: differences of two within it are exact. */
const WHOLE_MAX = 2_251_799_813_685_248;
const DECIMALS_MAX = 15;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d/;

/** A value that the type of the column so far does not hold. The file is read again with the type named. */
export class TypeChange extends Error {
  readonly column: number;
  readonly type: ColumnType;

  constructor(column: number, type: ColumnType) {
    super(`column ${column} is ${type}`);
    this.column = column;
    this.type = type;
  }
}

/**
 * Reads one column of an edge list. Without a given type the first value decides: whole numbers and decimals (exact, with as
 * many decimals as any value has), timestamps, text.
 */
export class EdgeColumnReader {
  readonly name: string;
  private readonly number: number;
  private type: ColumnType | null;
  private scale = 0;
  private readonly numbers = new GrowingNumbers();
  private readonly dictionary = new Map<string, number>();

  constructor(number: number, name: string, type: ColumnType | null) {
    this.number = number;
    this.name = name;
    this.type = type;
  }

  /** Adds the value whose bytes these are; none are NULL, and so is NaN among numbers. Throws TypeChange. */
  push(bytes: Uint8Array, start: number, end: number): void {
    if (start === end || (this.type !== 'text' && isNotANumber(bytes, start, end))) {
      this.numbers.push(Number.NaN);
      return;
    }
    this.type ??= firstType(latin(bytes, start, end));
    if (this.type === 'integer' || this.type === 'decimal') this.pushDecimal(bytes, start, end);
    else if (this.type === 'timestamp') this.pushTimestamp(latin(bytes, start, end));
    else this.pushText(utf8(bytes, start, end));
  }

  /** The column, once all rows were read. */
  take(): ColumnInput {
    const type = this.type ?? 'integer';
    const isDecimal = type === 'integer' || type === 'decimal';
    return {
      name: this.name,
      type: isDecimal ? (this.scale > 0 ? 'decimal' : 'integer') : type,
      scale: this.scale,
      numbers: this.numbers.take(),
      dictionary: type === 'text' || type === 'double' ? [...this.dictionary.keys()] : null,
    };
  }

  private pushDecimal(bytes: Uint8Array, start: number, end: number): void {
    const sign = bytes[start] as number;
    let whole = 0;
    let decimals = -1;
    let digits = 0;
    for (let at = sign === 0x2d || sign === 0x2b ? start + 1 : start; at < end; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit >= 0 && digit <= 9) {
        whole = whole * 10 + digit;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (digit === -2 && decimals < 0) decimals = 0;
      else this.change(latin(bytes, start, end));
    }
    const places = Math.max(decimals, 0);
    if (digits === 0) this.change(latin(bytes, start, end));
    if (places > this.scale) this.rescale(places);
    for (let n = places; n < this.scale; n++) whole *= 10;
    if (whole > WHOLE_MAX) this.change(latin(bytes, start, end));
    this.numbers.push(sign === 0x2d && whole > 0 ? -whole : whole);
  }

  private rescale(places: number): void {
    if (places > DECIMALS_MAX) throw new TypeChange(this.number, 'double');
    let factor = 1;
    for (let n = this.scale; n < places; n++) factor *= 10;
    this.numbers.scale(factor);
    for (let n = 0; n < this.numbers.length; n++) {
      if (Math.abs(this.numbers.at(n)) > WHOLE_MAX) throw new TypeChange(this.number, 'double');
    }
    this.scale = places;
  }

  private pushTimestamp(text: string): void {
    const micros = parseTimestamp(text);
    if (micros === null || Math.abs(micros) > WHOLE_MAX) throw new TypeChange(this.number, 'text');
    this.numbers.push(micros);
  }

  private pushText(text: string): void {
    const isDouble = this.type === 'double';
    if (isDouble && (!NUMBER.test(text) || isBeyondDouble(text))) this.change(text);
    const value = isDouble ? String(Number(text)) : text;
    let place = this.dictionary.get(value);
    if (place === undefined) {
      place = this.dictionary.size;
      this.dictionary.set(value, place);
    }
    this.numbers.push(place);
  }

  private change(text: string): never {
    throw new TypeChange(this.number, NUMBER.test(text) && !isBeyondDouble(text) ? 'double' : 'text');
  }
}

function firstType(text: string): ColumnType {
  if (NUMBER.test(text)) return /[eE]/.test(text) ? 'double' : 'integer';
  return TIMESTAMP.test(text) && parseTimestamp(text) !== null ? 'timestamp' : 'text';
}

/** Whether it is a whole number that no double holds, or too great for any: as a double it would become another. */
function isBeyondDouble(text: string): boolean {
  const double = Number(text);
  if (!Number.isFinite(double)) return true;
  return WHOLE.test(text) && BigInt(double) !== BigInt(text.replace('+', ''));
}

function isNotANumber(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 3 && latin(bytes, start, end).toLowerCase() === 'nan';
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
