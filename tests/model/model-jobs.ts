import type { CallClause, Clause, JobPlan, ProjectionClause } from '../../language/plan.ts';
import { aggregate } from './model-aggregates.ts';
import { evaluate, type Scope } from './model-expressions.ts';
import type { Snapshot } from './model-graph.ts';
import { type Effort, matchClause, spend } from './model-paths.ts';
import { compareLists, compareThings, type Thing, type Vertex } from './model-values.ts';

type Slots = readonly (Thing | undefined)[];

/** One result row of a job: its variables and the RETURN that made it. */
export interface ResultRow {
  readonly slots: Slots;
  readonly returned: ProjectionClause;
}

interface Row {
  readonly slots: Slots;
  readonly returned: ProjectionClause | null;
}

/** Runs a job by definition: each clause turns the ordered list of rows into the next. */
export function runJob(job: JobPlan, scope: Scope, graph: Snapshot, effort: Effort): ResultRow[] {
  const rows = runClauses(
    job.clauses,
    [{ slots: new Array(job.slots).fill(undefined), returned: null }],
    scope,
    graph,
    effort,
  );
  return rows.map(({ slots, returned }) => {
    if (returned === null) throw new Error('a row left the job without RETURN');
    return { slots, returned };
  });
}

function runClauses(
  clauses: readonly Clause[],
  start: readonly Row[],
  scope: Scope,
  graph: Snapshot,
  effort: Effort,
): Row[] {
  let rows = [...start];
  for (const clause of clauses) rows = runClause(clause, rows, scope, graph, effort);
  return rows;
}

function runClause(
  clause: Clause,
  rows: readonly Row[],
  scope: Scope,
  graph: Snapshot,
  effort: Effort,
): Row[] {
  const at = (row: Row): Scope => ({ ...scope, slots: row.slots });
  switch (clause.kind) {
    case 'match':
      return rows.flatMap((row) =>
        matchClause(clause, at(row), graph, effort).map((slots) => ({ slots, returned: null })),
      );
    case 'let':
      return rows.map((row) => ({
        ...row,
        slots: withSlot(row.slots, clause.slot, evaluate(clause.value, at(row))),
      }));
    case 'filter':
      return rows.filter((row) => evaluate(clause.predicate, at(row)) === true);
    case 'call':
      return rows.flatMap((row) => neighbourhood(clause, row, at(row), graph));
    case 'branch':
      return rows.flatMap((row) => {
        const taken = clause.branches.find(({ when }) => when === null || evaluate(when, at(row)) === true);
        return taken === undefined ? [] : runClauses(taken.clauses, [row], scope, graph, effort);
      });
    case 'with':
    case 'return':
      return project(clause, rows, scope, effort);
  }
}

function withSlot(slots: Slots, slot: number, thing: Thing): Slots {
  const copy = [...slots];
  copy[slot] = thing;
  return copy;
}

