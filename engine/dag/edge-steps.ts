import { assert } from '../../core/assert.ts';
import type { Value } from '../../core/types.ts';
import type { EdgePattern, VertexPattern } from '../../language/plan.ts';
import { lowerBound } from '../graph/neighbour-lists.ts';
import { BoundedPaths } from '../kernels/bounded-paths.ts';
import { HopSource } from '../kernels/hop-source.ts';
import { TemporalPaths, type WalkedLists } from '../kernels/temporal-paths.ts';
import type { ReadVertices } from '../kernels/work-budget.ts';
import { type JobContext, tablesWith } from './job-context.ts';
import { KeepLatest } from './keep-latest.ts';
import type { ExpandAction } from './match-plan.ts';
import { continues, type Hop, type PathState } from './path-state.ts';

/** A step of a match: finds what it binds and calls what follows for each. */
export interface Step {
  readonly run: () => void;
  /** Forgets what was kept from another graph or binding; null where nothing is. */
  readonly clear: (() => void) | null;
}

/** Hops that an unbounded quantifier may take before the job ends as partial. */
export const UNBOUNDED_HOPS_MAX = 1024;
const NO_HOPS: readonly never[] = [];
/** A quantified edge is taken to be worth following after a single one at a vertex with so many times its edges. */
const GROUP_WEIGHT = 4;

/** What the steps over one edge pattern share: its ends, its lists, its predicates. */
export class EdgeStep {
  readonly context: JobContext;
  readonly state: PathState;
  readonly edge: EdgePattern;
  readonly action: ExpandAction;
  readonly near: VertexPattern;
  readonly far: VertexPattern;
  readonly rightward: boolean;
  /** Lists from the near vertex toward the far one, and back. */
  readonly onward: readonly WalkedLists[];
  readonly back: readonly WalkedLists[];
  readonly keep: KeepLatest | null;
  /** Follows, once the far vertex is bound: checks and the next step. */
  readonly next: () => void;
  /** Scratch of timeWindow. */
  readonly window = { lowest: 0, below: 0, within: 0 };
  private readonly where: (() => boolean) | null;
  private readonly isFarTable: readonly boolean[];
  private readonly closingSlot: number;

  constructor(
    action: ExpandAction,
    state: PathState,
    farTables: readonly number[],
    context: JobContext,
    next: () => void,
  ) {
    this.action = action;
    this.state = state;
    this.context = context;
    this.next = next;
    this.rightward = action.towards === 'right';
    this.edge = state.pattern.edges[action.edge] as EdgePattern;
    this.far = state.pattern.vertices[this.rightward ? action.edge + 1 : action.edge] as VertexPattern;
    this.near = state.pattern.vertices[this.rightward ? action.edge : action.edge + 1] as VertexPattern;
    const { vertexTables, edgeTables } = context.graph.plan;
    this.isFarTable = vertexTables.map((_, table) => farTables.includes(table));
    this.closingSlot =
      action.closes === null ? -1 : (state.pattern.vertices[action.closes] as VertexPattern).slot;
    const tables = tablesWith(edgeTables, this.edge.labels);
    const { direction } = this.edge;
    const fromLeft = context.walked(tables, direction);
    const fromRight = context.walked(tables, opposite(direction));
    this.onward = this.rightward ? fromLeft : fromRight;
    this.back = this.rightward ? fromRight : fromLeft;
    this.where = context.compileAll(action.where);
    const { keepLatest } = state.pattern;
    this.keep =
      keepLatest === null
        ? null
        : new KeepLatest(keepLatest, fromLeft, (edge) => this.passesWhere(edge), context);
  }

  /** Whether label-less tests of the edge hold: WHERE, KEEP LATEST. */
  accepts(edge: number, left: number): boolean {
    return this.passesWhere(edge) && (this.keep === null || this.keep.allows(edge, left));
  }

  /** `accepts` for a search whose `from` is the near vertex (`onward`) or the far one; null where all pass. */
  predicate(fromNear: boolean): ((edge: number, from: number, to: number) => boolean) | null {
    if (this.where === null && this.keep === null) return null;
    const fromIsLeft = fromNear === this.rightward;
    return fromIsLeft
      ? (edge, from) => this.accepts(edge, from)
      : (edge, _from, to) => this.accepts(edge, to);
  }

