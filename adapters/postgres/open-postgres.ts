import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { COLUMN_PARSERS } from '../sql/column-values.ts';
import { type Migration, migrate } from '../sql/migrations.ts';
import { postgresFault } from './postgres-fault.ts';
import { type PostgresServer, serverName, tlsOptions } from './postgres-server.ts';

/** Milliseconds that a server may take: LIMITS.catalogStatementMs unless a test says otherwise; and so on. */
export interface PostgresLimits {
  readonly statementMs: number;
  readonly lockMs: number;
  readonly transactionMs: number;
}

/** How the server is waited for. */
export interface PostgresWait {
  /** Ends the waiting; `open` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Hears before each pause why: CATALOG_UNAVAILABLE, which names the server, and from 1 how often it was tried. */
  readonly onWaiting?: (error: RingwatchError, attempt: number) => void;
}

/** PostgreSQL 15 is the oldest that the migrations are written for. */
const VERSION_MIN = 150_000;

/** Pauses between attempts, the last for ever. */
const PAUSES_MS = [100, 250, 500, 1000, 2000];

/** What `pg` reads as the port does not want it: see SqlRow. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') =>
    COLUMN_PARSERS[oid] ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Waits for the server, brings its database up to the newest migration, and answers how connections to it are made. Several
 * processes may do so at once: the first applies the migrations, the others wait for it. Throws CATALOG_UNSUITED,
 * MIGRATION_CHANGED, MIGRATION_UNKNOWN, CATALOG_FAILED, CONFIG_INVALID; anything that a server may be mended of is waited for.
 */
export async function preparePostgres(
  server: PostgresServer,
  migrations: readonly Migration[],
  limits: PostgresLimits,
  { signal, onWaiting }: PostgresWait,
): Promise<pg.ClientConfig> {
  const ssl = await tlsOptions(server);
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await prepare(server, ssl, migrations, limits, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RingwatchError) throw error;
      const fault = postgresFault(error);
      const waits = fault.kind === 'lost' || fault.kind === 'lockLate' || fault.kind === 'contended';
      if (fault.kind === 'conflict' && fault.conflict === 'privilege') throw unsuited(server, error);
      if (!waits) throw failed(server, error);
      const details = { server: serverName(server), reason: fault.reason };
      onWaiting?.(new RingwatchError('CATALOG_UNAVAILABLE', details), attempt);
      await sleep(PAUSES_MS[attempt - 1] ?? PAUSES_MS.at(-1), undefined, signal ? { signal } : {});
    }
  }
}

async function prepare(
  server: PostgresServer,
  ssl: pg.ClientConfig['ssl'],
  migrations: readonly Migration[],
  limits: PostgresLimits,
  signal: AbortSignal | undefined,
): Promise<pg.ClientConfig> {
  const config = connectionConfig(server, ssl);
  // A migration takes as long as it does; what it waits for does not: whoever holds the lock may be stopped.
  const owner = new pg.Client({ ...config, options: sessionOptions({ lock_timeout: '10s' }) });
  owner.on('error', () => undefined);
  // Ending a client destroys its socket while a query is under way.
  const abort = (): void => void owner.end().catch(() => undefined);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await owner.connect();
    const durable = await checkServer(server, owner);
    await migrate(
      {
        run: async (sql) => {
          await owner.query(sql);
        },
        query: async (sql, parameters) => (await owner.query(sql, [...parameters])).rows,
      },
      migrations,
    );
    const settings = {
      statement_timeout: `${limits.statementMs}`,
      lock_timeout: `${limits.lockMs}`,
      idle_in_transaction_session_timeout: `${limits.transactionMs}`,
      // What is acknowledged is durable, whatever the server's default.
      ...(durable ? {} : { synchronous_commit: 'on' }),
    };
    return { ...config, options: sessionOptions(settings) };
  } finally {
    signal?.removeEventListener('abort', abort);
    await owner.end().catch(() => undefined);
  }
}

/** Whether a commit is durable by the server's own setting. Throws CATALOG_UNSUITED. */
async function checkServer(server: PostgresServer, owner: pg.Client): Promise<boolean> {
  const { rows } = await owner.query<{ version: number; above: boolean; encoding: string; commit: string }>(
    `SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
       current_setting('synchronous_commit') AS commit, rolsuper OR rolbypassrls AS above
     FROM pg_roles WHERE rolname = session_user`,
  );
  const { version = 0, above = true, encoding = '', commit = '' } = rows[0] ?? {};
  if (version < VERSION_MIN) throw unsuited(server, new Error(`its version is ${version}`));
  if (encoding !== 'UTF8') throw unsuited(server, new Error(`its encoding is ${encoding}, not UTF8`));
  if (above) throw unsuited(server, new Error(`row-level security does not bind the user ${server.user}`));
  return commit !== 'off';
}

function connectionConfig(server: PostgresServer, ssl: pg.ClientConfig['ssl']): pg.ClientConfig {
  const { host, port, database, user, password } = server;
  return {
    host,
    port,
    database,
    user,
    ...(password === null ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
    types: TYPES,
    application_name: 'ringwatch',
    connectionTimeoutMillis: LIMITS.catalogConnectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Settings of a session, as the start-up message takes them; those that statements rely on come first. */
function sessionOptions(settings: Readonly<Record<string, string>>): string {
  const all = { timezone: 'UTC', datestyle: 'ISO', search_path: 'public', ...settings };
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

function unsuited(server: PostgresServer, error: unknown): RingwatchError {
  const reason = error instanceof Error ? error.message : String((error as { message?: unknown }).message);
  return new RingwatchError('CATALOG_UNSUITED', { server: serverName(server), reason });
}

function failed(server: PostgresServer, error: unknown): RingwatchError {
  const { reason } = postgresFault(error) as { readonly reason?: string };
  return new RingwatchError('CATALOG_FAILED', { path: serverName(server), reason: reason ?? String(error) });
}
