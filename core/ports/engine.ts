import { CACHE_PARTS, type CacheSizes } from '../cache-sizes.ts';
import type { AlertEffect, DecisionEffect, Effect } from '../effects.ts';
import type { ErrorCode, RingwatchError } from '../errors.ts';
import type { GraphElements } from '../graph-elements.ts';
import type { Integer } from '../integer.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Row, SqlType } from '../types.ts';

/** A value as JSON holds it: NUMERIC, BIGINT, TIMESTAMPTZ and INTERVAL as strings. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * The engines of all tenants of this process. Everything that goes in and comes out is plain data, since they may run in
 * threads of their own. A tenant is opened by its first use, or by `open`; one that fails (its log is damaged, its disk
 * full) is stopped alone: its calls reject with ENGINE_STOPPED, the others go on.
 */
export interface EngineHost {
  /** Makes the tenant's data folder, durably, and opens it. Does nothing where it is there. */
  create(tenant: TenantId): Promise<void>;
  /** Opens tenants, several at a time. Resolves when each is running or stopped; `describe` says which. */
  open(tenants: readonly TenantId[]): Promise<void>;
  /** Calls on a tenant without a data folder reject with TENANT_UNKNOWN. Always the same object for a tenant. */
  engine(tenant: TenantId): TenantEngine;
  /** Closes a tenant, stopped or not, and opens it again. Rejects with what stops it this time. */
  reopen(tenant: TenantId): Promise<void>;
  /** Closes a tenant with a checkpoint and deletes its data folder, for good. */
  remove(tenant: TenantId): Promise<void>;
  /**
   * Who takes the effects; call it once, before the first tenant is opened. A tenant's effects come in order of their
   * number, a batch at a time: the next one follows when the promise resolves, which acknowledges the batch, durably
   * soon after. Where it rejects, the same batch comes again after a pause. After a restart effects come again from the
   * last number whose acknowledgement was durable: each at least once, under the same ids.
   */
  onEffects(sink: EffectSink): void;
  /**
   * Whether decisions are among the effects that the sink is given. They are as many as events, so by default they are
   * not: they are read back by `effects`. Not remembered over a restart; nothing that was skipped comes later.
   */
  followDecisions(tenant: TenantId, following: boolean): void;
  /** What the tenant may hold in memory, in bytes; null: no quota of its own. Not remembered over a restart. ENGINE_MEMORY beyond. */
  limitMemory(tenant: TenantId, bytes: number | null): void;
  /** How the tenants stand, from memory. `failure` set: no engine works any more, and the process should end. */
  describe(): HostDescription;
  /** Takes no more calls, folds what is appended, gives effects out, makes checkpoints and closes the folders. */
  close(): Promise<void>;
}

export type EffectSink = (tenant: TenantId, effects: readonly NumberedEffect[]) => Promise<void>;

/** An effect with its place among the tenant's effects, from 0: the same on every replay. */
export interface NumberedEffect {
  readonly number: number;
  readonly effect: Effect;
}

export interface HostDescription {
  readonly failure: string | null;
  readonly tenants: readonly TenantStanding[];
}

export interface TenantStanding {
  readonly tenant: TenantId;
  readonly phase: 'opening' | 'running' | 'stopped' | 'closed';
  /** Why it is stopped, else null. */
  readonly error: RingwatchError | null;
  /** Frames and bytes handed over and not folded. */
  readonly framesInFlight: number;
  readonly bytesInFlight: number;
  /** Null before it is measured first. */
  readonly memory: TenantMemory | null;
}

/** Which limit a tenant has reached: its quota, or its share of what all together may hold. */
export type MemoryShort = 'tenant' | 'engine';

/** What memory is for: `state`: windows, tables and what else there is, of no graph view; `compaction`: what one works with. */
export const MEMORY_PARTS = [...CACHE_PARTS, 'compaction', 'state'] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];

