import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { RedisFanout } from '../../adapters/redis/redis-fanout.ts';
import { type RedisServer, readRedisUrl } from '../../adapters/redis/redis-server.ts';
import type { FanoutMessage, FanoutSubscription, FanoutTopic } from '../../core/ports/fanout.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { redisMissing, startRedis, type TestRedis } from '../servers/redis.ts';
import { suiteWithout } from '../servers/suite-without.ts';
import { sampleDecision } from './sample-decision.ts';

const A = newTenantId();
const B = newTenantId();

function alert(position: number): FanoutMessage & { readonly topic: 'alertRaised' } {
  const effect = { kind: 'alert', id: `a${position}`, rule: 'r', position, line: '{}' } as const;
  return { topic: 'alertRaised', effect, raisedAt: '2026-11-22T07:14:00.000Z' };
}

interface Heard {
  readonly positions: number[];
  /** The code by which it was cut; null where it ended otherwise or has not. */
  cut: string | null;
}

/** What a subscription brings, as it comes. */
function listen(subscription: FanoutSubscription<FanoutMessage>): Heard {
  const heard: Heard = { positions: [], cut: null };
  const run = async (): Promise<void> => {
    for await (const { effect } of subscription) heard.positions.push(effect.position);
  };
  run().catch((error: { readonly code: string }) => {
    heard.cut = error.code;
  });
  return heard;
}

/** Waits until it holds; the test's own time limit is the only one. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

const missing = redisMissing();
const suite = missing === null ? describe : (name: string, _: () => void) => suiteWithout(name, missing);

suite('the fanout of several processes over Redis', () => {
  let redis: TestRedis;
  let server: RedisServer;
  const opened: RedisFanout[] = [];

  async function open(): Promise<RedisFanout> {
    const fanout = new RedisFanout(server, { demandMs: 50 });
    opened.push(fanout);
    await until(() => fanout.isConnected);
    return fanout;
  }

  /** Two, of which the second knows that the first listens to the topic. */
  async function openTwo(
    topic: FanoutTopic,
  ): Promise<{ gateway: RedisFanout; worker: RedisFanout; heard: Heard }> {
    const [gateway, worker] = [await open(), await open()];
    const known = new Set<string>();
    worker.onDemand((tenant, each, wanted) => void (wanted && known.add(`${tenant} ${each}`)));
    const heard = listen(gateway.subscribe(A, topic));
    await until(() => known.has(`${A} ${topic}`));
    return { gateway, worker, heard };
  }

  beforeAll(async () => {
    redis = await startRedis();
    server = await readRedisUrl(redis.url, 'a test');
  });

  afterEach(async () => {
    for (const fanout of opened.splice(0)) await fanout.close();
  });

  afterAll(() => redis.stop());

  it('brings what one process publishes to the subscribers of another, in order, and to its own once', async () => {
    const { worker, heard } = await openTwo('decisionMade');
    const own = listen(worker.subscribe(A, 'decisionMade'));
    const ofB = listen(worker.subscribe(B, 'decisionMade'));
    for (let position = 1; position <= 500; position++) worker.publish(A, sampleDecision(position));
    await until(() => heard.positions.length >= 500);
    const expected = Array.from({ length: 500 }, (_, index) => index + 1);
    expect(heard.positions).toEqual(expected);
    worker.publish(A, sampleDecision(501));
    await until(() => own.positions.includes(501) && heard.positions.includes(501));
    expect(own.positions).toEqual([...expected, 501]);
    expect(ofB.positions).toEqual([]);
    expect(heard.cut).toBeNull();
  });

  it('tells a process when somebody anywhere begins to listen, and when nobody does any more', async () => {
    const [gateway, other, worker] = [await open(), await open(), await open()];
    const demand: [TenantId, FanoutTopic, boolean][] = [];
    worker.onDemand((...change) => demand.push(change));
    const first = gateway.subscribe(A, 'decisionMade');
    await until(() => demand.length === 1);
    const second = other.subscribe(A, 'decisionMade');
    first.cancel();
    const own = worker.subscribe(A, 'decisionMade');
    await sleep(200);
    own.cancel();
    await sleep(200);
    expect(demand).toEqual([[A, 'decisionMade', true]]);
    second.cancel();
    await until(() => demand.length === 2);
    expect(demand[1]).toEqual([A, 'decisionMade', false]);
  });

  it('forgets the subscribers of a process that ended without saying so', async () => {
    const { gateway, worker } = await openTwo('decisionMade');
    const demand: boolean[] = [];
    worker.onDemand((_, __, wanted) => demand.push(wanted));
    await gateway.close();
    await until(() => demand.length === 1);
    expect(demand).toEqual([false]);
  });

  it('hears again at once where the last subscriber went and another came', async () => {
    const { gateway, worker } = await openTwo('alertRaised');
    const other = gateway.subscribe(B, 'alertRaised');
    for (let round = 1; round <= 20; round++) {
      gateway.subscribe(B, 'alertRaised').cancel();
      other.cancel();
      const again = gateway.subscribe(B, 'alertRaised');
      const heard = listen(again);
      while (heard.positions.length === 0) {
        worker.publish(B, alert(round));
        await sleep(5);
      }
      again.cancel();
    }
  });

  it('goes on within the process while Redis is away, and cuts those who may have missed something when it is back', async () => {
    const { gateway, worker, heard } = await openTwo('alertRaised');
    worker.publish(A, alert(1));
    await until(() => heard.positions.length === 1);
    await redis.end('SIGKILL');
    await until(() => !gateway.isConnected && !worker.isConnected);
    gateway.publish(A, alert(2));
    worker.publish(A, alert(3));
    await until(() => heard.positions.length === 2);
    expect(heard).toEqual({ positions: [1, 2], cut: null });
    await redis.startAgain();
    await until(() => heard.cut !== null);
    expect(heard).toEqual({ positions: [1, 2], cut: 'SUBSCRIPTION_INTERRUPTED' });
    await until(() => gateway.isConnected && worker.isConnected);
    // The worker left a letter out, and says so: who subscribes before that is cut once more.
    let again = listen(gateway.subscribe(A, 'alertRaised'));
    for (let position = 4; again.positions.length === 0; position++) {
      if (again.cut !== null) again = listen(gateway.subscribe(A, 'alertRaised'));
      worker.publish(A, alert(position));
      await sleep(20);
    }
    expect(again.cut).toBeNull();
  });

  it('cuts subscribers where letters were missed on the way, and none where they were not', async () => {
    const { worker, heard } = await openTwo('alertRaised');
    worker.publish(A, alert(1));
    await until(() => heard.positions.length === 1);
    const outsider = createClient({ url: redis.url });
    await outsider.connect();
    const channel = `ringwatch:fanout:${A} alertRaised`;
    const letter = (number: number): string => JSON.stringify({ from: 'p', number, message: alert(number) });
    await outsider.publish(channel, 'no letter');
    await outsider.publish(channel, letter(7));
    await outsider.publish(channel, letter(8));
    await until(() => heard.positions.length === 3);
    expect(heard.cut).toBeNull();
    await outsider.publish(channel, letter(10));
    await until(() => heard.cut !== null);
    expect(heard).toEqual({ positions: [1, 7, 8], cut: 'SUBSCRIPTION_INTERRUPTED' });
    outsider.destroy();
  });
});
