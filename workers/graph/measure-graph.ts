import { EdgeShard } from '../../engine/graph/delta/edge-shard.ts';
import type { ColumnInput } from '../../engine/graph/segment/column-input.ts';
import { GraphMemory } from '../../engine/graph/segment/graph-memory.ts';
import type { NeighbourhoodSearch } from '../../engine/graph/segment/neighbourhood-search.ts';
import { segmentSource } from '../../engine/graph/segment/search-source.ts';
import type { GraphKernels } from '../../engine/kernels/graph-kernels.ts';
import type { BuiltGraph } from './build-graph.ts';
import type { EdgeList } from './read-edge-list.ts';

/** Makes the kernels for a memory. */
export type KernelsOf = (memory: GraphMemory) => GraphKernels;

/** Microseconds of neighbourhoods, half and 99 % of which took no longer. Induced: with the edges between what was found. */
export interface HopFigures {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly inducedP50Us: number;
  readonly inducedP99Us: number;
  /** Starting vertices measured. */
  readonly starts: number;
}

/** Seconds that one table of neighbourhoods may take; with large graphs fewer starts are measured. */
const SECONDS_MAX = 20;
/** A search runs before it is measured until so many runs or milliseconds: its code is compiled then. */
const WARM_UP_RUNS = 20_000;
const WARM_UP_MS = 500;
const LOOKUPS = 1_000_000;
const SCANS = 5;
const INSERTS_MAX = 4_000_000;

/** Small numbers that look random and are the same for the same seed (mulberry32, public domain). */
export function randomBelow(seed: number): (end: number) => number {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * end);
  };
}

/** The value below which a share of the values lies; they are sorted. */
export function quantileOf(values: Float64Array, share: number): number {
  if (values.length === 0) return 0;
  return values[Math.min(values.length - 1, Math.floor(share * values.length))] as number;
}

/** Measures neighbourhoods of 1, 2 and 3 hops over the out-lists, one search for each start. */
export function measureHops(
  graph: BuiltGraph,
  search: NeighbourhoodSearch,
  starts: readonly number[],
): Record<'1' | '2' | '3', HopFigures> {
  const source = segmentSource(graph.edges.out);
  const run = (start: number, hops: number, induced: boolean): void => {
    search.find([start], [source], hops);
    if (induced) search.induced(source, false);
    search.end();
  };
  const figures = (hops: number): HopFigures => {
    const [plain, induced] = [false, true].map((withEdges) => {
      const vertices = starts.map((start) => graph.numbers[start] as number);
      const began = performance.now();
      let runs = 0;
      while (runs < WARM_UP_RUNS && vertices.length > 0 && performance.now() - began < WARM_UP_MS)
        run(vertices[runs++ % vertices.length] as number, hops, withEdges);
      const each = (performance.now() - began) / Math.max(runs, 1);
      const count = Math.min(vertices.length, Math.max(20, Math.floor((SECONDS_MAX * 1000) / each)));
      const times = new Float64Array(count);
      for (let n = 0; n < count; n++) {
        const from = performance.now();
        run(vertices[n] as number, hops, withEdges);
        times[n] = (performance.now() - from) * 1000;
      }
      return times.sort();
    }) as [Float64Array, Float64Array];
    return {
      p50Us: quantileOf(plain, 0.5),
      p99Us: quantileOf(plain, 0.99),
      inducedP50Us: quantileOf(induced, 0.5),
      inducedP99Us: quantileOf(induced, 0.99),
      starts: Math.min(plain.length, induced.length),
    };
  };
  return { '1': figures(1), '2': figures(2), '3': figures(3) };
}

/** Nanoseconds from an external key to its vertex, over random keys that are there. */
export function measureLookup({ vertices }: BuiltGraph, seed: number): number {
  if (vertices.count === 0) return 0;
  const below = randomBelow(seed);
  const keys = Array.from({ length: LOOKUPS }, () => vertices.key(below(vertices.count)));
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    let found = 0;
    const began = performance.now();
    for (let n = 0; n < LOOKUPS; n++) found += vertices.find(keys[n] as number) >= 0 ? 1 : 0;
    least = Math.min(least, performance.now() - began);
    if (found !== LOOKUPS) return Number.NaN;
  }
  return (least / LOOKUPS) * 1e6;
}

/** Nanoseconds an edge of reading every out-list once. */
export function measureScan(graph: BuiltGraph, memory: GraphMemory, kernels: GraphKernels): number {
  const { about, out } = graph.edges;
  if (about.edges === 0) return 0;
  const buffer = memory.allocate(4 * (about.out.longest + 8));
  let least = Number.POSITIVE_INFINITY;
  for (let scan = 0; scan < SCANS; scan++) {
    const began = performance.now();
    kernels.sumLists(out, 0, about.vertices, buffer);
    least = Math.min(least, performance.now() - began);
  }
  memory.release(buffer);
  return (least / about.edges) * 1e6;
}

/**
 * Edges a second that the delta of a shard takes, both directions and columns, in the order of the file. A snapshot is open
 * meanwhile, so that nothing which it may read is used again.
 */
export function measureInserts(list: EdgeList, eventTime: number, kernelsOf: KernelsOf): number {
  const count = Math.min(list.sources.length, INSERTS_MAX);
  if (count === 0) return 0;
  const columns = list.columns.map(({ name, type, scale }) => ({ name, type, scale }));
  const values = new Float64Array(columns.length);
  let most = 0;
  for (let round = 0; round < 3; round++) {
    const memory = new GraphMemory();
    const shard = new EdgeShard({ columns, eventTime, memory: () => memory, kernels: kernelsOf });
    list.columns.forEach(({ dictionary }, n) => {
      for (const text of dictionary ?? []) shard.textPlace(n, text);
    });
    const snapshot = shard.open();
    const began = performance.now();
    for (let edge = 0; edge < count; edge++) {
      for (let n = 0; n < values.length; n++)
        values[n] = (list.columns[n] as ColumnInput).numbers[edge] as number;
      shard.insert(list.sources[edge] as number, list.destinations[edge] as number, values, edge + 1);
    }
    most = Math.max(most, count / ((performance.now() - began) / 1000));
    shard.close(snapshot);
  }
  return most;
}
