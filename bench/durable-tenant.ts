import { existsSync } from 'node:fs';
import path from 'node:path';
import { LmdbCheckpoints } from '../adapters/lmdb/lmdb-checkpoints.ts';
import { FileLog } from '../adapters/files/file-log.ts';
import { makeFolder } from '../adapters/files/make-folder.ts';
import { SegmentArchive } from '../adapters/files/segment-archive.ts';
import { FrameWriter } from '../core/frame.ts';
import type { SqlType } from '../core/types.ts';
import { Fold } from '../engine/fold.ts';
import { compileDefinitions } from '../language/compile.ts';
import { type CheckpointPolicy, TenantWorker } from '../workers/stream/tenant-worker.ts';
import type { Transfers } from './rings-work.ts';

/** A tenant worker over files in `folder`, as `ringwatch run --data` has one, with a count of its alerts. */
export async function openDurableTenant(
  folder: string,
  policy?: CheckpointPolicy | null,
): Promise<{
  readonly worker: TenantWorker;
  readonly fold: Fold;
  readonly checkpoints: LmdbCheckpoints;
  alerts: () => number;
}> {
  let alerts = 0;
  let fold: Fold | null = null;
  const archive = new SegmentArchive(path.join(folder, 'archive'));
  const logFolder = path.join(folder, 'log');
  const isNew = !existsSync(logFolder);
  makeFolder(logFolder);
  const checkpoints = await LmdbCheckpoints.open(path.join(folder, 'state'), archive);
  const worker = await TenantWorker.open({
    log: isNew ? await FileLog.create(logFolder) : await FileLog.open(logFolder),
    checkpoints,
    createFold: (emit) => {
      fold = new Fold({ tenant: 'bench', compile: compileDefinitions, emit });
      return fold;
    },
    onEffect: (effect) => {
      if (effect.kind === 'alert') alerts++;
    },
    ...(policy === undefined ? {} : { policy }),
  });
  return { worker, fold: fold as unknown as Fold, checkpoints, alerts: () => alerts };
}

/** The log frame of rows `from` to `to` of the transfers, as rows of the source `transfers` of DEFINITIONS. */
export function transferFrame(
  transfers: Transfers,
  from: number,
  to: number,
  types: readonly SqlType[],
): Uint8Array {
  const writer = new FrameWriter();
  for (let row = from; row < to; row++) {
    writer.event(
      'transfers',
      [
        String(row),
        String(transfers.source[row]),
        String(transfers.destination[row]),
        transfers.cents[row] ?? 0,
        transfers.seconds[row] ?? 0,
      ],
      types,
      BENCH_ARRIVAL_MICROS,
    );
  }
  return writer.finish();
}

/** One fixed arrival stamp: nothing in the bench depends on the clock. */
export const BENCH_ARRIVAL_MICROS = 1_790_000_000_000_000;
