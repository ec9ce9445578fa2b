import { Worker } from 'node:worker_threads';
import { AssertionError } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { CatalogConflict, type SqlRow } from '../../core/ports/catalog.ts';
import { threadModule } from '../../core/thread-module.ts';
import { isOfTheStatement } from '../sql/sql-errors.ts';
import type { CatalogFailure, CatalogReply, CatalogRequest, CatalogThreadData } from './catalog-messages.ts';

interface Waiting {
  readonly resolve: (rows: readonly SqlRow[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The thread in which PGlite runs, and what it was asked and has not answered. PostgreSQL's statement_timeout needs
 * signals, which WebAssembly has none of: a thread that does not answer in time is ended, and the next connection
 * recovers from the write-ahead log as after a crash.
 */
export class CatalogConnection {
  readonly #thread: Worker;
  readonly #folder: string;
  readonly #statementMs: number;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #failure: Error | null = null;

  private constructor(data: CatalogThreadData, statementMs: number) {
    this.#folder = data.folder;
    this.#statementMs = statementMs;
    this.#thread = new Worker(threadModule(new URL('./catalog.thread.ts', import.meta.url)), {
      workerData: data,
    });
    this.#thread.on('message', (reply: CatalogReply) => this.#hear(reply));
    this.#thread.on('error', (error) => this.#fail(this.#failed(error.message)));
    this.#thread.on('exit', () => this.#fail(this.#failed('its thread has ended')));
  }

  /** Starts the thread, opens the database and brings it up to the newest migration; that may take as long as it does. */
  static async open(data: CatalogThreadData, statementMs: number): Promise<CatalogConnection> {
    const connection = new CatalogConnection(data, statementMs);
    try {
      await new Promise<readonly SqlRow[]>((resolve, reject) => {
        connection.#waiting.push({ resolve, reject });
      });
    } catch (error) {
      await connection.#thread.terminate();
      throw error;
    }
    return connection;
  }

  /** Whether it can be asked nothing more. */
  get ended(): boolean {
    return this.#failure !== null;
  }

  /** Asks; requests are answered in the order they are made. */
  ask(request: CatalogRequest): Promise<readonly SqlRow[]> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(request);
      if (this.#waiting.length === 1) this.#watch();
    });
  }

  /** Writes what is in memory and ends the thread. */
  async close(): Promise<void> {
    try {
      if (this.#failure === null) await this.ask({ kind: 'close' });
    } finally {
      this.#fail(new RingwatchError('CATALOG_CLOSED'));
      await this.#thread.terminate();
    }
  }

  #hear(reply: CatalogReply): void {
    const waiting = this.#waiting.shift();
    this.#watch();
    if (reply.kind === 'rows') waiting?.resolve(reply.rows);
    else waiting?.reject(this.#error(reply.failure));
  }

  /** Gives the answer that is due next its time, from now. */
  #watch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0 || this.#failure !== null) return;
    this.#timer = setTimeout(() => {
      this.#fail(new RingwatchError('CATALOG_TIMEOUT', { limit: this.#statementMs }));
      void this.#thread.terminate();
    }, this.#statementMs);
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #error(failure: CatalogFailure): Error {
    switch (failure.kind) {
      case 'conflict':
        return new CatalogConflict(failure.conflict, failure.constraint);
      case 'coded':
        return new RingwatchError(failure.code, failure.details);
      case 'bug':
        return new AssertionError(failure.message);
      case 'other':
        return isOfTheStatement(failure.sqlState)
          ? new AssertionError(`${failure.sqlState} ${failure.message}`)
          : this.#failed(`${failure.sqlState} ${failure.message}`.trim());
    }
  }

  #failed(reason: string): RingwatchError {
    return new RingwatchError('CATALOG_FAILED', { path: this.#folder, reason });
  }
}
