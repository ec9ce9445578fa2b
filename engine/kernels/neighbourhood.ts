import { lowerBound } from '../graph/neighbour-lists.ts';
import type { WalkedLists } from './temporal-paths.ts';
import type { ReadVertices, WorkBudget } from './work-budget.ts';

/** Vertices in the order they were reached, and the edges between them by vertex in that order. */
export interface Neighbourhood {
  readonly vertices: readonly number[];
  readonly edges: readonly number[];
}

/**
 * All vertices within `hops` edges of `centre`, either way, and every live edge between two of them, found a whole
 * hop at a time. `out` and `into` are the lists of all edge tables. Each entry is read once; of what `outReads` and
 * `inReads` have seen it is not counted. A spent budget leaves what was found so far.
 */
export function neighbourhood(
  centre: number,
  hops: number,
  out: readonly WalkedLists[],
  into: readonly WalkedLists[],
  budget: WorkBudget,
  outReads: ReadVertices = budget.reads(),
  inReads: ReadVertices = budget.reads(),
): Neighbourhood {
  const within = new Set([centre]);
  // Edges of the vertices that were gone through, whose other ends may come to be within later.
  const leaving: { readonly edge: number; readonly neighbour: number }[] = [];
  let frontier = [centre];
  for (let hop = 0; hop < hops && frontier.length > 0; hop++) {
    const next: number[] = [];
    const reach = (neighbour: number) => {
      if (within.has(neighbour)) return;
      within.add(neighbour);
      next.push(neighbour);
    };
    const leave = (neighbour: number, edge: number) => {
      reach(neighbour);
      leaving.push({ edge, neighbour });
    };
    for (const vertex of frontier) {
      visit(vertex, out, budget, outReads, leave);
      visit(vertex, into, budget, inReads, reach);
    }
    frontier = next;
  }
  for (const vertex of frontier)
    visit(vertex, out, budget, outReads, (neighbour, edge) => leaving.push({ edge, neighbour }));
  const edges = leaving.filter(({ neighbour }) => within.has(neighbour)).map(({ edge }) => edge);
  return { vertices: [...within], edges };
}

/** Calls `see` for each live entry of the vertex, until the budget ends. */
function visit(
  vertex: number,
  walked: readonly WalkedLists[],
  budget: WorkBudget,
  reads: ReadVertices,
  see: (neighbour: number, edge: number) => void,
): void {
  if (budget.stopped) return;
  const isFirst = reads.isFirst(vertex);
  for (const { lists, floor } of walked) {
    const first = lists.open(vertex);
    const { end, times, words } = lists;
    for (let at = lowerBound(times, first, end, floor()); at < end; at++) {
      if (!(isFirst ? budget.spend(1) : budget.tryHops(1))) return;
      see(words[4 * at + 2] as number, words[4 * at + 3] as number);
    }
  }
}
