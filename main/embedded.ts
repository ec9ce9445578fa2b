import path from 'node:path';
import { makeFolder } from '../adapters/files/make-folder.ts';
import { readSecretKey } from '../adapters/files/secret-key.ts';
import { FolderLock } from '../adapters/lmdb/folder-lock.ts';
import { MemoryFanout } from '../adapters/memory/memory-fanout.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import type { MessageSender } from '../core/ports/message-sender.ts';
import { CatalogTenantDirectory } from '../tenants/catalog-directory.ts';
import { InstallationKeys } from '../tenants/installation-keys.ts';
import type { TenantDirectory } from '../tenants/tenant-directory.ts';
import type { ServeConfig } from './config.ts';
import { EffectBacklog } from './effect-backlog.ts';
import { startEngines } from './engines.ts';
import type { Log } from './log.ts';
import { ServiceHealth } from './service-health.ts';
import {
  type Closers,
  loadGateway,
  openCatalog,
  openDeliveries,
  openInBackground,
  openOrClose,
  openTenants,
  operatorOf,
  senderOf,
  serveGateway,
  takeEffects,
} from './service-parts.ts';

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
  return await openOrClose(log, (closers) => open(config, log, closers, parts, signal));
}

async function open(
  config: ServeConfig,
  log: Log,
  closers: Closers,
  parts: EmbeddedParts,
  signal: AbortSignal,
): Promise<Omit<EmbeddedService, 'close'>> {
  const operator = operatorOf(config);
  const folder = config.data;
  makeFolder(folder);
  const lock = await FolderLock.take(folder, path.join(folder, 'lock'));
  closers.push(() => lock.release());

  const opening = openInBackground((stop) => parts.openCatalog(config, log, stop), signal, closers);
  // Loaded while the catalog's thread opens it, which takes as long; the engines' thread would take from both.
  const loading = loadGateway();
  const [catalog, secret, gateway] = await Promise.all([opening, readSecretKey(folder), loading]);
  const engines = parts.startEngines(path.join(folder, 'tenants'), config.memoryMax);
  // They give their effects to the catalog: it is closed after them.
  closers.push(() => engines.close());

  const keys = new InstallationKeys(secret);
  const sender = parts.createSender(config);
  const { loop: deliveries } = openDeliveries({ catalog, keys, sender, log });
  const fanout = new MemoryFanout();
  const backlog = new EffectBacklog(log);
  takeEffects({ catalog, engines, fanout, deliveries, backlog, log });
  const tenants = await CatalogTenantDirectory.open({
    catalog,
    engines,
    keys,
    operator,
    webhooks: { check: (url) => sender.check(url), wake: (tenant) => deliveries.wake(tenant) },
    onError: (error) => log.error({ err: error }, 'the directory of tenants'),
  });
  closers.push(() => tenants.close());
  closers.push(() => deliveries.close());
  await deliveries.start();
  closers.push(() => fanout.close());
  const tenantsOpen = tenants.tenantIds().then((ids) => openTenants(engines, ids, log));

  const health = new ServiceHealth({ engines, catalog, folder, backlog: () => backlog.problem() });
  const served = await serveGateway(gateway, { config, tenants, engines, fanout, health, log, closers });
  return {
    ...served,
    adminToken: operator?.token ?? null,
    tenants,
    engines,
    tenantsOpen,
    failure: () => health.failure(),
  };
}
