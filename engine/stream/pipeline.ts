import { present } from '../../core/assert.ts';
import type { Row } from '../../core/types.ts';
import type {
  Column,
  DecisionPlan,
  Operator,
  Program,
  RelationRef,
  SourcePlan,
  TablePlan,
  ViewPlan,
} from '../../language/plan.ts';
import { compileRowJson } from '../effects/alert-line.ts';
import { type RuleRuntime, ruleChanges, ruleRows } from '../effects/rule-runtime.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { StatePart } from '../state/state-part.ts';
import { compileRowCompletion } from './complete-row.ts';
import { StreamEdges, TableEdges, TableVertices } from './graph-feeds.ts';
import { JoinStage } from './join-stage.ts';
import { OverWindows, overPartName } from './over-windows.ts';
import { changeStage, compileRowChain, filterStage, projectStage } from './row-stages.ts';
import { type ChangeSink, fanOut, fanOutChanges, type RowSink } from './sink.ts';
import type { SourceState } from './source-state.ts';
import type { TableState } from './table-state.ts';
import { type TimeColumns, timeColumnsAfter } from './time-columns.ts';
import type { UndoLog } from './undo-log.ts';
import { WindowGroups } from './window-groups.ts';

/** A graph and the sources whose time is its time. */
export interface GraphRuntime {
  readonly view: GraphView;
  readonly sources: readonly SourceState[];
}

/** A source and everything that its events flow into. */
export interface SourceRuntime {
  readonly plan: SourcePlan;
  readonly state: SourceState;
  /** A whole row of a stored one. */
  readonly complete: (stored: Row) => Row;
  readonly sink: RowSink;
  /** Windows over the source, those that read from another one after it. */
  readonly windows: readonly WindowGroups[];
  readonly overs: readonly OverWindows[];
  /** Graphs that it feeds, directly or through views. */
  readonly graphs: readonly GraphRuntime[];
  readonly decision: DecisionPlan | null;
  /** Whether a rule may refuse its events. */
  readonly refusable: boolean;
  readonly rowJson: (row: Row) => string;
}

/** A table and everything that its changes flow into. */
export interface TableRuntime {
  readonly plan: TablePlan;
  readonly state: TableState;
  readonly complete: (stored: Row) => Row;
  readonly sink: ChangeSink;
  /** Versions replaced before this time are asked for by no join. Microseconds. */
  readonly historyBound: () => number;
}

/** The running form of a program. */
export interface Pipeline {
  readonly sources: ReadonlyMap<string, SourceRuntime>;
  readonly tables: ReadonlyMap<string, TableRuntime>;
  readonly graphs: readonly GraphRuntime[];
  /** Feeds whose edges are to be made final after each record that could have been refused. */
  readonly feeds: readonly StreamEdges[];
  /** Operators of views with `backfill = 'log'`, by the name of their part. */
  readonly backfilled: ReadonlyMap<string, OverWindows | WindowGroups>;
  /** Event times that rows to come of a relation have at least, by relation and column; see TimeColumns. */
  readonly horizonOf: (relation: RelationRef, column: number) => number;
}

/** What a pipeline is made of: parts that hold state are found or made by name. */
export interface PipelineContext {
  readonly errors: EvaluationErrors;
  readonly undo: UndoLog;
  readonly positionOf: () => number;
  readonly activate: (rule: RuleRuntime) => void;
  readonly source: (plan: SourcePlan) => SourceState;
  readonly table: (plan: TablePlan) => TableState;
  readonly graph: (name: string) => GraphView;
  /** The part with the name, made by `create` where there is none. */
  readonly part: <P extends StatePart>(name: string, create: (name: string) => P) => P;
}

/** The columns of a relation of the program. */
export function columnsOf(program: Program, name: string): readonly Column[] {
  for (const relations of [program.sources, program.tables, program.views]) {
    for (const relation of relations) if (relation.name === name) return relation.columns;
  }
  return present<readonly Column[]>(undefined, `relation ${name}`);
}

/** Joins the stages of a program, from its last views back to its sources and tables. */
export class PipelineBuilder {
  readonly #program: Program;
  readonly #rules: readonly RuleRuntime[];
  readonly #context: PipelineContext;
  readonly #sources = new Map<string, SourceState>();
  readonly #tables = new Map<string, TableState>();
  readonly #graphs: readonly GraphRuntime[];
  /** By relation, and for views by relation after each operator. */
  readonly #timeColumns = new Map<string, readonly TimeColumns[]>();
  readonly #rowSinks = new Map<string, RowSink[]>();
  readonly #changeSinks = new Map<string, ChangeSink[]>();
  readonly #windows = new Map<string, WindowGroups[]>();
  readonly #overs = new Map<string, OverWindows[]>();
  readonly #historyBounds = new Map<string, (() => number)[]>();
  readonly #feeds: StreamEdges[] = [];
  readonly #partNames = new Set<string>();
  readonly #backfilled = new Map<string, OverWindows | WindowGroups>();

