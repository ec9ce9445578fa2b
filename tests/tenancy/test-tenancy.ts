import path from 'node:path';
import { RingwatchError } from '../../core/errors.ts';
import type { Catalog, Sql } from '../../core/ports/catalog.ts';
import type { EffectSink, EngineHost } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { CatalogTenantDirectory } from '../../tenants/catalog-directory.ts';
import { projectDeliveries } from '../../tenants/delivery-projection.ts';
import { createEffectSink, type EffectBatch, projectAlerts } from '../../tenants/effect-projection.ts';
import { InstallationKeys } from '../../tenants/installation-keys.ts';
import { OperatorIdentity } from '../../tenants/operator-identity.ts';
import type { Authenticated, Principal } from '../../tenants/principal.ts';
import type { Scope } from '../../tenants/scopes.ts';
import { SCOPES } from '../../tenants/scopes.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { openPostgresCatalog, openTestCatalog, type TestCatalog } from './test-catalog.ts';

/** A directory over a real catalog and real engines, and what a test asks of them. */
export interface TestTenancy extends TestCatalog {
  readonly directory: CatalogTenantDirectory;
  readonly engines: EngineHost;
  readonly operator: Authenticated;
  readonly operatorToken: string;
  readonly keys: InstallationKeys;
  /** What the directory and the stores take for the time. */
  readonly clock: { nowMs: number };
  readonly projected: EffectBatch[];
  readonly life: CatalogLife;
  /** What engines give effects to. */
  readonly sink: EffectSink;
  addTenant(slug: string): Promise<Tenant>;
  /** The tenant's stores as the operator has them. */
  asOperator(tenant: Tenant): Promise<TenantStores>;
  /** A key of the tenant with these scopes (all without), and the stores that it opens. */
  withKey(tenant: Tenant, scopes?: readonly Scope[], memberId?: string): Promise<KeyHolder>;
  /** Opens directory and engines again, as after a restart of the process. */
  restart(): Promise<TestTenancy>;
}

export interface KeyHolder {
  readonly token: string;
  readonly id: string;
  readonly principal: Principal;
  readonly stores: TenantStores;
}

/**
 * Opens one on the catalog given; `remove` closes all of it. Without one it is PGlite's, or with TEST_CATALOG=postgres in the
 * environment, PostgreSQL's.
 */
export async function openTestTenancy(given?: Promise<TestCatalog>): Promise<TestTenancy> {
  const byDefault = process.env.TEST_CATALOG === 'postgres' ? openPostgresCatalog : openTestCatalog;
  const base = await (given ?? byDefault());
  return await open(base, { nowMs: Date.parse('2026-11-22T07:14:00Z') });
}

/** What is wrong with the catalog that directory and sink work with. */
export interface CatalogLife {
  /** Transactions from now on that begin; the rest fails, as where the process was killed. Null: all. */
  transactions: number | null;
  /** Whether statements no longer ask whose the rows are, as where somebody has forgotten it. */
  dropFilter: boolean;
}

/** The statement without its condition on the tenant; what it was compared with stays a parameter. */
export function withoutFilter(text: string): string {
  return text.replace(/(\w+\.)?tenant_id = \$1\b/g, '$$1::text IS NOT NULL');
}

function mortal(catalog: Catalog, life: CatalogLife): Catalog {
  const live = <T>(run: () => Promise<T>): Promise<T> => {
    if (life.transactions === null) return run();
    if (life.transactions-- > 0) return run();
    return Promise.reject(new RingwatchError('CATALOG_CLOSED'));
  };
  const forgetful = (sql: Sql): Sql => ({
    query: (text, parameters) => sql.query(life.dropFilter ? withoutFilter(text) : text, parameters),
  });
  return {
    asTenant: (tenant, work) => live(() => catalog.asTenant(tenant, (sql) => work(forgetful(sql)))),
    asPlatform: (work) => live(() => catalog.asPlatform(work)),
    close: () => catalog.close(),
  };
}

async function open(base: TestCatalog, clock: { nowMs: number }): Promise<TestTenancy> {
  const { folder } = base;
  const life: CatalogLife = { transactions: null, dropFilter: false };
  const catalog = mortal(base.catalog, life);
  const nowMs = (): number => clock.nowMs;
  const engines = startEnginesHere({ folder: path.join(folder, 'tenants') });
  const projected: EffectBatch[] = [];
  const sink = createEffectSink({
    catalog,
    nowMs,
    projections: [projectAlerts, projectDeliveries({ onUnaddressed: () => undefined })],
    projected: (batch) => projected.push(batch),
  });
  engines.onEffects(sink);
  const keys = new InstallationKeys(new Uint8Array(32).fill(7));
  const identity = OperatorIdentity.embedded({ host: '127.0.0.1', nodeEnv: 'test' }, nowMs());
  const webhooks = { check: () => undefined, wake: () => undefined };
  const directory = await CatalogTenantDirectory.open({
    catalog,
    engines,
    keys,
    operator: identity,
    nowMs,
    webhooks,
  });
  const operator = await directory.authenticate(identity.token);
  const stop = async (): Promise<void> => {
    life.transactions = null;
    await directory.close();
    await engines.close();
  };
  const asOperator = (tenant: Tenant): Promise<TenantStores> => directory.bind(operator, tenant.id);
  return {
    catalog: base.catalog,
    folder,
    life,
    directory,
    engines,
    operator,
    operatorToken: identity.token,
    keys,
    clock,
    projected,
    sink,
    asOperator,
    addTenant: (slug) => directory.createTenant(operator.principal, { slug, name: slug }),
    withKey: async (tenant, scopes = SCOPES, memberId) => {
      const { keys: store } = await asOperator(tenant);
      const input = { name: `key ${scopes.join(' ')}`, scopes };
      const { key, token } = await store.create(memberId === undefined ? input : { ...input, memberId });
      const who = await directory.authenticate(token);
      return { token, id: key.id, principal: who.principal, stores: await directory.bind(who, null) };
    },
    restart: async () => {
      await stop();
      return await open(base, clock);
    },
    remove: async () => {
      await stop();
      await base.remove();
    },
  };
}

/** The code that a promise rejects with, or `none`. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'none',
    (error: unknown) => String((error as { readonly code?: unknown }).code ?? error),
  );
}

/** The code that a call throws, or `none`. */
export function codeThrown(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code ?? error);
  }
}

/** The actions of the tenant's audit log, oldest first. */
export async function auditActions(tenancy: TestTenancy, tenant: TenantId): Promise<string[]> {
  const rows = await tenancy.catalog.asTenant(tenant, (sql) =>
    sql.query('SELECT action FROM audit_log ORDER BY sequence'),
  );
  return rows.map((row) => String(row.action));
}
