import { type EdgePlace, LABEL, type Point, parallelLanes, type RingLayout } from './drawing-place.ts';
import { flowLayout } from './flow-layout.ts';
import { type RingGraph, vertexName } from './ring-graph.ts';

const CIRCLE_VERTICES_MAX = 10;
const CELL = { width: 142, height: 86 };
const PROPORTION = 1.45;

/**
 * Where to draw a graph: one ring as a circle, clockwise from the top; a long one along the cells of a grid, so that
 * each amount can be read; several paths as a flow from left to right. Ours; the same graph gives the same drawing.
 */
export function layoutRing(graph: RingGraph, paths: number): RingLayout {
  if (paths > 1 || graph.vertices.length < 2) return flowLayout(graph);
  const closed = graph.edges.some(({ closing }) => closing);
  if (graph.vertices.length <= CIRCLE_VERTICES_MAX) return circleLayout(graph, closed);
  return gridLayout(graph);
}

function circleLayout(graph: RingGraph, closed: boolean): RingLayout {
  const count = graph.vertices.length;
  // An open path leaves a gap where it does not close.
  const slots = closed ? count : count + 1;
  const named = graph.vertices.some((vertex) => vertexName(vertex) !== null);
  const step = (2 * Math.PI) / slots;
  const radius = named
    ? Math.max(168, (slots * 142) / (2 * Math.PI))
    : Math.max(150, (slots * 116) / (2 * Math.PI));
  const order = new Map(graph.vertices.map(({ key }, index) => [key, index]));
  const at = (turns: number, distance: number): Point => ({
    x: distance * Math.sin(turns * step),
    y: -distance * Math.cos(turns * step),
  });
  const vertices = new Map(graph.vertices.map(({ key }, index) => [key, at(index, radius)]));
  const lanes = parallelLanes(graph.edges);
  /** An edge to the next vertex: the first along the circle, those beside it inside and outside by turns. */
  const arc = (middle: number, lane: number): EdgePlace => {
    const flat = radius * Math.cos(step / 2);
    const outer = Math.min(1.45, 1 / Math.cos(step / 2)) * radius;
    const inside = lane % 2 === 1;
    const bend = inside ? flat - ((lane + 1) / 2) * 88 : outer + (lane / 2) * 100;
    const crest = (flat + bend) / 2;
    const outward = at(middle, 1);
    const aside = Math.abs(outward.x) * (LABEL.width / 2) + Math.abs(outward.y) * (LABEL.height / 2) + 9;
    return { bends: [at(middle, bend)], label: at(middle, inside ? crest - aside : crest + aside) };
  };
  const edges = new Map(
    graph.edges.map((edge): [string, EdgePlace] => {
      const from = order.get(edge.from) ?? 0;
      const to = order.get(edge.to) ?? 0;
      const lane = lanes.get(edge.key) ?? 0;
      if (from === to) return [edge.key, loop(at(from, radius), at(from, radius + 90))];
      const next = closed ? (from + 1) % count === to : from + 1 === to;
      if (!next) return [edge.key, chord(at(from, radius), at(to, radius), lane, radius)];
      return [edge.key, arc(from + 0.5, lane)];
    }),
  );
  return { vertices, edges, named };
}

/** An edge that comes back to its own vertex. */
function loop(vertex: Point, away: Point): EdgePlace {
  const side = { x: (away.y - vertex.y) * 0.5, y: (vertex.x - away.x) * 0.5 };
  return {
    bends: [
      { x: away.x + side.x, y: away.y + side.y },
      { x: away.x - side.x, y: away.y - side.y },
    ],
    label: { x: away.x, y: away.y - LABEL.height },
  };
}

/** An edge across the circle. */
function chord(from: Point, to: Point, lane: number, radius: number): EdgePlace {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const aside = (0.18 + lane * 0.2) * radius;
  const bend = {
    x: middle.x + ((to.y - from.y) / length) * aside,
    y: middle.y - ((to.x - from.x) / length) * aside,
  };
  return { bends: [bend], label: { x: (middle.x + bend.x) / 2, y: (middle.y + bend.y) / 2 } };
}

