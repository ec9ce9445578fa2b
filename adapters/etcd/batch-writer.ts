import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameQueue } from '../../core/frame-queue.ts';
import { LIMITS } from '../../core/limits.ts';
import type { BatchIds } from './batch-id.ts';
import { listBatches, readState } from './batch-index.ts';
import { encodeBatch } from '../../core/frame-batch.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { decodeTrimmed, FRAMES_PER_BATCH, type LogKeys, trimmedBelow } from './log-keys.ts';

/** What the writer of a log is given. */
export interface BatchWriterOptions {
  readonly cluster: EtcdCluster;
  readonly keys: LogKeys;
  readonly ids: BatchIds;
  /** Told the number after each batch that is stored. */
  readonly onStored: (count: number) => void;
}

/**
 * Writes what one process appends to one tenant's log, a batch at a time: so they stay in their order whatever etcd makes of
 * transactions that overtake each other.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  readonly #queue: FrameQueue;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    this.#queue = new FrameQueue({
      path: options.keys.path,
      frameBytesMax: LIMITS.etcdFrameBytesMax,
      batchBytesMax: LIMITS.etcdBatchBytes,
      framesMax: FRAMES_PER_BATCH,
      store: (frames) => this.#storeFrames(frames),
      endsWaiting: ['LOG_UNAVAILABLE', 'LOG_OUTCOME_UNKNOWN', 'LOG_FULL'],
    });
  }

  /** Stores a frame, and resolves with its offset. Throws LOG_UNAVAILABLE, LOG_OUTCOME_UNKNOWN, LOG_FULL, LOG_BATCH_TAKEN, FRAME_TOO_LARGE. */
  append(frame: Uint8Array): Promise<number> {
    return this.#queue.append(frame);
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #storeFrames(frames: readonly Uint8Array[]): Promise<readonly number[]> {
    const number = await this.#store(encodeBatch(frames));
    this.#options.onStored(number + 1);
    return frames.map((_, n) => number * FRAMES_PER_BATCH + n);
  }

  /** Stores a batch under a new id, and returns its number. */
  async #store(value: Buffer): Promise<number> {
    const { ids, keys } = this.#options;
    const id = ids.next();
    try {
      return await this.#storeAs(id, value);
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      if (error.kind === 'full') {
        // It was refused, but may be stored: looking is no write, and etcd answers it.
        const found = await this.#find(id, value).catch(() => undefined);
        if (typeof found === 'number') return found;
        if (found === null && !error.mayBeDone) throw error.toError(keys.path);
      } else if (!error.mayBeDone) throw error.toError(keys.path);
      throw new RingwatchError(
        'LOG_OUTCOME_UNKNOWN',
        { path: keys.path, batch: id, reason: error.message },
        { cause: error },
      );
    }
  }

  async #storeAs(id: string, value: Buffer): Promise<number> {
    const { cluster, keys } = this.#options;
    for (;;) {
      // Whatever is stored from now on is of a later revision.
      const known = cluster.revision;
      let mayBeDone = false;
      const answer = await cluster.call((attempt) => {
        mayBeDone = attempt.mayBeDone;
        return attempt.client.kv.txn(
          {
            compare: [
              { key: keys.batch(id), result: 'Equal', target: 'Create', create_revision: 0 },
              // A batch that was stored by an earlier try is still there only if trimming has not come so far.
              { key: keys.trimmed, result: 'Less', target: 'Value', value: trimmedBelow(known) },
            ],
            success: [
              { request_put: { key: keys.batch(id), value } },
              { request_put: { key: keys.head, value: Buffer.from(id) } },
              { request_range: { key: keys.head } },
            ],
            failure: [{ request_range: { key: keys.batch(id) } }, { request_range: { key: keys.trimmed } }],
          },
          attempt.options,
        );
      });
      const { succeeded, responses } = answer;
      if (succeeded) return Number(present(responses[2]?.response_range.kvs[0], 'the head').version) - 1;
      const stored = responses[0]?.response_range.kvs[0];
      if (stored !== undefined) return this.#numberOfStored(id, value, stored);
      const trimmed = responses[1]?.response_range.kvs[0];
      if (trimmed === undefined || decodeTrimmed(trimmed.value) === null)
        throw new RingwatchError('LOG_CORRUPT', {
          path: keys.path,
          offset: 0,
          reason: 'the count of what was trimmed is missing or damaged',
        });
      if (mayBeDone) throw new EtcdFailure('unavailable', 'the log was trimmed meanwhile', true);
    }
  }

  /** As #numberOf, of a batch that is there, whatever else fails. */
  async #numberOfStored(
    id: string,
    value: Buffer,
    stored: { readonly value: Buffer; readonly create_revision: string },
  ): Promise<number> {
    try {
      return await this.#numberOf(id, value, stored);
    } catch (error) {
      if (error instanceof RingwatchError && error.code === 'LOG_BATCH_TAKEN') throw error;
      throw new EtcdFailure('unavailable', (error as Error).message, true);
    }
  }

  /** The number of the batch if it is stored; null if it is not. */
  async #find(id: string, value: Buffer): Promise<number | null> {
    const { cluster, keys } = this.#options;
    const { kvs } = await cluster.call(({ client, options }) =>
      client.kv.range({ key: keys.batch(id) }, options),
    );
    return kvs[0] === undefined ? null : this.#numberOf(id, value, kvs[0]);
  }

  /** The number of a batch that is stored under the id, which has to be this one. */
  async #numberOf(
    id: string,
    value: Buffer,
    stored: { readonly value: Buffer; readonly create_revision: string },
  ): Promise<number> {
    const { cluster, keys, ids } = this.#options;
    if (!value.equals(stored.value)) {
      ids.renew();
      throw new RingwatchError('LOG_BATCH_TAKEN', { path: keys.path, batch: id });
    }
    try {
      // The head as it was in the batch's own transaction.
      const { kvs } = await cluster.call(({ client, options }) =>
        client.kv.range({ key: keys.head, revision: stored.create_revision }, options),
      );
      return Number(present(kvs[0], 'the head').version) - 1;
    } catch (error) {
      if (!(error instanceof EtcdFailure) || error.kind !== 'compacted') throw error;
    }
    const state = await readState(cluster, keys);
    const listed = await listBatches(cluster, keys, state);
    const at = listed.findIndex(({ revision }) => revision === Number(stored.create_revision));
    if (at >= 0) return state.trimmed.count + at;
    throw new EtcdFailure('unavailable', 'the log was trimmed meanwhile', true);
  }
}
