import type { Expr } from '../plan.ts';

/** What element tables have in common for seeks. */
interface KeyedTable {
  readonly key: readonly number[];
}

/** `a.property = value`, where the value does not use the pattern's own variables. */
interface Equality {
  readonly property: Extract<Expr, { kind: 'property' }>;
  readonly value: Expr;
}

/** The conjuncts that equate a property with a value known before, by the slot of the property. */
export function equalitiesBySlot(
  predicates: readonly Expr[],
  usesOwn: (expr: Expr) => boolean,
): ReadonlyMap<number, readonly Equality[]> {
  const found = new Map<number, Equality[]>();
  for (const predicate of predicates) {
    if (predicate.kind !== 'call' || predicate.name !== 'equal') continue;
    const [left, right] = predicate.args as [Expr, Expr];
    for (const [side, value] of [
      [left, right],
      [right, left],
    ] as const) {
      const property = propertyIn(side);
      if (property === null || usesOwn(value)) continue;
      const known = found.get(property.slot);
      if (known === undefined) found.set(property.slot, [{ property, value }]);
      else known.push({ property, value });
    }
  }
  return found;
}

/** The property itself, or an INTEGER one widened to BIGINT: the values are the same. */
function propertyIn(expr: Expr): Extract<Expr, { kind: 'property' }> | null {
  if (expr.kind === 'cast' && expr.type.kind === 'bigint' && expr.argument.type.kind === 'integer') {
    return propertyIn(expr.argument);
  }
  return expr.kind === 'property' ? expr : null;
}

/**
 * A seek of an element: one expression for each KEY column of the one table that it may come from. Null where it may
 * come from several, or the equalities do not give the whole KEY.
 */
export function findSeek(
  equalities: readonly Equality[] | undefined,
  tables: readonly number[],
  all: readonly KeyedTable[],
): { readonly table: number; readonly key: readonly Expr[] } | null {
  const [table, another] = tables;
  const keyed = table === undefined ? undefined : all[table];
  if (equalities === undefined || table === undefined || keyed === undefined || another !== undefined)
    return null;
  const key: Expr[] = [];
  for (const column of keyed.key) {
    const found = equalities.find(({ property }) => property.columns[table] === column);
    if (found === undefined) return null;
    key.push(found.value);
  }
  return key.length === 0 ? null : { table, key };
}
