import { toJson } from '../../core/format-value.ts';
import type { EdgeElement, GraphElements, VertexElement } from '../../core/graph-elements.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { SqlType, Value } from '../../core/types.ts';
import type { ElementProperty } from '../../language/plan.ts';
import type { PathValue, SubgraphValue } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { Hop } from './path-state.ts';

/** Gathers the vertices and edges that values of results name, each once, up to a number of both together. */
export class ResultElements {
  readonly #graph: GraphView;
  readonly #max: number;
  readonly #vertices = new Set<number>();
  readonly #edges = new Set<number>();
  /** Whether there were more than the most. */
  truncated = false;

  constructor(graph: GraphView, max: number) {
    this.#graph = graph;
    this.#max = max;
  }

  /** Takes a value of a row. An edge brings its vertices with it. */
  add(type: SqlType, value: unknown): void {
    if (value === null || value === undefined) return;
    switch (type.kind) {
      case 'vertex':
        this.#vertex(value as number);
        return;
      case 'edge':
        this.#hop(value as Hop);
        return;
      case 'edgeGroup':
        for (const hop of value as readonly Hop[]) this.#hop(hop);
        return;
      case 'list':
        for (const item of value as readonly unknown[]) this.add(type.element, item);
        return;
      case 'path':
        for (const vertex of (value as PathValue).vertices) this.#vertex(vertex);
        for (const hop of (value as PathValue).edges) this.#hop(hop);
        return;
      case 'subgraph':
        for (const vertex of (value as SubgraphValue).vertices) this.#vertex(vertex);
        for (const edge of (value as SubgraphValue).edges) this.#hop(edge);
        return;
      default:
    }
  }

  #hop(hop: Hop): void {
    for (const edge of typeof hop === 'number' ? [hop] : hop) {
      if (this.#edges.has(edge)) continue;
      if (!this.#vertex(this.#graph.edgeSource(edge))) return;
      if (!this.#vertex(this.#graph.edgeDestination(edge)) || this.#isFull()) return;
      this.#edges.add(edge);
    }
  }

  /** False where there is no room for it. */
  #vertex(vertex: number): boolean {
    if (this.#vertices.has(vertex)) return true;
    if (this.#isFull()) return false;
    this.#vertices.add(vertex);
    return true;
  }

  #isFull(): boolean {
    if (this.#vertices.size + this.#edges.size < this.#max) return false;
    this.truncated = true;
    return true;
  }

  /** What was gathered, as plain data in key order. */
  describe(): GraphElements {
    const graph = this.#graph;
    const vertices = [...this.#vertices].sort((a, b) => graph.compareVertices(a, b));
    const edges = [...this.#edges].sort((a, b) => graph.compareEdgeKeys(a, b));
    return {
      vertices: vertices.map((vertex) => describeVertex(graph, vertex)),
      edges: edges.map((edge) => describeEdge(graph, edge)),
    };
  }
}

function describeVertex(graph: GraphView, vertex: number): VertexElement {
  const properties = graph.plan.vertexTables[graph.vertexTable(vertex)]?.properties ?? [];
  return {
    key: graph.vertexKey(vertex),
    label: graph.vertexLabel(vertex),
    properties: valuesOf(properties, (column) => graph.vertexProperty(vertex, column)),
  };
}

function describeEdge(graph: GraphView, edge: number): EdgeElement {
  const properties = graph.plan.edgeTables[graph.edgeTable(edge)]?.properties ?? [];
  const timeMicros = graph.edgeTime(edge);
  return {
    key: graph.edgeKey(edge),
    label: graph.edgeLabel(edge),
    source: graph.vertexKey(graph.edgeSource(edge)),
    destination: graph.vertexKey(graph.edgeDestination(edge)),
    time: Number.isFinite(timeMicros) ? formatTimestamp(timeMicros) : null,
    properties: valuesOf(properties, (column) => graph.edgeProperty(edge, column)),
  };
}

function valuesOf(
  properties: readonly ElementProperty[],
  read: (column: number) => Value,
): VertexElement['properties'] {
  return Object.fromEntries(properties.map(({ name, type, column }) => [name, toJson(type, read(column))]));
}
