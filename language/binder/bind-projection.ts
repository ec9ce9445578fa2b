import { BIGINT, type SqlType, TEXT } from '../../core/types.ts';
import type { Expression, Identifier, QueryClause } from '../ast.ts';
import { canonicalJson } from '../fingerprint.ts';
import type { Expr, ProjectionClause, ProjectionItem } from '../plan.ts';
import { mapExpr, someExpr } from './expression-tree.ts';
import { type JobContext, JobScope, RowAggregates, type Variable } from './job-scope.ts';
import { castTo, commonType, isScalar } from './type-rules.ts';

type ProjectionNode = Extract<QueryClause, { kind: 'with' | 'return' }>;

/** An item before it has a slot. */
interface Draft {
  readonly name: string;
  readonly at: Identifier['at'];
  /** Null for the variables of `*`. */
  readonly node: Expression | null;
  /** Null where it was reported. */
  readonly value: Expr | null;
}

/** WITH or RETURN, and the variables in scope after it. */
export function bindProjection(
  node: ProjectionNode,
  context: JobContext,
  before: ReadonlyMap<string, Variable>,
): { readonly clause: ProjectionClause; readonly variables: ReadonlyMap<string, Variable> } {
  const rows = new RowAggregates();
  const binder = new JobScope(context, { variables: before, rows }).binder();
  const drafts: Draft[] = node.star ? starDrafts(before, node.at) : [];
  for (const item of node.items) {
    drafts.push({
      name: itemName(item, node.kind, context),
      at: item.alias?.at ?? item.value.at,
      node: item.value,
      value: binder.bind(item.value),
    });
  }
  const items = drafts.map((draft) => placeItem(draft, node.kind, context));
  const variables = outputVariables(items, drafts, before, context);
  const grouping = bindGrouping(node, drafts, rows, before, context);
  // Rows that are neither grouped nor made one stand for one row before: its variables are at hand still.
  const after = new JobScope(
    context,
    grouping === null && !node.distinct
      ? { variables: new Map([...before, ...variables]), rows: null }
      : { variables, rows: null, namesOf: node.kind.toUpperCase() },
  ).binder();
  const orderBy = node.orderBy.flatMap(({ value, descending, nullsFirst }) => {
    const expr = bindOrder(value, drafts, items, after, context);
    return expr === null ? [] : [{ value: expr, descending, nullsFirst: nullsFirst ?? descending }];
  });
  const clause: ProjectionClause = {
    kind: node.kind,
    distinct: node.distinct,
    items: items.flatMap((item) => item ?? []),
    grouping,
    orderBy,
    offset: bindBound(node.offset, 'OFFSET', context),
    limit: bindBound(node.limit, 'LIMIT', context),
    where: node.where === null ? null : after.bindCondition(node.where, 'WHERE'),
  };
  return { clause, variables };
}

/** RETURN of every named variable, for rules that have none. */
export function returnAll(
  at: Identifier['at'],
  context: JobContext,
  before: ReadonlyMap<string, Variable>,
): ProjectionClause {
  const node: ProjectionNode = {
    kind: 'return',
    at,
    distinct: false,
    star: true,
    items: [],
    groupBy: [],
    orderBy: [],
    offset: null,
    limit: null,
    where: null,
  };
  return bindProjection(node, context, before).clause;
}

function starDrafts(before: ReadonlyMap<string, Variable>, at: Identifier['at']): Draft[] {
  return [...before.values()].map(({ name, type, slot }) => ({
    name,
    at,
    node: null,
    value: type === null ? null : { kind: 'variable', type, slot },
  }));
}

function itemName(
  item: ProjectionNode['items'][number],
  kind: ProjectionNode['kind'],
  context: JobContext,
): string {
  if (item.alias !== null) return item.alias.name;
  const { value } = item;
  if (value.kind === 'name' && value.parts.length === 1) return value.parts[0]?.name ?? '';
  if (kind === 'with') {
    context.diagnostics.invalid('a value that WITH passes on needs a name', value.at, 'Name it with AS.');
  }
  return item.text.trim();
}

/** The item with its slot; branches that return one name share it, and have to agree on its type. */
function placeItem(draft: Draft, kind: ProjectionNode['kind'], context: JobContext): ProjectionItem | null {
  const { name, value } = draft;
  if (value === null) return null;
  const typed = value.type.kind === 'null' ? castTo(value, TEXT) : value;
  if (kind === 'with') return { name, value: typed, slot: context.newSlot(name) };
  const known = context.outputs.get(name);
  if (known === undefined) return { name, value: typed, slot: context.newSlot(name) };
  const common = known.type === null ? null : commonType(known.type, typed.type);
  if (known.type !== null && common === null) {
    context.diagnostics.mismatch(
      `the column ${name}, returned by several branches,`,
      typeText(known.type),
      typed.type,
      draft.at,
      'Give it another name in one of the branches.',
    );
  }
  return { name, value: typed, slot: known.slot };
}

function typeText(type: SqlType): string {
  return type.kind === 'numeric' ? 'NUMERIC of its scale' : type.kind.toUpperCase();
}

function outputVariables(
  items: readonly (ProjectionItem | null)[],
  drafts: readonly Draft[],
  before: ReadonlyMap<string, Variable>,
  context: JobContext,
): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const [n, draft] of drafts.entries()) {
    const item = items[n] ?? null;
    if (variables.has(draft.name)) {
      context.diagnostics.report(
        'DUPLICATE_NAME',
        { what: 'column', name: draft.name },
        draft.at,
        'Name one of them with AS.',
      );
      continue;
    }
    variables.set(draft.name, outputVariable(draft.name, item, before));
  }
  return variables;
}

