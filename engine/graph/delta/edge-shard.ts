import { assert, present } from '../../../core/assert.ts';
import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { EdgeSegment } from '../segment/open-edges.ts';
import {
  type ColumnRange,
  createFilter,
  createLiveFilter,
  type SearchSource,
} from '../segment/search-source.ts';
import { type CompactedEdges, compactEdges } from './compact-edges.ts';
import { DELTA_POSITION_MAX, LiveEdges } from './live-edges.ts';
import { RemovedEdges } from './removed-edges.ts';
import { RetiredMemory } from './retired-memory.ts';
import { assertColumns, dictionariesOf, type ShardColumn, type ShardDictionary } from './shard-columns.ts';

/** Edges whose value in a column is in a range, both ends included. NULL is in none. */
export interface ColumnPredicate {
  readonly column: number;
  readonly least: number;
  readonly greatest: number;
}

/** What one generation of a shard holds: a segment, and what came after it. Edges are numbered through both. */
interface Generation {
  readonly segment: EdgeSegment | null;
  /** Edges of the segment. */
  readonly edges: number;
  readonly removed: RemovedEdges | null;
  readonly live: LiveEdges;
  readonly dictionaries: readonly (ShardDictionary | null)[];
  /** What positions are counted from in the generation's memory. */
  readonly firstPosition: number;
  /** Edges before this time were left out of the segment. */
  readonly firstFloor: number;
  /** How the floor rose, by position. */
  readonly floors: { readonly position: number; readonly floor: number }[];
  /** Edges that were removed, in order. */
  readonly removals: { readonly edge: number; readonly position: number }[];
}

/** What a shard held at a position. Costs nothing to open; to be closed, so that memory it may read can go. */
export interface ShardSnapshot {
  readonly generation: Generation;
  readonly position: number;
  /** Edges of the delta that had come. */
  readonly liveEnd: number;
  readonly floor: number;
  readonly reader: number;
}

/** A filter for both parts of a shard's generation; released by the caller before the snapshot is closed. */
export interface ShardFilter {
  readonly base: number;
  readonly live: number;
}

/**
 * The edges of one micro shard of an edge table: an immutable segment and the delta after it, which take edges in and
 * out at ascending positions and are read at any of them since the segment was made.
 *
 * One writer. Readers never wait: what they may still see is kept until they have ended. Nothing that is read depends on
 * what is in the segment and what in the delta: lists are by (event time, arrival) through both.
 */
export class EdgeShard {
  readonly columns: readonly ShardColumn[];
  readonly eventTime: number;
  private readonly memory: GraphMemory;
  private readonly kernels: GraphKernels;
  private readonly retired = new RetiredMemory();
  private generation: Generation;
  private position = 0;
  private floor = Number.NEGATIVE_INFINITY;
  private vertexCount = 0;

  /**
   * `eventTime`: the column that is the event time, or -1. `segment`: bytes to begin with, or null. Throws what EdgeSegment
   * throws.
   */
  constructor(
    memory: GraphMemory,
    kernels: GraphKernels,
    columns: readonly ShardColumn[],
    eventTime: number,
    segment: Uint8Array | null = null,
  ) {
    this.memory = memory;
    this.kernels = kernels;
    this.columns = columns;
    this.eventTime = eventTime;
    this.generation = this.newGeneration(segment === null ? null : new EdgeSegment(memory, segment));
    this.vertexCount = this.generation.segment?.about.vertices ?? 0;
  }

  /** Vertices are numbered below this. */
  get vertices(): number {
    return this.vertexCount;
  }

  /** Edges that came since the segment, and edges of either that were removed: what a compaction would take in. */
  get pending(): number {
    return this.generation.live.count + this.generation.removals.length;
  }

  /**
   * Adds an edge; its number, good until the next compaction is installed. `values` by column, NaN for NULL; of dictionaries the
   * place, as `textPlace` gives it. Positions never fall.
   */
  insert(source: number, destination: number, values: ArrayLike<number>, position: number): number {
    this.moveTo(position);
    const { live, edges, firstPosition } = this.generation;
    let time = Number.POSITIVE_INFINITY;
    if (this.eventTime >= 0) {
      const value = values[this.eventTime] as number;
      // No event time: behind all that have one.
      if (!Number.isNaN(value)) time = value;
    }
    const edge = live.insert(source, destination, time, position - firstPosition, values);
    if (source >= this.vertexCount) this.vertexCount = source + 1;
    if (destination >= this.vertexCount) this.vertexCount = destination + 1;
    return edges + edge;
  }

