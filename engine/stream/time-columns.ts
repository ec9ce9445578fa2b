import type { Operator } from '../../language/plan.ts';

/**
 * Columns whose values cannot fall behind event time by more than a known slack: rows to come have a value of at
 * least `horizon - slack` there, the horizon being watermark - allowed_lateness. By column, in microseconds.
 */
export type TimeColumns = ReadonlyMap<number, number>;

/** The time columns of an operator's output, given those of its input. */
export function timeColumnsAfter(operator: Operator, input: TimeColumns): TimeColumns {
  switch (operator.kind) {
    case 'filter':
    case 'join':
    case 'over':
      return input;
    case 'project': {
      const output = new Map<number, number>();
      operator.expressions.forEach((expr, column) => {
        const slack = expr.kind === 'column' ? input.get(expr.index) : undefined;
        if (slack !== undefined) output.set(column, slack);
      });
      return output;
    }
    case 'window': {
      // A window takes rows in, and so fires or corrects, only while its end is after the horizon of its input.
      const output = new Map<number, number>();
      const slack = input.get(operator.time);
      if (slack === undefined) return output;
      const start = operator.group.length;
      output.set(start, slack + operator.sizeMicros);
      output.set(start + 1, slack);
      return output;
    }
  }
}
