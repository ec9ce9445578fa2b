import type { EngineDescription, EngineProgress } from '../../core/ports/engine.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { Fold } from '../../engine/fold.ts';
import type { TenantWorker } from '../stream/tenant-worker.ts';
import { describeRules } from './describe-definitions.ts';
import type { OpenStorage } from './engine-storage.ts';

interface Running {
  readonly worker: TenantWorker;
  readonly fold: Fold;
  readonly storage: OpenStorage;
}

/** What a tenant's engine has done, and how far it is. */
export function describeProgress({ worker, fold, storage }: Running): EngineProgress {
  return {
    position: fold.position,
    offset: worker.offset,
    log: { start: storage.log.start, end: storage.log.end },
    definitionsVersion: fold.definitionHistory()[0]?.version ?? 0,
    lag: worker.lag,
    counters: describeCounters(fold),
  };
}

/** All of that, and what it holds. */
export async function describeEngine(running: Running, acknowledged: number): Promise<EngineDescription> {
  const { worker, fold, storage } = running;
  const stats = await storage.checkpoints.describe();
  const parts = fold.describe();
  const { recovery, checkpointFigures } = worker;
  return {
    ...describeProgress(running),
    rules: describeRules(fold),
    sources: fold.sourceTimes().map(({ name, watermarkMicros, lastArrivalMicros, idle }) => ({
      name,
      watermark: watermarkMicros === null ? null : formatTimestamp(watermarkMicros),
      idle,
      behindMs:
        watermarkMicros === null || lastArrivalMicros === null
          ? null
          : Math.round((lastArrivalMicros - watermarkMicros) / 1000),
    })),
    parts,
    stateBytes: bytesOf(parts),
    effects: { ...worker.effectNumbers, acknowledged },
    checkpoint: {
      offset: worker.checkpointOffset,
      count: checkpointFigures.count,
      bytes: stats.bytes,
      pauseMsMax: Math.max(0, ...checkpointFigures.pausesMs),
    },
    archive: { segments: stats.archivedSegments, bytes: stats.archivedBytes, end: stats.archivedEnd },
    recovery: {
      seconds: recovery.seconds,
      records: recovery.archivedRecords + recovery.logRecords,
      discardedCheckpoint: recovery.discarded,
    },
  };
}

function describeCounters({ counters }: Fold): EngineProgress['counters'] {
  const { accepted, duplicates, late, refused, alerts, suppressed, afterDeadline } = counters;
  return {
    accepted,
    duplicates,
    late,
    refused,
    alerts,
    suppressed,
    afterDeadline,
    edgesVisited: [...counters.rules.values()].reduce((sum, rule) => sum + rule.edgesVisited, 0),
    rejected: Object.fromEntries(counters.rejected),
    evaluationErrors: Object.fromEntries(counters.evaluationErrors),
    decisions: Object.fromEntries(
      [...counters.decisions].map(([name, counts]) => [name, Object.fromEntries(counts)]),
    ),
    webhooks: Object.fromEntries(counters.webhooks),
  };
}

/** What parts hold in all: each tells its bytes, in one figure or several. */
function bytesOf(parts: EngineDescription['parts']): number {
  let bytes = 0;
  for (const part of Object.values(parts)) {
    for (const [name, figure] of Object.entries(part)) if (/bytes$/i.test(name)) bytes += figure;
  }
  return bytes;
}
