import type { Row, Value } from '../../core/types.ts';
import type { Aggregate } from '../../language/plan.ts';
import { compileExpression } from '../expression/compile.ts';
import type { ExpressionContext } from '../expression/compiled-call.ts';
import { EMPTY } from '../expression/evaluate.ts';

/** A name for what an aggregate takes in of a row, the same for aggregates that take in the same; null for COUNT(*). */
export function inputName({ argument, filter }: Aggregate): string | null {
  if (argument === null && filter === null) return null;
  return JSON.stringify([argument, filter], (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

/** What an aggregate takes in of a row: its argument, or TRUE for COUNT(*); NULL where FILTER does not hold. */
export function compileInput(
  { argument, filter }: Aggregate,
  context: ExpressionContext,
): (row: Row) => Value {
  const value = argument === null ? null : compileExpression(argument, context);
  const passes = filter === null ? null : compileExpression(filter, context);
  if (passes === null && argument?.kind === 'column') {
    const index = argument.index;
    return (row) => row[index] as Value;
  }
  return (row) => {
    if (passes !== null && passes(row, EMPTY, EMPTY) !== true) return null;
    return value === null ? true : (value(row, EMPTY, EMPTY) as Value);
  };
}