/**
 * A long ring along the cells of a grid: the first row to the right, the others to and fro, and back up the first column.
 * Neighbours on the ring are neighbours on the grid, so no line crosses another.
 */
function gridLayout(graph: RingGraph): RingLayout {
  const cells = gridCells(graph.vertices.length);
  const vertices = new Map(
    graph.vertices.map(({ key }, index): [string, Point] => {
      const { column, row } = cells[index] ?? { column: 0, row: 0 };
      return [key, { x: column * CELL.width, y: row * CELL.height }];
    }),
  );
  const right = Math.max(...[...vertices.values()].map(({ x }) => x));
  const lanes = parallelLanes(graph.edges);
  const edges = new Map(
    graph.edges.map((edge): [string, EdgePlace] => {
      const from = vertices.get(edge.from) ?? { x: 0, y: 0 };
      const to = vertices.get(edge.to) ?? { x: 0, y: 0 };
      if (edge.from === edge.to) return [edge.key, loop(from, { x: from.x, y: from.y - 70 })];
      const lane = lanes.get(edge.key) ?? 0;
      const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
      const upright = Math.abs(to.y - from.y) > Math.abs(to.x - from.x);
      const neighbours = Math.abs(to.x - from.x) + Math.abs(to.y - from.y) < CELL.width + CELL.height;
      if (!neighbours) return [edge.key, chord(from, to, lane, 300)];
      const bend = { x: middle.x + (upright ? lane * 44 : 0), y: middle.y + (upright ? 0 : lane * 44) };
      const label = upright
        ? { x: middle.x + LABEL.width * (middle.x >= right ? 0.45 : -0.45), y: middle.y + lane * 32 }
        : { x: middle.x, y: middle.y - LABEL.height * 0.62 + lane * 44 };
      const bends = lane === 0 ? [] : [bend];
      return [edge.key, { bends, label }];
    }),
  );
  return { vertices, edges, named: false };
}

interface Cell {
  readonly column: number;
  readonly row: number;
}

/** Cells of a closed walk of this length over a grid with an even number of rows. */
export function gridCells(length: number): readonly Cell[] {
  let best: { readonly rows: number; readonly columns: number; readonly cost: number } | null = null;
  for (let rows = 2; rows <= 8; rows += 2) {
    const columns = Math.max(3, Math.ceil(length / rows));
    const left = rows * columns - length;
    if (left > rows - 2 + columns - 2) continue;
    const cost = Math.abs(Math.log((columns * CELL.width) / (rows * CELL.height) / PROPORTION)) + left * 0.03;
    if (best === null || cost < best.cost) best = { rows, columns, cost };
  }
  const { rows, columns } = best ?? { rows: 2, columns: Math.ceil(length / 2) };
  const cells: Cell[] = [];
  for (let row = 0; row < rows; row++) {
    const inner = Array.from({ length: columns - 1 }, (_, index) => index + 1);
    if (row === 0) cells.push({ column: 0, row });
    for (const column of row % 2 === 0 ? inner : inner.reverse()) cells.push({ column, row });
  }
  for (let row = rows - 1; row > 0; row--) cells.push({ column: 0, row });
  // Cells too many are taken from the way back, but for its corner; then from the last row.
  let tooMany = cells.length - length;
  for (let row = 1; row < rows - 1 && tooMany > 0; row++, tooMany--) remove(cells, 0, row);
  for (let column = 1; tooMany > 0; column++, tooMany--) remove(cells, column, rows - 1);
  return cells;
}

function remove(cells: Cell[], column: number, row: number): void {
  const index = cells.findIndex((cell) => cell.column === column && cell.row === row);
  if (index >= 0) cells.splice(index, 1);
}
