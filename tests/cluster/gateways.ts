import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresCatalog } from '../../adapters/postgres/postgres-catalog.ts';
import { parsePostgresUrl } from '../../adapters/postgres/postgres-server.ts';
import { RedisFanout } from '../../adapters/redis/redis-fanout.ts';
import { readRedisUrl } from '../../adapters/redis/redis-server.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { CatalogTenantDirectory } from '../../tenants/catalog-directory.ts';
import { InstallationKeys } from '../../tenants/installation-keys.ts';
import { OperatorIdentity } from '../../tenants/operator-identity.ts';
import type { Authenticated } from '../../tenants/principal.ts';
import { SCOPES } from '../../tenants/scopes.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { startRedis, type TestRedis } from '../servers/redis.ts';

/** What a gateway is made of but its HTTP: a pool of connections, a directory, a fanout. All share the engines of the test. */
export interface TestGateway {
  readonly catalog: Catalog;
  readonly directory: CatalogTenantDirectory;
  readonly fanout: RedisFanout;
  readonly operator: Authenticated;
  readonly keys: InstallationKeys;
  readonly errors: unknown[];
  addTenant(slug: string): Promise<Tenant>;
  /** The stores of a tenant as the operator has them. */
  asOperator(tenant: Tenant): Promise<TenantStores>;
  /** The stores that a token opens. */
  withToken(token: string): Promise<TenantStores>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly pollMs?: number;
}

/** PostgreSQL, Redis, engines, and as many gateways on them as a test opens. */
export interface TestGateways {
  readonly postgres: TestPostgres;
  readonly redis: TestRedis;
  readonly engines: EngineHost;
  open(options?: GatewayOptions): Promise<TestGateway>;
  stop(): Promise<void>;
}

/** Starts the servers. */
export async function startGateways(): Promise<TestGateways> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-gateways-'));
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const engines = startEnginesHere({ folder: path.join(folder, 'tenants') });
  const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
  const opened = new Set<TestGateway>();
  const open = async ({ pollMs }: GatewayOptions = {}): Promise<TestGateway> => {
    const catalog = await PostgresCatalog.open(parsePostgresUrl(postgres.url, 'a test'), migrations);
    const fanout = new RedisFanout(await readRedisUrl(redis.url, 'a test'));
    const keys = new InstallationKeys(new Uint8Array(32).fill(7));
    const identity = OperatorIdentity.embedded({ host: '127.0.0.1', nodeEnv: 'test' }, Date.now());
    const errors: unknown[] = [];
    const directory = await CatalogTenantDirectory.open({
      catalog,
      engines,
      keys,
      operator: identity,
      webhooks: { check: () => undefined, wake: () => undefined },
      shared: { fanout, ...(pollMs === undefined ? {} : { pollMs }) },
      onError: (error) => errors.push(error),
    });
    const operator = await directory.authenticate(identity.token);
    await until(() => fanout.isConnected);
    const gateway: TestGateway = {
      catalog,
      directory,
      fanout,
      operator,
      keys,
      errors,
      addTenant: (slug) => directory.createTenant(operator.principal, { slug, name: slug }),
      asOperator: (tenant) => directory.bind(operator, tenant.id),
      withToken: async (token) => directory.bind(await directory.authenticate(token), null),
      close: async () => {
        opened.delete(gateway);
        await directory.close().catch(() => undefined);
        await fanout.close();
        await catalog.close();
      },
    };
    opened.add(gateway);
    return gateway;
  };
  return {
    postgres,
    redis,
    engines,
    open,
    stop: async () => {
      for (const gateway of opened) await gateway.close();
      await engines.close();
      await redis.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A key of the tenant with all scopes, or of the member. */
export async function newKey(
  stores: TenantStores,
  memberId: string | null = null,
): Promise<{ readonly id: string; readonly token: string }> {
  const scopes = memberId === null ? SCOPES : (['query'] as const);
  const { key, token } = await stores.keys.create({ name: 'a key', scopes, memberId });
  return { id: key.id, token };
}

/** Resolves when it holds; fails after half a minute. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 30_000; !(await holds()); await sleep(5)) {
    if (performance.now() > endMs) throw new Error(`it did not come to this: ${holds}`);
  }
}
