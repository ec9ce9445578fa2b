import { lowerBound } from '../graph/adjacency.ts';
import type { WalkedLists } from './temporal-paths.ts';
import type { WorkBudget } from './work-budget.ts';

/** Vertices in the order they were reached, and the edges between them by vertex in that order. */
export interface Neighbourhood {
  readonly vertices: readonly number[];
  readonly edges: readonly number[];
}

/**
 * All vertices within `hops` edges of `centre`, either way, and every live edge between two of them, found a whole
 * hop at a time. `out` and `into` are the lists of all edge tables. A spent budget leaves what was found so far.
 */
export function neighbourhood(
  centre: number,
  hops: number,
  out: readonly WalkedLists[],
  into: readonly WalkedLists[],
  budget: WorkBudget,
): Neighbourhood {
  const within = new Set([centre]);
  let frontier = [centre];
  for (let hop = 0; hop < hops && frontier.length > 0; hop++) {
    const next: number[] = [];
    for (const vertex of frontier) {
      const reach = (neighbour: number) => {
        if (within.has(neighbour)) return;
        within.add(neighbour);
        next.push(neighbour);
      };
      if (!visit(vertex, out, budget, reach) || !visit(vertex, into, budget, reach)) break;
    }
    frontier = next;
  }
  const edges: number[] = [];
  const vertices = [...within];
  for (const vertex of vertices) {
    const inside = (neighbour: number, edge: number) => {
      if (within.has(neighbour)) edges.push(edge);
    };
    if (!visit(vertex, out, budget, inside)) break;
  }
  return { vertices, edges };
}

/** Calls `see` for each live entry of the vertex; false when the budget ended. */
function visit(
  vertex: number,
  walked: readonly WalkedLists[],
  budget: WorkBudget,
  see: (neighbour: number, edge: number) => void,
): boolean {
  for (const { lists, floor } of walked) {
    const first = lists.open(vertex);
    const { end, times, words } = lists;
    for (let at = lowerBound(times, first, end, floor()); at < end; at++) {
      if (!budget.spend(1)) return false;
      see(words[4 * at + 2] as number, words[4 * at + 3] as number);
    }
  }
  return true;
}
