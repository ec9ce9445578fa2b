import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import { SOURCE_BYTES } from '../../kernels/memory-layout.ts';
import { assembleInSlices, type OrderedColumn, type OrderedLists } from '../segment/assemble-edges.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { LargeIntegers, NO_LARGE_INTEGERS } from '../segment/large-integers.ts';
import type { OwnColumn } from '../segment/open-edges.ts';
import { inListsOf } from '../segment/ordered-edges.ts';
import { longestOf, type SearchSource, writeSource } from '../segment/search-source.ts';
import { SLICE, type Slices } from '../segment/slices.ts';
import type { EdgeNumbers } from './edge-numbers.ts';
import { packColumn } from './pack-column.ts';
import { ORDINALS, type ShardColumn } from './shard-columns.ts';
import type { TextCells } from './text-cells.ts';

/** What is compacted, and how to read it. */
export interface EdgesToCompact {
  readonly columns: readonly ShardColumn[];
  readonly eventTime: number;
  readonly vertices: number;
  /** For the new numbers of edges: one that has none yet. */
  readonly numbers: EdgeNumbers;
  /** What is seen in out-lists. */
  readonly out: () => Slices<CompactedLists>;
  /** The same edges in in-lists, whose neighbours are not asked for: those that have a number now. */
  readonly into: (numbers: EdgeNumbers) => Slices<CompactedLists>;
  readonly cell: (edge: number, column: number) => number;
  /** The texts of a column, or null. */
  readonly texts: (column: number) => TextCells | null;
  /** An edge's integer beyond 53 bits. */
  readonly large: (edge: number, column: number) => bigint | undefined;
  /** Lists keep the order of arrival also without times. */
  readonly keepsOrder: boolean;
  /** By place in the edges given, which are in the order of their new numbers; null for none. */
  readonly ordinals: ((edges: Uint32Array) => Slices<Float64Array | null>) | null;
}

/** Lists one after the other: those of vertex v are starts[v] to starts[v + 1] - 1. */
export interface CompactedLists {
  readonly starts: Uint32Array;
  readonly neighbours: Uint32Array;
  readonly edges: Uint32Array;
}

/** Reads the list of one vertex after the other. */
export interface VertexReader {
  /** Entries that are seen at the vertex; `edges` and `neighbours` then begin with them. */
  read(vertex: number): number;
  readonly edges: Uint32Array;
  readonly neighbours: Uint32Array;
  /** Gives back what was needed. */
  end(): void;
}

/** A segment, and the number that each edge has in it. */
export interface CompactedEdges {
  readonly bytes: Uint8Array;
  readonly numbers: EdgeNumbers;
  /** What each of its columns has on the engine's heap. */
  readonly columns: readonly OwnColumn[];
}

/**
 * Makes a segment. Edges are in the order in which every search reads them, so that the segment's lists are the ones that
 * were read before: answers cannot change by it. Takes about 30 bytes an edge while it runs, and 16 for each column in turn.
 */
export function* compactEdges(edges: EdgesToCompact): Slices<CompactedEdges> {
  const { columns, eventTime, vertices, numbers, keepsOrder } = edges;
  const out = yield* edges.out();
  const count = out.edges.length;
  for (let number = 0; number < count; number++) {
    if ((number & (4 * SLICE - 1)) === 0) yield;
    numbers.set(out.edges[number] as number, number);
  }
  const ordinals = edges.ordinals === null ? null : yield* edges.ordinals(out.edges);
  const made: OwnColumn[] = [];
  const packed = (column: ShardColumn, n: number) =>
    function* (): Slices<OrderedColumn> {
      const one = yield* packOne(edges, column, n, out.edges, ordinals);
      made.push({ dictionary: one.code.dictionary, large: one.large ?? NO_LARGE_INTEGERS });
      return one;
    };
  const bytes = yield* assembleInSlices({
    vertices,
    eventTime,
    keepsOrder,
    outStarts: out.starts,
    outValues: out.neighbours,
    columns: [...columns, ...(ordinals === null ? [] : [ORDINAL_COLUMN])].map(packed),
    into: function* (): Slices<OrderedLists> {
      if (eventTime < 0 && !keepsOrder)
        return inListsOf(out.starts, out.neighbours, columns.length > 0, null);
      const into = yield* edges.into(numbers);
      for (let n = 0; n < into.edges.length; n++) {
        if ((n & (4 * SLICE - 1)) === 0) yield;
        into.edges[n] = numbers.of(into.edges[n] as number);
      }
      return { starts: into.starts, values: into.edges };
    },
  });
  return { bytes, numbers, columns: made };
}

