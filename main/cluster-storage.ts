import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openDataFolder } from '../adapters/files/data-folder.ts';
import type { TenantId } from '../core/tenant-id.ts';
import type { EngineStorage } from '../workers/host/engine-storage.ts';

/** Where a cluster keeps what its processes share. Plain data: it goes to the thread of the engines. */
export interface ClusterStorageOptions {
  /** Addresses of the members of an etcd cluster, which has the tenants' logs. */
  readonly etcd: readonly string[];
  /** A folder that all workers reach: archived segments of the logs. */
  readonly shared: string;
}

/**
 * Tenants whose logs are in etcd. What `folder` has of a tenant is this worker's own: a checkpoint, without which it folds from
 * the archive on. A tenant has nothing of its own that had to be made before: whatever id is asked for can be opened.
 */
export function clusterStorage(folder: string, { etcd, shared }: ClusterStorageOptions): EngineStorage {
  const archiveOf = (tenant: TenantId): string => path.join(shared, 'archive', tenant);
  // Loaded where they are needed only.
  const loading = Promise.all([
    import('../adapters/etcd/etcd-cluster.ts'),
    import('../adapters/etcd/etcd-log.ts'),
    import('../adapters/etcd/batch-id.ts'),
  ]).then(([{ EtcdCluster }, { EtcdLog }, { BatchIds }]) => {
    const cluster = new EtcdCluster({ endpoints: etcd });
    const ids = new BatchIds();
    return (tenant: TenantId) => EtcdLog.open({ cluster, tenant, ids });
  });
  return {
    open: async (tenant) => {
      const openLog = await loading;
      return openDataFolder(path.join(folder, tenant), {
        create: true,
        log: { open: () => openLog(tenant), archive: archiveOf(tenant) },
      });
    },
    remove: async (tenant) => {
      await rm(path.join(folder, tenant), { recursive: true, force: true });
      await rm(archiveOf(tenant), { recursive: true, force: true });
    },
  };
}
