import { unreachable } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Row } from '../../core/types.ts';
import type {
  CallClause,
  Clause,
  JobPlan,
  MatchClause,
  PathPattern,
  ProjectionClause,
  ProjectionItem,
} from '../../language/plan.ts';
import type { EvaluationErrors, SubgraphValue } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import { neighbourhood } from '../kernels/neighbourhood.ts';
import { type WorkAllowance, WorkBudget, type WorkWatch } from '../kernels/work-budget.ts';
import { AdaptiveMatch } from './adaptive-match.ts';
import { JobContext, type Slots } from './job-context.ts';
import { mergeableWalks } from './mergeable-walks.ts';

import { Projection } from './projection.ts';
import type { TraceEntry } from './rule-outcome.ts';
import { rowsText, type TaskTrace, Trace } from './trace.ts';
import { bindingOrder } from './value-order.ts';

/** A result row: its values by slot, and the RETURN that made it (null where the job has none). */
export interface JobRow {
  readonly slots: Slots;
  readonly items: readonly ProjectionItem[] | null;
}

/** Turns the rows that reach a clause into those that leave it. */
type Task = (rows: readonly JobRow[]) => readonly JobRow[];

/**
 * A graph job, compiled: clauses turn one empty binding into result rows, row by row where the language says so. The
 * rows that a task leaves decide which tasks run next; every one that ran is in the trace. One run at a time.
 */
export class Job {
  readonly budget: WorkBudget;
  readonly context: JobContext;
  private readonly tasks: Task;
  private readonly trace = new Trace();
  private overflowed = false;

  /**
   * `origin` says in traces what started the job; `hopsMax` is the most that it may try beside its budget; `watch` is
   * asked between slices of its work.
   */
  constructor(
    plan: JobPlan,
    graph: GraphView,
    errors: EvaluationErrors,
    origin: string,
    hopsMax: number = LIMITS.jobHopsMax,
    watch: WorkWatch | null = null,
  ) {
    this.budget = new WorkBudget(plan.budgetEdges ?? LIMITS.budgetEdgesDefault, hopsMax, watch);
    this.context = new JobContext(graph, this.budget, { errors, elements: graph }, plan.slots);
    this.tasks = new JobCompiler(plan, this.context, this.trace, () => this.overflow()).compile(origin);
  }

  /** Result rows in order. `row` is the triggering row, or a query's parameters. `allowance`: what it shares with others. */
  run(row: Row, old: Row, allowance: WorkAllowance | null = null): readonly JobRow[] {
    this.budget.reset(allowance);
    this.trace.reset();
    this.overflowed = false;
    this.context.row = row;
    this.context.old = old;
    const rows = this.tasks([{ slots: this.context.slots, items: null }]);
    if (allowance !== null) this.budget.chargeTo(allowance);
    return rows;
  }

  /** Whether the last run ended early. */
  get partial(): boolean {
    return this.budget.stopped || this.overflowed;
  }

  /** What the last run did. */
  traceEntries(): readonly TraceEntry[] {
    return this.trace.entries();
  }

  private overflow(): void {
    this.overflowed = true;
  }
}

class JobCompiler {
  private readonly plan: JobPlan;
  private readonly context: JobContext;
  private readonly trace: Trace;
  private readonly overflow: () => void;

  constructor(plan: JobPlan, context: JobContext, trace: Trace, overflow: () => void) {
    this.plan = plan;
    this.context = context;
    this.trace = trace;
    this.overflow = overflow;
  }

  compile(origin: string): Task {
    return this.clauses(this.plan.clauses, new Set(), () => origin);
  }

