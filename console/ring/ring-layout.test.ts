import { describe, expect, test } from '@jest/globals';
import type { Point, RingLayout } from './drawing-place.ts';
import type { GraphEdge, RingGraph } from './ring-graph.ts';
import { gridCells, layoutRing } from './ring-layout.ts';

function graphOf(edges: readonly (readonly [from: string, to: string, closing?: boolean])[]): RingGraph {
  const keys = [...new Set(edges.flatMap((edge) => edge.slice(0, 2) as string[]))];
  return {
    vertices: keys.map((key) => ({ key, properties: {} })),
    edges: edges.map(
      ([from, to, closing = false], hop): GraphEdge => ({
        key: `e${hop}`,
        from,
        to,
        closing,
        hop,
        amount: null,
        time: null,
      }),
    ),
  };
}

function ringOf(length: number): RingGraph {
  return graphOf(
    Array.from({ length }, (_, n) => [`v${n}`, `v${(n + 1) % length}`, n === length - 1] as const),
  );
}

/** Vertices are at most 110 wide and 36 high: no two may share a place. */
function overlaps(layout: RingLayout): string[] {
  const places = [...layout.vertices];
  return places.flatMap(([key, a], n) =>
    places
      .slice(n + 1)
      .filter(([, b]) => Math.abs(a.x - b.x) < 64 && Math.abs(a.y - b.y) < 44)
      .map(([other]) => `${key} ${other}`),
  );
}

function crosses(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point): number =>
    Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

describe('the layout of one ring', () => {
  test.each(Array.from({ length: 49 }, (_, n) => n + 2))(
    'of %i vertices keeps them apart and places every edge',
    (length) => {
      const graph = ringOf(length);
      const layout = layoutRing(graph, 1);
      expect(layout.vertices.size).toBe(length);
      expect(layout.edges.size).toBe(length);
      expect(overlaps(layout)).toEqual([]);
      for (const { x, y } of [
        ...layout.vertices.values(),
        ...[...layout.edges.values()].map(({ label }) => label),
      ]) {
        expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
      }
    },
  );

  test.each([12, 17, 23, 31, 48, 50])('of %i vertices crosses no line of its own', (length) => {
    const { vertices, edges } = layoutRing(ringOf(length), 1);
    const graph = ringOf(length);
    const lines = graph.edges.map(({ from, to }) => [vertices.get(from)!, vertices.get(to)!] as const);
    const crossing = lines.flatMap(([a, b], n) => lines.slice(n + 1).filter(([c, d]) => crosses(a, b, c, d)));
    expect(crossing).toEqual([]);
    expect(edges.size).toBe(length);
  });

  test('is the same for the same graph', () => {
    expect(layoutRing(ringOf(7), 1)).toEqual(layoutRing(ringOf(7), 1));
  });

  test('begins at the top and goes clockwise', () => {
    const { vertices } = layoutRing(ringOf(4), 1);
    expect(vertices.get('v0')!.y).toBeLessThan(vertices.get('v2')!.y);
    expect(vertices.get('v1')!.x).toBeGreaterThan(vertices.get('v3')!.x);
  });

  test('keeps the labels of parallel edges apart', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a', true],
    ]);
    const labels = [...layoutRing(graph, 1).edges.values()].slice(0, 3).map(({ label }) => label);
    for (const [n, a] of labels.entries()) {
      for (const b of labels.slice(n + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(30);
    }
  });

  test('draws an edge from a vertex to itself', () => {
    const { edges } = layoutRing(graphOf([['a', 'a', true]]), 1);
    expect(edges.get('e0')!.bends.length).toBe(2);
  });
});

describe('the cells of a long ring', () => {
  test.each(Array.from({ length: 60 }, (_, n) => n + 11))('are %i, each once', (length) => {
    const cells = gridCells(length);
    expect(cells.length).toBe(length);
    expect(new Set(cells.map(({ column, row }) => `${column} ${row}`)).size).toBe(length);
  });
});

describe('the layout of several paths', () => {
  test('flows to the right, and closes from the right end back to the left', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['b', 'd'],
      ['a', 'c'],
      ['c', 'd'],
      ['a', 'd'],
      ['d', 'a', true],
    ]);
    const layout = layoutRing(graph, 3);
    const x = (key: string): number => layout.vertices.get(key)!.x;
    expect([x('a'), x('b'), x('c'), x('d')]).toEqual([0, x('b'), x('b'), 2 * x('b')]);
    expect(overlaps(layout)).toEqual([]);
    // The long edge from a to d goes around b and c: it has a lane of its own.
    expect(layout.edges.get('e4')!.bends.length).toBe(1);
    const lowest = Math.max(...[...layout.vertices.values()].map(({ y }) => y));
    expect(layout.edges.get('e5')!.label.y).toBeGreaterThan(lowest);
  });

  test('of fifty vertices in ten layers keeps them apart', () => {
    const graph = graphOf(
      Array.from({ length: 45 }, (_, n) => [
        [`v${n}`, `v${n + 5}`] as const,
        [`v${n}`, `v${Math.min(49, n + 6)}`] as const,
      ]).flat(),
    );
    expect(overlaps(layoutRing(graph, 5))).toEqual([]);
  });

  test('takes a circle that no edge closes', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ]);
    expect(layoutRing(graph, 2).vertices.size).toBe(3);
  });
});
