import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where servers for tests are kept once they are built: outside of the tree; RINGWATCH_SERVERS names another place. */
const CACHE = process.env.RINGWATCH_SERVERS ?? path.join(homedir(), '.cache', 'ringwatch', 'servers');

/**
 * The folder of a server by its name and version, as `build` has filled it. Built once for all processes of the machine, under
 * a name of its own, so that what was broken off is never taken for whole. Throws what `build` throws.
 */
export async function serverFolder(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(CACHE, name);
  if (await exists(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const lock = `${folder}.lock`;
  await takeLock(lock);
  try {
    if (await exists(folder)) return folder;
    const building = `${folder}.building`;
    await rm(building, { recursive: true, force: true });
    await mkdir(building);
    await build(building);
    await rename(building, folder);
    return folder;
  } finally {
    await rm(lock, { force: true });
  }
}

/** Waits for a lock file that holds the pid of its owner; one whose owner has ended is taken away. */
async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(lock, `${process.pid}`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    else await sleep(500);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
