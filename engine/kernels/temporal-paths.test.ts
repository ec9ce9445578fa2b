import { describe, expect, it } from '@jest/globals';
import { random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { GraphView } from '../graph/graph-view.ts';
import { TemporalPaths, type WalkedLists } from './temporal-paths.ts';
import { WorkBudget } from './work-budget.ts';

interface Edge {
  readonly source: number;
  readonly destination: number;
  readonly time: number;
  readonly id: number;
}

interface Case {
  readonly from: number;
  /** -1: open. */
  readonly to: number;
  readonly min: number;
  readonly max: number;
  readonly lowest: number;
  readonly below: number;
  readonly within: number;
  readonly distinct: boolean;
  readonly undirected: boolean;
}

/** Every ascending walk by definition, as "vertex edge vertex …". */
function naive(edges: readonly Edge[], search: Case): string[] {
  const found: string[] = [];
  const extend = (vertices: number[], path: Edge[]): void => {
    const at = vertices.at(-1) as number;
    const first = path[0]?.time ?? 0;
    const ascends = path.every((edge, n) => n === 0 || (path[n - 1] as Edge).time < edge.time);
    if (!ascends || path.some(({ time }) => time - first > search.within)) return;
    const closed = path.length > 0 && vertices[0] === at;
    const inner = closed ? vertices.slice(1) : vertices;
    if (search.distinct && new Set(inner).size < inner.length) return;
    if (path.length >= search.min && (search.to < 0 || at === search.to)) {
      found.push(
        vertices
          .map((vertex, n) => `${vertex}${n < path.length ? ` -${(path[n] as Edge).id}- ` : ''}`)
          .join(''),
      );
    }
    if (path.length === search.max) return;
    for (const edge of edges) {
      if (edge.time < search.lowest || edge.time >= search.below) continue;
      if (edge.source === at) extend([...vertices, edge.destination], [...path, edge]);
      else if (search.undirected && edge.destination === at)
        extend([...vertices, edge.source], [...path, edge]);
    }
  };
  extend([search.from], []);
  return found.sort();
}

function build(edges: readonly Edge[], links: boolean): GraphView {
  const view = new GraphView(sampleGraph({ links, retainMicros: null }), sampleColumns);
  for (const { id, source, destination, time } of edges)
    view.insertEdge(0, [id, source, destination, time, 1], id);
  return view;
}

function walked(view: GraphView, direction: 'out' | 'in', undirected: boolean): WalkedLists[] {
  const floor = () => Number.NEGATIVE_INFINITY;
  const first = { lists: view.lists(0, direction), floor, skipLoops: false };
  if (!undirected) return [first];
  return [first, { lists: view.lists(0, direction === 'out' ? 'in' : 'out'), floor, skipLoops: true }];
}

function searched(view: GraphView, search: Case, backward: boolean): string[] {
  const found: string[] = [];
  const [near, far] = backward ? [search.to, search.from] : [search.from, search.to];
  const kernel = new TemporalPaths(
    8,
    walked(view, backward ? 'in' : 'out', search.undirected),
    walked(view, backward ? 'out' : 'in', search.undirected),
    null,
    new WorkBudget(1e9),
    (hops) => {
      const vertices = [...kernel.vertices.subarray(0, hops + 1)].map((vertex) => view.vertexKey(vertex));
      const edges = [...kernel.edges.subarray(0, hops)].map((edge) => String(view.edgeProperty(edge, 0)));
      if (backward) {
        vertices.reverse();
        edges.reverse();
      }
      found.push(vertices.map((vertex, n) => `${vertex}${n < hops ? ` -${edges[n]}- ` : ''}`).join(''));
    },
  );
  const start = view.findVertex(0, [near]);
  const target = far < 0 ? -1 : view.findVertex(0, [far]);
  if (start < 0 || (far >= 0 && target < 0)) return [];
  const { min, max, lowest, below, within, distinct } = search;
  Object.assign(kernel.query, { start, target, min, max, lowest, below, within, distinct, closing: start });
  if (backward) kernel.runBackward();
  else kernel.runForward();
  return found.sort();
}

function randomEdges(pick: (n: number) => number, count: number, vertices: number, span: number): Edge[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    source: pick(vertices),
    destination: pick(vertices),
    time: pick(span),
  }));
}

describe('temporal paths', () => {
  it.each(Array.from({ length: 40 }, (_, n) => n + 1))('equal a naive enumeration, seed %i', (seed) => {
    const pick = random(seed);
    const vertices = 3 + pick(6);
    const edges = randomEdges(pick, 8 + pick(40), vertices, 10 + pick(60));
    const view = build(edges, seed % 2 === 0);
    for (let n = 0; n < 12; n++) {
      const min = 1 + pick(2);
      const search: Case = {
        from: pick(vertices),
        to: pick(vertices),
        min,
        max: min + pick(4),
        lowest: pick(3) === 0 ? Number.NEGATIVE_INFINITY : pick(20),
        below: pick(3) === 0 ? Number.POSITIVE_INFINITY : 20 + pick(40),
        within: pick(2) === 0 ? Number.POSITIVE_INFINITY : pick(40),
        distinct: pick(2) === 0,
        undirected: pick(4) === 0,
      };
      expect(searched(view, search, true)).toEqual(naive(edges, search));
      const openEnd = { ...search, to: -1 };
      if (view.findVertex(0, [search.from]) >= 0)
        expect(searched(view, openEnd, false)).toEqual(naive(edges, openEnd));
    }
  });

  it('stops where the budget ends, and says so', () => {
    const edges = randomEdges(random(5), 60, 4, 100);
    const view = build(edges, false);
    const run = (total: number) => {
      const budget = new WorkBudget(total);
      let paths = 0;
      const kernel = new TemporalPaths(
        8,
        walked(view, 'in', false),
        walked(view, 'out', false),
        null,
        budget,
        () => {
          paths++;
        },
      );
      Object.assign(kernel.query, {
        start: view.findVertex(0, [0]),
        target: view.findVertex(0, [1]),
        max: 6,
      });
      kernel.runBackward();
      return { paths, visited: budget.visited, stopped: budget.stopped };
    };
    const whole = run(1e9);
    expect(whole.stopped).toBe(false);
    expect(run(whole.visited)).toEqual(whole);
    const cut = run(whole.visited - 1);
    expect(cut.stopped).toBe(true);
    expect(cut.visited).toBe(whole.visited - 1);
    expect(run(10).visited).toBe(10);
  });
});
