import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import { codeOf, type KeyHolder, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

let tenancy: TestTenancy;
let tenant: Tenant;
let holder: KeyHolder;

beforeAll(async () => {
  tenancy = await openTestTenancy();
  tenant = await tenancy.addTenant('bank');
  holder = await tenancy.withKey(tenant);
});

afterAll(() => tenancy.remove());

async function reopen(): Promise<void> {
  tenancy = await tenancy.restart();
  const who = await tenancy.directory.authenticate(holder.token);
  holder = { ...holder, stores: await tenancy.directory.bind(who, null) };
}

describe('a request with an idempotency key', () => {
  it('is done once, and answered as before, after a restart too', async () => {
    let done = 0;
    const ask = () =>
      holder.stores.idempotency.run('once', 'op', { a: 1, b: [2] }, async () => ({ n: ++done }));
    expect(await ask()).toEqual({ answer: { n: 1 }, replayed: false });
    expect(await ask()).toEqual({ answer: { n: 1 }, replayed: true });
    await reopen();
    const other = holder.stores.idempotency.run('once', 'op', { b: [2], a: 1 }, async () => ({ n: ++done }));
    expect(await other).toEqual({ answer: { n: 1 }, replayed: true });
  });

  it('is refused where the key was used for another request or operation', async () => {
    const { idempotency } = holder.stores;
    await idempotency.run('same', 'op', { a: 1 }, async () => 1);
    const work = async (): Promise<never> => {
      throw new Error('done twice');
    };
    expect(await codeOf(idempotency.run('same', 'op', { a: 2 }, work))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await codeOf(idempotency.run('same', 'other', { a: 1 }, work))).toBe('IDEMPOTENCY_KEY_REUSED');
    for (const key of ['', ' ', 'é', 'a b', 'x'.repeat(256), 'a\u0000']) {
      expect(await codeOf(idempotency.run(key, 'op', {}, work))).toBe('IDEMPOTENCY_KEY_INVALID');
    }
  });

  it('is nobody else’s: not another key’s, not another tenant’s', async () => {
    await holder.stores.idempotency.run('mine', 'op', {}, async () => 'secret');
    const colleague = await tenancy.withKey(tenant);
    const stranger = await tenancy.withKey(await tenancy.addTenant('stranger'));
    for (const { stores } of [colleague, stranger]) {
      const answer = await stores.idempotency.run('mine', 'op', {}, async () => 'own');
      expect(answer).toEqual({ answer: 'own', replayed: false });
    }
  });

  it('waits for nobody while it is under way', async () => {
    const { idempotency } = holder.stores;
    let finish: () => void = () => undefined;
    const first = idempotency.run(
      'slow',
      'op',
      {},
      () =>
        new Promise<string>((resolve) => {
          finish = () => resolve('done');
        }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await codeOf(idempotency.run('slow', 'op', {}, async () => 'again'))).toBe(
      'IDEMPOTENCY_IN_PROGRESS',
    );
    finish();
    expect((await first).answer).toBe('done');
    expect(await idempotency.run('slow', 'op', {}, async () => 'again')).toEqual({
      answer: 'done',
      replayed: true,
    });
  });

  it('may be done again where it failed, or was interrupted', async () => {
    const failing = holder.stores.idempotency.run('fails', 'op', {}, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    const again = await holder.stores.idempotency.run('fails', 'op', {}, async () => 'yes');
    expect(again).toEqual({ answer: 'yes', replayed: false });

    tenancy.life.transactions = 1;
    expect(await codeOf(holder.stores.idempotency.run('cut', 'op', {}, async () => 'lost'))).toBe(
      'CATALOG_CLOSED',
    );
    tenancy.life.transactions = null;
    const sameStart = await holder.stores.idempotency.run('cut', 'op', {}, async () => 'kept');
    expect(sameStart).toEqual({ answer: 'kept', replayed: false });

    tenancy.life.transactions = 1;
    await codeOf(holder.stores.idempotency.run('cut2', 'op', {}, async () => 'lost'));
    await reopen();
    const nextStart = await holder.stores.idempotency.run('cut2', 'op', {}, async () => 'kept');
    expect(nextStart).toEqual({ answer: 'kept', replayed: false });
  });

  it('is forgotten after a day', async () => {
    const { idempotency } = holder.stores;
    await idempotency.run('day', 'op', {}, async () => 1);
    tenancy.clock.nowMs += LIMITS.idempotencyMs - 1;
    expect((await idempotency.run('day', 'op', {}, async () => 2)).answer).toBe(1);
    tenancy.clock.nowMs += 2;
    expect((await idempotency.run('day', 'op', {}, async () => 2)).answer).toBe(2);
  });

  it('leaves no readable answer in the catalog', async () => {
    await holder.stores.idempotency.run('sealed', 'op', {}, async () => ({ token: 'very-secret' }));
    const rows = await tenancy.catalog.asTenant(tenant.id, (sql) =>
      sql.query(`SELECT answer FROM idempotency_keys WHERE key = 'sealed'`),
    );
    expect(Buffer.from(rows[0]?.answer as Uint8Array).toString('latin1')).not.toContain('very-secret');
  });
});
