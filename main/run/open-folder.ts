import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { TenantWorker } from '../../workers/stream/tenant-worker.ts';
import { openStorage, type Storage } from '../storage.ts';
import { TENANT } from './execute-run.ts';

/** A data folder, recovered in memory to be looked at. */
export interface OpenFolder {
  readonly storage: Storage;
  readonly worker: TenantWorker;
  readonly fold: Fold;
}

/**
 * Calls `look` with a data folder as it is at the end of its log. Nothing is written, no checkpoint made. Throws
 * DATA_FOLDER_… and what recovery throws.
 */
export async function lookInto<T>(folder: string, look: (open: OpenFolder) => Promise<T>): Promise<T> {
  const storage = await openStorage(folder, false);
  try {
    const worker = await TenantWorker.open({
      log: storage.log,
      checkpoints: storage.checkpoints,
      discardedCheckpoint: storage.discardedCheckpoint,
      createFold: (emit) => new Fold({ tenant: TENANT, compile: compileDefinitions, emit }),
      onEffect: () => undefined,
      effectsFrom: Number.POSITIVE_INFINITY,
      policy: null,
    });
    try {
      return await look({ storage, worker, fold: worker.fold as Fold });
    } finally {
      await worker.close({ checkpoint: false });
    }
  } finally {
    await storage.close();
  }
}
