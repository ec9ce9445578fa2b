import { compareValues } from '../../core/compare.ts';
import { type Integer, subtract } from '../../core/integer.ts';
import type { Value } from '../../core/types.ts';
import type { EdgePattern, GraphPlan, PathPattern } from '../../language/plan.ts';
import type { PathValue } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import { type JobContext, tablesWith } from './job-context.ts';

/** A hop's edge, or the edges of a merged hop. */
export type Hop = number | readonly number[];

const NONE: readonly never[] = [];

/** Numbers put down and taken back in order. Its array keeps its length, which is slow to change. */
export class NumberStack {
  /** The first `count` are on the stack. */
  readonly values: number[] = [];
  count = 0;

  push(value: number): void {
    this.values[this.count++] = value;
  }

  includes(value: number, from = 0): boolean {
    for (let n = from; n < this.count; n++) if (this.values[n] === value) return true;
    return false;
  }
}

/**
 * The part of one path that a match has laid down so far: its vertices for ACYCLIC and SIMPLE, its edges for TRAIL,
 * the first and last value of the property that ascends.
 */
export class PathState {
  readonly pattern: PathPattern;
  /** Whether vertices may not repeat. */
  readonly distinct: boolean;
  readonly ascending: AscendingOrder | null;
  /** Vertices on the path, in the order they were laid down. */
  readonly vertices = new NumberStack();
  /** Edges that may not be used again: of this path, and before them those of the clause's other paths. */
  readonly used: NumberStack;
  /** Value of the path's first and last edge in written order; null while it has none. */
  first: Value = null;
  last: Value = null;
  /** Inner vertices of each quantified edge, in written order. */
  readonly inner: (readonly number[])[];
  private readonly slots: () => readonly unknown[];
  /** Whether edges may not repeat. */
  readonly tracksEdges: boolean;
  /** Whether no edge may be used twice over all paths of the clause. */
  readonly sharesEdges: boolean;
  private usedBase = 0;
  /** Whether hops at an end may be none, so that which vertices are the ends shows only when the path is whole. */
  private readonly hasOpenEnd: boolean;

  constructor(pattern: PathPattern, edgesDistinct: boolean, used: NumberStack, context: JobContext) {
    this.pattern = pattern;
    this.distinct = pattern.mode === 'acyclic' || pattern.mode === 'simple';
    this.tracksEdges = pattern.mode === 'trail' || edgesDistinct;
    this.sharesEdges = edgesDistinct;
    this.used = used;
    this.slots = () => context.slots;
    this.inner = pattern.edges.map(() => NONE);
    this.ascending = createOrder(pattern, context.graph);
    this.hasOpenEnd = [pattern.edges[0], pattern.edges.at(-1)].some((edge) => edge?.quantifier?.min === 0);
  }

  /** Begins a path; the clause's `used` holds the edges of the paths before. */
  begin(): void {
    this.vertices.count = 0;
    this.usedBase = this.used.count;
    this.first = null;
    this.last = null;
  }

  /** Whether a vertex may stand beside those on the path; `closing`: the one of them that it may equal, or -1. */
  canPlace(vertex: number, closing: number): boolean {
    return !this.distinct || vertex === closing || !this.vertices.includes(vertex);
  }

  place(vertex: number): void {
    this.vertices.push(vertex);
  }

  /** Lays down the inner vertices of a quantified edge. */
  placeInner(edge: number, vertices: readonly number[]): void {
    this.inner[edge] = vertices;
    for (const vertex of vertices) this.place(vertex);
  }

  /** Takes the vertices back that were placed last. */
  unplace(count: number): void {
    this.vertices.count -= count;
  }

  isUsed(hop: Hop): boolean {
    if (!this.tracksEdges) return false;
    if (typeof hop !== 'number') return hop.some((edge) => this.isUsed(edge));
    return this.used.includes(hop, this.sharesEdges ? 0 : this.usedBase);
  }

  /** Edges that a search may not use; for a search that looks at them many times. */
  usedEdges(): readonly number[] {
    if (!this.tracksEdges || this.used.count === 0) return NONE;
    return this.used.values.slice(this.sharesEdges ? 0 : this.usedBase, this.used.count);
  }

