import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeError } from '../../core/file-error.ts';

/**
 * Makes a folder, and those above it that are not there, for its owner alone: what lies in it may be personal data.
 * Their names are on the disk when it returns.
 * Throws FILE_UNWRITABLE. Node's own `recursive` never returns where the system says of an existing folder that nothing can
 * be made in it because it does not exist, as below /proc.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  try {
    for (let at = path.resolve(folder); !exists(at); at = path.dirname(at)) missing.push(at);
    for (const each of missing.reverse()) {
      make(each);
      syncName(each);
    }
  } catch (error) {
    throw writeError(folder, error);
  }
}

function exists(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false }) !== undefined;
}

/** Another process may be faster. */
function make(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  }
}

function syncName(folder: string): void {
  const parent = openSync(path.dirname(folder), 'r');
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
}
