import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RingwatchError } from '../core/errors.ts';
import { writeError } from './files.ts';

const NAME = 'lock';

/**
 * Takes the folder for this process and gives the function that lets it go. A lock left by a process that is gone
 * is taken over. Throws DATA_FOLDER_IN_USE naming the process, FILE_UNWRITABLE.
 */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, NAME);
  const own = path.join(folder, `${NAME}.${process.pid}`);
  try {
    // A link appears at once and with its content: nobody reads a lock that is not written yet.
    writeFileSync(own, JSON.stringify({ process: process.pid, started: startOf(process.pid) }));
    while (!linked(own, file)) {
      const holder = liveHolder(file);
      if (holder !== null) throw new RingwatchError('DATA_FOLDER_IN_USE', { path: folder, process: holder });
      rmSync(file, { force: true });
    }
  } catch (error) {
    throw error instanceof RingwatchError ? error : writeError(file, error);
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(file, { force: true });
}

function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that holds the lock, or null when it is gone. */
function liveHolder(file: string): number | null {
  let holder: { process?: unknown; started?: unknown };
  try {
    holder = JSON.parse(readFileSync(file, 'utf8')) as typeof holder;
  } catch {
    return null; // Cut short by a crash, or let go just now.
  }
  const pid = holder.process;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  // Process numbers are used again, in containers at once: the same number with another start is another process.
  const started = startOf(pid);
  return started === null || holder.started === null || started === holder.started ? pid : null;
}

/** When a process started, in ticks since boot, where the system tells (Linux, proc(5), stat field 22). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
