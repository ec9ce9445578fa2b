import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { FRAMES_PER_BATCH, offsetAfter } from './log-offsets.ts';
import type { KafkaPlace } from './partition-lane.ts';
import { PartitionReader } from './partition-reader.ts';
import { TenantStarts } from './tenant-starts.ts';

interface Waiter {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** By the cluster, and by topic and partition: each is read once for all its tenants of this process. */
const OPEN = new WeakMap<KafkaCluster, Map<string, SharedPartition>>();

/**
 * A partition that several tenants share, as one process follows it: whose each record is. A tenant's frames follow one another
 * in its offsets though records of others lie between, as the first frame of a batch begins where the tenant's batch before ends.
 * So this is what turns numbers of records into offsets, for those who append, too: a batch has its offset when it was seen.
 */
export class SharedPartition {
  readonly #cluster: KafkaCluster;
  readonly #place: KafkaPlace;
  readonly #starts: TenantStarts;
  /** One waits for what comes, the other asks. */
  readonly #follower: PartitionReader;
  readonly #reader: PartitionReader;
  readonly #closing = new AbortController();
  /** The numbers of each tenant's records that are there, ascending. */
  readonly #numbers = new Map<string, number[]>();
  #low = 0;
  #seen = 0;
  #users = 0;
  #waiters: Waiter[] = [];
  #failure: unknown = null;
  #following: Promise<void> = Promise.resolve();

  private constructor(cluster: KafkaCluster, place: KafkaPlace, starts: KafkaPlace) {
    this.#cluster = cluster;
    this.#place = place;
    this.#starts = new TenantStarts(cluster, starts);
    this.#follower = new PartitionReader(cluster, place);
    this.#reader = new PartitionReader(cluster, place);
  }

  /** The partition for one more user, who closes it; read from its beginning on by the first. `starts` is where TenantStarts lie. */
  static use(cluster: KafkaCluster, place: KafkaPlace, starts: KafkaPlace): SharedPartition {
    const open = OPEN.get(cluster) ?? new Map<string, SharedPartition>();
    OPEN.set(cluster, open);
    const name = `${place.topic}/${place.partition}/${place.topicId.toString('hex')}`;
    let partition = open.get(name);
    if (partition === undefined || partition.#failure !== null) {
      partition = new SharedPartition(cluster, place, starts);
      partition.#following = partition.#follow();
      open.set(name, partition);
    }
    partition.#users++;
    return partition;
  }

  /** The number after the last record that was seen. */
  get seen(): number {
    return this.#seen;
  }

  /** The number of the oldest record, as far as is known. */
  get low(): number {
    return this.#low;
  }

  startOf(tenant: string): number {
    return this.#starts.of(this.#place.partition, tenant);
  }

  endOf(tenant: string): number {
    const last = this.#numbers.get(tenant)?.at(-1);
    return Math.max(this.startOf(tenant), last === undefined ? 0 : offsetAfter(last + 1));
  }

  /** The offset that the first frame of the tenant's record begins at, which has to be seen. */
  beginOf(tenant: string, number: number): number {
    const numbers = this.#numbers.get(tenant) ?? [];
    const before = numbers[firstFrom(numbers, number) - 1];
    return Math.max(before === undefined ? 0 : offsetAfter(before + 1), this.startOf(tenant));
  }

  /** Sees everything that is there now. Throws KafkaFailure. */
  async refresh(): Promise<void> {
    const known = this.#seen;
    const [low, high] = await this.#cluster.retry(async ({ ms }) => {
      const found = [await this.#reader.low(ms), await this.#reader.high(ms)] as const;
      // One that was the leader and does not know that it is not may say so for a while.
      if (found[1] < known)
        throw new KafkaFailure('behind', `it ends at ${found[1]} where ${known} were stored`, false);
      return found;
    });
    if (low > this.#low) {
      await this.#starts.refresh();
      this.#forgetBefore(low);
    }
    await this.see(high);
  }

