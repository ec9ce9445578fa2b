import type { FetchedRecord } from 'kafkajs/src/broker/index.js';
import { LIMITS } from '../../core/limits.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { type KafkaPlace, PartitionLane } from './partition-lane.ts';

/** A record of a partition. */
export interface StoredRecord {
  /** Its offset in the partition. */
  readonly number: number;
  /** Whose it is. */
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Of the topic that it was written for. */
  readonly topicId: Buffer | null;
  /** Who wrote it and as which of its batches; null where the writer is not idempotent. */
  readonly origin: string;
}

/** The header of a record that has the topic's id. */
export const TOPIC_ID_HEADER = 'log';

const LATEST = -1;
const EARLIEST = -2;
/** As a consumer reads: what all in-sync replicas have. */
const AS_CONSUMER = { replicaId: -1, isolationLevel: 0 };

/** How a producer's batch is named by those who read it. */
export function originOf(producerId: string, producerEpoch: number, sequence: number): string {
  return `${producerId}:${producerEpoch}:${sequence}`;
}

/** Reads one partition, by a connection of its own: a broker that waits for something new answers nothing else by it. */
export class PartitionReader {
  readonly #place: KafkaPlace;
  readonly #lane: PartitionLane;

  constructor(cluster: KafkaCluster, place: KafkaPlace) {
    this.#place = place;
    this.#lane = new PartitionLane(cluster, place);
  }

  /**
   * Records from the number `position` on, in order, as many as an answer has; where there are none, waits for `waitMs` and gives
   * none. One try, within `ms` beside. Throws KafkaFailure: `range` where the partition does not hold that place.
   */
  async fetch(position: number, waitMs: number, ms: number): Promise<StoredRecord[]> {
    const { topic, partition } = this.#place;
    const maxBytes = LIMITS.kafkaFetchBytes;
    const partitions = [{ partition, fetchOffset: `${position}`, maxBytes }];
    const { responses } = await this.#lane.call(
      (broker) =>
        broker.fetch({
          ...AS_CONSUMER,
          maxWaitTime: waitMs,
          minBytes: 1,
          maxBytes,
          topics: [{ topic, partitions }],
        }),
      waitMs + ms,
    );
    const messages = responses[0]?.partitions[0]?.messages ?? [];
    // An answer begins with the whole batch that holds the place.
    return messages.map(storedRecord).filter(({ number }) => number >= position);
  }

  /** The number after the last record: one try. Throws KafkaFailure. */
  async high(ms: number): Promise<number> {
    return this.#offset(LATEST, ms);
  }

  /** The number of the oldest record that is kept: one try. Throws KafkaFailure. */
  async low(ms: number): Promise<number> {
    return this.#offset(EARLIEST, ms);
  }

  async #offset(timestamp: number, ms: number): Promise<number> {
    const { topic, partition } = this.#place;
    const { responses } = await this.#lane.call(
      (broker) =>
        broker.listOffsets({ ...AS_CONSUMER, topics: [{ topic, partitions: [{ partition, timestamp }] }] }),
      ms,
    );
    return Number(responses[0]?.partitions[0]?.offset);
  }

  /** Forgets records before the number `before`: one try. Throws KafkaFailure. */
  async deleteBefore(before: number, ms: number): Promise<void> {
    const { topic, partition } = this.#place;
    const partitions = [{ partition, offset: `${before}` }];
    await this.#lane.call((broker) => broker.deleteRecords({ topics: [{ topic, partitions }] }), ms, true);
  }

  /** Breaks off what waits for an answer. */
  close(): void {
    this.#lane.close();
  }
}

function storedRecord({ offset, key, value, headers, batchContext }: FetchedRecord): StoredRecord {
  const { producerId, producerEpoch, firstSequence } = batchContext;
  const topicId = headers[TOPIC_ID_HEADER];
  return {
    number: Number(offset),
    key,
    value,
    topicId: Buffer.isBuffer(topicId) ? topicId : null,
    origin: originOf(producerId, producerEpoch, firstSequence),
  };
}
