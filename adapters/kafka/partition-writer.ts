import { RingwatchError } from '../../core/errors.ts';
import { encodeBatch } from '../../core/frame-batch.ts';
import { FrameQueue } from '../../core/frame-queue.ts';
import { LIMITS } from '../../core/limits.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { FRAMES_PER_BATCH } from './log-offsets.ts';
import { type KafkaPlace, PartitionLane } from './partition-lane.ts';
import { originOf, type PartitionReader, TOPIC_ID_HEADER } from './partition-reader.ts';

/** Who writes, as brokers know it: what has the same three numbers is the same batch to them. */
interface Producer {
  readonly id: string;
  readonly epoch: number;
  readonly sequence: number;
}

/** What the writer of a log is given. */
export interface PartitionWriterOptions {
  readonly cluster: KafkaCluster;
  readonly place: KafkaPlace;
  /** Whose frames they are. */
  readonly tenant: string;
  /** What is said of the log in errors. */
  readonly path: string;
  readonly reader: PartitionReader;
  /** The number after the last batch that is known to be stored. */
  readonly known: () => number;
  /** Told the number of each batch that is stored; resolves with the offset of its first frame. */
  readonly onStored: (number: number) => Promise<number>;
}

const MAX_EPOCH = 0x7fff;
const MAX_SEQUENCE = 0x7fff_ffff;

/**
 * Writes what one process appends to one tenant's log, a batch at a time, each of which is one record of Kafka.
 *
 * Its batches are numbered, after Kafka's idempotent producer (KIP-98): a broker takes a number once, and answers the same place
 * to every further try. kafkajs's own producer uses a number again after a batch of which it never learned, and takes
 * the answer to the old batch for one to the new: here a batch that is given up ends its numbers' epoch (KIP-360), so that
 * brokers refuse it once the next one is stored.
 */
export class PartitionWriter {
  readonly #options: PartitionWriterOptions;
  readonly #lane: PartitionLane;
  readonly #queue: FrameQueue;
  #producer: Producer | null = null;

