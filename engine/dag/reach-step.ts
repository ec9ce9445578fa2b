import { type EdgeStep, hopSource, layDown, noHops, type Step } from './edge-steps.ts';
import type { HopSource } from '../kernels/hop-source.ts';
import { compareHops } from './value-order.ts';
import type { Hop } from './path-state.ts';

/** The walk of one length to a vertex: the walk one hop shorter that it goes on from, and its last hop. */
interface Reached {
  readonly vertex: number;
  readonly before: Reached | null;
  readonly hop: Hop;
}

/**
 * A quantified edge of which one walk of each length to each vertex is enough: whole hops at a time, over each edge
 * once for each length. The walk is the first in canonical order, so that rows without the others keep their order:
 * going right, walks are followed in order; going left, the least first hop counts, as it stands first.
 */
export class ReachStep implements Step {
  private readonly shared: EdgeStep;
  private readonly onward: HopSource;
  private readonly min: number;
  private readonly max: number;
  private readonly orders = new Map<number, readonly number[]>();

  constructor(shared: EdgeStep) {
    this.shared = shared;
    const { min, max } = shared.edge.quantifier as { min: number; max: number };
    this.min = min;
    this.max = max;
    this.onward = hopSource(shared, true);
  }

  clear(): void {
    this.onward.clear();
    this.orders.clear();
    this.shared.keep?.clear();
  }

  readonly run = (): void => {
    const { shared } = this;
    const { budget, slots } = shared.context;
    if (shared.action.varies) this.clear();
    if (this.min === 0) noHops(shared);
    const target = shared.target();
    if (target === -2) return;
    const start = slots[shared.near.slot] as number;
    let level: Iterable<Reached> | null = null;
    for (let hops = 1; hops <= this.max && !budget.stopped; hops++) {
      const next = this.next(start, level);
      if (next.size === 0) return;
      if (hops >= this.min) this.emit(next, target);
      level = next.values();
    }
  };

  /** The vertices one hop further, in the order of their walks. `level` null: from the start. */
  private next(start: number, level: Iterable<Reached> | null): Map<number, Reached> {
    const found = new Map<number, Reached>();
    if (level === null) this.extend(start, null, found);
    else for (const before of level) this.extend(before.vertex, before, found);
    return found;
  }

  private extend(vertex: number, before: Reached | null, found: Map<number, Reached>): void {
    const { rightward, context } = this.shared;
    const { neighbours, edges } = this.onward.of(vertex);
    if (!context.budget.tryHops(edges.length)) return;
    for (const n of rightward ? this.inOrder(vertex) : edges.keys()) {
      const hop = edges[n] as Hop;
      const neighbour = neighbours[n] as number;
      const known = found.get(neighbour);
      if (known === undefined || (!rightward && compareHops(context.graph, hop, known.hop) < 0))
        found.set(neighbour, { vertex: neighbour, before, hop });
    }
  }

  /** Places of the vertex's hops, in canonical order. */
  private inOrder(vertex: number): readonly number[] {
    let order = this.orders.get(vertex);
    if (order === undefined) {
      const { edges } = this.onward.of(vertex);
      const { graph } = this.shared.context;
      // Nearly all of the order is that of times, which are read once; edges without one come first.
      const times = edges.map((hop) => {
        const time = graph.edgeTime(typeof hop === 'number' ? hop : (hop[0] as number));
        return time === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : time;
      });
      order = [...edges.keys()];
      const ascends = times.every((time, n) => n === 0 || (times[n - 1] as number) < time);
      if (!ascends) {
        (order as number[]).sort((a, b) => {
          const [x, y] = [times[a] as number, times[b] as number];
          return x !== y ? (x < y ? -1 : 1) : compareHops(graph, edges[a] as Hop, edges[b] as Hop);
        });
      }
      this.orders.set(vertex, order);
    }
    return order;
  }

  private emit(level: ReadonlyMap<number, Reached>, target: number): void {
    const { budget } = this.shared.context;
    if (target >= 0) {
      const reached = level.get(target);
      if (reached !== undefined) this.layDown(reached);
      return;
    }
    for (const reached of level.values()) {
      this.layDown(reached);
      if (budget.ended) return;
    }
  }

  private layDown(reached: Reached): void {
    const { shared } = this;
    const hops: Hop[] = [];
    const inner: number[] = [];
    for (let at: Reached | null = reached; at !== null; at = at.before) {
      hops.push(at.hop);
      if (at.before !== null) inner.push(at.before.vertex);
    }
    if (shared.rightward) {
      hops.reverse();
      inner.reverse();
    }
    layDown(shared, hops, inner, reached.vertex);
  }
}
