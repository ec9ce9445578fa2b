import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { LargeIntegers } from '../segment/large-integers.ts';
import type { EdgeSegment, EdgeSegmentSizes } from '../segment/open-edges.ts';
import { CellReader, ListReader } from '../segment/segment-reader.ts';
import type { ListedEdges } from './live-lists.ts';
import { LiveEdges } from './live-edges.ts';
import { RemovedEdges } from './removed-edges.ts';
import { RetiredMemory } from './retired-memory.ts';
import { assertColumns, type ShardColumn } from './shard-columns.ts';
import type { BaseLists } from './shard-lists.ts';
import { TextCells } from './text-cells.ts';

/** What one generation of a shard holds: a segment, and what came after it. Edges are numbered through both. */
export interface Generation {
  readonly memory: GraphMemory;
  /** Where the segment lies: a memory of its own in a graph view, so that it can be given back alone. */
  readonly segmentMemory: GraphMemory;
  readonly kernels: GraphKernels;
  readonly retired: RetiredMemory;
  readonly segment: EdgeSegment | null;
  /** Edges of the segment. */
  readonly edges: number;
  readonly removed: RemovedEdges | null;
  readonly live: LiveEdges;
  /** The segment's columns. */
  readonly cells: readonly CellReader[];
  /** The column that says which of edges with one key came first, where there are such. */
  readonly ordinals: CellReader | null;
  /** Null but for columns of texts. */
  readonly texts: readonly (TextCells | null)[];
  /** Integers beyond 53 bits by column and edge of the delta; the segment's columns have their own. */
  readonly large: readonly LargeIntegers[];
  /** The segment's lists entry by entry; null without a segment, and where they are not those of a graph view. */
  readonly out: BaseLists | null;
  readonly into: BaseLists | null;
  readonly outLists: ListReader | null;
  readonly outEdges: ListedEdges;
  readonly inEdges: ListedEdges;
  /** What positions are counted from in the generation's memory. */
  readonly firstPosition: number;
  /** Edges before this time were left out of the segment. */
  readonly firstFloor: number;
  /** How the floor rose, by position. */
  readonly floors: { readonly position: number; readonly floor: number }[];
  /** Edges that were removed while somebody read, in order. */
  readonly removals: { readonly edge: number; readonly position: number }[];
}

/** What a generation begins with. */
export interface GenerationStart {
  readonly memory: GraphMemory;
  readonly segmentMemory: GraphMemory;
  readonly kernels: GraphKernels;
  readonly segment: EdgeSegment | null;
  readonly columns: readonly ShardColumn[];
  readonly eventTime: number;
  readonly isView: boolean;
  /** What lists call the edge of number 0. */
  readonly firstId: number;
  readonly firstPosition: number;
  readonly firstFloor: number;
  /** The floor now. */
  readonly floor: () => number;
}

/** Bytes of a generation's parts. */
export interface ShardSizes {
  readonly segment: EdgeSegmentSizes | null;
  readonly deltaColumns: number;
  readonly deltaTexts: number;
  readonly deltaLists: number;
  readonly removed: number;
  /** Bytes of the segment that lie on disk; then `segment` is null. */
  readonly cold: number;
  /** All that is allocated in its memory. */
  readonly total: number;
  /** What its memory has taken from the system. */
  readonly memory: number;
  /** Beside its memory, about: dictionaries of the segment's columns, integers beyond 53 bits, texts that are remembered. */
  readonly heap: { readonly dictionaries: number; readonly others: number };
}

