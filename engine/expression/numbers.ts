import { RingwatchError } from '../../core/errors.ts';
import { type Integer, powerOfTen, rescale } from '../../core/integer.ts';
import { formatDecimal } from '../../core/format-value.ts';
import { parseDecimal } from '../../core/parse-value.ts';
import { isIntegerForm, type SqlType, scaleOf } from '../../core/types.ts';

const BIGINT_MAX = 9_223_372_036_854_775_807n;
const BIGINT_MIN = -9_223_372_036_854_775_808n;

/** Doubles divide exactly by powers of ten up to this one. */
const EXACT_POWER_MAX = 22;

/** Whether an integer form is in the range of its type: 32 bits, 64 bits, the precision, or the microseconds kept. */
export function fits(type: SqlType, value: Integer): boolean {
  switch (type.kind) {
    case 'integer':
      return value >= -2_147_483_648 && value <= 2_147_483_647;
    case 'bigint':
      return typeof value === 'number' || (value >= BIGINT_MIN && value <= BIGINT_MAX);
    case 'numeric': {
      if (type.precision === null) return true;
      const limit = powerOfTen(type.precision);
      return value < limit && -value < limit;
    }
    default:
      return typeof value === 'number';
  }
}

/** The double nearest to a value of a numeric type; a double stays itself. */
export function toDouble(type: SqlType, value: Integer): number {
  if (!isIntegerForm(type)) return value as number;
  const scale = scaleOf(type);
  if (scale === 0) return Number(value);
  if (typeof value === 'number' && scale <= EXACT_POWER_MAX) return value / Number(powerOfTen(scale));
  return Number(formatDecimal(value, scale, false));
}

/**
 * A double as an integer scaled by 10^scale: its shortest decimal text, rounded half away from zero, so that 0.285
 * at two decimals is 0.29 as written and not what its binary neighbour says. Null beyond LIMITS.numericDigitsMax.
 */
export function fromDouble(value: number, scale: number): Integer | null {
  if (Number.isSafeInteger(value)) return rescale(value + 0, 0, scale);
  try {
    return parseDecimal(String(value), scale);
  } catch (error) {
    if (error instanceof RingwatchError) return null;
    throw error;
  }
}
