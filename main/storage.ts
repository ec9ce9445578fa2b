import { openDataFolder } from '../adapters/files/data-folder.ts';
import { MemoryCheckpoints } from '../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../adapters/memory/memory-log.ts';
import type { Checkpoints } from '../core/ports/checkpoints.ts';
import type { TenantLog } from '../core/ports/tenant-log.ts';

/** A tenant's log and checkpoints, ready for a worker. */
export interface Storage {
  readonly log: TenantLog;
  readonly checkpoints: Checkpoints;
  /** Why a checkpoint that was there was thrown away, or null. */
  readonly discardedCheckpoint: string | null;
  /** Closes what is still open and lets other processes have the folder. */
  close(): Promise<void>;
}

/**
 * The storage of a data folder, which this process alone has from now on; null keeps everything in memory. With
 * `create` the folder is made where there is none. Throws what openDataFolder throws.
 */
export async function openStorage(folder: string | null, create: boolean): Promise<Storage> {
  if (folder !== null) return openDataFolder(folder, { create });
  return {
    log: new MemoryLog({ keep: false }),
    checkpoints: new MemoryCheckpoints(),
    discardedCheckpoint: null,
    close: async () => undefined,
  };
}
