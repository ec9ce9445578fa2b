import { SLICE, type Slices, sortInSlices } from '../segment/slices.ts';
import type { CompactedLists } from './compact-edges.ts';
import type { LiveEdges } from './live-edges.ts';
import type { Generation } from './shard-generation.ts';

/** What is read of a generation: its segment, and the edges of its delta below `end`. */
export interface ListsToRead {
  readonly generation: Generation;
  readonly vertices: number;
  readonly end: number;
}

/**
 * The lists of a graph view in one direction by (event time, arrival), of edges that `keeps` lets through. They are read
 * from what never changes (the segment, the delta's columns), so that edges may come and go between any two slices.
 */
export function* readViewLists(
  { generation, vertices, end }: ListsToRead,
  direction: 'out' | 'in',
  keeps: (edge: number, time: number) => boolean,
): Slices<CompactedLists> {
  const { live, edges: first } = generation;
  const base = direction === 'out' ? generation.out : generation.into;
  const { starts, order } = yield* byVertex(live, vertices, end, direction);
  const byTime = (a: number, b: number): number => compareTimes(live.time(a), live.time(b));
  const room = first + order.length;
  const lists = {
    starts: new Uint32Array(vertices + 1),
    neighbours: new Uint32Array(direction === 'out' ? room : 0),
    edges: new Uint32Array(room),
  };
  let count = 0;
  let work = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    let at = starts[vertex] as number;
    const last = starts[vertex + 1] as number;
    if (last - at > 1) yield* sortInSlices(order, at, last, byTime);
    let entry = 0;
    let entries = base?.open(vertex) ?? 0;
    if (base !== null && entries > 0) {
      entry = base.firstEntry();
      entries += entry;
    }
    if ((++work & (SLICE - 1)) === 0) yield;
    while (entry < entries || at < last) {
      if ((++work & (SLICE - 1)) === 0) yield;
      const edge = entry < entries ? (base?.edgeAt(entry) as number) : -1;
      const time = edge < 0 ? Number.POSITIVE_INFINITY : (base?.timeOf(edge) as number);
      const next = at < last ? (order[at] as number) : -1;
      if (edge >= 0 && (next < 0 || time <= live.time(next))) {
        if (keeps(edge, time)) {
          if (direction === 'out') lists.neighbours[count] = base?.neighbourAt(entry, edge) as number;
          lists.edges[count++] = edge;
        }
        entry++;
      } else {
        if (keeps(first + next, live.time(next))) {
          if (direction === 'out') lists.neighbours[count] = live.destination(next);
          lists.edges[count++] = first + next;
        }
        at++;
      }
    }
    lists.starts[vertex + 1] = count;
  }
  const { neighbours, edges } = lists;
  return {
    starts: lists.starts,
    neighbours: neighbours.subarray(0, count),
    edges: edges.subarray(0, count),
  };
}

/** Those without event time (+Infinity) are equal. */
function compareTimes(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The delta's edges by vertex, then as they came: those of vertex v are order[starts[v]] to order[starts[v + 1] - 1]. */
function* byVertex(
  live: LiveEdges,
  vertices: number,
  end: number,
  direction: 'out' | 'in',
): Slices<{ starts: Uint32Array; order: Uint32Array }> {
  const first = live.firstHeld;
  const vertexOf = (edge: number): number =>
    direction === 'out' ? live.source(edge) : live.destination(edge);
  // Two places on at first: where the next edge of a vertex goes is then where its list begins.
  const starts = new Uint32Array(vertices + 2);
  for (let edge = first; edge < end; edge++) {
    if ((edge & (SLICE - 1)) === 0) yield;
    const place = vertexOf(edge) + 2;
    starts[place] = (starts[place] as number) + 1;
  }
  for (let place = 2; place < starts.length; place++) {
    if ((place & (4 * SLICE - 1)) === 0) yield;
    starts[place] = (starts[place] as number) + (starts[place - 1] as number);
  }
  const order = new Uint32Array(end - first);
  for (let edge = first; edge < end; edge++) {
    if ((edge & (SLICE - 1)) === 0) yield;
    const place = vertexOf(edge) + 1;
    order[starts[place] as number] = edge;
    starts[place] = (starts[place] as number) + 1;
  }
  return { starts, order };
}
