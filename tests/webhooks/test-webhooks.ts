import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HttpSender } from '../../adapters/http/http-sender.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { INTEGER, TEXT } from '../../core/types.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { CatalogTenantDirectory } from '../../tenants/catalog-directory.ts';
import { projectDeliveries } from '../../tenants/delivery-projection.ts';
import { type AttemptOutcome, openDeliveryQueues } from '../../tenants/delivery-queue.ts';
import type { Delivery, DeliveryStore } from '../../tenants/delivery-store.ts';
import { createEffectSink, projectAlerts } from '../../tenants/effect-projection.ts';
import type { EndpointStore } from '../../tenants/endpoint-store.ts';
import { InstallationKeys } from '../../tenants/installation-keys.ts';
import { OperatorIdentity } from '../../tenants/operator-identity.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { DeliveryLoop } from '../../workers/delivery/delivery-loop.ts';
import type { DeliveryPolicy } from '../../workers/delivery/delivery-policy.ts';
import { openTestCatalog, type TestCatalog } from '../tenancy/test-catalog.ts';
import { TestClock } from './test-clock.ts';

/** Rules of which one names an endpoint, one does not, and one names it without an alert. */
export const PAYMENTS = `CREATE SOURCE payments (id TEXT PRIMARY KEY, amount INTEGER);
CREATE RULE large ON payments WHEN amount >= 1000 DO ALERT 'Large' SEVERITY HIGH KEY (id), WEBHOOK 'desk';
CREATE RULE odd ON payments WHEN amount = 13 DO ALERT 'Odd' KEY (id);
CREATE RULE ping ON payments WHEN amount = 7 DO WEBHOOK 'desk';
`;

export const LARGE = 5000;
export const ODD = 13;
export const PING = 7;

export interface WebhookBench {
  readonly clock: TestClock;
  readonly engines: EngineHost;
  readonly directory: CatalogTenantDirectory;
  readonly catalog: Catalog;
  readonly loop: DeliveryLoop;
  /** Outcomes that are durable, oldest first. */
  readonly outcomes: AttemptOutcome[];
  readonly errors: unknown[];
  readonly unaddressed: string[];
  /** Transactions that begin from now on; the rest fails, as where the process was killed. Null: all. */
  readonly life: { transactions: number | null; used: number };
  addTenant(slug: string): Promise<BenchTenant>;
  /** The stores of a tenant that there is. */
  tenant(id: TenantId): Promise<BenchTenant>;
  /** Stops engines, loop and directory without a word to the catalog, and opens them again on the same folder. */
  restart(): Promise<WebhookBench>;
  remove(): Promise<void>;
}

export interface BenchTenant {
  readonly id: TenantId;
  readonly stores: TenantStores;
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  /** Appends a payment of each amount, durably; what comes of it comes when it may. Their ids. */
  append(...amounts: readonly number[]): Promise<string[]>;
  /** Appends a payment of each amount, and waits until its effects are in the catalog. Their ids. */
  pay(...amounts: readonly number[]): Promise<string[]>;
  /** All deliveries, oldest first. */
  all(): Promise<readonly Delivery[]>;
}

/** The real parts but for the clock: catalog, engines, projection, loop, sender. */
export async function openWebhookBench(policy: Partial<DeliveryPolicy> = {}): Promise<WebhookBench> {
  return await open(await openTestCatalog(), new TestClock(Date.parse('2026-11-22T07:14:00Z')), policy);
}

