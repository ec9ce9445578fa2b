import { toJson } from '../../core/format-value.ts';
import type { SqlType, Value } from '../../core/types.ts';
import type { PathValue, SubgraphValue } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { Hop } from './path-state.ts';
import type { ResultJson } from './rule-outcome.ts';

/**
 * A value of a result as JSON: vertices and edges as their keys, merged hops, groups and lists as arrays, paths and
 * subgraphs as their vertices and edges, scalars as everywhere.
 */
export function resultJson(type: SqlType, value: unknown, graph: GraphView): ResultJson {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'vertex':
      return graph.vertexKey(value as number);
    case 'edge':
      return hopKeys(value as Hop, graph);
    case 'edgeGroup':
      return (value as readonly Hop[]).map((hop) => hopKeys(hop, graph));
    case 'list':
      return (value as readonly unknown[]).map((item) => resultJson(type.element, item, graph));
    case 'path':
      return pathKeys(value as PathValue, graph);
    case 'subgraph': {
      const { vertices, edges } = value as SubgraphValue;
      return {
        vertices: vertices.map((vertex) => graph.vertexKey(vertex)),
        edges: edges.map((edge) => graph.edgeKey(edge)),
      };
    }
    default:
      return toJson(type, value as Value);
  }
}

/** Keys of a path's vertices and hops, in written order. */
export function pathKeys(
  path: PathValue,
  graph: GraphView,
): { readonly vertices: readonly string[]; readonly edges: readonly (string | readonly string[])[] } {
  return {
    vertices: path.vertices.map((vertex) => graph.vertexKey(vertex)),
    edges: path.edges.map((hop) => hopKeys(hop, graph)),
  };
}

function hopKeys(hop: Hop, graph: GraphView): string | readonly string[] {
  return typeof hop === 'number' ? graph.edgeKey(hop) : hop.map((edge) => graph.edgeKey(edge));
}
