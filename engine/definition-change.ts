import { RingwatchError } from '../core/errors.ts';
import type { Integer } from '../core/integer.ts';
import { typeName } from '../core/types.ts';
import type { Program, RelationPlan } from '../language/plan.ts';
import type { TableState } from './stream/table-state.ts';

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

/** A CHECK (column >= 0) that a table has not had. Plain data. */
export interface NewCheck {
  readonly table: string;
  /** Place of the column, and its name. */
  readonly column: number;
  readonly name: string;
}

/** The CHECKs that new definitions add to tables of the old ones, in the order in which they are declared. */
export function newChecks(before: Program, after: Program): NewCheck[] {
  return after.tables.flatMap((plan) => {
    const old = before.tables.find(({ name }) => name === plan.name);
    if (old === undefined) return [];
    const added = (plan.checks ?? []).filter((column) => !(old.checks ?? []).includes(column));
    return added.map((column) => ({ table: plan.name, column, name: plan.columns[column]?.name ?? '' }));
  });
}

/** Whether the rows that tables hold meet the CHECKs. Throws CHECK_UNMET with the first that is broken. Cost: such tables' rows. */
export function checkRows(checks: readonly NewCheck[], tableOf: (name: string) => TableState | null): void {
  for (const { table, column, name } of checks) {
    const rows = tableOf(table)?.rows() ?? [];
    for (const row of rows) {
      if (((row[column] ?? 0) as Integer) < 0)
        throw new RingwatchError('CHECK_UNMET', { table, column: name });
    }
  }
}
