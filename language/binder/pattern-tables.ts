import type { EdgePatternNode, LabelNode, PathPatternNode, QueryClause, VertexPatternNode } from '../ast.ts';
import type { EdgeTablePlan } from '../plan.ts';
import type { JobContext, Variable } from './job-scope.ts';

type MatchNode = Extract<QueryClause, { kind: 'match' }>;
type ElementKind = 'vertex' | 'edge';

/** Each pass goes once along every path, there or back; narrowing stops early in patterns that need more. */
const PASSES_MAX = 8;

/**
 * Which element tables each vertex and edge of a MATCH may come from: those whose labels fit, over all places of a
 * variable, and whose edges join what stands on both sides (as far as any do). Numbers are those of the graph's tables, ascending.
 */
export class PatternTables {
  readonly #context: JobContext;
  readonly #sets = new Map<string, readonly number[]>();
  /** Elements whose labels were reported: what builds on them stays silent. */
  readonly #failed = new Set<string>();

  constructor(node: MatchNode, context: JobContext, before: ReadonlyMap<string, Variable>) {
    this.#context = context;
    for (const path of node.paths) {
      for (const vertex of path.vertices) this.#narrowByLabels(vertex, 'vertex', before);
      for (const edge of path.edges) this.#narrowByLabels(edge, 'edge', before);
    }
    if (context.graph === null) return;
    const byLabels = new Map(this.#sets);
    for (let pass = 0, changed = true; changed && pass < PASSES_MAX; pass++) {
      changed = false;
      for (const path of node.paths) if (this.#narrowByEndpoints(path, pass % 2 === 1)) changed = true;
    }
    // A pattern that can never match is none the worse for that: its properties have types all the same.
    const never = [...this.#sets].some(
      ([key, tables]) => tables.length === 0 && byLabels.get(key)?.length !== 0,
    );
    if (never) for (const [key, tables] of byLabels) this.#sets.set(key, tables);
  }

  of(node: VertexPatternNode): readonly number[] {
    return this.#sets.get(keyOf(node)) ?? [];
  }

  /** Whether the element's labels were reported. */
  failed(node: VertexPatternNode): boolean {
    return this.#failed.has(keyOf(node));
  }

  #narrowByLabels(node: VertexPatternNode, kind: ElementKind, before: ReadonlyMap<string, Variable>): void {
    const { graph, diagnostics } = this.#context;
    if (graph === null) return;
    const key = keyOf(node);
    const tables = kind === 'vertex' ? graph.vertexTables : graph.edgeTables;
    if (node.labels !== null && !this.#checkLabels(node.labels, kind)) this.#failed.add(key);
    const fitting = tables.flatMap((table, number) =>
      node.labels === null || satisfies(node.labels, table.labels) ? [number] : [],
    );
    const bound = node.variable === null ? undefined : before.get(node.variable.name);
    const known = this.#sets.get(key) ?? (bound?.type?.kind === kind ? bound.tables : undefined);
    const narrowed = known === undefined ? fitting : known.filter((table) => fitting.includes(table));
    this.#sets.set(key, narrowed);
    if (narrowed.length > 0 || tables.length === 0 || this.#failed.has(key) || !this.#context.complete)
      return;
    this.#failed.add(key);
    const name = node.variable?.name ?? 'this element';
    diagnostics.invalid(`no ${kind} table has all the labels of ${name}`, node.labels?.at ?? node.at);
  }

  /** Whether all labels exist; those that do not are reported. */
  #checkLabels(node: LabelNode, kind: ElementKind): boolean {
    const { graph, diagnostics, complete } = this.#context;
    if (graph === null || node.kind === 'any') return true;
    if (node.kind === 'not') return this.#checkLabels(node.argument, kind);
    if (node.kind === 'and' || node.kind === 'or') {
      const left = this.#checkLabels(node.left, kind);
      return this.#checkLabels(node.right, kind) && left;
    }
    if (node.kind !== 'label') return true;
    const vertexLabels = graph.vertexTables.flatMap((table) => table.labels);
    const edgeLabels = graph.edgeTables.flatMap((table) => table.labels);
    const [own, other] = kind === 'vertex' ? [vertexLabels, edgeLabels] : [edgeLabels, vertexLabels];
    if (own.includes(node.name)) return true;
    if (!complete) return false;
    const shown = kind === 'vertex' ? `edges: write -[:${node.name}]->` : `vertices: write (:${node.name})`;
    const hint = other.includes(node.name) ? `${node.name} is a label of ${shown}.` : null;
    const what = `label of ${kind === 'vertex' ? 'vertices' : 'edges'}`;
    diagnostics.unknown(what, node.name, node.at, [...new Set(own)], hint);
    return false;
  }

  /** Narrows each vertex to endpoints of its edges, and single edges to those between their vertices. */
  #narrowByEndpoints(path: PathPatternNode, backward: boolean): boolean {
    let changed = false;
    const places = [...path.edges.entries()];
    for (const [n, edge] of backward ? places.reverse() : places) {
      const left = path.vertices[n];
      const right = path.vertices[n + 1];
      if (left === undefined || right === undefined || edge.quantifier?.min === 0) continue;
      if ([left, edge, right].some((node) => this.failed(node) || this.of(node).length === 0)) continue;
      const ways = this.#ways(edge, left, right);
      const narrowed = [
        this.#narrow(left, new Set(ways.map((way) => way.left))),
        this.#narrow(right, new Set(ways.map((way) => way.right))),
        edge.quantifier === null && this.#narrow(edge, new Set(ways.map((way) => way.table))),
      ];
      if (narrowed.includes(true)) changed = true;
    }
    return changed;
  }

  /** Each way that an edge may join the two sides. A quantified edge is bound on one side at a time. */
  #ways(
    edge: EdgePatternNode,
    left: VertexPatternNode,
    right: VertexPatternNode,
  ): { table: number; left: number; right: number }[] {
    const tables = this.#context.graph?.edgeTables ?? [];
    const all = this.of(edge).flatMap((table) => {
      const { source, destination } = tables[table] as EdgeTablePlan;
      const out = { table, left: source.vertexTable, right: destination.vertexTable };
      const into = { table, left: destination.vertexTable, right: source.vertexTable };
      if (edge.direction === 'any') return [out, into];
      return edge.direction === 'out' ? [out] : [into];
    });
    const lefts = this.of(left);
    const rights = this.of(right);
    if (edge.quantifier === null) {
      return all.filter((way) => lefts.includes(way.left) && rights.includes(way.right));
    }
    return all;
  }

  #narrow(node: VertexPatternNode, allowed: ReadonlySet<number>): boolean {
    const known = this.of(node);
    const narrowed = known.filter((table) => allowed.has(table));
    if (narrowed.length === known.length) return false;
    this.#sets.set(keyOf(node), narrowed);
    return true;
  }
}

/** Places of one variable are one element. */
function keyOf(node: VertexPatternNode): string {
  const kind = 'direction' in node ? 'edge' : 'vertex';
  return node.variable === null ? `${kind} at ${node.at.offset}` : `${kind} ${node.variable.name}`;
}

/** Whether a set of labels satisfies an expression. */
function satisfies(node: LabelNode, labels: readonly string[]): boolean {
  switch (node.kind) {
    case 'label':
      return labels.includes(node.name);
    case 'any':
      return labels.length > 0;
    case 'not':
      return !satisfies(node.argument, labels);
    case 'and':
      return satisfies(node.left, labels) && satisfies(node.right, labels);
    case 'or':
      return satisfies(node.left, labels) || satisfies(node.right, labels);
  }
}
