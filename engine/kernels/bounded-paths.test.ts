import { describe, expect, it } from '@jest/globals';
import { random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { GraphView } from '../graph/graph-view.ts';
import { BoundedPaths } from './bounded-paths.ts';
import { HopSource } from './hop-source.ts';
import type { WalkedLists } from './temporal-paths.ts';
import { WorkBudget } from './work-budget.ts';

interface Edge {
  readonly source: number;
  readonly destination: number;
  readonly id: number;
  readonly open: boolean;
}

interface Case {
  readonly from: number;
  readonly to: number;
  readonly min: number;
  readonly max: number;
  readonly distinct: boolean;
  readonly trail: boolean;
  readonly merged: boolean;
  readonly undirected: boolean;
  readonly used: readonly number[];
}

/** Hops by definition: [edges, vertex reached]. */
function hopsAt(edges: readonly Edge[], at: number, { merged, undirected }: Case): [number[], number][] {
  const single = edges
    .filter(({ source, destination, open }) => open && (source === at || (undirected && destination === at)))
    .map(({ id, source, destination }): [number[], number] => [[id], source === at ? destination : source]);
  if (!merged) return single;
  return [...new Set(single.map(([, to]) => to))].map((to) => [
    single.filter(([, other]) => other === to).flatMap(([ids]) => ids),
    to,
  ]);
}

/** Every path by definition, as text. */
function naive(edges: readonly Edge[], search: Case): string[] {
  const found: string[] = [];
  const extend = (vertices: number[], path: number[][]): void => {
    const closed = path.length > 0 && vertices[0] === vertices.at(-1);
    const inner = closed ? vertices.slice(1) : vertices;
    const flat = path.flat();
    if (search.distinct && new Set(inner).size < inner.length) return;
    if (search.trail && new Set(flat).size < flat.length) return;
    if (flat.some((edge) => search.used.includes(edge))) return;
    if (path.length >= search.min && (search.to < 0 || vertices.at(-1) === search.to))
      found.push(textOf(vertices, path));
    if (path.length === search.max) return;
    for (const [ids, to] of hopsAt(edges, vertices.at(-1) as number, search))
      extend([...vertices, to], [...path, ids]);
  };
  extend([search.from], []);
  return found.sort();
}

function textOf(vertices: readonly number[], path: readonly (readonly number[])[]): string {
  return vertices.map((vertex, n) => (n < path.length ? `${vertex} -${path[n]}- ` : `${vertex}`)).join('');
}

function searched(view: GraphView, search: Case): string[] {
  const found: string[] = [];
  const budget = new WorkBudget(1e9);
  const keyOf = (edge: number) => view.edgeProperty(edge, 0) as number;
  const source = (direction: 'out' | 'in', merges: boolean) => {
    const walked: WalkedLists[] = [];
    const floor = () => Number.NEGATIVE_INFINITY;
    walked.push({ lists: view.lists(0, direction), floor, skipLoops: false });
    const other = direction === 'out' ? 'in' : 'out';
    if (search.undirected) walked.push({ lists: view.lists(0, other), floor, skipLoops: true });
    const mergedBy = merges ? (a: number, b: number) => keyOf(a) - keyOf(b) : null;
    return new HopSource(walked, { accepts: (edge) => view.edgeProperty(edge, 4) === 1, mergedBy }, budget);
  };
  const kernel = new BoundedPaths(source('out', search.merged), source('in', false), null, budget, (hops) => {
    const path = kernel.edges
      .slice(0, hops)
      .map((edge) => (typeof edge === 'number' ? [edge] : edge).map(keyOf));
    const vertices = kernel.vertices.slice(0, hops + 1).map((vertex) => Number(view.vertexKey(vertex)));
    found.push(textOf(vertices, path));
  });
  const start = view.findVertex(0, [search.from]);
  const target = search.to < 0 ? -1 : view.findVertex(0, [search.to]);
  if (start < 0 || (search.to >= 0 && target < 0)) return [];
  const used = search.used.flatMap((key) => {
    const edges: number[] = [];
    edges.length = view.findEdges(0, [key], edges);
    return edges;
  });
  const { min, max, distinct, trail } = search;
  Object.assign(kernel.query, {
    start,
    target,
    min,
    max,
    distinct,
    trail,
    closing: target < 0 ? start : -1,
    used,
  });
  kernel.run();
  return found.sort();
}

describe('bounded paths', () => {
  it.each(Array.from({ length: 40 }, (_, n) => n + 1))('equal a naive enumeration, seed %i', (seed) => {
    const pick = random(seed);
    const vertices = 3 + pick(8);
    const edges = Array.from({ length: 5 + pick(16) }, (_, id): Edge => {
      return { id, source: pick(vertices), destination: pick(vertices), open: pick(5) > 0 };
    });
    const view = new GraphView(sampleGraph({ links: false, retainMicros: null }), sampleColumns);
    for (const { id, source, destination, open } of edges) {
      view.insertEdge(0, [id, source, destination, id, open ? 1 : 0], id);
    }
    for (let n = 0; n < 10; n++) {
      const min = 1 + pick(2);
      const search: Case = {
        from: pick(vertices),
        to: pick(4) === 0 ? -1 : pick(vertices),
        min,
        max: min + pick(4),
        distinct: pick(3) === 0,
        trail: pick(3) === 0,
        merged: pick(2) === 0,
        undirected: pick(4) === 0,
        used: pick(3) === 0 ? [0, 1] : [],
      };
      if (view.findVertex(0, [search.from]) >= 0)
        expect(searched(view, search)).toEqual(naive(edges, search));
    }
  });

  it('costs little in a dense graph when the target cannot be reached', () => {
    const view = new GraphView(sampleGraph({ links: false, retainMicros: null }), sampleColumns);
    let id = 0;
    for (let a = 0; a < 40; a++) for (let b = 0; b < 40; b++) view.insertEdge(0, [id, a, b, id++, 1], id);
    view.insertEdge(0, [id, 100, 0, id, 1], id + 1);
    const budget = new WorkBudget(1e9);
    const floor = () => Number.NEGATIVE_INFINITY;
    const source = (direction: 'out' | 'in') =>
      new HopSource(
        [{ lists: view.lists(0, direction), floor, skipLoops: false }],
        { accepts: null, mergedBy: null },
        budget,
      );
    let paths = 0;
    const kernel = new BoundedPaths(source('out'), source('in'), null, budget, () => {
      paths++;
    });
    const [start, target] = [view.findVertex(0, [0]), view.findVertex(0, [100])];
    Object.assign(kernel.query, { start, target, max: 7, distinct: true });
    kernel.run();
    expect(paths).toBe(0);
    expect(budget.visited).toBeLessThan(100);
  });
});
