import { RingwatchError } from '../../core/errors.ts';
import { powerOfTen } from '../../core/integer.ts';
import { parseText } from '../../core/parse-value.ts';
import { type NumericType, type SqlType, typeName, type Value } from '../../core/types.ts';
import type { JsonNumbers } from './json-numbers.ts';

/**
 * The value of a column's type that a JSON value stands for. Numbers are taken exactly as they are written, which a
 * double is not; `numbers` knows that of the row's member `field`. TEXT takes numbers as they are written; TIMESTAMPTZ
 * and INTERVAL take texts only. NULL is the caller's. Throws VALUE_….
 */
export function valueFromJson(
  type: SqlType,
  json: unknown,
  numbers: JsonNumbers,
  field: string,
): Exclude<Value, null> {
  if (typeof json === 'string') return parseText(type, json) as Exclude<Value, null>;
  if (typeof json === 'number') return fromNumber(type, json, numbers, field);
  if (typeof json === 'boolean') {
    if (type.kind === 'boolean') return json;
    if (type.kind === 'text') return String(json);
  }
  return invalid(type, json);
}

function fromNumber(type: SqlType, json: number, numbers: JsonNumbers, field: string): Exclude<Value, null> {
  switch (type.kind) {
    case 'integer':
      if (numbers.exact && json === json >> 0) return json + 0;
      return wholeNumber(type, textOf(json, numbers, field));
    case 'bigint':
      if (numbers.exact && Number.isSafeInteger(json)) return json + 0;
      return wholeNumber(type, textOf(json, numbers, field));
    case 'numeric':
      return scaledNumber(type, json, numbers, field);
    case 'double':
      if (Number.isFinite(json)) return json + 0;
      return parseText(type, numbers.source(field)) as Exclude<Value, null>;
    case 'text':
      return parseText(type, numbers.source(field)) as Exclude<Value, null>;
    default:
      return invalid(type, json);
  }
}

/**
 * Two different decimals of at most 15 digits never have the same double. So where the double of scaled / 10^scale is
 * the one at hand, and both are that short, they are the same number, and no text has to be written.
 */
function scaledNumber(
  type: NumericType,
  json: number,
  numbers: JsonNumbers,
  field: string,
): Exclude<Value, null> {
  if (numbers.exact && type.scale <= 15) {
    const power = powerOfTen(type.scale) as number;
    const scaled = Math.round(json * power);
    const limit = Math.min(1e15, type.precision === null ? 1e15 : Number(powerOfTen(type.precision)));
    if (scaled < limit && scaled > -limit && scaled / power === json) return scaled + 0;
  }
  return parseText(type, textOf(json, numbers, field)) as Exclude<Value, null>;
}

function textOf(json: number, numbers: JsonNumbers, field: string): string {
  return numbers.exact ? String(json) : numbers.source(field);
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** `12`, `1.20e1`, but not `12.5`: whole by value, whichever way it is written. */
function wholeNumber(type: SqlType, text: string): Exclude<Value, null> {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return parseText(type, '0') as Exclude<Value, null>;
  const zeros = digits.length - kept.length + Number(exponent) - fraction.length;
  if (zeros < 0) return invalid(type, text);
  if (kept.length + zeros > 40) {
    throw new RingwatchError('VALUE_OUT_OF_RANGE', { text: shorten(text), type: typeName(type) });
  }
  return parseText(type, sign + kept + '0'.repeat(zeros)) as Exclude<Value, null>;
}

function invalid(type: SqlType, json: unknown): never {
  // Objects are not written out: they may nest deeper than the stack.
  const text = Array.isArray(json) ? '[…]' : typeof json === 'object' ? '{…}' : shorten(String(json));
  throw new RingwatchError('VALUE_INVALID', { text, type: typeName(type) });
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
