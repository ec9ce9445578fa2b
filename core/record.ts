import type { ErrorCode } from './errors.ts';
import type { Row } from './types.ts';

/**
 * The kinds of record of a tenant's log, by the number that stands for each in the envelope. A number is never
 * used again for another kind. Kinds without a shape in LogRecord are reserved: reading one is an error.
 */
export const RECORD_KINDS = {
  event: 1,
  rowUpsert: 2,
  rowDelete: 3,
  definitions: 4,
  inputProgress: 5,
  tick: 6,
  semantics: 7,
  transfer: 8,
  label: 9,
  reward: 10,
  promotion: 11,
  outsideAnswer: 12,
  claim: 13,
  jobResult: 14,
  deadline: 15,
  endOfTime: 16,
  control: 17,
  askedEvent: 18,
} as const;

/**
 * One record, decoded. `arrivalMicros` is the clock at append (microseconds since 1970, UTC).
 * Rows hold the relation's stored columns (all but generated ones) in declared order, already of their types;
 * a row written before a nullable column was added is shorter, and what is missing is NULL.
 */
export type LogRecord =
  | EventRecord
  | RowRecord
  | TransferRecord
  | MisfitRecord
  | DefinitionsRecord
  | InputProgressRecord
  | ControlRecord
  | DeadlineRecord
  | { readonly kind: 'tick'; readonly arrivalMicros: number }
  /** No event will come any more: all watermarks go to infinity (`ringwatch run --final`). */
  | { readonly kind: 'endOfTime'; readonly arrivalMicros: number }
  | { readonly kind: 'semantics'; readonly arrivalMicros: number; readonly version: number };

/** An event of a source. */
export interface EventRecord {
  readonly kind: 'event';
  readonly arrivalMicros: number;
  /** The source's name as declared. */
  readonly relation: string;
  readonly row: Row;
  /** Whether someone waits for its decision: the record kind `askedEvent`. */
  readonly asked?: true;
}

/** A change of a table row. A delete needs the PRIMARY KEY columns only; the others may be NULL. */
export interface RowRecord {
  readonly kind: 'rowUpsert' | 'rowDelete';
  readonly arrivalMicros: number;
  readonly relation: string;
  readonly row: Row;
}

/**
 * Moves an amount from one row of a table to another. `relation` is the table and the column with a dot between; `row` is
 * of TransferPlan's columns: the giving row's key, the taking row's key, the amount (of the column's scale), the
 * idempotency key, and when the sender began to ask (microseconds, or NULL).
 */
export interface TransferRecord {
  readonly kind: 'transfer';
  readonly arrivalMicros: number;
  readonly relation: string;
  readonly row: Row;
}

/**
 * A row that was encoded for other columns than its relation has when it is read: definitions came in between. It is
 * never written as such; the fold counts it as rejected, the same on every replay.
 */
export interface MisfitRecord {
  readonly kind: 'misfit';
  readonly arrivalMicros: number;
  readonly relation: string;
}

/**
 * What became of a record: `late` and `refused` ones have a position as `taken` ones have; a code is why it was rejected.
 * Records that are not input are `taken`.
 */
export type RecordOutcome = 'taken' | 'duplicate' | 'late' | 'refused' | ErrorCode;

/** A whole definition text that takes effect at this record. */
export interface DefinitionsRecord {
  readonly kind: 'definitions';
  readonly arrivalMicros: number;
  readonly text: string;
  /** Whether statements that the text no longer has are dropped; otherwise their absence is an error at publish. */
  readonly allowDrop: boolean;
}

/** Switches a rule on or off from here on. Takes a position, as definitions do. */
export interface ControlRecord {
  readonly kind: 'control';
  readonly arrivalMicros: number;
  readonly rule: string;
  readonly enabled: boolean;
}

/**
 * The deadline of an asked event has passed, and its caller was told `answered`. It is the one at `position`, where that
 * is known, else the newest asked event of the source with the key (texts, column by column); where the log has none, it is
 * whatever comes with the key. Not counted as position.
 */
export interface DeadlineRecord {
  readonly kind: 'deadline';
  readonly arrivalMicros: number;
  readonly decision: string;
  readonly source: string;
  readonly key: readonly string[] | null;
  readonly position: number | null;
  readonly answered: string;
}

/**
 * How far the inputs of `ringwatch run` have been read: written in the frame that holds the rows it speaks of, so
 * that rows and progress are one commit. Totals since the beginning of the data folder. Not counted as position.
 */
export interface InputProgressRecord {
  readonly kind: 'inputProgress';
  readonly arrivalMicros: number;
  readonly inputs: readonly InputProgress[];
}

export interface InputProgress {
  /** The source or table that the input feeds. */
  readonly relation: string;
  /** The file, as an absolute path: with the relation it tells inputs apart. */
  readonly path: string;
  /** Bytes of the file read, up to a row's end. */
  readonly bytes: number;
  /** Data rows read, accepted or not. */
  readonly rows: number;
  /** Rows rejected, by error code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** CRC-32 of these bytes: whoever goes on reading checks that the file still begins with them. */
  readonly checksum?: number;
  /** Fields that no column reads, by name: in how many rows taken. */
  readonly unknownFields?: Readonly<Record<string, number>>;
}