  private clauses(clauses: readonly Clause[], before: ReadonlySet<number>, first: () => string): Task {
    const bound = new Set(before);
    const { budget } = this.context;
    let why: (rowsIn: number) => string = first;
    const tasks = clauses.map((clause, n): Task => {
      const name = this.nameOf(clause);
      const trace = clause.kind === 'branch' ? null : this.trace.add(name, why);
      const task = this.clause(clause, bound, mergeableWalks(clauses, n));
      bind(clause, bound);
      why = (rowsIn) => `${rowsText(rowsIn)} of ${name}`;
      return trace === null ? task : this.traced(task, trace);
    });
    // Behind the last task that makes a row of none, nothing needs to run without rows.
    const makesRows = clauses.map(makesRowOfNone);
    const needed = makesRows.map((_, n) => makesRows.slice(n).includes(true));
    return (rows) => {
      let current = rows;
      for (let n = 0; n < tasks.length; n++) {
        // Of a job that is called off nobody wants what the rest would make of it.
        if (budget.interrupted || (current.length === 0 && needed[n] === false)) return current;
        current = (tasks[n] as Task)(current);
      }
      return current;
    };
  }

  private traced(task: Task, trace: TaskTrace): Task {
    const { budget } = this.context;
    return (rows) => {
      const before = budget.visited;
      const left = task(rows);
      trace.rowsIn += rows.length;
      trace.rowsOut += left.length;
      trace.edgesVisited += budget.visited - before;
      return left;
    };
  }

  private clause(clause: Clause, bound: ReadonlySet<number>, mergeable: ReadonlySet<number>): Task {
    switch (clause.kind) {
      case 'match':
        return this.match(clause, bound, mergeable);
      case 'let': {
        const evaluate = this.context.compile(clause.value);
        return (rows) =>
          rows.map(({ slots, items }) => {
            const next = slots.slice();
            next[clause.slot] = evaluate(this.context.row, slots, this.context.old);
            return { slots: next, items };
          });
      }
      case 'filter': {
        const holds = this.context.compile(clause.predicate);
        return (rows) =>
          rows.filter(({ slots }) => holds(this.context.row, slots, this.context.old) === true);
      }
      case 'with':
      case 'return':
        return this.project(clause);
      case 'call':
        return this.call(clause);
      case 'branch':
        return this.branch(clause, bound);
      default:
        return unreachable(clause);
    }
  }

  private match(clause: MatchClause, bound: ReadonlySet<number>, mergeable: ReadonlySet<number>): Task {
    const { context } = this;
    const { budget } = context;
    let found: Slots[] = [];
    let total = 0;
    const emit = () => {
      if (total >= LIMITS.jobRowsMax) {
        this.overflow();
        budget.end();
        return;
      }
      total++;
      found.push(context.slots.slice());
    };
    const runners = (clause.ways ?? [clause]).map(
      (way) => new AdaptiveMatch(way, bound, context, emit, mergeable),
    );
    const { slots: binds } = runners[0] as AdaptiveMatch;
    const order = bindingOrder(clause, context.graph);
    return (rows) => {
      const left: JobRow[] = [];
      total = 0;
      for (const { slots } of rows) {
        // What was found is kept where the rest of it is optional.
        if (budget.stopped && !clause.optional) break;
        if (slots !== context.slots) for (let n = 0; n < slots.length; n++) context.slots[n] = slots[n];
        for (const runner of runners) if (!budget.stopped) runner.run();
        if (found.length === 0) {
          if (clause.optional) left.push({ slots: unmatched(slots, binds), items: null });
          continue;
        }
        if (found.length > 1) found.sort(order);
        for (const one of found) left.push({ slots: one, items: null });
        found = [];
      }
      return left;
    };
  }

  private project(clause: ProjectionClause): Task {
    const projection = new Projection(clause, this.context);
    const items = clause.kind === 'return' ? clause.items : null;
    return (rows) => projection.run(rows.map(({ slots }) => slots)).map((slots) => ({ slots, items }));
  }

