import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { appendAudits, type SignedNote } from './audit-chain.ts';

interface Waiting extends SignedNote {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Appends notes that belong to no other change to a tenant's audit log. Those that come while a transaction is under way go
 * together in the next, so that a thousand subscribers who come at once cost a few transactions.
 */
export class AuditDesk {
  readonly #catalog: Catalog;
  readonly #context: { readonly tenant: TenantId; readonly nowMs: () => number };
  #waiting: Waiting[] = [];
  #running = false;

  constructor(catalog: Catalog, tenant: TenantId, nowMs: () => number) {
    this.#catalog = catalog;
    this.#context = { tenant, nowMs };
  }

  /** Resolves once the note is durable. Throws CATALOG_BUSY where too many wait, and what the catalog throws. */
  record(signed: SignedNote): Promise<void> {
    const limit = LIMITS.catalogQueueMax;
    if (this.#waiting.length >= limit) return Promise.reject(new RingwatchError('CATALOG_BUSY', { limit }));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...signed, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, LIMITS.catalogTenantQueueMax);
      try {
        await this.#catalog.asTenant(this.#context.tenant, (sql) => appendAudits(sql, this.#context, batch));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }
}
