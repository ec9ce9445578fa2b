import { Worker } from 'node:worker_threads';
import type { CheckpointHead } from '../../core/ports/checkpoints.ts';
import { LIMITS } from '../../core/limits.ts';
import { threadModule } from '../../core/thread-module.ts';
import type { JobResult } from '../../engine/job-sharing.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import type { CheckpointEntry } from '../stream/tenant-fold.ts';
import type { FromReplica, ReplicaShare, ToReplica } from './job-messages.ts';

interface Replica {
  readonly thread: Worker;
  /** Frames handed over and not answered. */
  waiting: number;
}

/**
 * Threads for the jobs of rules that only report. Each is a replica: it folds the frames that the worker folds, in the
 * same order, from the same checkpoint on, and runs the jobs of every `threads`th position; so a job sees exactly the
 * state of its position, and nothing has to be locked or shared. The worker's own fold is made with
 * `jobs: {kind: 'deferred'}` and takes the results, in any order; effects leave in the order of the log.
 *
 * Costs: every thread holds the whole state, and repeats all work but the jobs. It pays where jobs are most of the work.
 */
export class JobThreads {
  readonly #replicas: Replica[];
  #generation = 0;
  #onResult: (result: JobResult) => void = () => undefined;
  #onProgress: () => void = () => undefined;
  #failure: Error | null = null;
  #closed = false;
  #waiters: (() => void)[] = [];

  private constructor(replicas: Replica[]) {
    this.#replicas = replicas;
  }

  /** Starts `threads` of them for the tenant. `module` is the thread's, for tests. */
  static start(options: {
    readonly tenant: string;
    readonly threads: number;
    readonly module?: URL;
  }): JobThreads {
    const module = options.module ?? new URL('./job-replica.thread.ts', import.meta.url);
    const replicas = Array.from({ length: options.threads }, (_, index): Replica => {
      const workerData: ReplicaShare = { tenant: options.tenant, index, of: options.threads };
      return { thread: new Worker(threadModule(module), { workerData }), waiting: 0 };
    });
    const started = new JobThreads(replicas);
    for (const replica of replicas) started.#listen(replica);
    return started;
  }

  #listen(replica: Replica): void {
    const { thread } = replica;
    thread.on('message', ({ generation, results }: FromReplica) => {
      if (generation !== this.#generation || this.#failure !== null) return;
      replica.waiting--;
      for (const result of results) this.#onResult(result);
      if (results.length > 0) this.#onProgress();
      this.#wake();
    });
    thread.on('error', (error) => this.#fail(error));
    thread.on('exit', (code) => {
      if (!this.#closed) this.#fail(new Error(`a job thread ended with code ${code}`));
    });
  }

  /** Where results go, one by one, and what is called after those of one answer. */
  connect(onResult: (result: JobResult) => void, onProgress: () => void): void {
    this.#onResult = onResult;
    this.#onProgress = onProgress;
  }

  /** Begins with empty folds; results still on their way are void. */
  restart(): void {
    this.#generation++;
    for (const replica of this.#replicas) replica.waiting = 0;
    this.#post({ kind: 'restart', generation: this.#generation });
  }

  /** Gives every replica the checkpoint that the worker's fold was restored from. */
  restore(entries: readonly CheckpointEntry[], head: CheckpointHead): void {
    this.#post({ kind: 'restore', entries, head });
  }

  /** Hands a durable frame to every replica; the worker folds it in the same turn, before any result can come. */
  fold(bytes: Uint8Array, history: LogHistory | null): void {
    for (const replica of this.#replicas) replica.waiting++;
    this.#post({ kind: 'frame', bytes, history });
  }

  /** Resolves when no replica is more than LIMITS.framesInFlightMax frames behind. Rejects when a thread has failed. */
  room(): Promise<void> {
    return this.#until(LIMITS.framesInFlightMax);
  }

  /** Resolves when every replica has folded all frames and given its results. Rejects when a thread has failed. */
  idle(): Promise<void> {
    return this.#until(0);
  }

  async #until(waitingMax: number): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#replicas.every(({ waiting }) => waiting <= waitingMax)) return;
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#replicas.map(({ thread }) => thread.terminate()));
  }

  #post(message: ToReplica): void {
    // Each thread gets a copy: a frame's few kilobytes cost microseconds, and nothing is shared.
    for (const { thread } of this.#replicas) thread.postMessage(message);
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