  /** The far vertex where it is known; -1 where it is open, -2 where it cannot be reached. */
  target(): number {
    if (!this.action.bound) return -1;
    const target = this.context.slots[this.far.slot] as number | null;
    if (target === null || !this.state.canPlace(target, this.closing())) return -2;
    return target;
  }

  /** The vertex at the other end of the path, which the far one may equal; -1 for none. */
  closing(): number {
    return this.closingSlot < 0 ? -1 : (this.context.slots[this.closingSlot] as number);
  }

  /** Whether the path is a ring already, so that no further hop can be on it. */
  isClosed(): boolean {
    return this.state.vertices.count > 1 && this.closing() === this.context.slots[this.near.slot];
  }

  /** Entries at the near vertex that the search would look at first; those of ways that go on weigh more. */
  width(): number {
    if (this.isClosed()) return 0;
    const entries = entriesIn(this.onward, this.context.slots[this.near.slot] as number, timeWindow(this));
    return this.edge.quantifier === null ? entries : entries * GROUP_WEIGHT;
  }

  fitsTable(vertex: number): boolean {
    return this.isFarTable[this.context.graph.vertexTable(vertex)] === true;
  }

  fitsFar(vertex: number): boolean {
    return this.fitsTable(vertex) && this.state.canPlace(vertex, this.closing());
  }

  forget(): void {
    if (this.action.varies) this.keep?.clear();
  }

  private passesWhere(edge: number): boolean {
    if (this.where === null) return true;
    this.context.slots[this.edge.element] = edge;
    return this.where();
  }
}

function opposite(direction: EdgePattern['direction']): EdgePattern['direction'] {
  return direction === 'any' ? 'any' : direction === 'out' ? 'in' : 'out';
}

/** Exactly one edge: the entries of a list inside the time window; with both ends known, of the shorter list. */
export class SingleStep implements Step {
  readonly clear: (() => void) | null;
  private readonly shared: EdgeStep;
  private readonly readsOnward: ReadVertices;
  private readonly readsBack: ReadVertices;

  constructor(shared: EdgeStep) {
    this.shared = shared;
    this.clear = clearKept(shared);
    this.readsOnward = shared.context.budget.reads();
    this.readsBack = shared.context.budget.reads();
  }

  readonly run = (): void => {
    const { shared } = this;
    const { context, near } = shared;
    shared.forget();
    const target = shared.target();
    if (target === -2 || shared.isClosed()) return;
    const from = context.slots[near.slot] as number;
    const window = timeWindow(shared);
    if (target >= 0 && entriesIn(shared.back, target, window) < entriesIn(shared.onward, from, window)) {
      this.scan(shared.back, target, from, false, window);
    } else {
      this.scan(shared.onward, from, target, true, window);
    }
  };

  /** `to` -1: open. */
  private scan(
    walked: readonly WalkedLists[],
    from: number,
    to: number,
    fromNear: boolean,
    window: TimeWindow,
  ): void {
    const { budget } = this.shared.context;
    // A window that moves lets other entries in each time: then every look counts.
    const { lowest, below } = window;
    const isWhole = window === ALL_TIME;
    const isFirst = !isWhole || (fromNear ? this.readsOnward : this.readsBack).isFirst(from);
    for (const { lists, floor, skipLoops } of walked) {
      const first = lists.open(from);
      const last = lists.end;
      const low = lowerBound(lists.times, first, last, Math.max(floor(), lowest));
      const end = windowEnd(lists.times, low, last, below);
      for (let at = low; at < end; at++) {
        if (!(isFirst ? budget.spend(1) : budget.tryHops(1))) return;
        const vertex = lists.words[4 * at + 2] as number;
        if ((to >= 0 && vertex !== to) || (skipLoops && vertex === from)) continue;
        const edge = lists.words[4 * at + 3] as number;
        tryEdge(this.shared, edge, fromNear ? from : vertex, fromNear ? vertex : from);
        if (budget.stopped) return;
      }
    }
  }
}

/** An edge that is known: it has to be at the near vertex, and lead to the far one where that is known. */
export class BoundEdgeStep implements Step {
  readonly clear: (() => void) | null;
  private readonly shared: EdgeStep;
  private readonly isTable: readonly boolean[];

  constructor(shared: EdgeStep) {
    this.shared = shared;
    this.clear = clearKept(shared);
    const { edgeTables } = shared.context.graph.plan;
    const tables = tablesWith(edgeTables, shared.edge.labels);
    this.isTable = edgeTables.map((_, table) => tables.includes(table));
  }

