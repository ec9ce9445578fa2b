import { RingwatchError } from './errors.ts';

/** The system's code of an error of node:fs, in words. */
export function systemReason(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'this user may not';
    case 'ENOENT':
      return 'a folder of its path is not there';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of the path is no folder';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EROFS':
      return 'the disk is read-only';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    case 'ENAMETOOLONG':
      return 'the name is too long';
    default:
      return typeof code === 'string' ? code : String(error);
  }
}

/** The coded error for a file that could not be written. */
export function writeError(path: string, error: unknown): RingwatchError {
  return new RingwatchError('FILE_UNWRITABLE', { path, reason: systemReason(error) }, { cause: error });
}