/** What a tenant holds in memory, as of a moment ago. */
export interface TenantMemory {
  /** All items but what compactions work with, which is not held against the tenant. */
  readonly bytes: number;
  /** The tenant's quota, or what all together may hold; null for none. */
  readonly limit: number | null;
  /** Not null: rows that add are refused with ENGINE_MEMORY. */
  readonly short: MemoryShort | null;
  /** Whether events to be decided are refused as well. */
  readonly spent: boolean;
  /** By graph view and part. */
  readonly items: readonly {
    readonly graph: string | null;
    readonly part: MemoryPart;
    readonly bytes: number;
  }[];
}

/**
 * One tenant's engine. Calls reject with TENANT_UNKNOWN, ENGINE_STOPPED (the tenant's is stopped; `cause` tells why) and
 * ENGINE_CLOSED; besides with what is said at each.
 */
export interface TenantEngine {
  readonly tenant: TenantId;
  /** What it holds in memory, as of a moment ago; null before it is measured first. */
  readonly memory: TenantMemory | null;
  /**
   * Appends a frame (core/frame.ts) of `records` events and table rows, encoded for what `relations` says. Resolves once
   * it is durable: that is the acknowledgement. The frame's memory is moved away. Takes at most LIMITS.frameBytesMax.
   *
   * Waits while the tenant has as much in flight as it may; that is how backpressure reaches whoever sends. Rejects with
   * ENGINE_BUSY when too much waits already, ENGINE_MEMORY while the tenant holds as much as it may and the frame does more than
   * delete, FRAME_CORRUPT, FRAME_TOO_LARGE, LOG_FULL, LOG_WRITE_FAILED.
   */
  append(frame: Uint8Array, records: number): Promise<Appended>;
  /**
   * Appends one event of a source with a DECISION and answers from the fold of its record: before frames that wait, and
   * before other tenants' bulk. An event whose key is known is answered as it was before (`duplicate`): the source remembers
   * keys until its watermark has passed them, and of the newest LIMITS.askedEventsKept events that were asked, and of
   * LIMITS.missedDeadlinesKept that were answered at their deadline, the answer is known longer.
   *
   * With a deadline (milliseconds from now; null: none) that passes, the answer is FALLBACK, and a record of the log
   * says so: it is told again, also where the event is late or rejected. DECISION_MISSING: the source has none.
   * EVENT_TOO_LATE, or the code for which the event is rejected, where none was given before: it is not decided.
   * DECISION_FORGOTTEN: a duplicate whose answer is kept no more. Otherwise as `append`.
   */
  decide(frame: Uint8Array, deadlineMs: number | null): Promise<DecisionAnswer>;
  /**
   * Appends a frame of transfers, encoded for a relation of that kind, and answers from the fold of its records: each is
   * applied or not for itself, in order. A transfer whose idempotency key is remembered is answered as it was; which ones
   * are, docs/transfers.md says. Otherwise as `append`.
   */
  transfer(frame: Uint8Array, records: number): Promise<Transferred>;
  /** Transfers from and to a row, the newest first: of those that are remembered. CURSOR_INVALID: `before` is another row's. */
  transfersOf(request: TransfersRequest): Promise<readonly RememberedTransfer[]>;
  /**
   * Brings a definition text into effect: a record of the log, all or nothing. Resolves when it is. Rejects with
   * DefinitionProblems' first error as a RingwatchError where the text has errors (`check` says all), DROP_NOT_ALLOWED,
   * INCOMPATIBLE_CHANGE, CHECK_UNMET.
   */
  publish(text: string, options: { readonly allowDrop: boolean }): Promise<Published>;
  /** What `publish` would do. Never rejects for the text. Changes nothing. */
  check(text: string, options: { readonly allowDrop: boolean }): Promise<DryRun>;
  /** Lets a rule run or not from here on: a record of the log, which takes a position. UNKNOWN_NAME. */
  setRuleEnabled(rule: string, enabled: boolean): Promise<{ readonly position: number }>;
  /**
   * The text in force with the rule as it was in an older version of it: to be checked and published like any other.
   * UNKNOWN_NAME, RULE_VERSION_UNKNOWN.
   */
  textWithRule(rule: string, version: number): Promise<string>;
  /** The definitions in force; null before the first. */
  definitions(): Promise<Definitions | null>;
  /** Definitions that were in force, the newest first: LIMITS.definitionVersionsKept of them. */
  definitionHistory(): Promise<readonly PastDefinitions[]>;
  /** What rows may be appended for: the sources and tables of now. Cheap. */
  relations(): Promise<readonly RelationSchema[]>;
  /**
   * Runs a query on the state of now, beside the fold. UNKNOWN_NAME, QUERY_INVALID (a text that is none, with its place),
   * PARAMETER_INVALID, and VALUE_… of a parameter; QUERY_BUSY when too many of the tenant's wait; QUERY_CANCELLED, with the
   * edges that it had visited, once `signal` is aborted; QUERY_FAILED.
   */
  query(request: QueryRequest, signal?: AbortSignal | null): Promise<QueryAnswer>;
  /** Kept effects, in order of their number. EFFECTS_FORGOTTEN: they began later. */
  effects(request: EffectsRequest): Promise<EffectPage>;
  /**
   * The engine, once its state is as new as `level` asks: what is read through it is at least that new. CONSISTENCY_UNAVAILABLE:
   * the tenant's log does not give the level. WRITE_UNKNOWN: the log ends before the write of SESSION. LOG_UNAVAILABLE.
   */
  caughtUp(level: ReadLevel): Promise<TenantEngine>;
  /** How far the tenant's engine is, and what it has counted. Cheap, whatever it holds: may be asked again and again. */
  progress(): Promise<EngineProgress>;
  /** The same, and what it holds: counts the edges of its graphs, some 10 ms for a million, and looks at its files. */
  describe(): Promise<EngineDescription>;
  /** What a graph view holds in memory; where its edges take long to count, of a little earlier. UNKNOWN_NAME. */
  cacheSizes(graph: string): Promise<CacheSizes>;
}

