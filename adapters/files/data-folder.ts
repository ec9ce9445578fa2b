import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { getSystemErrorName } from 'node:util';
import { RingwatchError } from '../../core/errors.ts';
import { systemReason } from '../../core/file-error.ts';
import { LIMITS } from '../../core/limits.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import { checkDataFile, DataFileDamage } from '../lmdb/data-file-check.ts';
import { FolderLock } from '../lmdb/folder-lock.ts';
import { LmdbCheckpoints } from '../lmdb/lmdb-checkpoints.ts';
import { textOf } from '../lmdb/lmdb-store.ts';
import { OldLog } from '../lmdb/old-log.ts';
import { ColdFiles } from './cold-files.ts';
import { FileLog } from './file-log.ts';
import { writeFailure } from './log-failure.ts';
import { makeFolder } from './make-folder.ts';
import { SegmentArchive, syncFolder } from './segment-archive.ts';

/** The layout of a data folder; one of OLD_FORMAT is converted when it is opened, and another one refused. */
const FORMAT = 2;
/** The same with the log in LMDB. */
const OLD_FORMAT = 1;

/** Where the log is that a folder goes with. */
type LogPlace = 'here' | 'elsewhere';

/** A tenant's data folder, open and locked. */
export interface DataFolder {
  readonly path: string;
  readonly log: TenantLog;
  readonly checkpoints: LmdbCheckpoints;
  /** Why the checkpoint that was there has been thrown away, or null. */
  readonly discardedCheckpoint: string | null;
  readonly cold: ColdFiles;
  /** Closes log and checkpoints, where that has not happened, and gives the folder free, also where one of them fails. */
  close(): Promise<void>;
}

/** A log that is not in the folder: the folder is then what one of several processes knows of it. */
export interface LogElsewhere {
  readonly open: () => Promise<TenantLog>;
  /** The folder of archived segments, which all these processes reach. */
  readonly archive: string;
}

export interface DataFolderOptions {
  readonly create: boolean;
  readonly log?: LogElsewhere;
}

/**
 * Opens the data folder `folder`; with `create` it is made where there is none. It holds
 *
 * - `ringwatch.json`: `{"format":2}`, written last when the folder is made; with LogElsewhere `"log":"elsewhere"` as well, and
 *   then there is neither `log/` nor `archive/`
 * - `lock/`: see FolderLock
 * - `log/`: the log (FileLog)
 * - `checkpoint/`: the newest checkpoint and the effects it covers (LmdbCheckpoints)
 * - `archive/`: segments of the log before it (SegmentArchive)
 * - `cold/`: segments of graphs that nobody reads, of this process alone (ColdFiles)
 *
 * Throws DATA_FOLDER_NOT_FOUND (none there, or a folder of something else), DATA_FOLDER_UNSUPPORTED,
 * DATA_FOLDER_IN_USE, LOG_CORRUPT, LOG_FULL, LOG_WRITE_FAILED, FILE_UNREADABLE, FILE_UNWRITABLE. A damaged checkpoint is moved
 * to `checkpoint.damaged/` and told, not thrown.
 */
export async function openDataFolder(folder: string, options: DataFolderOptions): Promise<DataFolder> {
  try {
    return await openLocked(folder, options);
  } catch (error) {
    throw codedFailure(folder, error);
  }
}

/** The system's errors, as they are and as LMDB tells them by their number, come from what had to be made, moved or removed. */
function codedFailure(folder: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (error instanceof RingwatchError) return error;
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return writeFailure(folder, error);
  if (typeof code !== 'number' || code <= 0) return error;
  const named = Object.assign(new Error(textOf(error), { cause: error }), {
    code: getSystemErrorName(-code),
  });
  return writeFailure(folder, named);
}

async function openLocked(
  folder: string,
  { create, log: elsewhere }: DataFolderOptions,
): Promise<DataFolder> {
  const place = elsewhere === undefined ? 'here' : 'elsewhere';
  await formatOf(folder, create, place);
  makeFolder(folder);
  const lock = await FolderLock.take(folder, path.join(folder, 'lock'));
  /** Closes what is open by now, the newest first. */
  const closes = [(): Promise<void> => lock.release()];
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= allOf(closes);
    return closing;
  };
  try {
    // Another process may have made or converted it until it gave the lock free.
    const format = await formatOf(folder, create, place);
    const isNew = format === null;
    const log = elsewhere === undefined ? await openLog(folder, format) : await elsewhere.open();
    closes.unshift(() => log.close());
    const archive = new SegmentArchive(elsewhere?.archive ?? path.join(folder, 'archive'));
    const { checkpoints, discarded } = await openCheckpoints(folder, isNew, archive);
    closes.unshift(() => checkpoints.close());
    if (isNew) {
      await syncFolder(path.join(folder, 'checkpoint'));
      await writeFormat(folder, place);
    }
    const cold = new ColdFiles(path.join(folder, 'cold'));
    await cold.clear();
    closes.unshift(() => cold.clear());
    return { path: folder, log, checkpoints, discardedCheckpoint: discarded, cold, close };
  } catch (error) {
    // What closing adds is a consequence.
    await close().catch(() => undefined);
    throw error;
  }
}

