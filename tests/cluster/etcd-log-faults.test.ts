import { afterEach, describe, expect, it } from '@jest/globals';
import { BatchIds } from '../../adapters/etcd/batch-id.ts';
import { EtcdCluster } from '../../adapters/etcd/etcd-cluster.ts';
import { EtcdLog } from '../../adapters/etcd/etcd-log.ts';
import { LogKeys } from '../../adapters/etcd/log-keys.ts';
import { maintainEtcd } from '../../adapters/etcd/maintain-etcd.ts';
import { present } from '../../core/assert.ts';
import type { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { Follower, numberOf } from '../contract/shared-log.ts';
import { codeOf, frameOf, readAll } from '../contract/tenant-log.ts';
import { type EtcdOptions, type EtcdServers, startEtcd } from '../servers/etcd.ts';
import { LogWriter } from './log-writer.ts';
import { goThroughFault } from './through-fault.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function servers(options?: EtcdOptions): Promise<EtcdServers> {
  const etcd = await startEtcd(options);
  ends.push(() => etcd.stop());
  return etcd;
}

/** A client of its own, as another process would have. */
function clusterOf({ endpoints }: EtcdServers, options: { readonly callMs?: number } = {}): EtcdCluster {
  const cluster = new EtcdCluster({ endpoints, ...options });
  ends.push(() => cluster.close());
  return cluster;
}

async function underLoad(etcd: EtcdServers, fault: () => Promise<void>): Promise<readonly string[]> {
  const open = (): Promise<EtcdLog> => EtcdLog.open({ cluster: clusterOf(etcd), tenant: 'loaded' });
  const leader = await etcd.leader();
  const reloads: string[] = [];
  // One of the two follows by the member that the fault is for.
  const beside = clusterOf(etcd);
  while (beside.member.endpoint !== leader.endpoint) beside.leave(beside.member.endpoint);
  const onReload = (reason: string): unknown => reloads.push(reason);
  const followers = [
    new Follower(await EtcdLog.open({ cluster: beside, tenant: 'loaded', onReload })),
    new Follower(await open()),
  ];
  await goThroughFault({ open, followers, fault });
  return reloads;
}

describe('a log in etcd under load', () => {
  it('loses nothing and doubles nothing when the leader is killed, and all see one order', async () => {
    const etcd = await servers();
    const reloads = await underLoad(etcd, async () => (await etcd.leader()).kill('SIGKILL'));
    expect(reloads).not.toEqual([]);
  });

  it('loses nothing and doubles nothing when the leader stands still for some seconds and wakes', async () => {
    const etcd = await servers();
    const reloads = await underLoad(etcd, async () => {
      const leader = await etcd.leader();
      await leader.kill('SIGSTOP');
      // Longer than a follower who hears nothing waits before it asks.
      setTimeout(() => void leader.kill('SIGCONT'), 2 * LIMITS.etcdQuietMs);
    });
    expect(reloads).not.toEqual([]);
  });

  it('goes on where it was after all members were killed and started again', async () => {
    const etcd = await servers();
    await underLoad(etcd, async () => {
      await Promise.all(etcd.members.map((member) => member.kill('SIGKILL')));
      for (const member of etcd.members) member.restart();
      await Promise.all(etcd.members.map((member) => member.ready()));
    });
  });
});

describe('a log in etcd without a majority', () => {
  it('says that nothing is stored where no member can be reached, and takes it later', async () => {
    const etcd = await servers();
    const cluster = clusterOf(etcd, { callMs: LIMITS.etcdCallMs / 5 });
    const log = await EtcdLog.open({ cluster, tenant: 'away' });
    const follower = new Follower(log);
    await log.append(frameOf('before'), 1);
    await Promise.all(etcd.members.map((member) => member.kill('SIGKILL')));
    // The first may find a connection that has not noticed.
    await codeOf(log.append(frameOf('first'), 1));
    const refused = await Promise.all([0, 1, 2].map((n) => codeOf(log.append(frameOf(n), 1))));
    expect(refused).toEqual(['LOG_UNAVAILABLE', 'LOG_UNAVAILABLE', 'LOG_UNAVAILABLE']);
    await expect(codeOf(log.head())).resolves.toBe('LOG_UNAVAILABLE');
    for (const member of etcd.members) member.restart();
    await Promise.all(etcd.members.map((member) => member.ready()));
    const offset = await log.append(frameOf('after'), 1);
    await follower.reached(offset + 1);
    const numbers = await follower.end();
    expect([numbers[0], numbers.at(-1)]).toEqual(['before', 'after']);
    for (const n of ['0', '1', '2']) expect(numbers).not.toContain(n);
  });

  it('says that it does not know where the answer does not come', async () => {
    const etcd = await servers();
    const cluster = clusterOf(etcd, { callMs: LIMITS.etcdCallMs / 5 });
    const log = await EtcdLog.open({ cluster, tenant: 'silent' });
    await log.append(frameOf('before'), 1);
    await Promise.all(etcd.members.map((member) => member.kill('SIGSTOP')));
    await expect(codeOf(log.append(frameOf('perhaps'), 1))).resolves.toBe('LOG_OUTCOME_UNKNOWN');
    await Promise.all(etcd.members.map((member) => member.kill('SIGCONT')));
    await Promise.all(etcd.members.map((member) => member.ready()));
    await log.append(frameOf('after'), 1);
    const numbers = (await readAll(log, 0)).map(numberOf).filter((number) => number !== 'perhaps');
    expect(numbers).toEqual(['before', 'after']);
    expect((await readAll(log, 0)).length).toBeLessThanOrEqual(3);
  });
});

