import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { RingwatchError } from '../../core/errors.ts';
import type { ByteInput } from './byte-window.ts';

/**
 * The bytes of a file, or of a named pipe, from its beginning. Reading waits: this is for a thread of its own.
 * Throws FILE_NOT_FOUND and FILE_UNREADABLE.
 */
export class FileBytes implements ByteInput {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, 'r');
    } catch (error) {
      throw readError(path, error);
    }
    if (fstatSync(this.#descriptor).isDirectory()) {
      closeSync(this.#descriptor);
      throw new RingwatchError('FILE_UNREADABLE', { path, reason: 'it is a folder' });
    }
  }

  read(target: Uint8Array, start: number, end: number): number {
    try {
      return readSync(this.#descriptor, target, start, end - start, null);
    } catch (error) {
      throw readError(this.#path, error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function readError(path: string, error: unknown): RingwatchError {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT') return new RingwatchError('FILE_NOT_FOUND', { path }, { cause: error });
  const reason = code === 'EACCES' || code === 'EPERM' ? 'this user may not' : String(code ?? error);
  return new RingwatchError('FILE_UNREADABLE', { path, reason }, { cause: error });
}
