import type { ElementSeek, Expr } from '../plan.ts';
import { conjuncts, someExpr } from './expression-tree.ts';

/** What element tables have in common for seeks. */
interface KeyedTable {
  readonly key: readonly number[];
}

/** An element of a pattern: its variable's slot, and the tables that it may be of. */
export interface SoughtElement {
  readonly slot: number;
  readonly tables: readonly number[];
  /** All element tables of its kind; `key`: the columns that find it. */
  readonly all: readonly KeyedTable[];
  /** Which values and variables a seek may be made of. */
  readonly mayUse: (expr: Expr) => boolean;
}

/** A list of keys longer than this is no better than a scan, and products of lists grow fast. */
const SEEKS_MAX = 1000;

/**
 * Where an element must be, by conditions that all hold: the element that another variable holds, or one of a list of
 * keys. IN and OR give several; of the tables, those in which a condition can never be TRUE drop out. Null where the
 * conditions leave it open.
 */
export function findSeeks(
  predicates: readonly Expr[],
  element: SoughtElement,
): readonly ElementSeek[] | null {
  for (const predicate of predicates) {
    const other = sameAs(predicate, element);
    if (other !== null) return [{ kind: 'same', slot: other }];
  }
  const keys = findKeys(predicates, element);
  if (keys !== null) return keys;
  const others = predicates.filter((predicate) => !isCall(predicate, 'or'));
  for (const predicate of predicates) {
    if (!isCall(predicate, 'or')) continue;
    const ways = predicate.args.map((way) => findSeeks([...conjuncts(way), ...others], element));
    const found = ways.flatMap((seeks) => seeks ?? []);
    if (!ways.includes(null) && found.length <= SEEKS_MAX) return found;
  }
  return null;
}

function findKeys(predicates: readonly Expr[], element: SoughtElement): readonly ElementSeek[] | null {
  const seeks: ElementSeek[] = [];
  for (const table of element.tables) {
    if (predicates.some((predicate) => isNever(predicate, element, table))) continue;
    let keys: readonly (readonly Expr[])[] = [[]];
    for (const column of element.all[table]?.key ?? []) {
      const values = valuesOf(predicates, element, table, column);
      if (values === null) return null;
      keys = keys.flatMap((key) => values.map((value) => [...key, value]));
      if (keys.length > SEEKS_MAX) return null;
    }
    for (const key of keys) if (key.length > 0) seeks.push({ kind: 'key', table, key });
  }
  return seeks.length === 0 || seeks.length > SEEKS_MAX ? null : seeks;
}

/** The slot of the variable that the predicate says is the same element. */
function sameAs(predicate: Expr, { slot, mayUse }: SoughtElement): number | null {
  if (!isCall(predicate, 'equal')) return null;
  const [left, right] = predicate.args;
  if (left?.kind !== 'variable' || right?.kind !== 'variable') return null;
  if (left.type.kind !== 'vertex' && left.type.kind !== 'edge') return null;
  if (left.slot === right.slot) return null;
  if (left.slot === slot && mayUse(right)) return right.slot;
  return right.slot === slot && mayUse(left) ? left.slot : null;
}

/** The shortest list of values one of which the column has, as some predicate says; null where none does. */
function valuesOf(
  predicates: readonly Expr[],
  element: SoughtElement,
  table: number,
  column: number,
): readonly Expr[] | null {
  let best: readonly Expr[] | null = null;
  for (const predicate of predicates) {
    for (const { property, values } of membershipsOf(predicate, element)) {
      if (property.columns[table] !== column) continue;
      if (best === null || values.length < best.length) best = values;
    }
  }
  return best;
}

/** Whether the predicate compares a property that elements of the table do not have: it is NULL, then. */
function isNever(predicate: Expr, element: SoughtElement, table: number): boolean {
  return membershipsOf(predicate, element).some(({ property }) => (property.columns[table] ?? -1) < 0);
}

/** `x.property = value`, both ways round, and `x.property IN (values)`, where no value reads x itself. */
function membershipsOf(
  predicate: Expr,
  { slot, mayUse }: SoughtElement,
): readonly { readonly property: Extract<Expr, { kind: 'property' }>; readonly values: readonly Expr[] }[] {
  if (!isCall(predicate, 'equal') && !isCall(predicate, 'in')) return [];
  const [first, ...rest] = predicate.args as [Expr, ...Expr[]];
  const ways = [{ side: first, values: rest }];
  if (predicate.name === 'equal') ways.push({ side: rest[0] as Expr, values: [first] });
  return ways.flatMap(({ side, values }) => {
    const property = propertyIn(side);
    if (property?.slot !== slot || values.some((value) => reads(value, slot) || !mayUse(value))) return [];
    return [{ property, values }];
  });
}

/** The property itself, or an INTEGER one widened to BIGINT: the values are the same. */
function propertyIn(expr: Expr): Extract<Expr, { kind: 'property' }> | null {
  if (expr.kind === 'cast' && expr.type.kind === 'bigint' && expr.argument.type.kind === 'integer') {
    return propertyIn(expr.argument);
  }
  return expr.kind === 'property' ? expr : null;
}

function reads(expr: Expr, slot: number): boolean {
  return someExpr(expr, (part) => {
    if (part.kind === 'variable' || part.kind === 'property') return part.slot === slot;
    return part.kind === 'pathAggregate' && part.group === slot;
  });
}

function isCall(expr: Expr, name: string): expr is Extract<Expr, { kind: 'call' }> {
  return expr.kind === 'call' && expr.name === name;
}
