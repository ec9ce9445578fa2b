import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type EtcdServers, startEtcd } from '../servers/etcd.ts';
import { freePort } from '../servers/free-port.ts';
import { type KafkaServers, startKafka } from '../servers/kafka.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { startRedis, type TestRedis } from '../servers/redis.ts';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { type ServeProcess, startServe } from '../tools/serve-process.ts';

/** A process of `ringwatch worker`. */
export interface WorkerProcess {
  readonly address: string;
  readonly pid: number;
  errors(): string;
  /** Sends a signal, and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Real servers, and as many gateways and workers as a test starts, each a process. */
export interface TestCluster {
  readonly etcd: EtcdServers;
  readonly postgres: TestPostgres;
  readonly redis: TestRedis;
  /** By which workers find each other; null: the configuration names them. */
  readonly kafka: KafkaServers | null;
  /** Addresses of the workers, whether they run or not. */
  readonly workers: readonly string[];
  startGateway(): Promise<ServeProcess>;
  /** Starts the worker at one of the addresses; its folder is empty at the first start, and where `fresh` says so. */
  startWorker(address: string, fresh?: boolean): Promise<WorkerProcess>;
  stop(): Promise<void>;
}

/** Starts the servers of a cluster for `workers` workers, which find each other by `kafkaBrokers` brokers if there are any. */
export async function startCluster(workers: number, kafkaBrokers = 0): Promise<TestCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-cluster-'));
  const [etcd, postgres, redis, kafka] = await Promise.all([
    startEtcd({ members: 3 }),
    startPostgres(),
    startRedis(),
    kafkaBrokers === 0 ? null : startKafka({ brokers: kafkaBrokers }),
  ]);
  const addresses: string[] = [];
  for (let n = 0; n < workers; n++) addresses.push(`http://127.0.0.1:${await freePort()}`);
  const config = path.join(folder, 'cluster.json');
  writeFileSync(
    config,
    JSON.stringify({
      mode: 'cluster',
      etcd: etcd.endpoints,
      catalog: postgres.url,
      redis: redis.url,
      shared: path.join(folder, 'shared'),
      ...(kafka === null ? { workers: addresses } : { kafka: kafka.addresses }),
    }),
  );
  const ends: (() => Promise<unknown>)[] = [];
  let gateways = 0;
  return {
    etcd,
    postgres,
    redis,
    kafka,
    workers: addresses,
    startGateway: async () => {
      const gateway = await startServe(path.join(folder, `gateway-${gateways++}`), ['--config', config]);
      ends.push(() => gateway.stop('SIGKILL'));
      return gateway;
    },
    startWorker: async (address, fresh = false) => {
      const data = path.join(folder, `worker-${new URL(address).port}`);
      if (fresh) rmSync(data, { recursive: true, force: true });
      const worker = await startWorkerProcess(address, ['--config', config, '--data', data]);
      ends.push(() => worker.end('SIGKILL'));
      return worker;
    },
    stop: async () => {
      for (const end of ends.reverse()) await end();
      await Promise.all([etcd.stop(), postgres.stop(), redis.stop(), kafka?.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startWorkerProcess(address: string, options: readonly string[]): Promise<WorkerProcess> {
  const { port } = new URL(address);
  const args = ['worker', ...options, '--advertise', address, '--port', port, '--log-level', 'warn'];
  const child = spawn(process.execPath, [path.join(REPOSITORY, 'bin/ringwatch.mjs'), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close');
  const works = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes(' works at ')) resolve();
    });
  });
  const over = ended.then(([code, signal]) => {
    throw new Error(`ringwatch worker ended with ${code ?? signal}:\n${errors}`);
  });
  over.catch(() => undefined);
  await Promise.race([works, over]);
  return {
    address,
    pid: child.pid as number,
    errors: () => errors,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}