/** Loses the answer of the next call that writes, and does something before the call is tried again. */
class LosingCluster extends EtcdCluster {
  meanwhile: (() => Promise<unknown>) | null = null;

  override call<T extends { readonly header: { readonly revision: string } }>(
    action: Parameters<EtcdCluster['call']>[0],
  ): Promise<T> {
    return super.call(async (attempt) => {
      const answer = (await action(attempt)) as T;
      const { meanwhile } = this;
      if (meanwhile === null) return answer;
      this.meanwhile = null;
      await meanwhile();
      throw new Error('14 UNAVAILABLE: Connection dropped');
    });
  }
}

describe('an append to etcd whose answer was lost', () => {
  async function openLosing(tenant: string) {
    const etcd = await servers({ members: 1 });
    const cluster = new LosingCluster({ endpoints: etcd.endpoints });
    ends.push(() => cluster.close());
    const other = clusterOf(etcd);
    return {
      cluster,
      log: await EtcdLog.open({ cluster, tenant }),
      other: { cluster: other, log: await EtcdLog.open({ cluster: other, tenant }) },
    };
  }

  it('is stored once, and is told the place of its batch though others follow', async () => {
    const { cluster, log, other } = await openLosing('once');
    await log.append(frameOf('before'), 1);
    cluster.meanwhile = () => other.log.append(frameOf('other'), 1);
    const offset = await log.append(frameOf('lost'), 1);
    const frames = await readAll(log, 0);
    expect(frames.map(numberOf)).toEqual(['before', 'lost', 'other']);
    expect(offset).toBe(present(frames[1]).offset);
  });

  it('is told its place where the history that had it was compacted', async () => {
    const { cluster, log, other } = await openLosing('compacted');
    await log.append(frameOf('before'), 1);
    cluster.meanwhile = async () => {
      await other.log.append(frameOf('other'), 1);
      await maintainEtcd(other.cluster, 0);
    };
    const offset = await log.append(frameOf('lost'), 1);
    const frames = await readAll(log, 0);
    expect(frames.map(numberOf)).toEqual(['before', 'lost', 'other']);
    expect(offset).toBe(present(frames[1]).offset);
  });

  it('is not stored again where its batch was trimmed meanwhile', async () => {
    const { cluster, log, other } = await openLosing('trimmed');
    await log.append(frameOf('before'), 1);
    cluster.meanwhile = async () => other.log.trim(await other.log.head());
    await expect(codeOf(log.append(frameOf('lost'), 1))).resolves.toBe('LOG_OUTCOME_UNKNOWN');
    expect(await readAll(log, other.log.start)).toEqual([]);
    const next = await log.append(frameOf('next'), 1);
    expect((await readAll(log, next)).map(numberOf)).toEqual(['next']);
  });

  it('is stored though something else was trimmed before it was first tried', async () => {
    const { log, other } = await openLosing('between');
    await log.append(frameOf('before'), 1);
    await other.log.trim(await other.log.head());
    const offset = await log.append(frameOf('next'), 1);
    expect((await readAll(log, offset)).map(numberOf)).toEqual(['next']);
  });

  it('is not taken for stored where another has stored something under its id', async () => {
    const { cluster, log, other } = await openLosing('copied');
    class CopiedIds extends BatchIds {
      #id: string | null = '01ARYZ6S41TSV4RRFFQ69G5FAV';
      override next(): string {
        return this.#id ?? super.next();
      }
      override renew(): void {
        this.#id = null;
      }
    }
    const [one, two] = await Promise.all(
      [cluster, other.cluster].map((own) =>
        EtcdLog.open({ cluster: own, tenant: 'copied', ids: new CopiedIds() }),
      ),
    );
    await present(one).append(frameOf('one'), 1);
    await expect(codeOf(present(two).append(frameOf('two'), 1))).resolves.toBe('LOG_BATCH_TAKEN');
    expect((await readAll(log, 0)).map(numberOf)).toEqual(['one']);
    await present(two).append(frameOf('two'), 1);
    expect((await readAll(log, 0)).map(numberOf)).toEqual(['one', 'two']);
  });
});

