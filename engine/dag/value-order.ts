import { compareValues } from '../../core/compare.ts';
import type { SqlType, Value } from '../../core/types.ts';
import type { MatchClause } from '../../language/plan.ts';
import type { PathValue, SubgraphValue } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { Slots } from './job-context.ts';
import type { Hop } from './path-state.ts';

/** Orders two values of a type, graph types included; NULL comes first among bindings. */
export type ValueOrder = (a: unknown, b: unknown) => number;

/**
 * The canonical order of a type's values: scalars by value, vertices by key, edges by (event time, key), lists, groups,
 * merged hops and paths element by element, a shorter one before what it begins.
 */
export function orderOf(type: SqlType, graph: GraphView): ValueOrder {
  const vertices: ValueOrder = (a, b) => graph.compareVertices(a as number, b as number);
  const edges: ValueOrder = (a, b) => compareHops(graph, a as Hop, b as Hop);
  switch (type.kind) {
    case 'vertex':
      return nullsFirst(vertices);
    case 'edge':
      return nullsFirst(edges);
    case 'edgeGroup':
      return nullsFirst(listOrder(edges));
    case 'list':
      return nullsFirst(listOrder(orderOf(type.element, graph)));
    case 'path':
      return nullsFirst((a, b) => comparePaths(a as PathValue, b as PathValue, vertices, edges));
    case 'subgraph':
      return nullsFirst((a, b) => {
        const [one, other] = [a as SubgraphValue, b as SubgraphValue];
        return listOrder(vertices)(one.vertices, other.vertices) || listOrder(edges)(one.edges, other.edges);
      });
    default:
      return (a, b) => compareValues(a as Value, b as Value);
  }
}

/** Orders bindings of a MATCH clause slot by slot in pattern order: the order of its rows. */
export function bindingOrder(clause: MatchClause, graph: GraphView): (a: Slots, b: Slots) => number {
  const vertices = orderOf({ kind: 'vertex' }, graph);
  const parts: { readonly slot: number; readonly order: ValueOrder }[] = [];
  for (const path of clause.paths) {
    path.vertices.forEach((vertex, n) => {
      parts.push({ slot: vertex.slot, order: vertices });
      const edge = path.edges[n];
      if (edge === undefined) return;
      const kind = edge.quantifier === null ? 'edge' : 'edgeGroup';
      parts.push({ slot: edge.slot, order: orderOf({ kind, merged: path.mergeParallel }, graph) });
    });
  }
  return (a, b) => {
    for (const { slot, order } of parts) {
      if (a[slot] === b[slot]) continue;
      const result = order(a[slot], b[slot]);
      if (result !== 0) return result;
    }
    return 0;
  };
}

/** A text that is equal for equal values of one type and for no others. */
export function identityOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return `"${value.length}:${value}`;
  if (Array.isArray(value)) return `[${value.map(identityOf).join(',')}]`;
  if (typeof value === 'object') {
    const { vertices, edges } = value as PathValue | SubgraphValue;
    return `(${identityOf(vertices)}${identityOf(edges)})`;
  }
  return String(value);
}

function nullsFirst(order: ValueOrder): ValueOrder {
  return (a, b) => {
    const [missingA, missingB] = [a === null || a === undefined, b === null || b === undefined];
    if (missingA || missingB) return Number(missingB) - Number(missingA);
    return order(a, b);
  };
}

function listOrder(order: ValueOrder): (a: unknown, b: unknown) => number {
  return (a, b) => compareLists(a as readonly unknown[], b as readonly unknown[], order);
}

function compareLists(a: readonly unknown[], b: readonly unknown[], order: ValueOrder): number {
  const shared = Math.min(a.length, b.length);
  for (let n = 0; n < shared; n++) {
    const result = order(a[n], b[n]);
    if (result !== 0) return result;
  }
  return a.length - b.length;
}

/** Orders hops edge by edge by (event time, key). */
export function compareHops(graph: GraphView, a: Hop, b: Hop): number {
  if (typeof a === 'number' && typeof b === 'number') return graph.compareEdges(a, b);
  const [one, other] = [typeof a === 'number' ? [a] : a, typeof b === 'number' ? [b] : b];
  return compareLists(one, other, (x, y) => graph.compareEdges(x as number, y as number));
}

function comparePaths(a: PathValue, b: PathValue, vertices: ValueOrder, edges: ValueOrder): number {
  for (let n = 0; ; n++) {
    if (n >= a.vertices.length || n >= b.vertices.length) return a.vertices.length - b.vertices.length;
    const vertex = vertices(a.vertices[n], b.vertices[n]);
    if (vertex !== 0) return vertex;
    if (n >= a.edges.length || n >= b.edges.length) return a.edges.length - b.edges.length;
    const edge = edges(a.edges[n], b.edges[n]);
    if (edge !== 0) return edge;
  }
}
