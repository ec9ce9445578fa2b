import { describe, expect, it } from '@jest/globals';
import { newTenantId } from '../../core/tenant-id.ts';
import { FixedPlacement } from './fixed-placement.ts';

const TENANTS = Array.from({ length: 3000 }, () => newTenantId());
const WORKERS = ['http://a:1', 'http://b:1', 'http://c:1'];

describe('a placement over named workers', () => {
  it('is the same in whatever order they are named, and even', () => {
    const one = new FixedPlacement(WORKERS);
    const other = new FixedPlacement([...WORKERS].reverse());
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
    const before = new FixedPlacement(WORKERS);
    const more = new FixedPlacement([...WORKERS, 'http://d:1']);
    const fewer = new FixedPlacement(WORKERS.slice(1));
    for (const tenant of TENANTS) {
      const owner = before.ownerOf(tenant);
      expect([owner, 'http://d:1']).toContain(more.ownerOf(tenant));
      if (owner !== WORKERS[0]) expect(fewer.ownerOf(tenant)).toBe(owner);
    }
  });

  it('has no owner without workers', () => {
    expect(new FixedPlacement([]).ownerOf(newTenantId())).toBeNull();
  });
});
