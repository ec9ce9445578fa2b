import { rm } from 'node:fs/promises';
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { openDataFolder } from '../adapters/files/data-folder.ts';
import { LIMITS } from '../core/limits.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import type { MessageLink } from '../core/ports/message-link.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { CompilerThread } from '../workers/host/compiler-thread.ts';
import { CompilerHere, type DefinitionCompiler } from '../workers/host/definition-compiler.ts';
import { EngineClient } from '../workers/host/engine-client.ts';
import { EngineRunner } from '../workers/host/engine-runner.ts';
import type { EngineStorage } from '../workers/host/engine-storage.ts';
import { QueryPool, startQueriesHere, startQueryThread } from '../workers/queries/query-pool.ts';
import { clusterStorage } from './cluster-storage.ts';
import type { EngineOptions } from './engines.ts';

const TICK_MS = 1_000;

/** The same engines in this thread, behind the same messages: for tests. `storage` is the folder's without it. */
export function startEnginesHere(
  options: EngineOptions,
  storage: EngineStorage = folderStorage(options.folder),
  compiler: DefinitionCompiler = new CompilerHere(),
  queries: QueryPool = new QueryPool(startQueriesHere),
): EngineHost {
  const { port1, port2 } = new MessageChannel();
  runEngines(port2, options, storage, compiler, queries);
  return new EngineClient({
    link: port1,
    onEnd: () => undefined,
    end: async () => {
      port1.close();
    },
  });
}

/** Runs the engines at the other end of `link`. */
export function runEngines(
  link: MessageLink,
  options: EngineOptions,
  storage: EngineStorage = storageOf(options),
  compiler: DefinitionCompiler = new CompilerThread(),
  queries: QueryPool = new QueryPool(startQueryThread),
): void {
  new EngineRunner({
    link,
    storage,
    policy: {
      changedBytes: LIMITS.checkpointChangedBytes,
      records: LIMITS.checkpointRecords,
      segmentBytes: LIMITS.archiveSegmentBytes,
      effectsKept: options.effectsKept ?? LIMITS.effectsKeptDefault,
      ...options.policy,
    },
    tickMs: options.tickMs ?? TICK_MS,
    compiler,
    queries,
    memoryBytesMax: options.memoryBytesMax ?? null,
    coldAfterMs: options.coldAfterMs ?? LIMITS.segmentColdMs,
  });
}

function storageOf({ folder, cluster }: EngineOptions): EngineStorage {
  return cluster === undefined ? folderStorage(folder) : clusterStorage(folder, cluster);
}

/** A data folder for each tenant, by its id. */
export function folderStorage(folder: string): EngineStorage {
  const place = (tenant: TenantId): string => path.join(folder, tenant);
  return {
    open: (tenant, create) => openDataFolder(place(tenant), { create }),
    remove: (tenant) => rm(place(tenant), { recursive: true, force: true }),
  };
}
