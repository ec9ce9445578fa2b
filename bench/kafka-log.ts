import { KafkaCluster } from '../adapters/kafka/kafka-cluster.ts';
import { KafkaLog } from '../adapters/kafka/kafka-log.ts';
import { startKafka } from '../tests/servers/kafka.ts';
import { printTable } from './figures.ts';
import { type LogLoad, measureAppends } from './log-load.ts';

// The log in Kafka by itself: three brokers, of which two acknowledge, and all writers, on this machine. `underWay` appends of frames of
// one record wait at once for each writer. Prints a table: `node bin/run.mjs bench/kafka-log.ts [seconds]`.

const SECONDS = Number(process.argv[2] ?? 3);

interface Load extends LogLoad {
  readonly logs: number;
  readonly isShared: boolean;
}

const LOADS: readonly Load[] = [
  { name: 'to warm up', logs: 1, underWay: 512, isShared: false },
  { name: 'one at a time', logs: 1, underWay: 1, isShared: false },
  { name: '1 writer', logs: 1, underWay: 512, isShared: false },
  { name: '3 writers', logs: 3, underWay: 512, isShared: false },
  { name: 'shared partition, one at a time', logs: 1, underWay: 1, isShared: true },
  { name: 'shared partition, 3 writers', logs: 3, underWay: 512, isShared: true },
];

async function measure(addresses: readonly string[], load: Load): Promise<string[]> {
  const clusters = Array.from({ length: load.logs }, () => new KafkaCluster({ addresses }));
  const tenant = load.name.replaceAll(/[ ,]+/g, '-');
  const shared = { topic: `shared.${tenant}`, partitions: 1, partition: 0 };
  const logs = await Promise.all(
    clusters.map((cluster) => KafkaLog.open({ cluster, tenant, ...(load.isShared ? { shared } : {}) })),
  );
  const row = await measureAppends(logs, load, SECONDS);
  for (const log of logs) await log.close();
  for (const cluster of clusters) cluster.close();
  return row;
}

const kafka = await startKafka();
try {
  const rows = [['', 'frames/s', 'batches/s', 'p50 ms', 'p99 ms']];
  for (const load of LOADS) rows.push(await measure(kafka.addresses, load));
  printTable(rows);
} finally {
  await kafka.stop();
}
