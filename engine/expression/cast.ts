import { RingwatchError } from '../../core/errors.ts';
import { formatText } from '../../core/format-value.ts';
import { type Integer, rescale } from '../../core/integer.ts';
import { parseText } from '../../core/parse-value.ts';
import { isIntegerForm, type SqlType, scaleOf, type Value } from '../../core/types.ts';
import type { Expr } from '../../language/plan.ts';
import type { Evaluate, EvaluationErrors } from './evaluate.ts';
import { fits, fromDouble, toDouble } from './numbers.ts';

/** CAST: a value that the type cannot hold is NULL and counted (INVALID_CAST, NUMERIC_OVERFLOW). */
export function compileCast(
  expr: Extract<Expr, { kind: 'cast' }>,
  argument: Evaluate,
  errors: EvaluationErrors,
): Evaluate {
  const convert = converter(expr.argument.type, expr.type, errors);
  if (convert === null) return argument;
  return (row, slots, old) => {
    const value = argument(row, slots, old) as Value;
    return value === null ? null : convert(value);
  };
}

/** Null where every value of one type is already a value of the other. */
function converter(
  from: SqlType,
  to: SqlType,
  errors: EvaluationErrors,
): ((value: NonNullable<Value>) => Value) | null {
  if (from.kind === 'null') return null;
  if (to.kind === 'text') return from.kind === 'text' ? null : (value) => formatText(from, value);
  if (from.kind === 'text') return (value) => fromText(to, value as string, errors);
  if (to.kind === 'boolean') return from.kind === 'boolean' ? null : (value) => Number(value) !== 0;
  if (from.kind === 'boolean') return converterFromInteger({ kind: 'integer' }, to, errors, Number);
  if (to.kind === 'double') {
    if (from.kind === 'double') return null;
    return (value) => toDouble(from, value as Integer);
  }
  if (from.kind === 'double') {
    return (value) => checked(to, fromDouble(value as number, scaleOf(to)), errors);
  }
  if (!isIntegerForm(from) || !isIntegerForm(to)) return null;
  return widens(from, to) ? null : converterFromInteger(from, to, errors, (value) => value as Integer);
}

function converterFromInteger(
  from: SqlType,
  to: SqlType,
  errors: EvaluationErrors,
  read: (value: NonNullable<Value>) => Integer,
): (value: NonNullable<Value>) => Value {
  if (to.kind === 'double') return (value) => Number(read(value));
  const fromScale = scaleOf(from);
  const toScale = scaleOf(to);
  return (value) => checked(to, rescale(read(value), fromScale, toScale), errors);
}

function widens(from: SqlType, to: SqlType): boolean {
  if (scaleOf(from) !== scaleOf(to)) return false;
  if (to.kind === 'numeric') return to.precision === null;
  return from.kind === to.kind || (from.kind === 'integer' && to.kind === 'bigint');
}

function checked(type: SqlType, value: Integer | null, errors: EvaluationErrors): Value {
  if (value !== null && fits(type, value)) return value;
  errors.count('NUMERIC_OVERFLOW');
  return null;
}

function fromText(type: SqlType, text: string, errors: EvaluationErrors): Value {
  try {
    return parseText(type, text);
  } catch (error) {
    if (!(error instanceof RingwatchError)) throw error;
    errors.count(error.code === 'VALUE_OUT_OF_RANGE' ? 'NUMERIC_OVERFLOW' : 'INVALID_CAST');
    return null;
  }
}
