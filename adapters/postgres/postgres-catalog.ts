import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { AssertionError, assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Catalog, Sql, SqlRow, SqlValue } from '../../core/ports/catalog.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Migration } from '../sql/migrations.ts';
import { beginText, type CatalogRole, checkStatement } from '../sql/transaction-text.ts';
import { TurnQueue } from '../sql/turn-queue.ts';
import { withinMs } from '../sql/within-ms.ts';
import { type PostgresLimits, type PostgresWait, preparePostgres } from './open-postgres.ts';
import { faultError, type PostgresFault, postgresFault } from './postgres-fault.ts';
import { type PostgresServer, serverName } from './postgres-server.ts';
import { SessionLock, type SessionLockOptions } from './session-lock.ts';

export interface PostgresCatalogOptions extends PostgresWait {
  /** Whether other processes may have the same catalog; without it nobody is kept out. */
  readonly use?: SessionLockOptions['mode'];
  /** LIMITS.catalogInUseMs unless a test says otherwise. */
  readonly inUseMs?: number;
  /** LIMITS.catalogConnectionsMax unless the operator says otherwise. */
  readonly connectionsMax?: number;
  /** LIMITS.catalogStatementMs unless a test says otherwise; and so on. */
  readonly statementMs?: number;
  readonly lockMs?: number;
  readonly transactionMs?: number;
  /** Hears of connections that were lost while nobody used them; they are made anew when they are needed. */
  readonly onLost?: (error: RingwatchError) => void;
}

interface Job {
  readonly whose: string;
  readonly role: CatalogRole;
  readonly tenant: TenantId | null;
  readonly run: (sql: Sql) => Promise<void>;
  /** What `run` came to has been made durable. */
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds after which a statement is given up that the server itself should have ended. */
const GRACE_MS = 2000;

/** Milliseconds before a transaction is begun again, times how often it was. */
const AGAIN_MS = 20;

/**
 * The catalog in a PostgreSQL server, which several processes share. Transactions of one tenant use half of the connections
 * at most and wait in turn with those of others. What the server undid by itself before it was asked to commit (a deadlock, a lost
 * connection) is begun again: a `work` may run more than once. A `work` must not call the catalog again.
 */
export class PostgresCatalog implements Catalog {
  readonly #server: string;
  readonly #pool: pg.Pool;
  readonly #queue = new TurnQueue<Job>(LIMITS.catalogTenantQueueMax, LIMITS.catalogQueueMax);
  readonly #connectionsMax: number;
  readonly #tenantMax: number;
  readonly #limits: PostgresLimits;
  readonly #lock: SessionLock | null;
  readonly #lanes = new Set<Promise<void>>();
  /** Lanes that still look for transactions. */
  #open = 0;
  /** Transactions under way, by whose they are. */
  readonly #running = new Map<string, number>();
  #closed = false;