  constructor(options: PartitionWriterOptions) {
    this.#options = options;
    this.#lane = new PartitionLane(options.cluster, options.place);
    this.#queue = new FrameQueue({
      path: options.path,
      frameBytesMax: LIMITS.kafkaFrameBytesMax,
      batchBytesMax: LIMITS.kafkaBatchBytes,
      framesMax: FRAMES_PER_BATCH,
      store: (frames) => this.#storeFrames(frames),
      endsWaiting: ['LOG_UNAVAILABLE', 'LOG_OUTCOME_UNKNOWN', 'LOG_CORRUPT'],
    });
  }

  /** Stores a frame, and resolves with its offset. Throws LOG_UNAVAILABLE, LOG_OUTCOME_UNKNOWN, LOG_CORRUPT, FRAME_TOO_LARGE. */
  append(frame: Uint8Array): Promise<number> {
    return this.#queue.append(frame);
  }

  /** Waits until nothing is under way, and ends the connection. */
  async close(): Promise<void> {
    await this.#queue.idle();
    this.#lane.close();
  }

  async #storeFrames(frames: readonly Uint8Array[]): Promise<readonly number[]> {
    const number = await this.#store(encodeBatch(frames));
    const begin = await this.#beginOf(number);
    return frames.map((_, n) => (n === 0 ? begin : number * FRAMES_PER_BATCH + n));
  }

  /** Where a batch that is stored begins. Throws LOG_OUTCOME_UNKNOWN where that is not found out. */
  async #beginOf(number: number): Promise<number> {
    try {
      return await this.#options.onStored(number);
    } catch (error) {
      if (!(error instanceof KafkaFailure)) throw error;
      const details = { path: this.#options.path, batch: number, reason: error.message };
      throw new RingwatchError('LOG_OUTCOME_UNKNOWN', details, { cause: error });
    }
  }

  /** Stores a batch, and returns its number in the partition. */
  async #store(value: Buffer): Promise<number> {
    const { cluster, path, known } = this.#options;
    const end = known();
    let origin = 'none';
    try {
      const number = await cluster.retry(async ({ ms, mayBeDone }) => {
        this.#producer ??= await this.#newProducer(ms);
        const { id, epoch, sequence } = this.#producer;
        origin = originOf(id, epoch, sequence);
        try {
          const stored = await this.#produce(this.#producer, value, ms);
          if (mayBeDone || stored < end) await this.#expectAt(stored, origin, end, ms);
          return stored;
        } catch (error) {
          if (!(error instanceof KafkaFailure) || error.kind !== 'sequence') throw error;
          return await this.#afterSequence(error, origin, end, mayBeDone, ms);
        }
      });
      const { sequence, ...producer } = this.#producer as Producer;
      this.#producer = { ...producer, sequence: sequence === MAX_SEQUENCE ? 0 : sequence + 1 };
      return number;
    } catch (error) {
      this.#renewProducer();
      if (!(error instanceof KafkaFailure)) throw error;
      if (!error.mayBeDone || error.isLoss) throw error.toError(path, end * FRAMES_PER_BATCH);
      const details = { path, batch: origin, reason: error.message };
      throw new RingwatchError('LOG_OUTCOME_UNKNOWN', details, { cause: error });
    }
  }

  async #produce({ id, epoch, sequence }: Producer, value: Buffer, ms: number): Promise<number> {
    const { place, tenant } = this.#options;
    const message = { key: Buffer.from(tenant), value, headers: { [TOPIC_ID_HEADER]: place.topicId } };
    const { topics } = await this.#lane.call(
      (broker) =>
        broker.produce({
          acks: -1,
          timeout: Math.ceil(ms),
          producerId: id,
          producerEpoch: epoch,
          topicData: [
            {
              topic: place.topic,
              partitions: [{ partition: place.partition, firstSequence: sequence, messages: [message] }],
            },
          ],
        }),
      ms,
      true,
    );
    return Number(topics[0]?.partitions[0]?.baseOffset);
  }

  /**
   * Makes sure that the batch is at the place that a broker has told: after a try without an answer, and where the place lies before
   * what was stored already. Throws KafkaFailure.
   */
  async #expectAt(number: number, origin: string, end: number, ms: number): Promise<void> {
    if (number < end)
      throw new KafkaFailure('replaced', `batch ${number} was stored where ${end} were there already`, false);
    const { reader } = this.#options;
    const [record] = await reader.fetch(number, 0, ms).catch(async (error: unknown) => {
      // It was there, and was trimmed since.
      const isTrimmed =
        error instanceof KafkaFailure && error.kind === 'range' && (await reader.low(ms)) > number;
      if (isTrimmed) return [{ number, origin }];
      throw error;
    });
    if (record?.number === number && record.origin === origin) return;
    throw new KafkaFailure('unavailable', `batch ${origin} is not yet seen at ${number}`, true);
  }

  /**
   * A broker does not take the batch as the one after the last. Where no earlier try may have stored it, it is not stored, and goes
   * under new numbers. Otherwise what was stored since is looked through.
   */
  async #afterSequence(
    failure: KafkaFailure,
    origin: string,
    end: number,
    mayBeDone: boolean,
    ms: number,
  ): Promise<number> {
    if (mayBeDone || /DUPLICATE/.test(failure.message)) {
      const { reader } = this.#options;
      const high = await reader.high(ms);
      for (let position = end; position < high; ) {
        const records = await reader.fetch(position, 0, ms);
        const found = records.find((record) => record.origin === origin);
        if (found !== undefined) return found.number;
        position = (records.at(-1)?.number ?? position) + 1;
      }
      throw new KafkaFailure('refused', failure.message, true, { cause: failure });
    }
    this.#producer = null;
    throw new KafkaFailure('unavailable', failure.message, false, { cause: failure });
  }

  async #newProducer(ms: number): Promise<Producer> {
    const { producerId, producerEpoch } = await this.#options.cluster.ask(
      (broker) => broker.initProducerId({ transactionTimeout: 0 }),
      ms,
    );
    return { id: producerId, epoch: producerEpoch, sequence: 0 };
  }

  /** What was given up must not come after what follows: brokers refuse older epochs. */
  #renewProducer(): void {
    if (this.#producer === null) return;
    const { id, epoch } = this.#producer;
    this.#producer = epoch === MAX_EPOCH ? null : { id, epoch: epoch + 1, sequence: 0 };
  }
}
