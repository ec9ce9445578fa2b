import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../tests/model/random.ts';
import { kernelModule } from '../../../workers/graph/kernel-module.ts';
import { createKernels } from '../../kernels/create-kernels.ts';
import { GraphMemory } from '../segment/graph-memory.ts';
import { EdgeShard } from './edge-shard.ts';
import { type FoundPaths, PathSearch } from './path-search.ts';

const RUNS = Number(process.env.RINGWATCH_RUNS ?? 40);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const memory = new GraphMemory();
const compiled = createKernels(memory, kernelModule());
const reference = createKernels(memory, null);

interface Edge {
  readonly id: number;
  readonly source: number;
  readonly destination: number;
  readonly time: number;
  readonly amount: number;
}

/** A shard of random edges, some of them in a segment, some removed, some expired; what is seen of it. */
function randomShard(random: Random): { shard: EdgeShard; seen: Map<number, Edge>; vertices: number } {
  const shard = new EdgeShard({
    columns: [
      { name: 'at', type: 'timestamp', scale: 0 },
      { name: 'amount', type: 'integer', scale: 0 },
    ],
    eventTime: 0,
    memory: () => memory,
    kernels: () => compiled,
  });
  const vertices = random.pick([2, 5, 9, 20]);
  const count = random.pick([3, 20, 60]);
  let edges = new Map<number, Edge>();
  let clock = 100;
  let floor = Number.NEGATIVE_INFINITY;
  // Many edges of one time, on both sides of a compaction.
  const isCoarse = random.chance(0.5);
  for (let id = 1; id <= count; id++) {
    clock += isCoarse ? random.pick([0, 0, 0, 0, 1]) : random.below(3);
    const edge = {
      id,
      source: random.chance(0.3) ? 0 : random.below(vertices),
      destination: random.below(vertices),
      time: random.chance(0.2) ? clock - random.below(20) : clock,
      amount: random.below(10),
    };
    edges.set(shard.insert(edge.source, edge.destination, [edge.time, edge.amount], id), edge);
    if (random.chance(0.1)) {
      const number = random.pick([...edges.keys()]);
      shard.remove(number, id);
      edges.delete(number);
    }
    if (random.chance(0.05)) {
      floor = Math.max(floor, clock - 25);
      shard.expire(floor, id);
    }
    if (random.chance(0.08)) {
      const snapshot = shard.open();
      const numbers = shard.install(snapshot, shard.compact(snapshot));
      shard.close(snapshot);
      edges = new Map([...edges].map(([number, one]) => [numbers[number] as number, one]));
    }
  }
  const seen = new Map([...edges].filter(([, { time }]) => time >= floor));
  return { shard, seen, vertices };
}

/** Paths outward by looking through all edges: `isNext` says what may follow, null for the first. */
function naive(
  seen: ReadonlyMap<number, Edge>,
  query: { start: number; target: number; min: number; max: number },
  next: (edge: Edge, from: number, before: Edge | null) => number,
): string[] {
  const found: string[] = [];
  const walk = (vertex: number, path: Edge[], taken: readonly number[]): void => {
    if (path.length === query.max) return;
    for (const edge of seen.values()) {
      const end = next(edge, vertex, path.at(-1) ?? null);
      if (end < 0) continue;
      if (end === query.target) {
        if (path.length + 1 >= query.min) found.push([...path, edge].map(({ id }) => id).join());
      } else if (!taken.includes(end)) walk(end, [...path, edge], [...taken, end]);
    }
  };
  walk(query.start, [], [query.start]);
  return found.sort();
}

function described({ paths }: FoundPaths, seen: ReadonlyMap<number, Edge>): string[] {
  return paths.map((edges) => [...edges].map((edge) => seen.get(edge)?.id).join());
}

function forEachSeed(check: (random: Random) => void): void {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    try {
      check(new Random(seed));
    } catch (error) {
      throw new Error(`RINGWATCH_SEED=${seed}`, { cause: error });
    }
  }
}

/** Runs a search by both kernels, with all the budget and with less; what was found with all. */
function runBoth(
  random: Random,
  searches: readonly PathSearch[],
  search: (search: PathSearch, budget?: number) => FoundPaths,
): FoundPaths {
  const [one, other] = searches.map((each) => search(each)) as [FoundPaths, FoundPaths];
  expect(one.partial).toBe(false);
  expect(one).toEqual(other);
  const budget = random.below(one.visited + 2);
  const [short, alike] = searches.map((each) => search(each, budget)) as [FoundPaths, FoundPaths];
  expect(short).toEqual(alike);
  expect(short.partial).toBe(budget < one.visited);
  return one;
}

