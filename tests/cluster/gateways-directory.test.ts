import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import { codeOf, codeThrown } from '../tenancy/test-tenancy.ts';
import { newKey, startGateways, type TestGateway, type TestGateways, until } from './gateways.ts';

/** Longer than any test: then only Redis tells. */
const NEVER_MS = 600_000;

let servers: TestGateways;
let one: TestGateway;
let two: TestGateway;
let bank: Tenant;

beforeAll(async () => {
  servers = await startGateways();
  one = await servers.open();
  two = await servers.open();
  bank = await one.addTenant('bank');
});

afterAll(() => servers.stop());

const refused = async (gateway: TestGateway, token: string): Promise<boolean> =>
  (await codeOf(gateway.directory.authenticate(token))) === 'UNAUTHENTICATED';

describe('two gateways on one catalog', () => {
  it('let in by either what the other has just made: keys, sessions, tenants', async () => {
    const { token } = await newKey(await one.asOperator(bank));
    expect((await two.directory.authenticate(token)).tenant).toBe(bank.id);
    const session = await one.directory.openSession(token);
    expect((await two.directory.authenticate(session.token)).tenant).toBe(bank.id);
    expect((await two.directory.resumeSession(session.token)).csrf).toBe(session.csrf);
    const shop = await two.addTenant('shop');
    expect(await one.directory.findTenant(one.operator, 'shop')).toEqual(shop);
  });

  it('refuse what the other has revoked, and cut what hangs on it', async () => {
    const { id, token } = await newKey(await one.asOperator(bank));
    const session = await two.directory.openSession(token);
    expect(await refused(one, session.token)).toBe(false);
    const cut: string[] = [];
    const stop = two.directory.onRevoked(({ credentialId }) => cut.push(credentialId));
    await (await one.asOperator(bank)).keys.revoke(id);
    await until(() => refused(two, token));
    stop();
    expect(await refused(two, session.token)).toBe(true);
    expect(cut).toContain(id);
    expect(cut).toHaveLength(2);
  });

  it('refuse a session that was closed at the other', async () => {
    const { token } = await newKey(await one.asOperator(bank));
    const session = await one.directory.openSession(token);
    await two.directory.closeSession(session.token);
    await until(() => refused(one, session.token));
    expect(await refused(one, token)).toBe(false);
  });

  it('follow what becomes of members at the other', async () => {
    const stores = await one.asOperator(bank);
    const scopes = ['query', 'alerts'] as const;
    const ann = await stores.members.create({ name: 'Ann', email: 'ann@example.org', scopes });
    const { id, token } = await newKey(stores, ann.id);
    expect((await two.directory.authenticate(token)).principal.name).toBe('Ann');
    const cut: string[] = [];
    const stop = two.directory.onRevoked(({ credentialId }) => cut.push(credentialId));
    await stores.members.update(ann.id, { name: 'Anna', scopes: ['alerts'] });
    const found = async () => (await two.directory.authenticate(token)).principal;
    await until(async () => (await found()).name === 'Anna');
    expect((await found()).scopes).toEqual([]);
    expect(cut).toEqual([id]);
    await stores.members.disable(ann.id);
    await until(() => refused(two, token));
    stop();
    expect(cut).toEqual([id, id]);
  });

  it('follow names, settings and quotas that are changed at the other', async () => {
    const limited = await one.addTenant('limited');
    const elsewhere = await two.asOperator(limited);
    expect(codeThrown(() => elsewhere.usage.admitRequest())).toBe('none');
    const stores = await one.asOperator(limited);
    await stores.settings.update({ name: 'Limited', limits: { requestsPerSecond: 0 } });
    await until(() => codeThrown(() => elsewhere.usage.admitRequest()) === 'RATE_LIMITED');
    expect((await two.directory.findTenant(two.operator, 'limited'))?.name).toBe('Limited');
  });

  it('change the same tenant at once, and come to the same', async () => {
    const stores = await Promise.all([one, two].map((gateway) => gateway.asOperator(bank)));
    const made = await Promise.all(Array.from({ length: 40 }, (_, n) => newKey(stores[n % 2]!)));
    const ended = made.filter((_, n) => n % 3 === 0);
    await Promise.all(ended.map(({ id }, n) => stores[n % 2]!.keys.revoke(id)));
    for (const gateway of [one, two]) {
      for (const { token } of ended) await until(() => refused(gateway, token));
      for (const { id, token } of made)
        expect(await refused(gateway, token)).toBe(ended.some((each) => each.id === id));
    }
  });
});

describe('what gateways hear of each other', () => {
  const opened: TestGateway[] = [];
  const open = async (pollMs?: number): Promise<TestGateway> => {
    const gateway = await servers.open(pollMs === undefined ? {} : { pollMs });
    opened.push(gateway);
    return gateway;
  };

  afterEach(async () => {
    for (const gateway of opened.splice(0)) await gateway.close();
  });

  it('comes by Redis without a look at the catalog being due', async () => {
    const rarely = await open(NEVER_MS);
    const { id, token } = await newKey(await one.asOperator(bank));
    expect(await refused(rarely, token)).toBe(false);
    await (await one.asOperator(bank)).keys.revoke(id);
    await until(() => refused(rarely, token));
    const { name } = await (await one.asOperator(bank)).settings.profile();
    await (await one.asOperator(bank)).settings.update({ name: `${name}!` });
    await until(
      async () => (await rarely.directory.findTenant(rarely.operator, 'bank'))?.name === `${name}!`,
    );
  });

  it('comes from the catalog while Redis is away', async () => {
    const { id, token } = await newKey(await one.asOperator(bank));
    expect(await refused(two, token)).toBe(false);
    await servers.redis.end('SIGKILL');
    await until(() => !one.fanout.isConnected && !two.fanout.isConnected);
    await (await one.asOperator(bank)).keys.revoke(id);
    await until(() => refused(two, token));
    await servers.redis.startAgain();
    await until(() => one.fanout.isConnected && two.fanout.isConnected);
  });

  it('waits while PostgreSQL is away, and keys that are known go on opening', async () => {
    const { id, token } = await newKey(await one.asOperator(bank));
    expect(await refused(two, token)).toBe(false);
    const { errors } = two;
    const before = errors.length;
    await servers.postgres.end('SIGQUIT');
    await until(() => errors.length > before);
    expect(await refused(two, token)).toBe(false);
    expect(await codeOf((await one.asOperator(bank)).keys.revoke(id))).toBe('CATALOG_UNAVAILABLE');
    // Who was told to end it lets nobody in by it; who was not told goes on.
    expect(await refused(one, token)).toBe(true);
    expect(await refused(two, token)).toBe(false);
    await servers.postgres.startAgain();
    await (await one.asOperator(bank)).keys.revoke(id);
    await until(() => refused(two, token));
    expect(errors.length).toBe(before + 1);
  });
});
