import type { EdgePattern } from '../../language/plan.ts';
import { BoundedPaths } from '../kernels/bounded-paths.ts';
import { HopSource } from '../kernels/hop-source.ts';
import { EdgeStep, type Step, UNBOUNDED_HOPS_MAX } from './edge-steps.ts';
import { type JobContext, tablesWith } from './job-context.ts';
import type { StepAction } from './match-plan.ts';
import type { Hop, PathState } from './path-state.ts';
import { isSameExpr } from './slot-references.ts';

/** Fewest and most hops of an edge pattern. */
interface Lengths {
  readonly min: number;
  readonly max: number;
}

/**
 * The way round from the right end of a path's part to its left end, over the path's last edge pattern and then its
 * first: bounded paths between two known vertices, found once, whatever vertex is both ends of the whole path. Each is
 * then cut wherever the lengths and predicates of the two patterns allow, and that vertex is the ends.
 */
export class RingStep implements Step {
  private readonly last: EdgeStep;
  private readonly first: EdgeStep;
  private readonly ofLast: Lengths;
  private readonly ofFirst: Lengths;
  private readonly isUnbounded: boolean;
  /** Whether every edge that one pattern takes the other takes, too. */
  private readonly isAlike: boolean;
  private readonly takesLast: (edge: number, left: number) => boolean;
  private readonly takesFirst: (edge: number, left: number) => boolean;
  private readonly onward: HopSource;
  private readonly back: HopSource;
  private readonly kernel: BoundedPaths;
  private readonly state: PathState;
  private readonly context: JobContext;
  private readonly next: () => void;

  constructor(
    action: Extract<StepAction, { kind: 'ring' }>,
    state: PathState,
    tables: readonly number[],
    context: JobContext,
    next: () => void,
  ) {
    this.last = new EdgeStep(action.last, state, tables, context, next);
    this.first = new EdgeStep(action.first, state, tables, context, next);
    this.state = state;
    this.context = context;
    this.next = next;
    const [last, first] = [this.last.edge, this.first.edge];
    this.ofLast = lengthsOf(last);
    this.ofFirst = lengthsOf(first);
    this.isUnbounded = last.quantifier?.max === null || first.quantifier?.max === null;
    this.isAlike =
      isSameExpr(last.labels, first.labels) &&
      isSameExpr(renamed(last), renamed(first)) &&
      this.last.keep === null;
    this.takesLast = this.taker(this.last);
    this.takesFirst = this.taker(this.first);
    this.onward = this.hops(true);
    this.back = this.hops(false);
    this.kernel = new BoundedPaths(this.onward, this.back, null, context.budget, (hops) => this.found(hops));
    this.kernel.query.distinct = state.distinct;
    this.kernel.query.trail = state.tracksEdges;
    this.kernel.query.min = Math.max(1, this.ofLast.min + this.ofFirst.min);
    this.kernel.query.max = this.ofLast.max + this.ofFirst.max;
    this.kernel.query.blocked = state.vertices;
  }

  clear(): void {
    this.onward.clear();
    this.back.clear();
    this.last.keep?.clear();
    this.first.keep?.clear();
  }

  readonly run = (): void => {
    const { slots, budget } = this.context;
    const { last, first, kernel, state } = this;
    if (last.action.varies || first.action.varies) this.clear();
    const start = slots[last.near.slot] as number;
    const target = slots[first.near.slot] as number;
    if (start === target && this.ofLast.min + this.ofFirst.min === 0) this.emit([], [start], 0);
    const isRing = start === target && state.vertices.count > 1;
    if ((state.distinct && isRing) || state.pattern.mode === 'acyclic' || budget.stopped) return;
    if (kernel.query.max === 0) return;
    kernel.query.start = start;
    kernel.query.target = target;
    kernel.query.used = state.usedEdges();
    kernel.run();
  };

  private taker(step: EdgeStep): (edge: number, left: number) => boolean {
    const { graph } = this.context;
    const tables = tablesWith(graph.plan.edgeTables, step.edge.labels);
    return (edge, left) => tables.includes(graph.edgeTable(edge)) && step.accepts(edge, left);
  }

  private hops(onward: boolean): HopSource {
    const { context, takesFirst, takesLast, isAlike } = this;
    const { graph, budget } = context;
    const takes = (edge: number, left: number) =>
      takesLast(edge, left) || (!isAlike && takesFirst(edge, left));
    const { direction, labels } = this.last.edge;
    const tables = isAlike
      ? tablesWith(graph.plan.edgeTables, labels)
      : graph.plan.edgeTables.map((_, n) => n);
    const backward = direction === 'any' ? 'any' : direction === 'out' ? 'in' : 'out';
    return new HopSource(
      context.walked(tables, onward ? direction : backward),
      {
        accepts: onward ? (edge, from) => takes(edge, from) : (edge, _from, to) => takes(edge, to),
        mergedBy: this.state.pattern.mergeParallel && onward ? (a, b) => graph.compareEdges(a, b) : null,
      },
      budget,
    );
  }

  private found(hops: number): void {
    const { ofFirst, ofLast, kernel, context } = this;
    const edges = kernel.edges.slice(0, hops);
    const vertices = kernel.vertices.slice(0, hops + 1);
    let low = Math.max(ofLast.min, hops - ofFirst.max);
    let high = Math.min(ofLast.max, hops - ofFirst.min);
    if (!this.isAlike) {
      const takes = (n: number, one: (edge: number, left: number) => boolean) =>
        one(edges[n] as number, vertices[n] as number);
      let taken = 0;
      while (taken < high && takes(taken, this.takesLast)) taken++;
      high = Math.min(high, taken);
      taken = hops;
      while (taken > low && takes(taken - 1, this.takesFirst)) taken--;
      low = Math.max(low, taken);
    }
    for (let at = low; at <= high && !context.budget.ended; at++) this.emit(edges, vertices, at);
    if (this.isUnbounded && hops === kernel.query.max) context.budget.end();
  }

  /** Binds both ends to the vertex after `at` hops and goes on. */
  private emit(edges: readonly Hop[], vertices: readonly number[], at: number): void {
    const { last, first, state, context } = this;
    const vertex = vertices[at] as number;
    if (!last.fitsTable(vertex)) return;
    const { slots } = context;
    slots[last.far.slot] = vertex;
    slots[last.edge.slot] = last.edge.quantifier === null ? edges[0] : edges.slice(0, at);
    slots[first.edge.slot] = first.edge.quantifier === null ? edges[at] : edges.slice(at);
    state.inner[last.action.edge] = vertices.slice(1, at);
    state.inner[first.action.edge] = vertices.slice(at + 1, edges.length);
    for (const hop of edges) state.use(hop);
    this.next();
    for (let n = edges.length - 1; n >= 0; n--) state.unuse(edges[n] as Hop);
  }
}

function lengthsOf({ quantifier }: EdgePattern): Lengths {
  if (quantifier === null) return { min: 1, max: 1 };
  return { min: quantifier.min, max: quantifier.max ?? UNBOUNDED_HOPS_MAX };
}

/** The edge's WHERE with its own variable under one name, to be compared. */
function renamed({ where, element }: EdgePattern): unknown {
  return JSON.parse(
    JSON.stringify(where, (key, value) => {
      if (key === 'slot' && value === element) return 'own';
      return typeof value === 'bigint' ? `${value}n` : value;
    }),
  );
}
