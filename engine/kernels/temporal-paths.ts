import { assert } from '../../core/assert.ts';
import { lowerBound, type NeighbourLists } from '../graph/neighbour-lists.ts';
import type { WorkBudget } from './work-budget.ts';

/** Lists of one edge table and direction, as a search walks them. */
export interface WalkedLists {
  readonly lists: NeighbourLists;
  /** Entries before this time are invisible; asked at the start of each search. */
  readonly floor: () => number;
  /** Self-loops are left out: for the second direction of edges that match either way, so that each counts once. */
  readonly skipLoops: boolean;
}

/** Vertices that a path may not enter: the first `count` of `values`. */
export interface BlockedVertices {
  readonly values: readonly number[];
  readonly count: number;
}

/** One search; the fields are the caller's to set before each run. Times are microseconds. */
export interface TemporalQuery {
  /** The vertex that the search starts from: the path's last when searching backward, its first when forward. */
  start: number;
  /** The vertex at the other end; -1 leaves it open. */
  target: number;
  /** Fewest and most hops, 1 <= min <= max. */
  min: number;
  max: number;
  /** Every edge's time is at least this … */
  lowest: number;
  /** … and less than this. */
  below: number;
  /** Last minus first edge at most this, inclusive; +Infinity for no bound. */
  within: number;
  /** No inner vertex may repeat, be an end, or be blocked. Whether the ends may be equal is the caller's to say. */
  distinct: boolean;
  /** Vertices that neither inner ones nor an open end may be, with `distinct`. */
  blocked: BlockedVertices;
  /** With `distinct` and an open end: the vertex that the end may be although it is taken (a closed path); -1 for none. */
  closing: number;
}

/** Lists with more entries above the window than this are entered by binary search. */
const LINEAR_MAX = 16;
/** The other end's neighbours are remembered when they are this few. */
const NEAR_MAX = 8;

/**
 * Paths whose edges' event times strictly ascend, searched from `start` outward: backward from the last edge over
 * in-lists, newest entries first, or forward from the first edge over out-lists, oldest first. Exact. Iterative;
 * nothing is allocated by a run.
 *
 * With both ends given the backward search is pruned by the other end's first hop: no edge is older than the
 * target's oldest one in the window, and, where these are few, the last but one vertex is one of its neighbours.
 * Ours; without the pruning it is the backward search of the published reference for temporal cycles.
 */
export class TemporalPaths {
  readonly query: TemporalQuery = {
    start: -1,
    target: -1,
    min: 1,
    max: 1,
    lowest: Number.NEGATIVE_INFINITY,
    below: Number.POSITIVE_INFINITY,
    within: Number.POSITIVE_INFINITY,
    distinct: false,
    blocked: { values: [], count: 0 },
    closing: -1,
  };
  /** Edges of the path found, from the start outward. */
  readonly edges: Int32Array;
  /** Vertices of the path found, from the start outward: vertices[0] is the start. */
  readonly vertices: Int32Array;
  private readonly walked: readonly WalkedLists[];
  private readonly opposite: readonly WalkedLists[];
  private readonly accepts: ((edge: number, from: number, to: number) => boolean) | null;
  private readonly budget: WorkBudget;
  private readonly found: (hops: number) => void;
  private readonly floors: Float64Array;
  private readonly at: Int32Array;
  private readonly limits: Int32Array;
  private readonly listAt: Int32Array;
  private readonly times: Float64Array;
  private readonly near = new Int32Array(NEAR_MAX);
  private nearCount = 0;

  /**
   * `walked`: in-lists to search backward, out-lists to search forward; `opposite`: the other direction's.
   * `accepts`: a predicate over an edge, the vertex the search comes from and the one it leads to; null for none.
   * `found` is told the hops of each path; `edges` and `vertices` hold it during the call. `hopsMax`: no query asks
   * for more.
   */
  constructor(
    hopsMax: number,
    walked: readonly WalkedLists[],
    opposite: readonly WalkedLists[],
    accepts: ((edge: number, from: number, to: number) => boolean) | null,
    budget: WorkBudget,
    found: (hops: number) => void,
  ) {
    this.walked = walked;
    this.opposite = opposite;
    this.accepts = accepts;
    this.budget = budget;
    this.found = found;
    this.floors = new Float64Array(walked.length);
    this.edges = new Int32Array(hopsMax);
    this.vertices = new Int32Array(hopsMax + 1);
    this.at = new Int32Array(hopsMax);
    this.limits = new Int32Array(hopsMax);
    this.listAt = new Int32Array(hopsMax);
    this.times = new Float64Array(hopsMax + 1);
  }

