import { describe, expect, it } from '@jest/globals';
import { type RandomEdges, randomEdges } from '../../../tests/graph/random-edges.ts';
import { Random } from '../../../tests/model/random.ts';
import { kernelModule } from '../../../workers/graph/kernel-module.ts';
import { createKernels } from '../../kernels/create-kernels.ts';
import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import { VALUES_EDGES } from '../../kernels/memory-layout.ts';
import { buildEdgeSegment } from './build-edges.ts';
import { GraphMemory } from './graph-memory.ts';
import { EdgeSegment } from './open-edges.ts';

/** Random graphs of each shape; more for a long search. */
const RUNS = Number(process.env.RINGWATCH_RUNS ?? 15);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const SHAPES = [
  { columns: false, timed: false },
  { columns: true, timed: false },
  { columns: true, timed: true },
];

/** Arrival numbers of each vertex's edges in the order that a segment promises. */
function expectedLists(edges: RandomEdges, isIn: boolean): number[][] {
  const [own, other] = isIn ? [edges.destinations, edges.sources] : [edges.sources, edges.destinations];
  const times = edges.columns[edges.eventTime]?.numbers;
  const key = (edge: number): number => (times === undefined ? other[edge] : times[edge]) as number;
  const lists = Array.from({ length: edges.vertices }, (): number[] => []);
  for (const edge of own.keys()) (lists[own[edge] as number] as number[]).push(edge);
  for (const list of lists) list.sort((a, b) => key(a) - key(b) || a - b);
  return lists;
}

/** Compares every list, edge number and column value with the edges that went in. */
function compare(edges: RandomEdges, segment: EdgeSegment, memory: GraphMemory, kernels: GraphKernels): void {
  const room = 4 * (edges.sources.length + 8);
  const [target, numbers] = [memory.allocate(room), memory.allocate(room)];
  const arrivals = new Map<number, number>();
  // One comparison for all vertices: thousands of them take most of the time.
  const out = expectedLists(edges, false);
  const foundOut = out.map((expected, vertex) => {
    const opened = kernels.openList(segment.out, vertex);
    const count = kernels.decodeEdges(segment.out, vertex, target, numbers);
    for (const [n, number] of memory.words(numbers, count).entries())
      arrivals.set(number, expected[n] as number);
    return [opened, ...memory.words(target, count)];
  });
  expect(foundOut).toEqual(
    out.map((expected) => [expected.length, ...expected.map((edge) => edges.destinations[edge])]),
  );
  expect([...arrivals.keys()]).toEqual([...edges.sources.keys()]);
  const hasEdges = segment.about.inValues === VALUES_EDGES;
  const into = expectedLists(edges, true);
  const foundIn = into.map((_, vertex) => {
    const count = kernels.decodeEdges(segment.into, vertex, target, numbers);
    const ends = [...memory.words(target, count)];
    const found = [...memory.words(numbers, count)].map((number) => arrivals.get(number));
    return hasEdges ? [ends, found] : [ends];
  });
  expect(foundIn).toEqual(
    into.map((expected) => {
      const ends = expected.map((edge) => edges.sources[edge]);
      return hasEdges ? [ends, expected] : [ends];
    }),
  );
  const wrong: unknown[] = [];
  for (const [number, edge] of arrivals) {
    edges.columns.forEach(({ numbers: values, dictionary }, n) => {
      const about = segment.about.columns[n] as EdgeSegment['about']['columns'][number];
      const code = kernels.columnCode(segment.column(n), number);
      const value = values[edge] as number;
      const isRight = Number.isNaN(value)
        ? about.nulls === 1 && code === 0
        : dictionary === null
          ? (code - about.nulls) * about.step + about.least === value
          : about.dictionary?.[code - about.nulls] === dictionary[value];
      if (!isRight) wrong.push({ column: about.name, edge, value, code });
    });
  }
  expect(wrong).toEqual([]);
  memory.release(target);
  memory.release(numbers);
}

describe('an edge segment', () => {
  it.each(SHAPES)(
    'gives back the edges it was built from, by compiled kernels and by their reference: %j',
    (shape) => {
      // One memory for all: each reserves addresses for 4 GiB.
      const memory = new GraphMemory();
      const [compiled, reference] = [createKernels(memory, kernelModule()), createKernels(memory, null)];
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        const edges = randomEdges(new Random(seed), shape);
        const bytes = buildEdgeSegment({
          ...edges,
          sources: edges.sources.slice(),
          destinations: edges.destinations.slice(),
        });
        const segment = new EdgeSegment(memory, bytes);
        try {
          compare(edges, segment, memory, compiled);
          compare(edges, segment, memory, reference);
        } catch (error) {
          throw new Error(`RINGWATCH_SEED=${seed}`, { cause: error });
        }
        segment.release();
      }
    },
  );

  it('is the same bytes for the same edges', () => {
    const build = (): Uint8Array =>
      buildEdgeSegment(randomEdges(new Random(7), { columns: true, timed: true }));
    expect(Buffer.compare(build(), build())).toBe(0);
  });

  it('gives its memory back', () => {
    const memory = new GraphMemory();
    const before = memory.allocatedBytes;
    const segments = [1, 2, 3].map(
      (seed) =>
        new EdgeSegment(
          memory,
          buildEdgeSegment(randomEdges(new Random(seed), { columns: true, timed: false })),
        ),
    );
    expect(memory.allocatedBytes).toBeGreaterThan(before);
    for (const segment of segments) segment.release();
    expect(memory.allocatedBytes).toBe(before);
  });

  it('is refused by name where it does not fit in memory, and leaves nothing behind', () => {
    const memory = new GraphMemory(1 << 17);
    const before = memory.allocatedBytes;
    const count = 100_000;
    const random = new Random(1);
    const ends = Uint32Array.from({ length: count }, () => random.below(5000));
    const bytes = buildEdgeSegment({
      vertices: 5000,
      sources: ends,
      destinations: ends.slice().reverse(),
      columns: [],
      eventTime: -1,
    });
    expect(() => new EdgeSegment(memory, bytes)).toThrow(/graphs need .* bytes more/);
    expect(memory.allocatedBytes).toBe(before);
  });
});
