import { Worker } from 'node:worker_threads';
import { RingwatchError } from '../core/errors.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import { threadModule } from '../core/thread-module.ts';
import { EngineClient, type EngineThread } from '../workers/host/engine-client.ts';
import type { CheckpointPolicy } from '../workers/stream/tenant-worker.ts';
import type { ClusterStorageOptions } from './cluster-storage.ts';

/** Where tenants' data is, and how it is kept. Plain data: it goes to the thread. */
export interface EngineOptions {
  /** Holds a data folder for each tenant, named by its id. */
  readonly folder: string;
  /** Where logs are that several processes share; without it each tenant's folder has its own. */
  readonly cluster?: ClusterStorageOptions;
  /** How many of a tenant's newest effects are kept for reading back, once they are taken. */
  readonly effectsKept?: number;
  /** When checkpoints are made; LIMITS says the default. */
  readonly policy?: Partial<CheckpointPolicy>;
  /** Bytes that all tenants together may hold in memory; null, and by default: as much as there is. */
  readonly memoryBytesMax?: number | null;
  /** Milliseconds that nobody has read a segment after which it may go to disk where memory is short; LIMITS says the default. */
  readonly coldAfterMs?: number;
  /** Milliseconds between looks for silent sources. */
  readonly tickMs?: number;
}

/** Starts the engines in a thread of their own. */
export function startEngines(options: EngineOptions): EngineHost {
  const thread = startEngineThread(options);
  return new EngineClient(thread);
}

/** The thread of engines, for whoever talks to them by messages. */
export function startEngineThread(options: EngineOptions): EngineThread {
  const worker = new Worker(threadModule(new URL('./engine.thread.ts', import.meta.url)), {
    workerData: options,
  });
  return {
    link: worker,
    onEnd: (ended) => {
      const failed = (reason: string): void => ended(new RingwatchError('ENGINE_FAILED', { reason }));
      worker.on('error', (error) => failed(error.stack ?? String(error)));
      worker.on('exit', (code) => failed(`it ended with code ${code}`));
    },
    end: async () => {
      await worker.terminate();
    },
  };
}
