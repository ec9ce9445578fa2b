import { RingwatchError } from '../../core/errors.ts';
import { systemReason } from '../../core/file-error.ts';

/** Whether there was no space for what was to be written. */
export function isOutOfSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as { code: string }).code);
}

/** What is thrown where a log in `path` could not be changed: LOG_FULL, LOG_WRITE_FAILED; coded errors as they are. */
export function writeFailure(path: string, error: unknown): RingwatchError {
  if (error instanceof RingwatchError) return error;
  return isOutOfSpace(error)
    ? new RingwatchError('LOG_FULL', { path }, { cause: error })
    : new RingwatchError('LOG_WRITE_FAILED', { path, reason: systemReason(error) }, { cause: error });
}
