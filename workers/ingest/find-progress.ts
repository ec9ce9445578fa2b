import { statSync } from 'node:fs';
import type { InputProgress } from '../../core/record.ts';
import { ByteWindow } from './byte-window.ts';
import { FileBytes } from './file-bytes.ts';

/**
 * How far a file has been read for a relation, of all that is known: what is known of this very path, else of the
 * input of which the file is a copy or a continuation (it begins with all the bytes that were read of it, the longest
 * such). Null for a new input. Reads at most as far as the furthest input. What is no regular file is new: looking into a pipe would take from it.
 */
export function findProgress(
  relation: string,
  path: string,
  known: readonly InputProgress[],
): InputProgress | null {
  const candidates = known.filter((input) => input.relation === relation);
  const same = candidates.find((input) => input.path === path);
  if (same !== undefined) return same;
  const read = candidates.filter(({ rows, checksum }) => rows > 0 && checksum !== undefined);
  if (read.length === 0 || !statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
  const window = new ByteWindow(new FileBytes(path));
  try {
    let found: InputProgress | null = null;
    for (const input of read.sort((a, b) => a.bytes - b.bytes)) {
      if (!window.skipTo(input.bytes)) break;
      if (window.checksum() === input.checksum) found = input;
    }
    return found;
  } finally {
    window.close();
  }
}
