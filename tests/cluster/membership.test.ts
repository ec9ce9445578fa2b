import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { joinGroup } from '../../adapters/kafka/group-member.ts';
import type { GroupOptions } from '../../adapters/kafka/group-membership.ts';
import { watchGroup } from '../../adapters/kafka/group-watch.ts';
import { KafkaCluster } from '../../adapters/kafka/kafka-cluster.ts';
import type { Membership } from '../../core/ports/membership.ts';
import { type KafkaServers, startKafka } from '../servers/kafka.ts';

let kafka: KafkaServers;

beforeAll(async () => {
  kafka = await startKafka({ brokers: 1 });
}, 300_000);
afterAll(async () => {
  await kafka.stop();
});

const A = 'http://a:1';
const B = 'http://b:1';
const C = 'http://c:1';

/** Members and watchers of a group of its own, each with connections of its own, as processes have. */
function newGroup(name: string) {
  const open: { readonly membership: Membership; readonly cluster: KafkaCluster }[] = [];
  const problems: (string | null)[] = [];
  const add = (make: (options: GroupOptions) => Membership): Membership => {
    const cluster = new KafkaCluster({ addresses: kafka.addresses });
    const onProblem = (reason: string | null): void => void problems.push(reason);
    const membership = make({ cluster, group: name, onProblem });
    open.push({ membership, cluster });
    return membership;
  };
  return {
    problems,
    join: (address: string) => add((options) => joinGroup({ ...options, address })),
    watch: () => add(watchGroup),
    /** As when its process is killed: it says nothing more. */
    kill: (membership: Membership) => {
      const found = open.find((each) => each.membership === membership);
      found?.cluster.close();
    },
    close: async () => {
      for (const { membership } of open) await membership.close();
      for (const { cluster } of open) cluster.close();
    },
  };
}

async function untilKnown(memberships: readonly Membership[], workers: readonly string[]): Promise<void> {
  const isKnown = (): boolean => memberships.every((each) => each.workers.join() === workers.join());
  for (let n = 0; n < 600 && !isKnown(); n++) await pause(100);
  expect(memberships.map((each) => each.workers)).toEqual(memberships.map(() => workers));
}

describe('the workers of a cluster', () => {
  it('know each other, and are seen by those who only look, as they come and leave', async () => {
    const group = newGroup('come-and-leave');
    const watch = group.watch();
    await watch.known();
    expect(watch.workers).toEqual([]);
    const a = group.join(A);
    await a.known();
    await untilKnown([a, watch], [A]);
    const b = group.join(B);
    const c = group.join(C);
    await untilKnown([a, b, c, watch], [A, B, C]);
    let told = 0;
    watch.onChange(() => told++);
    await b.close();
    await untilKnown([a, c, watch], [A, C]);
    expect(told).toBe(1);
    await group.close();
    await untilKnown([newGroup('come-and-leave').watch()], []);
  }, 120_000);

  it('do without one that says nothing more, and with it again when it is back', async () => {
    const group = newGroup('silent');
    const watch = group.watch();
    const a = group.join(A);
    const b = group.join(B);
    await untilKnown([a, b, watch], [A, B]);
    group.kill(b);
    await untilKnown([a, watch], [A]);
    // What is cut off goes by what it knew.
    expect(b.workers).toEqual([A, B]);
    const again = group.join(B);
    await untilKnown([a, again, watch], [A, B]);
    await group.close();
  }, 120_000);

  it('stay who they were while Kafka is away, and find each other again', async () => {
    const group = newGroup('away');
    const watch = group.watch();
    const a = group.join(A);
    const b = group.join(B);
    await untilKnown([a, b, watch], [A, B]);
    const [broker] = kafka.brokers;
    await broker?.kill('SIGKILL');
    for (let n = 0; n < 100 && group.problems.length < 3; n++) await pause(100);
    expect(group.problems.filter((each) => each !== null).length).toBeGreaterThanOrEqual(3);
    expect([a.workers, b.workers, watch.workers]).toEqual([
      [A, B],
      [A, B],
      [A, B],
    ]);
    broker?.restart();
    await kafka.ready();
    for (let n = 0; n < 300 && group.problems.filter((each) => each === null).length < 3; n++)
      await pause(100);
    const c = group.join(C);
    await untilKnown([a, b, c, watch], [A, B, C]);
    await group.close();
  }, 180_000);
});