function project(clause: ProjectionClause, rows: readonly Row[], scope: Scope, effort: Effort): Row[] {
  // Each row may be compared with each.
  if (clause.distinct || clause.grouping !== null) spend(effort, (rows.length * rows.length) / 50);
  const at = (slots: Slots): Scope => ({ ...scope, slots });
  const grouped = clause.grouping === null ? rows.map(({ slots }) => slots) : groups(clause, rows, scope);
  let results = grouped.map((slots) => {
    // Items are computed over the row as it was, then replace it.
    const values = clause.items.map(({ value }) => evaluate(value, at(slots)));
    const next: (Thing | undefined)[] = new Array(slots.length).fill(undefined);
    clause.items.forEach(({ slot }, index) => {
      next[slot] = values[index] as Thing;
    });
    // ORDER BY and WHERE see the row before as well, where there is one row before.
    const isOne = clause.grouping === null && !clause.distinct;
    const seen = isOne ? slots.map((thing, slot) => next[slot] ?? thing) : next;
    clause.items.forEach(({ slot }) => {
      seen[slot] = next[slot];
    });
    return { next: next as Slots, seen: seen as Slots };
  });
  if (clause.distinct) {
    const same = (a: Slots, b: Slots) =>
      clause.items.every(({ slot }) => compareThings(a[slot] ?? null, b[slot] ?? null) === 0);
    results = results.filter(
      (row, index) => results.findIndex((other) => same(row.next, other.next)) === index,
    );
  }
  results = [...results].sort((a, b) => {
    for (const { value, descending, nullsFirst } of clause.orderBy) {
      const [x, y] = [evaluate(value, at(a.seen)), evaluate(value, at(b.seen))];
      if (x === null && y === null) continue;
      if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
      const order = compareThings(x, y);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  const offset = clause.offset === null ? 0 : Number(evaluate(clause.offset, at([])) ?? 0);
  const limit = clause.limit === null ? null : evaluate(clause.limit, at([]));
  results = results.slice(offset, limit === null ? undefined : offset + Number(limit));
  const { where } = clause;
  return results
    .filter(({ seen }) => where === null || evaluate(where, at(seen)) === true)
    .map(({ next }) => ({ slots: next, returned: clause.kind === 'return' ? clause : null }));
}

/** Groups in order of their first row; each as a row that holds the grouping items and the aggregates. */
function groups(clause: ProjectionClause, rows: readonly Row[], scope: Scope): Slots[] {
  const grouping = clause.grouping as NonNullable<ProjectionClause['grouping']>;
  const at = (slots: Slots): Scope => ({ ...scope, slots });
  const by = grouping.by.map((index) => clause.items[index]?.value);
  const found: { key: Thing[]; members: Slots[] }[] = by.length === 0 ? [{ key: [], members: [] }] : [];
  for (const { slots } of rows) {
    const key = by.map((value) => (value === undefined ? null : evaluate(value, at(slots))));
    const known = found.find((group) =>
      group.key.every((value, index) => compareThings(value, key[index] as Thing) === 0),
    );
    if (known === undefined) found.push({ key, members: [slots] });
    else known.members.push(slots);
  }
  return found.map(({ key, members }) => {
    let slots: Slots = members[0] ?? [];
    grouping.by.forEach((index, place) => {
      const item = clause.items[index];
      if (item !== undefined) slots = withSlot(slots, item.slot, key[place] ?? null);
    });
    for (const { name, distinct, argument, slot, type } of grouping.aggregates) {
      const values = members.map((member) => (argument === null ? true : evaluate(argument, at(member))));
      const from = argument?.type ?? { kind: 'boolean' as const };
      slots = withSlot(slots, slot, aggregate(name, distinct, argument === null, from, type, values));
    }
    return slots;
  });
}

/** CALL graph.neighbourhood: whatever is within so many edges either way, and all edges between. */
function neighbourhood(clause: CallClause, row: Row, scope: Scope, graph: Snapshot): Row[] {
  const [first, second] = clause.args;
  if (first === undefined || second === undefined) throw new Error('graph.neighbourhood takes two arguments');
  const centre = evaluate(first, scope) as Vertex | null;
  const hops = evaluate(second, scope) as bigint | null;
  let vertices: Vertex[] = centre === null ? [] : [centre];
  for (let hop = 0; hop < Number(hops ?? 0); hop++) {
    const beside = graph.edges
      .filter(({ source, destination }) => vertices.includes(source) || vertices.includes(destination))
      .flatMap(({ source, destination }) => [source, destination]);
    vertices = [...new Set([...vertices, ...beside])];
  }
  const edges = graph.edges.filter(
    ({ source, destination }) => vertices.includes(source) && vertices.includes(destination),
  );
  const subgraph: Thing = {
    form: 'subgraph',
    vertices: vertices.sort(compareThings),
    edges: edges.sort((a, b) => a.table - b.table || compareLists(a.key, b.key) || a.arrival - b.arrival),
  };
  const slots = clause.yields.reduce<Slots>((so, { slot }) => withSlot(so, slot, subgraph), row.slots);
  return [{ ...row, slots }];
}
