import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type Migration, migrate } from '../../adapters/sql/migrations.ts';
import { describeSqlError } from '../../adapters/sql/sql-errors.ts';
import { AssertionError } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import {
  type Catalog,
  CatalogConflict,
  type Sql,
  type SqlRow,
  type SqlValue,
} from '../../core/ports/catalog.ts';
import type { TenantId } from '../../core/tenant-id.ts';

const BIN = '/usr/lib/postgresql/15/bin';

/** Whether Debian's PostgreSQL 15 is here, and can be started (it refuses to run as root, and only root becomes another). */
export function postgresPresent(): boolean {
  return existsSync(path.join(BIN, 'postgres')) && process.getuid?.() === 0;
}

/** The same value for each type as PGlite gives: see SqlRow. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') => {
    if (oid === 20) return Number;
    if (oid === 1184) return (text: string) => new Date(text).toISOString();
    if (oid === 1082 || oid === 1114) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * A PostgreSQL 15 of our own and a catalog in it, as a test needs one: what statements and policies mean there. Its owner
 * is no superuser, so that forced row-level security is seen to bind owners, too.
 */
export class PostgresCatalog implements Catalog {
  readonly #folder: string;
  readonly #pool: pg.Pool;

  private constructor(folder: string, pool: pg.Pool) {
    this.#folder = folder;
    this.#pool = pool;
  }

  static async open(migrations: readonly Migration[]): Promise<PostgresCatalog> {
    const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-pg-'));
    const uid = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
    chownSync(folder, uid, uid);
    chmodSync(folder, 0o700);
    asPostgres(`${BIN}/initdb -D ${folder}/data -A trust -U root --no-sync`);
    const options = `-k ${folder} -c listen_addresses= -c fsync=off -c shared_buffers=32MB`;
    asPostgres(`${BIN}/pg_ctl -D ${folder}/data -w -o '${options}' -l ${folder}/log start`);
    const owner = `psql -h ${folder} -U root -d postgres -qc`;
    asPostgres(`${BIN}/${owner} 'CREATE ROLE app LOGIN CREATEROLE NOSUPERUSER'`);
    asPostgres(`${BIN}/${owner} 'CREATE DATABASE catalog OWNER app'`);
    const pool = new pg.Pool({ host: folder, user: 'app', database: 'catalog', max: 4, types: TYPES });
    const client = await pool.connect();
    await migrate(
      {
        run: async (sql) => {
          await client.query(sql);
        },
        query: async (sql, parameters) => (await client.query(sql, [...parameters])).rows,
      },
      migrations,
    );
    client.release();
    return new PostgresCatalog(folder, pool);
  }

  asTenant<T>(tenant: TenantId, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transact('ringwatch_tenant', tenant, work);
  }

  asPlatform<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transact('ringwatch_platform', '', work);
  }

  async close(): Promise<void> {
    await this.#pool.end();
    asPostgres(`${BIN}/pg_ctl -D ${this.#folder}/data -m immediate -w stop`);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #transact<T>(role: string, tenant: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let ended = false;
    let failed = false;
    const query = async (text: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> => {
      if (ended) throw new RingwatchError('CATALOG_CLOSED');
      try {
        const values = parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
        return (await client.query(text, values)).rows.map(withBytes);
      } catch (error) {
        failed = true;
        const what = describeSqlError(error);
        if (what.kind === 'conflict') throw new CatalogConflict(what.conflict, what.constraint);
        throw new AssertionError(`${what.sqlState} ${what.message}`);
      }
    };
    try {
      await client.query(`BEGIN; SET LOCAL ROLE ${role}; SELECT set_config('app.tenant', '${tenant}', true)`);
      const answer = await work({ query });
      if (failed) throw new AssertionError('a transaction in which a statement failed cannot be kept');
      await client.query('COMMIT');
      return answer;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      ended = true;
      client.release();
    }
  }
}

/** `pg` gives bytes as its Buffer. */
function withBytes(row: Record<string, unknown>): SqlRow {
  const columns = Object.entries(row);
  return Object.fromEntries(
    columns.map(([name, value]) => [name, Buffer.isBuffer(value) ? new Uint8Array(value) : value]),
  );
}

function asPostgres(command: string): void {
  const identity = ['--reuid=postgres', '--regid=postgres', '--init-groups'];
  execFileSync('setpriv', [...identity, 'bash', '-c', command], { stdio: 'ignore', cwd: '/' });
}