  use(hop: Hop): void {
    if (!this.tracksEdges) return;
    if (typeof hop === 'number') this.used.push(hop);
    else for (const edge of hop) this.used.push(edge);
  }

  unuse(hop: Hop): void {
    if (this.tracksEdges) this.used.count -= typeof hop === 'number' ? 1 : hop.length;
  }

  /** Whether the whole path keeps its mode where hops that may be none left that open. */
  isWhole(): boolean {
    if (!this.distinct || !this.hasOpenEnd) return true;
    const vertices = this.pathVertices();
    const closed = vertices.length > 1 && vertices[0] === vertices[vertices.length - 1];
    const apart = closed && this.pattern.mode === 'simple' ? vertices.slice(1) : vertices;
    return new Set(apart).size === apart.length;
  }

  /** The path as a value. */
  pathValue(): PathValue {
    const slots = this.slots();
    const edges: Hop[] = [];
    for (const edge of this.pattern.edges) {
      const bound = slots[edge.slot] as Hop | readonly Hop[];
      if (edge.quantifier === null) edges.push(bound as Hop);
      else edges.push(...(bound as readonly Hop[]));
    }
    return { kind: 'path', vertices: this.pathVertices(), edges };
  }

  private pathVertices(): number[] {
    const slots = this.slots();
    const vertices = [slots[this.pattern.vertices[0]?.slot as number] as number];
    this.pattern.edges.forEach((edge, n) => {
      if (edge.quantifier !== null && (slots[edge.slot] as readonly Hop[]).length === 0) return;
      vertices.push(
        ...(this.inner[n] as readonly number[]),
        slots[this.pattern.vertices[n + 1]?.slot as number] as number,
      );
    });
    return vertices;
  }
}

/** ASCENDING BY a property: how its values are read, ordered and spanned. */
export interface AscendingOrder {
  /** Whether it is the event time that neighbour lists are ordered by, for every edge that the path may use. */
  readonly byTime: boolean;
  /** +Infinity for no bound. */
  readonly within: number;
  /** The edge's value; null where it has none, and then it cannot be on the path. */
  valueOf(edge: number): Value;
  /** Whether `a` comes strictly before `b` and no further than `within`, given where the path began or ends. */
  spans(first: Value, last: Value): boolean;
}

function createOrder(pattern: PathPattern, graph: GraphView): AscendingOrder | null {
  const { ascending } = pattern;
  if (ascending === null) return null;
  const { columns, type } = ascending;
  const within = ascending.within ?? Number.POSITIVE_INFINITY;
  const isDouble = type.kind === 'double';
  return {
    byTime: pattern.edges.every((edge) => isEventTime(edge, columns, graph.plan)),
    within,
    valueOf: (edge) => {
      const column = columns[graph.edgeTable(edge)] ?? -1;
      return column < 0 ? null : graph.edgeProperty(edge, column);
    },
    spans: (first, last) => {
      if (within === Number.POSITIVE_INFINITY) return true;
      const span = isDouble
        ? (last as number) - (first as number)
        : subtract(last as Integer, first as Integer);
      return span <= within;
    },
  };
}

function isEventTime(edge: EdgePattern, columns: readonly number[], plan: GraphPlan): boolean {
  return tablesWith(plan.edgeTables, edge.labels).every((table) => {
    const column = columns[table] ?? -1;
    return column >= 0 && column === plan.edgeTables[table]?.eventTime;
  });
}

/**
 * Whether an edge with this value may follow the path on its right (or precede it on its left): strictly beyond its
 * nearest edge and within reach of its furthest.
 */
export function continues(
  order: AscendingOrder,
  value: Value,
  first: Value,
  last: Value,
  towards: 'left' | 'right',
): boolean {
  if (value === null) return false;
  if (first === null || last === null) return true;
  if (towards === 'right') return compareValues(last, value) < 0 && order.spans(first, value);
  return compareValues(value, first) < 0 && order.spans(value, last);
}
