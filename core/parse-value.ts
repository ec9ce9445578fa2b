import { RingwatchError } from './errors.ts';
import { type Integer, multiply, negate, normalise, powerOfTen, rescale } from './integer.ts';
import { LIMITS } from './limits.ts';
import { parseInterval, parseTimestamp } from './timestamp.ts';
import { type NumericType, type SqlType, typeName, type Value } from './types.ts';

const INTEGER_MAX = 2_147_483_647;
const BIGINT_MAX = 9_223_372_036_854_775_807n;
const ZERO = 48;
const NINE = 57;

/** Digits that surely fit a safe integer. */
const SAFE_DIGITS = 15;

/** Half of a pair without the other: no valid Unicode. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const DECIMAL = /^([+-])?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const DOUBLE_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The value of a type that a text stands for, as PostgreSQL reads it: a field of CSV, a JSON string, a cast.
 * Blanks around anything but TEXT are ignored. NUMERIC is exact and rounds further decimals half away from zero;
 * NaN and infinities are refused. `text` is never NULL: the caller knows what its NULL looks like.
 * Throws VALUE_INVALID, VALUE_OUT_OF_RANGE, VALUE_TOO_LONG.
 */
export function parseText(type: SqlType, text: string): Value {
  switch (type.kind) {
    case 'text':
      return parseTextValue(text);
    case 'integer':
      return checkInteger(parseWhole(text, type), text);
    case 'bigint':
      return checkBigint(parseWhole(text, type), text);
    case 'numeric':
      return checkNumeric(parseScaled(text, type.scale, type), type, text);
    case 'double':
      return parseDouble(text);
    case 'boolean':
      return parseBoolean(text);
    case 'timestamptz':
      return parseTimestamp(text) ?? invalid(text, type);
    case 'interval':
      return parseIntervalValue(text);
    default:
      return invalid(text, type);
  }
}

/**
 * The exact decimal `text` (`12`, `-0.5`, `.5`, `1.5e3`) as an integer scaled by 10^scale, further decimals rounded
 * half away from zero. Throws VALUE_INVALID where the text is none, VALUE_OUT_OF_RANGE past LIMITS.numericDigitsMax.
 */
export function parseDecimal(text: string, scale: number): Integer {
  return parseScaled(text, scale, { kind: 'numeric', precision: null, scale, trimmed: true });
}

/** The integer, or VALUE_OUT_OF_RANGE beyond 32 bits. `text` is for the message. */
export function checkInteger(value: Integer, text: string): Integer {
  if (value > INTEGER_MAX || value < -INTEGER_MAX - 1) throw outOfRange(text, { kind: 'integer' });
  return value;
}

/** The integer, or VALUE_OUT_OF_RANGE beyond 64 bits. */
export function checkBigint(value: Integer, text: string): Integer {
  if (typeof value === 'bigint' && (value > BIGINT_MAX || value < -BIGINT_MAX - 1n)) {
    throw outOfRange(text, { kind: 'bigint' });
  }
  return value;
}

/** The scaled integer, or VALUE_OUT_OF_RANGE where it has more digits than the type's precision. */
export function checkNumeric(value: Integer, type: NumericType, text: string): Integer {
  if (type.precision === null) return value;
  const limit = powerOfTen(type.precision);
  if (value >= limit || value <= negate(limit)) throw outOfRange(text, type);
  return value;
}

/** The text, or VALUE_INVALID where it is no valid Unicode, VALUE_TOO_LONG past LIMITS.textCharsMax. */
export function parseTextValue(text: string): string {
  if (text.length > LIMITS.textCharsMax) {
    throw new RingwatchError('VALUE_TOO_LONG', { size: text.length, limit: LIMITS.textCharsMax });
  }
  if (LONE_SURROGATE.test(text)) return invalid(text, { kind: 'text' });
  return text;
}

/** Whole numbers only: `5.0` is no INTEGER. */
function parseWhole(text: string, type: SqlType): Integer {
  const length = text.length;
  const start = length > 0 && text.charCodeAt(0) === 45 ? 1 : 0;
  if (length > start && length - start <= SAFE_DIGITS) {
    let value = 0;
    for (let n = start; n < length; n++) {
      const code = text.charCodeAt(n);
      if (code < ZERO || code > NINE) return parseWholeSlowly(text, type);
      value = value * 10 + (code - ZERO);
    }
    return start === 0 ? value : 0 - value;
  }
  return parseWholeSlowly(text, type);
}