  readonly run = (): void => {
    const { shared } = this;
    const { context, edge: pattern, near } = shared;
    const { graph, slots } = context;
    shared.forget();
    const target = shared.target();
    const edge = slots[pattern.slot] as number | null;
    if (target === -2 || edge === null || shared.isClosed()) return;
    if (this.isTable[graph.edgeTable(edge)] !== true) return;
    const from = slots[near.slot] as number;
    const [source, destination] = [graph.edgeSource(edge), graph.edgeDestination(edge)];
    const outward = shared.rightward ? pattern.direction : opposite(pattern.direction);
    const tryWay = (one: number, other: number): void => {
      if (one === from && (target < 0 || other === target)) tryEdge(shared, edge, from, other);
    };
    if (outward !== 'in') tryWay(source, destination);
    if (outward === 'in' || (outward === 'any' && source !== destination)) tryWay(destination, source);
  };
}

/** Puts a found edge on the path, where it may be there, and goes on. */
function tryEdge(shared: EdgeStep, edge: number, near: number, far: number): void {
  const { state, context, action, rightward } = shared;
  if (!action.bound && !shared.fitsFar(far)) return;
  if (state.isUsed(edge) || !shared.accepts(edge, rightward ? near : far)) return;
  const { first, last, ascending } = state;
  if (ascending !== null) {
    const value = ascending.valueOf(edge);
    if (!continues(ascending, value, first, last, action.towards)) return;
    if (rightward || last === null) state.last = value;
    if (!rightward || first === null) state.first = value;
  }
  context.slots[shared.edge.slot] = edge;
  if (!action.bound) context.slots[shared.far.slot] = far;
  state.use(edge);
  state.place(far);
  shared.next();
  state.unplace(1);
  state.unuse(edge);
  state.first = first;
  state.last = last;
}

/** Exactly one merged hop: all passing edges between two vertices. */
export class MergedStep implements Step {
  private readonly shared: EdgeStep;
  private readonly source: HopSource;

  constructor(shared: EdgeStep) {
    this.shared = shared;
    this.source = hopSource(shared, true);
  }

  clear(): void {
    this.source.clear();
  }

  readonly run = (): void => {
    const { shared, source } = this;
    const { context, state } = shared;
    if (shared.action.varies) source.clear();
    const target = shared.target();
    if (target === -2 || shared.isClosed()) return;
    const { neighbours, edges } = source.of(context.slots[shared.near.slot] as number);
    for (let n = 0; n < neighbours.length && !context.budget.stopped; n++) {
      if (!context.budget.tryHops(1)) return;
      const vertex = neighbours[n] as number;
      const hop = edges[n] as Hop;
      if (target >= 0 ? vertex !== target : !shared.fitsFar(vertex)) continue;
      if (state.isUsed(hop)) continue;
      context.slots[shared.edge.slot] = hop;
      if (target < 0) context.slots[shared.far.slot] = vertex;
      state.use(hop);
      state.place(vertex);
      shared.next();
      state.unplace(1);
      state.unuse(hop);
    }
  };
}

/** A quantified edge along which the lists' event time ascends: the temporal kernel. */
export class TemporalStep implements Step {
  private readonly shared: EdgeStep;
  private readonly kernel: TemporalPaths;
  readonly clear: (() => void) | null;
  private readonly backward: boolean;
  private readonly min: number;
  private readonly max: number;

  constructor(shared: EdgeStep) {
    this.shared = shared;
    const { min, max } = shared.edge.quantifier as { min: number; max: number | null };
    this.min = min;
    this.max = max ?? UNBOUNDED_HOPS_MAX;
    // With both ends known the search always goes from the right one back.
    this.backward = shared.action.bound || !shared.rightward;
    const fromNear = this.backward !== shared.rightward;
    const accepts = this.withoutUsed(shared.predicate(fromNear));
    this.kernel = new TemporalPaths(
      this.max,
      fromNear ? shared.onward : shared.back,
      fromNear ? shared.back : shared.onward,
      accepts,
      shared.context.budget,
      (hops) => this.found(hops),
    );
    this.kernel.query.max = this.max;
    this.kernel.query.min = Math.max(1, min);
    this.kernel.query.distinct = shared.state.distinct;
    this.kernel.query.blocked = shared.state.vertices;
    this.clear = clearKept(shared);
  }

