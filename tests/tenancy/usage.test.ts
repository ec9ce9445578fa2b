import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { codeOf, codeThrown, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

let tenancy: TestTenancy;
let tenant: Tenant;
let stores: TenantStores;
let count = 0;

beforeAll(async () => {
  tenancy = await openTestTenancy();
});

afterAll(() => tenancy.remove());

beforeEach(async () => {
  tenancy.clock.nowMs = Date.parse('2026-11-22T07:14:00Z');
  tenant = await tenancy.addTenant(`bank-${++count}`);
  stores = await tenancy.asOperator(tenant);
});

async function used(metric: string): Promise<number | undefined> {
  return (await stores.usage.current()).find((figure) => figure.metric === metric)?.used;
}

describe('requests and records', () => {
  it('are let through at the tenant’s rate, with twice as many at once', async () => {
    await stores.settings.update({ limits: { requestsPerSecond: 5 } });
    const codes = Array.from({ length: 12 }, () => codeThrown(() => stores.usage.admitRequest()));
    expect(codes.filter((code) => code === 'none')).toHaveLength(10);
    expect(codes.slice(10)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    tenancy.clock.nowMs += 1000;
    const later = Array.from({ length: 7 }, () => codeThrown(() => stores.usage.admitRequest()));
    expect(later.filter((code) => code === 'none')).toHaveLength(5);
    expect(await used('requests')).toBe(15);
  });

  it('say how long to wait', async () => {
    await stores.settings.update({ limits: { recordsPerSecond: 100 } });
    stores.usage.admitRecords(1000, 5000);
    expect(stores.usage.recordsDelayMs(1)).toBe(8001);
    try {
      stores.usage.admitRecords(1, 5);
    } catch (error) {
      expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true, details: { retryAfterMs: 8001 } });
    }
    tenancy.clock.nowMs += 8001;
    expect(codeThrown(() => stores.usage.admitRecords(1, 5))).toBe('none');
    expect([await used('records'), await used('bytes')]).toEqual([1001, 5005]);
  });

  it('end with the month’s quota, and begin again with the month', async () => {
    await stores.settings.update({ limits: { recordsPerMonth: 10, bytesPerMonth: 1000 } });
    stores.usage.admitRecords(10, 100);
    expect(codeThrown(() => stores.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
    tenancy.clock.nowMs = Date.parse('2026-12-01T00:00:00Z');
    expect(codeThrown(() => stores.usage.admitRecords(1, 1000))).toBe('none');
    expect(codeThrown(() => stores.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('are counted on over a restart', async () => {
    await stores.settings.update({ limits: { recordsPerMonth: 10 } });
    stores.usage.admitRecords(10, 100);
    tenancy = await tenancy.restart();
    stores = await tenancy.asOperator(tenant);
    expect(await used('records')).toBe(10);
    expect(codeThrown(() => stores.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('are one tenant’s own', async () => {
    await stores.settings.update({ limits: { requestsPerSecond: 0 } });
    expect(codeThrown(() => stores.usage.admitRequest())).toBe('RATE_LIMITED');
    const other = await tenancy.asOperator(await tenancy.addTenant(`free-${count}`));
    expect(codeThrown(() => other.usage.admitRequest())).toBe('none');
  });
});

describe('usage', () => {
  it('is kept by day', async () => {
    stores.usage.count('alerts', 2);
    stores.usage.count('alerts', 3);
    tenancy.clock.nowMs += 24 * 60 * 60 * 1000;
    stores.usage.count('alerts', 7);
    stores.usage.count('queries', 1);
    expect(await stores.usage.history('2026-11-22', '2026-11-23')).toEqual([
      { day: '2026-11-22', metric: 'alerts', used: 5 },
      { day: '2026-11-23', metric: 'alerts', used: 7 },
      { day: '2026-11-23', metric: 'queries', used: 1 },
    ]);
    expect(await stores.usage.history('2026-11-23', '2026-11-23')).toHaveLength(2);
    expect(await used('alerts')).toBe(12);
    for (const day of ['', 'today', '2026-11-31', "2026-11-22'"]) {
      expect(await codeOf(stores.usage.history(day, '2026-11-23'))).toBe('FIELD_INVALID');
    }
  });

  it('stays counted where the catalog could not take it', async () => {
    stores.usage.count('queries', 4);
    tenancy.life.transactions = 0;
    expect(await codeOf(stores.usage.history('2026-11-22', '2026-11-22'))).toBe('CATALOG_CLOSED');
    tenancy.life.transactions = null;
    expect(await stores.usage.history('2026-11-22', '2026-11-22')).toEqual([
      { day: '2026-11-22', metric: 'queries', used: 4 },
    ]);
  });
});

describe('subscriptions', () => {
  it('are as many at once as the tenant may have', async () => {
    await stores.settings.update({ limits: { subscriptions: 2 } });
    const one = stores.usage.openSubscription();
    stores.usage.openSubscription();
    expect(codeThrown(() => stores.usage.openSubscription())).toBe('QUOTA_EXCEEDED');
    one.release();
    one.release();
    expect(codeThrown(() => stores.usage.openSubscription())).toBe('none');
    expect(codeThrown(() => stores.usage.openSubscription())).toBe('QUOTA_EXCEEDED');
  });
});
