import type { DefinitionsRecord, EventRecord, LogRecord, RowRecord } from '../../core/record.ts';
import type { Program, RulePlan, SourcePlan } from '../../language/plan.ts';
import type { SqlType, Value } from '../../core/types.ts';
import { alertsOf, type ModelAlert, queryRows, type RaisedAlert, rowsOfRule } from './model-actions.ts';
import { runJob } from './model-jobs.ts';
import { BEGINNING_OF_TIME, type Change, completeRow, END_OF_TIME, ModelContent } from './model-content.ts';
import { evaluate, rowScope } from './model-expressions.ts';
import { keyText } from './model-functions.ts';
import type { ModelRow } from './model-operators.ts';
import type { Effort } from './model-paths.ts';
import { compareLists, fromLog, type Scalar } from './model-values.ts';
import { parametersOf, type QueryAnswer } from './query-answer.ts';

/** The outcome for one event of a source that has a DECISION. */
export interface ModelDecision {
  readonly decision: string;
  readonly position: number;
  readonly outcome: string;
  readonly rules: readonly string[];
  readonly key: string;
}

/** Totals since the beginning of the log. */
export interface ModelCounters {
  position: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  late: number;
  refused: number;
  suppressed: number;
}

interface SourceMemory {
  watermark: bigint;
  /** Events before this are late beyond lateness. */
  horizon: bigint;
  /** Arrival of the newest accepted event, or of the definition. */
  heard: bigint;
  /** Whether a tick has found it silent, and no event has come since. */
  silent: boolean;
  /** Keys of accepted events with their event time. */
  events: { key: readonly Scalar[]; at: bigint }[];
}

interface Insert {
  readonly table: string;
  readonly row: ModelRow;
}

/**
 * The naive model: folds a log by the letter of language.md, with lists, copies and brute force, and no code of the
 * engine. It keeps all that ever came and computes windows, graphs and matches anew whenever they are asked for.
 */
export class ModelFold {
  readonly alerts: ModelAlert[] = [];
  readonly decisions: ModelDecision[] = [];
  readonly lateRows: { readonly relation: string; readonly position: number }[] = [];
  readonly counters: ModelCounters = {
    position: 0,
    accepted: 0,
    duplicates: 0,
    rejected: 0,
    late: 0,
    refused: 0,
    suppressed: 0,
  };
  content: ModelContent;
  private readonly compile: (text: string) => Program;
  private readonly effort: Effort;
  private readonly sources = new Map<string, SourceMemory>();
  private readonly versions = new Map<string, { version: number; fingerprint: string | null }>();
  /** Event time of the last raised alert, by rule, then key. */
  private suppression = new Map<string, Map<string, bigint>>();

  constructor(compile: (text: string) => Program, effort: Effort) {
    this.compile = compile;
    this.effort = effort;
    this.content = new ModelContent({
      sources: [],
      tables: [],
      views: [],
      graphs: [],
      decisions: [],
      rules: [],
      queries: [],
    });
  }

  apply(record: LogRecord): void {
    switch (record.kind) {
      case 'definitions':
        return this.define(record);
      case 'event':
        return this.event(record);
      case 'rowUpsert':
      case 'rowDelete':
        return this.tableRow(record);
      case 'endOfTime':
        return this.endOfTime();
      case 'tick':
        return this.tick(BigInt(record.arrivalMicros));
      default:
        return;
    }
  }

  /** The answers of all queries, on the state as it is. */
  ask(first: (type: SqlType) => Value): QueryAnswer[] {
    return this.program.queries.map((plan) => {
      const parameters = plan.parameters.map(({ type }, index) =>
        fromLog(type, parametersOf(plan, first)[index]),
      );
      const graph = this.program.graphs.find(({ name }) => name === plan.job.graph);
      if (graph === undefined) throw new Error(`no graph ${plan.job.graph}`);
      const scope = { row: [], old: [], parameters, slots: [] };
      const rows = runJob(plan.job, scope, this.content.snapshot(graph), this.effort);
      return { name: plan.name, rows: queryRows(plan, rows) };
    });
  }

  private get program(): Program {
    return this.content.program;
  }

  private define(record: DefinitionsRecord): void {
    const program = this.compile(record.text);
    this.counters.position += 1;
    for (const rule of this.program.rules) {
      const same = program.rules.find(({ name }) => name === rule.name);
      const known = this.versions.get(rule.name);
      if (same?.fingerprint !== rule.fingerprint) this.suppression.delete(rule.name);
      if (same === undefined && known !== undefined) known.fingerprint = null;
    }
    for (const { name, fingerprint } of program.rules) {
      const known = this.versions.get(name) ?? { version: 0, fingerprint: null };
      if (known.fingerprint !== fingerprint)
        this.versions.set(name, { version: known.version + 1, fingerprint });
    }
    for (const name of this.sources.keys()) {
      if (!program.sources.some((source) => source.name === name)) this.sources.delete(name);
    }
    this.content = this.content.under(program);
    for (const { name, eventTime } of program.sources) {
      if (!this.sources.has(name)) this.memoryOf(name).heard = BigInt(record.arrivalMicros);
      const memory = this.memoryOf(name);
      this.advance(name, memory.watermark);
      if (eventTime?.idleTimeoutMicros === null) memory.silent = false;
    }
    this.content.expire((source) => this.memoryOf(source));
  }