  readonly run = (): void => {
    const { shared, kernel } = this;
    shared.forget();
    if (this.min === 0) noHops(shared);
    if (this.max === 0 || shared.context.budget.stopped || shared.isClosed()) return;
    const target = shared.target();
    if (target === -2) return;
    const { query } = kernel;
    const near = shared.context.slots[shared.near.slot] as number;
    const { lowest, below, within } = timeWindow(shared);
    query.lowest = lowest;
    query.below = below;
    query.within = within;
    query.closing = target < 0 ? shared.closing() : -1;
    const fromNear = this.backward !== shared.rightward;
    query.start = fromNear ? near : target;
    query.target = fromNear ? target : near;
    if (this.backward) kernel.runBackward();
    else kernel.runForward();
  };

  /** Edges of the clause's other paths, where it uses no edge twice; on this path none can repeat. */
  private withoutUsed(accepts: ReturnType<EdgeStep['predicate']>): ReturnType<EdgeStep['predicate']> {
    const { state } = this.shared;
    if (!state.sharesEdges) return accepts;
    return (edge, from, to) => !state.isUsed(edge) && (accepts === null || accepts(edge, from, to));
  }

  private found(hops: number): void {
    const { edges, vertices } = this.kernel;
    const found: number[] = [];
    const inner: number[] = [];
    for (let n = 0; n < hops; n++) {
      const at = this.backward ? hops - 1 - n : n;
      found.push(edges[at] as number);
      if (n > 0) inner.push(vertices[this.backward ? hops - n : n] as number);
    }
    const fromNear = this.backward !== this.shared.rightward;
    layDown(this.shared, found, inner, fromNear ? (vertices[hops] as number) : (vertices[0] as number));
    noteLongest(this.shared, hops);
  }
}

/** Any other quantified edge: bounded paths over hops that pass. */
export class BoundedStep implements Step {
  private readonly shared: EdgeStep;
  private readonly kernel: BoundedPaths;
  private readonly onward: HopSource;
  private readonly back: HopSource;
  private readonly min: number;
  private readonly max: number;
  private readonly values: Value[] = [];

  constructor(shared: EdgeStep) {
    this.shared = shared;
    const { min, max } = shared.edge.quantifier as { min: number; max: number | null };
    this.min = min;
    this.max = max ?? UNBOUNDED_HOPS_MAX;
    this.onward = hopSource(shared, true);
    this.back = hopSource(shared, false);
    const admits =
      shared.state.ascending === null ? null : (edge: number, depth: number) => this.admits(edge, depth);
    this.kernel = new BoundedPaths(this.onward, this.back, admits, shared.context.budget, (hops) =>
      this.found(hops),
    );
    this.kernel.query.distinct = shared.state.distinct;
    this.kernel.query.trail = shared.state.tracksEdges;
    this.kernel.query.min = Math.max(1, min);
    this.kernel.query.max = this.max;
    this.kernel.query.blocked = shared.state.vertices;
  }

  clear(): void {
    this.onward.clear();
    this.back.clear();
    this.shared.keep?.clear();
  }

  readonly run = (): void => {
    const { shared, kernel } = this;
    if (shared.action.varies) this.clear();
    if (this.min === 0) noHops(shared);
    if (this.max === 0 || shared.context.budget.stopped || shared.isClosed()) return;
    const target = shared.target();
    if (target === -2) return;
    kernel.query.start = shared.context.slots[shared.near.slot] as number;
    kernel.query.target = target;
    kernel.query.closing = target < 0 ? shared.closing() : -1;
    kernel.query.used = shared.state.usedEdges();
    kernel.run();
  };

  private admits(edge: number, depth: number): boolean {
    const { state, rightward, action } = this.shared;
    const order = state.ascending;
    assert(order !== null, 'the path ascends');
    const value = order.valueOf(edge);
    let { first, last } = state;
    if (depth > 0) {
      const start = this.values[0] as Value;
      const before = this.values[depth - 1] as Value;
      first = rightward ? (first ?? start) : before;
      last = rightward ? before : (last ?? start);
    }
    this.values[depth] = value;
    return continues(order, value, first, last, action.towards);
  }

