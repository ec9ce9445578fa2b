import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import { newUlid } from '../core/tenant-id.ts';

export interface ServiceLeaseOptions {
  readonly catalog: Catalog;
  readonly kind: 'gateway' | 'worker';
  /** LIMITS.serviceLeaseMs unless a test says otherwise. */
  readonly leaseMs?: number;
  /** Hears once why the lease could not be renewed; it is tried again. Must not throw. */
  readonly onError?: (error: unknown) => void;
}

/** Beats in the time of a lease. */
const BEATS = 5;

/**
 * Tells the other processes of the catalog that this one is alive: a row that says until when, by the server's clock, moved on a few
 * times in that time. What this process has under way (an idempotent request, a publication, a webhook message) is left to it for as
 * long. One that is killed, stands still, or cannot reach the catalog loses it, and others go on with what it had.
 */
export class ServiceLease {
  /** Of this start of the process. */
  readonly id = newUlid();
  readonly #options: ServiceLeaseOptions;
  readonly #leaseMs: number;
  /** By `performance.now()`: never later than others think. */
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #gateways = 1;
  #timer: NodeJS.Timeout | null = null;
  #beating: Promise<void> | null = null;
  #isLate = false;
  #released = false;

  private constructor(options: ServiceLeaseOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? LIMITS.serviceLeaseMs;
  }

  /** Takes one. Throws what the catalog throws. */
  static async take(options: ServiceLeaseOptions): Promise<ServiceLease> {
    const lease = new ServiceLease(options);
    await lease.#beat();
    lease.#arm();
    return lease;
  }

  /** Whether the others still leave to this process what it has under way. */
  get holds(): boolean {
    return performance.now() < this.#heldUntilMs;
  }

  /** Gateways that were alive at the last beat, this process included where it is one; 1 at least. */
  get gateways(): number {
    return this.#gateways;
  }

  /** Ends it: others need not wait for its time. To be called once nothing is under way. */
  async release(): Promise<void> {
    this.#released = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#beating;
    this.#heldUntilMs = Number.NEGATIVE_INFINITY;
    await this.#options.catalog
      .asPlatform((sql) => sql.query('DELETE FROM services WHERE id = $1', [this.id]))
      // Its time ends by itself.
      .catch((error: unknown) => this.#options.onError?.(error));
  }

  async #beat(): Promise<void> {
    const askedMs = performance.now();
    const { catalog, kind } = this.#options;
    const rows = await catalog.asPlatform(async (sql) => {
      await sql.query(FORGET);
      await sql.query(BEAT, [this.id, kind, this.#leaseMs]);
      return await sql.query(GATEWAYS);
    });
    this.#gateways = Math.max(1, Number(rows[0]?.alive));
    this.#heldUntilMs = askedMs + this.#leaseMs;
  }

  #arm(): void {
    if (this.#released) return;
    this.#timer = setTimeout(() => {
      this.#beating = this.#tryBeat();
    }, this.#leaseMs / BEATS);
    this.#timer.unref();
  }

  async #tryBeat(): Promise<void> {
    try {
      await this.#beat();
      this.#isLate = false;
    } catch (error) {
      if (!this.#isLate) this.#options.onError?.(error);
      this.#isLate = true;
    }
    this.#arm();
  }
}

const BEAT = `
INSERT INTO services (id, kind, alive_until) VALUES ($1, $2, clock_timestamp() + $3::integer * interval '1 millisecond')
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until`;

/** Rows of processes that ended without a word; two beats at once must not wait for each other. */
const FORGET = `
DELETE FROM services WHERE id IN (SELECT id FROM services
  WHERE alive_until < clock_timestamp() - interval '1 day' FOR UPDATE SKIP LOCKED)`;

const GATEWAYS = `
SELECT count(*) AS alive FROM services WHERE kind = 'gateway' AND alive_until > clock_timestamp()`;

/** A condition: the process that this column names is alive. */
export function isAlive(column: string): string {
  return `EXISTS (SELECT FROM services WHERE services.id = ${column} AND services.alive_until > clock_timestamp())`;
}