/**
 * How new a state has to be that is read. LINEARIZABLE: every write that anybody was told is durable is in it. SESSION: the
 * write at `offset` is (Appended.offset). BOUNDED: every write that was durable `ms` milliseconds ago is. EVENTUAL: what is
 * there. DEFAULT: LINEARIZABLE where processes share a log that can tell, else EVENTUAL.
 */
export type ReadLevel =
  | { readonly kind: 'LINEARIZABLE' | 'EVENTUAL' | 'DEFAULT' }
  | { readonly kind: 'SESSION'; readonly offset: number }
  | { readonly kind: 'BOUNDED'; readonly ms: number };

/** A durable frame. */
export interface Appended {
  /** Of the frame's first record, in the log. */
  readonly offset: number;
  readonly records: number;
  /** Resolves when the frame is folded. Costs nothing where it is not asked for. */
  applied(): Promise<Applied>;
}

/** A transfer that was judged, and what came of it. */
export interface RememberedTransfer {
  /** Counts the tenant's judged transfers from 0. */
  readonly n: number;
  /** The table and the column, with a dot between. */
  readonly relation: string;
  /** As sent (columns of TransferPlan); of a rule's transfer the idempotency key is NULL. */
  readonly row: Row;
  /** Why nothing was moved; null: it was. */
  readonly code: ErrorCode | null;
  /** Of the transfer; where nothing was moved, of the state that it was judged on. */
  readonly position: number;
  /** What the two rows hold after it, as scaled integers; null where there is no such row or value. */
  readonly fromBalance: Integer | null;
  readonly toBalance: Integer | null;
}

/** Which remembered transfers of a row are wanted. */
export interface TransfersRequest {
  /** Name of a relation of the kind `transfer`. */
  readonly relation: string;
  /** The row's key, in the order of the PRIMARY KEY. */
  readonly account: Row;
  /** Those older than this one of the row, by its number; null: from the newest on. */
  readonly before: number | null;
  readonly limit: number;
}

/** What became of a transfer. */
export interface TransferOutcome {
  /** Why nothing was moved; null: the amount was moved. */
  readonly code: ErrorCode | null;
  /** Whether it was judged before, by this or another request: the rest says what was answered then. */
  readonly duplicate: boolean;
  /** Of the transfer; where nothing was moved, of the state that it was judged on; null where it was not judged. */
  readonly position: number | null;
  /** What the two rows hold after it, as scaled integers; null where there is no such row, and where it was not judged. */
  readonly fromBalance: Integer | null;
  readonly toBalance: Integer | null;
}

