import type { GraphEdge } from './ring-graph.ts';

/** A place on the drawing, in pixels at natural size; y grows downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything is drawn. Keys are those of the graph's vertices and edges. */
export interface RingLayout {
  readonly vertices: ReadonlyMap<string, Point>;
  readonly edges: ReadonlyMap<string, EdgePlace>;
  /** Whether there is room for the names of the vertices beneath their keys. */
  readonly named: boolean;
}

export interface EdgePlace {
  /** Points that bend the edge, as control points of quadratic curves; none: it is straight. */
  readonly bends: readonly Point[];
  /** Where the label stands: its centre. */
  readonly label: Point;
}

/** Width and height of an edge's label, two lines of type. */
export const LABEL = { width: 104, height: 30 };

/** For each edge its lane among those between the same two vertices in the same direction: 0, 1, 2, … */
export function parallelLanes(edges: readonly GraphEdge[]): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  const lanes = new Map<string, number>();
  for (const { key, from, to } of edges) {
    const pair = JSON.stringify([from, to]);
    const lane = taken.get(pair) ?? 0;
    taken.set(pair, lane + 1);
    lanes.set(key, lane);
  }
  return lanes;
}
