import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { makeFolder } from '../adapters/files/make-folder.ts';
import { readSecretKey } from '../adapters/files/secret-key.ts';
import { servePeers } from '../adapters/http/peer-link.ts';
import { FolderLock } from '../adapters/lmdb/folder-lock.ts';
import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { InstallationKeys } from '../tenants/installation-keys.ts';
import { checkInstallation } from '../tenants/installation-mark.ts';
import { settingsOf } from '../tenants/tenant-settings.ts';
import { RankedPlacement } from '../workers/cluster/ranked-placement.ts';
import { EngineClient } from '../workers/host/engine-client.ts';
import { EngineHub } from '../workers/host/engine-hub.ts';
import type { ClusterConfig, ServeConfig } from './config.ts';
import { EffectBacklog } from './effect-backlog.ts';
import { startEngineThread } from './engines.ts';
import { knownBy, openFanout, openMembership } from './cluster-parts.ts';
import type { Log } from './log.ts';

import { ServiceHealth } from './service-health.ts';
import {
  type Closers,
  openCatalog,
  openDeliveries,
  openInBackground,
  openOrClose,
  senderOf,
  takeLease,
  takeEffects,
} from './service-parts.ts';

/** Milliseconds between looks at the catalog: for tenants that are new, and for webhooks that others have set due. */
const LOOK_MS = 1000;

/** Milliseconds that a worker which ends waits for calls under way. */
const DRAIN_MS = 5000;

/** A worker, serving. */
export interface WorkerService {
  /** Where it listens, such as `http://127.0.0.1:7480`. */
  readonly address: string;
  /** Why the process should end; null while there is no reason. */
  failure(): string | null;
  close(): Promise<void>;
}

/**
 * Starts a worker: the engines of the tenants that are placed here, whose effects go into the catalog and out as webhooks, and a
 * server that gateways reach them by. Throws CONFIG_INVALID, DATA_FOLDER_IN_USE, LISTEN_FAILED, what opening the catalog throws,
 * and the reason of `signal`; then nothing is left open.
 */
export async function openWorker(config: ServeConfig, log: Log, signal: AbortSignal): Promise<WorkerService> {
  return await openOrClose(log, (closers) => open(config, log, closers, signal));
}

