import { setTimeout as sleep } from 'node:timers/promises';
import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { isAlive, type ServiceLease } from './service-lease.ts';
import type { StoreContext } from './store-context.ts';

type TurnContext = Pick<StoreContext, 'tenant' | 'catalog'>;

/** Milliseconds between two tries of one who waits. */
const AGAIN_MS = 100;

/**
 * Whose turn it is to publish definitions of a tenant, among the processes of the catalog: from before the draft is marked until what
 * the log said of it is written down. No transaction lasts as long, so it is a row, which is void once its process is alive no more.
 */
export class PublicationTurn {
  readonly #lease: ServiceLease;
  readonly #waitMs: number;
  #held = false;

  /** `waitMs`: LIMITS.publicationWaitMs unless a test says otherwise. */
  constructor(lease: ServiceLease, waitMs: number = LIMITS.publicationWaitMs) {
    this.#lease = lease;
    this.#waitMs = waitMs;
  }

  /** Runs `work` once no other process has the turn. Throws PUBLICATION_UNDER_WAY where that takes too long. */
  async run<T>(context: TurnContext, work: () => Promise<T>): Promise<T> {
    for (
      const endMs = performance.now() + this.#waitMs;
      !(await this.#take(context));
      await sleep(AGAIN_MS)
    ) {
      if (performance.now() > endMs) throw new RingwatchError('PUBLICATION_UNDER_WAY');
    }
    return await this.#runTaken(context, work);
  }

  /** Runs `work` unless another process has the turn: then what it publishes is that one's to write down. */
  async tryRun(context: TurnContext, work: () => Promise<void>): Promise<void> {
    if (await this.#take(context)) await this.#runTaken(context, work);
  }

  /** Asserts before what cannot be taken back that nobody else may have the turn by now. Throws PUBLICATION_UNDER_WAY. */
  check(): void {
    if (!this.#lease.holds) throw new RingwatchError('PUBLICATION_UNDER_WAY');
  }

  async #take({ tenant, catalog }: TurnContext): Promise<boolean> {
    // Others would not leave it to us.
    if (!this.#lease.holds) return false;
    const rows = await catalog.asTenant(tenant, (sql) => sql.query(TAKE, [tenant, this.#lease.id]));
    return rows.length > 0;
  }

  async #runTaken<T>(context: TurnContext, work: () => Promise<T>): Promise<T> {
    this.#held = true;
    try {
      return await work();
    } finally {
      this.#held = false;
      await this.#release(context);
    }
  }

  /** Gives it back, however long the catalog is away; unless it is taken again here meanwhile. */
  async #release(context: TurnContext): Promise<void> {
    if (this.#held) return;
    const text = 'DELETE FROM publication_turns WHERE tenant_id = $1 AND service_id = $2';
    try {
      await context.catalog.asTenant(context.tenant, (sql) =>
        sql.query(text, [context.tenant, this.#lease.id]),
      );
    } catch {
      setTimeout(() => void this.#release(context), 10 * AGAIN_MS).unref();
    }
  }
}

const TAKE = `
INSERT INTO publication_turns (tenant_id, service_id) VALUES ($1, $2)
ON CONFLICT (tenant_id) DO UPDATE SET service_id = excluded.service_id
WHERE publication_turns.service_id = excluded.service_id OR NOT ${isAlive('publication_turns.service_id')}
RETURNING service_id`;