  /** The place of a text in a column's dictionary. */
  textPlace(column: number, text: string): number {
    return present(this.generation.dictionaries[column]).place(text);
  }

  /**
   * Removes an edge that is there, by its number. Edges need a column: without one nothing tells parallel edges apart, and the
   * in-lists of segments hold no edge numbers.
   */
  remove(edge: number, position: number): void {
    assert(this.columns.length > 0, 'edges that are removed have columns');
    this.moveTo(position);
    const { edges, removed, live, removals, firstPosition } = this.generation;
    if (edge < edges) (removed as RemovedEdges).remove(edge, position - firstPosition);
    else live.remove(edge - edges, position - firstPosition);
    removals.push({ edge, position });
  }

  /** Edges before this time are gone from the position on. Never falls. */
  expire(floor: number, position: number): void {
    this.moveTo(position);
    if (floor <= this.floor) return;
    this.floor = floor;
    this.generation.floors.push({ position, floor });
  }

  /** What the shard holds now. */
  open(): ShardSnapshot {
    return this.openAt(this.position);
  }

  /** What it held at a position that is not before the segment's. */
  openAt(position: number): ShardSnapshot {
    const { generation } = this;
    assert(position >= generation.firstPosition && position <= this.position, 'the position is still held');
    const liveEnd =
      position === this.position
        ? generation.live.count
        : generation.live.endAt(position - generation.firstPosition);
    return {
      generation,
      position,
      liveEnd,
      floor: floorAt(generation, position),
      reader: this.retired.begin(),
    };
  }

  /** The oldest position that can be opened. */
  get oldestPosition(): number {
    return this.generation.firstPosition;
  }

  close(snapshot: ShardSnapshot): void {
    this.retired.end(snapshot.reader);
  }

  /** A snapshot's edges in one direction, for searches. */
  source(snapshot: ShardSnapshot, direction: 'out' | 'in', filter: ShardFilter | null = null): SearchSource {
    const { segment, edges, removed, live, firstPosition } = snapshot.generation;
    const time = segment?.about.columns[this.eventTime];
    const hasRemoved = removed !== null && removed.count > 0;
    return {
      lists: segment === null ? 0 : direction === 'out' ? segment.out : segment.into,
      filter: filter?.base ?? 0,
      removed: hasRemoved ? removed.record : 0,
      live: live.count === 0 ? 0 : (direction === 'out' ? live.out : live.into).record,
      liveFilter: filter?.live ?? 0,
      liveEnd: snapshot.liveEnd,
      position: snapshot.position - firstPosition,
      liveFirst: edges,
      times: time === undefined ? 0 : (segment as EdgeSegment).column(this.eventTime),
      timeNulls: time?.nulls === 1,
      timeBase: time === undefined ? 0 : time.least - time.nulls,
      floor: snapshot.floor,
    };
  }

  /** A filter that lets edges through that meet all predicates. */
  filter(snapshot: ShardSnapshot, predicates: readonly ColumnPredicate[]): ShardFilter {
    const { segment, live } = snapshot.generation;
    const base =
      segment === null
        ? 0
        : createFilter(
            this.memory,
            predicates.map((one) => codeRange(segment, one)),
          );
    const values = predicates.map(({ column, least, greatest }) => ({
      column: column === this.eventTime ? live.timesTable : present(live.columns[column]).table,
      least: Math.max(least, -Number.MAX_VALUE),
      // No event time is +Infinity there.
      greatest: Math.min(greatest, Number.MAX_VALUE),
    }));
    return { base, live: createLiveFilter(this.memory, values) };
  }

  releaseFilter({ base, live }: ShardFilter): void {
    if (base !== 0) this.memory.release(base);
    this.memory.release(live);
  }

  /** An edge's value in a column, NaN for NULL; a place in the dictionary where the column has one. */
  value(snapshot: ShardSnapshot, edge: number, column: number): number {
    const { segment, edges, live } = snapshot.generation;
    if (edge >= edges) return live.value(edge - edges, column);
    const code = this.kernels.columnCode((segment as EdgeSegment).column(column), edge);
    const { nulls, least } = present((segment as EdgeSegment).about.columns[column]);
    return nulls === 1 && code === 0 ? Number.NaN : code - nulls + least;
  }

  /** The text at a place of a column's dictionary. */
  text(snapshot: ShardSnapshot, column: number, place: number): string {
    return present(snapshot.generation.dictionaries[column]).text(place);
  }

