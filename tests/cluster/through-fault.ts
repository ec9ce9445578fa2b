import { expect } from '@jest/globals';
import { present } from '../../core/assert.ts';
import type { SharedLog } from '../../core/ports/tenant-log.ts';
import { type Follower, numberOf } from '../contract/shared-log.ts';
import { readAll } from '../contract/tenant-log.ts';
import { LogWriter } from './log-writer.ts';

/** A log under load, and what happens meanwhile. */
export interface FaultUnderLoad {
  /** Opens the log as one more process. */
  readonly open: () => Promise<SharedLog>;
  /** Two, each of another process. */
  readonly followers: readonly Follower[];
  readonly fault: () => Promise<unknown>;
}

/** Three writers, each as a process of its own, and the followers go on through a fault: nothing is lost, doubled or in two orders. */
export async function goThroughFault({ open, followers, fault }: FaultUnderLoad): Promise<void> {
  const writers = await Promise.all([0, 1, 2].map(async (n) => new LogWriter(await open(), n)));
  await Promise.all(writers.map((writer) => writer.more(100)));
  await fault();
  await Promise.all(writers.map((writer) => writer.more(100)));
  await Promise.all(writers.map((writer) => writer.stop()));
  const log = await open();
  const end = await log.head();
  await Promise.all(followers.map((follower) => follower.reached(end)));
  const seen = new Map(present(followers[0]).frames.map((frame) => [numberOf(frame), frame.offset]));
  const [first = [], second] = await Promise.all(followers.map((follower) => follower.end()));
  expect(second).toEqual(first);
  expect((await readAll(log, 0)).map(numberOf)).toEqual(first);
  expect(new Set(first).size).toBe(first.length);
  for (const [n, { acknowledged, refused }] of writers.entries()) {
    // What was acknowledged is where it was said to be; what was said not to be stored is not there.
    for (const [number, offset] of acknowledged) expect([number, seen.get(number)]).toEqual([number, offset]);
    for (const [number, code] of refused) if (code === 'LOG_UNAVAILABLE') expect(first).not.toContain(number);
    const own = first.filter((number) => number.startsWith(`${n}:`) && acknowledged.has(number));
    expect(own).toEqual([...own].sort((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
  }
}
