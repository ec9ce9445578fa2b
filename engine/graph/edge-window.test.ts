import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../core/types.ts';
import { RecordingHash, random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { GraphView } from './graph-view.ts';

const WINDOW = 9000;
const KEYS = 300;

/** The neighbours of a vertex as plain rows in a window tell them. */
function expected(rows: readonly Row[], horizon: number, key: number, near: number, far: number): string[] {
  return rows
    .map((row, order) => ({ row, order }))
    .filter(({ row }) => row[near] === key && (row[3] === null || (row[3] as number) >= horizon))
    .sort((a, b) => timeOf(a.row) - timeOf(b.row) || a.order - b.order)
    .map(({ row }) => `${row[far]}:${row[0]}`);
}

function timeOf(row: Row): number {
  return (row[3] as number | null) ?? Number.MAX_VALUE;
}

function listed(view: GraphView, key: number, direction: 'out' | 'in'): string[] {
  const vertex = view.findVertex(0, [key]);
  if (vertex < 0) return [];
  const lists = view.lists(0, direction);
  const found: string[] = [];
  for (let at = lists.open(vertex); at < lists.end; at++) {
    if ((lists.times[2 * at] as number) < view.edgeHorizon(0)) continue;
    found.push(
      `${view.vertexKey(lists.words[4 * at + 2] as number)}:${view.edgeProperty(lists.words[4 * at + 3] as number, 0)}`,
    );
  }
  return found;
}

function hashOf(view: GraphView): string {
  const hash = new RecordingHash();
  view.hashContent(hash);
  return hash.lines.join('\n');
}

/** A window slides over random edges, with restarts; what the view shows is held against the rows. The view, and its bytes early on. */
function slide(seed: number, isCompacted: boolean): { view: GraphView; early: number; saved: Set<string> } {
  const pick = random(seed);
  const plan = sampleGraph({ links: false, retainMicros: WINDOW });
  let view = new GraphView(plan, sampleColumns);
  view.indexEdges(0);
  const saved = new Map<string, Uint8Array>();
  const rows: Row[] = [];
  let early = 0;
  for (let n = 0; n < 50_000; n++) {
    // Lists of a vertex that comes once are given back with it.
    const key = pick(8) === 0 ? KEYS + n : pick(KEYS);
    const row: Row = [n, key, pick(KEYS), n - pick(40), pick(5) === 0 ? null : 2 ** 40 * pick(9)];
    const edge = view.insertEdge(0, row, n);
    if (n > 0 && pick(20) === 0) view.undoInsert(edge);
    else rows.push(row);
    view.advanceWatermark(n - 50);
    if (isCompacted && n % 9000 === 8500) view.beginCompaction();
    view.proceed();
    if (n % 3500 === 0) {
      view.saveChanges((name, entry) => (entry === null ? saved.delete(name) : saved.set(name, entry)));
      const before = hashOf(view);
      if (pick(3) === 0) {
        view = new GraphView(plan, sampleColumns);
        view.restore(
          [...saved]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, entry]) => ({ key: name, bytes: entry })),
        );
        expect(hashOf(view)).toBe(before);
      }
      const kept = rows.slice(-2 * WINDOW);
      for (let vertex = 0; vertex < KEYS; vertex += 11) {
        expect(listed(view, vertex, 'out')).toEqual(expected(kept, n - 50 - WINDOW, vertex, 1, 2));
        expect(listed(view, vertex, 'in')).toEqual(expected(kept, n - 50 - WINDOW, vertex, 2, 1));
      }
      expect(view.findEdges(0, [rows.at(-1)?.[0] ?? null], [])).toBe(1);
      if (n > 2 * WINDOW) expect(view.findEdges(0, [rows[0]?.[0] ?? null], [])).toBe(0);
    }
    if (n === 3 * WINDOW) early = total(view);
  }
  return { view, early, saved: new Set(saved.keys()) };
}

describe('a graph view with a sliding window', () => {
  it.each([1, 2])('needs the memory of its window and no segment, also over restarts, seed %i', (seed) => {
    const { view, early, saved } = slide(seed, false);
    expect(view.describe().segmentBytes).toBe(0);
    expect(total(view)).toBeLessThan(1.2 * early);
    expect([...saved].filter((key) => key.startsWith('x/')).length).toBeLessThan(WINDOW / 4096 + 4);
  });

  it.each([3, 4])('shows the same while it is compacted, seed %i', (seed) => {
    const { view } = slide(seed, true);
    expect(view.describe().segmentBytes).toBeGreaterThan(0);
  });
});

function total(view: GraphView): number {
  const { columnBytes, adjacencyBytes, otherBytes } = view.describe();
  return (columnBytes as number) + (adjacencyBytes as number) + (otherBytes as number);
}
