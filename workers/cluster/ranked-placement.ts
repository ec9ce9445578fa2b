import { sha256Hex } from '../../core/hash.ts';
import type { Membership } from '../../core/ports/membership.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Placement } from './cluster-engines.ts';

/**
 * Tenants over the workers that are alive: each to the one of them that ranks highest for it (rendezvous hashing), so that one more
 * worker takes tenants from all others alike, and no tenant moves between those. Whoever knows the same workers finds the same.
 */
export class RankedPlacement implements Placement {
  readonly #membership: Pick<Membership, 'workers'>;
  #workers: readonly string[] = [];
  /** Of #workers. */
  readonly #owners = new Map<TenantId, string | null>();

  constructor(membership: Pick<Membership, 'workers'>) {
    this.#membership = membership;
  }

  ownerOf(tenant: TenantId): string | null {
    const { workers } = this.#membership;
    if (workers !== this.#workers) {
      this.#workers = workers;
      this.#owners.clear();
    }
    let owner = this.#owners.get(tenant);
    if (owner === undefined) {
      owner = highest(workers, tenant);
      this.#owners.set(tenant, owner);
    }
    return owner;
  }
}

function highest(workers: readonly string[], tenant: TenantId): string | null {
  let best: string | null = null;
  let bestRank = '';
  for (const worker of workers) {
    const rank = sha256Hex(`${worker} ${tenant}`);
    if (best === null || rank > bestRank) {
      best = worker;
      bestRank = rank;
    }
  }
  return best;
}

/** Workers that are named beforehand, and never change. */
export function fixedMembership(workers: readonly string[]): Membership {
  return {
    workers,
    onChange: () => undefined,
    known: async () => undefined,
    close: async () => undefined,
  };
}