  /** The segment that holds what a snapshot sees, and how its edges are numbered. Nothing waits for it or changes by it. */
  compact(snapshot: ShardSnapshot): CompactedEdges {
    return compactEdges({
      memory: this.memory,
      kernels: this.kernels,
      columns: this.columns,
      eventTime: this.eventTime,
      vertices: this.vertexCount,
      edgesEnd: snapshot.generation.edges + snapshot.liveEnd,
      out: this.source(snapshot, 'out'),
      into: this.source(snapshot, 'in'),
      value: (edge, column) => this.value(snapshot, edge, column),
      dictionary: (column) => snapshot.generation.dictionaries[column]?.texts ?? null,
    });
  }

  /**
   * Goes on from a compacted segment: what came after the snapshot is put into a new delta. The number of each edge of the old
   * generation in the new one, -1 for those that are no more. The snapshot is still to be closed. Throws what EdgeSegment throws,
   * and is then as it was.
   */
  install(snapshot: ShardSnapshot, compacted: CompactedEdges): Int32Array {
    const old = this.generation;
    assert(snapshot.generation === old, 'what is installed was made of the current generation');
    const segment = new EdgeSegment(this.memory, compacted.bytes);
    const next = this.newGeneration(segment, snapshot.position, snapshot.floor);
    const numbers = new Int32Array(old.edges + old.live.count).fill(-1);
    numbers.set(compacted.numbers);
    for (let edge = snapshot.liveEnd; edge < old.live.count; edge++) {
      numbers[old.edges + edge] = next.edges + this.carry(old, next, edge);
    }
    for (const { edge, position } of old.removals) {
      if (position <= snapshot.position) continue;
      const number = numbers[edge] as number;
      if (number < next.edges) (next.removed as RemovedEdges).remove(number, position - next.firstPosition);
      else next.live.remove(number - next.edges, position - next.firstPosition);
      next.removals.push({ edge: number, position });
    }
    for (const rise of old.floors) if (rise.position > snapshot.position) next.floors.push(rise);
    this.generation = next;
    this.retired.retire(() => releaseGeneration(old));
    return numbers;
  }

  /** Gives all memory back. No snapshot may be open. */
  release(): void {
    assert(this.retired.isIdle, 'nobody reads');
    releaseGeneration(this.generation);
  }

  /** Puts an edge of the old delta into the new one. */
  private carry(old: Generation, next: Generation, edge: number): number {
    const { live } = old;
    const position = live.position(edge) + old.firstPosition - next.firstPosition;
    const values = this.columns.map((_, column) => {
      const value = live.value(edge, column);
      const dictionary = next.dictionaries[column];
      if (dictionary === null || dictionary === undefined || Number.isNaN(value)) return value;
      return dictionary.place(present(old.dictionaries[column]).text(value));
    });
    return next.live.insert(live.source(edge), live.destination(edge), live.time(edge), position, values);
  }

  private moveTo(position: number): void {
    assert(position >= this.position, 'positions never fall');
    assert(position - this.generation.firstPosition <= DELTA_POSITION_MAX, 'a delta is compacted in time');
    this.position = position;
  }

  private newGeneration(
    segment: EdgeSegment | null,
    firstPosition = 0,
    firstFloor = Number.NEGATIVE_INFINITY,
  ): Generation {
    if (segment !== null) assertColumns(this.columns, this.eventTime, segment);
    const edges = segment?.about.edges ?? 0;
    return {
      segment,
      edges,
      removed: segment === null ? null : new RemovedEdges(this.memory, this.retired, edges),
      live: new LiveEdges(this.memory, this.retired, this.columns.length),
      dictionaries: dictionariesOf(this.columns, segment?.about ?? null),
      firstPosition,
      firstFloor,
      floors: [],
      removals: [],
    };
  }
}

function floorAt({ firstFloor, floors }: Generation, position: number): number {
  let low = 0;
  let high = floors.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((floors[middle] as { position: number }).position <= position) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? firstFloor : (floors[low - 1] as { floor: number }).floor;
}

/** The codes of a segment's column whose values are in the range. */
function codeRange(segment: EdgeSegment, { column, least, greatest }: ColumnPredicate): ColumnRange {
  const { nulls, least: base } = present(segment.about.columns[column]);
  const record = segment.column(column);
  const first = Math.max(Math.ceil(least) - base + nulls, nulls);
  const last = Math.floor(greatest) - base + nulls;
  if (!(first <= last)) return { column: record, least: 1, greatest: 0 };
  return {
    column: record,
    least: Math.min(first, Number.MAX_SAFE_INTEGER),
    greatest: Math.min(last, Number.MAX_SAFE_INTEGER),
  };
}

function releaseGeneration({ segment, removed, live }: Generation): void {
  segment?.release();
  removed?.release();
  live.release();
}
