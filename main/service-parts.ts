import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNetwork } from '../adapters/http/address-policy.ts';
import { HttpSender } from '../adapters/http/http-sender.ts';
import { PGliteCatalog } from '../adapters/pglite/pglite-catalog.ts';
import { readMigrations } from '../adapters/sql/migrations.ts';
import type { MetricsAccess } from '../api/http/health-routes.ts';
import { SYSTEM_CLOCK } from '../core/clock.ts';
import { RingwatchError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import type { Fanout } from '../core/ports/fanout.ts';
import type { MessageSender } from '../core/ports/message-sender.ts';
import type { Tracer } from '../core/ports/tracer.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { projectDeliveries } from '../tenants/delivery-projection.ts';
import { type DeliveryQueues, openDeliveryQueues } from '../tenants/delivery-queue.ts';
import { createEffectSink, type EffectBatch, projectAlerts } from '../tenants/effect-projection.ts';
import type { InstallationKeys } from '../tenants/installation-keys.ts';
import { OperatorIdentity } from '../tenants/operator-identity.ts';
import { ServiceLease } from '../tenants/service-lease.ts';
import type { TenantDirectory } from '../tenants/tenant-directory.ts';
import { DeliveryLoop } from '../workers/delivery/delivery-loop.ts';
import { encodeBody } from '../workers/ingest/encode-body.ts';
import { encodeEvent } from '../workers/ingest/encode-event.ts';
import type { ServeConfig } from './config.ts';
import { drawRingSvg } from './drawing/ring-svg.ts';
import type { EffectBacklog } from './effect-backlog.ts';
import type { Log } from './log.ts';
import type { ServiceHealth } from './service-health.ts';
import { packageVersion } from './version.ts';

/** What is closed again, in the reverse order, when a process ends or does not come up. */
export type Closers = (() => Promise<unknown>)[];

/** Opens a service, and tells how to close it; where opening throws, what was open by then is closed again. */
export async function openOrClose<T>(
  log: Log,
  open: (closers: Closers) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const closers: Closers = [];
  try {
    return { ...(await open(closers)), close: () => closeAll(closers, log) };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

/** Closes all, whichever of them fail. */
async function closeAll(closers: Closers, log: Log): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'while closing');
    }
  }
}

/** The catalog: in the data folder, or the PostgreSQL server that is named, which is waited for until the signal is aborted. */
export async function openCatalog(
  { data, catalog, cluster }: ServeConfig,
  log: Log,
  signal: AbortSignal,
): Promise<Catalog> {
  const migrations = await readMigrations(fileURLToPath(new URL('../migrations/', import.meta.url)));
  if (catalog === null) return PGliteCatalog.open(path.join(data, 'catalog'), migrations);
  const { PostgresCatalog } = await import('../adapters/postgres/postgres-catalog.ts');
  return PostgresCatalog.open(catalog, migrations, {
    signal,
    use: cluster === null ? 'alone' : 'shared',
    onWaiting: (error) =>
      log.warn({ code: error.code, reason: error.message }, 'the start waits for the catalog'),
    onLost: (error) =>
      log.warn({ code: error.code, reason: error.message }, 'a connection to the catalog is lost'),
  });
}

/** Opens the catalog in the background; closing ends the wait for it. */
export function openInBackground<T extends { close(): Promise<void> }>(
  open: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  closers: Closers,
): Promise<T> {
  const closing = new AbortController();
  const opening = open(AbortSignal.any([signal, closing.signal]));
  closers.push(async () => {
    closing.abort(new RingwatchError('CATALOG_CLOSED'));
    await (await opening.catch(() => null))?.close();
  });
  return opening;
}

/** The one that sends webhooks, to where the operator lets it. */
export function senderOf({ webhookAllow, webhookHttp }: ServeConfig): HttpSender {
  return new HttpSender({
    networks: webhookAllow.filter(isNetwork),
    hosts: webhookAllow.filter((each) => !isNetwork(each)),
    plainHttp: webhookHttp,
  });
}

/** Tells the other processes of a cluster that this one is alive; closed after what it has under way. */
export async function takeLease(
  catalog: Catalog,
  kind: 'gateway' | 'worker',
  log: Log,
  closers: Closers,
): Promise<ServiceLease> {
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'the catalog does not hear that this process is alive');
  const lease = await ServiceLease.take({ catalog, kind, onError });
  closers.push(() => lease.release());
  return lease;
}

