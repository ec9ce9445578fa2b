import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { BatchDamage, decodeBatch } from '../../core/frame-batch.ts';
import { FreshAnswers } from '../../core/fresh-answers.ts';
import { LIMITS } from '../../core/limits.ts';
import type { LogFrame, SharedLog } from '../../core/ports/tenant-log.ts';
import { ensureTopic } from './ensure-topic.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { FRAMES_PER_BATCH } from './log-offsets.ts';
import { type LogPlaces, OwnPlaces, SharedPlaces } from './log-places.ts';
import type { KafkaPlace } from './partition-lane.ts';
import { PartitionReader, type StoredRecord } from './partition-reader.ts';
import { PartitionWriter } from './partition-writer.ts';
import { SharedPartition } from './shared-partition.ts';

/** What a log in Kafka is given. */
export interface KafkaLogOptions {
  readonly cluster: KafkaCluster;
  /** Names the log in its cluster, by letters, digits, '-', '_' and '.'. */
  readonly tenant: string;
  /** Before the tenant in the name of its topic: 'ringwatch.log.' without it. */
  readonly prefix?: string;
  /** Replicas of a batch: 3 without it. All but one have it before it is acknowledged. */
  readonly replicas?: number;
  /** For small tenants: a partition that others write to as well, of a topic of so many. A topic of its own without it. */
  readonly shared?: { readonly topic: string; readonly partitions: number; readonly partition: number };
  /** Told why a follower had to try again: a broker that is lost, or leads no more. */
  readonly onReload?: (reason: string) => void;
}

const TENANT = /^[A-Za-z0-9._-]{1,180}$/;

/**
 * A tenant's log in Kafka. Any number of processes append to it and follow it at once. A batch of frames is one record of one
 * partition, whose order is the log's; it is acknowledged when all replicas in sync have it, of which there have to be all but one
 * at least. An offset is record × 256 + frame in the record.
 */
export class KafkaLog implements SharedLog {
  readonly consistency = 'EVENTUAL';
  readonly #cluster: KafkaCluster;
  readonly #tenant: Buffer;
  readonly #path: string;
  readonly #place: KafkaPlace;
  readonly #places: LogPlaces;
  readonly #writer: PartitionWriter;
  readonly #verifier: PartitionReader;
  readonly #onReload: (reason: string) => void;
  readonly #closing = new AbortController();
  readonly #heads = new FreshAnswers(() => this.#readHead());

