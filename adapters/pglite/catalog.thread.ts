import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { AssertionError, assert, present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { SqlRow } from '../../core/ports/catalog.ts';
import { yieldToOtherThreads } from '../../core/thread-priority.ts';
import { describeSqlError } from '../sql/sql-errors.ts';
import { beginText, type CatalogRole } from '../sql/transaction-text.ts';
import type { CatalogReply, CatalogRequest, CatalogThreadData } from './catalog-messages.ts';
import { openPGlite } from './open-pglite.ts';

/** No transaction, one under way, or one in which a statement failed, which only a rollback ends. */
type Phase = 'idle' | 'open' | 'failed';

class CatalogThread {
  readonly #database: PGlite;
  #phase: Phase = 'idle';

  constructor(database: PGlite) {
    this.#database = database;
  }

  async answer(request: CatalogRequest): Promise<readonly SqlRow[]> {
    switch (request.kind) {
      case 'begin':
        return await this.#begin(request.role, request.tenant);
      case 'query':
        return await this.#query(request.text, request.parameters);
      case 'commit':
        return await this.#commit();
      case 'rollback':
        return await this.#rollback();
      case 'close':
        await this.#database.close();
        return [];
    }
  }

  async #begin(role: CatalogRole, tenant: string | null): Promise<readonly SqlRow[]> {
    assert(this.#phase === 'idle', 'one transaction at a time');
    await this.#database.exec(beginText(role, tenant));
    this.#phase = 'open';
    return [];
  }

  async #query(text: string, parameters: readonly unknown[]): Promise<readonly SqlRow[]> {
    assert(this.#phase === 'open', `a statement in a transaction that is ${this.#phase}`);
    try {
      return (await this.#database.query<SqlRow>(text, [...parameters])).rows;
    } catch (error) {
      this.#phase = 'failed';
      throw error;
    }
  }

  async #commit(): Promise<readonly SqlRow[]> {
    if (this.#phase === 'failed') {
      await this.#rollback();
      assert(false, 'a transaction in which a statement failed cannot be kept');
    }
    assert(this.#phase === 'open', 'there is nothing to commit');
    this.#phase = 'failed';
    await this.#database.exec('COMMIT');
    this.#phase = 'idle';
    return [];
  }

  async #rollback(): Promise<readonly SqlRow[]> {
    if (this.#phase !== 'idle') await this.#database.exec('ROLLBACK');
    this.#phase = 'idle';
    return [];
  }
}

const port = present(parentPort, 'parentPort');
const data = workerData as CatalogThreadData;

function reply(message: CatalogReply): void {
  port.postMessage(message);
}

function fail(error: unknown): void {
  if (error instanceof RingwatchError) {
    reply({ kind: 'failed', failure: { kind: 'coded', code: error.code, details: error.details } });
  } else if (error instanceof AssertionError) {
    reply({ kind: 'failed', failure: { kind: 'bug', message: error.message } });
  } else {
    reply({ kind: 'failed', failure: describeSqlError(error) });
  }
}

try {
  const thread = new CatalogThread(await openPGlite(data.folder, data.migrations));
  // Whoever waits for the catalog waits less for it than a decision would for them. It is opened first: then nobody else has work.
  yieldToOtherThreads();
  // Answers leave in the order of the requests: each waits for the one before.
  let last = Promise.resolve();
  port.on('message', (request: CatalogRequest) => {
    last = last.then(async () => {
      try {
        const rows = await thread.answer(request);
        reply({ kind: 'rows', rows });
      } catch (error) {
        fail(error);
      }
    });
  });
  reply({ kind: 'rows', rows: [] });
} catch (error) {
  fail(error);
}
