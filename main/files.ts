import { readFileSync, statSync } from 'node:fs';
import { RingwatchError } from '../core/errors.ts';
import { systemReason } from '../core/file-error.ts';
import { LIMITS } from '../core/limits.ts';

/** The coded error for a file that could not be opened for reading. */
export function readError(path: string, error: unknown): RingwatchError {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT') return new RingwatchError('FILE_NOT_FOUND', { path }, { cause: error });
  return new RingwatchError('FILE_UNREADABLE', { path, reason: systemReason(error) }, { cause: error });
}

/**
 * The text of a definition file. Throws FILE_NOT_FOUND, FILE_UNREADABLE (also for bytes that are no UTF-8) and
 * TEXT_TOO_LARGE, the last without reading it.
 */
export function readDefinitions(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > LIMITS.definitionBytesMax) {
      throw new RingwatchError('TEXT_TOO_LARGE', { size, limit: LIMITS.definitionBytesMax });
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof RingwatchError) throw error;
    if ((error as { code?: unknown }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new RingwatchError(
        'FILE_UNREADABLE',
        { path, reason: 'its bytes are no UTF-8' },
        { cause: error },
      );
    }
    throw readError(path, error);
  }
}