/** A generation without a delta yet. */
export function createGeneration(start: GenerationStart): Generation {
  const { memory, segmentMemory, segment, columns, eventTime, firstId } = start;
  if (segment !== null) assertColumns(columns, eventTime, segment);
  const edges = segment?.about.edges ?? 0;
  const retired = new RetiredMemory();
  const removed = segment === null ? null : new RemovedEdges(memory, retired, edges);
  const cells = segment?.about.columns.map((_, n) => new CellReader(segmentMemory, segment, n)) ?? [];
  const isPacked = segment !== null && start.isView;
  const outLists = isPacked ? new ListReader(segmentMemory, segment.out) : null;
  const inLists = isPacked ? new ListReader(segmentMemory, segment.into) : null;
  const isGone = (id: number): boolean => {
    const edge = id - firstId;
    return edge < edges ? (removed as RemovedEdges).has(edge) : live.isGone(edge - edges);
  };
  const vertices = segment?.about.vertices ?? 0;
  const listed = (): ListedEdges => ({
    // Not a look at the list: an edge that comes would bring a segment back that lies on disk.
    hasBase: (vertex) => vertex < vertices,
    isGone,
    floor: start.floor,
  });
  const outEdges = listed();
  const inEdges = listed();
  const live: LiveEdges = new LiveEdges(memory, retired, {
    columns: columns.length,
    eventTime,
    firstId: firstId + edges,
    forgets: start.isView,
    out: outEdges,
    into: inEdges,
  });
  const timeOf = (edge: number): number => baseTime(cells[eventTime], edge);
  return {
    memory,
    segmentMemory,
    kernels: start.kernels,
    retired,
    segment,
    edges,
    removed,
    live,
    cells,
    ordinals: cells[columns.length] ?? null,
    texts: columns.map(({ type }, n) =>
      type === 'text' ? new TextCells(memory, cells[n]?.texts ?? null, () => live.count) : null,
    ),
    large: columns.map(() => new LargeIntegers()),
    out: outLists === null ? null : outBase(outLists, timeOf),
    into: outLists === null || inLists === null ? null : inBase(inLists, outLists, timeOf),
    outLists,
    outEdges,
    inEdges,
    firstPosition: start.firstPosition,
    firstFloor: start.firstFloor,
    floors: [],
    removals: [],
  };
}

/** The event time of a segment's edge; +Infinity for none. */
export function baseTime(cells: CellReader | undefined, edge: number): number {
  if (cells === undefined) return Number.POSITIVE_INFINITY;
  const time = cells.cell(edge);
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

/** Out-lists hold neighbours, and an entry's number is its edge's. */
function outBase(lists: ListReader, timeOf: (edge: number) => number): BaseLists {
  return {
    open: (vertex) => lists.open(vertex),
    firstEntry: () => lists.first,
    edgeAt: (entry) => entry,
    neighbourAt: (entry) => lists.value(entry),
    timeOf,
  };
}

/** In-lists hold edges, which lead to their sources. */
function inBase(lists: ListReader, out: ListReader, timeOf: (edge: number) => number): BaseLists {
  return {
    open: (vertex) => lists.open(vertex),
    firstEntry: () => lists.first,
    edgeAt: (entry) => lists.value(entry),
    neighbourAt: (_, edge) => out.ownerOf(edge),
    timeOf,
  };
}

/** The edge's integer beyond 53 bits in a column whose cell is NaN; undefined where it is NULL. */
export function largeOf(
  { edges, large, cells }: Generation,
  edge: number,
  column: number,
): bigint | undefined {
  return edge >= edges ? large[column]?.get(edge - edges) : cells[column]?.column.large.get(edge);
}

/** Bytes by part. */
export function sizesOf({
  memory,
  segmentMemory,
  segment,
  live,
  texts,
  removed,
  large,
  cells,
}: Generation): ShardSizes {
  const { columns, lists } = live.bytes;
  const isCold = segment !== null && segmentMemory.isResting;
  const memories = segmentMemory === memory || isCold ? [memory] : [memory, segmentMemory];
  return {
    segment: isCold ? null : (segment?.sizes ?? null),
    cold: isCold ? segment.sizes.total : 0,
    deltaColumns: columns,
    deltaTexts: texts.reduce((sum, each) => sum + (each?.bytes ?? 0), 0),
    deltaLists: lists,
    removed: removed?.bytes ?? 0,
    total: memories.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0),
    memory: memories.reduce((sum, { byteLength }) => sum + byteLength, 0),
    heap: {
      dictionaries: segment?.heapBytes ?? 0,
      others:
        memories.reduce((sum, { heapBytes }) => sum + heapBytes, 0) +
        texts.reduce((sum, each) => sum + (each?.heapBytes ?? 0), 0) +
        large.reduce((sum, { bytes }) => sum + bytes, 0) +
        cells.reduce((sum, { column }) => sum + (column.large.size === 0 ? 0 : column.large.bytes), 0),
    },
  };
}

/** Lets go of the oldest chunk of the delta, which is full and expired. Nobody may read. */
export function letGoOldest({ live, texts, large }: Generation): void {
  const first = live.firstHeld;
  live.letGo();
  for (const each of texts) each?.letGo(live.firstHeld);
  for (const each of large) each.letGo(first);
}

/** Gives all of its memory back. */
export function releaseGeneration({ segment, removed, live, texts }: Generation): void {
  segment?.release();
  removed?.release();
  live.release();
  for (const each of texts) each?.release();
}

/** The floor at a position that the generation holds. */
export function floorAt({ firstFloor, floors }: Generation, position: number): number {
  let low = 0;
  let high = floors.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((floors[middle] as { position: number }).position <= position) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? firstFloor : (floors[low - 1] as { floor: number }).floor;
}
