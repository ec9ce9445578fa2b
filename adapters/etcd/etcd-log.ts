import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FreshAnswers } from '../../core/fresh-answers.ts';
import { LIMITS } from '../../core/limits.ts';
import type { LogFrame, SharedLog } from '../../core/ports/tenant-log.ts';
import { BatchIds } from './batch-id.ts';
import {
  BatchGone,
  type LogState,
  listBatches,
  readBatches,
  readState,
  type StoredBatch,
} from './batch-index.ts';
import { BatchDamage, decodeBatch } from '../../core/frame-batch.ts';
import { WatchBroken, watchBatches } from './batch-watch.ts';
import { BatchWriter } from './batch-writer.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { encodeTrimmed, FRAMES_PER_BATCH, LogKeys } from './log-keys.ts';
import { trimBatches } from './trim-batches.ts';

/** What a log in etcd is given. */
export interface EtcdLogOptions {
  readonly cluster: EtcdCluster;
  /** Names the log in its cluster. */
  readonly tenant: string;
  /** Before the tenant in each key: 'ringwatch/log/' without it. */
  readonly prefix?: string;
  /** Where ids of batches come from: one for all logs of a process, or one each. */
  readonly ids?: BatchIds;
  /** Told why a follower had to read by ranges again: a watch that broke or skipped, or etcd away. */
  readonly onReload?: (reason: string) => void;
}

/** How often a follower looks whether its watch has stalled, in milliseconds. */
const STALL_LOOK_MS = 250;

/**
 * A tenant's log in etcd, ordered by Raft. Any number of processes append to it and follow it at once. A batch of frames is
 * one key, written in one transaction with the log's `head`, whose version counts the batches: the order of batches is that
 * of the store's revisions, and every follower checks it by the counter. An offset is batch × 256 + frame in the batch.
 */
export class EtcdLog implements SharedLog {
  readonly consistency = 'STRONG';
  readonly #cluster: EtcdCluster;
  readonly #keys: LogKeys;
  readonly #writer: BatchWriter;
  readonly #onReload: (reason: string) => void;
  readonly #closing = new AbortController();
  /** Batches written, and batches trimmed, as far as is known here. */
  #count: number;
  #trimmed: number;
  readonly #heads = new FreshAnswers(() => this.#readHead());