  /** Resolves once the records before the number `number` were seen. Throws KafkaFailure, also where that takes too long. */
  see(number: number): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#seen >= number) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        const reason = `record ${number - 1} of ${this.#place.topic} is stored and was not seen in time`;
        reject(new KafkaFailure('unavailable', reason, true));
      }, this.#cluster.callMs);
      const waiter = {
        number,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** Has the tenant's log begin with the record that holds `offset`, and forgets records that no tenant needs. Throws KafkaFailure. */
  async trim(tenant: string, offset: number): Promise<void> {
    const numbers = this.#numbers.get(tenant) ?? [];
    const first = numbers[firstFrom(numbers, Math.floor(offset / FRAMES_PER_BATCH))];
    const start = first === undefined ? this.endOf(tenant) : this.beginOf(tenant, first);
    if (start <= this.startOf(tenant)) return;
    await this.#starts.write(this.#place.partition, tenant, start);
    await this.#starts.refresh();
    let before = this.#seen;
    for (const [other, own] of this.#numbers) {
      const needed = own[firstFrom(own, Math.floor(this.startOf(other) / FRAMES_PER_BATCH))];
      before = Math.min(before, needed ?? before);
    }
    if (before <= this.#low) return;
    await this.#cluster.retry(({ ms }) => this.#reader.deleteBefore(before, ms));
    this.#forgetBefore(before);
  }

  #forgetBefore(low: number): void {
    this.#low = Math.max(this.#low, low);
    for (const numbers of this.#numbers.values()) numbers.splice(0, firstFrom(numbers, this.#low));
  }

  async #follow(): Promise<void> {
    let lossSinceMs: number | null = null;
    let isBegun = false;
    while (!this.#closing.signal.aborted) {
      try {
        if (!isBegun) {
          await this.#starts.refresh();
          this.#low = await this.#follower.low(LIMITS.kafkaAttemptMs);
          this.#seen = Math.max(this.#seen, this.#low);
          isBegun = true;
        }
        const records = await this.#follower.fetch(this.#seen, LIMITS.kafkaPollMs, LIMITS.kafkaAttemptMs);
        lossSinceMs = null;
        for (const { number, key } of records) this.#note(`${key}`, number);
        this.#wake();
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        const nowMs = performance.now();
        const isLoss = error instanceof KafkaFailure && error.isLoss && error.kind !== 'replaced';
        lossSinceMs = isLoss ? (lossSinceMs ?? nowMs) : null;
        const mayPass = error instanceof KafkaFailure && (error.mayPass || isLoss);
        if (!mayPass || (lossSinceMs !== null && nowMs - lossSinceMs > this.#cluster.callMs))
          return this.#fail(error);
        // Trimmed by another process further than was read here.
        isBegun = error.kind !== 'range';
        await sleep(LIMITS.kafkaPauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
    this.#fail(new KafkaFailure('refused', 'the log is closed', true));
  }

  #note(tenant: string, number: number): void {
    const numbers = this.#numbers.get(tenant) ?? [];
    this.#numbers.set(tenant, numbers);
    numbers.push(number);
    this.#seen = number + 1;
  }

  #wake(): void {
    const waiting = this.#waiters.filter(({ number }) => number > this.#seen);
    const seen = this.#waiters.filter(({ number }) => number <= this.#seen);
    this.#waiters = waiting;
    for (const { resolve } of seen) resolve();
  }

  #fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  /** For one of its users: ends with the last. */
  async close(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    const open = OPEN.get(this.#cluster);
    for (const [name, partition] of open ?? []) if (partition === this) open?.delete(name);
    this.#closing.abort();
    this.#follower.close();
    this.#reader.close();
    this.#starts.close();
    await this.#following;
  }
}

/** The index of the first number that is `from` at least; how many there are where none is. */
function firstFrom(numbers: readonly number[], from: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
