import type { TenantContext } from '../request-context.ts';

/** Senders that are kept in mind; beyond, all of them are noted anew. */
const SENDERS_MAX = 10_000;
const HOUR_MS = 3_600_000;

/**
 * Notes in the audit log who moves amounts over which column, once an hour and process for each credential: the log has every
 * transfer, and the catalog would not bear a note of each. Transfers do not wait for it, since they go on while the catalog is
 * away: a note that could not be made is tried again with the sender's next transfers.
 */
export class SenderNotes {
  readonly #nowMs: () => number;
  #noted = new Set<string>();
  #hour = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The sender of the request moves amounts over `relation`. */
  note({ tenant, principal }: TenantContext, relation: string): void {
    const hour = Math.floor(this.#nowMs() / HOUR_MS);
    if (hour !== this.#hour || this.#noted.size >= SENDERS_MAX) {
      this.#noted = new Set();
      this.#hour = hour;
    }
    const noted = this.#noted;
    const sender = `${tenant.id} ${principal.credentialId} ${relation}`;
    if (noted.has(sender)) return;
    noted.add(sender);
    tenant.audit.recordChange('transfer.send', relation, {}).catch(() => noted.delete(sender));
  }
}
