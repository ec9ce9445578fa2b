import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { BodyBytes } from './body-bytes.ts';

/** The bodies of rows that are being read: so many of a tenant, so many in all, so that their memory is bounded. */
export class BodyPlaces {
  readonly #reading = new Map<BodyBytes, TenantId>();
  readonly #ofTenant = new Map<TenantId, number>();
  #stopping: RingwatchError | null = null;

  /** Bodies being read. */
  get taken(): number {
    return this.#reading.size;
  }

  /** Takes a place until it is released. Throws BODIES_BUSY, SERVICE_STOPPING. */
  take(tenant: TenantId, body: BodyBytes): { release(): void } {
    if (this.#stopping !== null) throw this.#stopping;
    const taken = this.#ofTenant.get(tenant) ?? 0;
    if (taken >= LIMITS.bodiesPerTenantMax) {
      throw new RingwatchError('BODIES_BUSY', { limit: LIMITS.bodiesPerTenantMax });
    }
    if (this.#reading.size >= LIMITS.bodiesMax) {
      throw new RingwatchError('BODIES_BUSY', { limit: LIMITS.bodiesMax });
    }
    this.#ofTenant.set(tenant, taken + 1);
    this.#reading.set(body, tenant);
    return { release: () => this.#release(tenant, body) };
  }

  /** Ends all bodies that are being read, and takes no more. */
  stop(error: RingwatchError): void {
    this.#stopping = error;
    for (const body of this.#reading.keys()) body.stop(error);
  }

  #release(tenant: TenantId, body: BodyBytes): void {
    this.#reading.delete(body);
    const left = (this.#ofTenant.get(tenant) ?? 1) - 1;
    if (left === 0) this.#ofTenant.delete(tenant);
    else this.#ofTenant.set(tenant, left);
  }
}
