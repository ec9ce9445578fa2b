import { assert, present } from '../core/assert.ts';
import { compareText } from '../core/compare.ts';
import { type ErrorCode, RingwatchError } from '../core/errors.ts';
import { mergeInputProgress } from '../core/input-progress.ts';
import type { CheckpointChange, CheckpointHead } from '../core/ports/checkpoints.ts';
import type { AnsweredBefore, RememberedTransfer, TenantMemory } from '../core/ports/engine.ts';
import type {
  ControlRecord,
  DeadlineRecord,
  DefinitionsRecord,
  EventRecord,
  InputProgress,
  LogRecord,
  RecordOutcome,
  RowRecord,
  TransferRecord,
} from '../core/record.ts';
import { TIMESTAMP_MICROS_MAX } from '../core/timestamp.ts';
import type { Row, SqlType } from '../core/types.ts';
import type { Program, RelationPlan } from '../language/plan.ts';
import type { RuleOutcome } from './dag/rule-outcome.ts';
import { Announcer, keyTexts, type NamedOutcome } from './effects/announcer.ts';
import { AskedEvents } from './effects/asked-events.ts';
import { followChanges } from './effects/follow-changes.ts';
import { RuleMemory } from './effects/rule-memory.ts';
import { RuleRuntime, type TriggeringRow } from './effects/rule-runtime.ts';
import { FoldCounters } from './fold-counters.ts';
import { checkChange, checkRows, newChecks } from './definition-change.ts';
import { DefinitionState, type DefinitionVersion } from './definition-state.ts';
import { type FoldOptions, NO_PROGRAM, type PendingJob, type SourceTime } from './fold-options.ts';
import { decodeTotals, encodeTotals, timeOf } from './fold-totals.ts';
import { fillGraph, keepEdges } from './fill-graph.ts';
import { memoryOf, relieveViews } from './fold-memory.ts';
import { GraphView } from './graph/graph-view.ts';
import { WorkAllowance } from './kernels/work-budget.ts';
import type { LogHistory } from './log-history.ts';
import type { JobResult, JobSharing } from './job-sharing.ts';
import { ContentHasher } from './state/content-hasher.ts';
import { checkForm, entriesByPart, FORM_KEY, STATE_FORM } from './state/checkpoint-form.ts';
import type { StatePart } from './state/state-part.ts';
import { negativeColumn, rejectionOf } from './stream/complete-row.ts';
import {
  columnsOf,
  type Pipeline,
  PipelineBuilder,
  type SourceRuntime,
  type TableRuntime,
} from './stream/pipeline.ts';
import { SourceState } from './stream/source-state.ts';
import { TableState } from './stream/table-state.ts';
import { UndoLog } from './stream/undo-log.ts';
import { type Judged, judgesOf, type TransferJudge } from './transfers/transfer-judge.ts';
import { TransferMemory } from './transfers/transfer-memory.ts';

/** The version of the fold's meaning: what a log says under it is the same for ever. */
export const SEMANTICS_VERSION = 1;

const FOLD_PART = 'fold';

/**
 * The deterministic heart: `(state, record) -> (state, effects)`. It reads nothing but records, so that the same log
 * gives the same state and effects, however it is cut into batches, restarts and threads.
 *
 * A record is first applied to tables, views and graphs; then the watermark moves and windows fire; then rules run,
 * those that may refuse the record before all others, each kind in name order; then rows are inserted into tables,
 * each like a record of its own but without a position.
 */
