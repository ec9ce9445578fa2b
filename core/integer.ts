/**
 * Exact integers of any size that are cheap while they are small: a JavaScript number while it is a safe
 * integer, a bigint beyond. The form is canonical (equal values are `===`), and `<` compares across both.
 * INTEGER, BIGINT, NUMERIC (scaled), TIMESTAMPTZ and INTERVAL (microseconds) are all of this form. Ours.
 */
export type Integer = number | bigint;

const MAX = BigInt(Number.MAX_SAFE_INTEGER);
const MIN = -MAX;

/** The canonical form of a bigint. */
export function normalise(value: bigint): Integer {
  return value <= MAX && value >= MIN ? Number(value) : value;
}

/** a + b. */
export function add(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return normalise(BigInt(a) + BigInt(b));
}

/** a - b. */
export function subtract(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return normalise(BigInt(a) - BigInt(b));
}

/** a * b. */
export function multiply(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0; // -0 becomes 0
  }
  return normalise(BigInt(a) * BigInt(b));
}

/** a / b, truncated toward zero. `b` is not zero. */
export function divideTruncated(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number')
    return Math.trunc(a / b) + 0 === 0 ? 0 : exactQuotient(a, b);
  return normalise(BigInt(a) / BigInt(b));
}

/** Truncated quotient of two safe integers: the double quotient may round up across an integer. */
function exactQuotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

/** a / b, rounded half away from zero. `b` is not zero. */
export function divideRounded(a: Integer, b: Integer): Integer {
  const x = BigInt(a);
  const y = BigInt(b);
  const quotient = x / y;
  const remainder = x % y;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  const divisor = y < 0n ? -y : y;
  if (twice < divisor) return normalise(quotient);
  return normalise(x < 0n === y < 0n ? quotient + 1n : quotient - 1n);
}

/** Remainder with the sign of `a`, as SQL's modulo. `b` is not zero. */
export function remainder(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  return normalise(BigInt(a) % BigInt(b));
}

/** -a. */
export function negate(a: Integer): Integer {
  return typeof a === 'number' ? 0 - a : normalise(-a);
}

const POWERS: Integer[] = [1];

/** 10 to the power of `exponent`, 0 to 1000. */
export function powerOfTen(exponent: number): Integer {
  for (let n = POWERS.length; n <= exponent; n++) POWERS.push(multiply(POWERS[n - 1] as Integer, 10));
  return POWERS[exponent] as Integer;
}

/** A scaled integer of `from` decimals as one of `to` decimals, rounding half away from zero. */
export function rescale(value: Integer, from: number, to: number): Integer {
  if (from === to) return value;
  if (to > from) return multiply(value, powerOfTen(to - from));
  return divideRounded(value, powerOfTen(from - to));
}
