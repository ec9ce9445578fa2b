import type { Row } from '../../core/types.ts';
import type { RulePlan } from '../../language/plan.ts';
import type { RuleOutcome } from '../dag/rule-outcome.ts';
import { compileRule } from '../dag/rule-runner.ts';
import { compileExpression } from '../expression/compile.ts';
import { EMPTY, type Evaluate, type EvaluationErrors } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { WorkAllowance } from '../kernels/work-budget.ts';
import type { ChangeSink, RowSink } from '../stream/sink.ts';
import { compileRowJson } from './alert-line.ts';

/** A row that a rule fires for, with the row before an update or delete. */
export interface TriggeringRow {
  readonly row: Row;
  readonly old: Row;
}

/** A rule as it runs: its condition, the rows of the record at hand that meet it, and its job. */
export class RuleRuntime {
  readonly plan: RulePlan;
  /** Its place in the order of names. */
  readonly rank: number;
  /** 0 where it may refuse an event, else 1. */
  readonly refusesRank: number;
  readonly version: number;
  /** Whether it takes rows at all. */
  enabled = true;
  /** Whether nothing but effects comes of it: such jobs may run beside the fold. */
  readonly reportsOnly: boolean;
  readonly rowJson: (row: Row) => string;
  readonly #when: Evaluate | null;
  readonly #run: (row: Row, old: Row, allowance: WorkAllowance) => RuleOutcome | null;
  #rows: TriggeringRow[] = [];

  constructor(
    plan: RulePlan,
    rank: number,
    version: number,
    graph: GraphView | null,
    errors: EvaluationErrors,
    alertElements: boolean,
  ) {
    const { refuse, decide, inserts, transfers = [] } = plan.actions;
    this.plan = plan;
    this.rank = rank;
    this.refusesRank = refuse ? 0 : 1;
    this.version = version;
    this.reportsOnly = !refuse && decide === null && inserts.length + transfers.length === 0;
    this.rowJson = compileRowJson(plan.trigger.columns);
    this.#when = plan.when === null ? null : compileExpression(plan.when, { errors, elements: null });
    // The condition is the fold's: it is evaluated once, also where the job runs elsewhere.
    const compiled = compileRule({ ...plan, when: null }, graph, errors, alertElements);
    this.#run = (row, old, allowance) => compiled.run(row, old, allowance);
  }

  get hasRows(): boolean {
    return this.#rows.length > 0;
  }

  /** Takes a row for which WHEN is true. It asks for the row alone, so that it need not wait for the whole record. */
  add(row: Row, old: Row): void {
    if (!this.enabled) return;
    if (this.#when === null || this.#when(row, EMPTY, old) === true) this.#rows.push({ row, old });
  }

  /**
   * The rows since the last call, in the order in which operators hand them over: rows of windows by (window end,
   * group), rows of a join by the table's key.
   */
  takeRows(): readonly TriggeringRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  discardRows(): void {
    if (this.#rows.length > 0) this.#rows = [];
  }

  /** What the rule finds for one of its rows, with no more work than is left of `allowance`. */
  run({ row, old }: TriggeringRow, allowance: WorkAllowance): RuleOutcome | null {
    return this.#run(row, old, allowance);
  }

  /** Event time of a triggering row, microseconds. */
  timeOf(row: Row): number | null {
    const column = this.plan.trigger.eventTime;
    return column === null ? null : ((row[column] ?? null) as number | null);
  }
}

/** Gives a rule the rows of a stream that trigger it. `activate` is told of the first. */
export function ruleRows(rule: RuleRuntime, activate: (rule: RuleRuntime) => void): RowSink {
  const wantsRevision = rule.plan.trigger.event === 'revision';
  return {
    push(row, revision) {
      if (revision !== wantsRevision) return;
      const isActive = rule.hasRows;
      rule.add(row, EMPTY);
      if (!isActive && rule.hasRows) activate(rule);
    },
  };
}

/** Gives a rule the changes of a table that trigger it. */
export function ruleChanges(rule: RuleRuntime, activate: (rule: RuleRuntime) => void): ChangeSink {
  const { event } = rule.plan.trigger;
  return {
    change(row, old) {
      const happened = old === null ? 'insert' : row === null ? 'delete' : 'update';
      if (happened !== event) return;
      const isActive = rule.hasRows;
      rule.add((row ?? old) as Row, old ?? EMPTY);
      if (!isActive && rule.hasRows) activate(rule);
    },
  };
}
