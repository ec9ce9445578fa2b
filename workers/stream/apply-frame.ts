import { RingwatchError } from '../../core/errors.ts';
import { FrameReader } from '../../core/frame.ts';
import type { SqlType } from '../../core/types.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import type { RecordFold } from './tenant-fold.ts';

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
    if (record.kind !== 'definitions') {
      fold.apply(record);
      continue;
    }
    try {
      fold.apply(record, history);
    } catch (error) {
      // It changed nothing, now and at every replay, so what follows is folded with the definitions before it.
      if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
      refused(error as RingwatchError, n);
    }
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