  private found(hops: number): void {
    const { edges, vertices } = this.kernel;
    const path = edges.slice(0, hops);
    const inner = vertices.slice(1, hops);
    if (!this.shared.rightward) {
      path.reverse();
      inner.reverse();
    }
    layDown(this.shared, path, inner, vertices[hops] as number);
    noteLongest(this.shared, hops);
  }
}

function clearKept({ keep }: EdgeStep): (() => void) | null {
  return keep === null ? null : () => keep.clear();
}

/** The hops that a step may take, `onward` or back. */
export function hopSource(shared: EdgeStep, onward: boolean): HopSource {
  const { graph, budget } = shared.context;
  const merges = shared.state.pattern.mergeParallel && onward;
  return new HopSource(
    onward ? shared.onward : shared.back,
    {
      accepts: shared.predicate(onward),
      mergedBy: merges ? (a, b) => graph.compareEdges(a, b) : null,
    },
    budget,
  );
}

/** The far vertex is the near one, and the group is empty. */
export function noHops(shared: EdgeStep): void {
  const { context, state, near, far, edge, action } = shared;
  const vertex = context.slots[near.slot] as number;
  if (action.bound ? context.slots[far.slot] !== vertex : !shared.fitsTable(vertex)) return;
  context.slots[edge.slot] = NO_HOPS;
  if (!action.bound) context.slots[far.slot] = vertex;
  state.inner[action.edge] = NO_HOPS;
  shared.next();
}

/** Puts a found group on the path and goes on. */
export function layDown(shared: EdgeStep, hops: readonly Hop[], inner: readonly number[], far: number): void {
  const { context, state, edge, action } = shared;
  if (!action.bound && !shared.fitsFar(far)) return;
  const { first, last, ascending } = state;
  if (ascending !== null) {
    const earliest = ascending.valueOf(hops[0] as number);
    const latest = ascending.valueOf(hops[hops.length - 1] as number);
    if (shared.rightward || last === null) state.last = latest;
    if (!shared.rightward || first === null) state.first = earliest;
  }
  context.slots[edge.slot] = hops;
  if (!action.bound) context.slots[shared.far.slot] = far;
  for (const hop of hops) state.use(hop);
  state.placeInner(action.edge, inner);
  state.place(far);
  shared.next();
  state.unplace(inner.length + 1);
  for (let n = hops.length - 1; n >= 0; n--) state.unuse(hops[n] as Hop);
  state.first = first;
  state.last = last;
}

/** A path as long as an unbounded quantifier can go may have longer ones behind it: the job is partial. */
function noteLongest(shared: EdgeStep, hops: number): void {
  if (shared.edge.quantifier?.max === null && hops === UNBOUNDED_HOPS_MAX) shared.context.budget.end();
}

/** Event times that edges may have beside those on the path. */
interface TimeWindow {
  /** Inclusive. */
  readonly lowest: number;
  /** Exclusive; +Infinity lets edges without event time in. */
  readonly below: number;
  /** Among themselves; +Infinity for no bound. */
  readonly within: number;
}

const ALL_TIME: TimeWindow = {
  lowest: Number.NEGATIVE_INFINITY,
  below: Number.POSITIVE_INFINITY,
  within: Number.POSITIVE_INFINITY,
};

function timeWindow({ state, rightward, window }: EdgeStep): TimeWindow {
  const { ascending, first, last } = state;
  if (ascending === null || !ascending.byTime) return ALL_TIME;
  window.lowest = Number.NEGATIVE_INFINITY;
  window.below = Number.POSITIVE_INFINITY;
  window.within = ascending.within;
  if (first === null || last === null) return window;
  window.within = Number.POSITIVE_INFINITY;
  if (rightward) {
    window.lowest = (last as number) + 1;
    window.below = (first as number) + ascending.within + 1;
  } else {
    window.lowest = (last as number) - ascending.within;
    window.below = first as number;
  }
  return window;
}

/** Entries of a vertex inside the window. */
function entriesIn(walked: readonly WalkedLists[], vertex: number, window: TimeWindow): number {
  let entries = 0;
  for (const { lists, floor } of walked) {
    const first = lists.open(vertex);
    const low = lowerBound(lists.times, first, lists.end, Math.max(floor(), window.lowest));
    entries += windowEnd(lists.times, low, lists.end, window.below) - low;
  }
  return entries;
}

function windowEnd(times: Float64Array, low: number, end: number, below: number): number {
  return below === Number.POSITIVE_INFINITY ? end : lowerBound(times, low, end, below);
}
