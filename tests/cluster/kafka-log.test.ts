import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KafkaAttempt, KafkaCluster } from '../../adapters/kafka/kafka-cluster.ts';
import { KafkaFailure } from '../../adapters/kafka/kafka-failure.ts';
import { KafkaLog, type KafkaLogOptions } from '../../adapters/kafka/kafka-log.ts';
import { present } from '../../core/assert.ts';
import type { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { describeSharedLog, Follower, numberOf } from '../contract/shared-log.ts';
import { codeOf, frameOf, readAll } from '../contract/tenant-log.ts';
import { type KafkaServers, startKafka } from '../servers/kafka.ts';
import { LogWriter } from './log-writer.ts';
import { goThroughFault } from './through-fault.ts';

let kafka: KafkaServers;
let cluster: KafkaCluster;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  kafka = await startKafka();
  cluster = new KafkaCluster({ addresses: kafka.addresses });
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(async () => {
  cluster?.close();
  await kafka?.stop();
});

const SHARED = { topic: 'ringwatch.shared', partitions: 2, partition: 1 };

/** A client of its own, as another process would have. */
function ownCluster(options: { readonly callMs?: number } = {}): KafkaCluster {
  const own = new KafkaCluster({ addresses: kafka.addresses, ...options });
  ends.push(() => own.close());
  return own;
}

async function open(
  tenant: string,
  options: Partial<KafkaLogOptions> & { readonly cluster?: KafkaCluster } = {},
): Promise<KafkaLog> {
  const log = await KafkaLog.open({ cluster: ownCluster(), tenant, ...options });
  ends.push(() => log.close());
  return log;
}

describeSharedLog({
  name: 'Kafka',
  durable: true,
  open: (folder) => KafkaLog.open({ cluster, tenant: path.basename(folder) }),
});

describe('beside a tenant that writes all the time', () => {
  let neighbour: KafkaLog;
  let writer: LogWriter;

  beforeAll(async () => {
    neighbour = await KafkaLog.open({ cluster, tenant: 'neighbour', shared: SHARED });
    writer = new LogWriter(neighbour, 0, 5);
  });

  afterAll(async () => {
    await writer.stop();
    const numbers = (await readAll(neighbour, 0)).map(numberOf);
    await neighbour.close();
    // What the others have trimmed was not its.
    expect(numbers.toSorted()).toEqual([...writer.acknowledged.keys()].toSorted());
    expect(new Set(writer.refused.values())).toEqual(new Set());
  });

  describeSharedLog({
    name: 'a shared partition of Kafka',
    durable: true,
    open: (folder) => KafkaLog.open({ cluster, tenant: path.basename(folder), shared: SHARED }),
  });
});

describe('a partition of Kafka that tenants share', () => {
  const shared = { topic: 'ringwatch.few', partitions: 1, partition: 0 };

  async function lowOf(topic: string): Promise<number> {
    const [partition] = await kafka.operate((admin) => admin.fetchTopicOffsets(topic));
    return Number(partition?.low);
  }

  it('gives space back once all of them have trimmed, and each goes on at its offset, seen by another process', async () => {
    const [one, two] = [await open('one', { shared }), await open('two', { shared })];
    const told: number[] = [];
    for (let n = 0; n < 6; n++) {
      told.push(await one.append(frameOf(`one:${n}`), 1));
      if (n % 2 === 0) await two.append(frameOf(`two:${n}`), 1);
    }
    const other = { cluster: ownCluster(), shared };
    const late = await open('one', other);
    const frames = await readAll(late, 0);
    expect(frames.map(({ offset }) => offset)).toEqual(told);
    expect(frames.map(numberOf)).toEqual([0, 1, 2, 3, 4, 5].map((n) => `one:${n}`));
    await one.trim(one.end);
    // The other has its first record where it was.
    expect([one.start, await lowOf(shared.topic)]).toEqual([one.end, 1]);
    expect((await readAll(two, 0)).map(numberOf)).toEqual(['two:0', 'two:2', 'two:4']);
    await two.trim(await two.head());
    expect(await lowOf(shared.topic)).toBeGreaterThan(5);
    const again = [await open('one', { shared }), await open('two', { shared })];
    expect(again.map(({ start, end: last }) => [start, last])).toEqual([
      [one.end, one.end],
      [two.end, two.end],
    ]);
    const { end } = one;
    const offset = await present(again[0]).append(frameOf('one:6'), 1);
    expect(offset).toBe(end);
    expect((await readAll(late, offset)).map(numberOf)).toEqual(['one:6']);
    await expect(codeOf(readAll(late, 0))).resolves.toBe('LOG_TRIMMED');
  });
});

/** Three writers and two followers, each as a process of its own, go on through a fault. Returns why followers tried again. */
async function underLoad(
  tenant: string,
  fault: (topic: string) => Promise<unknown>,
  options: Partial<KafkaLogOptions> = {},
): Promise<readonly string[]> {
  const reloads: string[] = [];
  const onReload = (reason: string): unknown => reloads.push(reason);
  const followers = await Promise.all(
    [0, 1].map(async () => new Follower(await open(tenant, { onReload, ...options }))),
  );
  const topic = options.shared?.topic ?? `ringwatch.log.${tenant}`;
  await goThroughFault({ open: () => open(tenant, options), followers, fault: () => fault(topic) });
  return reloads;
}

describe('a log in Kafka under load', () => {
  it('loses nothing and doubles nothing when the leader is killed with batches under way', async () => {
    let leader = present(kafka.brokers[0]);
    const reloads = await underLoad('killed', async (topic) => {
      leader = await kafka.leaderOf(topic);
      await leader.kill('SIGKILL');
    });
    expect(reloads).not.toEqual([]);
    leader.restart();
    await kafka.ready();
    await kafka.inSync('ringwatch.log.killed');
  });

  it('loses nothing and doubles nothing when the leader stands still for ten seconds and wakes', async () => {
    const shared = { topic: 'ringwatch.still', partitions: 1, partition: 0 };
    const reloads = await underLoad(
      'stopped',
      async (topic) => {
        const leader = await kafka.leaderOf(topic);
        await leader.kill('SIGSTOP');
        await sleep(10_000);
        await leader.kill('SIGCONT');
      },
      { shared },
    );
    expect(reloads).not.toEqual([]);
    await kafka.ready();
    await kafka.inSync(shared.topic);
  });

  it('goes on where it was after all brokers were killed and started again', async () => {
    await underLoad('restarted', async () => {
      await Promise.all(kafka.brokers.map((broker) => broker.kill('SIGKILL')));
      for (const broker of kafka.brokers) broker.restart();
      await kafka.ready();
    });
  });
});

/** What an append is refused with. */
async function refusalOf(append: Promise<number>): Promise<RingwatchError> {
  return await append.then(
    () => {
      throw new Error('it was stored');
    },
    (error: RingwatchError) => error,
  );
}

describe('a log in Kafka whose brokers are not enough', () => {
  it('says that nothing is stored where too few replicas are in sync, and takes it later', async () => {
    const log = await open('few', { cluster: ownCluster({ callMs: 3000 }) });
    await log.append(frameOf('before'), 1);
    const topic = 'ringwatch.log.few';
    // All three: then one that is lost is too many.
    const configEntries = [{ name: 'min.insync.replicas', value: '3' }];
    const resources = [{ type: 2, name: topic, configEntries }];
    await kafka.operate((admin) => admin.alterConfigs({ validateOnly: false, resources }));
    const leader = await kafka.leaderOf(topic);
    const lost = present(kafka.brokers.find((broker) => broker !== leader));
    await lost.kill('SIGKILL');
    while ((await kafka.inSyncOf(topic)) > 2) await sleep(100);
    // A leader that learns of it while it appends has stored the frame, and nobody knows whether it stays.
    let [error, unknown] = [await refusalOf(log.append(frameOf('refused'), 1)), 0];
    for (; error.code === 'LOG_OUTCOME_UNKNOWN' && unknown < 5; unknown++)
      error = await refusalOf(log.append(frameOf('refused'), 1));
    expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE' });
    expect(error.message).toMatch(/NOT_ENOUGH_REPLICAS/);
    lost.restart();
    await kafka.ready();
    await kafka.inSync(topic);
    await log.append(frameOf('after'), 1);
    const numbers = (await readAll(log, 0)).map(numberOf);
    expect(numbers.filter((number) => number === 'refused').length).toBeLessThanOrEqual(unknown);
    expect(numbers.filter((number) => number !== 'refused')).toEqual(['before', 'after']);
  });

  it('says that it does not know where no answer comes, and never takes what it gave up after what follows', async () => {
    const log = await open('silent', { cluster: ownCluster({ callMs: 2500 }) });
    await log.append(frameOf('before'), 1);
    await Promise.all(kafka.brokers.map((broker) => broker.kill('SIGSTOP')));
    const perhaps = codeOf(log.append(frameOf('perhaps'), 1));
    await expect(perhaps).resolves.toBe('LOG_OUTCOME_UNKNOWN');
    await expect(codeOf(log.append(frameOf('refused'), 1))).resolves.toBe('LOG_UNAVAILABLE');
    await expect(codeOf(log.head())).resolves.toBe('LOG_UNAVAILABLE');
    await Promise.all(kafka.brokers.map((broker) => broker.kill('SIGCONT')));
    await kafka.ready();
    const following = new Follower(log);
    await log.append(frameOf('after'), 1);
    await log.append(frameOf('last'), 1);
    const end = await log.head();
    await following.reached(end);
    const numbers = await following.end();
    expect(numbers.filter((number) => number !== 'perhaps')).toEqual(['before', 'after', 'last']);
    expect([-1, 1]).toContain(numbers.indexOf('perhaps'));
  });
});

/** Loses the answer of the next call, and does something before the call is tried again. */
class LosingCluster extends KafkaCluster {
  meanwhile: (() => Promise<unknown>) | null = null;

  override retry<T>(action: (attempt: KafkaAttempt) => Promise<T>): Promise<T> {
    return super.retry(async (attempt) => {
      const answer = await action(attempt);
      const { meanwhile } = this;
      if (meanwhile === null) return answer;
      this.meanwhile = null;
      await meanwhile();
      throw new KafkaFailure('unavailable', 'Connection dropped', true);
    });
  }
}

describe('an append to Kafka whose answer was lost', () => {
  async function openLosing(tenant: string) {
    const losing = new LosingCluster({ addresses: kafka.addresses });
    ends.push(() => losing.close());
    return { losing, log: await open(tenant, { cluster: losing }), other: await open(tenant) };
  }

  it('is stored once, and is told its place though others follow', async () => {
    const { losing, log, other } = await openLosing('lost');
    await log.append(frameOf('before'), 1);
    losing.meanwhile = async () => other.append(frameOf('other'), 1);
    const offset = await log.append(frameOf('lost'), 1);
    await log.append(frameOf('after'), 1);
    const frames = await readAll(log, 0);
    expect(frames.map(numberOf)).toEqual(['before', 'lost', 'other', 'after']);
    expect(offset).toBe(present(frames[1]).offset);
  });

  it('is not stored again where it was trimmed meanwhile', async () => {
    const { losing, log, other } = await openLosing('trimmed');
    await log.append(frameOf('before'), 1);
    losing.meanwhile = async () => other.trim(await other.head());
    const offset = await log.append(frameOf('lost'), 1);
    const next = await log.append(frameOf('next'), 1);
    expect(next).toBeGreaterThan(offset);
    expect((await readAll(other, other.start)).map(numberOf)).toEqual(['next']);
  });
});

describe('a log in Kafka that someone has changed', () => {
  it('is told damaged by those who have it open when its topic is deleted and made again', async () => {
    const [log, other] = [await open('again'), await open('again')];
    for (let n = 0; n < 3; n++) await log.append(frameOf(n), 1);
    const follower = new Follower(other);
    await follower.reached(log.end);
    await kafka.operate((admin) => admin.deleteTopics({ topics: ['ringwatch.log.again'] }));
    // Another process makes it again and writes more than was there.
    const fresh = await open('again');
    for (let n = 0; n < 5; n++) await fresh.append(frameOf(`fresh:${n}`), 1);
    await expect(follower.reached(fresh.end)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    await expect(codeOf(readAll(other, 0))).resolves.toBe('LOG_CORRUPT');
    // By a connection that has seen nothing of it.
    await sleep(LIMITS.kafkaCheckMs);
    await expect(codeOf(log.append(frameOf('lost'), 1))).resolves.toBe('LOG_CORRUPT');
    expect((await readAll(fresh, 0)).map(numberOf)).toEqual([0, 1, 2, 3, 4].map((n) => `fresh:${n}`));
  });

  it('is told damaged when its topic is gone', async () => {
    const log = await open('gone', { cluster: ownCluster({ callMs: 2500 }) });
    await log.append(frameOf(0), 1);
    const follower = new Follower(log);
    await follower.reached(log.end);
    await kafka.operate((admin) => admin.deleteTopics({ topics: ['ringwatch.log.gone'] }));
    // What a broker took that has not heard of it has an outcome that nobody knows.
    let code = 'LOG_OUTCOME_UNKNOWN';
    for (let n = 0; n < 5 && code === 'LOG_OUTCOME_UNKNOWN'; n++)
      code = await codeOf(log.append(frameOf(1), 1));
    expect(code).toBe('LOG_CORRUPT');
    await expect(follower.reached(log.end + 1)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  it('is told damaged, with the offset, where someone else has written into it', async () => {
    const log = await open('foreign');
    const last = await log.append(frameOf(0), 1);
    await kafka.produce('ringwatch.log.foreign', 'whatever');
    const error = await readAll(log, 0).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LOG_CORRUPT', details: { offset: last + 256 } });
  });

  it('is refused where a setting of its topic would lose what is acknowledged', async () => {
    const topic = 'ringwatch.log.unsuited';
    const configEntries = [{ name: 'min.insync.replicas', value: '2' }];
    await kafka.operate((admin) =>
      admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 3, configEntries }] }),
    );
    const error = await open('unsuited').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LOG_UNSUITED' });
    expect(String((error as Error).message)).toMatch(/retention\.ms/);
  });

  it('refuses a frame that is larger than its topic takes', async () => {
    const log = await open('large');
    const limit = LIMITS.kafkaFrameBytesMax;
    await expect(codeOf(log.append(new Uint8Array(limit + 1), 1))).resolves.toBe('FRAME_TOO_LARGE');
    // What is as large is only no frame.
    await log.append(new Uint8Array(limit), 1);
    expect(log.end).toBeGreaterThan(0);
  });
});
