import { RingwatchError } from '../../core/errors.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { FRAMES_PER_BATCH, offsetAfter } from './log-offsets.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { SharedPartition } from './shared-partition.ts';

/** Where in its partition the batches of one tenant's log lie, as far as is known here. */
export interface LogPlaces {
  /** The log's first and last offset: see TenantLog. */
  readonly start: number;
  readonly end: number;
  /** The number after the partition's last batch. */
  readonly high: number;
  /** Finds out what is there now: everything that was acknowledged to anyone before the call. Throws KafkaFailure, LOG_CORRUPT. */
  refresh(): Promise<void>;
  /** Notes that the batch of this number is stored, and gives the offset that its first frame begins at. Throws KafkaFailure, LOG_CORRUPT. */
  beginOf(number: number): Promise<number>;
  /** The number to read from for the frame that holds `offset`. Throws LOG_TRIMMED. */
  numberAt(offset: number): number;
  /** Whether a record of this number may lie there that is not the tenant's. */
  readonly isShared: boolean;
  /** Forgets batches wholly before `offset`. Throws KafkaFailure. */
  trim(offset: number): Promise<void>;
  close(): Promise<void>;
}

/** What is known of a partition that one tenant has for itself: its batches lie one after the other. */
export class OwnPlaces implements LogPlaces {
  readonly isShared = false;
  readonly #cluster: KafkaCluster;
  readonly #reader: PartitionReader;
  #low = 0;
  #high = 0;

  constructor(cluster: KafkaCluster, reader: PartitionReader) {
    this.#cluster = cluster;
    this.#reader = reader;
  }

  get start(): number {
    return offsetAfter(this.#low);
  }

  get end(): number {
    return offsetAfter(this.#high);
  }

  get high(): number {
    return this.#high;
  }

  async refresh(): Promise<void> {
    const known = this.#high;
    const [low, high] = await this.#cluster.retry(async ({ ms }) => {
      const found = [await this.#reader.low(ms), await this.#reader.high(ms)] as const;
      // One that was the leader and does not know that it is not may say so for a while.
      if (found[1] < known)
        throw new KafkaFailure('behind', `it ends at ${found[1]} where ${known} were stored`, false);
      return found;
    });
    this.#low = Math.max(this.#low, low);
    this.#high = Math.max(this.#high, high);
  }

  async beginOf(number: number): Promise<number> {
    this.#high = Math.max(this.#high, number + 1);
    return offsetAfter(number);
  }

  numberAt(offset: number): number {
    if (offset < this.start) throw new RingwatchError('LOG_TRIMMED', { start: this.start, offset });
    return Math.floor(offset / FRAMES_PER_BATCH);
  }

  async trim(offset: number): Promise<void> {
    const before = Math.min(Math.floor(offset / FRAMES_PER_BATCH), this.#high);
    if (before <= this.#low) return;
    await this.#cluster.retry(({ ms }) => this.#reader.deleteBefore(before, ms));
    this.#low = Math.max(this.#low, before);
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}

/** What is known of a log that shares its partition with those of other tenants. */
export class SharedPlaces implements LogPlaces {
  readonly isShared = true;
  readonly #partition: SharedPartition;
  readonly #tenant: string;
  #isClosed = false;

  constructor(partition: SharedPartition, tenant: string) {
    this.#partition = partition;
    this.#tenant = tenant;
  }

  get start(): number {
    return this.#partition.startOf(this.#tenant);
  }

  get end(): number {
    return this.#partition.endOf(this.#tenant);
  }

  get high(): number {
    return this.#partition.seen;
  }

  refresh(): Promise<void> {
    return this.#partition.refresh();
  }

  async beginOf(number: number): Promise<number> {
    await this.#partition.see(number + 1);
    return this.#partition.beginOf(this.#tenant, number);
  }

  numberAt(offset: number): number {
    const { start } = this;
    if (offset < start) throw new RingwatchError('LOG_TRIMMED', { start, offset });
    // What lay between may be gone, where none of it was the tenant's.
    return Math.max(Math.floor(offset / FRAMES_PER_BATCH), this.#partition.low);
  }

  trim(offset: number): Promise<void> {
    return this.#partition.trim(this.#tenant, offset);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#partition.close();
  }
}
