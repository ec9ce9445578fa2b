import { hotEdgeSegment } from '../../engine/graph/segment/cold-edges.ts';
import type { GraphMemory } from '../../engine/graph/segment/graph-memory.ts';
import type { NeighbourhoodSearch } from '../../engine/graph/segment/neighbourhood-search.ts';
import { segmentSource } from '../../engine/graph/segment/search-source.ts';
import type { GraphKernels } from '../../engine/kernels/graph-kernels.ts';
import { VALUES_EDGES } from '../../engine/kernels/memory-layout.ts';
import type { BuiltGraph } from './build-graph.ts';
import { PlainAdjacency } from './plain-adjacency.ts';
import type { EdgeList } from './read-edge-list.ts';

/** What a built graph was held against its edge list for. */
export interface GraphChecks {
  /**
   * Keys lead to their vertices and back, both directions' lists have the neighbours of the list, edges have their columns, and
   * the segment at rest becomes the hot one again.
   */
  readonly neighboursEqual: boolean;
  /** Neighbourhoods and the edges in them are those of the plain adjacency. */
  readonly hopsEqual: boolean;
}

/** Entries that all of the hop checks may read together in the plain adjacency: these are slow. */
const HOP_BUDGET = 40_000_000;

/** Holds a built graph against an uncompressed adjacency made from the edge list alone. */
export function checkGraph(
  list: EdgeList,
  graph: BuiltGraph,
  memory: GraphMemory,
  kernels: GraphKernels,
  search: NeighbourhoodSearch,
  starts: readonly number[],
): GraphChecks {
  const out = new PlainAdjacency(list.vertices, list.sources, list.destinations);
  const into = new PlainAdjacency(list.vertices, list.destinations, list.sources);
  return {
    neighboursEqual:
      keysLeadBack(list, graph) &&
      new ListCheck(list, graph, memory, kernels).equals(out, into) &&
      Buffer.compare(hotEdgeSegment(graph.coldBytes), graph.edgeBytes) === 0,
    hopsEqual: hopsEqual(out, graph, search, starts),
  };
}

function keysLeadBack(list: EdgeList, { vertices, numbers }: BuiltGraph): boolean {
  const { keys } = list;
  for (let n = 0; n < list.vertices; n++) {
    const key = keys.kind === 'numbers' ? (keys.numbers[n] as number) : (keys.texts[n] as string);
    const vertex = numbers[n] as number;
    if (vertices.find(key) !== vertex || vertices.key(vertex) !== key) return false;
  }
  return true;
}

/** Compares lists vertex by vertex. */
class ListCheck {
  private readonly list: EdgeList;
  private readonly graph: BuiltGraph;
  private readonly memory: GraphMemory;
  private readonly kernels: GraphKernels;

  constructor(list: EdgeList, graph: BuiltGraph, memory: GraphMemory, kernels: GraphKernels) {
    this.list = list;
    this.graph = graph;
    this.memory = memory;
    this.kernels = kernels;
  }

  equals(out: PlainAdjacency, into: PlainAdjacency): boolean {
    const { edges } = this.graph;
    const longest = Math.max(edges.about.out.longest, edges.about.into.longest);
    const buffer = this.memory.allocate(4 * (longest + 8));
    const numbers = this.memory.allocate(4 * (longest + 8));
    // The edge of the list by its number in the segment, as the out-lists give it.
    const arrival = new Uint32Array(edges.about.edges);
    let equal = true;
    for (let vertex = 0; vertex < this.list.vertices && equal; vertex++) {
      equal = this.outEquals(out, vertex, buffer, numbers, arrival);
    }
    for (let vertex = 0; vertex < this.list.vertices && equal; vertex++) {
      equal = this.inEquals(into, vertex, buffer, numbers, arrival);
    }
    this.memory.release(buffer);
    this.memory.release(numbers);
    return equal;
  }