export interface DeliveriesOptions {
  readonly catalog: Catalog;
  readonly keys: InstallationKeys;
  readonly sender: MessageSender;
  readonly log: Log;
  /** Of this process, where others send, too. */
  readonly lease?: ServiceLease;
  /** Whose messages this process sends; all without it. */
  readonly only?: (tenant: TenantId) => boolean;
}

/** The loop that sends webhooks; to be started. */
export function openDeliveries({ catalog, keys, sender, log, lease, only }: DeliveriesOptions): {
  readonly queues: DeliveryQueues;
  readonly loop: DeliveryLoop;
} {
  const claims = lease === undefined ? {} : { lease };
  const all = openDeliveryQueues({ catalog, keys, nowMs: Date.now, ...claims });
  const queues: DeliveryQueues =
    only === undefined
      ? all
      : {
          of: (tenant) => all.of(tenant),
          waiting: async () => (await all.waiting()).filter(({ tenant }) => only(tenant)),
        };
  const loop = new DeliveryLoop({
    queues,
    sender,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    userAgent: `ringwatch/${packageVersion()}`,
    onError: (error) => log.warn({ err: error }, 'webhooks wait for the catalog'),
  });
  return { queues, loop };
}

export interface EffectsOptions {
  readonly catalog: Catalog;
  readonly engines: EngineHost;
  readonly fanout: Fanout;
  readonly deliveries: DeliveryLoop;
  readonly backlog: EffectBacklog;
  readonly log: Log;
}

/** Takes the effects of engines into the catalog, tells subscribers, and has webhooks sent. */
export function takeEffects({ catalog, engines, fanout, deliveries, backlog, log }: EffectsOptions): void {
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

/** Tells subscribers what has come into the catalog. */
function publish(fanout: Fanout, { tenant, effects, at }: EffectBatch): void {
  for (const { effect } of effects) {
    if (effect.kind === 'alert') fanout.publish(tenant, { topic: 'alertRaised', effect, raisedAt: at });
    if (effect.kind === 'decision') fanout.publish(tenant, { topic: 'decisionMade', effect });
  }
}

/** Opens tenants, and says of those that cannot be why. */
export async function openTenants(
  engines: EngineHost,
  tenants: readonly TenantId[],
  log: Log,
): Promise<void> {
  await engines.open(tenants);
  for (const { tenant, error } of engines.describe().tenants) {
    if (error !== null) log.error({ tenant, code: error.code, reason: error.message }, 'a tenant is stopped');
  }
}

export interface GatewayPartOptions {
  readonly config: ServeConfig;
  readonly tenants: TenantDirectory;
  readonly engines: EngineHost;
  readonly fanout: Fanout;
  readonly health: ServiceHealth;
  readonly log: Log;
  readonly closers: Closers;
}

/** What `loadGateway` loads. */
export type GatewayModule = typeof import('../api/gateway.ts');

/** Loads the gateway's code and schema, which takes a while. */
export async function loadGateway(): Promise<GatewayModule> {
  const gateway = await import('../api/gateway.ts');
  gateway.prepareGateway();
  return gateway;
}

/** Serves the gateway at its address. Throws LISTEN_FAILED. */
export async function serveGateway(
  { createGateway }: GatewayModule,
  { config, tenants, engines, fanout, health, log, closers }: GatewayPartOptions,
): Promise<{ readonly address: string; readonly routes: ReadonlySet<string> }> {
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
  return { address: await gateway.listen(config.host, config.port), routes: gateway.routes };
}

/** Its packages are loaded where traces are wanted only: they take 28 MB on the disk and a tenth of a second. */
async function openTracer({ otlpEndpoint, otlpHeaders }: ServeConfig): Promise<Tracer | null> {
  if (otlpEndpoint === null) return null;
  const { openOtlpTracer } = await import('../adapters/otlp/otlp-tracer.ts');
  return openOtlpTracer({ endpoint: otlpEndpoint, headers: otlpHeaders, version: packageVersion() });
}

/** Throws ADMIN_TOKEN_REFUSED where the token is demanded and may not be. */
export function operatorOf({ adminToken, host }: ServeConfig): OperatorIdentity | null {
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
