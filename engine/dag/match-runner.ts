import type { EdgePattern, Expr, MatchClause, PathPattern, VertexPattern } from '../../language/plan.ts';
import type { Evaluate } from '../expression/evaluate.ts';
import { createEdgeStep, type Step } from './edge-steps.ts';
import { type JobContext, tablesWith } from './job-context.ts';
import { KeepLatest } from './keep-latest.ts';
import {
  type GroupCheck,
  type MatchPlan,
  type MatchStep,
  planMatch,
  type StepAction,
} from './match-planner.ts';
import { NumberStack, PathState } from './path-state.ts';

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
  private readonly start: () => void;

  /** `scanAt`: where the plan's `scannedPath` begins; null leaves that to the plan. */
  constructor(
    clause: MatchClause,
    before: ReadonlySet<number>,
    context: JobContext,
    emit: () => void,
    scanAt: number | null = null,
  ) {
    this.context = context;
    this.plan = planMatch(clause, before, context.graph.plan, scanAt);
    this.paths = clause.paths.map((path) => new PathState(path, clause.edgesDistinct, this.used, context));
    this.holds = context.compileAll(this.plan.checks);
    this.boundBefore = this.plan.boundVertices.map((slot) => {
      const fits = this.fitsOf(slot);
      return () => fits(context.slots[slot] as number | null);
    });
    let next = emit;
    for (const step of [...this.plan.steps].reverse()) {
      const created = this.createStep(step.action, this.checked(step, next));
      if (created.clear !== null) this.clears.push(() => created.clear?.());
      next = created.run;
    }
    this.start = next;
  }

  run(): void {
    for (let n = 0; n < this.clears.length; n++) (this.clears[n] as () => void)();
    this.used.count = 0;
    for (let n = 0; n < this.boundBefore.length; n++) if (!(this.boundBefore[n] as () => boolean)()) return;
    if (this.holds === null || this.holds()) this.start();
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

  private createStep(action: StepAction, next: () => void): Step {
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
      case 'expand': {
        const far = action.towards === 'right' ? action.edge + 1 : action.edge;
        const { slot } = state.pattern.vertices[far] as VertexPattern;
        return createEdgeStep(action, state, this.plan.vertexTables.get(slot) ?? [], this.context, next);
      }
      case 'finish':
        return this.finish(state, next);
    }
  }

  private seekVertex(action: ActionOf<'seekVertex'>, path: PathPattern, next: () => void): Step {
    const { slot, seek } = path.vertices[action.position] as VertexPattern;
    const key = this.compileKey(seek);
    const table = seek?.vertexTable ?? 0;
    const { graph, slots } = this.context;
    const fits = this.fitsOf(slot);
    return step(() => {
      const vertex = graph.findVertex(table, key());
      if (!fits(vertex)) return;
      slots[slot] = vertex;
      next();
    });
  }

  /** The seek's key, in an array that is used again. */
  private compileKey(seek: { readonly key: readonly Expr[] } | null): () => readonly never[] {
    const parts = (seek?.key ?? []).map((expr): Evaluate => this.context.compile(expr));
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
      state.place(vertex, action.position);
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
          state.place(vertex, action.position);
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
    const key = this.compileKey(edge.seek);
    const table = edge.seek?.edgeTable ?? 0;
    graph.indexEdges(table);
    const isTable = tablesWith(graph.plan.edgeTables, edge.labels).includes(table);
    const keep = this.keepOf(edge, state);
    const found: number[] = [];
    const fitsLeft = this.fitsOf(left);
    const fitsRight = this.fitsOf(right);
    const tryEnds = (one: number, from: number, to: number): void => {
      if (action.leftBound ? slots[left] !== from : !fitsLeft(from)) return;
      if (!action.leftBound) slots[left] = from;
      if (action.rightBound || left === right ? slots[right] !== to : !fitsRight(to)) return;
      slots[right] = to;
      slots[edge.slot] = one;
      if (keep !== null) {
        if (!keep.passes(one) || !keep.latest.allows(one, from)) return;
        slots[edge.slot] = one;
      }
      this.beginWithEdge(state, action.edge, one, from, to, next);
    };
    return {
      clear: keep === null ? null : () => keep.latest.clear(),
      run: () => {
        if (!isTable) return;
        const count = graph.findEdges(table, key(), found);
        for (let n = 0; n < count; n++) {
          const one = found[n] as number;
          const source = graph.edgeSource(one);
          const destination = graph.edgeDestination(one);
          if (edge.direction !== 'in') tryEnds(one, source, destination);
          if (edge.direction === 'in' || (edge.direction === 'any' && source !== destination)) {
            tryEnds(one, destination, source);
          }
        }
      },
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

  private beginWithEdge(
    state: PathState,
    at: number,
    edge: number,
    from: number,
    to: number,
    next: () => void,
  ): void {
    state.begin();
    if (state.isUsed(edge)) return;
    state.place(from, at);
    if (!state.canPlace(to, at + 1)) return;
    state.place(to, at + 1);
    if (state.ascending !== null) {
      state.first = state.ascending.valueOf(edge);
      state.last = state.first;
      if (state.first === null) return;
    }
    state.use(edge);
    next();
    state.unuse(edge);
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

function step(run: () => void): Step {
  return { run, clear: null };
}
