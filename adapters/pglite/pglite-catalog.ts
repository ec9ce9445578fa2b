import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Catalog, Sql, SqlRow, SqlValue } from '../../core/ports/catalog.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Migration } from '../sql/migrations.ts';
import { type CatalogRole, checkStatement } from '../sql/transaction-text.ts';
import { TurnQueue } from '../sql/turn-queue.ts';
import { withinMs } from '../sql/within-ms.ts';
import { CatalogConnection } from './catalog-connection.ts';
import type { CatalogThreadData } from './catalog-messages.ts';

export interface PGliteCatalogOptions {
  /** LIMITS.catalogStatementMs unless a test says otherwise; and so on. */
  readonly statementMs?: number;
  readonly transactionMs?: number;
  readonly tenantQueueMax?: number;
  readonly queueMax?: number;
}

interface Job {
  readonly role: CatalogRole;
  readonly tenant: TenantId | null;
  readonly run: (sql: Sql) => Promise<void>;
  /** What `run` came to has been made durable. */
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The catalog in a PGlite (PostgreSQL 18 as WebAssembly) in a thread of its own. It has one session, so transactions run
 * one after the other, tenants in turn. A `work` must not call the catalog again, nor wait for what does: it would wait
 * for itself, until CATALOG_TIMEOUT.
 */
export class PGliteCatalog implements Catalog {
  readonly #data: CatalogThreadData;
  readonly #statementMs: number;
  readonly #transactionMs: number;
  readonly #queue: TurnQueue<Job>;
  #connection: CatalogConnection | null;
  #running: Promise<void> | null = null;
  #closed = false;

  private constructor(data: CatalogThreadData, connection: CatalogConnection, options: PGliteCatalogOptions) {
    this.#data = data;
    this.#connection = connection;
    this.#statementMs = options.statementMs ?? LIMITS.catalogStatementMs;
    this.#transactionMs = options.transactionMs ?? LIMITS.catalogTransactionMs;
    this.#queue = new TurnQueue(
      options.tenantQueueMax ?? LIMITS.catalogTenantQueueMax,
      options.queueMax ?? LIMITS.catalogQueueMax,
    );
  }

  /**
   * Opens the catalog in `folder`, which is made at the first call (that takes seconds), and applies migrations. The
   * caller keeps other processes out. Throws MIGRATION_CHANGED, MIGRATION_UNKNOWN, DATA_FOLDER_UNSUPPORTED, CATALOG_FAILED.
   */
  static async open(
    folder: string,
    migrations: readonly Migration[],
    options: PGliteCatalogOptions = {},
  ): Promise<PGliteCatalog> {
    const statementMs = options.statementMs ?? LIMITS.catalogStatementMs;
    const data = { folder, migrations };
    return new PGliteCatalog(data, await CatalogConnection.open(data, statementMs), options);
  }

  asTenant<T>(tenant: TenantId, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#enqueue('ringwatch_tenant', tenant, work);
  }

  asPlatform<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#enqueue('ringwatch_platform', null, work);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#connection?.close();
    this.#connection = null;
  }

  #enqueue<T>(role: CatalogRole, tenant: TenantId | null, work: (sql: Sql) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new RingwatchError('CATALOG_CLOSED'));
    return new Promise<T>((resolve, reject) => {
      let value: T;
      this.#queue.add(tenant ?? 'platform', {
        role,
        tenant,
        run: async (sql) => {
          value = await work(sql);
        },
        resolve: () => resolve(value),
        reject,
      });
      this.#running ??= this.#serve();
    });
  }

  async #serve(): Promise<void> {
    for (let job = this.#queue.take(); job !== null; job = this.#queue.take()) {
      try {
        await this.#transact(job);
        job.resolve();
      } catch (error) {
        job.reject(error);
      }
    }
    this.#running = null;
  }

  async #transact(job: Job): Promise<void> {
    const connection = await this.#connect();
    const transaction = new Transaction(connection);
    const begun = connection.ask({ kind: 'begin', role: job.role, tenant: job.tenant });
    begun.catch(() => undefined);
    try {
      await withinMs(this.#transactionMs, job.run(transaction));
      transaction.end();
      await begun;
    } catch (error) {
      transaction.end();
      await connection.ask({ kind: 'rollback' }).catch(() => undefined);
      throw error;
    }
    await connection.ask({ kind: 'commit' });
  }

  async #connect(): Promise<CatalogConnection> {
    if (this.#connection === null || this.#connection.ended) {
      this.#connection = null;
      this.#connection = await CatalogConnection.open(this.#data, this.#statementMs);
    }
    return this.#connection;
  }
}

class Transaction implements Sql {
  readonly #connection: CatalogConnection;
  #ended = false;

  constructor(connection: CatalogConnection) {
    this.#connection = connection;
  }

  end(): void {
    this.#ended = true;
  }

  async query(text: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    if (this.#ended) throw new RingwatchError('CATALOG_CLOSED');
    checkStatement(text);
    return await this.#connection.ask({ kind: 'query', text, parameters });
  }
}
