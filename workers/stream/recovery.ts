import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { CheckpointHead } from '../../core/ports/checkpoints.ts';
import { isShared, type LogFrame, type TenantLog } from '../../core/ports/tenant-log.ts';
import { applyFrame } from './apply-frame.ts';
import { framesOf, type LogStore } from './log-frames.ts';
import { historyOf, needsHistory } from './refold.ts';
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
export interface RecoveryContext extends LogStore {
  readonly newFold: () => TenantFold;
  /** Told of the checkpoint that the fold is restored from: for replicas. */
  readonly restored: (entries: readonly CheckpointEntry[], head: CheckpointHead) => void;
  readonly apply: (fold: TenantFold, frame: LogFrame) => Promise<void>;
  /** Starts counting effects at `number`. */
  readonly startEffects: (number: number) => void;
  /** The first effect that is wanted of those that a checkpoint covers; Infinity: none. */
  readonly effectsFrom: number;
  /** Makes a fold that says effects again which are not kept; null where those are not wanted. */
  readonly createRepeater: ((emit: (effect: Effect) => void) => TenantFold) | null;
  readonly letOut: (effect: Effect, number: number) => void;
  /** Gives other work a turn between frames, and waits where replicas are too far behind. */
  readonly pause: () => Promise<void>;
}

interface Recovered {
  readonly fold: TenantFold;
  readonly checkpoint: CheckpointHead | null;
  readonly archivedRecords: number;
  readonly logRecords: number;
  /** Where the log ended: the next frame to fold. */
  readonly offset: number;
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
  if (head.offset > (await endOf(log))) {
    const reason = `it ends before offset ${head.offset}, which a checkpoint has folded`;
    throw new RingwatchError('LOG_CORRUPT', { path: 'the data folder', offset: log.end, reason });
  }
  const entries: CheckpointEntry[] = [];
  for await (const entry of checkpoints.entries()) entries.push(entry);
  const fold = context.newFold();
  fold.restore(entries, head);
  context.restored(entries, head);
  await repeatForgotten(context, head.offset);
  let number = Math.min(Math.max(context.effectsFrom, checkpoints.effectsStart), head.effects);
  for await (const effect of checkpoints.effects(number)) context.letOut(effect, number++);
  if (number !== head.effects) {
    const reason = `it has ${number} effects instead of ${head.effects}`;
    throw new RingwatchError('CHECKPOINT_CORRUPT', { path: 'the data folder', reason });
  }
  context.startEffects(head.effects);
  return replay(context, fold, head);
}

/** Lets out the effects that are wanted and not kept any more: the log is folded again, up to where they end. */
async function repeatForgotten(context: RecoveryContext, end: number): Promise<void> {
  const { createRepeater, effectsFrom, checkpoints } = context;
  const { effectsStart } = checkpoints;
  if (createRepeater === null || effectsFrom >= effectsStart) return;
  let number = 0;
  const fold = createRepeater((effect) => {
    if (number >= effectsFrom && number < effectsStart) context.letOut(effect, number);
    number++;
  });
  for await (const frame of framesOf(context, 0, end)) {
    if (number >= effectsStart) return;
    const history = needsHistory(fold, frame) ? await historyOf(frame, context) : null;
    applyFrame(fold, frame.bytes, history, () => undefined);
    await nextTurn();
  }
}

/** Where the log ends: of a shared one, after whatever was acknowledged to anyone. */
async function endOf(log: TenantLog): Promise<number> {
  return isShared(log) ? await log.head() : log.end;
}

async function replay(
  context: RecoveryContext,
  fold: TenantFold,
  checkpoint: CheckpointHead | null,
): Promise<Recovered> {
  const { log } = context;
  const from = checkpoint?.offset ?? 0;
  const logStart = log.start;
  let archivedRecords = 0;
  const end = await endOf(log);
  let logRecords = 0;
  for await (const frame of framesOf(context, from, end)) {
    await context.apply(fold, frame);
    if (frame.offset < logStart) archivedRecords += frame.records;
    else logRecords += frame.records;
    await context.pause();
  }
  return { fold, checkpoint, archivedRecords, logRecords, offset: end };
}
