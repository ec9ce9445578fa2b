import type {
  EdgePattern,
  ElementSeek,
  Expr,
  MatchClause,
  PathPattern,
  VertexPattern,
} from '../../language/plan.ts';
import type { Evaluate } from '../expression/evaluate.ts';
import { createEdgeStep, type EdgePatternStep } from './create-edge-step.ts';
import type { Step } from './edge-steps.ts';
import { type JobContext, tablesWith } from './job-context.ts';
import { KeepLatest } from './keep-latest.ts';
import type { ExpandNode, GroupCheck, MatchPlan, MatchStep, PlanNode, StepAction } from './match-plan.ts';
import { planMatch } from './match-planner.ts';
import { type Hop, NumberStack, PathState } from './path-state.ts';
import { RingStep } from './ring-step.ts';

type ActionOf<K extends StepAction['kind']> = Extract<StepAction, { kind: K }>;

/**
 * A MATCH clause, compiled: `run` finds every binding that extends `context.slots` and calls `emit` with it in place.
 * Bindings come in no particular order; their set is exact unless the budget stops the search.
 */
export class MatchRunner {
  readonly plan: MatchPlan;
  private readonly context: JobContext;
  private readonly clears: (() => void)[] = [];
  /** Whether vertices that were bound before are of tables that this clause allows. */
  private readonly boundBefore: readonly (() => boolean)[];
  private readonly paths: readonly PathState[];
  /** Edges that paths of the clause use at this moment, where that matters. */
  private readonly used = new NumberStack();
  private readonly holds: (() => boolean) | null;
  private readonly emit: () => void;
  private readonly mergeable: ReadonlySet<number>;
  private readonly compiled = new Map<PlanNode, () => void>();
  private readonly start: () => void;

  /**
   * `mergeable`: groups of which one walk of each length to each vertex is enough. `scanAt`: where the plan's
   * `scannedPath` begins; null leaves that to the plan.
   */
  constructor(
    clause: MatchClause,
    before: ReadonlySet<number>,
    context: JobContext,
    emit: () => void,
    mergeable: ReadonlySet<number>,
    scanAt: number | null = null,
  ) {
    this.context = context;
    this.mergeable = mergeable;
    this.plan = planMatch(clause, before, context.graph.plan, scanAt);
    this.paths = clause.paths.map((path) => new PathState(path, clause.edgesDistinct, this.used, context));
    this.holds = context.compileAll(this.plan.checks);
    this.boundBefore = this.plan.boundVertices.map((slot) => {
      const fits = this.fitsOf(slot);
      return () => fits(context.slots[slot] as number | null);
    });
    this.emit = emit;
    this.start = this.compile(this.plan.start);
  }

  run(): void {
    for (let n = 0; n < this.clears.length; n++) (this.clears[n] as () => void)();
    this.used.count = 0;
    for (let n = 0; n < this.boundBefore.length; n++) if (!(this.boundBefore[n] as () => boolean)()) return;
    if (this.holds === null || this.holds()) this.start();
  }

  /** What a node of the plan does, with all that follows it. */
  private compile(node: PlanNode | null): () => void {
    if (node === null) return this.emit;
    let run = this.compiled.get(node);
    if (run === undefined) {
      run = node.kind === 'fork' ? this.fork(node) : this.registered(this.createStep(node)).run;
      this.compiled.set(node, run);
    }
    return run;
  }

  private registered<S extends Step>(step: S): S {
    if (step.clear !== null) this.clears.push(() => step.clear?.());
    return step;
  }

  private fork(node: Extract<PlanNode, { kind: 'fork' }>): () => void {
    const left = this.registered(this.expand(node.left));
    const right = this.registered(this.expand(node.right));
    return () => (left.width() < right.width() ? left.run() : right.run());
  }

  /** Whether a vertex is of a table that the slot's patterns allow. */
  private fitsOf(slot: number): (vertex: number | null) => boolean {
    const { graph } = this.context;
    const tables = this.plan.vertexTables.get(slot) ?? [];
    const isTable = graph.plan.vertexTables.map((_, table) => tables.includes(table));
    if (isTable.every(Boolean)) return (vertex) => vertex !== null && vertex >= 0;
    return (vertex) => vertex !== null && vertex >= 0 && isTable[graph.vertexTable(vertex)] === true;
  }

  /** `next` behind the predicates of a step. */
  private checked(step: MatchStep, next: () => void): () => void {
    const holds = this.context.compileAll(step.checks);
    const groups = step.groupChecks.map((check) => this.compileGroupCheck(check));
    if (holds === null && groups.length === 0) return next;
    return () => {
      if (holds !== null && !holds()) return;
      for (const group of groups) if (!group()) return;
      next();
    };
  }

  private compileGroupCheck({ group, element, where }: GroupCheck): () => boolean {
    const holds = this.context.compileAll(where);
    return () => {
      const { slots } = this.context;
      for (const hop of slots[group] as readonly (number | readonly number[])[]) {
        for (const edge of typeof hop === 'number' ? [hop] : hop) {
          slots[element] = edge;
          if (holds !== null && !holds()) return false;
        }
      }
      return true;
    };
  }