describe('the store of a log in etcd', () => {
  it('is told damaged, with the offset, where someone has written or deleted what is in it', async () => {
    const cluster = clusterOf(await servers({ members: 1 }));
    const log = await EtcdLog.open({ cluster, tenant: 'damaged' });
    await log.append(frameOf(0), 1);
    const second = await log.append(frameOf(1), 1);
    const keys = new LogKeys('ringwatch/log/', 'damaged');
    const { kv } = cluster.member.client;
    const { kvs } = await kv.range({ ...keys.batchesFrom(), sort_target: 'Create', sort_order: 'Ascend' });
    const { key, value } = present(kvs[1]);
    const damaged = Buffer.from(value);
    damaged[damaged.length - 1] = 1 + (damaged.at(-1) as number);
    await kv.put({ key, value: damaged });
    const error = await readAll(log, 0).catch((thrown: RingwatchError) => thrown);
    expect(error).toMatchObject({ code: 'LOG_CORRUPT', details: { offset: second } });
    await kv.put({ key, value });
    expect(await readAll(log, 0)).toHaveLength(2);
    await kv.deleteRange({ key });
    await expect(codeOf(readAll(log, 0))).resolves.toBe('LOG_CORRUPT');
  });

  it('refuses a frame that is larger than etcd takes', async () => {
    const log = await EtcdLog.open({ cluster: clusterOf(await servers({ members: 1 })), tenant: 'large' });
    const limit = LIMITS.etcdFrameBytesMax;
    await expect(codeOf(log.append(new Uint8Array(limit + 1), 1))).resolves.toBe('FRAME_TOO_LARGE');
    // What is as large is only no frame.
    await log.append(new Uint8Array(limit), 1);
    expect(log.end).toBeGreaterThan(0);
  });

  it('keeps what was acknowledged when it is full, and goes on once it has room', async () => {
    const etcd = await servers({ members: 1, quotaBytes: 16 * 1024 ** 2 });
    const cluster = clusterOf(etcd);
    const log = await EtcdLog.open({ cluster, tenant: 'full' });
    const large = frameOf('x'.repeat(200_000));
    const acknowledged: number[] = [];
    let code = '';
    while (code === '') {
      await log.append(large, 1).then(
        (offset) => acknowledged.push(offset),
        (error: RingwatchError) => {
          code = error.code;
        },
      );
    }
    expect(code).toBe('LOG_FULL');
    expect((await readAll(log, 0)).map(({ offset }) => offset)).toEqual(acknowledged);
    const member = present(etcd.members[0]);
    await member.kill('SIGTERM');
    member.restart([`--quota-backend-bytes=${64 * 1024 ** 2}`]);
    await member.ready();
    expect(await maintainEtcd(cluster, 0)).toMatchObject({ tookAlarmBack: true });
    acknowledged.push(await log.append(large, 1));
    const last = present(acknowledged.at(-1));
    await log.trim(last);
    const { members } = await maintainEtcd(cluster, 0);
    const done = present(members[0]);
    if (done.kind !== 'defragmented') throw new Error(done.reason);
    expect(done.bytesAfter).toBeLessThan(done.bytesBefore / 4);
    expect((await readAll(log, log.start)).map(({ offset }) => offset)).toEqual([last]);
  });

  it('is maintained while it is written and followed', async () => {
    const etcd = await servers();
    const cluster = clusterOf(etcd);
    const log = await EtcdLog.open({ cluster, tenant: 'kept' });
    const follower = new Follower(log);
    const writer = new LogWriter(log, 0);
    await writer.more(50);
    const { members, compactedTo } = await maintainEtcd(clusterOf(etcd), 0);
    expect(members.map(({ kind }) => kind)).toEqual(['defragmented', 'defragmented', 'defragmented']);
    expect(compactedTo).toBeGreaterThan(0);
    await writer.more(50);
    await writer.stop();
    await follower.reached(await log.head());
    const numbers = await follower.end();
    for (const number of writer.acknowledged.keys()) expect(numbers).toContain(number);
    expect(new Set(numbers).size).toBe(numbers.length);
    // What was compacted is read by ranges.
    const late = new Follower(log);
    await late.reached(log.end);
    expect(await late.end()).toEqual(numbers);
  });
});
