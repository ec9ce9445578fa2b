import { sha256Hex } from '../../core/hash.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Placement } from './cluster-engines.ts';

/**
 * Tenants over workers that are named beforehand: each to the one of them that ranks highest for it (rendezvous hashing), so that
 * one more worker takes tenants from all others alike, and no tenant moves between those.
 */
export class FixedPlacement implements Placement {
  readonly #workers: readonly string[];

  /** Addresses, in any order. */
  constructor(workers: readonly string[]) {
    this.#workers = workers;
  }

  ownerOf(tenant: TenantId): string | null {
    let best: string | null = null;
    let bestRank = '';
    for (const worker of this.#workers) {
      const rank = sha256Hex(`${worker} ${tenant}`);
      if (best === null || rank > bestRank) {
        best = worker;
        bestRank = rank;
      }
    }
    return best;
  }
}
