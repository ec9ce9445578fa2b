import { present } from '../../core/assert.ts';
import { formatText } from '../../core/format-value.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Row, SqlType, Value } from '../../core/types.ts';
import type { ActionsPlan, ProjectionItem, RulePlan } from '../../language/plan.ts';
import { compileExpression } from '../expression/compile.ts';
import { EMPTY, type Evaluate, type EvaluationErrors, type PathValue } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { WorkAllowance } from '../kernels/work-budget.ts';
import { Job, type JobRow } from './job.ts';
import { ResultElements } from './result-elements.ts';
import { pathKeys, resultJson } from './result-json.ts';
import type { AlertOutcome, AlertPath, ResultJson, RuleOutcome } from './rule-outcome.ts';

/** A rule, ready to run. One run at a time. */
export interface CompiledRule {
  /**
   * What the rule finds for a triggering row (`old`: the row before), with no more work than is left of `allowance`; null
   * where WHEN is not true.
   */
  run(row: Row, old: Row, allowance?: WorkAllowance | null): RuleOutcome | null;
}

const NOTHING: readonly never[] = [];

/**
 * Compiles a rule over its graph; null for a rule without THEN. Failed evaluations are counted in `errors`. With
 * `elements` its alerts carry the vertices and edges of their paths.
 */
export function compileRule(
  plan: RulePlan,
  graph: GraphView | null,
  errors: EvaluationErrors,
  elements = false,
): CompiledRule {
  const when = plan.when === null ? null : compileExpression(plan.when, { errors, elements: null });
  const job =
    plan.job === null
      ? null
      : new Job(plan.job, present(graph, `graph ${plan.job.graph}`), errors, `rule ${plan.name} fired`);
  const actions = new RowActions(plan.actions, graph, errors, elements);
  return {
    run(row, old, allowance = null) {
      if (when !== null && when(row, EMPTY, old) !== true) return null;
      if (job === null) return actions.outcome([WITHOUT_JOB], row, old, null);
      return actions.outcome(job.run(row, old, allowance), row, old, job);
    },
  };
}

/** The one row of a rule without THEN: it acts on the triggering row alone. */
const WITHOUT_JOB: JobRow = { slots: [], items: null };

/** Turns result rows into what a rule asks for. */
class RowActions {
  private readonly graph: GraphView | null;
  private readonly key: readonly {
    readonly name: string;
    readonly type: SqlType;
    readonly evaluate: Evaluate;
  }[];
  private readonly alerts: boolean;
  private readonly elements: boolean;
  private readonly inserts: readonly {
    readonly table: string;
    readonly columns: readonly number[];
    readonly values: readonly Evaluate[];
  }[];

  private readonly transfers: readonly {
    readonly relation: string;
    readonly values: readonly Evaluate[];
  }[];

  constructor(plan: ActionsPlan, graph: GraphView | null, errors: EvaluationErrors, elements: boolean) {
    const context = { errors, elements: graph };
    this.graph = graph;
    this.elements = elements;
    this.alerts = plan.alert !== null;
    this.key = (plan.alert?.key ?? []).map(({ name, value }) => ({
      name,
      type: value.type,
      evaluate: compileExpression(value, context),
    }));
    this.inserts = plan.inserts.map(({ table, columns, values }) => ({
      table,
      columns,
      values: values.map((value) => compileExpression(value, context)),
    }));
    this.transfers = (plan.transfers ?? []).map(({ relation, values }) => ({
      relation,
      values: values.map((value) => compileExpression(value, context)),
    }));
  }

  outcome(rows: readonly JobRow[], row: Row, old: Row, job: Job | null): RuleOutcome {
    const hasRows = rows.length > 0;
    return {
      alerts: this.alerts && hasRows ? this.alertsOf(rows, row, old) : NOTHING,
      inserts:
        this.inserts.length + this.transfers.length > 0 && hasRows ? this.insertsOf(rows, row, old) : NOTHING,
      rows: rows.length,
      trace: job !== null && hasRows ? job.traceEntries() : NOTHING,
      edgesVisited: job?.budget.visited ?? 0,
      partial: job?.partial ?? false,
    };
  }

  private alertsOf(rows: readonly JobRow[], row: Row, old: Row): readonly AlertOutcome[] {
    const alerts = new Map<string, { readonly texts: readonly (string | null)[]; readonly rows: JobRow[] }>();
    for (const one of rows) {
      const texts = this.key.map(({ type, evaluate }) => this.keyText(type, evaluate(row, one.slots, old)));
      const keyText = JSON.stringify(texts);
      const known = alerts.get(keyText);
      if (known === undefined) alerts.set(keyText, { texts, rows: [one] });
      else known.rows.push(one);
    }
    return [...alerts].map(([keyText, { texts, rows: members }]) => ({
      key: Object.fromEntries(this.key.map(({ name }, n) => [name, texts[n] ?? null])),
      keyText,
      paths: members.flatMap((member) => this.pathsOf(member)),
      ...(this.elements ? this.elementsOf(members) : {}),
    }));
  }

  private elementsOf(rows: readonly JobRow[]): Pick<AlertOutcome, 'elements'> {
    if (this.graph === null) return {};
    const elements = new ResultElements(this.graph, LIMITS.alertElementsMax);
    for (const { slots, items } of rows) {
      for (const { slot, value } of items ?? []) elements.add(value.type, slots[slot]);
    }
    return { elements: elements.describe() };
  }

  private keyText(type: SqlType, value: unknown): string | null {
    if (value === null || value === undefined) return null;
    const isElement = GRAPH_KINDS.has(type.kind);
    if (!isElement) return formatText(type, value as Value);
    const json = resultJson(type, value, present(this.graph, 'graph'));
    return typeof json === 'string' ? json : JSON.stringify(json);
  }

  /** One entry for each returned path column; one without a path where there is none. */
  private pathsOf({ slots, items }: JobRow): readonly AlertPath[] {
    if (items === null || this.graph === null) return NOTHING;
    const graph = this.graph;
    const values: [string, ResultJson][] = [];
    const paths: ProjectionItem[] = [];
    for (const item of items) {
      if (item.value.type.kind === 'path') paths.push(item);
      else values.push([item.name, resultJson(item.value.type, slots[item.slot], graph)]);
    }
    const byName = Object.fromEntries(values);
    if (paths.length === 0) return [{ name: '', vertices: NOTHING, edges: NOTHING, values: byName }];
    return paths.map(({ name, slot }) => {
      const path = slots[slot] as PathValue | null;
      const keys = path === null ? { vertices: NOTHING, edges: NOTHING } : pathKeys(path, graph);
      return { name, ...keys, values: byName };
    });
  }

  private insertsOf(rows: readonly JobRow[], row: Row, old: Row): RuleOutcome['inserts'] {
    return rows.flatMap(({ slots }) => [
      ...this.inserts.map(({ table, columns, values }) => {
        const inserted: Value[] = new Array<Value>(Math.max(...columns) + 1).fill(null);
        values.forEach((evaluate, n) => {
          inserted[columns[n] as number] = evaluate(row, slots, old) as Value;
        });
        return { table, row: inserted };
      }),
      ...this.transfers.map(({ relation, values }) => {
        const moved = values.map((evaluate) => evaluate(row, slots, old) as Value);
        return { table: relation, row: moved, isTransfer: true as const };
      }),
    ]);
  }
}

const GRAPH_KINDS: ReadonlySet<string> = new Set(['vertex', 'edge', 'edgeGroup', 'path', 'subgraph', 'list']);
