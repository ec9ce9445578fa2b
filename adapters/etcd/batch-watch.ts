import type { IEvent, IWatchResponse } from 'etcd3';
import type { StoredBatch } from './batch-index.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { decodeTrimmed, type LogKeys } from './log-keys.ts';

/** A watch does not go on: what comes has to be read by ranges again. */
export class WatchBroken extends Error {
  override readonly name = 'WatchBroken';
}

/** What a watch is given. */
export interface BatchWatchOptions {
  /** The revision to begin at. */
  readonly revision: number;
  /** The number of the first batch to hand out: all before it lie before `revision`. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** Told how many batches were trimmed. */
  readonly onTrimmed: (count: number) => void;
  /** Hands out what ends the watch with a reason: for the caller, who sees from elsewhere that it has stalled. */
  readonly onOpen: (breakOff: (reason: string) => void) => void;
}

/**
 * Batches as they are written, in order. Each event is checked against the counter: one that was handed out before is left
 * out, and where one was skipped the watch ends. Ends when the signal is aborted. Throws WatchBroken otherwise, whatever
 * broke it: a member that is lost or has no leader, a revision that was compacted, a gap.
 */
export async function* watchBatches(
  cluster: EtcdCluster,
  keys: LogKeys,
  options: BatchWatchOptions,
): AsyncIterable<StoredBatch> {
  const { endpoint, client } = cluster.member;
  const { signal } = options;
  let broken: string | null = null;
  try {
    const stream = await client.watchClient.watch();
    // Ended first: etcd3 takes the cancelling of an open stream for a fault of the member, and closes all its connections.
    const end = (): void => {
      stream.end();
      stream.cancel();
    };
    const breakOff = (reason: string): void => {
      broken ??= reason;
      end();
    };
    const abort = (): void => breakOff('aborted');
    signal.addEventListener('abort', abort);
    options.onOpen(breakOff);
    try {
      if (signal.aborted) return;
      // Answers larger than a request may be come in pieces, each of whole events.
      stream.write({
        create_request: { ...keys.all, start_revision: options.revision, fragment: true },
      } as Parameters<typeof stream.write>[0]);
      const order = new BatchOrder(keys, options.number, options.onTrimmed);
      for await (const answer of stream as unknown as AsyncIterable<IWatchResponse>) {
        if (answer.canceled) {
          const compacted = Number(answer.compact_revision);
          throw new WatchBroken(
            compacted > 0 ? `it was compacted up to revision ${compacted}` : answer.cancel_reason,
          );
        }
        for (const event of answer.events) {
          const batch = order.take(event);
          if (batch !== null) yield batch;
        }
      }
    } finally {
      signal.removeEventListener('abort', abort);
      end();
    }
  } catch (error) {
    if (signal.aborted) return;
    if (broken === null && error instanceof WatchBroken) throw error;
    cluster.leave(endpoint);
    throw new WatchBroken(broken ?? `etcd at ${endpoint}: ${(error as Error).message}`, { cause: error });
  }
  if (signal.aborted) return;
  cluster.leave(endpoint);
  throw new WatchBroken(`etcd at ${endpoint} has ended the watch`);
}

/** Puts the events of a log's keys together to batches with their numbers. */
export class BatchOrder {
  readonly #keys: LogKeys;
  readonly #onTrimmed: (count: number) => void;
  #next: number;
  /** The batch of the newest transaction, whose head has not come. */
  #batch: { readonly revision: string; readonly value: Buffer } | null = null;

  constructor(keys: LogKeys, next: number, onTrimmed: (count: number) => void) {
    this.#keys = keys;
    this.#next = next;
    this.#onTrimmed = onTrimmed;
  }

  /** The batch that this event completes, if so. Throws WatchBroken where one before it was skipped. */
  take({ type, kv }: IEvent): StoredBatch | null {
    if (type !== 'Put') return null;
    if (this.#keys.isBatch(kv.key)) {
      this.#batch = { revision: kv.mod_revision, value: kv.value };
      return null;
    }
    if (kv.key.equals(this.#keys.trimmed)) {
      const trimmed = decodeTrimmed(kv.value);
      if (trimmed !== null) this.#onTrimmed(trimmed.count);
      return null;
    }
    if (!kv.key.equals(this.#keys.head)) return null;
    const number = Number(kv.version) - 1;
    const batch = this.#batch;
    this.#batch = null;
    if (number < this.#next) return null;
    if (number > this.#next) throw new WatchBroken(`batch ${number} came where ${this.#next} is next`);
    if (batch === null || batch.revision !== kv.mod_revision)
      throw new WatchBroken(`batch ${number} came without what it holds`);
    this.#next++;
    return { number, value: batch.value };
  }
}