  private memoryOf(source: string): SourceMemory {
    const [watermark, horizon] = [BEGINNING_OF_TIME, BEGINNING_OF_TIME];
    const memory = this.sources.get(source) ?? { watermark, horizon, heard: 0n, silent: false, events: [] };
    this.sources.set(source, memory);
    return memory;
  }

  /** Moves a watermark, and what is late after it, if that is forward. */
  private advance(source: string, mark: bigint): void {
    const memory = this.memoryOf(source);
    const time = this.program.sources.find(({ name }) => name === source)?.eventTime;
    if (mark > memory.watermark) memory.watermark = mark;
    const horizon = memory.watermark - BigInt(time?.allowedLatenessMicros ?? 0);
    if (horizon > memory.horizon) memory.horizon = horizon;
  }

  /** A tick: sources silent for their idle_timeout are left out until their next event. */
  private tick(arrival: bigint): void {
    for (const { name, eventTime } of this.program.sources) {
      const timeout = eventTime?.idleTimeoutMicros ?? null;
      const memory = this.memoryOf(name);
      if (timeout !== null && arrival - memory.heard >= BigInt(timeout)) memory.silent = true;
    }
    this.content.expire((source) => this.memoryOf(source));
  }

  private event(record: EventRecord): void {
    const source = this.program.sources.find(({ name }) => name === record.relation);
    if (source === undefined) throw new Error(`no source ${record.relation}`);
    const row = completeRow(source, record.row);
    const memory = this.memoryOf(source.name);
    const time = source.eventTime;
    const at = time === null ? null : (row[time.column] ?? null);
    if (
      time !== null &&
      (at === null || (at as bigint) > BigInt(record.arrivalMicros) + BigInt(source.maxAheadMicros))
    ) {
      this.counters.rejected += 1;
      return;
    }
    const key = source.key.map((column) => row[column] ?? null);
    const remembered = memory.events.filter((event) => time === null || event.at >= memory.horizon);
    if (source.key.length > 0 && remembered.some((event) => compareLists(event.key, key) === 0)) {
      this.counters.duplicates += 1;
      return;
    }
    this.counters.position += 1;
    this.counters.accepted += 1;
    memory.silent = false;
    if (BigInt(record.arrivalMicros) > memory.heard) memory.heard = BigInt(record.arrivalMicros);
    memory.events.push({ key, at: (at as bigint | null) ?? 0n });
    if (time !== null && (at as bigint) < memory.horizon) {
      this.counters.late += 1;
      this.lateRows.push({ relation: source.name, position: this.counters.position });
      return;
    }
    const mark = time === null ? null : (evaluate(time.watermark, rowScope(row)) as bigint | null);
    this.step(
      source.name,
      { event: 'insert', row, old: null, revision: 0n },
      null,
      () => this.advance(source.name, mark ?? memory.watermark),
      source,
    );
  }

  private tableRow(record: RowRecord): void {
    const table = this.program.tables.find(({ name }) => name === record.relation);
    if (table === undefined) throw new Error(`no table ${record.relation}`);
    this.counters.position += 1;
    this.counters.accepted += 1;
    const row = completeRow(table, record.row);
    this.tableStep({ table: table.name, row }, record.kind === 'rowDelete');
  }

  /** A table change with all that it causes: INSERT INTO upserts follow one after the other. */
  private tableStep(insert: Insert, deleted: boolean): void {
    this.step(insert.table, null, { ...insert, deleted }, () => undefined, null);
  }

  /**
   * One record: applied to everything, then the watermark and the windows it closes, then the rules, all on that
   * one state; REFUSE first; INSERT INTO last. Of a refused record its windows remain, with the rules on them.
   */
  private step(
    relation: string,
    arrived: Change | null,
    table: { readonly table: string; readonly row: ModelRow; readonly deleted: boolean } | null,
    advance: () => void,
    source: SourcePlan | null,
  ): void {
    const before = this.content.copy();
    const change = table === null ? arrived : this.content.changeTable(table.table, table.row, table.deleted);
    const own = this.content.flow(new Map(change === null ? [] : [[relation, [change]]]), null);
    advance();
    const closed = this.closeWindows();
    const changes = new Map(own);
    for (const [name, list] of closed) changes.set(name, [...(changes.get(name) ?? []), ...list]);
    const refuses = this.program.rules.filter(({ actions }) => actions.refuse);
    const others = this.program.rules.filter(({ actions }) => !actions.refuse);
    for (const rule of refuses) {
      if (!this.runRule(rule, changes, []).acted) continue;
      this.counters.refused += 1;
      this.content = before;
      if (source !== null) this.decide(source, change?.row ?? [], 'refused', [rule.name]);
      // What the watermark closed stays closed; these rows are not the event's.
      return this.runRulesOnWindows(this.closeWindows());
    }
    const inserts: Insert[] = [];
    const named: { outcome: string; rule: string }[] = [];
    for (const rule of others) {
      const { acted } = this.runRule(rule, changes, inserts);
      if (acted && rule.actions.decide !== null)
        named.push({ outcome: rule.actions.decide.outcome, rule: rule.name });
    }
    if (source !== null) this.decideByRules(source, change?.row ?? [], named);
    for (const insert of inserts) this.tableStep(insert, false);
  }

