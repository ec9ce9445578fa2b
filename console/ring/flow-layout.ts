import { type EdgePlace, LABEL, type Point, parallelLanes, type RingLayout } from './drawing-place.ts';
import { type GraphEdge, type RingGraph, vertexName } from './ring-graph.ts';

const COLUMN = 200;
/** Columns up to which names are written: more of them make the whole drawing small. */
const NAMED_COLUMNS_MAX = 4;
const NAMED_COLUMN = 250;
const ROW = { min: 92, max: 190 };
const PROPORTION = 1.8;
const SWEEPS = 12;
/** Where on its edge a label may stand, the best first. */
const LABEL_PLACES = [0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72];
/** Points of an edge that are looked at for whether it passes under a label, and what each weighs (square pixels). */
const EDGE_POINTS = 32;
const POINT_WEIGHT = 90;

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
  const named =
    columns.length <= NAMED_COLUMNS_MAX && graph.vertices.some((vertex) => vertexName(vertex) !== null);
  const columnWidth = named ? NAMED_COLUMN : COLUMN;
  const rowHeight = rowHeightOf(columns, columnWidth);
  const place = (stop: Stop, column: number): Point => ({
    x: column * columnWidth,
    y: stop.level * rowHeight,
  });
  const vertices = new Map(
    graph.vertices.map(({ key }): [string, Point] => [
      key,
      place(vertexStops.get(key)!, layers.get(key) ?? 0),
    ]),
  );
  const bottom = Math.max(0, ...[...vertices.values()].map(({ y }) => y)) + Math.min(rowHeight, 120);
  const taken: Box[] = [...vertices.values()].map((at) => boxAround(at, { width: 84, height: 44 }));
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
  return { vertices, edges: placeLabels(graph, vertices, edges, taken), named };
}

/** Every forward edge's label where it covers the least of vertices, other labels and other edges. */
function placeLabels(
  graph: RingGraph,
  vertices: ReadonlyMap<string, Point>,
  edges: ReadonlyMap<string, EdgePlace>,
  taken: Box[],
): ReadonlyMap<string, EdgePlace> {
  const ways = new Map(
    graph.edges.map(({ key, from, to }) => [
      key,
      [vertices.get(from)!, ...(edges.get(key)?.bends ?? []), vertices.get(to)!],
    ]),
  );
  const points = new Map(
    [...ways].map(([key, way]) => [
      key,
      Array.from({ length: EDGE_POINTS }, (_, n) => pointOn(way, (n + 0.5) / EDGE_POINTS)),
    ]),
  );
  return new Map(
    graph.edges.map(({ key, from, to }): [string, EdgePlace] => {
      const place = edges.get(key)!;
      if (vertices.get(from)!.x >= vertices.get(to)!.x) return [key, place];
      const others = [...points].flatMap(([other, of]) => (other === key ? [] : of));
      return [key, { ...place, label: bestLabel(ways.get(key)!, taken, others) }];
    }),
  );
}

/** Rows stand as far apart as makes the drawing about as high as a screen is. */
function rowHeightOf(columns: readonly (readonly Stop[])[], columnWidth: number): number {
  const rows = Math.max(1, ...columns.map(({ length }) => length));
  const height = ((columns.length - 1) * columnWidth) / PROPORTION / rows;
  return Math.min(ROW.max, Math.max(ROW.min, height));
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function boxAround({ x, y }: Point, size: { readonly width: number; readonly height: number }): Box {
  return {
    left: x - size.width / 2,
    right: x + size.width / 2,
    top: y - size.height / 2,
    bottom: y + size.height / 2,
  };
}

/** By how much two boxes lie on one another, in square pixels. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** The place along an edge where a label covers least; it is taken from then on. */
function bestLabel(way: readonly Point[], taken: Box[], points: readonly Point[]): Point {
  let best = way[0]!;
  let least = Number.POSITIVE_INFINITY;
  for (const share of LABEL_PLACES) {
    const at = pointOn(way, share);
    const box = boxAround(at, LABEL);
    const boxes = taken.reduce((sum, other) => sum + overlap(box, other), 0);
    const covered = boxes + points.filter((point) => isIn(point, box)).length * POINT_WEIGHT;
    if (covered < least) {
      best = at;
      least = covered;
    }
  }
  taken.push(boxAround(best, LABEL));
  return best;
}

function isIn({ x, y }: Point, box: Box): boolean {
  return x > box.left && x < box.right && y > box.top && y < box.bottom;
}

/** A point of the curve that is drawn through the bends: quadratic pieces that join half-way between two bends. */
function pointOn(way: readonly Point[], share: number): Point {
  if (way.length === 2) return between(way[0]!, way[1]!, share);
  const pieces = way.length - 2;
  const piece = Math.min(pieces - 1, Math.floor(share * pieces));
  const local = share * pieces - piece;
  const control = way[piece + 1]!;
  const start = piece === 0 ? way[0]! : between(way[piece]!, control, 0.5);
  const end = piece === pieces - 1 ? way[piece + 2]! : between(control, way[piece + 2]!, 0.5);
  return between(between(start, control, local), between(control, end, local), local);
}

function between(a: Point, b: Point, share: number): Point {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/** Straight, or through the stops; edges beside it in lanes further and further below. */
function forwardEdge(from: Point, to: Point, stops: readonly Point[], lane: number): EdgePlace {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  if (stops.length > 0) {
    const shifted = stops.map(({ x, y }) => ({ x, y: y + lane * 60 }));
    return { bends: shifted, label: middle };
  }
  if (lane === 0) return { bends: [], label: middle };
  return { bends: [{ x: middle.x, y: middle.y + lane * 92 }], label: middle };
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