  private constructor(options: KafkaLogOptions, path: string, place: KafkaPlace, places: LogPlaces) {
    const { cluster, tenant } = options;
    this.#cluster = cluster;
    this.#tenant = Buffer.from(tenant);
    this.#path = path;
    this.#place = place;
    this.#places = places;
    this.#onReload = options.onReload ?? (() => undefined);
    this.#verifier = new PartitionReader(cluster, place);
    this.#writer = new PartitionWriter({
      cluster,
      place,
      tenant,
      path,
      reader: this.#verifier,
      known: () => places.high,
      onStored: (number) => places.beginOf(number),
    });
  }

  /** Opens the log of a tenant, whose topic is made if there is none. Throws LOG_UNAVAILABLE, LOG_UNSUITED. */
  static async open(options: KafkaLogOptions): Promise<KafkaLog> {
    const { cluster, tenant, prefix = 'ringwatch.log.', shared, replicas = 3 } = options;
    assert(TENANT.test(tenant), 'a tenant names a topic');
    const { topic, partitions, partition } = shared ?? {
      topic: `${prefix}${tenant}`,
      partitions: 1,
      partition: 0,
    };
    assert(partition < partitions, 'the partition is one of the topic');
    const path = shared === undefined ? `kafka:${topic}` : `kafka:${topic}/${partition}/${tenant}`;
    const wishes = { partitions, replicas, inSyncMin: Math.max(1, replicas - 1), cleanup: 'delete' } as const;
    let places: LogPlaces | null = null;
    try {
      const place = { topic, partition, topicId: (await ensureTopic(cluster, topic, wishes)).id };
      places =
        shared === undefined
          ? new OwnPlaces(cluster, new PartitionReader(cluster, place))
          : await sharedPlaces(cluster, tenant, place, replicas);
      await places.refresh();
      return new KafkaLog(options, path, place, places);
    } catch (error) {
      await places?.close();
      throw errorOf(error, path, 0);
    }
  }

  get start(): number {
    return this.#places.start;
  }

  get end(): number {
    return this.#places.end;
  }

  async append(frame: Uint8Array, records: number): Promise<number> {
    assert(records > 0, 'a frame has at least one record');
    if (this.#closing.signal.aborted) throw new RingwatchError('LOG_CLOSED', { path: this.#path });
    return this.#writer.append(frame);
  }

  /** One look for all who ask meanwhile. */
  head(): Promise<number> {
    return this.#heads.get();
  }

  async #readHead(): Promise<number> {
    try {
      await this.#places.refresh();
      return this.#places.end;
    } catch (error) {
      throw errorOf(error, this.#path, this.#places.end);
    }
  }

  async *read(offset: number): AsyncIterable<LogFrame> {
    const reader = new PartitionReader(this.#cluster, this.#place);
    let next = offset;
    try {
      await this.#places.refresh();
      const { high } = this.#places;
      for (let number = this.#places.numberAt(offset); number < high; ) {
        const from = number;
        const records = await this.#cluster
          .retry(({ ms }) => reader.fetch(from, 0, ms))
          .catch(async (error: unknown) => {
            number = await this.#placeAfter(error, from, next);
            return [];
          });
        for (const record of records) {
          if (record.number >= high) return;
          for (const frame of await this.#framesOf(record, number, next)) {
            yield frame;
            next = frame.next;
          }
          number = record.number + 1;
        }
      }
    } catch (error) {
      throw errorOf(error, this.#path, next);
    } finally {
      reader.close();
    }
  }

  async *follow(offset: number, signal: AbortSignal): AsyncIterable<LogFrame> {
    const until = AbortSignal.any([signal, this.#closing.signal]);
    const reader = new PartitionReader(this.#cluster, this.#place);
    const breakOff = (): void => reader.close();
    until.addEventListener('abort', breakOff);
    let next = offset;
    let number = -1;
    let lossSinceMs: number | null = null;
    try {
      while (!until.aborted) {
        try {
          if (number < 0) {
            await this.#places.refresh();
            number = this.#places.numberAt(offset);
          }
          const records = await reader.fetch(number, LIMITS.kafkaPollMs, LIMITS.kafkaAttemptMs);
          lossSinceMs = null;
          for (const record of records) {
            for (const frame of await this.#framesOf(record, number, next)) {
              if (until.aborted) return;
              yield frame;
              next = frame.next;
            }
            number = record.number + 1;
          }
        } catch (error) {
          if (until.aborted) return;
          const known = await this.#placeAfter(error, number, next).catch((found: unknown) => found);
          if (typeof known === 'number') {
            number = known;
            continue;
          }
          if (!(known instanceof KafkaFailure) || known.kind === 'refused' || known.kind === 'replaced')
            throw errorOf(known, this.#path, next);
          // A broker that comes late may say so: only what all of them say for long is so.
          lossSinceMs = known.isLoss ? (lossSinceMs ?? performance.now()) : null;
          if (lossSinceMs !== null && performance.now() - lossSinceMs > this.#cluster.callMs)
            throw errorOf(known, this.#path, next);
          this.#onReload(known.message);
          await sleep(LIMITS.kafkaPauseMs, undefined, { signal: until }).catch(() => undefined);
        }
      }
    } finally {
      until.removeEventListener('abort', breakOff);
      reader.close();
    }
  }

  /**
   * Where reading goes on after a failure at record `number`: where that was trimmed together with what lies beside it, and the frame at
   * `offset` lies after it. Throws the failure otherwise, or LOG_TRIMMED.
   */
  async #placeAfter(error: unknown, number: number, offset: number): Promise<number> {
    if (!(error instanceof KafkaFailure) || error.kind !== 'range') throw error;
    await this.#places.refresh();
    const found = this.#places.numberAt(offset);
    if (found <= number) throw error;
    return found;
  }

  /** The frames of the record from the one on that holds `offset`; `number` is the record expected. Throws LOG_CORRUPT. */
  async #framesOf(record: StoredRecord, number: number, offset: number): Promise<readonly LogFrame[]> {
    const { value } = record;
    if (record.number !== number)
      throw this.#corrupt(offset, `record ${record.number} came where ${number} is next`);
    if (value === null || record.topicId === null || !record.topicId.equals(this.#place.topicId))
      throw this.#corrupt(offset, `record ${number} was not written for this log`);
    const isOwn = record.key?.equals(this.#tenant) === true;
    if (!isOwn && this.#places.isShared) return [];
    if (!isOwn) throw this.#corrupt(offset, `record ${number} is of another tenant`);
    const begin = await this.#places.beginOf(number);
    const base = number * FRAMES_PER_BATCH;
    try {
      const frames = decodeBatch(value);
      const numbered = frames.map(({ records, bytes }, n) => ({
        offset: n === 0 ? begin : base + n,
        next: n + 1 === frames.length ? base + FRAMES_PER_BATCH : base + n + 1,
        records,
        bytes,
      }));
      return numbered.filter(({ next }) => next > offset);
    } catch (error) {
      if (error instanceof BatchDamage) throw this.#corrupt(begin, error.message);
      throw error;
    }
  }

  #corrupt(offset: number, reason: string): RingwatchError {
    return new RingwatchError('LOG_CORRUPT', { path: this.#path, offset, reason });
  }

  async trim(offset: number): Promise<void> {
    try {
      await this.#places.trim(offset);
    } catch (error) {
      throw errorOf(error, this.#path, offset);
    }
  }

  /** Waits for appends under way and ends what follows. The cluster, which other logs share, stays open. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writer.close();
    this.#verifier.close();
    await this.#places.close();
  }
}

async function sharedPlaces(
  cluster: KafkaCluster,
  tenant: string,
  place: KafkaPlace,
  replicas: number,
): Promise<LogPlaces> {
  const topic = `${place.topic}.starts`;
  const inSyncMin = Math.max(1, replicas - 1);
  const { id } = await ensureTopic(cluster, topic, {
    partitions: 1,
    replicas,
    inSyncMin,
    cleanup: 'compact',
  });
  const starts = { topic, partition: 0, topicId: id };
  return new SharedPlaces(SharedPartition.use(cluster, place, starts), tenant);
}

function errorOf(error: unknown, path: string, offset: number): unknown {
  return error instanceof KafkaFailure ? error.toError(path, offset) : error;
}
