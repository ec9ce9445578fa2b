import type { CacheSizes } from '../../core/cache-sizes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import type { EngineDescription, EngineProgress } from '../../core/ports/engine.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { Fold } from '../../engine/fold.ts';
import type { GraphView } from '../../engine/graph/graph-view.ts';
import type { TenantWorker } from '../stream/tenant-worker.ts';
import { describeRules } from './describe-definitions.ts';
import type { OpenStorage } from './engine-storage.ts';

interface Running {
  readonly worker: TenantWorker;
  readonly fold: Fold;
  readonly storage: OpenStorage;
}

/** What a tenant's engine has done, holds, and how far it is. Holds the fold while the edges of graphs are counted. */
export async function describeEngine(running: Running, acknowledged: number): Promise<EngineDescription> {
  const { worker, fold, storage } = running;
  const stats = await storage.checkpoints.describe();
  const parts = sizesOf(fold);
  const { recovery, checkpointFigures } = worker;
  return {
    ...describeProgress(running, acknowledged),
    parts,
    stateBytes: bytesOf(parts),
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

/** What was counted. */
interface Counted<T> {
  readonly value: T;
  /** What was counted: as long as it is the same nothing is counted again. */
  readonly version: number | string;
  readonly atMs: number;
  readonly tookMs: number;
}

/** A count that took less is not kept. */
const CHEAP_MS = 2;

/** Counting takes at most one part in so many of the engines' time, however often a tenant asks. */
const COUNTING_SHARE = 100;

const parts = new WeakMap<object, Counted<EngineDescription['parts']>>();
const caches = new WeakMap<object, Counted<CacheSizes>>();

/** The sizes of a fold's parts; those of a little earlier where counting them takes long, such as of graphs of millions of edges. */
export function sizesOf(
  fold: Pick<Fold, 'describe' | 'position'>,
  nowMs: () => number = () => performance.now(),
): EngineDescription['parts'] {
  return countOnce(parts, fold, fold.position, () => fold.describe(), nowMs);
}

/** What a graph view holds in memory, counted no more often than its parts are. Throws UNKNOWN_NAME. */
export function cacheSizes(fold: Pick<Fold, 'graph' | 'position' | 'program'>, name: string): CacheSizes {
  const view = findGraph(fold, name);
  const nowMs = (): number => performance.now();
  // Compactions and what goes to disk take no position.
  const bytes = view.memoryRows().reduce((sum, row) => sum + row.bytes, 0);
  return countOnce(caches, view, `${fold.position} ${bytes}`, () => view.sizes(), nowMs);
}

/** The graph view of a name. Throws UNKNOWN_NAME. */
export function findGraph(fold: Pick<Fold, 'graph' | 'program'>, name: string): GraphView {
  const view = fold.graph(name);
  if (view !== null) return view;
  throw new RingwatchError(
    'UNKNOWN_NAME',
    { what: 'graph view', name },
    {
      hint: nearestHint(
        name,
        fold.program.graphs.map((plan) => plan.name),
      ),
    },
  );
}

function countOnce<T>(
  known: WeakMap<object, Counted<T>>,
  of: object,
  version: number | string,
  count: () => T,
  nowMs: () => number,
): T {
  const before = known.get(of);
  const atMs = nowMs();
  if (before !== undefined && before.tookMs >= CHEAP_MS) {
    const isRecent = atMs - before.atMs < COUNTING_SHARE * before.tookMs;
    if (isRecent || before.version === version) return before.value;
  }
  const value = count();
  known.set(of, { value, version, atMs, tookMs: nowMs() - atMs });
  return value;
}

/** How far a tenant's engine is, and what it has counted: costs as much as there are rules, sources and counts. */
export function describeProgress({ worker, fold, storage }: Running, acknowledged: number): EngineProgress {
  return {
    position: fold.position,
    offset: worker.offset,
    log: { start: storage.log.start, end: storage.log.end },
    definitionsVersion: fold.definitionHistory()[0]?.version ?? 0,
    lag: worker.lag,
    counters: describeCounters(fold),
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
    effects: { ...worker.effectNumbers, acknowledged },
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