/** A graph variable passed on keeps what is known of it. */
function outputVariable(
  name: string,
  item: ProjectionItem | null,
  before: ReadonlyMap<string, Variable>,
): Variable {
  if (item === null) return { name, slot: -1, type: null, tables: [], element: null };
  const { value, slot } = item;
  const origin =
    value.kind === 'variable'
      ? [...before.values()].find((variable) => variable.slot === value.slot)
      : undefined;
  return { name, slot, type: value.type, tables: origin?.tables ?? [], element: origin?.element ?? null };
}

/** Which items rows are grouped by; null without aggregates over rows. */
function bindGrouping(
  node: ProjectionNode,
  drafts: readonly Draft[],
  rows: RowAggregates,
  before: ReadonlyMap<string, Variable>,
  context: JobContext,
): ProjectionClause['grouping'] {
  if (rows.list.length === 0 && node.groupBy.length === 0) return null;
  const slots = new Set(rows.list.map(({ slot }) => slot));
  const aggregated = drafts.map(
    ({ value }) =>
      value !== null && someExpr(value, (part) => part.kind === 'variable' && slots.has(part.slot)),
  );
  const named = node.groupBy.map((name) => groupItem(name, drafts, before, context));
  const by: number[] = [];
  for (const [index, draft] of drafts.entries()) {
    if (draft.value === null || aggregated[index]) continue;
    if (node.groupBy.length === 0 || named.includes(index)) by.push(index);
    else if (!named.includes(null)) {
      context.diagnostics.invalid(
        `${draft.name} is neither in GROUP BY nor in an aggregate`,
        draft.at,
        `Add ${draft.name} to GROUP BY, or aggregate it.`,
      );
    }
  }
  const keys = by.map((index) => drafts[index]?.value as Expr);
  for (const [index, draft] of drafts.entries()) {
    if (aggregated[index] && draft.value !== null) checkDetermined(draft, draft.value, keys, slots, context);
  }
  return { by, aggregates: rows.list };
}

/** The item that a name in GROUP BY means: by its own name, or the variable it passes on. */
function groupItem(
  name: Identifier,
  drafts: readonly Draft[],
  before: ReadonlyMap<string, Variable>,
  context: JobContext,
): number | null {
  const slot = before.get(name.name)?.slot;
  const index = drafts.findIndex(
    (draft) => draft.name === name.name || (draft.value?.kind === 'variable' && draft.value.slot === slot),
  );
  if (index >= 0) return index;
  if (before.has(name.name)) {
    return context.diagnostics.invalid(
      `GROUP BY names ${name.name}, which is not returned`,
      name.at,
      `Return ${name.name}, too.`,
    );
  }
  const names = drafts.map((draft) => draft.name);
  return context.diagnostics.unknown('column to group by', name.name, name.at, names);
}

/** Outside of its aggregates an item may use only what is one value in each group. */
function checkDetermined(
  draft: Draft,
  value: Expr,
  keys: readonly Expr[],
  aggregates: ReadonlySet<number>,
  context: JobContext,
): void {
  const known = new Set(keys.map((key) => canonicalJson(key)));
  const fixed = new Set([
    ...aggregates,
    ...keys.flatMap((key) => (key.kind === 'variable' ? [key.slot] : [])),
  ]);
  let free = false;
  mapExpr(value, (part) => {
    if (known.has(canonicalJson(part))) return part;
    if (part.kind === 'variable' || part.kind === 'property') free ||= !fixed.has(part.slot);
    if (part.kind === 'pathAggregate') {
      free ||= !fixed.has(part.group);
      return part;
    }
    return null;
  });
  if (!free) return;
  context.diagnostics.invalid(
    `${draft.name} mixes an aggregate with values that differ within its group`,
    draft.at,
    'Return those values as columns of their own, so that rows are grouped by them.',
  );
}

/** ORDER BY: a column of the projection by name, or an expression written as one of them is. */
function bindOrder(
  node: Expression,
  drafts: readonly Draft[],
  items: readonly (ProjectionItem | null)[],
  after: ReturnType<JobScope['binder']>,
  context: JobContext,
): Expr | null {
  const written = withoutPlaces(node);
  const same = drafts.findIndex((draft) => draft.node !== null && withoutPlaces(draft.node) === written);
  const item = items[same] ?? null;
  if (same >= 0 && item === null) return null;
  const expr: Expr | null =
    item === null ? after.bind(node) : { kind: 'variable', type: item.value.type, slot: item.slot };
  if (expr === null) return null;
  if (isScalar(expr.type) || expr.type.kind === 'null') return expr;
  return context.diagnostics.mismatch('ORDER BY', 'a value that has an order', expr.type, node.at);
}

/** An expression as text without its positions: equal where it is written the same. */
function withoutPlaces(node: Expression): string {
  return JSON.stringify(node, (key, value) => (key === 'at' ? undefined : value));
}

/** LIMIT and OFFSET: whole numbers out of literals, parameters and the triggering row. */
function bindBound(node: Expression | null, what: string, context: JobContext): Expr | null {
  if (node === null) return null;
  const scope = new JobScope(context, {
    variables: new Map(),
    rows: null,
    namesOf: what,
  });
  const expr = scope.binder().bindAs(node, BIGINT, what);
  if (expr?.kind === 'literal' && typeof expr.value === 'number' && expr.value < 0) {
    return context.diagnostics.invalid(`${what} must not be negative`, node.at);
  }
  return expr;
}
