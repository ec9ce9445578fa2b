import { assert } from '../../core/assert.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameReader } from '../../core/frame.ts';
import type { CheckpointHead, Checkpoints } from '../../core/ports/checkpoints.ts';
import type { LogFrame, TenantLog } from '../../core/ports/tenant-log.ts';
import type { SqlType } from '../../core/types.ts';
import type { CheckpointEntry, TenantFold } from './tenant-fold.ts';

/** What opening a tenant's data came to: from which checkpoint, and what was folded again from where. */
export interface RecoverySummary {
  /** The checkpoint that was restored, or null. */
  readonly checkpoint: CheckpointHead | null;
  /** Why a checkpoint that was there was thrown away, or null. */
  readonly discarded: string | null;
  /** Records folded again from archived segments, and from the log. */
  readonly archivedRecords: number;
  readonly logRecords: number;
  /** Effects up to the end of the log. */
  readonly effects: number;
  readonly offset: number;
  readonly position: number;
  readonly seconds: number;
}

/** What recovery works on. `newFold` makes an empty fold; `release` takes effects by number, each number once. */
export interface RecoveryContext {
  readonly log: TenantLog;
  readonly checkpoints: Checkpoints;
  readonly newFold: () => TenantFold;
  /** Told of the checkpoint that the fold is restored from: for replicas. */
  readonly restored: (entries: readonly CheckpointEntry[], head: CheckpointHead) => void;
  readonly apply: (fold: TenantFold, frame: LogFrame) => void;
  /** Starts counting effects at `number`. */
  readonly startEffects: (number: number) => void;
  readonly letOut: (effect: Effect, number: number) => void;
  /** Gives other work a turn between frames, and waits where replicas are too far behind. */
  readonly pause: () => Promise<void>;
}

interface Recovered {
  readonly fold: TenantFold;
  readonly checkpoint: CheckpointHead | null;
  readonly archivedRecords: number;
  readonly logRecords: number;
}

/**
 * The state at the end of the log: the newest checkpoint and the log after it. A damaged checkpoint is thrown away and
 * the whole log folded again, from the archive on; a damaged log or a missing segment that is needed is refused
 * (LOG_CORRUPT, ARCHIVE_CORRUPT) before anything after it is folded.
 */
export async function recover(
  context: RecoveryContext,
): Promise<Recovered & { readonly discarded: string | null }> {
  try {
    const head = await context.checkpoints.latest();
    if (head !== null) return { ...(await fromCheckpoint(context, head)), discarded: null };
    return { ...(await fromStart(context)), discarded: null };
  } catch (error) {
    if (!(error instanceof RingwatchError) || error.code !== 'CHECKPOINT_CORRUPT') throw error;
    await context.checkpoints.clear();
    return { ...(await fromStart(context)), discarded: error.message };
  }
}

function fromStart(context: RecoveryContext): Promise<Recovered> {
  context.startEffects(0);
  return replay(context, context.newFold(), null);
}

async function fromCheckpoint(context: RecoveryContext, head: CheckpointHead): Promise<Recovered> {
  const { checkpoints, log } = context;
  if (head.offset > log.end) {
    const reason = `it ends before offset ${head.offset}, which a checkpoint has folded`;
    throw new RingwatchError('LOG_CORRUPT', { path: 'the data folder', offset: log.end, reason });
  }
  const entries: CheckpointEntry[] = [];
  for await (const entry of checkpoints.entries()) entries.push(entry);
  const fold = context.newFold();
  fold.restore(entries, head);
  context.restored(entries, head);
  let number = 0;
  for await (const effect of checkpoints.effects(0)) context.letOut(effect, number++);
  if (number !== head.effects) {
    const reason = `it has ${number} effects instead of ${head.effects}`;
    throw new RingwatchError('CHECKPOINT_CORRUPT', { path: 'the data folder', reason });
  }
  context.startEffects(head.effects);
  return replay(context, fold, head);
}

async function replay(
  context: RecoveryContext,
  fold: TenantFold,
  checkpoint: CheckpointHead | null,
): Promise<Recovered> {
  const { log, checkpoints } = context;
  const from = checkpoint?.offset ?? 0;
  let next = from;
  const applyFrames = async (frames: AsyncIterable<LogFrame>, end: number): Promise<void> => {
    for await (const frame of frames) {
      if (frame.offset >= end) break;
      if (frame.offset !== next) break;
      context.apply(fold, frame);
      next = frame.offset + frame.records;
      await context.pause();
    }
  };
  if (from < log.start) {
    await applyFrames(checkpoints.archived(from), log.start);
    if (next !== log.start) {
      const reason = `offsets ${next} to ${log.start} are in no segment`;
      throw new RingwatchError('ARCHIVE_CORRUPT', { path: 'of the log', reason });
    }
  }
  const archivedRecords = next - from;
  await applyFrames(log.read(next), log.end);
  assert(next === log.end, 'the log is folded to its end');
  return { fold, checkpoint, archivedRecords, logRecords: next - from - archivedRecords };
}

/** Applies the records of one frame; a definitions record that cannot take effect goes to `refused`, and is skipped. */
export function applyFrame(
  fold: TenantFold,
  bytes: Uint8Array,
  refused: (error: RingwatchError, record: number) => void,
): void {
  const reader = new FrameReader(bytes, (relation) => storedTypesOf(fold, relation));
  let n = 0;
  for (let record = reader.next(); record !== null; record = reader.next(), n++) {
    if (record.kind !== 'definitions') {
      fold.apply(record);
      continue;
    }
    try {
      fold.apply(record);
    } catch (error) {
      // It changed nothing, now and at every replay, so what follows is folded with the definitions before it.
      if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
      refused(error as RingwatchError, n);
    }
  }
}

/** Null where the relation was dropped before the row: the fold knows what to do with it. */
function storedTypesOf(fold: TenantFold, relation: string): readonly SqlType[] | null {
  try {
    return fold.storedTypes(relation);
  } catch (error) {
    if (error instanceof RingwatchError && error.code === 'UNKNOWN_NAME') return null;
    throw error;
  }
}
