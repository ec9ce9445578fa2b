import type { Expr } from '../plan.ts';

/** What element tables have in common for seeks. */
interface KeyedTable {
  readonly key: readonly number[];
}

/**
 * A seek of the element in `slot`: one expression for each KEY column of the one table that it may come from, out of
 * conjuncts `a.key = value` whose value does not use the pattern's own variables. Null where the KEY is not whole.
 */
export function findSeek(
  predicates: readonly Expr[],
  slot: number,
  tables: readonly number[],
  all: readonly KeyedTable[],
  usesOwn: (expr: Expr) => boolean,
): { readonly table: number; readonly key: readonly Expr[] } | null {
  const [table, another] = tables;
  const keyed = table === undefined ? undefined : all[table];
  if (table === undefined || keyed === undefined || another !== undefined) return null;
  const key: Expr[] = [];
  for (const column of keyed.key) {
    const value = equatedValue(predicates, slot, table, column, usesOwn);
    if (value === null) return null;
    key.push(value);
  }
  return key.length === 0 ? null : { table, key };
}

function equatedValue(
  predicates: readonly Expr[],
  slot: number,
  table: number,
  column: number,
  usesOwn: (expr: Expr) => boolean,
): Expr | null {
  for (const predicate of predicates) {
    if (predicate.kind !== 'call' || predicate.name !== 'equal') continue;
    const [left, right] = predicate.args as [Expr, Expr];
    if (isKeyColumn(left, slot, table, column) && !usesOwn(right)) return right;
    if (isKeyColumn(right, slot, table, column) && !usesOwn(left)) return left;
  }
  return null;
}

/** The KEY column itself, or an INTEGER one widened to BIGINT: the values are the same. */
function isKeyColumn(expr: Expr, slot: number, table: number, column: number): boolean {
  if (expr.kind === 'cast' && expr.type.kind === 'bigint' && expr.argument.type.kind === 'integer') {
    return isKeyColumn(expr.argument, slot, table, column);
  }
  return expr.kind === 'property' && expr.slot === slot && expr.columns[table] === column;
}
