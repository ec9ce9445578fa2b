import { afterAll, beforeAll } from '@jest/globals';
import path from 'node:path';
import { EtcdCluster } from '../../adapters/etcd/etcd-cluster.ts';
import { EtcdLog } from '../../adapters/etcd/etcd-log.ts';
import { present } from '../../core/assert.ts';
import { describeSharedLog } from '../contract/shared-log.ts';
import { type EtcdServers, startEtcd } from '../servers/etcd.ts';

let etcd: EtcdServers;
let cluster: EtcdCluster | null = null;

beforeAll(async () => {
  etcd = await startEtcd();
  cluster = new EtcdCluster({ endpoints: etcd.endpoints });
});

afterAll(async () => {
  cluster?.close();
  await etcd.stop();
});

describeSharedLog({
  name: 'etcd',
  durable: true,
  open: (folder) => EtcdLog.open({ cluster: present(cluster), tenant: path.basename(folder) }),
});
