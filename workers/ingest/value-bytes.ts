import { daysFromCivil, MICROS } from '../../core/timestamp.ts';

/**
 * The common forms of numbers and timestamps, read from bytes without a string in between. Each returns NaN for a form
 * it does not know, which is no error: core/parse-value.ts then reads the text, and it alone says what is wrong.
 */

/** Digits that surely fit a safe integer. */
const SAFE_DIGITS = 15;
const POWERS = Array.from({ length: SAFE_DIGITS + 1 }, (_, n) => Number(`1e${n}`));

const DASH = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;

/** `[-]digits`. */
export function integerFromBytes(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === DASH;
  if (negative) at++;
  if (at === end || end - at > SAFE_DIGITS) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? 0 - value : value;
}

/** `[-]digits[.digits]` times 10^scale, where no digit is lost. `precision`: the type's, null for none. */
export function decimalFromBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  scale: number,
  precision: number | null,
): number {
  let at = start;
  const negative = bytes[at] === DASH;
  if (negative) at++;
  if (at === end || end - at > SAFE_DIGITS + 1) return Number.NaN;
  let value = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (byte === DOT && point < 0) point = at;
    else return Number.NaN;
  }
  const decimals = point < 0 ? 0 : end - point - 1;
  const digits = end - start - (negative ? 1 : 0) - (point < 0 ? 0 : 1);
  const missing = scale - decimals;
  if (digits === 0 || missing < 0 || digits + missing > SAFE_DIGITS) return Number.NaN;
  const scaled = value * (POWERS[missing] as number);
  if (precision !== null && precision < SAFE_DIGITS && scaled >= (POWERS[precision] as number))
    return Number.NaN;
  return negative ? 0 - scaled : scaled;
}

/** `2026-10-01T08:30:00[.fraction][Z]`, a blank for T as well; up to six digits of fraction. Microseconds. */
export function timestampFromBytes(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 19 || length > 27) return Number.NaN;
  const separator = bytes[start + 10];
  if (
    bytes[start + 4] !== DASH ||
    bytes[start + 7] !== DASH ||
    (separator !== 84 && separator !== 32) ||
    bytes[start + 13] !== COLON ||
    bytes[start + 16] !== COLON
  )
    return Number.NaN;
  const year = digitsAt(bytes, start, 4);
  const month = digitsAt(bytes, start + 5, 2);
  const day = digitsAt(bytes, start + 8, 2);
  const hour = digitsAt(bytes, start + 11, 2);
  const minute = digitsAt(bytes, start + 14, 2);
  const second = digitsAt(bytes, start + 17, 2);
  // The last days of months are left to the reader that knows the calendar.
  const known = month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59;
  if (!known || !(second <= 59)) return Number.NaN;
  const fraction = fractionMicros(bytes, start + 19, bytes[end - 1] === 90 ? end - 1 : end);
  const clock = hour * MICROS.hour + minute * MICROS.minute + second * MICROS.second + fraction;
  const micros = daysFromCivil(year, month, day) * MICROS.day + clock;
  return Number.isSafeInteger(micros) ? micros : Number.NaN;
}

/** `.digits` as microseconds; 0 for nothing. */
function fractionMicros(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const places = end - start - 1;
  if (bytes[start] !== DOT || places < 1 || places > 6) return Number.NaN;
  return digitsAt(bytes, start + 1, places) * (POWERS[6 - places] as number);
}

function digitsAt(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
