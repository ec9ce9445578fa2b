import type { ColumnInput } from '../../engine/graph/segment/column-input.ts';
import type { Random } from '../model/random.ts';

/** Edges in order of arrival, and the columns that a segment would get of them. */
export interface RandomEdges {
  readonly vertices: number;
  readonly sources: Uint32Array;
  readonly destinations: Uint32Array;
  readonly columns: readonly ColumnInput[];
  /** The column of event times, or -1. */
  readonly eventTime: number;
}

/** What kinds of edges there are to be. */
export interface RandomShape {
  readonly columns: boolean;
  readonly timed: boolean;
}

/**
 * A graph with the oddities that segments have to keep: vertices without edges, self-loops, repeated edges, a hub whose
 * degree does not fit in a byte, ids far apart, columns with NULLs, runs, ties and large ranges.
 */
export function randomEdges(random: Random, shape: RandomShape): RandomEdges {
  const vertices = random.pick([1, 2, 27, 28, 29, 60, 400, 3000]);
  const count = random.pick([0, 1, 3, 4, 5, 100, 900, 4000]);
  const sources = new Uint32Array(count);
  const destinations = new Uint32Array(count);
  const hub = random.below(vertices);
  const spread = random.pick([1, 3, 50, vertices]);
  for (let edge = 0; edge < count; edge++) {
    const source = random.chance(0.3) ? hub : random.below(vertices);
    sources[edge] = source;
    destinations[edge] = random.chance(0.05)
      ? source
      : random.chance(0.2)
        ? hub
        : (source + random.below(Math.max(1, spread))) % vertices;
  }
  return { vertices, sources, destinations, ...randomColumns(random, shape, count, sources) };
}

function randomColumns(
  random: Random,
  shape: RandomShape,
  count: number,
  sources: Uint32Array,
): Pick<RandomEdges, 'columns' | 'eventTime'> {
  if (!shape.columns && !shape.timed) return { columns: [], eventTime: -1 };
  const step = random.pick([0, 1, 1000, 86_400_000_000]);
  const isLate = random.chance(0.5);
  let now = random.below(1000);
  const times = Float64Array.from({ length: count }, () => {
    now += random.below(3) * step;
    return isLate && random.chance(0.2) ? now - random.below(5) * step : now;
  });
  const words = ['', 'a', 'zürich', '数', 'b'.repeat(300)];
  const columns: ColumnInput[] = [
    { name: 'at', type: 'timestamp', scale: 0, numbers: times, dictionary: null },
    {
      name: 'amount',
      type: 'decimal',
      scale: 2,
      numbers: Float64Array.from(sources, (source) =>
        random.chance(0.02) ? Number.NaN : random.chance(0.1) ? random.below(1e9) - 5e8 : source * 7,
      ),
      dictionary: null,
    },
    {
      name: 'channel',
      type: 'text',
      scale: 0,
      numbers: Float64Array.from({ length: count }, () =>
        random.chance(0.1) ? Number.NaN : random.below(words.length),
      ),
      dictionary: words,
    },
    {
      name: 'rate',
      type: 'double',
      scale: 0,
      numbers: Float64Array.from({ length: count }, () => random.below(3)),
      dictionary: ['0.1', '-1e-9', '3'],
    },
    {
      name: 'wide',
      type: 'integer',
      scale: 0,
      numbers: Float64Array.from({ length: count }, () => random.below(2 ** 30) * 2 ** 20 - 2 ** 49),
      dictionary: null,
    },
  ];
  return { columns, eventTime: shape.timed ? 0 : -1 };
}
