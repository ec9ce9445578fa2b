import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresCatalog } from '../../adapters/postgres/postgres-catalog.ts';
import { parsePostgresUrl } from '../../adapters/postgres/postgres-server.ts';
import { RedisFanout } from '../../adapters/redis/redis-fanout.ts';
import { readRedisUrl } from '../../adapters/redis/redis-server.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { CatalogTenantDirectory } from '../../tenants/catalog-directory.ts';
import { InstallationKeys } from '../../tenants/installation-keys.ts';
import { OperatorIdentity } from '../../tenants/operator-identity.ts';
import { ServiceLease } from '../../tenants/service-lease.ts';
import type { Authenticated } from '../../tenants/principal.ts';
import { SCOPES } from '../../tenants/scopes.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { startRedis, type TestRedis } from '../servers/redis.ts';

/** What a gateway is made of but its HTTP: a pool of connections, a directory, a fanout. All share the engines of the test. */
export interface TestGateway {
  /** As the process has it: frozen with it. */
  readonly catalog: Catalog;
  readonly directory: CatalogTenantDirectory;
  readonly fanout: RedisFanout;
  readonly lease: ServiceLease;
  readonly operator: Authenticated;
  readonly keys: InstallationKeys;
  readonly errors: unknown[];
  addTenant(slug: string): Promise<Tenant>;
  /** The stores of a tenant as the operator has them. */
  asOperator(tenant: Tenant): Promise<TenantStores>;
  /** The stores that a token opens. */
  withToken(token: string): Promise<TenantStores>;
  /** From now on the catalog hears nothing of it, as where the process is killed or stands still; false: again. */
  freeze(isFrozen?: boolean): void;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly pollMs?: number;
  /** The byte that its secret.key is made of; 7 without it. */
  readonly secret?: number;
  readonly leaseMs?: number;
  /** What it takes for the time; the machine's without it. */
  readonly nowMs?: () => number;
  /** What the engines do for this gateway, instead of those of the test. */
  readonly wrap?: (engines: EngineHost) => EngineHost;
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
  const open = async (options: GatewayOptions = {}): Promise<TestGateway> => {
    const { pollMs, secret = 7, leaseMs = 1000, wrap = (host) => host } = options;
    const catalog = await PostgresCatalog.open(parsePostgresUrl(postgres.url, 'a test'), migrations);
    const fanout = new RedisFanout(await readRedisUrl(redis.url, 'a test'));
    const keys = new InstallationKeys(new Uint8Array(32).fill(secret));
    const life = { isFrozen: false };
    const lease = await ServiceLease.take({ catalog: mortal(catalog, life), kind: 'gateway', leaseMs });
    const identity = OperatorIdentity.embedded({ host: '127.0.0.1', nodeEnv: 'test' }, Date.now());
    const errors: unknown[] = [];
    const end = async (): Promise<void> => {
      await lease.release();
      await fanout.close();
      await catalog.close();
    };
    const directory = await CatalogTenantDirectory.open({
      catalog: mortal(catalog, life),
      engines: wrap(engines),
      keys,
      operator: identity,
      webhooks: { check: () => undefined, wake: () => undefined },
      ...(options.nowMs === undefined ? {} : { nowMs: options.nowMs }),
      shared: { fanout, lease, ...(pollMs === undefined ? {} : { pollMs }) },
      onError: (error) => errors.push(error),
    }).catch(async (error: unknown) => {
      await end();
      throw error;
    });
    const operator = await directory.authenticate(identity.token);
    await until(() => fanout.isConnected);
    const gateway: TestGateway = {
      catalog: mortal(catalog, life),
      directory,
      fanout,
      lease,
      operator,
      keys,
      errors,
      addTenant: (slug) => directory.createTenant(operator.principal, { slug, name: slug }),
      asOperator: (tenant) => directory.bind(operator, tenant.id),
      withToken: async (token) => directory.bind(await directory.authenticate(token), null),
      freeze: (isFrozen = true) => {
        life.isFrozen = isFrozen;
      },
      close: async () => {
        opened.delete(gateway);
        life.isFrozen = false;
        await directory.close().catch(() => undefined);
        await end();
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

/** A catalog that hears nothing once its life is frozen. */
function mortal(catalog: Catalog, life: { isFrozen: boolean }): Catalog {
  const live = <T>(run: () => Promise<T>): Promise<T> =>
    life.isFrozen ? Promise.reject(new RingwatchError('CATALOG_CLOSED')) : run();
  return {
    asTenant: (tenant, work) => live(() => catalog.asTenant(tenant, work)),
    asPlatform: (work) => live(() => catalog.asPlatform(work)),
    close: () => catalog.close(),
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

/** Waits until the gateway has been alive, as the other sees it, for longer than one lease lasts. */
export async function outliveLease({ lease }: TestGateway, other: TestGateway): Promise<void> {
  const text = 'SELECT alive_until FROM services WHERE id = $1';
  const aliveUntilMs = async (): Promise<number> => {
    const rows = await other.catalog.asPlatform((sql) => sql.query(text, [lease.id]));
    return Date.parse(String(rows[0]?.alive_until));
  };
  const beforeMs = await aliveUntilMs();
  await until(async () => (await aliveUntilMs()) > beforeMs + 1500);
}
