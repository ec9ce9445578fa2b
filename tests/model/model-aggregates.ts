import type { SqlType } from '../../core/types.ts';
import {
  compareThings,
  decimals,
  divideHalfAway,
  exactSumOfDoubles,
  fits,
  rescaleTo,
  type Scalar,
  type Thing,
} from './model-values.ts';

/**
 * An aggregate over the values of its argument, one per row, NULLs still among them (for COUNT(*) any value per
 * row). `from` is the argument's type, `to` the result's.
 */
export function aggregate(
  name: 'count' | 'sum' | 'avg' | 'min' | 'max' | 'collect',
  distinct: boolean,
  everyRow: boolean,
  from: SqlType,
  to: SqlType,
  values: readonly Thing[],
): Thing {
  let kept = everyRow ? [...values] : values.filter((value) => value !== null);
  if (distinct)
    kept = kept.filter((value, at) => kept.findIndex((other) => compareThings(value, other) === 0) === at);
  if (name === 'count') return BigInt(kept.length);
  if (name === 'collect') return { form: 'list', items: kept };
  if (kept.length === 0) return null;
  if (name === 'min') return kept.reduce((least, value) => (compareThings(value, least) < 0 ? value : least));
  if (name === 'max') return kept.reduce((most, value) => (compareThings(value, most) > 0 ? value : most));
  const result = name === 'sum' ? sum(from, to, kept as Scalar[]) : average(from, to, kept as Scalar[]);
  return fits(to, result) ? result : null;
}

function sum(from: SqlType, to: SqlType, values: readonly Scalar[]): Scalar {
  if (from.kind === 'double') return exactSumOfDoubles(values as number[]);
  return rescaleTo(total(values), decimals(from), decimals(to));
}

function average(from: SqlType, to: SqlType, values: readonly Scalar[]): Scalar {
  if (from.kind === 'double') return exactSumOfDoubles(values as number[]) / values.length;
  const shift = decimals(to) - decimals(from);
  return divideHalfAway(total(values) * 10n ** BigInt(shift), BigInt(values.length));
}

function total(values: readonly Scalar[]): bigint {
  return values.reduce<bigint>((sum, value) => sum + (value as bigint), 0n);
}