  private outEquals(
    out: PlainAdjacency,
    vertex: number,
    buffer: number,
    numbers: number,
    arrival: Uint32Array,
  ): boolean {
    const expected = this.expected(out, vertex, false);
    const count = this.decode(this.graph.edges.out, vertex, buffer, numbers);
    if (count !== expected.length) return false;
    for (let n = 0; n < count; n++) {
      const edge = expected[n] as number;
      const number = this.memory.u32[(numbers >>> 2) + n] as number;
      arrival[number] = edge;
      const neighbour = this.graph.numbers[this.list.destinations[edge] as number];
      if (this.memory.u32[(buffer >>> 2) + n] !== neighbour) return false;
      if (!this.columnsEqual(number, edge)) return false;
    }
    return true;
  }

  private inEquals(
    into: PlainAdjacency,
    vertex: number,
    buffer: number,
    numbers: number,
    arrival: Uint32Array,
  ): boolean {
    const { edges } = this.graph;
    const expected = this.expected(into, vertex, true);
    const count = this.decode(edges.into, vertex, buffer, numbers);
    if (count !== expected.length) return false;
    for (let n = 0; n < count; n++) {
      const edge = expected[n] as number;
      if (this.memory.u32[(buffer >>> 2) + n] !== this.graph.numbers[this.list.sources[edge] as number])
        return false;
      if (edges.about.inValues !== VALUES_EDGES) continue;
      if (arrival[this.memory.u32[(numbers >>> 2) + n] as number] !== edge) return false;
    }
    return true;
  }

  private decode(lists: number, vertex: number, buffer: number, numbers: number): number {
    return this.kernels.decodeEdges(lists, this.graph.numbers[vertex] as number, buffer, numbers);
  }

  /** The edges of the vertex in the order in which a segment lists them: see buildEdgeSegment. */
  private expected(adjacency: PlainAdjacency, vertex: number, isIn: boolean): number[] {
    const { eventTime } = this.graph.edges.about;
    const edges = Array.from(
      adjacency.edges.subarray(adjacency.offsets[vertex], adjacency.offsets[vertex + 1]),
    );
    if (eventTime >= 0) {
      const times = this.list.columns[eventTime]?.numbers as Float64Array;
      return edges.sort((a, b) => compareTimes(times[a] as number, times[b] as number) || a - b);
    }
    const { sources, destinations } = this.list;
    const { numbers } = this.graph;
    const other = (edge: number): number =>
      numbers[(isIn ? sources : destinations)[edge] as number] as number;
    return edges.sort((a, b) => other(a) - other(b) || a - b);
  }

  private columnsEqual(number: number, edge: number): boolean {
    const { edges } = this.graph;
    for (const [n, column] of this.list.columns.entries()) {
      const code = this.kernels.columnCode(edges.column(n), number);
      const { least, step, nulls, dictionary } = edges.about.columns[
        n
      ] as (typeof edges.about.columns)[number];
      const value = column.numbers[edge] as number;
      if (Number.isNaN(value)) {
        if (nulls === 0 || code !== 0) return false;
      } else if (dictionary !== null) {
        if (dictionary[code - nulls] !== column.dictionary?.[value]) return false;
      } else if ((code - nulls) * step + least !== value || (nulls === 1 && code === 0)) return false;
    }
    return true;
  }
}

function compareTimes(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : a - b;
}

function hopsEqual(
  out: PlainAdjacency,
  graph: BuiltGraph,
  search: NeighbourhoodSearch,
  starts: readonly number[],
): boolean {
  const source = segmentSource(graph.edges.out);
  let left = HOP_BUDGET;
  for (let n = 0; n < starts.length && left > 0; n++) {
    const start = starts[n] as number;
    for (let hops = 1; hops <= 3; hops++) {
      const expected = out.within(start, hops, left);
      if (expected === null) {
        left = 0;
        break;
      }
      left -= 1000 + expected.edges;
      const { vertices } = search.find([graph.numbers[start] as number], [source], hops);
      const { neighbours } = search.induced(source, false);
      let equal = vertices.length === expected.vertices.size && neighbours.length === expected.edges;
      const found = new Set(vertices);
      for (const vertex of expected.vertices) if (!found.has(graph.numbers[vertex] as number)) equal = false;
      search.end();
      if (!equal) return false;
    }
  }
  return true;
}
