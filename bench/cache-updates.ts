import { EdgeShard } from '../engine/graph/delta/edge-shard.ts';
import { GraphMemory } from '../engine/graph/segment/graph-memory.ts';
import { NeighbourhoodSearch } from '../engine/graph/segment/neighbourhood-search.ts';
import { createKernels } from '../engine/kernels/create-kernels.ts';
import { kernelModule } from '../workers/graph/kernel-module.ts';
import { randomBelow } from '../workers/graph/measure-graph.ts';
import { median, printTable, quantile, short, spread } from './figures.ts';
import { type MadeEdges, rmatEdges } from './rmat.ts';

const SCALE = 17;
const EDGES = 2 ** 21;
const ROUNDS = 5;
/** Edges that come between two reads. */
const BATCH = 500;
/** Edges of a delta when it is compacted. */
const COMPACT_EVERY = 2 ** 19;
const HOPS = 2;
const NO_VALUES: readonly number[] = [];

/**
 * Edges into the delta of a shard, in the order of an R-MAT graph, which is random: into an empty one, and on from half of the graph
 * with a snapshot open, compactions and reads between batches. CPU time, which includes whatever the engine does beside.
 */
export function benchUpdates(): Record<string, unknown> {
  const made = rmatEdges(SCALE, EDGES, 1);
  const bare = Array.from({ length: ROUNDS + 1 }, () => insertAll(made)).slice(1);
  const rounds = Array.from({ length: ROUNDS + 1 }, () => sustain(made)).slice(1);
  const of = (what: (round: Sustained) => number): readonly number[] => rounds.map(what);
  const row = (name: string, figures: readonly number[]): string[] => [
    name,
    short(median(figures)),
    `${short(100 * spread(figures))} %`,
  ];
  printTable([
    ['updates, one core', 'median', 'noise'],
    row('inserts into an empty delta, /s', bare),
    row(
      'inserts with a snapshot open, /s',
      of(({ insertsPerSecond }) => insertsPerSecond),
    ),
    row(
      'the same with compactions, /s',
      of(({ sustainedPerSecond }) => sustainedPerSecond),
    ),
    row(
      `reads of ${HOPS} hops meanwhile, times as long, p50`,
      of(({ slowdownP50 }) => slowdownP50),
    ),
    row(
      'the same, p99',
      of(({ slowdownP99 }) => slowdownP99),
    ),
  ]);
  return { edges: EDGES, inserts: bare, sustained: rounds };
}

function insertAll({ sources, destinations }: MadeEdges): number {
  const shard = newShard(new GraphMemory());
  const began = cpuSeconds();
  for (let edge = 0; edge < sources.length; edge++)
    shard.insert(sources[edge] as number, destinations[edge] as number, NO_VALUES, edge + 1);
  return sources.length / (cpuSeconds() - began);
}

interface Sustained {
  readonly insertsPerSecond: number;
  readonly sustainedPerSecond: number;
  readonly slowdownP50: number;
  readonly slowdownP99: number;
}

/** The first half is a segment; the second comes while reads go on. Reads are compared with the same ones of that segment alone. */
function sustain({ vertices, sources, destinations }: MadeEdges): Sustained {
  const memory = new GraphMemory();
  const shard = newShard(memory);
  const search = new NeighbourhoodSearch(memory, createKernels(memory, kernelModule()), vertices);
  const half = sources.length / 2;
  const insert = (from: number, to: number): void => {
    for (let edge = from; edge < to; edge++)
      shard.insert(sources[edge] as number, destinations[edge] as number, NO_VALUES, edge + 1);
  };
  insert(0, half);
  compact(shard);
  const below = randomBelow(1);
  const starts = Array.from({ length: half / BATCH }, () => below(vertices));
  const read = (start: number): { readonly micros: number; readonly found: number } => {
    const snapshot = shard.open();
    const from = performance.now();
    const found = search.find([start], [shard.source(snapshot, 'out')], HOPS).count;
    search.end();
    const micros = (performance.now() - from) * 1000;
    shard.close(snapshot);
    return { micros, found };
  };
  for (const start of starts) read(start);
  const quiet = starts.map(read);
  const meanwhile: { readonly micros: number; readonly found: number }[] = [];
  let kept = shard.open();
  let [inserting, compacting] = [0, 0];
  starts.forEach((start, n) => {
    const began = cpuSeconds();
    insert(half + n * BATCH, half + (n + 1) * BATCH);
    inserting += cpuSeconds() - began;
    meanwhile.push(read(start));
    if (shard.liveEdges < COMPACT_EVERY) return;
    const compacts = cpuSeconds();
    compact(shard);
    shard.close(kept);
    kept = shard.open();
    compacting += cpuSeconds() - compacts;
  });
  shard.close(kept);
  const edges = starts.length * BATCH;
  // What a read finds grows meanwhile: its time is compared by what it found.
  const each = (reads: readonly { readonly micros: number; readonly found: number }[]): readonly number[] =>
    reads.map(({ micros, found }) => micros / (1 + found));
  const ratio = (q: number): number => quantile(each(meanwhile), q) / quantile(each(quiet), q);
  return {
    insertsPerSecond: edges / inserting,
    sustainedPerSecond: edges / (inserting + compacting),
    slowdownP50: ratio(0.5),
    slowdownP99: ratio(0.99),
  };
}

function newShard(memory: GraphMemory): EdgeShard {
  const kernels = createKernels(memory, kernelModule());
  return new EdgeShard({ columns: [], eventTime: -1, memory: () => memory, kernels: () => kernels });
}

function compact(shard: EdgeShard): void {
  const snapshot = shard.open();
  shard.install(snapshot, shard.compact(snapshot));
  shard.close(snapshot);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
