import { Kafka, logLevel } from 'kafkajs';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';
import { startServerProcess } from './server-process.ts';
import { serverFolder } from './server-cache.ts';

const VERSION = '4.4.0';

/** What Kafka runs on, from Maven Central; of its own parts all but one that is not served there, and that no broker asks for. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ringwatch</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${VERSION}</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion>
      </exclusions>
    </dependency>
  </dependencies>
</project>
`;

/** Of every cluster here: what a broker's folder says has to agree with it. */
const CLUSTER_ID = 'ringwatchAAAAAAAAAAAAA';

const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

/** Time in which a broker has to answer after its start; the machine may be busy. */
const READY_MS = 120_000;

export type KafkaAdmin = ReturnType<Kafka['admin']>;

/** A broker of a cluster, which is a controller too: a process. */
export interface KafkaBroker {
  readonly id: number;
  /** Where clients reach it: `127.0.0.1:PORT`. */
  readonly address: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Sends a signal; with SIGKILL and SIGTERM resolves once the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on its folder, after its end. Does not wait until it answers: see `ready`. */
  restart(): void;
}

export interface KafkaServers {
  readonly addresses: readonly string[];
  readonly brokers: readonly KafkaBroker[];
  /** Resolves once each of these brokers (all, without them) answers and sees that all of them take part. */
  ready(brokers?: readonly KafkaBroker[]): Promise<void>;
  /** The broker that leads the partition of the topic now. */
  leaderOf(topic: string, partition?: number): Promise<KafkaBroker>;
  /** Resolves once all replicas of the topic's partitions are in sync again. */
  inSync(topic: string): Promise<void>;
  /** How many replicas of the topic's first partition are in sync now. */
  inSyncOf(topic: string): Promise<number>;
  /** Does something as its operator. */
  operate<T>(action: (admin: KafkaAdmin) => Promise<T>): Promise<T>;
  /** Writes something into a topic, as anyone might. */
  produce(topic: string, value: string): Promise<void>;
  /** Ends all brokers and removes their folders. */
  stop(): Promise<void>;
}

export interface KafkaOptions {
  /** 3 without it; with fewer there are as many replicas, and one in sync is enough. */
  readonly brokers?: number;
}

/** The folder with Kafka's jars and with what a broker's folder holds at first, fetched by Maven on first use (about a minute). */
async function kafkaFolder(): Promise<string> {
  return serverFolder(`kafka-${VERSION}`, async (building) => {
    const run = promisify(execFile);
    const options = { cwd: building };
    await writeFile(path.join(building, 'pom.xml'), POM);
    const copy = ['dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'];
    await run('nice', ['-n', '10', 'mvn', '-q', '-B', ...copy], options);
    // Formatting takes a start of Java: done once, and copied for each broker.
    const formatted = path.join(building, 'formatted');
    await writeFile(
      path.join(building, 'format.properties'),
      propertiesOf({ ...rolesOf(1, [1], [2]), 'log.dirs': formatted }),
    );
    const format = ['format', '-t', CLUSTER_ID, '-c', 'format.properties'];
    await run('java', [...JVM, '-cp', 'lib/*', 'kafka.tools.StorageTool', ...format], options);
  });
}