  /** Finds every path, the latest edges first. Stops when the budget is spent or `found` stops it. */
  runBackward(): void {
    const { start, target, lowest, below, within, max } = this.query;
    assert(max <= this.edges.length, 'hops are within the limit');
    this.nearCount = -1;
    let lo = lowest;
    if (target >= 0) {
      lo = this.oldestFromTarget(lowest, below, within);
      if (lo === Number.POSITIVE_INFINITY) return;
    }
    for (let n = 0; n < this.walked.length; n++) {
      const floor = (this.walked[n] as WalkedLists).floor();
      this.floors[n] = Math.max(floor, lo);
    }
    this.vertices[0] = start;
    this.times[0] = below;
    this.searchBackward(lo);
  }

  /** Finds every path, the earliest edges first; the target is left open. */
  runForward(): void {
    assert(this.query.target < 0, 'forward searches leave their end open');
    for (let n = 0; n < this.walked.length; n++) {
      this.floors[n] = Math.max((this.walked[n] as WalkedLists).floor(), this.query.lowest);
    }
    this.vertices[0] = this.query.start;
    this.times[0] = Number.NEGATIVE_INFINITY;
    this.searchForward();
  }

  /**
   * The time of the target's oldest edge onward in the window, below which no edge of a path can be; +Infinity when
   * it has none. Remembers the neighbours of a short list.
   */
  private oldestFromTarget(lowest: number, below: number, within: number): number {
    const { opposite } = this;
    let oldest = Number.POSITIVE_INFINITY;
    for (let n = 0; n < opposite.length; n++) {
      const { lists, floor } = opposite[n] as WalkedLists;
      const first = lists.open(this.query.target);
      const end = lists.end;
      if (first === end) continue;
      const times = lists.times;
      const floorHere = floor();
      const lo = Math.max(floorHere, lowest);
      if ((times[2 * end - 2] as number) < lo) continue;
      let at = first;
      if ((times[2 * first] as number) < lo) at = lowerBound(times, first, end, lo);
      const time = times[2 * at] as number;
      if (time >= below) continue;
      if (time < oldest) oldest = time;
      // A window that moves with the path's last edge may begin anywhere: what is near is then not known.
      if (opposite.length === 1 && end - at <= NEAR_MAX && within === Number.POSITIVE_INFINITY) {
        const words = lists.words;
        for (let k = at; k < end; k++) this.near[k - at] = words[4 * k + 2] as number;
        this.nearCount = end - at;
      }
    }
    return oldest;
  }

  private isNear(vertex: number): boolean {
    for (let k = 0; k < this.nearCount; k++) if (this.near[k] === vertex) return true;
    return false;
  }

  private isTaken(vertex: number, depth: number): boolean {
    const vertices = this.vertices;
    for (let k = 0; k <= depth; k++) if (vertices[k] === vertex) return true;
    const { values, count } = this.query.blocked;
    for (let k = 0; k < count; k++) if (values[k] === vertex) return true;
    return false;
  }

