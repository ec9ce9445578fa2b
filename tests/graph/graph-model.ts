import { expect } from '@jest/globals';
import type { Row } from '../../core/types.ts';
import { GraphView } from '../../engine/graph/graph-view.ts';
import { RecordingHash, sampleColumns, sampleGraph } from './sample-graph.ts';

interface ModelEdge {
  readonly table: number;
  readonly row: Row;
  readonly order: number;
}

/** What a view shows, written as plain lists. */
export class Model {
  edges: ModelEdge[] = [];
  readonly rows = new Map<number, Row>();
  horizon = Number.NEGATIVE_INFINITY;

  visible(): ModelEdge[] {
    return this.edges.filter(
      ({ table, row }) => table === 1 || row[3] === null || (row[3] as number) >= this.horizon,
    );
  }

  vertices(): number[] {
    const keys = new Set(this.rows.keys());
    for (const { row } of this.visible()) keys.add(row[1] as number).add(row[2] as number);
    return [...keys].sort((a, b) => a - b);
  }

  neighbours(table: number, key: number, near: number, far: number): string[] {
    return this.visible()
      .filter((edge) => edge.table === table && edge.row[near] === key)
      .sort((a, b) => time(a) - time(b) || a.order - b.order || 0)
      .map(({ row }) => `${row[far]}:${row[0]}`);
  }
}

function time({ table, row }: ModelEdge): number {
  return table === 1 || row[3] === null ? Number.MAX_VALUE : (row[3] as number);
}

/** The neighbours of the vertex with this key and their edges' keys, as searches read them. */
export function listed(view: GraphView, table: number, key: number, direction: 'out' | 'in'): string[] {
  const vertex = view.findVertex(0, [key]);
  if (vertex < 0) return [];
  const lists = view.lists(table, direction);
  const found: string[] = [];
  for (let at = lists.open(vertex); at < lists.end; at++) {
    if ((lists.times[2 * at] as number) < view.edgeHorizon(table)) continue;
    const neighbour = lists.words[4 * at + 2] as number;
    const edge = lists.words[4 * at + 3] as number;
    expect(view.edgeTable(edge)).toBe(table);
    found.push(`${view.vertexKey(neighbour)}:${view.edgeProperty(edge, 0)}`);
  }
  return found;
}

/** Holds all that a view shows against the model. */
export function check(view: GraphView, model: Model): void {
  expect([...view.verticesOf(0)].map((vertex) => view.vertexKey(vertex))).toEqual(
    model.vertices().map(String),
  );
  for (let key = 0; key < 12; key++) {
    for (const table of [0, 1]) {
      expect(listed(view, table, key, 'out')).toEqual(model.neighbours(table, key, 1, 2));
      expect(listed(view, table, key, 'in')).toEqual(model.neighbours(table, key, 2, 1));
    }
    const vertex = view.findVertex(0, [key]);
    expect(vertex >= 0).toBe(model.vertices().includes(key));
    if (vertex >= 0) expect(view.vertexProperty(vertex, 1)).toBe(model.rows.get(key)?.[1] ?? null);
  }
  for (const { table, row } of model.visible()) {
    const found: number[] = [];
    found.length = view.findEdges(table, [row[0] as number], found);
    const same = model.visible().filter((other) => other.table === table && other.row[0] === row[0]);
    expect(found.map((edge) => [1, 2, 3, 4].map((column) => view.edgeProperty(edge, column)))).toEqual(
      same.map((edge) => [1, 2, 3, 4].map((column) => edge.row[column] ?? null)),
    );
  }
}

/** What the state hash is made of. */
export function hashOf(view: GraphView): string {
  const hash = new RecordingHash();
  view.hashContent(hash);
  return hash.lines.join('\n');
}

/** An empty view of the sample graph; transfers are kept for 50 microseconds. */
export function createView(): GraphView {
  return new GraphView(sampleGraph({ links: true, retainMicros: 50 }), sampleColumns);
}

/** Applies one random operation to both. */
export function step(view: GraphView, model: Model, pick: (n: number) => number, n: number): void {
  const operation = pick(20);
  if (operation < 11) {
    const at = pick(30) === 0 ? null : n - pick(8);
    const amount = pick(9) === 0 ? 2n ** 60n + BigInt(pick(5)) : pick(5);
    const row: Row = [pick(40) === 0 ? 7 : n, pick(12), pick(12), at, amount];
    const edge = view.insertEdge(0, row, n);
    if (pick(6) === 0) view.undoInsert(edge);
    else model.edges.push({ table: 0, row, order: n });
  } else if (operation < 15) {
    const key = `k${pick(20)}é`;
    const old = model.edges.find(({ table, row }) => table === 1 && row[0] === key);
    if (old !== undefined) {
      view.removeEdge(1, old.row);
      model.edges = model.edges.filter((edge) => edge !== old);
    }
    if (pick(3) > 0) {
      const row: Row = [key, pick(12), pick(12), pick(9)];
      view.insertEdge(1, row, n);
      model.edges.push({ table: 1, row, order: n });
    }
  } else if (operation < 17) {
    const row: Row = [pick(14), `r${pick(3)}`];
    view.upsertVertex(0, row);
    model.rows.set(row[0] as number, row);
  } else if (operation < 18) {
    const row: Row = [pick(14), null];
    view.removeVertex(0, row);
    model.rows.delete(row[0] as number);
  } else {
    const watermark = n - pick(6);
    view.advanceWatermark(watermark);
    model.horizon = Math.max(model.horizon, watermark - 50);
  }
}
