import { RingwatchError } from '../core/errors.ts';
import { typeName } from '../core/types.ts';
import type { Program, RelationPlan } from '../language/plan.ts';
import type { TableState } from './stream/table-state.ts';
import { negativeColumn } from './stream/complete-row.ts';

/**
 * Whether new definitions may follow the old ones: sources and tables keep their columns and key and gain nullable
 * columns at the end, and nothing is dropped unless that is allowed. Throws DROP_NOT_ALLOWED, INCOMPATIBLE_CHANGE.
 */
export function checkChange(before: Program, after: Program, allowDrop: boolean): void {
  const kinds = [
    ['source', before.sources, after.sources],
    ['table', before.tables, after.tables],
    ['view', before.views, after.views],
    ['graph', before.graphs, after.graphs],
    ['decision', before.decisions, after.decisions],
    ['rule', before.rules, after.rules],
    ['query', before.queries, after.queries],
  ] as const;
  for (const [what, old, now] of kinds) {
    for (const { name } of old) {
      if (!allowDrop && !now.some((other) => other.name === name)) {
        throw new RingwatchError('DROP_NOT_ALLOWED', { what, name });
      }
    }
  }
  for (const old of [...before.sources, ...before.tables]) {
    const now = [...after.sources, ...after.tables].find(({ name }) => name === old.name);
    if (now !== undefined) checkRelation(old, now);
  }
}

function checkRelation(
  old: RelationPlan & { readonly kind: string },
  now: RelationPlan & { readonly kind: string },
): void {
  const fail = (reason: string): never => {
    throw new RingwatchError('INCOMPATIBLE_CHANGE', { what: old.kind, name: old.name, reason });
  };
  if (now.kind !== old.kind) fail(`it becomes a ${now.kind}`);
  old.columns.forEach((column, n) => {
    const other = now.columns[n];
    if (other === undefined || other.name !== column.name)
      fail(`the column ${column.name} is no longer at its place`);
    else if (typeName(other.type) !== typeName(column.type)) {
      fail(`the column ${column.name} becomes ${typeName(other.type)}`);
    } else if (column.nullable && !other.nullable) {
      fail(`the column ${column.name} would refuse NULL`);
    } else if ((old.generated[n] === null) !== (now.generated[n] === null)) {
      fail(`the column ${column.name} is stored in one version and generated in the other`);
    }
  });
  now.columns.slice(old.columns.length).forEach(({ name, nullable }) => {
    if (!nullable) fail(`the new column ${name} does not allow NULL`);
  });
  if (now.key.join() !== old.key.join()) fail('its PRIMARY KEY changes');
}

/** Whether the rows that tables hold meet the CHECKs that are new. Throws INCOMPATIBLE_CHANGE. Cost: such a table's rows. */
export function checkBalances(
  after: Program,
  tables: ReadonlyMap<string, { readonly state: TableState }>,
): void {
  for (const plan of after.tables) {
    const state = tables.get(plan.name)?.state;
    const known = state?.plan.checks ?? [];
    if (state === undefined || (plan.checks ?? []).every((column) => known.includes(column))) continue;
    for (const row of state.sortedRows()) {
      const column = negativeColumn(plan, row);
      if (column < 0) continue;
      const reason = `it has a row whose ${plan.columns[column]?.name ?? ''} is below 0`;
      throw new RingwatchError('INCOMPATIBLE_CHANGE', { what: 'table', name: plan.name, reason });
    }
  }
}