  private call(clause: CallClause): Task {
    const { context } = this;
    const [centre, hops] = clause.args.map((arg) => context.compile(arg));
    const tables = context.graph.plan.edgeTables.map((_, table) => table);
    const out = context.walked(tables, 'out');
    const into = context.walked(tables, 'in');
    const outReads = context.budget.reads();
    const inReads = context.budget.reads();
    return (rows) =>
      rows.map(({ slots, items }) => {
        const vertex = (centre?.(context.row, slots, context.old) ?? null) as number | null;
        const distance = Number(hops?.(context.row, slots, context.old) ?? 0);
        const found =
          vertex === null
            ? { vertices: [], edges: [] }
            : neighbourhood(vertex, distance, out, into, context.budget, outReads, inReads);
        const { graph } = context;
        const subgraph: SubgraphValue = {
          kind: 'subgraph',
          vertices: [...found.vertices].sort((a, b) => graph.compareVertices(a, b)),
          edges: [...found.edges].sort((a, b) => graph.compareEdgeKeys(a, b)),
        };
        const next = slots.slice();
        for (const { slot } of clause.yields) next[slot] = subgraph;
        return { slots: next, items };
      });
  }

  private branch(clause: Extract<Clause, { kind: 'branch' }>, bound: ReadonlySet<number>): Task {
    const { context } = this;
    const branches = clause.branches.map(({ when, clauses }, n) => {
      const name = when === null ? 'else' : `when ${n + 1}`;
      const trace = this.trace.add(`branch ${name}`, (rowsIn) =>
        when === null
          ? `no condition held for ${rowsText(rowsIn)}`
          : `its condition held for ${rowsText(rowsIn)}`,
      );
      return {
        when: when === null ? null : context.compile(when),
        run: this.clauses(clauses, bound, () => `branch ${name}`),
        trace,
      };
    });
    return (rows) =>
      rows.flatMap((row) => {
        const taken = branches.find(
          ({ when }) => when === null || when(context.row, row.slots, context.old) === true,
        );
        if (taken === undefined) return [];
        taken.trace.rowsIn++;
        const left = taken.run([row]);
        taken.trace.rowsOut += left.length;
        return left;
      });
  }

  private nameOf(clause: Clause): string {
    switch (clause.kind) {
      case 'match': {
        const names = clause.paths.map((path) => this.pathName(path)).filter((name) => name !== '');
        return `${clause.optional ? 'optional ' : ''}match${names.length === 0 ? '' : ` ${names.join(', ')}`}`;
      }
      case 'let':
        return `let ${this.plan.slotNames[clause.slot] ?? ''}`;
      case 'call':
        return `call ${clause.procedure}`;
      default:
        return clause.kind;
    }
  }

  /** The path's variable, else those of its vertices and edges. */
  private pathName(path: PathPattern): string {
    if (path.name !== null) return path.name;
    const slots = path.vertices.flatMap(({ slot }, n) => [slot, path.edges[n]?.slot ?? -1]);
    return slots.flatMap((slot) => this.plan.slotNames[slot] || []).join('-');
  }
}

function unmatched(slots: Slots, bound: readonly number[]): Slots {
  const row = slots.slice();
  for (const slot of bound) row[slot] = null;
  return row;
}

/** An aggregate over all rows is a row even of none. */
function makesRowOfNone(clause: Clause): boolean {
  return (clause.kind === 'with' || clause.kind === 'return') && clause.grouping?.by.length === 0;
}

/** Adds the slots that a clause binds; WITH leaves only its own. */
function bind(clause: Clause, bound: Set<number>): void {
  switch (clause.kind) {
    case 'match':
      for (const path of clause.paths) {
        for (const { slot } of [...path.vertices, ...path.edges]) bound.add(slot);
        if (path.slot !== null) bound.add(path.slot);
      }
      return;
    case 'let':
      bound.add(clause.slot);
      return;
    case 'call':
      for (const { slot } of clause.yields) bound.add(slot);
      return;
    case 'with':
    case 'return':
      bound.clear();
      for (const { slot } of clause.items) bound.add(slot);
      return;
    default:
  }
}
