import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';

/** One step of the catalog's shape: a file of `migrations/`. */
export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  /** The file's name without its ending. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

/** A connection as the owner of the tables: for migrations, and for nothing else. */
export interface OwnerConnection {
  /** Runs statements without parameters, one after the other. */
  run(sql: string): Promise<void>;
  query(sql: string, parameters: readonly (string | number)[]): Promise<readonly Record<string, unknown>[]>;
}

const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** Reads the migrations of a folder, in order: files named `0001-what-it-does.sql`. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => FILE.test(file)).sort();
  return await Promise.all(
    files.map(async (file, n) => {
      const number = Number(FILE.exec(file)?.[1]);
      assert(number === n + 1, `the migrations are numbered without gaps, but ${file} is not ${n + 1}`);
      const sql = await readFile(path.join(folder, file), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { number, name: file.slice(0, -'.sql'.length), sql, checksum };
    }),
  );
}

/**
 * Brings the catalog up to the newest migration: each that is new runs in a transaction of its own, with the note that
 * it ran. Those that ran before have to be the same still. Runs of several processes at once take turns.
 * Resolves with how many ran. Throws MIGRATION_CHANGED, MIGRATION_UNKNOWN.
 */
export async function migrate(owner: OwnerConnection, migrations: readonly Migration[]): Promise<number> {
  await owner.run(`SELECT pg_advisory_lock(${LOCK})`);
  try {
    await owner.run(NOTES);
    const rows = await owner.query('SELECT number, name, checksum FROM migrations ORDER BY number', []);
    const known = new Map(migrations.map((migration) => [migration.number, migration]));
    for (const row of rows) {
      const name = String(row.name);
      const migration = known.get(Number(row.number));
      if (migration === undefined) throw new RingwatchError('MIGRATION_UNKNOWN', { name });
      if (migration.checksum !== row.checksum) throw new RingwatchError('MIGRATION_CHANGED', { name });
    }
    const pending = migrations.slice(rows.length);
    for (const migration of pending) await apply(owner, migration);
    return pending.length;
  } finally {
    await owner.run(`SELECT pg_advisory_unlock(${LOCK})`);
  }
}

/** Any number will do, as long as nothing else takes it. */
const LOCK = 7_390_114;

const NOTES = `CREATE TABLE IF NOT EXISTS migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)`;

async function apply(owner: OwnerConnection, migration: Migration): Promise<void> {
  await owner.run('BEGIN');
  try {
    await owner.run(migration.sql);
    await owner.query('INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ]);
    await owner.run('COMMIT');
  } catch (error) {
    await owner.run('ROLLBACK');
    throw error;
  }
}
