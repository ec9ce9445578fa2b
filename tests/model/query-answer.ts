import type { Row, SqlType, Value } from '../../core/types.ts';
import type { QueryPlan } from '../../language/plan.ts';

/** What a query answers. */
export interface QueryAnswer {
  readonly name: string;
  readonly rows: readonly (readonly unknown[])[];
}

/** The parameters of a query: the first from `first`, the others their defaults. */
export function parametersOf(plan: QueryPlan, first: (type: SqlType) => Value): Row {
  return plan.parameters.map(({ type, default: value }, index) => (index === 0 ? first(type) : value));
}
