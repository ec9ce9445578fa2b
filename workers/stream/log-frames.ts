import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { Checkpoints } from '../../core/ports/checkpoints.ts';
import { isShared, type LogFrame, type TenantLog } from '../../core/ports/tenant-log.ts';

/** Where a tenant's frames are: the log, and before it the archive beside the checkpoints. */
export interface LogStore {
  readonly log: TenantLog;
  readonly checkpoints: Checkpoints;
}

/**
 * The frames from offset `from` up to `end`, which is where one ends: archived ones, then those of the log. Throws
 * LOG_CORRUPT and ARCHIVE_CORRUPT, the latter also where no segment has what is in the log no more.
 */
export async function* framesOf(
  { log, checkpoints }: LogStore,
  from: number,
  end: number,
): AsyncIterable<LogFrame> {
  let next = from;
  const logStart = Math.min(log.start, end);
  if (from < logStart) {
    for await (const frame of checkpoints.archived(from)) {
      if (frame.offset >= logStart || frame.offset !== next) break;
      yield frame;
      next = frame.next;
    }
    if (next !== logStart) {
      const reason = `offsets ${next} to ${logStart} are in no segment`;
      throw new RingwatchError('ARCHIVE_CORRUPT', { path: 'of the log', reason });
    }
  }
  if (next === end) return;
  try {
    for await (const frame of log.read(next)) {
      if (frame.offset >= end) break;
      yield frame;
      next = frame.next;
    }
  } catch (error) {
    // Another process has archived and trimmed it meanwhile.
    if (!isShared(log) || (error as { code?: unknown }).code !== 'LOG_TRIMMED') throw error;
    yield* framesOf({ log, checkpoints }, next, end);
    return;
  }
  assert(next === end, 'the log is read to its end');
}
