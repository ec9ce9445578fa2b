import { makeFolder } from '../adapters/files/make-folder.ts';
import { readSecretKey } from '../adapters/files/secret-key.ts';
import { dialPeer } from '../adapters/http/peer-link.ts';
import { present } from '../core/assert.ts';
import { CatalogTenantDirectory } from '../tenants/catalog-directory.ts';
import { InstallationKeys } from '../tenants/installation-keys.ts';
import { ClusterEngines } from '../workers/cluster/cluster-engines.ts';
import { RankedPlacement } from '../workers/cluster/ranked-placement.ts';
import { openFanout, openMembership } from './cluster-parts.ts';
import type { ServeConfig } from './config.ts';
import type { EmbeddedService } from './embedded.ts';
import type { Log } from './log.ts';
import { ServiceHealth } from './service-health.ts';
import {
  type Closers,
  loadGateway,
  openCatalog,
  openInBackground,
  openOrClose,
  operatorOf,
  senderOf,
  serveGateway,
  takeLease,
} from './service-parts.ts';

/**
 * Starts a gateway of a cluster, whose tenants' engines are in workers. Throws LISTEN_FAILED, ADMIN_TOKEN_REFUSED, what opening
 * the catalog throws, and the reason of `signal`; then nothing is left open.
 */
export async function openClusterGateway(
  config: ServeConfig,
  log: Log,
  signal: AbortSignal,
): Promise<EmbeddedService> {
  return await openOrClose(log, (closers) => open(config, log, closers, signal));
}

async function open(
  config: ServeConfig,
  log: Log,
  closers: Closers,
  signal: AbortSignal,
): Promise<Omit<EmbeddedService, 'close'>> {
  const cluster = present(config.cluster, 'the settings of a cluster');
  const operator = operatorOf(config);
  makeFolder(cluster.shared);
  const opening = openInBackground((stop) => openCatalog(config, log, stop), signal, closers);
  const [catalog, secret, gateway] = await Promise.all([
    opening,
    readSecretKey(cluster.shared),
    loadGateway(),
  ]);
  const keys = new InstallationKeys(secret);
  const membership = await openMembership(cluster, { keys, address: null, log, closers });
  const placement = new RankedPlacement(membership);
  const engines = new ClusterEngines(placement, (address) => dialPeer(address, keys.peerSecret));
  closers.push(() => engines.close());
  const lease = await takeLease(catalog, 'gateway', log, closers);
  const sender = senderOf(config);
  const fanout = await openFanout(cluster, log);
  closers.push(() => fanout.close());
  const tenants = await CatalogTenantDirectory.open({
    catalog,
    engines,
    keys,
    operator,
    // Workers look at the catalog for what is due.
    webhooks: { check: (url) => sender.check(url), wake: () => undefined },
    shared: { fanout, lease },
    onError: (error) => log.error({ err: error }, 'the directory of tenants'),
  });
  closers.push(() => tenants.close());
  fanout.onDemand((tenant, topic, wanted) => {
    if (topic === 'decisionMade') engines.followDecisions(tenant, wanted);
  });
  const health = new ServiceHealth({ engines, catalog, folder: cluster.shared, backlog: () => null });
  const served = await serveGateway(gateway, { config, tenants, engines, fanout, health, log, closers });
  return {
    ...served,
    adminToken: operator?.token ?? null,
    tenants,
    engines,
    tenantsOpen: Promise.resolve(),
    failure: () => health.failure(),
  };
}
