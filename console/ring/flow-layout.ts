import { type EdgePlace, LABEL, type Point, parallelLanes, type RingLayout } from './drawing-place.ts';
import type { GraphEdge, RingGraph } from './ring-graph.ts';

const COLUMN = 222;
const ROW = 92;
const SWEEPS = 12;

/** A place in a column: a vertex, or where a long edge passes through. */
interface Stop {
  readonly id: string;
  /** Stops of the columns beside it that it is joined to. */
  readonly before: Stop[];
  readonly after: Stop[];
  /** Its place in the column, counted from the column's middle. */
  level: number;
}

/**
 * A flow from left to right: each vertex right of those it gets from, closing edges coming back below. Layers by longest
 * path, order in a layer by the middle of the neighbours (Sugiyama, Tagawa and Toda 1981), long edges with stops of their
 * own in every layer they pass.
 */
export function flowLayout(graph: RingGraph): RingLayout {
  const forward = graph.edges.filter((edge) => !edge.closing && edge.from !== edge.to);
  const layers = layersOf(graph, forward);
  const { columns, vertexStops, passes } = stopsOf(graph, forward, layers);
  orderColumns(columns);
  const place = (stop: Stop, column: number): Point => ({ x: column * COLUMN, y: stop.level * ROW });
  const vertices = new Map(
    graph.vertices.map(({ key }): [string, Point] => [
      key,
      place(vertexStops.get(key)!, layers.get(key) ?? 0),
    ]),
  );
  const bottom = Math.max(0, ...[...vertices.values()].map(({ y }) => y)) + ROW;
  const lanes = parallelLanes(graph.edges);
  let back = 0;
  const edges = new Map(
    graph.edges.map((edge): [string, EdgePlace] => {
      const from = vertices.get(edge.from)!;
      const to = vertices.get(edge.to)!;
      const lane = lanes.get(edge.key) ?? 0;
      if (from.x < to.x) {
        const stops = (passes.get(edge.key) ?? []).map((stop, index) =>
          place(stop, (layers.get(edge.from) ?? 0) + 1 + index),
        );
        return [edge.key, forwardEdge(from, to, stops, lane)];
      }
      const depth = bottom + back * 44;
      back += 1;
      return [edge.key, backwardEdge(from, to, depth)];
    }),
  );
  return { vertices, edges };
}

function forwardEdge(from: Point, to: Point, stops: readonly Point[], lane: number): EdgePlace {
  const shifted = stops.map(({ x, y }) => ({ x, y: y + lane * 26 }));
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 + lane * 40 };
  if (stops.length === 0) {
    const label = { x: middle.x, y: (from.y + to.y) / 2 - LABEL.height * 0.3 + lane * 30 };
    return lane === 0 ? { bends: [], label } : { bends: [middle], label };
  }
  const label = shifted[Math.floor((stops.length - 1) / 2)] ?? middle;
  return { bends: shifted, label };
}

/** Below everything, from the right end back to the left. */
function backwardEdge(from: Point, to: Point, depth: number): EdgePlace {
  if (from.x === to.x && from.y === to.y) {
    return {
      bends: [
        { x: from.x - 60, y: from.y + 80 },
        { x: from.x + 60, y: from.y + 80 },
      ],
      label: { x: from.x, y: from.y + 72 },
    };
  }
  const reach = Math.max(60, Math.abs(from.x - to.x) * 0.16);
  return {
    bends: [
      { x: from.x - reach * 0.4, y: depth },
      { x: to.x + reach * 0.4, y: depth },
    ],
    label: { x: (from.x + to.x) / 2, y: depth - LABEL.height * 0.1 },
  };
}

/** The layer of each vertex: one more than the greatest of those before it. Edges that would close a cycle do not count. */
function layersOf(graph: RingGraph, forward: readonly GraphEdge[]): Map<string, number> {
  const next = new Map<string, string[]>(graph.vertices.map(({ key }) => [key, []]));
  for (const { from, to } of forward) next.get(from)?.push(to);
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const kept = new Map<string, string[]>(graph.vertices.map(({ key }) => [key, []]));
  const visit = (key: string): void => {
    state.set(key, 'open');
    for (const to of next.get(key) ?? []) {
      if (state.get(to) === 'open') continue;
      kept.get(key)?.push(to);
      if (!state.has(to)) visit(to);
    }
    state.set(key, 'done');
    order.push(key);
  };
  for (const { key } of graph.vertices) if (!state.has(key)) visit(key);
  const layers = new Map<string, number>(graph.vertices.map(({ key }) => [key, 0]));
  for (const key of order.reverse()) {
    for (const to of kept.get(key) ?? []) {
      layers.set(to, Math.max(layers.get(to) ?? 0, (layers.get(key) ?? 0) + 1));
    }
  }
  return layers;
}

function stopsOf(graph: RingGraph, forward: readonly GraphEdge[], layers: ReadonlyMap<string, number>) {
  const count = Math.max(0, ...layers.values()) + 1;
  const columns: Stop[][] = Array.from({ length: count }, () => []);
  const stopAt = (id: string, column: number): Stop => {
    const stop: Stop = { id, before: [], after: [], level: columns[column]!.length };
    columns[column]!.push(stop);
    return stop;
  };
  const vertexStops = new Map(graph.vertices.map(({ key }) => [key, stopAt(key, layers.get(key) ?? 0)]));
  const passes = new Map<string, Stop[]>();
  for (const edge of forward) {
    const from = layers.get(edge.from) ?? 0;
    const to = layers.get(edge.to) ?? 0;
    if (from >= to) continue;
    const between = Array.from({ length: to - from - 1 }, (_, index) =>
      stopAt(`${edge.key} ${index}`, from + 1 + index),
    );
    passes.set(edge.key, between);
    const way = [vertexStops.get(edge.from)!, ...between, vertexStops.get(edge.to)!];
    for (let n = 1; n < way.length; n++) {
      way[n - 1]!.after.push(way[n]!);
      way[n]!.before.push(way[n - 1]!);
    }
  }
  return { columns, vertexStops, passes };
}

/** Puts the stops of each column near the middle of their neighbours, to and fro. */
function orderColumns(columns: Stop[][]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const rightwards = sweep % 2 === 0;
    for (const column of rightwards ? columns : [...columns].reverse()) {
      const weights = new Map(
        column.map((stop) => [stop, middleOf(rightwards ? stop.before : stop.after, stop.level)]),
      );
      column.sort((a, b) => weights.get(a)! - weights.get(b)! || a.level - b.level);
      for (const [rank, stop] of column.entries()) stop.level = rank - (column.length - 1) / 2;
    }
  }
}

function middleOf(stops: readonly Stop[], otherwise: number): number {
  if (stops.length === 0) return otherwise;
  return stops.reduce((sum, { level }) => sum + level, 0) / stops.length;
}
