import type { CreateRule } from '../ast.ts';
import type { RulePlan } from '../plan.ts';
import type { Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';

/** CREATE RULE. Null after reporting. */
export function bindRule(
  statement: CreateRule,
  _catalog: Catalog,
  diagnostics: Diagnostics,
): RulePlan | null {
  return diagnostics.notBuilt('a rule', statement.at);
}
