import { expect, it } from '@jest/globals';
import type { IEvent } from 'etcd3';
import { BatchOrder } from './batch-watch.ts';
import { encodeTrimmed, LogKeys } from './log-keys.ts';

const KEYS = new LogKeys('logs/', 'tenant');

function put(
  key: Buffer,
  revision: number,
  version = 1,
  value: Buffer = Buffer.from(`value ${revision}`),
): IEvent {
  const at = `${revision}`;
  const kv = { key, value, create_revision: at, mod_revision: at, version: `${version}`, lease: '0' };
  return { type: 'Put', kv, prev_kv: kv };
}

/** The events of a batch's transaction. */
function batch(number: number, revision: number): IEvent[] {
  return [put(KEYS.batch(`ID${revision}`), revision), put(KEYS.head, revision, number + 1)];
}

function takeAll(order: BatchOrder, events: readonly IEvent[]): number[] {
  return events.flatMap((event) => order.take(event)?.number ?? []);
}

it('numbers batches by the counter, and leaves out those that were handed out before', () => {
  const order = new BatchOrder(KEYS, 5, () => undefined);
  const events = [...batch(4, 10), ...batch(5, 12), ...batch(6, 13)];
  expect(takeAll(order, events)).toEqual([5, 6]);
});

it('tells a batch that was skipped', () => {
  const order = new BatchOrder(KEYS, 5, () => undefined);
  expect(takeAll(order, batch(5, 10))).toEqual([5]);
  expect(() => takeAll(order, batch(7, 12))).toThrow('batch 7 came where 6 is next');
});

it('tells a counter that rose without a batch of its own', () => {
  const order = new BatchOrder(KEYS, 5, () => undefined);
  const [value, head] = [put(KEYS.batch('ID'), 10), put(KEYS.head, 11, 6)];
  expect(() => takeAll(order, [value, head])).toThrow('batch 5 came without what it holds');
});

it('tells what was trimmed, and takes deleted batches for nothing', () => {
  const trimmed: number[] = [];
  const order = new BatchOrder(KEYS, 5, (count) => trimmed.push(count));
  const gone = { ...put(KEYS.batch('ID'), 10), type: 'Delete' as const };
  const note = put(KEYS.trimmed, 10, 2, encodeTrimmed({ count: 3, revision: 8 }));
  expect(takeAll(order, [gone, note, ...batch(5, 11)])).toEqual([5]);
  expect(trimmed).toEqual([3]);
});