  private constructor(
    server: PostgresServer,
    config: pg.ClientConfig,
    limits: PostgresLimits,
    options: PostgresCatalogOptions,
    lock: SessionLock | null,
  ) {
    this.#lock = lock;
    this.#server = serverName(server);
    this.#connectionsMax = options.connectionsMax ?? LIMITS.catalogConnectionsMax;
    this.#tenantMax = Math.max(1, Math.ceil(this.#connectionsMax / 2));
    this.#limits = limits;
    const pool = {
      ...config,
      query_timeout: this.#limits.statementMs + GRACE_MS,
      // One beside those of transactions, for `ping`.
      max: this.#connectionsMax + 1,
      idleTimeoutMillis: 60_000,
      // A server that was moved is found again, and what sessions gather is let go.
      maxLifetimeSeconds: 1800,
    };
    this.#pool = new pg.Pool(pool);
    this.#pool.on('error', (error) =>
      options.onLost?.(
        new RingwatchError('CATALOG_UNAVAILABLE', { server: this.#server, reason: error.message }),
      ),
    );
    // A connection that is lost while it is used says so to its statement, too.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Waits for the server, for as long as it takes, and applies migrations: several processes may at once. Throws
   * CATALOG_IN_USE, CATALOG_UNSUITED, MIGRATION_CHANGED, MIGRATION_UNKNOWN (a newer version has been here), CATALOG_FAILED, CONFIG_INVALID
   * (a file of TLS), and the reason of `signal`.
   */
  static async open(
    server: PostgresServer,
    migrations: readonly Migration[],
    options: PostgresCatalogOptions = {},
  ): Promise<PostgresCatalog> {
    const limits = {
      statementMs: options.statementMs ?? LIMITS.catalogStatementMs,
      lockMs: options.lockMs ?? LIMITS.catalogLockMs,
      transactionMs: options.transactionMs ?? LIMITS.catalogTransactionMs,
    };
    for (;;) {
      const config = await preparePostgres(server, migrations, limits, options);
      const lock = await takeLock(server, config, options);
      if (lock !== 'lost') return new PostgresCatalog(server, config, limits, options, lock);
    }
  }

  asTenant<T>(tenant: TenantId, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#enqueue('ringwatch_tenant', tenant, work);
  }

  asPlatform<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#enqueue('ringwatch_platform', null, work);
  }

  /** Whether the server answers: one statement, past all that waits. Throws CATALOG_UNAVAILABLE. */
  async ping(): Promise<void> {
    try {
      await this.#pool.query('SELECT 1');
    } catch (error) {
      throw this.#error(postgresFault(error));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#lanes.size > 0) await Promise.all(this.#lanes);
    if (!this.#pool.ended) await this.#pool.end();
    await this.#lock?.close();
  }

  #enqueue<T>(role: CatalogRole, tenant: TenantId | null, work: (sql: Sql) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new RingwatchError('CATALOG_CLOSED'));
    return new Promise<T>((resolve, reject) => {
      let value: T;
      const whose = tenant ?? 'platform';
      const run = async (sql: Sql): Promise<void> => {
        value = await work(sql);
      };
      this.#queue.add(whose, { whose, role, tenant, run, resolve: () => resolve(value), reject });
      if (this.#open >= this.#connectionsMax) return;
      this.#open++;
      const lane = this.#serve().finally(() => this.#lanes.delete(lane));
      this.#lanes.add(lane);
    });
  }

  /** One connection's worth of transactions, while there are any that may be served. */
  async #serve(): Promise<void> {
    const mayBeServed = (whose: string): boolean => (this.#running.get(whose) ?? 0) < this.#tenantMax;
    for (let job = this.#queue.take(mayBeServed); job !== null; job = this.#queue.take(mayBeServed)) {
      this.#count(job.whose, 1);
      try {
        await this.#transact(job);
        job.resolve();
      } catch (error) {
        job.reject(error);
      } finally {
        this.#count(job.whose, -1);
      }
    }
    // In the same turn as it found nothing: what is added next begins a lane of its own.
    this.#open--;
  }

  #count(whose: string, change: number): void {
    const count = (this.#running.get(whose) ?? 0) + change;
    if (count === 0) this.#running.delete(whose);
    else this.#running.set(whose, count);
  }

  async #transact(job: Job): Promise<void> {
    const begunMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      const undone = await this.#attempt(job);
      if (undone === null) return;
      const late = performance.now() - begunMs > LIMITS.catalogConnectMs;
      if (late || attempt >= LIMITS.catalogAttemptsMax) {
        if (undone.kind === 'lost') throw this.#error(undone);
        throw new RingwatchError('CATALOG_CONTENDED', { attempts: attempt, reason: undone.reason });
      }
      // Two that met each other do not meet again at once.
      await sleep(AGAIN_MS * attempt * (1 + Math.random()));
    }
  }

  /** Null once it is durable; a fault by which the server has undone all of it for sure. Throws everything else. */
  async #attempt(job: Job): Promise<(PostgresFault & { kind: 'contended' | 'lost' }) | null> {
    const client = await this.#connect();
    const transaction = new Transaction(client, (fault) => this.#error(fault));
    try {
      await transaction.begin(beginText(job.role, job.tenant));
      await withinMs(this.#limits.transactionMs, job.run(transaction));
      transaction.end();
      assert(transaction.fault === null, 'a transaction in which a statement failed cannot be kept');
    } catch (error) {
      transaction.end();
      const { fault } = transaction;
      await undo(client, transaction);
      if (fault?.kind === 'contended' || fault?.kind === 'lost') return fault;
      throw error;
    }
    await this.#commit(client);
    return null;
  }

  async #connect(): Promise<pg.PoolClient> {
    if (this.#lock?.isTaken === true) throw new RingwatchError('CATALOG_IN_USE', { server: this.#server });
    try {
      return await this.#pool.connect();
    } catch (error) {
      const fault = postgresFault(error);
      throw this.#error(fault.kind === 'failed' ? { kind: 'lost', reason: fault.reason } : fault);
    }
  }

  async #commit(client: pg.PoolClient): Promise<void> {
    try {
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw new AssertionError(`the commit became a ${command}`);
    } catch (error) {
      const fault = postgresFault(error);
      client.release(true);
      if (fault.kind === 'lost' || fault.kind === 'failed') {
        const details = { server: this.#server, reason: fault.reason };
        throw new RingwatchError('CATALOG_OUTCOME_UNKNOWN', details);
      }
      throw this.#error(fault);
    }
    client.release();
  }

  #error(fault: PostgresFault): Error {
    return faultError(fault, this.#server, this.#limits);
  }
}

/** `lost`: the server went away since it was asked last. */
async function takeLock(
  server: PostgresServer,
  config: pg.ClientConfig,
  { use, inUseMs, signal }: PostgresCatalogOptions,
): Promise<SessionLock | null | 'lost'> {
  if (use === undefined) return null;
  try {
    return await SessionLock.take(server, config, {
      mode: use,
      ...(inUseMs === undefined ? {} : { waitMs: inUseMs }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RingwatchError) throw error;
    return 'lost';
  }
}

/** Undoes a transaction; where that cannot be said or is not heard, the connection goes, which undoes it, too. */
async function undo(client: pg.PoolClient, transaction: Transaction): Promise<void> {
  if (transaction.isWaiting || transaction.fault?.kind === 'lost') {
    client.release(true);
    return;
  }
  try {
    await client.query('ROLLBACK');
  } catch {
    client.release(true);
    return;
  }
  client.release();
}

class Transaction implements Sql {
  readonly #client: pg.PoolClient;
  readonly #error: (fault: PostgresFault) => Error;
  /** The statement that was asked last, whatever comes of it. */
  #last: Promise<unknown> = Promise.resolve();
  /** Statements that are not answered. */
  #waiting = 0;
  #ended = false;
  /** What was wrong with the first statement that failed: then none of it can be kept. */
  fault: PostgresFault | null = null;

  constructor(client: pg.PoolClient, error: (fault: PostgresFault) => Error) {
    this.#client = client;
    this.#error = error;
  }

  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  begin(text: string): Promise<unknown> {
    return this.#ask(() => this.#client.query(text));
  }

  end(): void {
    this.#ended = true;
  }

  async query(text: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    if (this.#ended) throw new RingwatchError('CATALOG_CLOSED');
    checkStatement(text);
    const values = parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
    // The extended protocol takes one statement, also without parameters.
    const statement = { text, values, queryMode: 'extended' };
    const { rows } = await this.#ask(() => this.#client.query<Record<string, unknown>>(statement));
    return rows.map(withBytes);
  }

  /** Asks once what was asked before is answered, and notes what is wrong. */
  #ask<T>(ask: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const asked = this.#last.then(ask).catch((error: unknown) => {
      const fault = postgresFault(error);
      this.fault ??= fault;
      throw this.#error(fault);
    });
    this.#last = asked.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return asked;
  }
}

/** `pg` gives bytes as its Buffer. */
function withBytes(row: Record<string, unknown>): SqlRow {
  for (const [name, value] of Object.entries(row)) {
    if (Buffer.isBuffer(value)) row[name] = new Uint8Array(value);
  }
  return row;
}