function propertiesOf(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Who a broker is and where it and the others listen, by its id from 1 on. */
function rolesOf(
  id: number,
  clientPorts: readonly number[],
  controllerPorts: readonly number[],
): Record<string, string | number> {
  const voters = controllerPorts.map((port, n) => `${n + 1}@127.0.0.1:${port}`);
  const at = (ports: readonly number[]): string => `127.0.0.1:${ports[id - 1]}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://${at(clientPorts)},CONTROLLER://${at(controllerPorts)}`,
    'advertised.listeners': `PLAINTEXT://${at(clientPorts)}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  };
}

/** Starts a cluster of Kafka brokers (KRaft) on free ports of 127.0.0.1 and waits until all take part: about ten seconds. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServers> {
  const installed = await kafkaFolder();
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-kafka-'));
  const count = options.brokers ?? 3;
  const ports = await freePorts(2 * count);
  const clientPorts = ports.slice(0, count);
  const replicas = Math.min(3, count);
  const shared = {
    'default.replication.factor': replicas,
    'min.insync.replicas': replicas > 1 ? replicas - 1 : 1,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': 'false',
    'delete.topic.enable': 'true',
    // A broker that is gone is noticed after 9 s by default.
    'broker.session.timeout.ms': 4000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 4 * 1024 ** 2,
  };
  const brokers = await Promise.all(
    clientPorts.map(async (port, n) => {
      const id = n + 1;
      const own = path.join(folder, `broker-${id}`);
      const data = path.join(own, 'data');
      await mkdir(own);
      await cp(path.join(installed, 'formatted'), data, { recursive: true });
      const meta = path.join(data, 'meta.properties');
      const text = (await readFile(meta, 'utf8')).replace(/^(node\.id|directory\.id)=.*$/gm, (_, name) =>
        name === 'node.id' ? `node.id=${id}` : `directory.id=broker${id}AAAAAAAAAAAAAAA`,
      );
      await writeFile(meta, text);
      const settings = { ...rolesOf(id, clientPorts, ports.slice(count)), 'log.dirs': data, ...shared };
      await writeFile(path.join(own, 'server.properties'), propertiesOf(settings));
      const classes = path.join(installed, 'lib', '*');
      return startBroker(
        id,
        `127.0.0.1:${port}`,
        [...JVM, '-cp', classes, 'kafka.Kafka', 'server.properties'],
        own,
      );
    }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map(({ broker }) => broker.kill('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  };
  const servers = serversOf(brokers, stop);
  try {
    await servers.ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return servers;
}

interface Running {
  readonly broker: KafkaBroker;
  /** What it said last, where it has ended; null while it runs. */
  readonly lastWords: () => string | null;
}

function startBroker(id: number, address: string, args: readonly string[], cwd: string): Running {
  const start = () => startServerProcess('java', args, { cwd });
  let now = start();
  const broker: KafkaBroker = {
    id,
    address,
    get pid() {
      return now.pid;
    },
    kill: (signal) => now.kill(signal),
    restart: () => {
      if (!now.hasEnded) throw new Error(`broker ${id} runs`);
      now = start();
    },
  };
  return { broker, lastWords: () => (now.hasEnded ? now.said : null) };
}

function serversOf(running: readonly Running[], stop: () => Promise<void>): KafkaServers {
  const brokers = running.map(({ broker }) => broker);
  const addresses = brokers.map(({ address }) => address);
  let expected: readonly KafkaBroker[] = brokers;
  const failIfEnded = (): void => {
    for (const { broker, lastWords } of running) {
      const words = expected.includes(broker) ? lastWords() : null;
      if (words !== null) throw new Error(`broker ${broker.id} has ended: ${words}`);
    }
  };
  const until = async <T>(what: string, probe: () => Promise<T | null>): Promise<T> => {
    for (const endMs = performance.now() + READY_MS; performance.now() < endMs; await sleep(100)) {
      failIfEnded();
      const found = await probe().catch(() => null);
      if (found !== null) return found;
    }
    throw new Error(`${what}: not within ${READY_MS} ms`);
  };
  const topicOf = async (name: string) =>
    asAdmin(addresses, async (admin) => (await admin.fetchTopicMetadata({ topics: [name] })).topics[0]);
  return {
    brokers,
    addresses,
    ready: async (some = brokers) => {
      expected = some;
      for (const broker of some)
        await until(`broker ${broker.id} answers`, async () => {
          const cluster = await asAdmin([broker.address], (admin) => admin.describeCluster());
          const seen = new Set(cluster.brokers.map(({ nodeId }) => nodeId));
          return some.every(({ id }) => seen.has(id)) ? true : null;
        });
      expected = [];
    },
    leaderOf: (topic, partition = 0) =>
      until(`${topic} has a leader`, async () => {
        const found = (await topicOf(topic))?.partitions.find((one) => one.partitionId === partition);
        return brokers.find(({ id }) => id === found?.leader) ?? null;
      }),
    inSync: async (topic) => {
      await until(`the replicas of ${topic} are in sync`, async () => {
        const partitions = (await topicOf(topic))?.partitions ?? [];
        return partitions.every(({ isr, replicas }) => isr.length === replicas.length) ? true : null;
      });
    },
    inSyncOf: (topic) =>
      until(`${topic} is known`, async () => (await topicOf(topic))?.partitions[0]?.isr.length ?? null),
    operate: (action) => asAdmin(addresses, action),
    produce: async (topic, value) => {
      const producer = clientOf(addresses).producer();
      await producer.connect();
      await producer.send({ topic, messages: [{ value }] });
      await producer.disconnect();
    },
    stop,
  };
}

function clientOf(addresses: readonly string[]): Kafka {
  return new Kafka({
    brokers: [...addresses],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 3000,
    retry: { retries: 2, initialRetryTime: 50 },
  });
}

async function asAdmin<T>(
  addresses: readonly string[],
  action: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  const admin = clientOf(addresses).admin();
  try {
    await admin.connect();
    return await action(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
