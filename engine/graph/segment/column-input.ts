import { assert } from '../../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../../core/bytes.ts';
import { compareValues } from '../../../core/compare.ts';
import { bitsOf } from './bit-fields.ts';
import { CODE_BITS_MAX } from './edge-column.ts';
import type { KeyCode } from './key-column.ts';
import { corrupt } from './segment-file.ts';
import { SLICE, type Slices, sortInSlices } from './slices.ts';

/**
 * A column as it comes in, in order of arrival. Numbers are whole: decimals scaled by 10 to the power of `scale`,
 * timestamps in microseconds. NaN stands for NULL. `dictionary`: the numbers are places in it, and it holds each value once.
 */
export interface ColumnInput {
  readonly name: string;
  readonly type: ColumnType;
  /** Decimal digits after the point, `decimal`; else 0. */
  readonly scale: number;
  readonly numbers: Float64Array;
  readonly dictionary: readonly string[] | null;
}

/** `double`: any number; its values are in the dictionary, as JavaScript prints them. */
export type ColumnType = 'integer' | 'decimal' | 'timestamp' | 'double' | 'text';

/** How a column's codes are read: a code less `nulls`, times `step`, is the value less `least`; or it is a place in the dictionary. */
export interface ColumnCode {
  readonly name: string;
  readonly type: ColumnType;
  readonly scale: number;
  /** Added to make the value; 0 with a dictionary. */
  readonly least: number;
  /** Whole seconds as microseconds, for example, are all this far apart, or a multiple of it; 1 with a dictionary. */
  readonly step: number;
  /** 1 where code 0 stands for NULL, else 0. */
  readonly nulls: 0 | 1;
  /** Ascending by the values' own order. */
  readonly dictionary: readonly string[] | null;
  /** Each edge's own text, packed, where most differ: then a code says only whether it is NULL. Null elsewhere. */
  readonly texts: (KeyCode & { readonly kind: 'texts' }) | null;
}

/** The codes of a column and how to read them. Codes keep the order of values, so that ranges of values are ranges of codes. */
export function* encodeCodes(input: ColumnInput): Slices<{ code: ColumnCode; codes: Float64Array }> {
  const { name, type, scale, numbers } = input;
  const { dictionary, place } = yield* sortedDictionary(input);
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let nulls: 0 | 1 = 0;
  for (let n = 0; n < numbers.length; n++) {
    if ((n & (SLICE - 1)) === 0) yield;
    const number = numbers[n] as number;
    if (Number.isNaN(number)) nulls = 1;
    else {
      if (number < least) least = number;
      if (number > greatest) greatest = number;
    }
  }
  if (dictionary !== null || least > greatest) least = 0;
  assert(bitsOf(Math.max(greatest - least, 0) + nulls) <= CODE_BITS_MAX, 'codes fit');
  const step = place === null ? yield* commonStep(numbers, least) : 1;
  const codes = new Float64Array(numbers.length);
  for (let n = 0; n < numbers.length; n++) {
    if ((n & (SLICE - 1)) === 0) yield;
    const number = numbers[n] as number;
    if (Number.isNaN(number)) continue;
    codes[n] = (place === null ? (number - least) / step : (place[number] as number)) + nulls;
  }
  return { code: { name, type, scale, least, step, nulls, dictionary, texts: null }, codes };
}

/** The greatest whole number that divides all distances from `least`; 1 where there are none. */
function* commonStep(numbers: Float64Array, least: number): Slices<number> {
  let step = 0;
  for (let n = 0; n < numbers.length && step !== 1; n++) {
    if ((n & (SLICE - 1)) === 0) yield;
    const distance = (numbers[n] as number) - least;
    // Once it is found nothing is left; nor is of NaN.
    let rest = step === 0 ? distance : distance % step;
    while (rest > 0) [step, rest] = [rest, step % rest];
  }
  return Math.max(step, 1);
}

function* sortedDictionary({ type, dictionary }: ColumnInput): Slices<{
  dictionary: readonly string[] | null;
  place: Uint32Array | null;
}> {
  if (dictionary === null) return { dictionary: null, place: null };
  const order = Uint32Array.from(dictionary, (_, n) => n);
  const compare =
    type === 'double'
      ? (a: number, b: number) => Number(dictionary[a]) - Number(dictionary[b])
      : (a: number, b: number) => compareValues(dictionary[a] as string, dictionary[b] as string);
  yield* sortInSlices(order, 0, order.length, compare);
  const place = new Uint32Array(order.length);
  order.forEach((from, to) => {
    place[from] = to;
  });
  return { dictionary: Array.from(order, (from) => dictionary[from] as string), place };
}

/** Writes how codes are read, but for the dictionary. */
export function writeColumnCode(writer: ByteWriter, code: ColumnCode): void {
  writer.text(code.name);
  writer.text(code.type);
  writer.u32(code.scale);
  writer.f64(code.least);
  writer.f64(code.step);
  writer.u32(code.nulls);
  writer.u32(code.dictionary === null ? 0 : 1);
  writer.u32(code.texts === null ? 0 : 1);
  if (code.texts === null) return;
  writer.text(code.texts.prefix);
  writer.text(code.texts.alphabet);
  writer.u32(code.texts.width);
}

/** Reads what writeColumnCode wrote; `dictionary` is asked for where there is one. */
export function readColumnCode(reader: ByteReader, dictionary: () => readonly string[]): ColumnCode {
  const name = reader.text();
  const type = reader.text() as ColumnType;
  const scale = reader.u32();
  const least = reader.f64();
  const step = reader.f64();
  if (!Number.isSafeInteger(step) || step < 1) throw corrupt(`values ${step} apart`);
  const nulls = reader.u32() === 0 ? 0 : 1;
  const hasDictionary = reader.u32() === 1;
  const texts = reader.u32() === 1 ? readTexts(reader) : null;
  return { name, type, scale, least, step, nulls, dictionary: hasDictionary ? dictionary() : null, texts };
}

function readTexts(reader: ByteReader): KeyCode & { readonly kind: 'texts' } {
  return { kind: 'texts', prefix: reader.text(), alphabet: reader.text(), width: reader.u32() };
}

/** The bytes of a dictionary. */
export function writeDictionary(dictionary: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(dictionary.length);
  for (const text of dictionary) writer.text(text);
  return writer.finish();
}

/** Reads what writeDictionary wrote. Throws SEGMENT_CORRUPT. */
export function readDictionary(bytes: Uint8Array): string[] {
  const reader = new ByteReader(bytes);
  const count = reader.varint();
  if (count > bytes.length) throw corrupt('a dictionary names more texts than it holds');
  return Array.from({ length: count }, () => reader.text());
}