  /** `depth` counts the edges chosen; the list being read belongs to vertices[depth]. */
  private searchBackward(lowest: number): void {
    const { target, min, max, within, distinct, closing } = this.query;
    const { budget, walked, floors, accepts } = this;
    const open = target < 0;
    const moving = within !== Number.POSITIVE_INFINITY;
    let depth = 0;
    let list = 0;
    let lo = lowest;
    let upper = this.times[0] as number;
    let source = (walked[0] as WalkedLists).lists;
    let skipLoops = (walked[0] as WalkedLists).skipLoops;
    let floor = floors[0] as number;
    let limit = source.open(this.vertices[0] as number);
    let at = source.end;
    let times = source.times;
    let words = source.words;
    if (at - limit > LINEAR_MAX && (times[2 * at - 2] as number) >= upper)
      at = lowerBound(times, limit, at, upper);
    for (;;) {
      if (at > limit) {
        at--;
        const time = times[2 * at] as number;
        if (time >= upper) continue;
        if (time >= floor && time >= lo) {
          if (budget.left === 0 && !budget.renew()) return;
          budget.left--;
          const vertex = words[4 * at + 2] as number;
          const hops = depth + 1;
          const last = hops >= max;
          if (vertex !== target && !open && (last || time === lo)) continue;
          if (skipLoops && vertex === this.vertices[depth]) continue;
          const edge = words[4 * at + 3] as number;
          const ends = vertex === target || (open && vertex === closing);
          if (!ends && distinct && this.isTaken(vertex, depth)) continue;
          if (accepts !== null && !accepts(edge, this.vertices[depth] as number, vertex)) continue;
          if (open || vertex === target) {
            this.edges[depth] = edge;
            this.vertices[hops] = vertex;
            if (hops >= min) {
              this.found(hops);
              if (budget.stopped) return;
            }
            if (last || (distinct && ends)) continue;
          }
          if (hops + 1 === max && this.nearCount >= 0 && !open && !this.isNear(vertex)) continue;
          this.edges[depth] = edge;
          this.at[depth] = at;
          this.limits[depth] = limit;
          this.listAt[depth] = list;
          depth = hops;
          this.vertices[depth] = vertex;
          this.times[depth] = time;
          if (depth === 1 && moving) lo = Math.max(time - within, lowest);
          upper = time;
          list = 0;
          source = (walked[0] as WalkedLists).lists;
          skipLoops = (walked[0] as WalkedLists).skipLoops;
          floor = floors[0] as number;
          limit = source.open(vertex);
          at = source.end;
          times = source.times;
          words = source.words;
          if (at - limit > LINEAR_MAX && (times[2 * at - 2] as number) >= upper) {
            at = lowerBound(times, limit, at, upper);
          }
          continue;
        }
      }
      list++;
      if (list < walked.length) {
        source = (walked[list] as WalkedLists).lists;
        limit = source.open(this.vertices[depth] as number);
        at = source.end;
        if (at - limit > LINEAR_MAX) at = lowerBound(source.times, limit, at, upper);
      } else {
        if (depth === 0) return;
        depth--;
        if (depth === 0) lo = lowest;
        at = this.at[depth] as number;
        limit = this.limits[depth] as number;
        list = this.listAt[depth] as number;
        upper = this.times[depth] as number;
        source = (walked[list] as WalkedLists).lists;
      }
      skipLoops = (walked[list] as WalkedLists).skipLoops;
      floor = floors[list] as number;
      times = source.times;
      words = source.words;
    }
  }

  /** As searchBackward, toward later edges. */
  private searchForward(): void {
    const { min, max, below, within, distinct, closing } = this.query;
    const { budget, walked, floors, accepts } = this;
    let depth = 0;
    let list = 0;
    let upper = below;
    let source = (walked[0] as WalkedLists).lists;
    let at = source.open(this.vertices[0] as number);
    let limit = source.end;
    at = lowerBound(source.times, at, limit, floors[0] as number);
    for (;;) {
      const time = at < limit ? (source.times[2 * at] as number) : Number.POSITIVE_INFINITY;
      if (at < limit && time < upper) {
        const vertex = source.words[4 * at + 2] as number;
        const edge = source.words[4 * at + 3] as number;
        at++;
        if (!budget.spend(1)) return;
        if ((walked[list] as WalkedLists).skipLoops && vertex === this.vertices[depth]) continue;
        if (distinct && vertex !== closing && this.isTaken(vertex, depth)) continue;
        if (accepts !== null && !accepts(edge, this.vertices[depth] as number, vertex)) continue;
        this.edges[depth] = edge;
        this.vertices[depth + 1] = vertex;
        if (depth + 1 >= min) {
          this.found(depth + 1);
          if (budget.stopped) return;
        }
        if (depth + 1 === max || (distinct && vertex === closing)) continue;
        this.at[depth] = at;
        this.limits[depth] = limit;
        this.listAt[depth] = list;
        depth++;
        this.times[depth] = time;
        if (depth === 1) upper = Math.min(below, time + within + 1);
        list = 0;
      } else if (list + 1 < walked.length) {
        list++;
      } else {
        if (depth === 0) return;
        depth--;
        if (depth === 0) upper = below;
        at = this.at[depth] as number;
        limit = this.limits[depth] as number;
        list = this.listAt[depth] as number;
        source = (walked[list] as WalkedLists).lists;
        continue;
      }
      source = (walked[list] as WalkedLists).lists;
      at = source.open(this.vertices[depth] as number);
      limit = source.end;
      const after = depth === 0 ? Number.NEGATIVE_INFINITY : (this.times[depth] as number) + 1;
      at = lowerBound(source.times, at, limit, Math.max(floors[list] as number, after));
    }
  }
}