describe('a search for paths over segment and delta', () => {
  it('back in time finds the temporal cycles through an edge, by both kernels alike', () => {
    const searches = [compiled, reference].map((kernels) => new PathSearch(memory, kernels));
    let cycles = 0;
    forEachSeed((random) => {
      const { shard, seen } = randomShard(random);
      const snapshot = shard.open();
      const least = random.below(6);
      const filter = random.chance(0.5) ? shard.filter(snapshot, [{ column: 1, least, greatest: 9 }]) : null;
      const into = shard.source(snapshot, 'in', filter);
      const out = shard.source(snapshot, 'out');
      for (const closing of seen.values()) {
        if (closing.source === closing.destination) continue;
        const query = {
          start: closing.source,
          target: closing.destination,
          min: random.between(1, 2),
          max: random.between(2, 5),
          lowest: closing.time - random.pick([10, 40, 1e6]),
          below: closing.time,
        };
        const found = runBoth(random, searches, (search, budget) => search.back(query, into, out, budget));
        const expected = naive(seen, query, (edge, vertex, before) => {
          if (edge.destination !== vertex || edge.time < query.lowest) return -1;
          if (edge.time >= (before?.time ?? query.below)) return -1;
          return filter === null || edge.amount >= least ? edge.source : -1;
        });
        expect(described(found, seen).sort()).toEqual(expected);
        cycles += expected.length;
      }
      if (filter !== null) shard.releaseFilter(filter);
      shard.close(snapshot);
      shard.release();
    });
    expect(cycles).toBeGreaterThan(RUNS);
    for (const search of searches) search.release();
  });

  it('of bounded length between two vertices finds the simple ones, by both kernels alike', () => {
    const searches = [compiled, reference].map((kernels) => new PathSearch(memory, kernels));
    let paths = 0;
    forEachSeed((random) => {
      const { shard, seen, vertices } = randomShard(random);
      const snapshot = shard.open();
      const least = random.below(6);
      const filter = random.chance(0.5) ? shard.filter(snapshot, [{ column: 1, least, greatest: 9 }]) : null;
      const [walked, opposite] = [
        shard.source(snapshot, 'out', filter),
        shard.source(snapshot, 'in', filter),
      ];
      for (let n = 0; n < 6; n++) {
        const max = random.between(1, 4);
        const query = {
          start: random.below(vertices),
          target: random.below(vertices),
          min: random.between(1, max),
          max,
        };
        const found = runBoth(random, searches, (search, budget) =>
          search.between(query, walked, opposite, vertices, budget),
        );
        const expected = naive(seen, query, (edge, vertex) =>
          edge.source === vertex && (filter === null || edge.amount >= least) ? edge.destination : -1,
        );
        expect(described(found, seen).sort()).toEqual(expected);
        paths += expected.length;
        const hops = random.below(20);
        const cut = searches.map((search) => search.between(query, walked, opposite, vertices, 1e6, hops));
        expect(cut[1]).toEqual(cut[0]);
      }
      if (filter !== null) shard.releaseFilter(filter);
      shard.close(snapshot);
      shard.release();
    });
    expect(paths).toBeGreaterThan(RUNS);
    for (const search of searches) search.release();
  });
});

describe('what two ascending arrays have in common', () => {
  it('is the same by both kernels, however long either is', () => {
    forEachSeed((random) => {
      const [a, b] = [0, 1].map(() => {
        const count = random.pick([0, 1, 5, 300]);
        const end = random.pick([10, 1000, 2 ** 32]);
        return Uint32Array.from({ length: count }, () => random.below(end)).sort();
      }) as [Uint32Array, Uint32Array];
      const places = [a, b].map((words) => memory.place(new Uint8Array(words.buffer))) as [number, number];
      const target = memory.allocate(4 * (a.length + 2));
      const results = [compiled, reference].map((kernels) => [
        ...memory.words(target, kernels.intersect(places[0], a.length, places[1], b.length, target)),
      ]);
      const among = new Set(b);
      const expected = [...a].filter((value) => among.has(value));
      expect(results).toEqual([expected, expected]);
      for (const address of [...places, target]) memory.release(address);
    });
  });
});
