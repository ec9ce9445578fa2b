import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { RingwatchError } from '../../core/errors.ts';
import { SyncedNodeFs } from './synced-node-fs.ts';

/** PostgreSQL's major version, which the files on the disk are of. */
const POSTGRES_MAJOR = '18';

/**
 * `-F` would switch syncing off; `fdatasync` never reaches the file system, `fsync` does. With 16 MB of buffers instead
 * of 128 the process was seen to hold 235 MB instead of 360; the catalog is small.
 */
const START_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...Object.entries({
    fsync: 'on',
    wal_sync_method: 'fsync',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '16MB',
    wal_buffers: '1MB',
    max_wal_size: '64MB',
    min_wal_size: '32MB',
    jit: 'off',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

/** As the port wants rows: see SqlRow. */
const PARSERS = {
  [types.INT8]: (text: string) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new RangeError(`the BIGINT ${text} is beyond 2^53`);
    return value;
  },
  [types.TIMESTAMPTZ]: (text: string) => new Date(text).toISOString(),
  [types.DATE]: (text: string) => text,
  [types.TIMESTAMP]: (text: string) => text,
};

/**
 * Opens the database of `folder`, which is made at the first call: beside its place, synced as a whole, then put there
 * in one step, so that a start that is killed leaves nothing that could pass for a database.
 * Throws DATA_FOLDER_UNSUPPORTED.
 */
export async function openPGlite(folder: string): Promise<PGlite> {
  const data = path.join(folder, 'pgdata');
  if (!existsSync(data)) await createDatabase(folder, data);
  const format = (await readFile(path.join(data, 'PG_VERSION'), 'utf8')).trim();
  if (format !== POSTGRES_MAJOR) {
    throw new RingwatchError('DATA_FOLDER_UNSUPPORTED', { path: data, format: `PostgreSQL ${format}` });
  }
  return await start(data);
}

async function createDatabase(folder: string, data: string): Promise<void> {
  const making = `${data}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const database = await start(making);
  await database.close();
  await syncTree(making);
  await rename(making, data);
  await syncOne(folder);
}

async function start(data: string): Promise<PGlite> {
  return await PGlite.create({
    fs: new SyncedNodeFs(data),
    startParams: START_PARAMETERS,
    parsers: PARSERS,
    onStdout: () => true,
    onStderr: () => true,
  });
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(child);
    else if (entry.isFile()) await syncOne(child);
  }
  await syncOne(folder);
}

async function syncOne(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
