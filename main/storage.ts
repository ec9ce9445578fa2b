import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SegmentArchive } from '../adapters/files/segment-archive.ts';
import { LmdbCheckpoints } from '../adapters/lmdb/lmdb-checkpoints.ts';
import { LmdbLog } from '../adapters/lmdb/lmdb-log.ts';
import { MemoryCheckpoints } from '../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../adapters/memory/memory-log.ts';
import { RingwatchError } from '../core/errors.ts';
import type { Checkpoints } from '../core/ports/checkpoints.ts';
import type { TenantLog } from '../core/ports/tenant-log.ts';
import { systemReason, writeError } from './files.ts';
import { lockFolder } from './folder-lock.ts';

/** A tenant's log and checkpoints, ready for a worker. */
export interface Storage {
  readonly log: TenantLog;
  readonly checkpoints: Checkpoints;
  /** Why a checkpoint that could not be opened was thrown away, or null. */
  readonly discardedCheckpoint: string | null;
  /** Lets other processes have the folder. Log and checkpoints are the worker's to close, before this. */
  release(): void;
}

const MARKER = 'ringwatch.json';
const FORMAT = 1;

/** Log and checkpoints that end with the process. */
export function memoryStorage(): Storage {
  return {
    log: new MemoryLog(),
    checkpoints: new MemoryCheckpoints(),
    discardedCheckpoint: null,
    release: () => undefined,
  };
}

/**
 * The storage of a data folder, which this process alone has from now on. With `create` the folder is made if it is
 * missing or empty. Throws DATA_FOLDER_NOT_FOUND, DATA_FOLDER_FOREIGN, DATA_FOLDER_UNSUPPORTED, DATA_FOLDER_IN_USE,
 * FILE_UNWRITABLE and LOG_CORRUPT.
 */
export async function openDataFolder(folder: string, create: boolean): Promise<Storage> {
  prepareFolder(folder, create);
  const release = lockFolder(folder);
  try {
    const log = await LmdbLog.open(path.join(folder, 'log'));
    const { checkpoints, discarded } = await openCheckpoints(folder);
    return { log, checkpoints, discardedCheckpoint: discarded, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A checkpoint is only a short cut: one whose store cannot be opened is thrown away, and the log folded again. */
async function openCheckpoints(
  folder: string,
): Promise<{ checkpoints: Checkpoints; discarded: string | null }> {
  const place = path.join(folder, 'checkpoints');
  const archive = new SegmentArchive(path.join(folder, 'archive'));
  try {
    return { checkpoints: await LmdbCheckpoints.open(place, archive), discarded: null };
  } catch (error) {
    if (!(error instanceof RingwatchError) || error.code !== 'CHECKPOINT_CORRUPT') throw error;
    rmSync(place, { recursive: true, force: true });
    return { checkpoints: await LmdbCheckpoints.open(place, archive), discarded: error.message };
  }
}

function prepareFolder(folder: string, create: boolean): void {
  const names = namesIn(folder);
  if (names?.includes(MARKER)) return checkMarker(folder);
  if (!create) throw new RingwatchError('DATA_FOLDER_NOT_FOUND', { path: folder });
  if (names !== null && names.length > 0) throw new RingwatchError('DATA_FOLDER_FOREIGN', { path: folder });
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path.join(folder, MARKER),
      `${JSON.stringify({ ringwatch: 'data folder', format: FORMAT })}\n`,
    );
  } catch (error) {
    throw writeError(folder, error);
  }
}

/** The names in a folder, or null where there is none. */
function namesIn(folder: string): string[] | null {
  try {
    if (!statSync(folder).isDirectory()) throw new RingwatchError('DATA_FOLDER_FOREIGN', { path: folder });
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof RingwatchError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new RingwatchError(
      'FILE_UNREADABLE',
      { path: folder, reason: systemReason(error) },
      { cause: error },
    );
  }
}

function checkMarker(folder: string): void {
  let format: unknown = 'unknown';
  try {
    format = (JSON.parse(readFileSync(path.join(folder, MARKER), 'utf8')) as { format?: unknown }).format;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw writeError(folder, error);
  }
  if (format !== FORMAT)
    throw new RingwatchError('DATA_FOLDER_UNSUPPORTED', { path: folder, format: String(format) });
}
