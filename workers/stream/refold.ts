import { setImmediate as nextTurn } from 'node:timers/promises';
import { present } from '../../core/assert.ts';
import { FrameReader, hasRows } from '../../core/frame.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import type { DefinitionsRecord } from '../../core/record.ts';
import { Backfill } from '../../engine/backfill.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { applyFrame } from './apply-frame.ts';
import { framesOf, type LogStore } from './log-frames.ts';
import type { RecordFold } from './tenant-fold.ts';

/**
 * Whether the frame's definitions fill something from the log (`backfill = 'log'`). Such definitions stand alone in their
 * frame; others that would fill something are refused.
 */
export function needsHistory(fold: RecordFold, frame: LogFrame): boolean {
  const record = onlyDefinitions(frame);
  return record !== null && fillsSomething(fold, record);
}

/**
 * What a frame that needs its history has to be applied with: the log is folded again up to it. Costs the time of a
 * recovery without a checkpoint, and the memory of the state once more. Throws what reading the log throws.
 */
export function historyOf(frame: LogFrame, store: LogStore): Promise<LogHistory> {
  return refold(frame, store, new Map());
}

/** `known`: histories of frames before, by offset: each is a function of the log alone. */
async function refold(frame: LogFrame, store: LogStore, known: Map<number, LogHistory>): Promise<LogHistory> {
  const found = known.get(frame.offset);
  if (found !== undefined) return found;
  const { text } = present(onlyDefinitions(frame), 'definitions');
  const backfill = new Backfill(text, compileDefinitions);
  for await (const earlier of framesOf(store, 0, frame.offset)) {
    const history = needsHistory(backfill, earlier) ? await refold(earlier, store, known) : null;
    applyFrame(backfill, earlier.bytes, history, () => undefined);
    await nextTurn();
  }
  const history = backfill.finish();
  known.set(frame.offset, history);
  return history;
}

function onlyDefinitions({ records, bytes }: LogFrame): DefinitionsRecord | null {
  if (records !== 1 || hasRows(bytes)) return null;
  const record = new FrameReader(bytes, () => null).next();
  return record?.kind === 'definitions' ? record : null;
}

/** False also for definitions that cannot take effect: applying them says why. */
function fillsSomething(fold: RecordFold, record: DefinitionsRecord): boolean {
  try {
    return (fold.backfillsOf?.(record) ?? []).length > 0;
  } catch (error) {
    if (error instanceof Error && error.name !== 'AssertionError') return false;
    throw error;
  }
}
