import type { MemoryShort } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';

/** Shares of a limit: where what can be made smaller is, where shortage ends, and where decisions are refused, too. */
const PRESSED = 0.75;
const ENDS = 0.95;
const SPENT = 1.1;

/** How a tenant stands to its memory. */
export interface MemoryVerdict {
  /** Whether what can be made smaller is to be made smaller. */
  readonly pressed: boolean;
  /** What is reached: its own quota, or that of all tenants together and its share of it. Then it takes nothing in. */
  readonly short: MemoryShort | null;
  /** Whether so much more is held that no event is decided either. */
  readonly spent: boolean;
  /** The quota, or the tenant's share of what the engines may hold, whichever is short or else less; null for none. */
  readonly limit: number | null;
}

interface Held {
  bytes: number;
  quota: number | null;
  short: MemoryShort | null;
}

/**
 * Who holds how much memory, and who may take no more in. A tenant that has reached its quota is refused alone. Where the
 * engines together hold as much as they may, those are refused that hold at least an equal share of what the smaller ones
 * leave of it (max-min fairness): there is always one, and who holds less than others goes on.
 */
export class MemoryBudget {
  readonly #bytesMax: number | null;
  readonly #tenants = new Map<TenantId, Held>();
  #total = 0;
  #isFull = false;
  /** What each may hold; Infinity while there is room for all. */
  #share = Number.POSITIVE_INFINITY;

  /** `bytesMax`: what the engines may hold together; null: as much as there is. */
  constructor(bytesMax: number | null) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of all tenants. */
  get bytes(): number {
    return this.#total;
  }

  /** What the tenant may hold; null: no quota of its own. */
  setQuota(tenant: TenantId, quota: number | null): void {
    const held = this.#held(tenant);
    held.quota = quota;
    this.#judge(held);
  }

  /** What the tenant holds now. Returns whether the verdict on others may be another now. */
  measured(tenant: TenantId, bytes: number): boolean {
    const held = this.#held(tenant);
    const wasRoomy = this.#isRoomy();
    this.#total += bytes - held.bytes;
    held.bytes = bytes;
    if (this.#bytesMax !== null)
      this.#isFull = this.#total >= (this.#isFull ? ENDS : 1) * this.#bytesMax && this.#total > 0;
    if (wasRoomy && this.#isRoomy()) {
      this.#judge(held);
      return false;
    }
    this.#share = this.#isRoomy() ? Number.POSITIVE_INFINITY : this.#fairShare();
    for (const one of this.#tenants.values()) this.#judge(one);
    return true;
  }

  /** Forgets a tenant that is no more, and its quota. Returns what `measured` returns. */
  remove(tenant: TenantId): boolean {
    const concernsOthers = this.measured(tenant, 0);
    this.#tenants.delete(tenant);
    return concernsOthers;
  }

  verdict(tenant: TenantId): MemoryVerdict {
    const { bytes, quota, short } = this.#held(tenant);
    const share = this.#share;
    const isPressedByAll =
      this.#bytesMax !== null && this.#total >= PRESSED * this.#bytesMax && bytes >= PRESSED * share;
    const isSpentByAll = this.#bytesMax !== null && this.#total >= SPENT * this.#bytesMax && bytes >= share;
    const least = Math.min(quota ?? Number.POSITIVE_INFINITY, this.#bytesMax ?? Number.POSITIVE_INFINITY);
    return {
      pressed: isPressedByAll || (quota !== null && bytes >= PRESSED * quota),
      short,
      spent: isSpentByAll || (quota !== null && bytes >= SPENT * quota),
      limit: short === 'engine' ? share : least === Number.POSITIVE_INFINITY ? null : least,
    };
  }

  /** Whether all together hold so little that each one's verdict is its own matter. */
  #isRoomy(): boolean {
    return this.#bytesMax === null || (!this.#isFull && this.#total < PRESSED * this.#bytesMax);
  }

  #judge(held: Held): void {
    const share = this.#share;
    const { bytes, quota, short } = held;
    if (quota !== null && bytes >= (short === 'tenant' ? ENDS : 1) * quota) held.short = 'tenant';
    else held.short = this.#isFull && bytes >= (short === 'engine' ? ENDS : 1) * share ? 'engine' : null;
  }

  #fairShare(): number {
    const sizes = [...this.#tenants.values()].map(({ bytes }) => bytes).sort((a, b) => a - b);
    let left = this.#bytesMax ?? Number.POSITIVE_INFINITY;
    for (const [n, bytes] of sizes.entries()) {
      const share = left / (sizes.length - n);
      if (bytes > share || n === sizes.length - 1) return share;
      left -= bytes;
    }
    return left;
  }

  #held(tenant: TenantId): Held {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const held: Held = { bytes: 0, quota: null, short: null };
    this.#tenants.set(tenant, held);
    return held;
  }
}
