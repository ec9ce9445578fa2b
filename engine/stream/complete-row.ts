import type { Integer } from '../../core/integer.ts';
import type { Row, Value } from '../../core/types.ts';
import type { RelationPlan, SourcePlan, TablePlan } from '../../language/plan.ts';
import { compileExpression } from '../expression/compile.ts';
import { EMPTY, type Evaluate, type EvaluationErrors } from '../expression/evaluate.ts';

/**
 * Makes whole rows of stored ones: NULL for columns added since the row was written, generated columns computed in
 * declared order. A stored row that is already whole is given back as it is.
 */
export function compileRowCompletion(plan: RelationPlan, errors: EvaluationErrors): (stored: Row) => Row {
  const width = plan.columns.length;
  const generated: { readonly column: number; readonly evaluate: Evaluate }[] = [];
  plan.generated.forEach((expr, column) => {
    if (expr !== null)
      generated.push({ column, evaluate: compileExpression(expr, { errors, elements: null }) });
  });
  const { stored: places } = plan;
  if (generated.length === 0) return (stored) => (stored.length === width ? stored : padded(stored, width));
  return (stored) => {
    const row: Value[] = [];
    for (let column = 0; column < width; column++) row.push(null);
    for (let n = 0; n < places.length; n++) row[places[n] as number] = stored[n] ?? null;
    for (const { column, evaluate } of generated) row[column] = evaluate(row, EMPTY, EMPTY) as Value;
    return row;
  };
}

/** The row with NULLs up to `width` columns. */
export function padded(row: Row, width: number): Row {
  if (row.length >= width) return row;
  const wider: Value[] = [...row];
  while (wider.length < width) wider.push(null);
  return wider;
}

/** Why an event does not enter the stream at all, or null. `row` is whole; times are microseconds. */
export function rejectionOf(
  plan: SourcePlan,
  row: Row,
  arrivalMicros: number,
): 'EVENT_TIME_MISSING' | 'EVENT_TOO_FAR_AHEAD' | null {
  if (plan.eventTime === null) return null;
  const at = row[plan.eventTime.column] ?? null;
  if (at === null) return 'EVENT_TIME_MISSING';
  return (at as number) > arrivalMicros + plan.maxAheadMicros ? 'EVENT_TOO_FAR_AHEAD' : null;
}

/** The first column of a row that breaks its CHECK (x >= 0), -1 where none does. NULL breaks none, as in SQL. */
export function negativeColumn({ checks }: TablePlan, row: Row): number {
  if (checks === undefined) return -1;
  return checks.find((column) => ((row[column] ?? 0) as Integer) < 0) ?? -1;
}
