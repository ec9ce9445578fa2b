import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryFanout } from '../../adapters/memory/memory-fanout.ts';
import type { DecisionEffect } from '../../core/effects.ts';
import { RedisFanout } from '../../adapters/redis/redis-fanout.ts';
import { readRedisUrl } from '../../adapters/redis/redis-server.ts';
import type { RingwatchError } from '../../core/errors.ts';
import type { Fanout, FanoutTopic } from '../../core/ports/fanout.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { redisMissing, startRedis } from '../servers/redis.ts';
import { suiteWithout } from '../servers/suite-without.ts';
import { sampleDecision } from './sample-decision.ts';

interface Adapter {
  readonly name: string;
  /** What is not installed that it needs; null: nothing. */
  readonly missing: string | null;
  start(): Promise<{ open: Open; stop(): Promise<void> }>;
}

type Open = (bounds: { readonly messages?: number; readonly bytes?: number }) => Promise<Fanout>;

const ADAPTERS: Adapter[] = [
  {
    name: 'memory',
    missing: null,
    start: async () => ({ open: async (bounds) => new MemoryFanout(bounds), stop: async () => undefined }),
  },
  {
    name: 'redis',
    missing: redisMissing(),
    start: async () => {
      const redis = await startRedis();
      const server = await readRedisUrl(redis.url, 'a test');
      return { open: async (bounds) => new RedisFanout(server, bounds), stop: () => redis.stop() };
    },
  },
];

const A = newTenantId();
const B = newTenantId();

/** The positions of the first `count` messages. */
async function take(
  messages: AsyncIterable<{ readonly effect: DecisionEffect }>,
  count: number,
): Promise<number[]> {
  const positions: number[] = [];
  for await (const { effect } of messages) {
    positions.push(effect.position);
    if (positions.length === count) break;
  }
  return positions;
}

describe.each(ADAPTERS)('the fanout ($name)', ({ name, missing, start }) => {
  if (missing !== null) {
    suiteWithout(`the fanout (${name})`, missing);
    return;
  }
  let adapter: { open: Open; stop(): Promise<void> };
  const opened: Fanout[] = [];
  const open: Open = async (bounds) => {
    const fanout = await adapter.open(bounds);
    opened.push(fanout);
    return fanout;
  };

  beforeAll(async () => {
    adapter = await start();
  });

  afterEach(async () => {
    for (const fanout of opened.splice(0)) await fanout.close();
  });

  afterAll(() => adapter.stop());

  it('hands messages to every subscriber of the topic, in order', async () => {
    const fanout = await open({});
    const first = fanout.subscribe(A, 'decisionMade');
    const second = fanout.subscribe(A, 'decisionMade');
    for (let position = 1; position <= 200; position++) fanout.publish(A, sampleDecision(position));
    const expected = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(await take(first, 200)).toEqual(expected);
    expect(await take(second, 200)).toEqual(expected);
  });

  it('says nothing of another tenant or another topic', async () => {
    const fanout = await open({});
    const ofA = fanout.subscribe(A, 'decisionMade');
    const alertsOfA = fanout.subscribe(A, 'alertRaised');
    fanout.publish(B, sampleDecision(1));
    fanout.publish(A, sampleDecision(2));
    expect(await take(ofA, 1)).toEqual([2]);
    await fanout.close();
    for await (const message of alertsOfA) expect(message).toBeUndefined();
  });

  it('wakes a subscriber that waits', async () => {
    const fanout = await open({});
    const taken = take(fanout.subscribe(A, 'decisionMade'), 2);
    await Promise.resolve();
    fanout.publish(A, sampleDecision(7));
    await Promise.resolve();
    fanout.publish(A, sampleDecision(8));
    expect(await taken).toEqual([7, 8]);
  });

  it('cuts a subscriber that does not keep up, with a code, and no other', async () => {
    const fanout = await open({ messages: 3 });
    const slow = fanout.subscribe(A, 'decisionMade');
    const fast = fanout.subscribe(A, 'decisionMade');
    const heard = take(fast, 5);
    const cut: string[] = [];
    slow.onCut((error) => cut.push((error as RingwatchError).code));
    for (let position = 1; position <= 5; position++) {
      fanout.publish(A, sampleDecision(position));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(cut).toEqual(['SUBSCRIBER_TOO_SLOW']);
    await expect(take(slow, 1)).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
    expect(await heard).toEqual([1, 2, 3, 4, 5]);
    expect(fanout.subscribers(A, 'decisionMade')).toBe(0);
  });

  it('takes as many messages as its queue holds', async () => {
    const fanout = await open({ messages: 3 });
    const subscription = fanout.subscribe(A, 'decisionMade');
    for (let position = 1; position <= 3; position++) fanout.publish(A, sampleDecision(position));
    expect(await take(subscription, 3)).toEqual([1, 2, 3]);
  });

  it('cuts a subscriber that lets too many bytes wait, but takes one message of any size', async () => {
    const fanout = await open({ bytes: 10_000 });
    const slow = fanout.subscribe(A, 'decisionMade');
    const { topic, effect } = sampleDecision(1);
    fanout.publish(A, { topic, effect: { ...effect, key: 'x'.repeat(100_000) } });
    expect(fanout.subscribers(A, 'decisionMade')).toBe(1);
    fanout.publish(A, sampleDecision(2));
    await expect(take(slow, 1)).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
    const fast = fanout.subscribe(A, 'decisionMade');
    const heard = take(fast, 50);
    for (let position = 1; position <= 50; position++) {
      fanout.publish(A, { topic, effect: { ...effect, position, key: 'x'.repeat(2_000) } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await heard).toHaveLength(50);
  });

  it('tells when a topic gets its first subscriber and loses its last', async () => {
    const fanout = await open({});
    const demand: [TenantId, FanoutTopic, boolean][] = [];
    fanout.onDemand((...change) => demand.push(change));
    const first = fanout.subscribe(A, 'decisionMade');
    const second = fanout.subscribe(A, 'decisionMade');
    first.cancel();
    first.cancel();
    expect(demand).toEqual([[A, 'decisionMade', true]]);
    second.cancel();
    expect(demand).toEqual([
      [A, 'decisionMade', true],
      [A, 'decisionMade', false],
    ]);
  });

  it('ends what is iterated when it is cancelled or the fanout closes', async () => {
    const fanout = await open({});
    const cancelled = fanout.subscribe(A, 'decisionMade');
    const waiting = take(cancelled, 1);
    await Promise.resolve();
    cancelled.cancel();
    expect(await waiting).toEqual([]);
    const open2 = take(fanout.subscribe(A, 'decisionMade'), 1);
    await Promise.resolve();
    await fanout.close();
    expect(await open2).toEqual([]);
    expect(await take(fanout.subscribe(A, 'decisionMade'), 1)).toEqual([]);
  });
});
