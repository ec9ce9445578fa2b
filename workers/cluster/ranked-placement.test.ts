import { describe, expect, it } from '@jest/globals';
import { newTenantId } from '../../core/tenant-id.ts';
import { RankedPlacement } from './ranked-placement.ts';

const TENANTS = Array.from({ length: 3000 }, () => newTenantId());
const WORKERS = ['http://a:1', 'http://b:1', 'http://c:1'];

describe('a placement over workers', () => {
  it('is the same in whatever order they are named, and even', () => {
    const one = new RankedPlacement({ workers: WORKERS });
    const other = new RankedPlacement({ workers: [...WORKERS].reverse() });
    const counts = new Map<string | null, number>();
    for (const tenant of TENANTS) {
      const owner = one.ownerOf(tenant);
      expect(other.ownerOf(tenant)).toBe(owner);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(WORKERS);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });

  it('moves tenants to a new worker only, and those of one that is gone only', () => {
    const before = new RankedPlacement({ workers: WORKERS });
    const more = new RankedPlacement({ workers: [...WORKERS, 'http://d:1'] });
    const fewer = new RankedPlacement({ workers: WORKERS.slice(1) });
    for (const tenant of TENANTS) {
      const owner = before.ownerOf(tenant);
      expect([owner, 'http://d:1']).toContain(more.ownerOf(tenant));
      if (owner !== WORKERS[0]) expect(fewer.ownerOf(tenant)).toBe(owner);
    }
  });

  it('follows the workers as they change', () => {
    const membership = { workers: WORKERS as readonly string[] };
    const placement = new RankedPlacement(membership);
    const owners = TENANTS.map((tenant) => placement.ownerOf(tenant));
    membership.workers = WORKERS.slice(1);
    for (const [n, tenant] of TENANTS.entries()) {
      if (owners[n] === WORKERS[0]) expect(membership.workers).toContain(placement.ownerOf(tenant));
      else expect(placement.ownerOf(tenant)).toBe(owners[n]);
    }
  });

  it('has no owner without workers', () => {
    expect(new RankedPlacement({ workers: [] }).ownerOf(newTenantId())).toBeNull();
  });
});
