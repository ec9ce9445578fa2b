import { lowerBound } from '../graph/neighbour-lists.ts';
import type { WalkedLists } from './temporal-paths.ts';
import type { ReadVertices, WorkBudget } from './work-budget.ts';

/** The hops that leave a vertex, in list order. */
export interface Hops {
  readonly neighbours: readonly number[];
  /** The edge of each hop; merged: its edges in their order. */
  readonly edges: readonly (number | readonly number[])[];
}

/** What a source of hops lets through and how it joins parallel edges. */
export interface HopOptions {
  /** A predicate over an edge, the vertex the search comes from and the one it leads to; null for none. */
  readonly accepts: ((edge: number, from: number, to: number) => boolean) | null;
  /** Orders the edges of a merged hop; null leaves every edge a hop of its own. */
  readonly mergedBy: ((a: number, b: number) => number) | null;
}

const NO_HOPS: Hops = { neighbours: [], edges: [] };

/**
 * The hops at a vertex that pass a predicate, found once for each vertex and kept until `clear`: dense graphs meet
 * the same vertex many times in one job. Each entry looked at is counted in the budget once a job.
 */
export class HopSource {
  private readonly walked: readonly WalkedLists[];
  private readonly options: HopOptions;
  private readonly budget: WorkBudget;
  private readonly reads: ReadVertices;
  private readonly known = new Map<number, Hops>();

  constructor(walked: readonly WalkedLists[], options: HopOptions, budget: WorkBudget) {
    this.walked = walked;
    this.options = options;
    this.budget = budget;
    this.reads = budget.reads();
  }

  /** Forgets all: the graph, the predicate or the budget is another. */
  clear(): void {
    this.known.clear();
  }

  /** Entries that may be looked at for the vertex, itself cheap to know; 0 once its hops are kept. */
  cost(vertex: number): number {
    if (this.known.has(vertex)) return 0;
    let entries = 0;
    for (const { lists, floor } of this.walked) {
      const first = lists.open(vertex);
      entries += lists.end - lowerBound(lists.times, first, lists.end, floor());
    }
    return entries;
  }

  /**
   * The budget spent, hops are those found so far, and none of a vertex whose parallel edges were not all seen. What is
   * known may be asked for all the same.
   */
  of(vertex: number): Hops {
    const known = this.known.get(vertex);
    if (known !== undefined) return known;
    const found = this.collect(vertex);
    const { mergedBy } = this.options;
    let hops: Hops = found;
    if (mergedBy !== null) hops = found.isWhole ? merge(found, mergedBy) : NO_HOPS;
    this.known.set(vertex, hops);
    return hops;
  }

  private collect(vertex: number): { neighbours: number[]; edges: number[]; isWhole: boolean } {
    const neighbours: number[] = [];
    const edges: number[] = [];
    const { accepts } = this.options;
    const isFirst = this.reads.isFirst(vertex);
    for (const { lists, floor, skipLoops } of this.walked) {
      const first = lists.open(vertex);
      const { end, times, words } = lists;
      for (let at = lowerBound(times, first, end, floor()); at < end; at++) {
        const isPaid = isFirst ? this.budget.spend(1) : this.budget.tryHops(1);
        if (!isPaid) return { neighbours, edges, isWhole: false };
        const neighbour = words[4 * at + 2] as number;
        const edge = words[4 * at + 3] as number;
        if (skipLoops && neighbour === vertex) continue;
        if (accepts !== null && !accepts(edge, vertex, neighbour)) continue;
        neighbours.push(neighbour);
        edges.push(edge);
      }
    }
    return { neighbours, edges, isWhole: true };
  }
}

function merge(
  hops: { neighbours: number[]; edges: number[] },
  compare: (a: number, b: number) => number,
): Hops {
  const places = new Map<number, number>();
  const neighbours: number[] = [];
  const merged: number[][] = [];
  hops.neighbours.forEach((neighbour, n) => {
    const place = places.get(neighbour);
    if (place !== undefined) {
      (merged[place] as number[]).push(hops.edges[n] as number);
      return;
    }
    places.set(neighbour, neighbours.length);
    neighbours.push(neighbour);
    merged.push([hops.edges[n] as number]);
  });
  for (const edges of merged) if (edges.length > 1) edges.sort(compare);
  return { neighbours, edges: merged };
}