  private constructor(options: EtcdLogOptions, keys: LogKeys, state: LogState) {
    this.#cluster = options.cluster;
    this.#keys = keys;
    this.#onReload = options.onReload ?? (() => undefined);
    this.#count = state.count;
    this.#trimmed = state.trimmed.count;
    this.#writer = new BatchWriter({
      cluster: options.cluster,
      keys,
      ids: options.ids ?? new BatchIds(),
      onStored: (count) => this.#know(count),
    });
  }

  /** Opens the log of a tenant, which is made if there is none. Throws LOG_UNAVAILABLE, LOG_FULL, LOG_CORRUPT. */
  static async open(options: EtcdLogOptions): Promise<EtcdLog> {
    const { cluster, tenant, prefix = 'ringwatch/log/' } = options;
    const keys = new LogKeys(prefix, tenant);
    try {
      const none = encodeTrimmed({ count: 0, revision: 0 });
      await cluster.call((attempt) =>
        attempt.client.kv.txn(
          {
            // A log that has a head and does not say what was trimmed is damaged.
            compare: [keys.trimmed, keys.head].map((key) => ({
              key,
              result: 'Equal',
              target: 'Create',
              create_revision: 0,
            })),
            success: [{ request_put: { key: keys.trimmed, value: none } }],
          },
          attempt.options,
        ),
      );
      return new EtcdLog(options, keys, await readState(cluster, keys));
    } catch (error) {
      throw errorOf(error, keys, 0);
    }
  }

  get start(): number {
    return this.#trimmed * FRAMES_PER_BATCH;
  }

  get end(): number {
    return this.#count * FRAMES_PER_BATCH;
  }

  async append(frame: Uint8Array, records: number): Promise<number> {
    assert(records > 0, 'a frame has at least one record');
    if (this.#closing.signal.aborted) throw new RingwatchError('LOG_CLOSED', { path: this.#keys.path });
    return this.#writer.append(frame);
  }

  /** One look for all who ask meanwhile. */
  head(): Promise<number> {
    return this.#heads.get();
  }

  async #readHead(): Promise<number> {
    return (await this.#state(0)).count * FRAMES_PER_BATCH;
  }

  async *read(offset: number): AsyncIterable<LogFrame> {
    const state = await this.#state(offset);
    try {
      yield* this.#load(state, offset);
    } catch (error) {
      throw errorOf(error, this.#keys, offset);
    }
  }

  async *follow(offset: number, signal: AbortSignal): AsyncIterable<LogFrame> {
    const until = AbortSignal.any([signal, this.#closing.signal]);
    let next = offset;
    while (!until.aborted) {
      try {
        const state = await readState(this.#cluster, this.#keys);
        this.#knowState(state);
        if (next > state.count * FRAMES_PER_BATCH)
          throw this.#corrupt(
            state.count * FRAMES_PER_BATCH,
            `it ends there, and was read up to ${next} before`,
          );
        for await (const frame of this.#load(state, next)) {
          if (until.aborted) return;
          yield frame;
          next = frame.next;
        }
        for await (const batch of this.#watch(state, until)) {
          for (const frame of this.#framesOf(batch, next)) {
            if (until.aborted) return;
            yield frame;
            next = frame.next;
          }
        }
      } catch (error) {
        if (until.aborted) return;
        const mayPass =
          error instanceof WatchBroken || (error instanceof EtcdFailure && error.kind !== 'refused');
        if (!mayPass) throw errorOf(error, this.#keys, next);
        this.#onReload((error as Error).message);
        await sleep(LIMITS.etcdPauseMs);
      }
    }
  }

  /** Batches that are written after `state`. Throws WatchBroken, also where they come elsewhere and not here. */
  async *#watch(state: LogState, signal: AbortSignal): AsyncIterable<StoredBatch> {
    let breakOff: (reason: string) => void = () => undefined;
    let seen = state.count;
    let isWaiting = true;
    let quietSinceMs = performance.now();
    let askedMs = quietSinceMs;
    const look = setInterval(() => {
      const nowMs = performance.now();
      if (!isWaiting) return;
      // What was appended or asked for here says that there is more.
      if (this.#count > seen && nowMs - quietSinceMs > LIMITS.etcdStallMs)
        breakOff(`nothing has come for ${Math.round(nowMs - quietSinceMs)} ms, and there is more`);
      else if (nowMs - askedMs > LIMITS.etcdQuietMs) {
        askedMs = nowMs;
        // Began waiting for it only now: what it finds may still come.
        this.head().then(
          () => undefined,
          (error: unknown) => breakOff((error as Error).message),
        );
      }
      if (this.#count === seen) quietSinceMs = nowMs;
    }, STALL_LOOK_MS);
    try {
      const batches = watchBatches(this.#cluster, this.#keys, {
        revision: state.revision + 1,
        number: state.count,
        signal,
        onTrimmed: (count) => {
          this.#trimmed = Math.max(this.#trimmed, count);
        },
        onOpen: (stop) => {
          breakOff = stop;
        },
      });
      for await (const batch of batches) {
        seen = batch.number + 1;
        this.#know(seen);
        isWaiting = false;
        yield batch;
        isWaiting = true;
        quietSinceMs = performance.now();
        askedMs = quietSinceMs;
      }
    } finally {
      clearInterval(look);
    }
  }

  /** Frames that are in the log at `state`, from the one that holds `offset`. */
  async *#load(state: LogState, offset: number): AsyncIterable<LogFrame> {
    const first = state.trimmed.count;
    const start = first * FRAMES_PER_BATCH;
    if (offset < start) throw new RingwatchError('LOG_TRIMMED', { start, offset });
    const from = Math.floor(offset / FRAMES_PER_BATCH);
    if (from >= state.count) return;
    try {
      const listed = await listBatches(this.#cluster, this.#keys, state);
      for await (const batch of readBatches(this.#cluster, listed, first, from))
        yield* this.#framesOf(batch, offset);
    } catch (error) {
      if (!(error instanceof BatchGone)) throw error;
      // Trimmed in between, or deleted by someone else.
      const { trimmed } = await this.#state(offset);
      const gone = error.number * FRAMES_PER_BATCH;
      if (error.number >= trimmed.count) throw this.#corrupt(gone, 'a batch of it is missing');
      throw new RingwatchError('LOG_TRIMMED', { start: trimmed.count * FRAMES_PER_BATCH, offset: gone });
    }
  }

  /** The frames of a batch from the one on that holds `offset`. Throws LOG_CORRUPT. */
  #framesOf({ number, value }: StoredBatch, offset: number): LogFrame[] {
    const base = number * FRAMES_PER_BATCH;
    try {
      const frames = decodeBatch(value);
      const numbered = frames.map(({ records, bytes }, n) => ({
        offset: base + n,
        next: n + 1 === frames.length ? base + FRAMES_PER_BATCH : base + n + 1,
        records,
        bytes,
      }));
      return numbered.filter(({ next }) => next > offset);
    } catch (error) {
      if (error instanceof BatchDamage) throw this.#corrupt(base, error.message);
      throw error;
    }
  }

  #corrupt(offset: number, reason: string): RingwatchError {
    return new RingwatchError('LOG_CORRUPT', { path: this.#keys.path, offset, reason });
  }

  async trim(offset: number): Promise<void> {
    try {
      const number = Math.floor(offset / FRAMES_PER_BATCH);
      if (number <= this.#trimmed) return;
      this.#knowState(await trimBatches(this.#cluster, this.#keys, number));
    } catch (error) {
      throw errorOf(error, this.#keys, offset);
    }
  }

  async #state(offset: number): Promise<LogState> {
    try {
      const state = await readState(this.#cluster, this.#keys);
      this.#knowState(state);
      return state;
    } catch (error) {
      throw errorOf(error, this.#keys, offset);
    }
  }

  #knowState(state: LogState): void {
    this.#know(state.count);
    this.#trimmed = Math.max(this.#trimmed, state.trimmed.count);
  }

  #know(count: number): void {
    this.#count = Math.max(this.#count, count);
  }

  /** Waits for appends under way and ends what follows. The cluster, which other logs share, stays open. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writer.idle();
  }
}

function errorOf(error: unknown, keys: LogKeys, offset: number): unknown {
  if (error instanceof EtcdFailure) return error.toError(keys.path);
  if (error instanceof BatchDamage)
    return new RingwatchError(
      'LOG_CORRUPT',
      { path: keys.path, offset, reason: error.message },
      { cause: error },
    );
  return error;
}
