import { assert } from '../../core/assert.ts';
import type { HopSource } from './hop-source.ts';
import type { BlockedVertices } from './temporal-paths.ts';
import type { WorkBudget } from './work-budget.ts';

/** One search; the fields are the caller's to set before each run. */
export interface BoundedQuery {
  start: number;
  /** The vertex at the other end; -1 leaves it open. */
  target: number;
  /** Fewest and most hops, 1 <= min <= max. */
  min: number;
  max: number;
  /** No inner vertex may repeat, be an end, or be blocked. */
  distinct: boolean;
  /** No edge may repeat. */
  trail: boolean;
  /** Vertices that neither inner ones nor an open end may be, with `distinct`. */
  blocked: BlockedVertices;
  /** With `distinct` and an open end: the vertex that the end may be although it is taken; -1 for none. */
  closing: number;
  /** Edges that may not be used. */
  used: readonly number[];
}

/**
 * Paths of bounded length from `start`, hop by hop over a HopSource, depth first in list order. With both ends given
 * the search goes only where the target can still be reached: distances are found by breadth-first search from both
 * ends, the cheaper frontier first, so that a dense graph costs little when there is no path. Exact. Ours.
 */
export class BoundedPaths {
  readonly query: BoundedQuery = {
    start: -1,
    target: -1,
    min: 1,
    max: 1,
    distinct: false,
    trail: false,
    blocked: { values: [], count: 0 },
    closing: -1,
    used: [],
  };
  /** Edges (merged: arrays of edges) of the path found, from the start outward. */
  readonly edges: (number | readonly number[])[] = [];
  /** Vertices of the path found, from the start outward: vertices[0] is the start. */
  readonly vertices: number[] = [];
  private readonly onward: HopSource;
  private readonly back: HopSource;
  private readonly admits: ((edge: number, depth: number) => boolean) | null;
  private readonly budget: WorkBudget;
  private readonly found: (hops: number) => void;
  /** Hops from a vertex to the target; without an entry it is too far. */
  private toTarget = new Map<number, number>();

  /**
   * `onward` gives hops away from the start, `back` those toward it (it need not merge). `admits` is asked in path
   * order for each edge with its place in the path; null for always. `found` is told the hops of each path; `edges`
   * and `vertices` hold it during the call.
   */
  constructor(
    onward: HopSource,
    back: HopSource,
    admits: ((edge: number, depth: number) => boolean) | null,
    budget: WorkBudget,
    found: (hops: number) => void,
  ) {
    this.onward = onward;
    this.back = back;
    this.admits = admits;
    this.budget = budget;
    this.found = found;
  }

  /** Finds every path; with the budget spent, those over hops that are known. Ends when `found` ends the job. */
  run(): void {
    const { start, target, min, max } = this.query;
    assert(min >= 1 && max >= min, 'a path has a hop');
    if (target >= 0) {
      this.toTarget = this.distances(start, target, max);
      if (this.budget.stopped) return;
    }
    this.vertices[0] = start;
    this.extend(start, 0);
  }

  private extend(from: number, depth: number): void {
    const { target, min, max, distinct, closing } = this.query;
    const { neighbours, edges } = this.onward.of(from);
    const hops = depth + 1;
    for (let n = 0; n < neighbours.length; n++) {
      if (!this.budget.tryHops(1)) return;
      const vertex = neighbours[n] as number;
      if (target >= 0 && (this.toTarget.get(vertex) ?? max) > max - hops) continue;
      const ends = target >= 0 ? vertex === target : vertex === closing;
      if (distinct && !ends && this.isTaken(vertex, depth)) continue;
      const edge = edges[n] as number | readonly number[];
      if (this.isUsed(edge, depth)) continue;
      if (this.admits !== null && !this.admits(edge as number, depth)) continue;
      this.edges[depth] = edge;
      this.vertices[hops] = vertex;
      if (hops >= min && (target < 0 || ends)) {
        this.found(hops);
        if (this.budget.ended) return;
      }
      if (hops === max || (distinct && ends)) continue;
      this.extend(vertex, hops);
      if (this.budget.ended) return;
    }
  }

  private isTaken(vertex: number, depth: number): boolean {
    for (let n = 0; n <= depth; n++) if (this.vertices[n] === vertex) return true;
    const { values, count } = this.query.blocked;
    for (let n = 0; n < count; n++) if (values[n] === vertex) return true;
    return false;
  }

  private isUsed(edge: number | readonly number[], depth: number): boolean {
    const { used, trail } = this.query;
    if (!trail && used.length === 0) return false;
    if (typeof edge !== 'number') return edge.some((one) => this.isUsed(one, depth));
    if (used.includes(edge)) return true;
    if (!trail) return false;
    for (let n = 0; n < depth; n++) {
      const before = this.edges[n] as number | readonly number[];
      if (typeof before === 'number' ? before === edge : before.includes(edge)) return true;
    }
    return false;
  }

  /**
   * Hops to the target of every vertex after the first that can lie on a path of at most `max` hops, and of some others.
   * The two frontiers meet in the middle; then the target's goes on inside what the start's has reached.
   */
  private distances(start: number, target: number, max: number): Map<number, number> {
    const fromStart = new Map([[start, 0]]);
    const toTarget = new Map([[target, 0]]);
    let near = [start];
    let far = [target];
    let ahead = 0;
    let behind = 0;
    // One hop less than `max`: the first one is the start's own list, which is read anyway.
    while (ahead + behind < max - 1 && near.length > 0 && far.length > 0) {
      if (this.costOf(near, this.onward) < this.costOf(far, this.back)) {
        near = this.frontier(near, this.onward, fromStart, ++ahead, null, max);
      } else {
        far = this.frontier(far, this.back, toTarget, ++behind, null, max);
      }
      if (this.budget.stopped) return toTarget;
    }
    while (behind < max - 1 && far.length > 0) {
      far = this.frontier(far, this.back, toTarget, ++behind, fromStart, max);
      if (this.budget.stopped) return toTarget;
    }
    return toTarget;
  }

  private costOf(frontier: readonly number[], hops: HopSource): number {
    let cost = 0;
    for (const vertex of frontier) cost += hops.cost(vertex);
    return cost;
  }

  /** The next frontier: vertices not seen before; within `limit`, where given, only those that `start` reaches in time. */
  private frontier(
    frontier: readonly number[],
    hops: HopSource,
    seen: Map<number, number>,
    distance: number,
    limit: ReadonlyMap<number, number> | null,
    max: number,
  ): number[] {
    const next: number[] = [];
    for (const vertex of frontier) {
      for (const neighbour of hops.of(vertex).neighbours) {
        if (seen.has(neighbour)) continue;
        if (limit !== null && (limit.get(neighbour) ?? max) > max - distance) continue;
        seen.set(neighbour, distance);
        next.push(neighbour);
      }
      if (this.budget.stopped) return next;
    }
    return next;
  }
}
