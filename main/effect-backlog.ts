import { RingwatchError } from '../core/errors.ts';
import type { TenantId } from '../core/tenant-id.ts';
import type { Log } from './log.ts';

/** Tenants whose alerts cannot be stored now. They wait in the log, which has them, and are tried again without end. */
export class EffectBacklog {
  readonly #log: Log;
  readonly #waiting = new Map<TenantId, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** A batch of the tenant was stored (null), or why it was not. Each change is logged once. */
  settled(tenant: TenantId, error: unknown): void {
    const before = this.#waiting.get(tenant);
    if (error === null) {
      if (before === undefined) return;
      this.#waiting.delete(tenant);
      this.#log.info({ tenant }, 'alerts are stored again');
      return;
    }
    const code = error instanceof RingwatchError ? error.code : 'a fault';
    if (before === code) return;
    this.#waiting.set(tenant, code);
    this.#log.warn({ tenant, err: error }, 'alerts wait for the catalog; none is lost');
  }

  /** What waits, in words; null where nothing does. */
  problem(): string | null {
    if (this.#waiting.size === 0) return null;
    const codes = [...new Set(this.#waiting.values())].sort().join(', ');
    return `alerts of ${this.#waiting.size} tenants cannot be stored: ${codes}`;
  }
}
