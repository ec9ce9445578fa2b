import { assert, present } from '../../../core/assert.ts';
import { assembleEdgeSegment, type OrderedLists } from './assemble-edges.ts';
import { bitsOf } from './bit-fields.ts';
import { type ColumnInput, encodeCodes } from './column-input.ts';
import { radixOrder, startsOf } from './radix-order.ts';
import { finish } from './slices.ts';

/** Edges in order of arrival, their ends as vertex numbers. */
export interface EdgeInput {
  readonly vertices: number;
  readonly sources: Uint32Array;
  readonly destinations: Uint32Array;
  readonly columns: readonly ColumnInput[];
  /** The column that is the event time, or -1. */
  readonly eventTime: number;
}

/**
 * An edge segment of these edges.
 *
 * Edges are numbered by source; within a source by (event time, arrival) where there is an event time, which is the order
 * in which the engine reads lists, else by (destination, arrival), which compresses best. Columns follow that
 * number. The in-lists hold sources where the edges have no columns, since nobody asks for the edge then; else edge numbers, which
 * lead to columns and source alike: they take hardly more room than sources would and need no second pointer.
 *
 * Takes about 20 bytes an edge beside the input, and 24 more for each column in turn. Uses up `sources` and `destinations`.
 */
export function buildEdgeSegment(input: EdgeInput): Uint8Array {
  const { vertices, sources, destinations, columns, eventTime } = input;
  const edges = sources.length;
  assert(destinations.length === edges, 'every edge has both ends');
  const isTimed = eventTime >= 0;
  const vertexBits = bitsOf(Math.max(vertices - 1, 0));
  const times = isTimed ? present(columns[eventTime]).numbers : null;
  const order = columns.length > 0 ? arrivalOrder(times, sources, destinations) : null;
  const byEdge = order === null ? [] : [order];
  if (!isTimed) radixOrder(destinations, vertexBits, [sources, ...byEdge]);
  const timeOrder = isTimed ? timedEnds(destinations, order as Uint32Array) : null;
  radixOrder(sources, vertexBits, [destinations, ...byEdge]);
  return assembleEdgeSegment({
    vertices,
    eventTime,
    outStarts: startsOf(sources, vertices),
    outValues: destinations,
    columns: columns.map((column) => () => {
      const { code, codes } = finish(encodeCodes(column));
      return { code, codes: inOrder(codes, order as Uint32Array) };
    }),
    into: () =>
      order === null
        ? sourceLists(vertices, sources, destinations, vertexBits)
        : edgeLists(vertices, destinations, order, timeOrder, vertexBits),
  });
}

/** Arrival numbers; with times, in their order (then `sources` and `destinations` are put in it, too). */
function arrivalOrder(
  times: Float64Array | null,
  sources: Uint32Array,
  destinations: Uint32Array,
): Uint32Array {
  const order = new Uint32Array(sources.length);
  for (let n = 0; n < order.length; n++) order[n] = n;
  if (times === null || ascends(times)) return order;
  // NaN: an edge without event time comes after all others.
  const key = (n: number): number => {
    const time = times[n] as number;
    return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
  };
  order.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return x === y ? a - b : x < y ? -1 : 1;
  });
  sources.set(inOrder(sources, order));
  destinations.set(inOrder(destinations, order));
  return order;
}

function ascends(times: Float64Array): boolean {
  for (let n = 1; n < times.length; n++)
    if (!((times[n - 1] as number) <= (times[n] as number))) return false;
  return times.length === 0 || !Number.isNaN(times[0] as number);
}

function inOrder<T extends Uint32Array | Float64Array>(values: T, order: Uint32Array): T {
  const sorted = values.slice() as T;
  for (let n = 0; n < order.length; n++) sorted[n] = values[order[n] as number] as number;
  return sorted;
}

/** In order of time: where each edge ends and which it is, by arrival; kept until edges have their numbers. */
function timedEnds(
  destinations: Uint32Array,
  order: Uint32Array,
): { ends: Uint32Array; arrivals: Uint32Array } {
  return { ends: destinations.slice(), arrivals: order.slice() };
}

/** In-lists of sources, ascending. */
function sourceLists(
  vertices: number,
  sources: Uint32Array,
  destinations: Uint32Array,
  vertexBits: number,
): OrderedLists {
  // Sorted by (source, destination) so far: a stable sort by destination leaves sources ascending.
  radixOrder(destinations, vertexBits, [sources]);
  return { starts: startsOf(destinations, vertices), values: sources };
}

/** In-lists of edge numbers: by (event time, arrival), or ascending. */
function edgeLists(
  vertices: number,
  destinations: Uint32Array,
  order: Uint32Array,
  timed: { ends: Uint32Array; arrivals: Uint32Array } | null,
  vertexBits: number,
): OrderedLists {
  const edges = order.length;
  let ends = destinations;
  const numbers = new Uint32Array(edges);
  if (timed === null) for (let edge = 0; edge < edges; edge++) numbers[edge] = edge;
  else {
    const numberOf = new Uint32Array(edges);
    for (let edge = 0; edge < edges; edge++) numberOf[order[edge] as number] = edge;
    for (let n = 0; n < edges; n++) numbers[n] = numberOf[timed.arrivals[n] as number] as number;
    ends = timed.ends;
  }
  radixOrder(ends, vertexBits, [numbers]);
  return { starts: startsOf(ends, vertices), values: numbers };
}