/** Takes all steps one after the other, whichever of them fail. */
async function allOf([step, ...rest]: readonly (() => Promise<void>)[]): Promise<void> {
  try {
    await step?.();
  } finally {
    if (rest.length > 0) await allOf(rest);
  }
}

/** The folder's format; null: it is still to be made, which one whose making was cut short is, too. */
async function formatOf(folder: string, create: boolean, place: LogPlace): Promise<number | null> {
  const names = await readdir(folder).catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return null;
    throw new RingwatchError('DATA_FOLDER_NOT_FOUND', { path: folder });
  });
  if (names?.includes('ringwatch.json')) return readFormat(folder, place);
  const own = new Set(['lock', 'log', 'checkpoint', 'ringwatch.json.unfinished']);
  const isOurs = names === null || names.every((name) => own.has(name));
  if (!create || !isOurs) throw new RingwatchError('DATA_FOLDER_NOT_FOUND', { path: folder });
  return null;
}

async function readFormat(folder: string, place: LogPlace): Promise<number> {
  const file = path.join(folder, 'ringwatch.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RingwatchError(
      'FILE_UNREADABLE',
      { path: file, reason: systemReason(error) },
      { cause: error },
    );
  });
  let found: { readonly format?: unknown; readonly log?: unknown };
  try {
    found = JSON.parse(text) as typeof found;
  } catch {
    found = { format: 'unreadable' };
  }
  const { format, log = 'here' } = found;
  if ((format === FORMAT || format === OLD_FORMAT) && log === place) return format;
  const named = log === place ? String(format) : `${String(format)} with the log ${String(log)}`;
  throw new RingwatchError('DATA_FOLDER_UNSUPPORTED', { path: folder, format: named });
}

async function writeFormat(folder: string, log: LogPlace): Promise<void> {
  const unfinished = path.join(folder, 'ringwatch.json.unfinished');
  const file = await open(unfinished, 'w');
  try {
    await file.writeFile(
      `${JSON.stringify(log === 'here' ? { format: FORMAT } : { format: FORMAT, log })}\n`,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path.join(folder, 'ringwatch.json'));
  await syncFolder(folder);
}

async function openLog(folder: string, format: number | null): Promise<FileLog> {
  const place = path.join(folder, 'log');
  if (format === null) {
    // What a folder cut short while it was made holds is no one's: nothing was acknowledged.
    await rm(place, { recursive: true, force: true });
    makeFolder(place);
    return FileLog.create(place);
  }
  if (format === OLD_FORMAT) {
    await convertLog(place);
    await writeFormat(folder, 'here');
  }
  // A conversion that was cut short may have left it.
  if (OldLog.files.some((name) => existsSync(path.join(place, name)))) {
    // What replaces it is on the disk first.
    await syncFolder(place);
    await OldLog.remove(place);
  }
  return FileLog.open(place);
}

/** Writes the log of a folder of the old format anew, beside the old one, from its beginning where that was cut short. */
async function convertLog(place: string): Promise<void> {
  const old = await OldLog.open(place);
  try {
    for (const name of await readdir(place)) {
      if (!OldLog.files.includes(name)) await rm(path.join(place, name));
    }
    const log = await FileLog.create(place, { start: old.start });
    try {
      let appended: Promise<number>[] = [];
      for (const { bytes, records } of old.frames()) {
        appended.push(log.append(bytes, records));
        appended.at(-1)?.catch(() => undefined);
        if (appended.length < LIMITS.framesInFlightMax) continue;
        await Promise.all(appended);
        appended = [];
      }
      await Promise.all(appended);
    } finally {
      await log.close();
    }
  } finally {
    await old.close();
  }
}

async function openCheckpoints(
  folder: string,
  isNew: boolean,
  archive: SegmentArchive,
): Promise<{ readonly checkpoints: LmdbCheckpoints; readonly discarded: string | null }> {
  const own = path.join(folder, 'checkpoint');
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
