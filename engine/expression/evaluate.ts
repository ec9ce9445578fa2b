import type { Row, Value } from '../../core/types.ts';

/**
 * A compiled expression. `row` is the row at hand (operator input or triggering row; for queries the parameters),
 * `old` the row before an update or delete, `slots` the binding of a match. Callers without one pass EMPTY.
 * Scalar expressions return a `Value`; expressions over graph variables may return the engine's path and list forms.
 */
export type Evaluate = (row: Row, slots: readonly unknown[], old: Row) => unknown;

export const EMPTY: readonly never[] = [];

/**
 * Run-time forms of graph values in slots, beside `Value`: a vertex or edge is its dense id (a number), a merged hop
 * a `readonly number[]` of edges, a group an array of edges or of merged hops in path order, a list an array. An
 * OPTIONAL MATCH that found nothing leaves null.
 */
export interface PathValue {
  readonly kind: 'path';
  /** In written order; one more than there are edges. */
  readonly vertices: readonly number[];
  /** In written order; under MERGE PARALLEL each hop is an array of its edges. */
  readonly edges: readonly (number | readonly number[])[];
}

/** What CALL graph.neighbourhood yields: vertices and edges each in key order. */
export interface SubgraphValue {
  readonly kind: 'subgraph';
  readonly vertices: readonly number[];
  readonly edges: readonly number[];
}

/** Counts evaluations that failed and became NULL, by error code, for reports. */
export interface EvaluationErrors {
  count(code: 'DIVISION_BY_ZERO' | 'NUMERIC_OVERFLOW' | 'INVALID_CAST' | 'INVALID_ARGUMENT'): void;
}

/**
 * How expressions read a graph; given by the engine's graph to the compiler. Vertices are dense ids, numbers >= 0;
 * edges are dense ids, numbers >= 0, over all edge tables of the view. Merged hops are `readonly number[]` of edges,
 * groups are `readonly number[]` of edges or, with MERGE PARALLEL, of merged hops.
 */
export interface ElementReader {
  vertexTable(vertex: number): number;
  edgeTable(edge: number): number;
  /** Value of the relation's column `column` for the vertex; NULL columns of a missing row, but always KEY columns. */
  vertexProperty(vertex: number, column: number): Value;
  edgeProperty(edge: number, column: number): Value;
  edgeSource(edge: number): number;
  edgeDestination(edge: number): number;
  /** The key as printed: columns joined by ',', `table:key` for edges of views with several edge tables. */
  vertexKey(vertex: number): string;
  edgeKey(edge: number): string;
  /** The first label that the element's table declares. */
  vertexLabel(vertex: number): string;
  edgeLabel(edge: number): string;
  /** Labels of each element table, as declared. */
  readonly plan: {
    readonly vertexTables: readonly { readonly labels: readonly string[] }[];
    readonly edgeTables: readonly { readonly labels: readonly string[] }[];
  };
}
