import type { KafkaCluster } from './kafka-cluster.ts';
import { type KafkaPlace, PartitionLane } from './partition-lane.ts';
import { PartitionReader } from './partition-reader.ts';

/**
 * Where the logs that share partitions begin: trimming one of them leaves its records where they are until all that lie beside them may go.
 * Kept in a compacted topic of its own, whose key is `PARTITION/TENANT` and whose value the offset.
 */
export class TenantStarts {
  readonly #cluster: KafkaCluster;
  readonly #place: KafkaPlace;
  readonly #reader: PartitionReader;
  readonly #lane: PartitionLane;
  readonly #starts = new Map<string, number>();
  #next = 0;

  constructor(cluster: KafkaCluster, place: KafkaPlace) {
    this.#cluster = cluster;
    this.#place = place;
    this.#reader = new PartitionReader(cluster, place);
    this.#lane = new PartitionLane(cluster, place);
  }

  /** The offset that a log begins at, as far as was read. */
  of(partition: number, tenant: string): number {
    return this.#starts.get(`${partition}/${tenant}`) ?? 0;
  }

  /** Reads what was written since. Throws KafkaFailure. */
  async refresh(): Promise<void> {
    const high = await this.#cluster.retry(({ ms }) => this.#reader.high(ms));
    while (this.#next < high) {
      const records = await this.#cluster.retry(async ({ ms }) => {
        this.#next = Math.max(this.#next, await this.#reader.low(ms));
        return await this.#reader.fetch(this.#next, 0, ms);
      });
      for (const { number, key, value } of records) {
        this.#next = number + 1;
        this.#take(`${key}`, Number(`${value}`));
      }
      // Compaction may have left nothing of the last ones.
      if (records.length === 0) this.#next = high;
    }
  }

  #take(name: string, start: number): void {
    this.#starts.set(name, Math.max(this.#starts.get(name) ?? 0, start));
  }

  /** Keeps where a log begins; done twice it is the same. Throws KafkaFailure. */
  async write(partition: number, tenant: string, start: number): Promise<void> {
    const name = `${partition}/${tenant}`;
    const message = { key: Buffer.from(name), value: Buffer.from(`${start}`), headers: {} };
    const topicData = [
      { topic: this.#place.topic, partitions: [{ partition: 0, firstSequence: -1, messages: [message] }] },
    ];
    await this.#cluster.retry(({ ms }) =>
      this.#lane.call(
        (broker) =>
          broker.produce({
            acks: -1,
            timeout: Math.ceil(ms),
            producerId: '-1',
            producerEpoch: -1,
            topicData,
          }),
        ms,
        true,
      ),
    );
    this.#take(name, start);
  }

  close(): void {
    this.#reader.close();
    this.#lane.close();
  }
}
