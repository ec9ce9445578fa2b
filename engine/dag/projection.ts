import type { Value } from '../../core/types.ts';
import type { ProjectionClause, ProjectionItem, RowAggregate } from '../../language/plan.ts';
import { createAccumulator } from '../expression/aggregate.ts';
import type { Evaluate } from '../expression/evaluate.ts';
import type { JobContext, Slots } from './job-context.ts';
import { identityOf, orderOf, type ValueOrder } from './value-order.ts';

interface CompiledItem {
  readonly item: ProjectionItem;
  readonly evaluate: Evaluate;
}

/** An output row, and what ORDER BY and WHERE read for it: its slots, over those of the row it was made from. */
interface Projected {
  readonly slots: Slots;
  readonly scope: Slots;
}

function alone(slots: Slots): Projected {
  return { slots, scope: slots };
}

/**
 * WITH or RETURN: groups and aggregates, items, DISTINCT, ORDER BY (ties keep their order), OFFSET and LIMIT, WHERE.
 * Output rows hold the items' slots only.
 */
export class Projection {
  private readonly clause: ProjectionClause;
  private readonly context: JobContext;
  private readonly items: readonly CompiledItem[];
  private readonly aggregates: readonly { readonly plan: RowAggregate; readonly argument: Evaluate | null }[];
  private readonly order: readonly {
    readonly evaluate: Evaluate;
    readonly compare: ValueOrder;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  private readonly offset: Evaluate | null;
  private readonly limit: Evaluate | null;
  private readonly where: Evaluate | null;

  constructor(clause: ProjectionClause, context: JobContext) {
    const compile = (expr: ProjectionClause['where']) => (expr === null ? null : context.compile(expr));
    this.clause = clause;
    this.context = context;
    this.items = clause.items.map((item) => ({ item, evaluate: context.compile(item.value) }));
    this.aggregates = (clause.grouping?.aggregates ?? []).map((plan) => ({
      plan,
      argument: compile(plan.argument),
    }));
    this.order = clause.orderBy.map(({ value, descending, nullsFirst }) => ({
      evaluate: context.compile(value),
      compare: orderOf(value.type, context.graph),
      descending,
      nullsFirst,
    }));
    this.offset = compile(clause.offset);
    this.limit = compile(clause.limit);
    this.where = compile(clause.where);
  }

  run(rows: readonly Slots[]): Slots[] {
    const { row, old } = this.context;
    let results: Projected[] =
      this.clause.grouping === null
        ? rows.map((slots) => this.projectedFrom(slots))
        : this.groups(rows).map((slots) => alone(this.project(slots)));
    if (this.clause.distinct) results = this.distinct(results);
    if (this.order.length > 0) results = this.sorted(results);
    if (this.offset !== null || this.limit !== null) {
      const offset = Math.max(0, Number(this.offset?.(row, [], old) ?? 0));
      const limit = this.limit === null ? null : (this.limit(row, [], old) as Value);
      results = results.slice(offset, limit === null ? undefined : offset + Math.max(0, Number(limit)));
    }
    const { where } = this;
    if (where !== null) results = results.filter(({ scope }) => where(row, scope, old) === true);
    return results.map(({ slots }) => slots);
  }

  private projectedFrom(before: Slots): Projected {
    const slots = this.project(before);
    if (this.clause.distinct || (this.order.length === 0 && this.where === null)) return alone(slots);
    const scope = before.slice();
    for (const { item } of this.items) scope[item.slot] = slots[item.slot];
    return { slots, scope };
  }

  private project(slots: Slots): Slots {
    const { row, old } = this.context;
    const next: Slots = new Array<unknown>(slots.length).fill(null);
    for (const { item, evaluate } of this.items) next[item.slot] = evaluate(row, slots, old);
    return next;
  }

  /** One row for each group, in order of its first row: that row, with the group's aggregates in their slots. */
  private groups(rows: readonly Slots[]): Slots[] {
    const by = (this.clause.grouping?.by ?? []).map((index) => this.items[index] as CompiledItem);
    const { row, old } = this.context;
    const found = new Map<string, Slots[]>();
    if (by.length === 0) found.set('', []);
    for (const slots of rows) {
      const key = by.map(({ evaluate }) => identityOf(evaluate(row, slots, old))).join('|');
      const members = found.get(key);
      if (members === undefined) found.set(key, [slots]);
      else members.push(slots);
    }
    return [...found.values()].map((members) => {
      const group: Slots = members[0]?.slice() ?? this.context.slots.map(() => null);
      for (const { plan, argument } of this.aggregates)
        group[plan.slot] = this.aggregate(plan, argument, members);
      return group;
    });
  }

  private aggregate(plan: RowAggregate, argument: Evaluate | null, members: readonly Slots[]): unknown {
    const { row, old, expressions } = this.context;
    const argumentType = plan.argument?.type ?? null;
    const isGraphValue = argumentType !== null && GRAPH_TYPES.has(argumentType.kind);
    if (isGraphValue && argument !== null) {
      return this.aggregateElements(
        plan,
        members.map((slots) => argument(row, slots, old)),
      );
    }
    const accumulator = createAccumulator({ ...plan, argumentType }, expressions.errors);
    for (const slots of members)
      accumulator.add(argument === null ? true : (argument(row, slots, old) as Value));
    return accumulator.result();
  }

  /** COUNT and COLLECT of vertices, edges, paths and lists; others are refused when bound. */
  private aggregateElements(plan: RowAggregate, values: readonly unknown[]): unknown {
    let kept: readonly unknown[] = values.filter((value) => value !== null);
    if (plan.distinct) {
      const seen = new Map<string, unknown>();
      for (const value of kept) if (!seen.has(identityOf(value))) seen.set(identityOf(value), value);
      kept = [...seen.values()];
    }
    return plan.name === 'count' ? kept.length : kept;
  }

  private distinct(rows: readonly Projected[]): Projected[] {
    const seen = new Set<string>();
    return rows.filter(({ slots }) => {
      const key = this.clause.items.map(({ slot }) => identityOf(slots[slot])).join('|');
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  private sorted(rows: readonly Projected[]): Projected[] {
    const { row, old } = this.context;
    const keyed = rows.map((projected) => ({
      projected,
      keys: this.order.map(({ evaluate }) => evaluate(row, projected.scope, old)),
    }));
    keyed.sort((a, b) => {
      for (const [n, { compare, descending, nullsFirst }] of this.order.entries()) {
        const [x, y] = [a.keys[n] ?? null, b.keys[n] ?? null];
        if (x === null && y === null) continue;
        if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
        const order = compare(x, y);
        if (order !== 0) return descending ? -order : order;
      }
      return 0;
    });
    return keyed.map(({ projected }) => projected);
  }
}

const GRAPH_TYPES: ReadonlySet<string> = new Set(['vertex', 'edge', 'edgeGroup', 'path', 'subgraph', 'list']);
