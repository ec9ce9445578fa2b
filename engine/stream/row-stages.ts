import type { Row, Value } from '../../core/types.ts';
import type { FilterOperator, Operator, ProjectOperator } from '../../language/plan.ts';
import { assert } from '../../core/assert.ts';
import { compileAll, compilePredicate } from '../expression/compile.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import type { ChangeSink, RowSink } from './sink.ts';

/** Lets on the rows for which the predicate is TRUE. */
export function filterStage(plan: FilterOperator, errors: EvaluationErrors, next: RowSink): RowSink {
  const passes = compilePredicate(plan.predicate, { errors, elements: null });
  return {
    push(row, revision) {
      if (passes(row)) next.push(row, revision);
    },
  };
}

/** Lets on what the expressions make of each row. */
export function projectStage(plan: ProjectOperator, errors: EvaluationErrors, next: RowSink): RowSink {
  const project = compileProjection(plan, errors);
  return {
    push(row, revision) {
      next.push(project(row), revision);
    },
  };
}

function compileProjection(plan: ProjectOperator, errors: EvaluationErrors): (row: Row) => Row {
  const { expressions } = plan;
  if (expressions.every((expr) => expr.kind === 'column')) {
    const columns = expressions.map((expr) => (expr.kind === 'column' ? expr.index : 0));
    return (row) => {
      const out: Value[] = [];
      for (let n = 0; n < columns.length; n++) out.push(row[columns[n] as number] as Value);
      return out;
    };
  }
  const values = compileAll(expressions, { errors, elements: null });
  return (row) => {
    const out: Value[] = [];
    for (let n = 0; n < values.length; n++) out.push((values[n] as (row: Row) => Value)(row));
    return out;
  };
}

/** A chain of filters and projections as one function: the row at its end, or null where a filter stops it. */
export function compileRowChain(
  operators: readonly Operator[],
  errors: EvaluationErrors,
): (row: Row) => Row | null {
  const steps = operators.map((operator): ((row: Row) => Row | null) => {
    assert(
      operator.kind === 'filter' || operator.kind === 'project',
      'rows of a table are filtered and projected only',
    );
    if (operator.kind === 'project') return compileProjection(operator, errors);
    const passes = compilePredicate(operator.predicate, { errors, elements: null });
    return (row) => (passes(row) ? row : null);
  });
  return (row) => {
    let at: Row | null = row;
    for (const step of steps) {
      at = step(at);
      if (at === null) return null;
    }
    return at;
  };
}

/** A view over a table: what changes of the table's rows are as changes of the view's. */
export function changeStage(chain: (row: Row) => Row | null, next: ChangeSink): ChangeSink {
  return {
    change(row, old) {
      const newRow = row === null ? null : chain(row);
      const oldRow = old === null ? null : chain(old);
      if (newRow !== null || oldRow !== null) next.change(newRow, oldRow);
    },
  };
}
