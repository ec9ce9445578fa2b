import type { CreateQuery } from '../ast.ts';
import type { QueryPlan } from '../plan.ts';
import type { Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';

/** CREATE QUERY. Null after reporting. */
export function bindQuery(
  statement: CreateQuery,
  _catalog: Catalog,
  diagnostics: Diagnostics,
): QueryPlan | null {
  return diagnostics.notBuilt('a query', statement.at);
}
