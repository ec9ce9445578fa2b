import { RingwatchError } from '../../core/errors.ts';
import { FrameReader } from '../../core/frame.ts';
import type { Applied, RecordException, TransferOutcome } from '../../core/ports/engine.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import type { LogRecord, RecordOutcome } from '../../core/record.ts';
import type { SqlType } from '../../core/types.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import type { RecordFold, TenantFold } from './tenant-fold.ts';

/**
 * Applies the records of one frame, definitions with the frame's history (see historyOf); a definitions record that
 * cannot take effect goes to `refused`, and is skipped.
 */
export function applyFrame(
  fold: RecordFold,
  bytes: Uint8Array,
  history: LogHistory | null,
  refused: (error: RingwatchError, record: number) => void,
): void {
  const reader = new FrameReader(bytes, (relation) => storedTypesOf(fold, relation));
  let n = 0;
  for (let record = reader.next(); record !== null; record = reader.next(), n++) {
    const error = applyRecord(fold, record, history);
    if (error !== null) refused(error, n);
  }
}

/** What the fold made of a frame. */
export interface FrameFate {
  /** Why a definitions or control record of the frame changed nothing; null where none was refused. */
  readonly refused: Error | null;
  readonly applied: Applied;
  /** What became of each record of a frame of transfers: also of those that fit their column no more. */
  readonly transfers: readonly TransferOutcome[];
}

/** Applies one frame a few records at a time, and notes what became of each. */
export class FrameFolding {
  readonly #fold: TenantFold;
  readonly #frame: LogFrame;
  readonly #history: LogHistory | null;
  readonly #reader: FrameReader;
  readonly #before: number;
  readonly #exceptions: RecordException[] = [];
  readonly #rejected: Partial<Record<string, number>> = {};
  readonly #transfers: TransferOutcome[] = [];
  #duplicates = 0;
  #late = 0;
  #refusedEvents = 0;
  #refused: Error | null = null;
  #next = 0;

  /** Checks the whole frame. Throws FRAME_CORRUPT, FRAME_UNSUPPORTED. */
  constructor(fold: TenantFold, frame: LogFrame, history: LogHistory | null) {
    this.#fold = fold;
    this.#frame = frame;
    this.#history = history;
    this.#reader = new FrameReader(frame.bytes, (relation) => storedTypesOf(fold, relation));
    this.#before = fold.position;
  }

  /** Applies one record and further ones until the time `endMs` of `performance.now()`. Returns whether the frame is done. */
  step(endMs: number): boolean {
    const isEndless = endMs === Number.POSITIVE_INFINITY;
    do {
      const record = this.#reader.next();
      if (record === null) return true;
      this.#apply(record);
    } while (isEndless || performance.now() < endMs);
    return false;
  }

  /** What came of the frame, once it is done. */
  fate(): FrameFate {
    const { position } = this.#fold;
    return {
      refused: this.#refused,
      transfers: this.#transfers,
      applied: {
        position,
        offset: this.#frame.offset,
        accepted: position - this.#before,
        duplicates: this.#duplicates,
        late: this.#late,
        refused: this.#refusedEvents,
        rejected: this.#rejected,
        exceptions: this.#exceptions,
      },
    };
  }

  #apply(record: LogRecord): void {
    const index = this.#next++;
    const refused = applyRecord(this.#fold, record, this.#history);
    if (refused !== null) {
      this.#refused = refused;
      return;
    }
    const outcome = this.#fold.outcome ?? 'taken';
    const before = this.#fold.answeredBefore ?? null;
    if (record.kind === 'transfer' || record.kind === 'misfit')
      this.#transfers.push(this.#transferOutcome(outcome));
    switch (outcome) {
      case 'taken':
        return;
      case 'duplicate':
        this.#duplicates++;
        this.#exceptions.push({ index, kind: 'duplicate', of: this.#fold.repeated ?? -1 });
        return;
      case 'late':
        this.#late++;
        this.#exceptions.push({ index, kind: 'late', before });
        return;
      case 'refused':
        this.#refusedEvents++;
        this.#exceptions.push({ index, kind: 'refused' });
        return;
      default:
        this.#rejected[outcome] = (this.#rejected[outcome] ?? 0) + 1;
        this.#exceptions.push({ index, kind: 'rejected', code: outcome, before });
    }
  }

  #transferOutcome(outcome: RecordOutcome): TransferOutcome {
    const duplicate = outcome === 'duplicate';
    const transferred = this.#fold.transferred ?? null;
    if (transferred !== null) {
      const { code, position, fromBalance, toBalance } = transferred;
      return { code, duplicate, position, fromBalance, toBalance };
    }
    const code = outcome === 'taken' || outcome === 'late' || outcome === 'refused' ? null : outcome;
    return {
      code: code === 'duplicate' ? null : code,
      duplicate,
      position: null,
      fromBalance: null,
      toBalance: null,
    };
  }
}

/** Why a definitions record took no effect, else null. It changed nothing, now and at every replay. */
function applyRecord(fold: RecordFold, record: LogRecord, history: LogHistory | null): RingwatchError | null {
  if (record.kind !== 'definitions') {
    fold.apply(record);
    return null;
  }
  try {
    fold.apply(record, history);
    return null;
  } catch (error) {
    // Whatever else goes wrong may have changed something: the log then says what.
    if (!(error instanceof Error) || error !== fold.refusal) throw error;
    return error as RingwatchError;
  }
}

/** Null where the relation was dropped before the row: the fold knows what to do with it. */
function storedTypesOf(fold: RecordFold, relation: string): readonly SqlType[] | null {
  try {
    return fold.storedTypes(relation);
  } catch (error) {
    if (error instanceof RingwatchError && error.code === 'UNKNOWN_NAME') return null;
    throw error;
  }
}
