import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import type { BodyBytes } from './body-bytes.ts';
import { BodyPlaces } from './body-places.ts';

/** A body that is only counted. */
const body = (): BodyBytes => ({}) as BodyBytes;
const BUSY = (limit: number) => expect.objectContaining({ code: 'BODIES_BUSY', details: { limit } });

describe('places of bodies', () => {
  it('are so many of a tenant, and so many in all; one that is released is free', () => {
    const places = new BodyPlaces();
    const taken: { release(): void }[] = [];
    const tenants = Array.from({ length: LIMITS.bodiesMax / LIMITS.bodiesPerTenantMax }, newTenantId);
    for (const tenant of tenants) {
      for (let n = 0; n < LIMITS.bodiesPerTenantMax; n++) taken.push(places.take(tenant, body()));
      expect(() => places.take(tenant, body())).toThrow(BUSY(LIMITS.bodiesPerTenantMax));
    }
    expect(places.taken).toBe(LIMITS.bodiesMax);
    const other = newTenantId();
    expect(() => places.take(other, body())).toThrow(BUSY(LIMITS.bodiesMax));
    taken[0]?.release();
    places.take(other, body());
    expect(() => places.take(other, body())).toThrow(BUSY(LIMITS.bodiesMax));
  });
});