async function open(
  config: ServeConfig,
  log: Log,
  closers: Closers,
  signal: AbortSignal,
): Promise<Omit<WorkerService, 'close'>> {
  const cluster = clusterOf(config);
  const folder = config.data;
  makeFolder(folder);
  makeFolder(cluster.shared);
  const lock = await FolderLock.take(folder, path.join(folder, 'lock'));
  closers.push(() => lock.release());
  const opening = openInBackground((stop) => openCatalog(config, log, stop), signal, closers);
  const [catalog, secret] = await Promise.all([opening, readSecretKey(cluster.shared)]);
  const keys = new InstallationKeys(secret);
  await checkInstallation(catalog, keys);
  const lease = await takeLease(catalog, 'worker', log, closers);
  const fanout = await openFanout(cluster, log);
  // After the engines: subscribers hear the last alerts, too.
  closers.push(() => fanout.close());

  const thread = startEngineThread({
    folder: path.join(folder, 'tenants'),
    memoryBytesMax: config.memoryMax,
    cluster: { etcd: cluster.etcd, shared: cluster.shared },
  });
  const hub = new EngineHub(thread.link);
  const own = new MessageChannel();
  hub.attach(own.port1, 'keeper');
  const engines = new EngineClient({
    link: own.port2,
    onEnd: (ended) => thread.onEnd(ended),
    end: async () => {
      await thread.end();
      own.port2.close();
    },
  });
  closers.push(() => engines.close());

  const membership = await openMembership(cluster, { keys, address: cluster.advertise, log, closers });
  await knownBy(membership, signal);
  const placement = new RankedPlacement(membership);
  const isOwn = (tenant: TenantId): boolean => placement.ownerOf(tenant) === cluster.advertise;
  const { queues, loop: deliveries } = openDeliveries({
    catalog,
    keys,
    sender: senderOf(config),
    log,
    lease,
    only: isOwn,
  });
  const backlog = new EffectBacklog(log);
  takeEffects({ catalog, engines, fanout, deliveries, backlog, log });
  closers.push(() => deliveries.close());
  await deliveries.start();

  const look = watchCatalog({
    catalog,
    engines,
    isOwn,
    log,
    due: async () => {
      const nowMs = Date.now();
      for (const { tenant, dueMs } of await queues.waiting()) if (dueMs <= nowMs) deliveries.wake(tenant);
    },
  });
  membership.onChange(() => {
    log.info({ workers: membership.workers }, 'the workers have changed');
    look.again();
  });
  closers.push(look.stop);
  await look.first;

  const health = new ServiceHealth({ engines, catalog, folder, backlog: () => backlog.problem() });
  const server = createServer((request, response) => {
    const alive = health.failure() === null;
    const known = request.url === '/healthz';
    response.writeHead(known ? (alive ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(known ? JSON.stringify({ state: alive ? 'OK' : 'DOWN' }) : '{}');
  });
  const stopServing = servePeers({
    server,
    secret: keys.peerSecret,
    accept: (link) => {
      const detach = hub.attach(link, 'guest');
      void link.closed.then(detach);
    },
  });
  const address = await listen(server, config);
  closers.push(async () => {
    stopServing();
    server.close();
    server.closeAllConnections();
  });
  // First of all: gateways turn to others, and what is under way here is answered.
  closers.push(async () => {
    await membership.close();
    await hub.quiet(cluster.kafka === null ? 0 : 2 * LIMITS.memberLookMs, DRAIN_MS);
  });
  return { address, failure: () => health.failure() };
}

function clusterOf({ cluster }: ServeConfig): ClusterConfig & { readonly advertise: string } {
  const missing = (setting: string, from: string): RingwatchError =>
    new RingwatchError('CONFIG_INVALID', { setting, from, reason: 'a worker needs it' });
  if (cluster === null) throw missing('mode', '--mode cluster');
  if (cluster.advertise === null) throw missing('advertise', '--advertise');
  return { ...cluster, advertise: cluster.advertise };
}

interface CatalogWatch {
  readonly catalog: Catalog;
  readonly engines: EngineClient;
  readonly isOwn: (tenant: TenantId) => boolean;
  readonly log: Log;
  readonly due: () => Promise<void>;
}

/**
 * Opens the tenants that are this worker's, as they come, lets those go that are another's, and keeps quotas. `first`: after the
 * first look.
 */
function watchCatalog({ catalog, engines, isOwn, log, due }: CatalogWatch): {
  readonly first: Promise<void>;
  again(): void;
  stop(): Promise<void>;
} {
  const limits = new Map<TenantId, number | null>();
  const stopped = new Set<TenantId>();
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const rows = await catalog.asPlatform((sql) => sql.query('SELECT id, settings FROM tenants ORDER BY id'));
    const standing = new Map(engines.describe().tenants.map(({ tenant, phase }) => [tenant, phase]));
    const closed: TenantId[] = [];
    for (const { id, settings } of rows) {
      const tenant = id as TenantId;
      if (!isOwn(tenant)) {
        limits.delete(tenant);
        if (standing.get(tenant) === 'running')
          engines
            .release(tenant)
            .catch((error: unknown) => log.warn({ tenant, err: error }, 'a tenant was let go'));
        continue;
      }
      // One that was stopped by what passes is tried again.
      const phase = standing.get(tenant);
      if (phase !== 'running' && phase !== 'opening') closed.push(tenant);
      const { memoryBytes } = settingsOf(settings).limits;
      if (limits.get(tenant) !== memoryBytes) engines.limitMemory(tenant, memoryBytes);
      limits.set(tenant, memoryBytes);
    }
    if (closed.length > 0) void openClosed(engines, closed, stopped, log);
    await due();
  };
  const tryLook = (): Promise<void> => {
    looking ??= look()
      .catch((error: unknown) => log.warn({ err: error }, 'the worker waits for the catalog'))
      .finally(() => {
        looking = null;
      });
    return looking;
  };
  const timer = setInterval(() => void tryLook(), LOOK_MS);
  return {
    first: tryLook(),
    again: () => void tryLook(),
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

/** `stopped`: those that were said to be stopped, which is not said again. */
async function openClosed(
  engines: EngineClient,
  tenants: readonly TenantId[],
  stopped: Set<TenantId>,
  log: Log,
): Promise<void> {
  await engines.open(tenants);
  for (const { tenant, error } of engines.describe().tenants) {
    if (error === null) stopped.delete(tenant);
    else if (!stopped.has(tenant)) {
      stopped.add(tenant);
      log.error({ tenant, code: error.code, reason: error.message }, 'a tenant is stopped');
    }
  }
}

function listen(server: Server, { host, port }: ServeConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      reject(new RingwatchError('LISTEN_FAILED', { address: `${host}:${port}`, reason }, { cause: error }));
    });
    server.listen(port, host, () => {
      const found = server.address();
      const bound = typeof found === 'object' && found !== null ? found.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}
