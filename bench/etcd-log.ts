import { EtcdCluster } from '../adapters/etcd/etcd-cluster.ts';
import { EtcdLog } from '../adapters/etcd/etcd-log.ts';
import { startEtcd } from '../tests/servers/etcd.ts';
import { printTable } from './figures.ts';
import { type LogLoad, measureAppends } from './log-load.ts';

// The log in etcd by itself: three members that sync, and all writers, on this machine. `underWay` appends of frames of one
// record wait at once for each writer. A log has one batch under way: what several at once would gain, without an order
// between them, the writers that share a client show. Prints a table: `node bin/run.mjs bench/etcd-log.ts [seconds]`.

const SECONDS = Number(process.argv[2] ?? 3);

interface Load extends LogLoad {
  readonly clients: number;
  readonly logsOfClient: number;
}

const LOADS: readonly Load[] = [
  { name: 'one at a time', clients: 1, logsOfClient: 1, underWay: 1 },
  { name: '1 writer', clients: 1, logsOfClient: 1, underWay: 512 },
  { name: '3 writers', clients: 3, logsOfClient: 1, underWay: 512 },
  { name: '1 client, 4 batches under way', clients: 1, logsOfClient: 4, underWay: 128 },
];

async function measure(endpoints: readonly string[], load: Load): Promise<string[]> {
  const clusters = Array.from({ length: load.clients }, () => new EtcdCluster({ endpoints }));
  const tenant = load.name.replaceAll(' ', '-');
  const logs = await Promise.all(
    clusters.flatMap((cluster) =>
      Array.from({ length: load.logsOfClient }, () => EtcdLog.open({ cluster, tenant })),
    ),
  );
  const row = await measureAppends(logs, load, SECONDS);
  for (const log of logs) await log.close();
  for (const cluster of clusters) cluster.close();
  return row;
}

const etcd = await startEtcd();
try {
  const rows = [['', 'frames/s', 'batches/s', 'p50 ms', 'p99 ms']];
  for (const load of LOADS) rows.push(await measure(etcd.endpoints, load));
  printTable(rows);
} finally {
  await etcd.stop();
}
