import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { RingwatchError } from '../../core/errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { SegmentArchive, syncFolder } from '../files/segment-archive.ts';
import { checkDataFile, DataFileDamage } from './data-file-check.ts';
import { FolderLock } from './folder-lock.ts';
import { LmdbCheckpoints } from './lmdb-checkpoints.ts';
import { LmdbLog } from './lmdb-log.ts';
import { numberOf } from './lmdb-store.ts';

/** The layout of a data folder; a folder of another one is refused. */
const FORMAT = 1;

/** A tenant's data folder, open and locked. */
export interface DataFolder {
  readonly path: string;
  readonly log: LmdbLog;
  readonly checkpoints: LmdbCheckpoints;
  /** Why the checkpoint that was there has been thrown away, or null. */
  readonly discardedCheckpoint: string | null;
  /** Closes log and checkpoints, where that has not happened, and gives the folder free. */
  close(): Promise<void>;
}

/**
 * Opens the data folder `folder`; with `create` it is made where there is none. It holds
 *
 * - `ringwatch.json`: `{"format":1}`, written last when the folder is made
 * - `lock/`: see FolderLock
 * - `log/`: the log (LmdbLog)
 * - `checkpoint/`: the newest checkpoint and the effects it covers (LmdbCheckpoints)
 * - `archive/`: segments of the log before it (SegmentArchive)
 *
 * Throws DATA_FOLDER_NOT_FOUND (none there, or a folder of something else), DATA_FOLDER_UNSUPPORTED,
 * DATA_FOLDER_IN_USE, LOG_CORRUPT, FILE_UNWRITABLE. A damaged checkpoint is moved to `checkpoint.damaged/` and told, not thrown.
 */
export async function openDataFolder(
  folder: string,
  options: { readonly create: boolean },
): Promise<DataFolder> {
  const isNew = await isNewFolder(folder, options.create);
  makeFolder(folder);
  const lock = await FolderLock.take(folder, path.join(folder, 'lock'));
  try {
    const log = await openLog(path.join(folder, 'log'), isNew);
    try {
      const { checkpoints, discarded } = await openCheckpoints(folder, isNew);
      if (isNew) await writeFormat(folder);
      const close = async (): Promise<void> => {
        await log.close();
        await checkpoints.close();
        await lock.release();
      };
      return { path: folder, log, checkpoints, discardedCheckpoint: discarded, close };
    } catch (error) {
      await log.close();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Whether the folder is still to be made; one whose making was cut short counts as new. */
async function isNewFolder(folder: string, create: boolean): Promise<boolean> {
  const names = await readdir(folder).catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return null;
    throw new RingwatchError('DATA_FOLDER_NOT_FOUND', { path: folder });
  });
  if (names?.includes('ringwatch.json')) {
    await checkFormat(folder);
    return false;
  }
  const own = new Set(['lock', 'log', 'checkpoint', 'ringwatch.json.unfinished']);
  const isOurs = names === null || names.every((name) => own.has(name));
  if (!create || !isOurs) throw new RingwatchError('DATA_FOLDER_NOT_FOUND', { path: folder });
  return true;
}

async function checkFormat(folder: string): Promise<void> {
  const text = await readFile(path.join(folder, 'ringwatch.json'), 'utf8');
  let format: unknown;
  try {
    format = (JSON.parse(text) as { format?: unknown }).format;
  } catch {
    format = 'unreadable';
  }
  if (format !== FORMAT) {
    throw new RingwatchError('DATA_FOLDER_UNSUPPORTED', { path: folder, format: String(format) });
  }
}

async function writeFormat(folder: string): Promise<void> {
  const unfinished = path.join(folder, 'ringwatch.json.unfinished');
  const file = await open(unfinished, 'w');
  await file.writeFile(`${JSON.stringify({ format: FORMAT })}\n`);
  await file.sync();
  await file.close();
  await syncFolder(path.join(folder, 'log'));
  await syncFolder(path.join(folder, 'checkpoint'));
  await rename(unfinished, path.join(folder, 'ringwatch.json'));
  await syncFolder(folder);
}

async function openLog(folder: string, isNew: boolean): Promise<LmdbLog> {
  const file = path.join(folder, 'data.mdb');
  try {
    if (!isNew && !existsSync(file)) throw new DataFileDamage('its file is missing');
    // What a folder cut short while it was made holds is no one's: nothing was acknowledged.
    if (isNew) await rm(folder, { recursive: true, force: true });
    checkDataFile(file);
  } catch (error) {
    if (!(error instanceof DataFileDamage)) throw error;
    const offset = error.key?.length === 9 ? numberOf(error.key) : 0;
    throw new RingwatchError(
      'LOG_CORRUPT',
      { path: folder, offset, reason: error.message },
      { cause: error },
    );
  }
  return LmdbLog.open(folder);
}

async function openCheckpoints(
  folder: string,
  isNew: boolean,
): Promise<{ readonly checkpoints: LmdbCheckpoints; readonly discarded: string | null }> {
  const own = path.join(folder, 'checkpoint');
  const archive = new SegmentArchive(path.join(folder, 'archive'));
  const file = path.join(own, 'data.mdb');
  try {
    if (!isNew && !existsSync(file)) throw new DataFileDamage('its file is missing');
    if (isNew) await rm(own, { recursive: true, force: true });
    checkDataFile(file);
    return { checkpoints: await LmdbCheckpoints.open(own, archive), discarded: null };
  } catch (error) {
    const isDamage =
      error instanceof DataFileDamage ||
      (error instanceof RingwatchError && error.code === 'CHECKPOINT_CORRUPT');
    if (!isDamage) throw error;
    const reason =
      error instanceof RingwatchError ? error.message : `the checkpoint is damaged: ${error.message}`;
    const aside = path.join(folder, 'checkpoint.damaged');
    await rm(aside, { recursive: true, force: true });
    if (existsSync(own)) await rename(own, aside);
    return { checkpoints: await LmdbCheckpoints.open(own, archive), discarded: reason };
  }
}