/** A column of edges in their order; behind the shard's own, that of ordinals. */
function* packOne(
  edges: EdgesToCompact,
  column: ShardColumn,
  n: number,
  order: Uint32Array,
  ordinals: Float64Array | null,
): Slices<OrderedColumn> {
  if (n === edges.columns.length)
    return yield* packColumn(column, { cells: ordinals as Float64Array, ...NO_TEXTS });
  const cells = new Float64Array(order.length);
  const large = new LargeIntegers();
  for (let number = 0; number < order.length; number++) {
    if ((number & (SLICE - 1)) === 0) yield;
    const edge = order[number] as number;
    const cell = edges.cell(edge, n);
    cells[number] = cell;
    if (!Number.isNaN(cell) || column.type === 'text') continue;
    const integer = edges.large(edge, n);
    if (integer !== undefined) large.set(number, integer);
  }
  return yield* packColumn(column, { cells, texts: edges.texts(n), large });
}

const ORDINAL_COLUMN: ShardColumn = { name: ORDINALS, type: 'integer', scale: 0 };
const NO_TEXTS = { texts: null, large: NO_LARGE_INTEGERS };

/** All lists in one direction as a reader gives them; `ascending`: by neighbour instead, then as they were. */
export function readLists(
  vertices: number,
  edgesEnd: number,
  reader: VertexReader,
  ascending: boolean,
): CompactedLists {
  const starts = new Uint32Array(vertices + 1);
  const neighbours = new Uint32Array(edgesEnd);
  const edges = new Uint32Array(edgesEnd);
  let end = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    const count = reader.read(vertex);
    for (let n = 0; n < count; n++) {
      neighbours[end + n] = reader.neighbours[n] as number;
      edges[end + n] = reader.edges[n] as number;
    }
    if (ascending) sortByNeighbour(neighbours.subarray(end, end + count), edges.subarray(end, end + count));
    end += count;
    starts[vertex + 1] = end;
  }
  reader.end();
  return { starts, neighbours: neighbours.subarray(0, end), edges: edges.subarray(0, end) };
}

/** Reads lists of a source by kernels. */
export function sourceReader(memory: GraphMemory, kernels: GraphKernels, source: SearchSource): VertexReader {
  const record = memory.allocate(SOURCE_BYTES);
  const room = longestOf(memory, source);
  const [buffer, numbers] = [memory.allocate(4 * (room + 8)), memory.allocate(4 * (room + 8))];
  writeSource(memory, record, source);
  return {
    read: (vertex) => kernels.readVisible(record, vertex, buffer, numbers),
    get edges() {
      return memory.u32.subarray(numbers >>> 2, (numbers >>> 2) + room);
    },
    get neighbours() {
      return memory.u32.subarray(buffer >>> 2, (buffer >>> 2) + room);
    },
    end: () => {
      for (const address of [record, buffer, numbers]) memory.release(address);
    },
  };
}

function sortByNeighbour(neighbours: Uint32Array, edges: Uint32Array): void {
  if (neighbours.every((neighbour, n) => n === 0 || neighbour >= (neighbours[n - 1] as number))) return;
  const order = [...neighbours.keys()].sort(
    (a, b) => (neighbours[a] as number) - (neighbours[b] as number) || a - b,
  );
  const [ends, numbers] = [neighbours.slice(), edges.slice()];
  order.forEach((from, to) => {
    neighbours[to] = ends[from] as number;
    edges[to] = numbers[from] as number;
  });
}
