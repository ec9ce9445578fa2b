import { afterAll, beforeAll } from '@jest/globals';
import path from 'node:path';
import { KafkaCluster } from '../../adapters/kafka/kafka-cluster.ts';
import { KafkaLog } from '../../adapters/kafka/kafka-log.ts';
import { present } from '../../core/assert.ts';
import { describeSharedLog } from '../contract/shared-log.ts';
import { type KafkaServers, startKafka } from '../servers/kafka.ts';

let kafka: KafkaServers;
let cluster: KafkaCluster | null = null;

beforeAll(async () => {
  kafka = await startKafka();
  cluster = new KafkaCluster({ addresses: kafka.addresses });
});

afterAll(async () => {
  await cluster?.close();
  await kafka.stop();
});

describeSharedLog({
  name: 'Kafka',
  durable: true,
  open: (folder) => KafkaLog.open({ cluster: present(cluster), tenant: path.basename(folder) }),
});