/** What became of a frame of transfers. */
export interface Transferred {
  /** Of the frame's first record, in the log. */
  readonly offset: number;
  /** Of each record of the frame, in order. */
  readonly outcomes: readonly TransferOutcome[];
  /** Accepted input records up to the end of the frame. */
  readonly position: number;
  /** From the engine's being handed the frame until it was durable. */
  readonly commitMs: number;
  /** Of the engine's time, for folding it. */
  readonly foldMs: number;
}

/** What became of a frame's records. */
export interface Applied {
  /** Accepted input records up to the end of the frame. */
  readonly position: number;
  readonly offset: number;
  /** Of this frame: those with a position, late and refused ones among them. */
  readonly accepted: number;
  readonly duplicates: number;
  readonly late: number;
  readonly refused: number;
  /** By code. */
  readonly rejected: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Records that were not simply taken, in order. */
  readonly exceptions: readonly RecordException[];
}

export type RecordException = {
  /** Place in the frame, from 0. */
  readonly index: number;
} & (
  | { readonly kind: 'refused' }
  /** `of`: the position of the event that it repeats. */
  | { readonly kind: 'duplicate'; readonly of: number }
  /** `before`: what was answered for its key, where it is asked again; null where nothing was. */
  | { readonly kind: 'late'; readonly before: AnsweredBefore | null }
  | { readonly kind: 'rejected'; readonly code: ErrorCode; readonly before: AnsweredBefore | null }
);

/** What whoever asked for the key of an event before has been answered. */
export interface AnsweredBefore {
  /** The event's key as text. */
  readonly key: string;
  /** Of the event that was asked first; -1 where the log has none. */
  readonly position: number;
  /** What the caller was told at the deadline; null: the decision of the position holds. */
  readonly answered: string | null;
}

/** What a decision took in its engine, in milliseconds. */
export interface DecisionTiming {
  /** From the call until the event was durable. */
  readonly commitMs: number;
  /** From then until it was folded: what waited before it included. */
  readonly foldMs: number;
}

export interface DecisionAnswer {
  /** One of the OUTCOMES, or `refused`. */
  readonly outcome: string;
  readonly decision: string;
  readonly source: string;
  /** The event's key as text; '' for a source without one. */
  readonly key: string;
  /** Whether the caller got FALLBACK because the deadline passed. */
  readonly afterDeadline: boolean;
  /**
   * Whether the log is known to have this answer, so that it is given again whatever happens. False only for a FALLBACK at the
   * deadline while the log was still being written: where the process is killed before that ends, the event may be
   * answered anew.
   */
  readonly durable: boolean;
  /** Whether the event was decided before, by this or another call. */
  readonly duplicate: boolean;
  /** Of the event; null after a deadline, where it is not known yet. */
  readonly position: number | null;
  /** What was decided; null after a deadline, where it is not known yet. */
  readonly effect: DecisionEffect | null;
  /** Alerts raised by the event, in order: their lines hold reasons and rings. */
  readonly alerts: readonly AlertEffect[];
  /** Null where this call did not have the event decided: after a deadline, and of a duplicate. */
  readonly timing: DecisionTiming | null;
}

export interface Published {
  readonly position: number;
  /** Counts the tenant's definitions from 1. */
  readonly version: number;
}

/** One error of a definition or query text. */
export interface DefinitionProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  /** UTF-16 code units from the beginning of the text. */
  readonly offset: number | null;
  readonly hint: string | null;
  readonly mend: string;
}

/** What a text would change. */
export interface DryRun {
  /** Empty: the text can be published as it is, with the options given. */
  readonly problems: readonly DefinitionProblem[];
  /** Null where the text has errors of its own. */
  readonly change: DefinitionChange | null;
}

