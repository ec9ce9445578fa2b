import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../core/frame.ts';
import { INTEGER, TEXT } from '../../core/types.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { logTotals, raiseToLog } from '../../tenants/usage-days.ts';
import { TenantMeter } from '../../tenants/usage-store.ts';
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

const DEFINITIONS = `CREATE SOURCE payments (id TEXT PRIMARY KEY, amount INTEGER);
CREATE DECISION payment ON payments OUTCOMES (review, approve) DEFAULT approve FALLBACK review;
CREATE RULE any ON payments WHEN amount >= 0 DO ALERT 'Any' KEY (id);
`;
const NOTHING = logTotals({
  counters: {
    accepted: 0,
    duplicates: 0,
    late: 0,
    refused: 0,
    alerts: 0,
    suppressed: 0,
    afterDeadline: 0,
    edgesVisited: 0,
    rejected: {},
    evaluationErrors: {},
    decisions: {},
    webhooks: {},
  },
});

let payments = 0;

/** Appends payments and waits until they are folded; those with a `name` have the same keys each time. */
async function pay({ id }: Tenant, count: number, name = ''): Promise<void> {
  const engine = tenancy.engines.engine(id);
  if ((await engine.definitions()) === null) await engine.publish(DEFINITIONS, { allowDrop: false });
  const writer = new FrameWriter();
  for (let n = 0; n < count; n++) {
    const key = name === '' ? `p${++payments}` : `${name}${n}`;
    writer.event('payments', [key, n], [TEXT, INTEGER], 1_790_000_000_000_000);
  }
  await (await engine.append(writer.finish(), count)).applied();
}

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
    expect(await used('bytes')).toBe(5005);
  });

  it('end with the month’s quota, and begin again with the month', async () => {
    await stores.settings.update({ limits: { recordsPerMonth: 10, bytesPerMonth: 1000 } });
    stores.usage.admitRecords(10, 100);
    expect(codeThrown(() => stores.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
    tenancy.clock.nowMs = Date.parse('2026-12-01T00:00:00Z');
    expect(codeThrown(() => stores.usage.admitRecords(1, 1000))).toBe('none');
    expect(codeThrown(() => stores.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('of a body without a good row use up the quota of bytes, too', async () => {
    await stores.settings.update({ limits: { bytesPerMonth: 1000 } });
    stores.usage.count('bytes', 1000);
    expect(codeThrown(() => stores.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('are counted on over a restart', async () => {
    await stores.settings.update({ limits: { recordsPerMonth: 10 } });
    await pay(tenant, 10);
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
    stores.usage.count('queries', 2);
    stores.usage.count('queries', 3);
    stores.usage.count('rejectedRows', 1);
    tenancy.clock.nowMs += 24 * 60 * 60 * 1000;
    stores.usage.count('queries', 7);
    stores.usage.count('queryEdges', 1);
    expect(await stores.usage.history('2026-11-22', '2026-11-23')).toEqual([
      { day: '2026-11-22', metric: 'queries', used: 5 },
      { day: '2026-11-22', metric: 'rejected', used: 1 },
      { day: '2026-11-23', metric: 'queries', used: 7 },
      { day: '2026-11-23', metric: 'edges', used: 1 },
    ]);
    expect(await stores.usage.history('2026-11-23', '2026-11-23')).toHaveLength(2);
    expect(await used('queries')).toBe(12);
    for (const day of ['', 'today', '2026-11-31', "2026-11-22'"]) {
      expect(await codeOf(stores.usage.history(day, '2026-11-23'))).toBe('FIELD_INVALID');
    }
  });

  it('of what the log has is what the log says, however often it is asked', async () => {
    await pay(tenant, 5);
    await pay(tenant, 5, 'same');
    for (let n = 0; n < 2; n++) await pay(tenant, 3, 'same');
    tenancy.clock.nowMs += 24 * 60 * 60 * 1000;
    await Promise.all(Array.from({ length: 5 }, () => stores.usage.current()));
    const figures = Object.fromEntries((await stores.usage.current()).map((one) => [one.metric, one.used]));
    expect(figures).toMatchObject({
      records: 16,
      duplicates: 6,
      alerts: 10,
      decisions: 10,
      late: 0,
      refused: 0,
    });
    expect(figures.edges).toBe(0);
    await pay(tenant, 1);
    expect(await used('alerts')).toBe(11);
    const days = await stores.usage.history('2026-11-22', '2026-11-23');
    const records = days.filter(({ metric }) => metric === 'records');
    expect(records.reduce((sum, { used: some }) => sum + some, 0)).toBe(17);
  });

  it('of what the log has is exact where a process is killed, and its quota holds', async () => {
    const engine = tenancy.engines.engine(tenant.id);
    const meter = async (): Promise<TenantMeter> => {
      const settings = await stores.settings.get();
      const made = new TenantMeter(
        tenant.id,
        tenancy.catalog,
        engine,
        { current: () => settings },
        () => tenancy.clock.nowMs,
      );
      await made.load();
      return made;
    };
    await stores.settings.update({ limits: { recordsPerMonth: 20 } });
    const killed = await meter();
    await pay(tenant, 10);
    await killed.flush();
    await pay(tenant, 10);
    killed.count('queries', 3);
    // Nothing is flushed any more; its successor takes over.
    const next = await meter();
    expect(codeThrown(() => next.admitRecords(1, 1))).toBe('none');
    await next.flush();
    expect(codeThrown(() => next.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
    const figures = Object.fromEntries((await next.current()).map((one) => [one.metric, one.used]));
    expect(figures).toMatchObject({ records: 20, alerts: 20, queries: 0 });
  });

  it('adds nothing while the log is behind what was counted', async () => {
    const raise = (records: number): Promise<number> =>
      tenancy.catalog.asTenant(tenant.id, (sql) =>
        raiseToLog(sql, tenant.id, '2026-11-22', { ...NOTHING, records }),
      );
    expect([await raise(10), await raise(4), await raise(10), await raise(12)]).toEqual([10, 0, 0, 2]);
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