  private createStep(node: Extract<PlanNode, { kind: 'step' }>): Step {
    const { action } = node.step;
    if (action.kind === 'expand') return this.expand({ ...node, step: { ...node.step, action } });
    const next = this.checked(node.step, this.compile(node.next));
    const state = this.paths[action.path] as PathState;
    switch (action.kind) {
      case 'seekVertex':
        return this.seekVertex(action, state.pattern, next);
      case 'place':
        return this.place(action, state, next);
      case 'scan':
        return this.scan(action, state, next);
      case 'seekEdge':
        return this.seekEdge(action, state, next);
      case 'ring':
        return new RingStep(action, state, this.tablesOf(state, 0), this.context, next);
      case 'finish':
        return this.finish(state, next);
    }
  }

  private expand({ step, next }: ExpandNode): EdgePatternStep {
    const { action } = step;
    const state = this.paths[action.path] as PathState;
    const tables = this.tablesOf(state, action.towards === 'right' ? action.edge + 1 : action.edge);
    const checked = this.checked(step, this.compile(next));
    return createEdgeStep(action, state, tables, this.context, this.mergeable, checked);
  }

  private tablesOf({ pattern }: PathState, position: number): readonly number[] {
    const { slot } = pattern.vertices[position] as VertexPattern;
    return this.plan.vertexTables.get(slot) ?? [];
  }

  private seekVertex(action: ActionOf<'seekVertex'>, path: PathPattern, next: () => void): Step {
    const { slot, seeks } = path.vertices[action.position] as VertexPattern;
    const { slots } = this.context;
    const fits = this.fitsOf(slot);
    const finds = (seeks ?? []).map((seek) => this.finder(seek));
    const [only, another] = finds;
    if (only !== undefined && another === undefined) {
      return step(() => {
        const vertex = only();
        if (!fits(vertex)) return;
        slots[slot] = vertex;
        next();
      });
    }
    return step(() => {
      const found = new Set(finds.map((find) => find()));
      for (const vertex of found) {
        if (!fits(vertex)) continue;
        slots[slot] = vertex;
        next();
        if (this.context.budget.stopped) return;
      }
    });
  }

  /** Finds the vertex of a seek; null or -1 where there is none. */
  private finder(seek: ElementSeek): () => number | null {
    const { graph, slots } = this.context;
    if (seek.kind === 'same') return () => slots[seek.slot] as number | null;
    const key = this.compileKey(seek.key);
    return () => graph.findVertex(seek.table, key());
  }

  /** The values of a key, in an array that is used again. */
  private compileKey(exprs: readonly Expr[]): () => readonly never[] {
    const parts = exprs.map((expr): Evaluate => this.context.compile(expr));
    const key: unknown[] = parts.map(() => null);
    const { context } = this;
    return () => {
      const { row, slots, old } = context;
      for (let n = 0; n < parts.length; n++) key[n] = (parts[n] as Evaluate)(row, slots, old);
      return key as never[];
    };
  }

  private place(action: ActionOf<'place'>, state: PathState, next: () => void): Step {
    const { slot } = state.pattern.vertices[action.position] as VertexPattern;
    return step(() => {
      const vertex = this.context.slots[slot] as number | null;
      if (vertex === null) return;
      state.begin();
      state.place(vertex);
      next();
    });
  }

  private scan(action: ActionOf<'scan'>, state: PathState, next: () => void): Step {
    const { slot } = state.pattern.vertices[action.position] as VertexPattern;
    const tables = this.plan.vertexTables.get(slot) ?? [];
    const { context } = this;
    return step(() => {
      for (const table of tables) {
        for (const vertex of context.graph.verticesOf(table)) {
          if (!context.budget.spend(1)) return;
          context.slots[slot] = vertex;
          state.begin();
          state.place(vertex);
          next();
          if (context.budget.stopped) return;
        }
      }
    });
  }