export interface DefinitionChange {
  readonly statements: readonly {
    readonly what: string;
    readonly name: string;
    readonly change: 'added' | 'changed' | 'dropped' | 'unchanged';
  }[];
  /** What happens to the state of operators and graphs. */
  readonly state: readonly {
    readonly what: string;
    readonly action: 'kept' | 'filled' | 'empty' | 'dropped';
  }[];
  /** Both as text, one line a change. */
  readonly text: string;
  /** The plan: what each statement does, as text, and as JSON ({what, says, children}). */
  readonly plan: string;
  readonly planNodes: readonly PlanNode[];
  /** A Mermaid graph of what flows where. */
  readonly picture: string;
  readonly warnings: readonly string[];
}

export interface PlanNode {
  readonly what: string;
  readonly says: string;
  readonly children: readonly PlanNode[];
}

export interface Definitions {
  readonly text: string;
  readonly version: number;
  readonly position: number;
  readonly sources: readonly RelationSchema[];
  readonly tables: readonly RelationSchema[];
  readonly views: readonly { readonly name: string; readonly columns: readonly ColumnSchema[] }[];
  readonly graphs: readonly GraphSchema[];
  readonly decisions: readonly DecisionSchema[];
  readonly rules: readonly RuleStanding[];
  readonly queries: readonly QuerySchema[];
}

export interface PastDefinitions {
  readonly version: number;
  readonly position: number;
  /** ISO 8601: the clock at append. */
  readonly at: string;
  readonly text: string;
  /** Versions of the rules in this text, by name. */
  readonly rules: Readonly<Record<string, number>>;
}

export interface ColumnSchema {
  readonly name: string;
  readonly type: SqlType;
  /** As the language writes it. */
  readonly typeName: string;
  readonly nullable: boolean;
  readonly generated: boolean;
  /** Whether it is of the PRIMARY KEY. */
  readonly key: boolean;
}

export interface RelationSchema {
  /** `transfer`: what is sent to move amounts over a column of a table; its name is that of both, with a dot between. */
  readonly kind: 'source' | 'table' | 'transfer';
  readonly name: string;
  readonly fingerprint: string;
  readonly columns: readonly ColumnSchema[];
  /** The DECISION on it, or null. */
  readonly decision: DecisionSchema | null;
  /** The SourcePlan, TablePlan or TransferPlan of language/plan.ts, which a row encoder is made from. */
  readonly plan: unknown;
}

export interface DecisionSchema {
  readonly name: string;
  readonly source: string;
  readonly outcomes: readonly string[];
  readonly default: string;
  readonly fallback: string;
  /** Of DEADLINE; null without one. */
  readonly deadlineMs: number | null;
}

export interface GraphSchema {
  readonly name: string;
  readonly vertexTables: readonly ElementTableSchema[];
  readonly edgeTables: readonly (ElementTableSchema & {
    readonly source: string;
    readonly destination: string;
  })[];
  readonly retainMs: number | null;
}

export interface ElementTableSchema {
  readonly name: string;
  readonly labels: readonly string[];
  readonly properties: readonly { readonly name: string; readonly typeName: string }[];
}

export interface RuleStanding {
  readonly name: string;
  readonly version: number;
  readonly enabled: boolean;
  /** The relation whose rows start it. */
  readonly on: string;
  readonly graph: string | null;
  /** Of its ALERT; null without one. */
  readonly severity: string | null;
  readonly title: string | null;
  readonly firings: number;
  readonly jobs: number;
  readonly edgesVisited: number;
  readonly partial: number;
}

export interface QuerySchema {
  readonly name: string;
  readonly graph: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: SqlType;
    readonly typeName: string;
    /** Whether it may be left out. */
    readonly optional: boolean;
  }[];
}

export interface QueryRequest {
  readonly query:
    | { readonly kind: 'saved'; readonly name: string }
    /**
     * A text such as `MATCH … RETURN …`; `graph`: the graph view that it is about, unless it says USE itself. The types of
     * `$parameters` are taken from what they are compared with where `types` (by name, as the language writes them) does
     * not say: numbers are INTEGER, BIGINT or NUMERIC, texts TEXT, booleans BOOLEAN.
     */
    | {
        readonly kind: 'text';
        readonly graph: string | null;
        readonly text: string;
        readonly types?: Readonly<Record<string, string>>;
      };
  readonly parameters: Readonly<Record<string, JsonValue>>;
  /** Rows at most; the rest is left out and told by `truncated`. LIMITS.queryRowsMax is the most. */
  readonly rowsMax?: number;
  /** Whether the vertices and edges in the rows are wanted. */
  readonly graph?: boolean;
}