  private closeWindows(): Map<string, Change[]> {
    const closed = this.content.flow(new Map(), (source) => this.memoryOf(source).watermark);
    this.content.expire((source) => this.memoryOf(source));
    return closed;
  }

  private endOfTime(): void {
    for (const { name, eventTime } of this.program.sources) {
      if (eventTime === null) continue;
      this.memoryOf(name).silent = false;
      this.advance(name, END_OF_TIME);
    }
    this.runRulesOnWindows(this.closeWindows());
  }

  /** What follows from windows that fire without an event. */
  private runRulesOnWindows(closed: ReadonlyMap<string, readonly Change[]>): void {
    const inserts: Insert[] = [];
    for (const rule of this.program.rules) this.runRule(rule, closed, inserts);
    for (const insert of inserts) this.tableStep(insert, false);
  }

  /** Runs one rule over the changes that trigger it, in their order; raises its alerts and collects its inserts. */
  private runRule(
    rule: RulePlan,
    changes: ReadonlyMap<string, readonly Change[]>,
    inserts: Insert[],
  ): { acted: boolean } {
    const { trigger } = rule;
    const triggering = (changes.get(trigger.relation.name) ?? []).filter(({ event, revision }) =>
      trigger.event === 'revision' ? revision > 0n : event === trigger.event && revision === 0n,
    );
    let acted = false;
    for (const change of triggering) {
      const scope = rowScope(change.row, change.old ?? []);
      if (rule.when !== null && evaluate(rule.when, scope) !== true) continue;
      const rows = rowsOfRule(rule, scope, this.content, this.effort);
      if (rows.length === 0) continue;
      acted = true;
      for (const alert of alertsOf(rule, scope, rows)) this.raise(rule, alert);
      for (const row of rows) {
        for (const { table, columns, values } of rule.actions.inserts) {
          const plan = this.program.tables.find(({ name }) => name === table);
          const filled: Scalar[] = (plan?.columns ?? []).map(() => null);
          columns.forEach((column, index) => {
            const value = values[index];
            if (value !== undefined)
              filled[column] = evaluate(value, { ...scope, slots: row.slots }) as Scalar;
          });
          // A row without a key is no row of a table.
          if (!plan?.key.some((column) => filled[column] === null)) inserts.push({ table, row: filled });
        }
      }
    }
    return { acted };
  }

  private raise(rule: RulePlan, alert: RaisedAlert): void {
    const suppress = rule.actions.alert?.suppressMicros ?? null;
    const raised = this.suppression.get(rule.name) ?? new Map<string, bigint>();
    this.suppression.set(rule.name, raised);
    const last = raised.get(alert.keyIdentity);
    if (
      suppress !== null &&
      alert.micros !== null &&
      last !== undefined &&
      alert.micros < last + BigInt(suppress)
    ) {
      this.counters.suppressed += 1;
      return;
    }
    if (alert.micros !== null) raised.set(alert.keyIdentity, alert.micros);
    const version = this.versions.get(rule.name)?.version ?? 0;
    this.alerts.push({
      ...alert.json,
      rule: rule.name,
      version,
      position: this.counters.position,
      partial: false,
    });
  }

  private decideByRules(
    source: SourcePlan,
    row: ModelRow,
    named: readonly { outcome: string; rule: string }[],
  ): void {
    const decision = this.program.decisions.find((other) => other.source === source.name);
    if (decision === undefined) return;
    const outcome =
      decision.outcomes.find((name) => named.some((each) => each.outcome === name)) ?? decision.default;
    this.decide(
      source,
      row,
      outcome,
      named.filter((each) => each.outcome === outcome).map(({ rule }) => rule),
    );
  }

  private decide(source: SourcePlan, row: ModelRow, outcome: string, rules: readonly string[]): void {
    const decision = this.program.decisions.find((other) => other.source === source.name);
    if (decision === undefined) return;
    const types = source.key.map((column) => source.columns[column]?.type ?? { kind: 'text' as const });
    const key = keyText(
      types,
      source.key.map((column) => row[column] ?? null),
    );
    this.decisions.push({ decision: decision.name, position: this.counters.position, outcome, rules, key });
  }
}
