import type { CheckpointChange, CheckpointHead } from '../../core/ports/checkpoints.ts';
import type { AnsweredBefore, TransferOutcome } from '../../core/ports/engine.ts';
import type { DefinitionsRecord, LogRecord, RecordOutcome } from '../../core/record.ts';
import type { SqlType } from '../../core/types.ts';
import type { JobResult } from '../../engine/job-sharing.ts';
import type { LogHistory } from '../../engine/log-history.ts';

/** One entry of a checkpoint. */
export interface CheckpointEntry {
  readonly part: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** What records of a log can be applied to. */
export interface RecordFold {
  /**
   * Never throws for what rows hold; a definitions record that cannot take effect throws and changes nothing. `history`
   * goes with one for which `backfillsOf` says so.
   */
  apply(record: LogRecord, history?: LogHistory | null): void;
  /** What `apply` threw for the last record where that was a definitions record that cannot take effect; else null. Missing in folds that refuse none. */
  readonly refusal?: unknown;
  /** The stored columns of a source or table, as the definitions of this moment say. Throws UNKNOWN_NAME. */
  storedTypes(relation: string): readonly SqlType[];
  /** What definitions would fill from the log; throws where they cannot take effect. Missing in folds that fill nothing. */
  backfillsOf?(record: DefinitionsRecord): readonly string[];
}

/**
 * What a worker needs of the engine's fold: `(state, record) -> (state, effects)`, effects being handed to the `emit`
 * that it was made with. Deterministic: it reads nothing but records.
 */
export interface TenantFold extends RecordFold {
  /** Accepted input records so far. */
  readonly position: number;
  /** What became of the last record. Missing in folds that take all. */
  readonly outcome?: RecordOutcome;
  /** The position that the last record repeated, where it was a duplicate. */
  readonly repeated?: number;
  /** What was answered before for the key of the last record, where that was an asked event that is late or rejected. */
  readonly answeredBefore?: AnsweredBefore | null;
  /** The transfer that the last record was, or repeated. Missing in folds that have none. */
  readonly transferred?:
    | (Pick<TransferOutcome, 'code' | 'fromBalance' | 'toBalance'> & { readonly position: number })
    | null;
  /** Rough bytes that saveChanges would hand over now; cheap. */
  changedBytes(): number;
  /** What changed since the last call, or since `restore`. The bytes are the caller's to keep. */
  saveChanges(): CheckpointChange[];
  /** Takes the entries of a checkpoint (parts and keys in byte order) into a fold that has applied nothing. */
  restore(entries: Iterable<CheckpointEntry>, head: CheckpointHead): void;
  /** Takes the result of a job that ran in a job thread. Missing in folds whose jobs run with their record. */
  deliver?(result: JobResult): void;
}