export class Fold {
  readonly counters = new FoldCounters();
  readonly #compile: (text: string) => Program;
  readonly #jobs: JobSharing;
  readonly #alertElements: boolean;
  /** What the jobs of the record at hand may still do; apart for those that may run beside the fold, wherever they do. */
  readonly #allowance = new WorkAllowance();
  readonly #reportAllowance = new WorkAllowance();
  readonly #undo = new UndoLog();
  readonly #memory = new RuleMemory();
  readonly #asked = new AskedEvents();
  readonly #transferMemory = new TransferMemory();
  /** By name: the table and the column, with a dot between. */
  #transfers: ReadonlyMap<string, TransferJudge> = new Map();
  #transferred: RememberedTransfer | null = null;
  readonly #versions = new DefinitionState();
  readonly #announcer: Announcer;
  readonly #pending = new Map<string, PendingJob>();
  readonly #errors = {
    count: (code: string): void => {
      const counts = this.counters.evaluationErrors;
      counts.set(code, (counts.get(code) ?? 0) + 1);
    },
  };
  #parts = new Map<string, StatePart>();
  /** Parts of dropped plans whose entries are still in checkpoints. */
  readonly #droppedParts = new Set<string>();
  #program: Program = NO_PROGRAM;
  #definitions = '';
  #pipeline: Pipeline;
  #rules: readonly RuleRuntime[] = [];
  /** Rules that the record at hand has given rows. */
  #active: RuleRuntime[] = [];
  readonly #activate = (rule: RuleRuntime): void => {
    this.#active.push(rule);
  };
  #position = 0;
  #outcome: RecordOutcome = 'taken';
  #refusal: unknown = null;
  #repeated = -1;
  #answeredBefore: AnsweredBefore | null = null;
  #semantics = SEMANTICS_VERSION;
  #inputProgress: readonly InputProgress[] = [];
  /** Number of the next deferred job of this position. */
  #job = 0;
  #jobPosition = -1;
  #definitionsChanged = true;

  constructor(options: FoldOptions) {
    this.#compile = options.compile;
    const jobs: JobSharing = options.jobs ?? { kind: 'inline' };
    this.#jobs = jobs;
    this.#alertElements = options.alertElements ?? false;
    this.#announcer = new Announcer({
      tenant: options.tenant,
      emit: jobs.kind === 'share' ? () => undefined : options.emit,
      memory: this.#memory,
      counters: this.counters,
    });
    this.#pipeline = this.#install(NO_PROGRAM);
  }

  /** Accepted input records so far: events, table rows, definitions. */
  get position(): number {
    return this.#position;
  }

  /** What `apply` threw for the last record, where that was definitions that cannot take effect and nothing has changed; else null. */
  get refusal(): unknown {
    return this.#refusal;
  }

  /** What became of the last record that was applied. */
  get outcome(): RecordOutcome {
    return this.#outcome;
  }

  get program(): Program {
    return this.#program;
  }

  /** The definitions in force, and those before them, the newest first: as many as LIMITS keeps. */
  definitionHistory(): readonly DefinitionVersion[] {
    return this.#versions.history();
  }

  /** The version of a rule in force. */
  ruleVersion(name: string): number {
    return this.#memory.versionOf(name);
  }

  isRuleEnabled(name: string): boolean {
    return !this.#versions.isDisabled(name);
  }

  /** The position of the event that the last record repeated, where that was a duplicate; else -1. */
  get repeated(): number {
    return this.#repeated;
  }

  /**
   * What was answered before for the key of the last record, where that was an asked event which is late or rejected: the
   * answer to it is the same. Null where nothing was.
   */
  get answeredBefore(): AnsweredBefore | null {
    return this.#answeredBefore;
  }

  /** The transfer that the last record was, or repeated: null where it was none, or was not judged. */
  get transferred(): RememberedTransfer | null {
    return this.#transferred;
  }

  /** The rows of a table; null where there is none of the name. */
  table(name: string): TableState | null {
    return this.#pipeline.tables.get(name)?.state ?? null;
  }

  /** The transfers that are remembered. */
  get transferMemory(): TransferMemory {
    return this.#transferMemory;
  }

  /** What the caller of the decision at a position was told instead of it, or null. */
  answeredAt(position: number): string | null {
    return this.#asked.answeredAt(position);
  }

  /** Whether a tick of this time (microseconds) would change anything. */
  isTickDue(arrivalMicros: number): boolean {
    return [...this.#pipeline.sources.values()].some(({ state }) => state.isTickDue(arrivalMicros));
  }

  /** How far the time of each source has come, in declared order. */
  sourceTimes(): SourceTime[] {
    return [...this.#pipeline.sources.values()].map(({ plan, state }) => timeOf(plan.name, state));
  }

  /** The text of the definitions in force; empty before the first. */
  get definitions(): string {
    return this.#definitions;
  }

  get semantics(): number {
    return this.#semantics;
  }

  /** How far the inputs of `ringwatch run` have been read: of each the newest record that says so. */
  get inputProgress(): readonly InputProgress[] {
    return this.#inputProgress;
  }

  /** Jobs whose results are still to be delivered. Always 0 unless jobs are deferred. */
  get outstanding(): number {
    return this.#pending.size;
  }

  /** The version that a rule of the name has, or had before it was dropped; 0 where there was none. */
  lastVersionOf(rule: string): number {
    return this.#memory.lastVersionOf(rule);
  }

  /** The graph view of the name, for queries; null where there is none. */
  graph(name: string): GraphView | null {
    return this.#pipeline.graphs.find(({ view }) => view.plan.name === name)?.view ?? null;
  }

  /** Types of the columns that log rows of the relation store. Throws UNKNOWN_NAME. */
  storedTypes(relation: string): readonly SqlType[] {
    const plan = this.#relation(relation) ?? this.#transfers.get(relation)?.plan ?? null;
    if (plan === null) throw new RingwatchError('UNKNOWN_NAME', { what: 'source or table', name: relation });
    return plan.stored.map((column) => present(plan.columns[column]).type);
  }

  /** Whether a program may come into force where things stand. Throws DROP_NOT_ALLOWED, INCOMPATIBLE_CHANGE, CHECK_UNMET. */
  checkNext(program: Program, allowDrop: boolean): void {
    checkChange(this.#program, program, allowDrop);
    checkRows(newChecks(this.#program, program), (name) => this.table(name));
  }

  /**
   * Views and graphs that definitions bring anew with `backfill = 'log'`, while there is a log to fill them from: what
   * they would hold is then needed to apply the record. Throws where it cannot take effect.
   */
  backfillsOf({ text, allowDrop }: DefinitionsRecord): readonly string[] {
    const program = this.#compile(text);
    this.checkNext(program, allowDrop);
    return this.#backfills(program);
  }

  #backfills({ views, graphs }: Program): readonly string[] {
    if (this.#position === 0) return [];
    const known = new Set(
      [...this.#program.views, ...this.#program.graphs].map(({ fingerprint }) => fingerprint),
    );
    const added = [...views, ...graphs].filter(({ fingerprint }) => !known.has(fingerprint));
    return added.filter(({ backfill }) => backfill).map(({ name }) => name);
  }

  /**
   * Applies the next record of the log. Never throws for what rows hold; a definitions record that cannot take effect
   * throws before anything has changed. `history` is what `backfillsOf` asks for.
   */
  apply(record: LogRecord, history: LogHistory | null = null): void {
    this.#outcome = 'taken';
    this.#repeated = -1;
    this.#answeredBefore = null;
    this.#transferred = null;
    this.#refusal = null;
    this.#allowance.reset();
    this.#reportAllowance.reset();
    for (const { view } of this.#pipeline.graphs) view.proceed();
    switch (record.kind) {
      case 'event':
        this.#applyEvent(record);
        return;
      case 'rowUpsert':
      case 'rowDelete':
        this.#applyRow(record);
        return;
      case 'transfer':
        this.#applyTransfer(record);
        return;
      case 'misfit':
        this.#reject('ROW_MISFIT');
        return;
      case 'control':
        this.#control(record);
        return;
      case 'deadline':
        this.#miss(record);
        return;
      case 'definitions':
        this.#define(record, history);
        return;
      case 'inputProgress':
        this.#inputProgress = mergeInputProgress(this.#inputProgress, record.inputs);
        return;
      case 'tick':
        for (const { state } of this.#pipeline.sources.values()) state.tick(record.arrivalMicros);
        this.#advanceGraphs(null);
        return;
      case 'endOfTime':
        this.#endTime();
        return;
      case 'semantics':
        if (record.version !== SEMANTICS_VERSION) {
          throw new RingwatchError('FRAME_UNSUPPORTED', { what: `semantics ${record.version}` });
        }
        this.#semantics = record.version;
    }
  }

  /** Takes the result of a deferred job, in any order. Effects that waited for it leave. */
  deliver(result: JobResult): void {
    const key = `${result.position}/${result.job}`;
    const pending = this.#pending.get(key);
    assert(pending !== undefined, 'a result belongs to a job that is outstanding');
    this.#pending.delete(key);
    pending.outcome = result.outcome;
    pending.ready = true;
    for (const [code, count] of Object.entries(result.errors)) {
      const counts = this.counters.evaluationErrors;
      counts.set(code, (counts.get(code) ?? 0) + count);
    }
    this.#announcer.queue.drain();
  }

  /** Bytes that saveChanges would hand over now, roughly; cheap. */
  changedBytes(): number {
    let bytes = this.#definitionsChanged ? this.#definitions.length : 0;
    for (const part of this.#parts.values()) bytes += part.changedBytes();
    return bytes;
  }

  /** What changed since the last call or `restore`. No job may be outstanding. */
  saveChanges(): CheckpointChange[] {
    assert(this.outstanding === 0, 'state is saved when no job is outstanding');
    const changes: CheckpointChange[] = [];
    for (const part of this.#droppedParts) changes.push({ part, key: null, bytes: null });
    this.#droppedParts.clear();
    for (const part of this.#parts.values()) {
      part.saveChanges((key, bytes) => changes.push({ part: part.name, key, bytes }));
    }
    this.#versions.saveChanges((key, bytes) => changes.push({ part: this.#versions.name, key, bytes }));
    const totals = {
      position: this.#position,
      semantics: this.#semantics,
      inputProgress: this.#inputProgress,
    };
    changes.push({ part: FOLD_PART, key: FORM_KEY, bytes: Uint8Array.of(STATE_FORM) });
    changes.push({ part: FOLD_PART, key: 'totals', bytes: encodeTotals(totals, this.counters) });
    if (this.#definitionsChanged) {
      changes.push({ part: FOLD_PART, key: 'text', bytes: Buffer.from(this.#definitions) });
      this.#definitionsChanged = false;
    }
    return changes;
  }

  /**
   * Takes the entries of a checkpoint, grouped by part, into a fold that has applied nothing. Throws CHECKPOINT_CORRUPT where they
   * are of a build that keeps state in another form: the log is folded again then.
   */
  restore(
    entries: Iterable<{ readonly part: string; readonly key: string; readonly bytes: Uint8Array }>,
    head: CheckpointHead,
  ): void {
    assert(this.#position === 0 && this.#program === NO_PROGRAM, 'only a new fold is restored');
    const byPart = entriesByPart(entries);
    const own = byPart.get(FOLD_PART) ?? [];
    checkForm(own);
    for (const { key, bytes } of own) {
      if (key === FORM_KEY) continue;
      if (key === 'text') this.#definitions = Buffer.from(bytes).toString('utf8');
      else {
        const totals = decodeTotals(bytes, this.counters);
        this.#position = totals.position;
        this.#semantics = totals.semantics;
        this.#inputProgress = totals.inputProgress;
      }
    }
    assert(this.#position === head.position, 'the checkpoint is of the position that it says');
    this.#memory.restore(byPart.get(this.#memory.name) ?? []);
    this.#versions.restore(byPart.get(this.#versions.name) ?? []);
    this.#program = this.#definitions === '' ? NO_PROGRAM : this.#compile(this.#definitions);
    this.#pipeline = this.#install(this.#program);
    for (const name of byPart.keys()) {
      if (name === FOLD_PART || name === this.#versions.name || this.#parts.has(name)) continue;
      // Another build may name plans differently: state that has no place must not be lost in silence.
      throw new RingwatchError('CHECKPOINT_CORRUPT', {
        path: 'the data folder',
        reason: `nothing here holds ${name}`,
      });
    }
    for (const part of this.#parts.values()) {
      if (part !== this.#memory) part.restore(byPart.get(part.name) ?? []);
    }
    this.#definitionsChanged = false;
    this.#trimAll();
  }

  /** SHA-256 over the logical content, 64 hexadecimal digits: never layout, ticks or deliveries. */
  stateHash(): string {
    const hash = new ContentHasher();
    hash.row([this.#semantics, this.#position, this.#definitions]);
    for (const [name, digest] of Object.entries(this.partHashes())) hash.row([name, digest]);
    this.#versions.hashContent(hash);
    return hash.hex();
  }

  /** The hash of each part by name: where two states differ, these say in what. */
  partHashes(): Readonly<Record<string, string>> {
    // Which versions of rows can still be asked for is known by the time of other parts.
    for (const table of this.#pipeline.tables.values()) table.state.settle(table.historyBound());
    const digests = this.#namedParts().map((part) => {
      const hash = new ContentHasher();
      if (part === this.#memory) this.#memory.hashLive(hash, (rule) => this.#ruleHorizon(rule));
      else part.hashContent(hash);
      return [part.name, hash.hex()] as const;
    });
    return Object.fromEntries(digests);
  }

  /** Sizes by part, for `ringwatch state`. */
  describe(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(this.#namedParts().map((part) => [part.name, part.describe()]));
  }

  /** Bytes held, by graph view and part; of windows, tables and all else about. Cheap, whatever they hold. */
  memory(): TenantMemory['items'] {
    return memoryOf(this.#parts.values());
  }

  /** Makes graph views smaller where memory is short (see relieveViews). Only between records. */
  relieve(isOver: () => boolean): boolean {
    return relieveViews(
      this.#pipeline.graphs.map(({ view }) => view),
      isOver,
    );
  }

  /** In the order of names; a log in which nobody asked or transferred has no part for that. */
  #namedParts(): StatePart[] {
    return [...this.#parts.values()]
      .filter((part) => !(part instanceof AskedEvents || part instanceof TransferMemory) || !part.isEmpty)
      .sort((a, b) => compareText(a.name, b.name));
  }

  #relation(name: string): RelationPlan | null {
    return this.#pipeline.sources.get(name)?.plan ?? this.#pipeline.tables.get(name)?.plan ?? null;
  }

  #applyEvent(record: EventRecord): void {
    const source = this.#pipeline.sources.get(record.relation);
    if (source === undefined) {
      this.#reject('UNKNOWN_NAME');
      return;
    }
    const row = source.complete(record.row);
    const { name } = source.plan;
    const isAsked = record.asked === true && source.decision !== null && source.plan.key.length > 0;
    const key = isAsked ? keyTexts(source, row) : null;
    const rejection = rejectionOf(source.plan, row, record.arrivalMicros);
    if (rejection !== null) {
      if (key !== null) this.#answeredBefore = this.#asked.undecided(name, key, -1);
      this.#reject(rejection);
      return;
    }
    const admission = source.state.admit(row, record.arrivalMicros, this.#position + 1);
    if (admission !== 'accepted') this.#outcome = admission;
    if (admission === 'duplicate') {
      this.#repeated = source.state.repeated;
      if (key !== null) this.#asked.repeated(name, key, this.#repeated);
      this.counters.duplicates++;
      return;
    }
    this.#position++;
    this.counters.accepted++;
    if (admission === 'late') {
      if (key !== null) this.#answeredBefore = this.#asked.undecided(name, key, this.#position);
      this.counters.late++;
      this.#announcer.late(source, row, this.#position);
      return;
    }
    this.#undo.recording = source.refusable;
    source.sink.push(row, false);
    const before = source.state.watermark;
    source.state.advance(row);
    this.#fireWindows(source);
    if (source.state.watermark !== before) this.#advanceGraphs(source);
    if (this.#active.length > 0 || source.decision !== null) this.#runRules(source, row);
    if (key !== null) this.#noteDecided(source, key, this.#position);
    this.#settle(source);
  }

  /** Its answer is what a caller was told for the key before the log had the event, where that was so. */
  #noteDecided({ plan, decision }: SourceRuntime, key: readonly string[], position: number): void {
    const source = plan.name;
    this.#asked.decided(source, key, position);
    const answered = this.#asked.settleTold(source, key, position);
    if (answered === null || decision === null) return;
    this.#announcer.deadline({ decision: decision.name, source, key, answered }, position);
  }

  #applyRow(record: RowRecord): void {
    const table = this.#pipeline.tables.get(record.relation);
    if (table === undefined) {
      this.#reject('UNKNOWN_NAME');
      return;
    }
    const row = table.complete(record.row);
    if (table.plan.key.some((column) => row[column] === null)) {
      this.#reject('VALUE_MISSING');
      return;
    }
    if (record.kind === 'rowUpsert' && negativeColumn(table.plan, row) >= 0) {
      this.#reject('CHECK_VIOLATED');
      return;
    }
    this.#position++;
    this.counters.accepted++;
    this.#follow(this.#changeTable(table, row, record.kind === 'rowDelete'));
  }

  #applyTransfer({ relation, row, arrivalMicros }: TransferRecord): void {
    const judge = this.#transfers.get(relation);
    if (judge === undefined) return this.#reject('TRANSFER_COLUMN_UNKNOWN');
    const judged = judge.judge(row, arrivalMicros);
    if (judged.kind === 'refused') return this.#reject(judged.code);
    if (judged.kind === 'repeated') {
      this.#outcome = 'duplicate';
      this.#transferred = judged.of;
      this.#repeated = judged.of.position;
      this.counters.duplicates++;
      return;
    }
    if (judged.code === null) {
      this.#position++;
      this.counters.accepted++;
    } else this.#reject(judged.code);
    this.#transferred = judge.remember(row, judged, this.#position);
    this.#follow(this.#move(judge, judged));
  }

  /** Moves what a transfer moves: both rows change, then rules run. Returns what those ask for. */
  #move({ table }: TransferJudge, { movement }: Judged): RuleOutcome['inserts'] {
    if (movement === null) return [];
    for (const { row: next, old } of [movement.from, movement.to]) {
      table.state.upsert(next);
      table.sink.change(next, old);
    }
    return this.#runOn(table);
  }

  #control({ rule: name, enabled }: ControlRecord): void {
    const rule = this.#rules.find(({ plan }) => plan.name === name);
    if (rule === undefined) {
      this.#reject('UNKNOWN_NAME');
      return;
    }
    this.#position++;
    this.#versions.setEnabled(name, enabled);
    rule.enabled = enabled;
  }

  #miss(record: DeadlineRecord): void {
    const { source, key, answered } = record;
    let position = record.position ?? -1;
    if (position >= 0) {
      if (!this.#asked.miss(position, answered)) return;
    } else if (key !== null) position = this.#asked.missByKey(source, key, answered);
    if (position < 0) return;
    this.#announcer.deadline(record, position);
  }

  #reject(code: ErrorCode): void {
    this.#outcome = code;
    this.counters.reject(code);
  }

  /** One change of a table. Returns what the rules on it ask for. */
  #changeTable(table: TableRuntime, row: Row, isDelete: boolean): RuleOutcome['inserts'] {
    const change = isDelete ? table.state.delete(row) : table.state.upsert(row);
    if (change.row !== null || change.old !== null) table.sink.change(change.row, change.old);
    return this.#runOn(table);
  }

  /** Runs the rules on a table that has changed. */
  #runOn(table: TableRuntime): RuleOutcome['inserts'] {
    const inserts = this.#active.length > 0 ? this.#runActive(null, null) : [];
    table.state.settle(table.historyBound());
    return inserts;
  }

  #follow(inserts: RuleOutcome['inserts']): void {
    if (inserts.length > 0) followChanges(inserts, (change) => this.#changeByRule(change), this.#errors);
  }

  #changeByRule({ table: name, row, isTransfer }: RuleOutcome['inserts'][number]): RuleOutcome['inserts'] {
    if (isTransfer) return this.#transferByRule(name, row);
    const table = present(this.#pipeline.tables.get(name), `table ${name}`);
    const whole = table.complete(table.plan.stored.map((column) => row[column] ?? null));
    const hasKey = table.plan.key.every((column) => whole[column] !== null);
    if (hasKey && negativeColumn(table.plan, whole) < 0) return this.#changeTable(table, whole, false);
    this.#errors.count(hasKey ? 'CHECK_VIOLATED' : 'INVALID_ARGUMENT');
    return [];
  }

  /** A transfer of a rule: it has no idempotency key, since its record is applied once. One that is declined is counted. */
  #transferByRule(relation: string, moved: Row): RuleOutcome['inserts'] {
    const judge = present(this.#transfers.get(relation), `transfers over ${relation}`);
    const row = [...moved, null, null];
    const judged = judge.judge(row, 0);
    assert(judged.kind === 'judged', 'a transfer without a key is judged');
    if (judged.code !== null) this.#errors.count(judged.code);
    judge.remember(row, judged, this.#position);
    return this.#move(judge, judged);
  }

  #fireWindows(source: SourceRuntime): void {
    for (let n = 0; n < source.windows.length; n++) source.windows[n]?.fire();
  }

  /** Tells the graphs that the source feeds (null: all graphs) how far time has come. */
  #advanceGraphs(source: SourceRuntime | null): void {
    for (const { view, sources } of source === null ? this.#pipeline.graphs : source.graphs) {
      let least = Number.POSITIVE_INFINITY;
      for (const { idle, watermark } of sources) if (!idle && watermark < least) least = watermark;
      if (Number.isFinite(least)) view.advanceWatermark(least);
    }
  }

  #endTime(): void {
    for (const source of this.#pipeline.sources.values()) source.state.end();
    for (const source of this.#pipeline.sources.values()) this.#fireWindows(source);
    for (const { view } of this.#pipeline.graphs) view.advanceWatermark(TIMESTAMP_MICROS_MAX);
    const inserts = this.#active.length > 0 ? this.#runActive(null, null) : [];
    this.#trimAll();
    this.#follow(inserts);
  }

  #runRules(source: SourceRuntime, row: Row): void {
    const inserts = this.#runActive(source, row);
    if (inserts.length === 0) return;
    // What is inserted is applied to a record's settled state.
    this.#settle(source);
    this.#follow(inserts);
  }

  /**
   * Runs the rules that have rows; `source` and `row` are the event at hand, null for what has no decision. Returns
   * the rows to insert.
   */
  #runActive(source: SourceRuntime | null, row: Row | null): RuleOutcome['inserts'] {
    const active = this.#active;
    this.#active = [];
    if (active.length > 1) {
      // Where there is an event to refuse, the rules that may do so go first.
      const refusesFirst = source !== null;
      active.sort((a, b) => (refusesFirst ? a.refusesRank - b.refusesRank : 0) || a.rank - b.rank);
    }
    const inserts: RuleOutcome['inserts'][number][] = [];
    const named: NamedOutcome[] = [];
    for (const rule of active) {
      const acted = this.#runRule(rule, inserts);
      if (!acted) continue;
      const { refuse, decide } = rule.plan.actions;
      if (refuse && source !== null && row !== null) return this.#refuse(source, row, rule);
      if (decide !== null) named.push({ outcome: decide.outcome, rule: rule.plan.name });
    }
    if (source !== null && row !== null) this.#announcer.decide(source, row, named, this.#position);
    return inserts;
  }

  /**
   * Takes the record back from everything that holds it, and from the rules. Windows that its time has closed fire
   * without it, and rules run on their rows: those are not the event's. Returns the rows to insert.
   */
  #refuse(source: SourceRuntime, row: Row, rule: RuleRuntime): RuleOutcome['inserts'] {
    this.counters.refused++;
    this.#outcome = 'refused';
    this.#undo.undoAll();
    for (const other of this.#rules) other.discardRows();
    this.#announcer.decision(source, row, 'refused', [rule.plan.name], this.#position);
    this.#fireWindows(source);
    return this.#active.length > 0 ? this.#runActive(null, null) : [];
  }

  /** Runs a rule over its rows. Returns whether any row acted. */
  #runRule(rule: RuleRuntime, inserts: RuleOutcome['inserts'][number][]): boolean {
    const counters = this.counters.rule(rule.plan.name);
    let acted = false;
    for (const triggering of rule.takeRows()) {
      counters.firings++;
      if (rule.reportsOnly && this.#jobs.kind !== 'inline' && rule.plan.job !== null) {
        this.#shareJob(rule, triggering);
        continue;
      }
      const outcome = rule.run(triggering, rule.reportsOnly ? this.#reportAllowance : this.#allowance);
      if (outcome === null) continue;
      this.#announcer.outcome(rule, triggering, outcome, this.#position);
      if (outcome.rows === 0) continue;
      acted = true;
      if (!rule.plan.actions.refuse) inserts.push(...outcome.inserts);
    }
    return acted;
  }

  /** A job that need not run here: it is left to others, or it is this fold's share. */
  #shareJob(rule: RuleRuntime, triggering: TriggeringRow): void {
    if (this.#jobPosition !== this.#position) {
      this.#jobPosition = this.#position;
      this.#job = 0;
    }
    const job = this.#job++;
    if (this.#jobs.kind === 'deferred') {
      const position = this.#position;
      const pending: PendingJob = {
        ready: false,
        outcome: null,
        say: () => {
          if (pending.outcome !== null)
            this.#announcer.report(rule, triggering.row, pending.outcome, position);
        },
      };
      this.#pending.set(`${this.#position}/${job}`, pending);
      this.#announcer.queue.add(pending);
      return;
    }
    if (this.#jobs.kind !== 'share' || this.#position % this.#jobs.of !== this.#jobs.index) return;
    const before = new Map(this.counters.evaluationErrors);
    const outcome = rule.run(triggering, this.#reportAllowance);
    const errors: Record<string, number> = {};
    for (const [code, count] of this.counters.evaluationErrors) {
      const more = count - (before.get(code) ?? 0);
      if (more > 0) errors[code] = more;
    }
    this.#jobs.deliver({ position: this.#position, job, outcome, errors });
  }

  /** Makes the record at hand final, and forgets what no record to come can ask for. */
  #settle(source: SourceRuntime): void {
    if (this.#undo.recording) {
      this.#undo.recording = false;
      this.#undo.clear();
      for (const feed of this.#pipeline.feeds) feed.settle();
    }
    source.state.trim();
    for (let n = 0; n < source.overs.length; n++) source.overs[n]?.trim();
    for (let n = 0; n < source.windows.length; n++) source.windows[n]?.trim();
    this.#memory.sweep((rule) => this.#ruleHorizon(rule));
  }

  #trimAll(): void {
    for (const source of this.#pipeline.sources.values()) this.#settle(source);
    for (const table of this.#pipeline.tables.values()) table.state.settle(table.historyBound());
  }

  /** Rows to come of a rule's relation have an event time of at least this; +Infinity for a rule that is gone. */
  #ruleHorizon(name: string): number {
    const rule = this.#rules.find(({ plan }) => plan.name === name);
    if (rule === undefined) return Number.POSITIVE_INFINITY;
    const { relation, eventTime } = rule.plan.trigger;
    return eventTime === null ? Number.NEGATIVE_INFINITY : this.#pipeline.horizonOf(relation, eventTime);
  }

  #define(record: DefinitionsRecord, history: LogHistory | null): void {
    const program = this.#accepted(record, history);
    this.#position++;
    this.#definitions = record.text;
    this.#definitionsChanged = true;
    const known = new Set(this.#parts.keys());
    // Alerts of jobs under way belong to the old version: what it suppresses is forgotten after them.
    for (const rule of this.#memory.define(program.rules)) {
      this.#announcer.queue.add({ ready: true, say: () => this.#memory.forget(rule) });
    }
    this.#versions.define({
      position: this.#position,
      arrivalMicros: record.arrivalMicros,
      text: record.text,
      rules: Object.fromEntries(program.rules.map(({ name }) => [name, this.#memory.versionOf(name)])),
    });
    const before = new Map(this.#pipeline.graphs.map(({ view }) => [view.plan.name, view]));
    const programBefore = this.#program;
    this.#program = program;
    this.#pipeline = this.#install(program);
    for (const name of known) if (!this.#parts.has(name)) this.#droppedParts.add(name);
    for (const { state } of this.#pipeline.sources.values()) {
      if (!known.has(state.name)) state.begin(record.arrivalMicros);
    }
    if (history !== null) this.#fillOperators(known, history);
    const filling = {
      program,
      tables: this.#pipeline.tables,
      errors: this.#errors,
      position: this.#position,
    };
    for (const { view } of this.#pipeline.graphs) {
      if (known.has(view.name)) continue;
      fillGraph(view, filling, history);
      const old = before.get(view.plan.name);
      if (old !== undefined && (history === null || !view.plan.backfill))
        keepEdges(view, old, programBefore, filling);
    }
    this.#advanceGraphs(null);
    this.#trimAll();
  }

  /** The program of a definitions record that can take effect; throws where it cannot, which `refusal` then says. */
  #accepted(record: DefinitionsRecord, history: LogHistory | null): Program {
    try {
      const program = this.#compile(record.text);
      this.checkNext(program, record.allowDrop);
      if (history === null && this.#backfills(program).length > 0) {
        throw new RingwatchError('NOT_BUILT', {
          feature: "filling what is new from the log (backfill = 'log')",
        });
      }
      return program;
    } catch (error) {
      if ((error as Error).name !== 'AssertionError') this.#refusal = error;
      throw error;
    }
  }

  /** Builds what runs a program, with the state of parts whose plan is unchanged. */
  #install(program: Program): Pipeline {
    const previous = this.#parts;
    const parts = new Map<string, StatePart>([
      [this.#memory.name, this.#memory],
      [this.#asked.name, this.#asked],
      [this.#transferMemory.name, this.#transferMemory],
    ]);
    const part = <P extends StatePart>(name: string, create: (name: string) => P): P => {
      const found = (previous.get(name) as P | undefined) ?? create(name);
      parts.set(name, found);
      return found;
    };
    const graphs = new Map(
      program.graphs.map((plan) => [
        plan.name,
        part(
          `graph/${plan.fingerprint}`,
          () => new GraphView(plan, (relation) => columnsOf(program, relation)),
        ),
      ]),
    );
    const graphOf = (name: string): GraphView => present(graphs.get(name), `graph ${name}`);
    this.#rules = program.rules.map(
      (plan, rank) =>
        new RuleRuntime(
          plan,
          rank,
          this.#memory.versionOf(plan.name),
          plan.job === null ? null : graphOf(plan.job.graph),
          this.#errors,
          this.#alertElements,
        ),
    );
    for (const rule of this.#rules) rule.enabled = !this.#versions.isDisabled(rule.plan.name);
    this.#active = [];
    const pipeline = new PipelineBuilder(program, this.#rules, {
      errors: this.#errors,
      undo: this.#undo,
      positionOf: () => this.#position,
      activate: this.#activate,
      source: (plan) => {
        const state = part(`source/${plan.name}`, () => new SourceState(plan, this.#errors));
        state.configure(plan, this.#errors);
        return state;
      },
      table: (plan) => part(`table/${plan.name}`, () => new TableState(plan)),
      graph: graphOf,
      part,
    }).build();
    this.#parts = parts;
    this.#transfers = judgesOf(program, pipeline.tables, this.#transferMemory);
    return pipeline;
  }

  /** Gives new operators of views that are filled from the log what they would hold. */
  #fillOperators(known: ReadonlySet<string>, history: LogHistory): void {
    for (const [name, part] of this.#pipeline.backfilled) {
      if (known.has(name)) continue;
      part.restore(history.parts.get(name) ?? []);
      part.changeAll();
    }
  }
}
