import { closeSync, cpSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { RingwatchError } from '../../core/errors.ts';
import type { SqlRow } from '../../core/ports/catalog.ts';
import { COLUMN_PARSERS } from '../sql/column-values.ts';
import { type Migration, migrate } from '../sql/migrations.ts';
import { newCatalogOf } from './new-catalog.ts';
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

/**
 * Opens the database of `folder`, as the owner of its tables, and brings it up to the newest migration. It is made at the
 * first call: beside its place, synced as a whole, then put there in one step, so that a start that is killed leaves
 * nothing that could pass for a database. Throws DATA_FOLDER_UNSUPPORTED, MIGRATION_CHANGED, MIGRATION_UNKNOWN.
 */
export async function openPGlite(folder: string, migrations: readonly Migration[]): Promise<PGlite> {
  const data = path.join(folder, 'pgdata');
  if (!existsSync(data)) await createDatabase(folder, data, newCatalogOf(migrations));
  const format = (await readFile(path.join(data, 'PG_VERSION'), 'utf8')).trim();
  if (format !== POSTGRES_MAJOR) {
    throw new RingwatchError('DATA_FOLDER_UNSUPPORTED', { path: data, format: `PostgreSQL ${format}` });
  }
  const database = await start(data);
  const owner = {
    run: async (sql: string) => {
      await database.exec(sql);
    },
    query: async (sql: string, parameters: readonly (string | number)[]) =>
      (await database.query<SqlRow>(sql, [...parameters])).rows,
  };
  await migrate(owner, migrations);
  return database;
}

async function createDatabase(folder: string, data: string, template: string): Promise<void> {
  const making = `${data}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (existsSync(template)) {
    const folders = JSON.parse(await readFile(path.join(template, 'folders.json'), 'utf8')) as string[];
    for (const one of ['', ...folders]) {
      mkdirSync(path.join(making, one), { recursive: true, mode: 0o700 });
    }
    // A thousand small files: without a promise for each this takes a third of the time, and the thread has nothing else to do.
    cpSync(path.join(template, 'pgdata'), making, { recursive: true });
  } else {
    const database = await start(making);
    await database.close();
  }
  syncTree(making);
  await rename(making, data);
  syncOne(folder);
}

async function start(data: string): Promise<PGlite> {
  return await PGlite.create({
    fs: new SyncedNodeFs(data),
    startParams: START_PARAMETERS,
    parsers: COLUMN_PARSERS,
    onStdout: () => true,
    onStderr: () => true,
  });
}

function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) syncTree(child);
    else if (entry.isFile()) syncOne(child);
  }
  syncOne(folder);
}

function syncOne(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
