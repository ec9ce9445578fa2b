import { lowerBound } from '../graph/neighbour-lists.ts';
import type { WalkedLists } from '../kernels/temporal-paths.ts';
import type { JobContext } from './job-context.ts';

/** Every edge at the vertex stays. */
const ALL = -1;

/**
 * KEEP LATEST n: of the edges that leave a vertex in written direction under a pattern and pass its label and WHERE,
 * the n greatest by (event time, key). Found once for each vertex and kept until `clear`.
 */
export class KeepLatest {
  private readonly count: number;
  private readonly walked: readonly WalkedLists[];
  private readonly passes: (edge: number) => boolean;
  private readonly context: JobContext;
  /** The least edge that stays, by vertex. */
  private readonly least = new Map<number, number>();

  /** `walked`: lists of the edges from their left vertex; `passes`: the pattern's WHERE. */
  constructor(
    count: number,
    walked: readonly WalkedLists[],
    passes: (edge: number) => boolean,
    context: JobContext,
  ) {
    this.count = count;
    this.walked = walked;
    this.passes = passes;
    this.context = context;
  }

  /** Forgets all: the graph or the predicate's variables have changed. */
  clear(): void {
    if (this.least.size > 0) this.least.clear();
  }

  /** Whether the edge, which passes, stays at its left vertex. False once the budget is spent. */
  allows(edge: number, left: number): boolean {
    if (this.isFew(left)) return true;
    let least = this.least.get(left);
    if (least === undefined) {
      least = this.leastKept(left);
      this.least.set(left, least);
    }
    return (
      least === ALL || (!this.context.budget.stopped && this.context.graph.compareEdges(edge, least) >= 0)
    );
  }

  /** Whether no more than `count` live edges leave the vertex at all. */
  private isFew(vertex: number): boolean {
    let entries = 0;
    for (const { lists } of this.walked) entries += lists.degree(vertex);
    if (entries <= this.count) return true;
    entries = 0;
    for (const { lists, floor } of this.walked) {
      const first = lists.open(vertex);
      entries += lists.end - lowerBound(lists.times, first, lists.end, floor());
    }
    return entries <= this.count;
  }

  private leastKept(vertex: number): number {
    const { graph } = this.context;
    const found: number[] = [];
    for (const walked of this.walked) this.collect(walked, vertex, found);
    if (found.length <= this.count) return ALL;
    found.sort((a, b) => graph.compareEdges(b, a));
    return found[this.count - 1] as number;
  }

  /** Adds the latest passing edges of one list, newest first, until one more than can stay is there. */
  private collect({ lists, floor, skipLoops }: WalkedLists, vertex: number, found: number[]): void {
    const first = lists.open(vertex);
    let at = lists.end;
    const floorHere = floor();
    let taken = 0;
    let cut = Number.NEGATIVE_INFINITY;
    while (--at >= first) {
      const time = lists.times[2 * at] as number;
      if (time < floorHere || (taken > this.count && time < cut)) return;
      if (!this.context.budget.spend(1)) return;
      if (skipLoops && lists.words[4 * at + 2] === vertex) continue;
      const edge = lists.words[4 * at + 3] as number;
      if (!this.passes(edge)) continue;
      found.push(edge);
      // Edges without event time stand at the tail, but come last in the order.
      if (time !== Number.POSITIVE_INFINITY && ++taken === this.count) cut = time;
    }
  }
}