  private seekEdge(action: ActionOf<'seekEdge'>, state: PathState, next: () => void): Step {
    const { graph, slots } = this.context;
    const edge = state.pattern.edges[action.edge] as EdgePattern;
    const left = (state.pattern.vertices[action.edge] as VertexPattern).slot;
    const right = (state.pattern.vertices[action.edge + 1] as VertexPattern).slot;
    const tables = tablesWith(graph.plan.edgeTables, edge.labels);
    const isTable = graph.plan.edgeTables.map((_, table) => tables.includes(table));
    const keep = this.keepOf(edge, state);
    const fitsLeft = this.fitsOf(left);
    const fitsRight = this.fitsOf(right);
    const tryEnds = (hop: Hop, from: number, to: number): void => {
      if (action.leftBound ? slots[left] !== from : !fitsLeft(from)) return;
      if (!action.leftBound) slots[left] = from;
      if (action.rightBound || left === right ? slots[right] !== to : !fitsRight(to)) return;
      slots[right] = to;
      if (keep !== null && !(keep.passes(hop as number) && keep.latest.allows(hop as number, from))) return;
      slots[edge.slot] = hop;
      beginWithHop(state, hop, from, to, action.closes, next);
    };
    const tryHop = (hop: Hop): void => {
      const one = typeof hop === 'number' ? hop : (hop[0] as number);
      if (isTable[graph.edgeTable(one)] !== true) return;
      const source = graph.edgeSource(one);
      const destination = graph.edgeDestination(one);
      if (edge.direction !== 'in') tryEnds(hop, source, destination);
      if (edge.direction === 'in' || (edge.direction === 'any' && source !== destination)) {
        tryEnds(hop, destination, source);
      }
    };
    const clear = keep === null ? null : () => keep.latest.clear();
    if (state.pattern.mergeParallel) return { clear, run: this.overMerged(edge, tryHop) };
    if (!action.edgeBound) return { clear, run: this.overFound(edge.seeks ?? [], tryHop) };
    return {
      clear,
      run: () => {
        const one = slots[edge.slot] as number | null;
        if (one === null) return;
        tryHop(one);
        slots[edge.slot] = one;
      },
    };
  }

  /** Calls `visit` for each merged hop of the edges that seeks find and WHERE lets through. */
  private overMerged(edge: EdgePattern, visit: (hop: Hop) => void): () => void {
    const { graph, slots, budget } = this.context;
    const tables = tablesWith(graph.plan.edgeTables, edge.labels);
    const holds = this.context.compileAll(edge.where === null ? [] : [edge.where]);
    let hops = new Map<string, number[]>();
    const collect = this.overFound(edge.seeks ?? [], (one) => {
      slots[edge.element] = one;
      if (!tables.includes(graph.edgeTable(one)) || (holds !== null && !holds())) return;
      const ends = [graph.edgeSource(one), graph.edgeDestination(one)];
      if (edge.direction === 'any') ends.sort((a, b) => a - b);
      const key = ends.join(' ');
      const hop = hops.get(key);
      if (hop === undefined) hops.set(key, [one]);
      else hop.push(one);
    });
    return () => {
      hops = new Map();
      collect();
      for (const hop of hops.values()) {
        visit(hop.sort((a, b) => graph.compareEdges(a, b)));
        if (budget.stopped) return;
      }
    };
  }

  /** Calls `visit` for each edge that a seek finds, once. */
  private overFound(seeks: readonly ElementSeek[], visit: (edge: number) => void): () => void {
    const { graph, slots, budget } = this.context;
    const found: number[] = [];
    const finds = seeks.map((seek): (() => number) => {
      if (seek.kind === 'same') {
        return () => {
          found[0] = (slots[seek.slot] as number | null) ?? -1;
          return found[0] < 0 ? 0 : 1;
        };
      }
      graph.indexEdges(seek.table);
      const key = this.compileKey(seek.key);
      return () => graph.findEdges(seek.table, key(), found);
    });
    const [only, another] = finds;
    if (only !== undefined && another === undefined) {
      return () => {
        const count = only();
        for (let n = 0; n < count; n++) visit(found[n] as number);
      };
    }
    return () => {
      const edges = new Set(finds.flatMap((find) => found.slice(0, find())));
      for (const edge of edges) {
        visit(edge);
        if (budget.stopped) return;
      }
    };
  }

  private keepOf(
    edge: EdgePattern,
    { pattern }: PathState,
  ): { readonly latest: KeepLatest; readonly passes: (edge: number) => boolean } | null {
    if (pattern.keepLatest === null) return null;
    const { context } = this;
    const holds = context.compileAll(edge.where === null ? [] : [edge.where]);
    const passes = (one: number): boolean => {
      context.slots[edge.element] = one;
      return holds === null || holds();
    };
    const walked = context.walked(tablesWith(context.graph.plan.edgeTables, edge.labels), edge.direction);
    return { latest: new KeepLatest(pattern.keepLatest, walked, passes, context), passes };
  }

  private finish(state: PathState, next: () => void): Step {
    const { slot } = state.pattern;
    return step(() => {
      if (!state.isWhole()) return;
      if (slot !== null) this.context.slots[slot] = state.pathValue();
      next();
    });
  }
}

/** Lays a hop and its ends down as the first part of a path; `closes`: whether these may be one vertex all the same. */
function beginWithHop(
  state: PathState,
  hop: Hop,
  from: number,
  to: number,
  closes: boolean,
  next: () => void,
): void {
  state.begin();
  if (state.isUsed(hop)) return;
  state.place(from);
  if (!state.canPlace(to, closes ? from : -1)) return;
  state.place(to);
  if (state.ascending !== null) {
    state.first = state.ascending.valueOf(hop as number);
    state.last = state.first;
    if (state.first === null) return;
  }
  state.use(hop);
  next();
  state.unuse(hop);
}

function step(run: () => void): Step {
  return { run, clear: null };
}