  constructor(program: Program, rules: readonly RuleRuntime[], context: PipelineContext) {
    this.#program = program;
    this.#rules = rules;
    this.#context = context;
    for (const plan of program.sources) this.#sources.set(plan.name, context.source(plan));
    for (const plan of program.tables) this.#tables.set(plan.name, context.table(plan));
    this.#graphs = program.graphs.map(({ name, edgeTables }) => {
      const roots = new Set(
        edgeTables.filter(({ fromSource }) => fromSource).map(({ relation }) => this.#rootOf(relation)),
      );
      return {
        view: context.graph(name),
        sources: [...roots].map((root) => present(this.#sources.get(root), `source ${root}`)),
      };
    });
  }

  build(): Pipeline {
    this.#findTimeColumns();
    this.#configureTables();
    for (const rule of this.#rules) this.#connectRule(rule);
    for (const graph of this.#graphs) this.#connectGraph(graph.view);
    for (const view of [...this.#program.views].reverse()) this.#connectView(view);
    return {
      sources: new Map(this.#program.sources.map((plan) => [plan.name, this.#sourceRuntime(plan)])),
      tables: new Map(this.#program.tables.map((plan) => [plan.name, this.#tableRuntime(plan)])),
      graphs: this.#graphs,
      feeds: this.#feeds,
      backfilled: this.#backfilled,
      horizonOf: (relation, column) => {
        const slack = this.#timeColumns.get(relation.name)?.at(-1)?.get(column);
        const root = this.#sources.get(this.#rootOf(relation));
        return slack === undefined || root === undefined ? Number.NEGATIVE_INFINITY : root.horizon - slack;
      },
    };
  }

  #rootOf(relation: RelationRef): string {
    if (relation.kind !== 'view') return relation.name;
    return present(this.#program.views.find(({ name }) => name === relation.name)).root.name;
  }

  #findTimeColumns(): void {
    for (const { name, eventTime } of this.#program.sources) {
      this.#timeColumns.set(name, [eventTime === null ? new Map() : new Map([[eventTime.column, 0]])]);
    }
    for (const { name, input, operators } of this.#program.views) {
      const steps = [this.#timeColumns.get(input.name)?.at(-1) ?? new Map<number, number>()];
      for (const operator of operators) steps.push(timeColumnsAfter(operator, present(steps.at(-1))));
      this.#timeColumns.set(name, steps);
    }
  }

  /** Tables are told whether joins ask for their past before joins index them. */
  #configureTables(): void {
    const asked = new Set<string>();
    for (const { operators } of this.#program.views) {
      for (const operator of operators) {
        if (operator.kind === 'join' && operator.version.kind === 'asOf') asked.add(operator.table);
      }
    }
    for (const plan of this.#program.tables) {
      present(this.#tables.get(plan.name)).configure(plan, asked.has(plan.name));
    }
  }

  #connectRule(rule: RuleRuntime): void {
    const { relation, root } = rule.plan.trigger;
    if (root.kind === 'table') {
      push(this.#changeSinks, relation.name, ruleChanges(rule, this.#context.activate));
    } else push(this.#rowSinks, relation.name, ruleRows(rule, this.#context.activate));
  }

  #connectGraph(graph: GraphView): void {
    const { undo, positionOf } = this.#context;
    graph.plan.vertexTables.forEach(({ relation }, table) => {
      push(this.#changeSinks, relation.name, new TableVertices(graph, table));
    });
    graph.plan.edgeTables.forEach(({ relation, fromSource }, table) => {
      if (fromSource) {
        const feed = new StreamEdges(graph, table, undo, positionOf);
        this.#feeds.push(feed);
        push(this.#rowSinks, relation.name, feed);
      } else push(this.#changeSinks, relation.name, new TableEdges(graph, table, positionOf));
    });
  }

  #connectView(view: ViewPlan): void {
    if (view.changes) {
      const sinks = this.#changeSinks.get(view.name);
      if (sinks === undefined) return;
      const chain = compileRowChain(view.operators, this.#context.errors);
      pushFirst(this.#changeSinks, view.input.name, changeStage(chain, fanOutChanges(sinks)));
      return;
    }
    const root = present(this.#sources.get(view.root.name));
    const times = present(this.#timeColumns.get(view.name));
    const widths = this.#widths(view);
    let next = fanOut(this.#rowSinks.get(view.name) ?? []);
    for (let n = view.operators.length - 1; n >= 0; n--) {
      const operator = view.operators[n] as Operator;
      if (isIdentity(operator, widths[n] as number)) continue;
      next = this.#stage(operator, view, root, times[n] as TimeColumns, next);
    }
    pushFirst(this.#rowSinks, view.input.name, next);
  }

  /** Columns of the rows that each operator of a view takes in. */
  #widths(view: ViewPlan): readonly number[] {
    let width = columnsOf(this.#program, view.input.name).length;
    return view.operators.map((operator) => {
      const taken = width;
      width = this.#widthAfter(operator, width);
      return taken;
    });
  }

  #widthAfter(operator: Operator, width: number): number {
    switch (operator.kind) {
      case 'filter':
        return width;
      case 'project':
        return operator.expressions.length;
      case 'join':
        return width + columnsOf(this.#program, operator.table).length;
      case 'over':
        return width + operator.windows.reduce((sum, { aggregates }) => sum + aggregates.length, 0);
      case 'window':
        return operator.group.length + 3 + operator.aggregates.length;
    }
  }

  #stage(operator: Operator, view: ViewPlan, root: SourceState, times: TimeColumns, next: RowSink): RowSink {
    const { errors, undo } = this.#context;
    const horizonAt = (column: number): (() => number) => {
      const slack = times.get(column);
      return slack === undefined ? () => Number.NEGATIVE_INFINITY : () => root.horizon - slack;
    };
    switch (operator.kind) {
      case 'filter':
        return filterStage(operator, errors, next);
      case 'project':
        return projectStage(operator, errors, next);
      case 'join': {
        const table = present(this.#tables.get(operator.table));
        if (operator.version.kind === 'asOf') {
          const { time } = operator.version;
          push(this.#historyBounds, operator.table, horizonAt(time.kind === 'column' ? time.index : -1));
        }
        return new JoinStage(operator, table, errors, next);
      }
      case 'over': {
        const over = this.#part(
          overPartName(operator),
          (name) => new OverWindows(name, operator, errors, undo),
        );
        over.connect(operator, next, horizonAt(operator.time));
        pushFirst(this.#overs, view.root.name, over);
        if (view.backfill) this.#backfilled.set(over.name, over);
        return over;
      }
      case 'window': {
        const window = this.#part(
          `window/${operator.fingerprint}`,
          (name) => new WindowGroups(name, operator, errors, undo),
        );
        window.connect(operator, next, () => root.watermark, horizonAt(operator.time));
        pushFirst(this.#windows, view.root.name, window);
        if (view.backfill) this.#backfilled.set(window.name, window);
        return window;
      }
    }
  }

  /** The part of an operator; the second operator of one plan has a part of its own. */
  #part<P extends StatePart>(name: string, create: (name: string) => P): P {
    let own = name;
    for (let n = 2; this.#partNames.has(own); n++) own = `${name}#${n}`;
    this.#partNames.add(own);
    return this.#context.part(own, create);
  }

  #sourceRuntime(plan: SourcePlan): SourceRuntime {
    const state = present(this.#sources.get(plan.name));
    return {
      plan,
      state,
      complete: compileRowCompletion(plan, this.#context.errors),
      sink: fanOut(this.#rowSinks.get(plan.name) ?? []),
      windows: this.#windows.get(plan.name) ?? [],
      overs: this.#overs.get(plan.name) ?? [],
      graphs: this.#graphs.filter(({ sources }) => sources.includes(state)),
      decision: this.#program.decisions.find(({ source }) => source === plan.name) ?? null,
      refusable: this.#isRefusable(plan.name),
      rowJson: compileRowJson(plan.columns),
    };
  }

  #tableRuntime(plan: TablePlan): TableRuntime {
    const bounds = this.#historyBounds.get(plan.name) ?? [];
    return {
      plan,
      state: present(this.#tables.get(plan.name)),
      complete: compileRowCompletion(plan, this.#context.errors),
      sink: fanOutChanges(this.#changeSinks.get(plan.name) ?? []),
      historyBound: () => bounds.reduce((least, bound) => Math.min(least, bound()), Number.POSITIVE_INFINITY),
    };
  }

  #isRefusable(root: string): boolean {
    return this.#rules.some(({ plan }) => plan.actions.refuse && plan.trigger.root.name === root);
  }
}

/** Whether an operator lets every row through as it is. */
function isIdentity(operator: Operator, width: number): boolean {
  return (
    operator.kind === 'project' &&
    operator.expressions.length === width &&
    operator.expressions.every((expr, n) => expr.kind === 'column' && expr.index === n)
  );
}

function push<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

/** Views are connected last to first, so that each goes before those that were connected already. */
function pushFirst<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.unshift(item);
}
