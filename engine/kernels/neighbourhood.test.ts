import { describe, expect, it } from '@jest/globals';
import { random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { GraphView } from '../graph/graph-view.ts';
import { neighbourhood } from './neighbourhood.ts';
import type { WalkedLists } from './temporal-paths.ts';
import { WorkBudget } from './work-budget.ts';

function lists(view: GraphView, direction: 'out' | 'in'): WalkedLists[] {
  return [0, 1].map((table) => ({
    lists: view.lists(table, direction),
    floor: () => view.edgeHorizon(table),
    skipLoops: false,
  }));
}

describe('the neighbourhood of a vertex', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('equals its definition, seed %i', (seed) => {
    const pick = random(seed);
    const view = new GraphView(sampleGraph({ links: true, retainMicros: 30 }), sampleColumns);
    const edges = Array.from({ length: 60 }, (_, id) => ({
      id,
      table: pick(2),
      ends: [pick(30), pick(30)],
      at: id,
    }));
    for (const { id, table, ends, at } of edges) {
      view.insertEdge(table, table === 0 ? [id, ...ends, at, 1] : [`${id}`, ...ends, 1], id);
    }
    view.advanceWatermark(50);
    const live = edges.filter(({ table, at }) => table === 1 || at >= 20);
    for (const centre of new Set(live.flatMap(({ ends }) => ends))) {
      const hops = pick(4);
      const within = new Set([centre]);
      for (let hop = 0; hop < hops; hop++) {
        for (const { ends } of live.filter((edge) => edge.ends.some((end) => within.has(end)))) {
          for (const end of ends) within.add(end + 1000);
        }
        for (const vertex of [...within])
          if (vertex >= 1000) within.delete(vertex) && within.add(vertex - 1000);
      }
      const budget = new WorkBudget(1e6);
      const found = neighbourhood(
        view.findVertex(0, [centre]),
        hops,
        lists(view, 'out'),
        lists(view, 'in'),
        budget,
      );
      expect(found.vertices.map((vertex) => Number(view.vertexKey(vertex))).sort((a, b) => a - b)).toEqual(
        [...within].sort((a, b) => a - b),
      );
      const between = live.filter(({ ends }) => ends.every((end) => within.has(end)));
      expect(found.edges.map((edge) => Number(view.edgeProperty(edge, 0))).sort((a, b) => a - b)).toEqual(
        between.map(({ id }) => id),
      );
    }
  });
});
