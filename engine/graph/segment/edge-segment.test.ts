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
const RUNS = Number(process.env.RINGWATCH_RUNS ?? 25);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const SHAPES = [
  { columns: false, timed: false },
  { columns: true, timed: false },
  { columns: true, timed: true },
];

/** Arrival numbers of a vertex's edges in the order that a segment promises. */
function expectedList(edges: RandomEdges, vertex: number, isIn: boolean): number[] {
  const [own, other] = isIn ? [edges.destinations, edges.sources] : [edges.sources, edges.destinations];
  const times = edges.columns[edges.eventTime]?.numbers;
  const key = (edge: number): number => (times === undefined ? other[edge] : times[edge]) as number;
  return [...own.keys()].filter((edge) => own[edge] === vertex).sort((a, b) => key(a) - key(b) || a - b);
}

/** Compares every list, edge number and column value with the edges that went in. */
function compare(edges: RandomEdges, segment: EdgeSegment, memory: GraphMemory, kernels: GraphKernels): void {
  const room = 4 * (edges.sources.length + 8);
  const [target, numbers] = [memory.allocate(room), memory.allocate(room)];
  const arrivals = new Map<number, number>();
  for (let vertex = 0; vertex < edges.vertices; vertex++) {
    const expected = expectedList(edges, vertex, false);
    expect(kernels.openList(segment.out, vertex)).toBe(expected.length);
    expect(kernels.decodeEdges(segment.out, vertex, target, numbers)).toBe(expected.length);
    expect([...memory.words(target, expected.length)]).toEqual(
      expected.map((edge) => edges.destinations[edge]),
    );
    const found = memory.words(numbers, expected.length);
    for (const [n, number] of found.entries()) arrivals.set(number, expected[n] as number);
  }
  expect([...arrivals.keys()]).toEqual([...edges.sources.keys()]);
  for (let vertex = 0; vertex < edges.vertices; vertex++) {
    const expected = expectedList(edges, vertex, true);
    expect(kernels.decodeEdges(segment.into, vertex, target, numbers)).toBe(expected.length);
    expect([...memory.words(target, expected.length)]).toEqual(expected.map((edge) => edges.sources[edge]));
    if (segment.about.inValues !== VALUES_EDGES) continue;
    const found = [...memory.words(numbers, expected.length)].map((number) => arrivals.get(number));
    expect(found).toEqual(expected);
  }
  for (const [number, edge] of arrivals) {
    edges.columns.forEach(({ numbers: values, dictionary }, n) => {
      const about = segment.about.columns[n] as EdgeSegment['about']['columns'][number];
      const code = kernels.columnCode(segment.column(n), number);
      const value = values[edge] as number;
      if (Number.isNaN(value)) expect([about.nulls, code]).toEqual([1, 0]);
      else if (dictionary === null) expect(code - about.nulls + about.least).toBe(value);
      else expect(about.dictionary?.[code - about.nulls]).toBe(dictionary[value]);
    });
  }
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
    const ends = Uint32Array.from({ length: count }, (_, n) => (n * 7919) % 5000);
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
