import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../adapters/files/make-folder.ts';
import { readSecretKey } from '../adapters/files/secret-key.ts';
import { FolderLock } from '../adapters/lmdb/folder-lock.ts';
import { isNetwork } from '../adapters/http/address-policy.ts';
import { HttpSender } from '../adapters/http/http-sender.ts';
import { MemoryFanout } from '../adapters/memory/memory-fanout.ts';
import { PGliteCatalog } from '../adapters/pglite/pglite-catalog.ts';
import { readMigrations } from '../adapters/sql/migrations.ts';
import type { MetricsAccess } from '../api/http/health-routes.ts';
import { isLoopback } from '../core/loopback.ts';
import { SYSTEM_CLOCK } from '../core/clock.ts';
import { RingwatchError } from '../core/errors.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import type { Fanout } from '../core/ports/fanout.ts';
import type { MessageSender } from '../core/ports/message-sender.ts';
import type { Tracer } from '../core/ports/tracer.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { CatalogTenantDirectory } from '../tenants/catalog-directory.ts';
import { projectDeliveries } from '../tenants/delivery-projection.ts';
import { openDeliveryQueues } from '../tenants/delivery-queue.ts';
import { createEffectSink, type EffectBatch, projectAlerts } from '../tenants/effect-projection.ts';
import { InstallationKeys } from '../tenants/installation-keys.ts';
import { OperatorIdentity } from '../tenants/operator-identity.ts';
import type { TenantDirectory } from '../tenants/tenant-directory.ts';
import { DeliveryLoop } from '../workers/delivery/delivery-loop.ts';
import { encodeBody } from '../workers/ingest/encode-body.ts';
import { encodeEvent } from '../workers/ingest/encode-event.ts';
import type { ServeConfig } from './config.ts';
import { drawRingSvg } from './drawing/ring-svg.ts';
import { EffectBacklog } from './effect-backlog.ts';
import { startEngines } from './engines.ts';
import type { Log } from './log.ts';
import { ServiceHealth } from './service-health.ts';
import { packageVersion } from './version.ts';

/** The whole service in this process, serving. */
export interface EmbeddedService {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Of the operator, for this start; null where there is none. */
  readonly adminToken: string | null;
  /** Every route as tenants/operations.ts names it. */
  readonly routes: ReadonlySet<string>;
  readonly tenants: TenantDirectory;
  readonly engines: EngineHost;
  /** Resolves when every tenant is running or stopped. */
  readonly tenantsOpen: Promise<void>;
  /** Why the process should end; null while there is no reason. */
  failure(): string | null;
  /**
   * Takes no more requests, lets those under way end, folds what is acknowledged, projects its effects, makes checkpoints,
   * and closes everything.
   */
  close(): Promise<void>;
}

/** Parts of the service whose every act a test may have to see, or hold up. */
export interface EmbeddedParts {
  /** Waits for it, until the signal is aborted, where it is a server. */
  readonly openCatalog: (config: ServeConfig, log: Log, signal: AbortSignal) => Promise<Catalog>;
  readonly createSender: (config: ServeConfig) => MessageSender;
  /** On the folder of the tenants' folders. */
  readonly startEngines: (folder: string, memoryBytesMax: number | null) => EngineHost;
}

/** What the service is made of, unless a test wraps it. */
export const EMBEDDED_PARTS: EmbeddedParts = {
  openCatalog,
  createSender: senderOf,
  startEngines: (folder, memoryBytesMax) => startEngines({ folder, memoryBytesMax }),
};

/** What is closed again, in the reverse order, when the service ends or does not come up. */
type Closers = (() => Promise<unknown>)[];

/**
 * Starts the service on one data folder: engines in their thread, the catalog in its own, the gateway in this one. Throws
 * DATA_FOLDER_IN_USE, LISTEN_FAILED, ADMIN_TOKEN_REFUSED, what opening the catalog throws, and the reason of `signal`, which ends
 * waiting for a catalog that is not there; then nothing is left open.
 */
