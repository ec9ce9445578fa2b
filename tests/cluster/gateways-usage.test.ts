import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../core/frame.ts';
import { INTEGER, TEXT } from '../../core/types.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { codeThrown } from '../tenancy/test-tenancy.ts';
import { startGateways, type TestGateway, type TestGateways, until } from './gateways.ts';

let servers: TestGateways;
let one: TestGateway;
let two: TestGateway;
let tenant: Tenant;
let atOne: TenantStores;
let atTwo: TenantStores;
let count = 0;

beforeAll(async () => {
  servers = await startGateways();
  const startMs = Date.now();
  // Buckets do not fill while a test looks.
  const nowMs = (): number => startMs;
  one = await servers.open({ nowMs });
  two = await servers.open({ nowMs });
  await until(() => one.lease.gateways === 2 && two.lease.gateways === 2);
});

afterAll(() => servers.stop());

beforeEach(async () => {
  tenant = await one.addTenant(`bank-${++count}`);
  [atOne, atTwo] = [await one.asOperator(tenant), await two.asOperator(tenant)];
});

/** How many of these requests are let through at once. */
function admitted({ usage }: TenantStores, attempts = 1000): number {
  let through = 0;
  for (let n = 0; n < attempts; n++) if (codeThrown(() => usage.admitRequest()) === 'none') through++;
  return through;
}

async function used({ usage }: TenantStores, metric: string): Promise<number> {
  return (await usage.current()).find((figure) => figure.metric === metric)?.used ?? 0;
}

describe('what a tenant may, at two gateways', () => {
  it('is shared between them where the tenant has a rate of its own', async () => {
    await atOne.settings.update({ name: 'Limited', limits: { requestsPerSecond: 50, subscriptions: 3 } });
    await until(async () => (await two.directory.findTenant(two.operator, tenant.id))?.name === 'Limited');
    // A bucket holds two seconds' worth of the share, which is half.
    expect([admitted(atOne), admitted(atTwo)]).toEqual([50, 50]);
    const places = [1, 2, 3].map(() => codeThrown(() => atOne.usage.openSubscription()));
    expect(places).toEqual(['none', 'none', 'QUOTA_EXCEEDED']);
  });

  it('is held against what both have counted of a month', async () => {
    await atOne.settings.update({ limits: { bytesPerMonth: 1000 } });
    atOne.usage.count('bytes', 600);
    atTwo.usage.count('bytes', 600);
    expect(codeThrown(() => atOne.usage.admitRecords(1, 1))).toBe('none');
    await atTwo.usage.current();
    await atOne.usage.current();
    expect(codeThrown(() => atOne.usage.admitRecords(1, 1))).toBe('QUOTA_EXCEEDED');
    await until(async () => {
      await atTwo.usage.current();
      return codeThrown(() => atTwo.usage.admitRecords(1, 1)) === 'QUOTA_EXCEEDED';
    });
  });

  it('is counted once where both raise it to the same log', async () => {
    const engine = servers.engines.engine(tenant.id);
    await engine.publish('CREATE SOURCE payments (id TEXT PRIMARY KEY, amount INTEGER);', {
      allowDrop: false,
    });
    let total = 0;
    for (let round = 0; round < 20; round++) {
      const writer = new FrameWriter();
      for (let n = 0; n < 10; n++)
        writer.event('payments', [`p${total++}`, 1], [TEXT, INTEGER], 1_790_000_000_000_000);
      await (await engine.append(writer.finish(), 10)).applied();
      await Promise.all([atOne.usage.current(), atTwo.usage.current()]);
      expect(await used(atOne, 'records')).toBe(total);
    }
  });
});
