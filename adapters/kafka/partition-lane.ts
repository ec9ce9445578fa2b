import { LIMITS } from '../../core/limits.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { KafkaLane, LaneAction } from './kafka-lane.ts';

/** One partition of one topic, as it was when the log in it was opened. */
export interface KafkaPlace {
  readonly topic: string;
  readonly partition: number;
  /** The topic's id: another one under its name is another topic. */
  readonly topicId: Buffer;
}

/** A connection to whoever leads a partition, for one kind of use: it follows the leader, and makes sure that the topic is the same. */
export class PartitionLane {
  readonly #cluster: KafkaCluster;
  readonly #place: KafkaPlace;
  #lane: KafkaLane | null = null;
  #opening: Promise<KafkaLane> | null = null;
  #closed = false;
  #checkedMs = performance.now();

  constructor(cluster: KafkaCluster, place: KafkaPlace) {
    this.#cluster = cluster;
    this.#place = place;
  }

  /** One try with the leader. After a failure the next try looks for the leader anew. Throws KafkaFailure. */
  async call<T>(action: LaneAction<T>, ms: number, isWrite = false): Promise<T> {
    let lane: KafkaLane | null = null;
    try {
      await this.#checkAtTimes(ms);
      lane = await this.#current(ms);
      return await lane.call(action, ms, isWrite);
    } catch (error) {
      if (lane === this.#lane) this.drop();
      throw error;
    }
  }

  /** A connection that goes on would not notice that its topic was deleted and made again. */
  async #checkAtTimes(ms: number): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#checkedMs < LIMITS.kafkaCheckMs) return;
    this.#checkedMs = nowMs;
    try {
      await this.check(ms);
    } catch (error) {
      if (!(error instanceof KafkaFailure) || error.isLoss) throw error;
      // Who leads is asked when the leader does not answer.
    }
  }

  #current(ms: number): Promise<KafkaLane> {
    if (this.#lane?.isOpen) return Promise.resolve(this.#lane);
    this.#opening ??= this.#open(ms).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(ms: number): Promise<KafkaLane> {
    this.drop();
    const address = await this.check(ms);
    const lane = await this.#cluster.connect(address, ms);
    if (this.#closed) {
      lane.close();
      throw new KafkaFailure('refused', 'the connection is closed', false);
    }
    this.#lane = lane;
    return lane;
  }

  /** Where the leader listens; one try. Throws KafkaFailure, also where the topic is not there, or another one. */
  async check(ms: number): Promise<string> {
    const { topic, partition, topicId } = this.#place;
    const state = await this.#cluster.describe(topic, ms);
    if (state === null) throw new KafkaFailure('missing', `no topic ${topic} is there`, false);
    if (!state.id.equals(topicId))
      throw new KafkaFailure('replaced', `the topic ${topic} was deleted and made again`, false);
    const leader = state.partitions[partition]?.leader ?? null;
    if (leader === null)
      throw new KafkaFailure('unavailable', `partition ${partition} of ${topic} has no leader`, false);
    return leader;
  }

  /** Ends the connection, which the next call makes again: what waits for an answer fails. */
  drop(): void {
    this.#lane?.close();
    this.#lane = null;
  }

  close(): void {
    this.#closed = true;
    this.drop();
  }
}