export async function openEmbedded(
  config: ServeConfig,
  log: Log,
  parts: EmbeddedParts = EMBEDDED_PARTS,
  signal: AbortSignal = new AbortController().signal,
): Promise<EmbeddedService> {
  const closers: Closers = [];
  try {
    return await open(config, log, closers, parts, signal);
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

async function open(
  config: ServeConfig,
  log: Log,
  closers: Closers,
  parts: EmbeddedParts,
  signal: AbortSignal,
): Promise<EmbeddedService> {
  const operator = operatorOf(config);
  const folder = config.data;
  makeFolder(folder);
  const lock = await FolderLock.take(folder, path.join(folder, 'lock'));
  closers.push(() => lock.release());

  const closing = new AbortController();
  const opening = parts.openCatalog(config, log, AbortSignal.any([signal, closing.signal]));
  closers.push(async () => {
    closing.abort(new RingwatchError('CATALOG_CLOSED'));
    await (await opening.catch(() => null))?.close();
  });
  // Loaded while the catalog's thread opens it, which takes as long; the engines' thread would take from both.
  const loading = loadGateway();
  const [catalog, secret, { createGateway }] = await Promise.all([opening, readSecretKey(folder), loading]);
  const engines = parts.startEngines(path.join(folder, 'tenants'), config.memoryMax);
  // They give their effects to the catalog: it is closed after them.
  closers.push(() => engines.close());

  const installation = new InstallationKeys(secret);
  const sender = parts.createSender(config);
  const deliveries = new DeliveryLoop({
    queues: openDeliveryQueues({ catalog, keys: installation, nowMs: Date.now }),
    sender,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    userAgent: `ringwatch/${packageVersion()}`,
    onError: (error) => log.warn({ err: error }, 'webhooks wait for the catalog'),
  });

  const fanout = new MemoryFanout();
  const backlog = new EffectBacklog(log);
  engines.onEffects(
    createEffectSink({
      catalog,
      nowMs: Date.now,
      projections: [projectAlerts, projectDeliveries({ onUnaddressed: warnOnce(log) })],
      projected: (batch, messages) => {
        publish(fanout, batch);
        if (messages > 0) deliveries.wake(batch.tenant);
      },
      settled: (tenant, error) => backlog.settled(tenant, error),
    }),
  );
  fanout.onDemand((tenant, topic, wanted) => {
    if (topic === 'decisionMade') engines.followDecisions(tenant, wanted);
  });
  const tenants = await CatalogTenantDirectory.open({
    catalog,
    engines,
    keys: installation,
    operator,
    webhooks: { check: (url) => sender.check(url), wake: (tenant) => deliveries.wake(tenant) },
    onError: (error) => log.error({ err: error }, 'the directory of tenants'),
  });
  closers.push(() => tenants.close());
  closers.push(() => deliveries.close());
  await deliveries.start();
  closers.push(() => fanout.close());
  const tenantsOpen = openTenants(engines, tenants, log);

  const health = new ServiceHealth({ engines, catalog, folder, backlog: () => backlog.problem() });
  const tracer = await openTracer(config);
  if (tracer !== null) closers.push(() => tracer.close());
  const gateway = await createGateway({
    tenants,
    engines,
    fanout,
    encodeBody,
    encodeEvent,
    drawRing: (ring) => drawRingSvg(ring, ring.theme),
    version: packageVersion(),
    health: () => health.parts(),
    alive: () => health.failure() === null,
    log,
    tracer,
    config: {
      bodyBytesMax: config.bodyBytesMax,
      refusalsPerSecond: config.refusalsPerSecond,
      metricsAccess: metricsAccessOf(config),
      metricsNameViews: config.metricsViews,
      graphql: { introspection: config.introspection },
      consoleFolder: consoleFolder(),
      secureCookies: config.publicUrl?.startsWith('https:') ?? false,
    },
  });
  closers.push(() => gateway.close());
  return {
    address: await gateway.listen(config.host, config.port),
    adminToken: operator?.token ?? null,
    routes: gateway.routes,
    tenants,
    engines,
    tenantsOpen,
    failure: () => health.failure(),
    close: () => closeAll(closers, log),
  };
}

async function loadGateway(): Promise<typeof import('../api/gateway.ts')> {
  const gateway = await import('../api/gateway.ts');
  gateway.prepareGateway();
  return gateway;
}

async function openCatalog({ data, catalog }: ServeConfig, log: Log, signal: AbortSignal): Promise<Catalog> {
  const migrations = await readMigrations(fileURLToPath(new URL('../migrations/', import.meta.url)));
  if (catalog === null) return PGliteCatalog.open(path.join(data, 'catalog'), migrations);
  const { PostgresCatalog } = await import('../adapters/postgres/postgres-catalog.ts');
  return PostgresCatalog.open(catalog, migrations, {
    signal,
    onWaiting: (error) =>
      log.warn({ code: error.code, reason: error.message }, 'the start waits for the catalog'),
    onLost: (error) =>
      log.warn({ code: error.code, reason: error.message }, 'a connection to the catalog is lost'),
  });
}

/** The one that sends webhooks, to where the operator lets it. */
function senderOf({ webhookAllow, webhookHttp }: ServeConfig): HttpSender {
  return new HttpSender({
    networks: webhookAllow.filter(isNetwork),
    hosts: webhookAllow.filter((each) => !isNetwork(each)),
    plainHttp: webhookHttp,
  });
}

/** Says once of an endpoint that a rule names it and there is none, for the first thousand such names. */
function warnOnce(log: Log): (tenant: TenantId, endpoint: string) => void {
  const said = new Set<string>();
  return (tenant, endpoint) => {
    const name = `${tenant} ${endpoint}`;
    if (said.size >= 1000 || said.has(name)) return;
    said.add(name);
    log.warn({ tenant, endpoint }, 'a rule names a webhook endpoint that there is not: nothing is sent');
  };
}

async function openTenants(engines: EngineHost, tenants: CatalogTenantDirectory, log: Log): Promise<void> {
  await engines.open(await tenants.tenantIds());
  for (const { tenant, error } of engines.describe().tenants) {
    if (error !== null) log.error({ tenant, code: error.code, reason: error.message }, 'a tenant is stopped');
  }
}

/** Tells subscribers what has come into the catalog. */
function publish(fanout: Fanout, { tenant, effects, at }: EffectBatch): void {
  for (const { effect } of effects) {
    if (effect.kind === 'alert') fanout.publish(tenant, { topic: 'alertRaised', effect, raisedAt: at });
    if (effect.kind === 'decision') fanout.publish(tenant, { topic: 'decisionMade', effect });
  }
}

/** Its packages are loaded where traces are wanted only: they take 28 MB on the disk and a tenth of a second. */
async function openTracer({ otlpEndpoint, otlpHeaders }: ServeConfig): Promise<Tracer | null> {
  if (otlpEndpoint === null) return null;
  const { openOtlpTracer } = await import('../adapters/otlp/otlp-tracer.ts');
  return openOtlpTracer({ endpoint: otlpEndpoint, headers: otlpHeaders, version: packageVersion() });
}

/** Throws ADMIN_TOKEN_REFUSED where the token is demanded and may not be. */
function operatorOf({ adminToken, host }: ServeConfig): OperatorIdentity | null {
  const nodeEnv = process.env.NODE_ENV;
  const refused = nodeEnv === 'production' || !isLoopback(host);
  if (adminToken === 'off' || (adminToken === 'auto' && refused)) return null;
  return OperatorIdentity.embedded({ host, nodeEnv }, Date.now());
}

function metricsAccessOf({ metrics, metricsToken, host }: ServeConfig): MetricsAccess {
  if (metrics === 'off') return { kind: 'off' };
  if (metricsToken !== null) return { kind: 'token', token: metricsToken };
  return metrics === 'open' || isLoopback(host) ? { kind: 'open' } : { kind: 'off' };
}

/** Where the console's build lies, in a checkout and in an installed package; null where there is none. */
function consoleFolder(): string | null {
  for (const place of ['../console/dist/', '../../console/dist/']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(path.join(folder, 'index.html'))) return folder;
  }
  return null;
}

async function closeAll(closers: Closers, log: Log): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'while closing');
    }
  }
}