export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly typeName: string }[];
  /** Values of each row in the order of the columns: vertices and edges by their keys. */
  readonly rows: readonly (readonly JsonValue[])[];
  /** The elements named in the rows, each once, in key order; null unless asked for. */
  readonly graph: GraphElements | null;
  /** Of the state that it was answered on. */
  readonly position: number;
  /** Whether BUDGET or a limit ended it early. */
  readonly partial: boolean;
  /** Whether rows or elements were left out of the answer. */
  readonly truncated: boolean;
  readonly edgesVisited: number;
  readonly evaluationErrors: Readonly<Record<string, number>>;
  readonly trace: readonly {
    readonly task: string;
    readonly why: string;
    readonly rows: number;
    readonly edgesVisited: number;
  }[];
}

/** Effects from a number on, or those of positions `from` to `to` (inclusive). */
export interface EffectsRequest {
  readonly from:
    | { readonly kind: 'number'; readonly number: number }
    | { readonly kind: 'positions'; readonly from: number; readonly to: number };
  /** All kinds without it. */
  readonly kinds?: readonly Effect['kind'][];
  /** At most LIMITS.effectsPageMax, which is the default. */
  readonly limit?: number;
}

export interface EffectPage {
  readonly effects: readonly NumberedEffect[];
  /** Of the decisions among them, by position: what the caller was told after the deadline instead of the outcome. */
  readonly answered: Readonly<Record<number, string>>;
  /** Where to go on by number; null at the end of what was asked for. */
  readonly next: number | null;
  /** Position of the state at the time of reading. */
  readonly position: number;
  /** The oldest number that is kept, and the one after the newest. */
  readonly start: number;
  readonly end: number;
}

/** How far a tenant's engine is, and what it has counted. */
export interface EngineProgress {
  readonly position: number;
  /** Offset of the next record to fold, and the log's own bounds. */
  readonly offset: number;
  readonly log: { readonly start: number; readonly end: number };
  readonly definitionsVersion: number;
  /** Frames appended and not folded, and how long the oldest of them has waited. */
  readonly lag: { readonly frames: number; readonly records: number; readonly ms: number };
  /** Totals over the log. */
  readonly counters: {
    readonly accepted: number;
    readonly duplicates: number;
    readonly late: number;
    readonly refused: number;
    readonly alerts: number;
    readonly suppressed: number;
    readonly afterDeadline: number;
    /** Edges that the jobs of rules have looked at. */
    readonly edgesVisited: number;
    readonly rejected: Readonly<Record<string, number>>;
    readonly evaluationErrors: Readonly<Record<string, number>>;
    /** By DECISION and outcome. */
    readonly decisions: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly webhooks: Readonly<Record<string, number>>;
  };
  readonly rules: readonly RuleStanding[];
  readonly sources: readonly {
    readonly name: string;
    /** ISO 8601; null before the first event and without a WATERMARK. */
    readonly watermark: string | null;
    readonly idle: boolean;
    /** Arrival time of its newest event minus its watermark: how far event time is behind. Null without either. */
    readonly behindMs: number | null;
  }[];
  readonly effects: { readonly start: number; readonly end: number; readonly acknowledged: number };
}

/** What a tenant's engine has done and holds. */
export interface EngineDescription extends EngineProgress {
  /** Bytes of state by part, roughly, and other sizes as each part names them. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly stateBytes: number;
  readonly checkpoint: {
    readonly offset: number;
    readonly count: number;
    readonly bytes: number;
    readonly pauseMsMax: number;
  };
  readonly archive: { readonly segments: number; readonly bytes: number; readonly end: number };
  readonly recovery: {
    readonly seconds: number;
    readonly records: number;
    readonly discardedCheckpoint: string | null;
  };
}
