import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import { SOURCE_BYTES } from '../../kernels/memory-layout.ts';
import { assembleEdgeSegment, type OrderedLists } from '../segment/assemble-edges.ts';
import { encodeCodes } from '../segment/column-input.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { inListsOf } from '../segment/ordered-edges.ts';
import { longestOf, type SearchSource, writeSource } from '../segment/search-source.ts';
import type { ShardColumn } from './shard-columns.ts';

/** What is compacted: what two sources see, and how to read the columns of their edges. */
export interface EdgesToCompact {
  readonly memory: GraphMemory;
  readonly kernels: GraphKernels;
  readonly columns: readonly ShardColumn[];
  readonly eventTime: number;
  readonly vertices: number;
  /** Edges are numbered below this. */
  readonly edgesEnd: number;
  readonly out: SearchSource;
  readonly into: SearchSource;
  readonly value: (edge: number, column: number) => number;
  /** The texts of a column's dictionary by place, or null. */
  readonly dictionary: (column: number) => readonly string[] | null;
}

/** A segment, and the number that each edge has in it; -1: it is no more. */
export interface CompactedEdges {
  readonly bytes: Uint8Array;
  readonly numbers: Int32Array;
}

/**
 * Makes a segment of what a snapshot sees. Edges are read as every search reads them, so that the segment's lists are the
 * ones that were read before: answers cannot change by it. Takes about 30 bytes an edge while it runs, and 16 for each column in turn.
 */
export function compactEdges(edges: EdgesToCompact): CompactedEdges {
  const { columns, eventTime, vertices, edgesEnd } = edges;
  const isTimed = eventTime >= 0;
  const out = readLists(edges, edges.out, !isTimed);
  const numbers = new Int32Array(edgesEnd).fill(-1);
  out.edges.forEach((edge, number) => {
    numbers[edge] = number;
  });
  const bytes = assembleEdgeSegment({
    vertices,
    eventTime,
    outStarts: out.starts,
    outValues: out.neighbours,
    columns: columns.map((column, n) => () => {
      const values = Float64Array.from(out.edges, (edge) => edges.value(edge, n));
      const { code, codes } = encodeCodes({ ...column, ...usedTexts(values, edges.dictionary(n)) });
      return { code, codes };
    }),
    into: (): OrderedLists => {
      if (!isTimed) return inListsOf(out.starts, out.neighbours, columns.length > 0, null);
      const into = readLists(edges, edges.into, false);
      return { starts: into.starts, values: into.edges.map((edge) => numbers[edge] as number) };
    },
  });
  return { bytes, numbers };
}

interface ReadLists {
  readonly starts: Uint32Array;
  readonly neighbours: Uint32Array;
  readonly edges: Uint32Array;
}

/** All lists of a source; `ascending`: by neighbour instead, then as they were. */
function readLists(
  { memory, kernels, vertices, edgesEnd }: EdgesToCompact,
  source: SearchSource,
  ascending: boolean,
): ReadLists {
  const record = memory.allocate(SOURCE_BYTES);
  const room = 4 * (longestOf(memory, source) + 8);
  const [buffer, numbers] = [memory.allocate(room), memory.allocate(room)];
  writeSource(memory, record, source);
  const starts = new Uint32Array(vertices + 1);
  const neighbours = new Uint32Array(edgesEnd);
  const edges = new Uint32Array(edgesEnd);
  let end = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    const count = kernels.readVisible(record, vertex, buffer, numbers);
    const { u32 } = memory;
    neighbours.set(u32.subarray(buffer >>> 2, (buffer >>> 2) + count), end);
    edges.set(u32.subarray(numbers >>> 2, (numbers >>> 2) + count), end);
    if (ascending) sortByNeighbour(neighbours.subarray(end, end + count), edges.subarray(end, end + count));
    end += count;
    starts[vertex + 1] = end;
  }
  for (const address of [record, buffer, numbers]) memory.release(address);
  return { starts, neighbours: neighbours.subarray(0, end), edges: edges.subarray(0, end) };
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

/** Values and the texts that they use: those that nothing uses any more go. */
function usedTexts(
  values: Float64Array,
  texts: readonly string[] | null,
): { readonly numbers: Float64Array; readonly dictionary: readonly string[] | null } {
  if (texts === null) return { numbers: values, dictionary: null };
  const places = new Map<number, number>();
  const numbers = values.map((place) => {
    if (Number.isNaN(place)) return place;
    const known = places.get(place);
    if (known !== undefined) return known;
    places.set(place, places.size);
    return places.size - 1;
  });
  return { numbers, dictionary: [...places.keys()].map((place) => texts[place] as string) };
}
