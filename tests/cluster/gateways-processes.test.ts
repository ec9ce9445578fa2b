import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JSON_TYPE, send } from '../http/http-client.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';
import { startCluster, type TestCluster } from './cluster-case.ts';
import { until } from './gateways.ts';

const DEFINITIONS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, amount BIGINT);
CREATE DECISION payment ON payments OUTCOMES (deny, approve) DEFAULT approve FALLBACK deny DEADLINE 60 SECONDS;
CREATE RULE big ON payments WHEN amount > 1000 DO ALERT 'Big' KEY (id), DECIDE deny;
`;

let cluster: TestCluster;
let folder: string;
let one: ServeProcess;
let two: ServeProcess;
/** A key that may make others. */
let admin: string;
let decisions = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-gateways-'));
  cluster = await startCluster(1);
  await cluster.startWorker(cluster.workers[0] as string);
  one = await cluster.startGateway();
  two = await cluster.startGateway();
  admin = await (await provision(one, 'bank', DEFINITIONS)).key(['ADMIN', 'DECIDE', 'QUERY']);
}, 300_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The status of a decision by the key. */
async function decide(gateway: ServeProcess, token: string): Promise<number> {
  const body = JSON.stringify({ id: `p${++decisions}`, amount: 5 });
  const request = { token, headers: JSON_TYPE, body };
  return (await send(gateway.address, '/v1/sources/payments/decide', request)).status;
}

interface MadeKey {
  readonly id: string;
  readonly token: string;
}

/** Makes a key, as whoever shows the token. */
async function newKey(
  gateway: ServeProcess,
  maker: string,
  scopes: readonly string[],
  idempotencyKey: string | null = null,
): Promise<MadeKey> {
  const data = await gateway.graphql(
    maker,
    `mutation($input: CreateApiKeyInput!) {
      createApiKey(input: $input) { apiKey { id } secret userErrors { code message } } }`,
    { input: { name: 'a key', scopes, idempotencyKey } },
  );
  const { apiKey, secret } = data.createApiKey as { apiKey: { id: string }; secret: string };
  return { id: apiKey.id, token: secret };
}

async function revoke(gateway: ServeProcess, id: string): Promise<void> {
  await gateway.graphql(
    admin,
    'mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { code message } } }',
    { input: { id } },
  );
}

/** What a service that is not to come up says. */
async function refusal(settings: object): Promise<string> {
  const config = path.join(folder, 'refused.json');
  writeFileSync(config, JSON.stringify(settings));
  const started = startServe(path.join(folder, 'refused'), ['--config', config]);
  return await started.then(
    async (service) => {
      await service.stop('SIGKILL');
      return 'it serves';
    },
    (error: Error) => error.message,
  );
}

describe('two gateways, each a process', () => {
  it('know of keys at once, and of their end', async () => {
    const { id, token } = await newKey(one, admin, ['DECIDE']);
    expect([await decide(two, token), await decide(one, token)]).toEqual([200, 200]);
    await revoke(one, id);
    await until(async () => (await decide(two, token)) === 401);
    expect(await decide(one, token)).toBe(401);
  });

  it('do a mutation once that is sent to both', async () => {
    const made = await newKey(one, admin, ['QUERY'], 'twice');
    expect((await newKey(two, admin, ['QUERY'], 'twice')).id).toBe(made.id);
    expect((await newKey(two, admin, ['QUERY'], 'again')).id).not.toBe(made.id);
  });

  it('go on deciding by key while PostgreSQL and Redis are away, and follow each other after', async () => {
    const { id, token } = await newKey(one, admin, ['DECIDE']);
    expect([await decide(one, token), await decide(two, token)]).toEqual([200, 200]);
    await cluster.redis.end('SIGKILL');
    await cluster.postgres.end('SIGQUIT');
    const whileAway = [await decide(one, token), await decide(two, token)];
    const refused = await revoke(one, id).catch((error: Error) => error.message);
    const after = await decide(two, token);
    await cluster.postgres.startAgain();
    expect([whileAway, after]).toEqual([[200, 200], 200]);
    expect(refused).toContain('CATALOG_UNAVAILABLE');
    // Redis is still away: the catalog alone tells.
    const revoked = (): Promise<boolean> =>
      revoke(one, id).then(
        () => true,
        () => false,
      );
    await until(revoked);
    await until(async () => (await decide(two, token)) === 401);
    await cluster.redis.startAgain();
  });

  it('let no service on their catalog that takes it for its own, or has another secret.key', async () => {
    const catalog = cluster.postgres.url;
    expect(await refusal({ catalog })).toContain('CATALOG_IN_USE');
    const { etcd, redis, workers } = cluster;
    const others = { mode: 'cluster', etcd: etcd.endpoints, redis: redis.url, workers, catalog };
    expect(await refusal({ ...others, shared: path.join(folder, 'other') })).toContain('SECRET_KEY_DIFFERS');
  });
});