async function open(
  base: TestCatalog,
  clock: TestClock,
  policy: Partial<DeliveryPolicy>,
): Promise<WebhookBench> {
  const life: WebhookBench['life'] = { transactions: null, used: 0 };
  const catalog = mortal(base.catalog, life);
  const nowMs = (): number => clock.nowMs();
  const keys = new InstallationKeys(new Uint8Array(32).fill(7));
  const sender = new HttpSender({ networks: ['127.0.0.0/8'], hosts: [], plainHttp: false });
  const outcomes: AttemptOutcome[] = [];
  const errors: unknown[] = [];
  const unaddressed: string[] = [];
  const loop = new DeliveryLoop({
    queues: openDeliveryQueues({ catalog, keys, nowMs }),
    sender,
    clock,
    random: () => 0.5,
    userAgent: 'ringwatch/test',
    policy,
    onOutcomes: (_, stored) => outcomes.push(...stored),
    onError: (error) => errors.push(error),
  });
  const engines = startEnginesHere({ folder: path.join(base.folder, 'tenants') });
  const projected = new Map<TenantId, number>();
  engines.onEffects(
    createEffectSink({
      catalog,
      nowMs,
      projections: [
        projectAlerts,
        projectDeliveries({ onUnaddressed: (_, endpoint) => unaddressed.push(endpoint) }),
      ],
      projected: (batch, messages) => {
        projected.set(batch.tenant, (batch.effects.at(-1)?.number ?? -1) + 1);
        if (messages > 0) loop.wake(batch.tenant);
      },
    }),
  );
  const identity = OperatorIdentity.embedded({ host: '127.0.0.1', nodeEnv: 'test' }, nowMs());
  const webhooks = {
    check: (url: string) => sender.check(url),
    wake: (tenant: TenantId) => loop.wake(tenant),
  };
  const directory = await CatalogTenantDirectory.open({
    catalog,
    engines,
    keys,
    operator: identity,
    nowMs,
    webhooks,
  });
  const operator = await directory.authenticate(identity.token);
  await loop.start();
  await engines.open(await directory.tenantIds());
  const tenant = async (id: TenantId): Promise<BenchTenant> => {
    const stores = await directory.bind(operator, id);
    return benchTenant(stores, engines, () => projected.get(id) ?? 0);
  };
  const stop = async (): Promise<void> => {
    // What is under way is broken off at once, and leaves no trace.
    life.transactions = 0;
    const closing = loop.close();
    clock.advance(60_000);
    await closing;
    life.transactions = null;
    await directory.close();
    await engines.close();
  };
  return {
    clock,
    engines,
    directory,
    catalog,
    loop,
    outcomes,
    errors,
    unaddressed,
    life,
    tenant,
    addTenant: async (slug) => {
      const { id } = await directory.createTenant(operator.principal, { slug, name: slug });
      await engines.engine(id).publish(PAYMENTS, { allowDrop: false });
      return await tenant(id);
    },
    restart: async () => {
      await stop();
      return await open(base, clock, policy);
    },
    remove: async () => {
      await stop();
      await base.remove();
    },
  };
}

let payments = 0;

function benchTenant(stores: TenantStores, engines: EngineHost, projected: () => number): BenchTenant {
  const { id, endpoints, deliveries } = stores;
  if (endpoints === undefined || deliveries === undefined)
    throw new Error('the process delivers no webhooks');
  const engine = engines.engine(id);
  const append = async (...amounts: readonly number[]): Promise<string[]> => {
    const writer = new FrameWriter();
    const ids = amounts.map((amount) => {
      const payment = `p${++payments}`;
      writer.event('payments', [payment, amount], [TEXT, INTEGER], 1_790_000_000_000_000);
      return payment;
    });
    await (await engine.append(writer.finish(), amounts.length)).applied();
    return ids;
  };
  return {
    id,
    stores,
    endpoints,
    deliveries,
    append,
    pay: async (...amounts) => {
      const ids = await append(...amounts);
      const { end } = (await engine.describe()).effects;
      await until(() => projected() >= end);
      return ids;
    },
    all: async () => {
      const found: Delivery[] = [];
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<DeliveryStore['page']>> = await deliveries.page(
          {},
          { first: 200, after },
        );
        found.push(...page.rows.map(({ row }) => row));
        if (!page.hasNextPage) return found.reverse();
        after = page.rows.at(-1)?.cursor ?? null;
      }
    },
  };
}

/** A catalog that fails once the life is over. */
function mortal(catalog: Catalog, life: WebhookBench['life']): Catalog {
  const live = <T>(run: () => Promise<T>): Promise<T> => {
    life.used++;
    if (life.transactions === null) return run();
    if (life.transactions-- > 0) return run();
    return Promise.reject(new RingwatchError('CATALOG_CLOSED'));
  };
  return {
    asTenant: (tenant, work) => live(() => catalog.asTenant(tenant, work)),
    asPlatform: (work) => live(() => catalog.asPlatform(work)),
    close: () => catalog.close(),
  };
}

/** Resolves when the condition holds; fails after 20 seconds, with what `say` says. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  say: () => string = () => String(condition),
): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 4000) throw new Error(`it did not come to this: ${say()}`);
    await setTimeout(5);
  }
}