function parseWholeSlowly(text: string, type: SqlType): Integer {
  const trimmed = trimBlanks(text);
  if (!/^[+-]?\d+$/.test(trimmed)) return invalid(text, type);
  if (trimmed.length > LIMITS.numericDigitsMax) throw outOfRange(text, type);
  return normalise(BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed));
}

/** `[-]digits[.digits]` within safe range needs no bigint; everything else takes the slow way. */
function parseScaled(text: string, scale: number, type: SqlType): Integer {
  const length = text.length;
  const start = length > 0 && text.charCodeAt(0) === 45 ? 1 : 0;
  let value = 0;
  let decimals = -1;
  for (let n = start; n < length; n++) {
    const code = text.charCodeAt(n);
    if (code >= ZERO && code <= NINE) {
      value = value * 10 + (code - ZERO);
      if (decimals >= 0) decimals++;
    } else if (code === 46 && decimals < 0) decimals = 0;
    else return parseScaledSlowly(text, scale, type);
  }
  const digits = length - start - (decimals < 0 ? 0 : 1);
  const places = Math.max(decimals, 0);
  if (digits === 0 || digits > SAFE_DIGITS || places > scale) return parseScaledSlowly(text, scale, type);
  const scaled = multiply(value, powerOfTen(scale - places));
  return start === 0 ? scaled : negate(scaled);
}

function parseScaledSlowly(text: string, scale: number, type: SqlType): Integer {
  const match = DECIMAL.exec(trimBlanks(text));
  if (match === null) return invalid(text, type);
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  if (whole === '' && fraction === '') return invalid(text, type);
  const mantissa = (whole + fraction).replace(/^0+/, '');
  if (mantissa === '') return 0;
  const exponent = Number(exponentText) - fraction.length;
  // The number of digits in front of the point, without writing them out.
  const integerDigits = mantissa.length + exponent;
  if (integerDigits + scale > LIMITS.numericDigitsMax) throw outOfRange(text, type);
  // Smaller than a tenth of the last place rounds to zero.
  if (integerDigits + scale < 0) return 0;
  // Past one digit behind the last place kept nothing decides the rounding: half is half, and rounds away.
  const kept =
    integerDigits + scale + 1 < mantissa.length ? mantissa.slice(0, integerDigits + scale + 1) : mantissa;
  const dropped = mantissa.length - kept.length;
  const places = -(exponent + dropped);
  const magnitude =
    places >= 0
      ? rescale(normalise(BigInt(kept)), places, scale)
      : BigInt(kept) * BigInt(powerOfTen(scale - places));
  const value = BigInt(magnitude);
  return normalise(sign === '-' ? -value : value);
}

function parseDouble(text: string): number {
  const trimmed = trimBlanks(text);
  if (!DOUBLE_TEXT.test(trimmed)) return invalid(text, { kind: 'double' });
  const value = Number(trimmed);
  if (!Number.isFinite(value)) throw outOfRange(text, { kind: 'double' });
  return value + 0; // -0 becomes 0: equal values have one form
}

const TRUE_TEXT = /^(?:t|tr|tru|true|y|ye|yes|on|1)$/i;
const FALSE_TEXT = /^(?:f|fa|fal|fals|false|n|no|of|off|0)$/i;

function parseBoolean(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  const trimmed = trimBlanks(text);
  if (TRUE_TEXT.test(trimmed)) return true;
  if (FALSE_TEXT.test(trimmed)) return false;
  return invalid(text, { kind: 'boolean' });
}

function parseIntervalValue(text: string): Integer {
  // No interval in range has so many characters; the pattern's cost stays bounded.
  const micros = text.length > 200 ? null : parseInterval(text);
  return micros ?? invalid(text, { kind: 'interval' });
}

function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Space, tab, line feed, vertical tab, form feed, carriage return. */
function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function invalid(text: string, type: SqlType): never {
  throw new RingwatchError('VALUE_INVALID', { text: shorten(text), type: typeName(type) });
}

function outOfRange(text: string, type: SqlType): RingwatchError {
  return new RingwatchError('VALUE_OUT_OF_RANGE', { text: shorten(text), type: typeName(type) });
}

function shorten(text: string): string {
  const shown = text.length <= 40 ? text : `${text.slice(0, 37)}...`;
  return shown.replace(/\p{Surrogate}/gu, '\ufffd');
}
