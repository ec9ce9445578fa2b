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
import type { CellReader, ListReader } from '../segment/segment-reader.ts';
import { finish, oneSlice, type Slices } from '../segment/slices.ts';
import type { ChunkedColumn } from './chunked-column.ts';
import { type CompactedEdges, compactEdges, readLists, sourceReader } from './compact-edges.ts';
import { carryEdge, type CompactionHooks, compactView } from './compact-view.ts';
import { EdgeNumbers } from './edge-numbers.ts';
import { DELTA_POSITION_MAX } from './live-edges.ts';
import type { RemovedEdges } from './removed-edges.ts';
import type { ShardColumn } from './shard-columns.ts';
import {
  baseTime,
  createGeneration,
  floorAt,
  type Generation,
  largeOf,
  letGoOldest,
  releaseGeneration,
  type ShardSizes,
  sizesOf,
} from './shard-generation.ts';
import { type ReadLists, ShardLists } from './shard-lists.ts';
import type { TextCells } from './text-cells.ts';

/** Edges whose value in a column is in a range, both ends included. NULL is in none. */
export interface ColumnPredicate {
  readonly column: number;
  readonly least: number;
  readonly greatest: number;
}

/** What a shard is made of. */
export interface ShardOptions {
  readonly columns: readonly ShardColumn[];
  /** The column that is the event time, or -1. */
  readonly eventTime: number;
  /** Where a generation lies: one memory for all, or a new one each time, which then goes as a whole. */
  readonly memory: () => GraphMemory;
  readonly kernels: (memory: GraphMemory) => GraphKernels;
  /**
   * The edges are those of a graph view: lists keep the order of arrival also without times, edges of any shard can be
   * removed, and no position before now is opened.
   */
  readonly isView?: boolean;
  /** What lists call the edge of number 0. */
  readonly firstId?: number;
  /** Bytes to begin with. */
  readonly segment?: Uint8Array | null;
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
  private readonly options: ShardOptions;
  private readonly isView: boolean;
  private readonly firstId: number;
  private generation: Generation;
  private position = 0;
  private floor = Number.NEGATIVE_INFINITY;
  private vertexCount = 0;
  /** A compaction that has begun. */
  private coming: { readonly slices: Slices<Generation>; readonly removals: number[] } | null = null;
  private readonly views: { readonly out: ShardLists; readonly into: ShardLists } | null;

  /** Throws what EdgeSegment throws. */
  constructor(options: ShardOptions) {
    this.options = options;
    this.columns = options.columns;
    this.eventTime = options.eventTime;
    this.isView = options.isView ?? false;
    this.firstId = options.firstId ?? 0;
    const memory = options.memory();
    const bytes = options.segment ?? null;
    const segment = bytes === null ? null : new EdgeSegment(memory, bytes);
    this.generation = this.newGeneration(memory, segment, 0, Number.NEGATIVE_INFINITY);
    this.vertexCount = segment?.about.vertices ?? 0;
    this.views = this.isView
      ? { out: new ShardLists(this.readLists('out')), into: new ShardLists(this.readLists('in')) }
      : null;
  }

  /** Begins with a segment, in place of nothing. Throws what EdgeSegment throws. */
  load(bytes: Uint8Array): void {
    assert(this.generation.edges + this.generation.live.count === 0, 'the shard is empty');
    const memory = this.options.memory();
    this.follow(this.newGeneration(memory, new EdgeSegment(memory, bytes), 0, Number.NEGATIVE_INFINITY));
  }

  /** Vertices are numbered below this. */
  get vertices(): number {
    return this.vertexCount;
  }

  /** Edges of the segment, removed ones included. */
  get segmentEdges(): number {
    return this.generation.edges;
  }

  /** Edges that came since the segment, removed ones included. */
  get liveEdges(): number {
    return this.generation.live.count;
  }

  /** Edges of the segment, and of the delta those not let go of; removed and expired ones included. */
  get heldEdges(): number {
    return this.segmentEdges + this.liveEdges - this.forgottenEdges;
  }

  /** Edges of the delta that were let go of: its first ones. */
  get forgottenEdges(): number {
    return this.generation.live.firstHeld;
  }

  /** Edges of either that were removed and are held. */
  get removedEdges(): number {
    return this.generation.live.removedCount + (this.generation.removed?.count ?? 0);
  }

  /** The segment as it was written, not copied; null without one. */
  get segmentBytes(): Uint8Array | null {
    return this.generation.segment?.bytes ?? null;
  }

  /** The segment and its memory, where it has one of its own. */
  get ownSegment(): { readonly segment: EdgeSegment; readonly memory: GraphMemory } | null {
    const { segment, segmentMemory, memory } = this.generation;
    return segment === null || segmentMemory === memory ? null : { segment, memory: segmentMemory };
  }

  /** Bytes of the segment, wherever they lie. */
  get segmentSize(): number {
    return this.generation.segment?.sizes.total ?? 0;
  }

  /** Which edges of the segment from `first`, a multiple of 8, to `end` - 1 were removed, a bit each. */
  removedBitsOfSegment(first: number, end: number): Uint8Array {
    return (this.generation.removed as RemovedEdges).bitsOf(first, end);
  }

  /** Edges of the segment that were removed. */
  get removedFromSegment(): number {
    return this.generation.removed?.count ?? 0;
  }

  /** The neighbour lists as searches read them; of a graph view. The same object for ever. */
  lists(direction: 'out' | 'in'): ShardLists {
    const views = this.views as { readonly out: ShardLists; readonly into: ShardLists };
    return direction === 'out' ? views.out : views.into;
  }

  /** Adds an edge; its number, good until the next compaction is installed. `values` by column: cells. Positions never fall. */
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
    this.changed();
    return edges + edge;
  }

  /** The cell of a text. */
  textPlace(column: number, text: string): number {
    return (this.generation.texts[column] as TextCells).place(text);
  }

  /** Notes an integer beyond 53 bits of an edge of the delta, whose cell is NaN. */
  setLarge(edge: number, column: number, value: bigint): void {
    const { edges, large } = this.generation;
    present(large[column], 'a column').set(edge - edges, value);
  }

  /** Whether the delta has integers beyond 53 bits in the column. */
  hasLarge(column: number): boolean {
    return present(this.generation.large[column], 'a column').size > 0;
  }

  /** The integer beyond 53 bits of an edge whose cell is NaN; null where it is NULL. */
  largeOf(edge: number, column: number): bigint | null {
    return largeOf(this.generation, edge, column) ?? null;
  }

  /** An edge's cell now. */
  cellOf(edge: number, column: number): number {
    const { edges, live, cells } = this.generation;
    return edge >= edges ? live.value(edge - edges, column) : (cells[column] as CellReader).cell(edge);
  }

  /** The text that a cell leads to now. */
  textOf(column: number, cell: number): string {
    return (this.generation.texts[column] as TextCells).text(cell);
  }

  /** Whether a cell leads to this text. */
  hasText(column: number, cell: number, text: string): boolean {
    return (this.generation.texts[column] as TextCells).has(cell, text);
  }

  edgeSource(edge: number): number {
    const { edges, live, outLists } = this.generation;
    return edge >= edges ? live.source(edge - edges) : (outLists as ListReader).ownerOf(edge);
  }

  edgeDestination(edge: number): number {
    const { edges, live, outLists } = this.generation;
    return edge >= edges ? live.destination(edge - edges) : (outLists as ListReader).value(edge);
  }

  /** Microseconds; +Infinity for none. */
  edgeTime(edge: number): number {
    const { edges, live, cells } = this.generation;
    return edge >= edges ? live.time(edge - edges) : baseTime(cells[this.eventTime], edge);
  }

  /** Whether the edge was removed. */
  isGone(edge: number): boolean {
    const { edges, live, removed } = this.generation;
    return edge >= edges ? live.isGone(edge - edges) : (removed as RemovedEdges).has(edge);
  }

  /** Orders edges of one key by arrival. */
  compareArrival(a: number, b: number): number {
    const { edges, ordinals } = this.generation;
    if (a >= edges || b >= edges || ordinals === null) return a - b;
    return ordinals.cell(a) - ordinals.cell(b) || a - b;
  }

  /**
   * Removes an edge that is there, by its number. But in a graph view edges need a column for that: without one nothing tells
   * parallel edges apart, and the in-lists of segments hold no edge numbers.
   */
  remove(edge: number, position: number): void {
    assert(this.columns.length > 0 || this.isView, 'edges that are removed have columns');
    this.moveTo(position);
    const { edges, removed, live, removals, firstPosition, retired } = this.generation;
    if (edge < edges) {
      (removed as RemovedEdges).remove(edge, position - firstPosition);
      if (this.isView) {
        live.out.noteGone(this.edgeSource(edge));
        live.into.noteGone(this.edgeDestination(edge));
      }
    } else live.remove(edge - edges, position - firstPosition);
    if (!retired.isIdle) removals.push({ edge, position });
    this.coming?.removals.push(edge);
    this.changed();
  }

  /** Edges before this time are gone from the position on. Never falls. */
  expire(floor: number, position: number): void {
    this.moveTo(position);
    if (floor <= this.floor) return;
    this.floor = floor;
    if (!this.isView) this.generation.floors.push({ position, floor });
  }

  /**
   * Lets go of the oldest chunk of the delta: it is full, and all of its edges have expired. Of a graph view; false while
   * somebody reads or it is compacted, and nothing has happened then.
   */
  letGoOldest(): boolean {
    assert(this.isView, 'no position before now is opened');
    if (!this.generation.retired.isIdle || this.coming !== null) return false;
    this.changed();
    letGoOldest(this.generation);
    return true;
  }

  /** Leaves out the first edges of a delta that is empty still: whole chunks, which were let go of. */
  skip(edges: number): void {
    this.generation.live.startAt(edges);
  }

  /** Bytes by part. */
  describe(): ShardSizes {
    return sizesOf(this.generation);
  }

  /** What the shard holds now. */
  open(): ShardSnapshot {
    return this.openAt(this.position);
  }

  /** What it held at a position that is not before the segment's. */
  openAt(position: number): ShardSnapshot {
    const { generation } = this;
    assert(position >= this.oldestPosition && position <= this.position, 'the position is still held');
    const liveEnd =
      position === this.position
        ? generation.live.count
        : generation.live.endAt(position - generation.firstPosition);
    return {
      generation,
      position,
      liveEnd,
      floor: this.isView ? this.floor : floorAt(generation, position),
      reader: generation.retired.begin(),
    };
  }

  /** The oldest position that can be opened. */
  get oldestPosition(): number {
    return this.isView ? this.position : this.generation.firstPosition;
  }

  close(snapshot: ShardSnapshot): void {
    snapshot.generation.retired.end(snapshot.reader);
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
      firstId: this.firstId,
      times: time === undefined ? 0 : (segment as EdgeSegment).column(this.eventTime),
      timeNulls: time?.nulls === 1,
      timeBase: time === undefined ? 0 : time.least - time.nulls * time.step,
      timeStep: time?.step ?? 1,
      floor: snapshot.floor,
    };
  }

  /** A filter that lets edges through that meet all predicates. */
  filter(snapshot: ShardSnapshot, predicates: readonly ColumnPredicate[]): ShardFilter {
    const { memory, segment, live } = snapshot.generation;
    const base =
      segment === null
        ? 0
        : createFilter(
            memory,
            predicates.map((one) => codeRange(segment, one)),
          );
    const values = predicates.map(({ column, least, greatest }) => ({
      column: column === this.eventTime ? live.timesTable : (live.columns[column] as ChunkedColumn).table,
      least: Math.max(least, -Number.MAX_VALUE),
      // No event time is +Infinity there.
      greatest: Math.min(greatest, Number.MAX_VALUE),
    }));
    return { base, live: createLiveFilter(memory, values) };
  }

  releaseFilter({ base, live }: ShardFilter): void {
    const { memory } = this.generation;
    if (base !== 0) memory.release(base);
    memory.release(live);
  }

  /** The cell of an edge of a snapshot. */
  value(snapshot: ShardSnapshot, edge: number, column: number): number {
    const { edges, live, cells } = snapshot.generation;
    return edge >= edges ? live.value(edge - edges, column) : (cells[column] as CellReader).cell(edge);
  }

  /** The text that a cell of a snapshot leads to. */
  text(snapshot: ShardSnapshot, column: number, place: number): string {
    return present(snapshot.generation.texts[column]).text(place);
  }

  /** The segment that holds what a snapshot sees, and how its edges are numbered; not of a graph view. Nothing waits for it or changes by it. */
  compact(snapshot: ShardSnapshot): CompactedEdges {
    assert(!this.isView, 'graph views are compacted in slices');
    const { generation } = snapshot;
    const { memory, kernels } = generation;
    const { vertexCount: vertices, eventTime } = this;
    const edgesEnd = generation.edges + snapshot.liveEnd;
    const lists = (direction: 'out' | 'in') => () =>
      oneSlice(() => {
        const reader = sourceReader(memory, kernels, this.source(snapshot, direction));
        return readLists(vertices, edgesEnd, reader, direction === 'out' && eventTime < 0);
      });
    return finish(
      compactEdges({
        columns: this.columns,
        eventTime,
        vertices,
        numbers: new EdgeNumbers(edgesEnd, edgesEnd, 0),
        out: lists('out'),
        into: lists('in'),
        cell: (edge, column) => this.value(snapshot, edge, column),
        texts: (column) => generation.texts[column] ?? null,
        large: (edge, column) => largeOf(generation, edge, column),
        keepsOrder: false,
        ordinals: null,
      }),
    );
  }

  /**
   * Begins to make a segment of all edges of a graph view, in slices: `proceed` does one after the other. Nothing changes by it until
   * the last one, and it can be given up at any time.
   */
  beginCompaction(hooks: CompactionHooks): void {
    assert(this.isView && this.coming === null, 'one compaction at a time');
    const removals: number[] = [];
    const { position, floor } = this;
    const slices = compactView({
      generation: this.generation,
      columns: this.columns,
      eventTime: this.eventTime,
      vertices: this.vertexCount,
      end: this.generation.live.count,
      floor: () => this.floor,
      removals,
      hooks,
      next: (memory, segment) => this.newGeneration(memory, segment, position, floor),
      memory: this.options.memory,
    });
    this.coming = { slices, removals };
  }

  /** Whether a compaction has begun. */
  get isCompacting(): boolean {
    return this.coming !== null;
  }

  /** One slice of the compaction. True: it is done, and edges are numbered anew. Throws what EdgeSegment throws, and has given it up then. */
  proceed(): boolean {
    const { slices } = present(this.coming, 'a compaction');
    try {
      const { done, value } = slices.next();
      if (done !== true) return false;
      this.coming = null;
      this.follow(value);
      return true;
    } catch (error) {
      this.coming = null;
      throw error;
    }
  }

  /** Gives the compaction up, where there is one. */
  abandon(): void {
    this.coming = null;
  }

  /**
   * Goes on from a compacted segment: what came after the snapshot is put into a new delta. The number of each edge of the old
   * generation in the new one, -1 for those that are no more. The snapshot is still to be closed. Throws what EdgeSegment throws,
   * and is then as it was.
   */
  install(snapshot: ShardSnapshot, compacted: CompactedEdges): Int32Array {
    const old = this.generation;
    assert(snapshot.generation === old, 'what is installed was made of the current generation');
    const memory = this.options.memory();
    const segment = new EdgeSegment(memory, compacted.bytes, {
      address: 0,
      columns: compacted.columns,
    });
    const next = this.newGeneration(memory, segment, snapshot.position, snapshot.floor);
    const numbers = new Int32Array(old.edges + old.live.count).fill(-1);
    for (let edge = 0; edge < old.edges + snapshot.liveEnd; edge++)
      numbers[edge] = compacted.numbers.of(edge);
    for (let edge = snapshot.liveEnd; edge < old.live.count; edge++) {
      numbers[old.edges + edge] = next.edges + carryEdge(this.columns, old, next, edge);
    }
    for (const { edge, position } of old.removals) {
      if (position <= snapshot.position) continue;
      const number = numbers[edge] as number;
      if (number < next.edges) (next.removed as RemovedEdges).remove(number, position - next.firstPosition);
      else next.live.remove(number - next.edges, position - next.firstPosition);
      next.removals.push({ edge: number, position });
    }
    for (const rise of old.floors) if (rise.position > snapshot.position) next.floors.push(rise);
    this.follow(next);
    // A memory of its own goes with those who read it.
    if (memory === old.memory) old.retired.retire(() => releaseGeneration(old));
    return numbers;
  }

  /** Gives all memory back. No snapshot may be open. */
  release(): void {
    assert(this.generation.retired.isIdle, 'nobody reads');
    releaseGeneration(this.generation);
  }

  private moveTo(position: number): void {
    assert(position >= this.position, 'positions never fall');
    assert(position - this.generation.firstPosition <= DELTA_POSITION_MAX, 'a delta is compacted in time');
    this.position = position;
  }

  /** `segmentMemory`: where the segment lies. */
  private newGeneration(
    segmentMemory: GraphMemory,
    segment: EdgeSegment | null,
    firstPosition: number,
    firstFloor: number,
  ): Generation {
    const { columns, eventTime, isView, firstId, options } = this;
    const memory = isView && segment !== null ? options.memory() : segmentMemory;
    const kernels = options.kernels(memory);
    const floor = (): number => this.floor;
    const about = { columns, eventTime, isView, firstId, firstPosition, firstFloor, floor };
    return createGeneration({ memory, segmentMemory, kernels, segment, ...about });
  }

  private follow(next: Generation): void {
    this.generation = next;
    this.vertexCount = Math.max(this.vertexCount, next.segment?.about.vertices ?? 0);
    this.views?.out.bind(this.readLists('out'));
    this.views?.into.bind(this.readLists('in'));
  }

  private readLists(direction: 'out' | 'in'): ReadLists {
    const { live, out, into, outEdges, inEdges, retired } = this.generation;
    const { firstId } = this;
    const isIdle = (): boolean => retired.isIdle;
    return direction === 'out'
      ? { live: live.out, base: out, edges: outEdges, firstId, isIdle }
      : { live: live.into, base: into, edges: inEdges, firstId, isIdle };
  }

  private changed(): void {
    this.views?.out.changed();
    this.views?.into.changed();
  }
}

/** The codes of a segment's column whose values are in the range. */
function codeRange(segment: EdgeSegment, { column, least, greatest }: ColumnPredicate): ColumnRange {
  const { nulls, least: base, step } = present(segment.about.columns[column]);
  const record = segment.column(column);
  const first = Math.max(Math.ceil((Math.ceil(least) - base) / step) + nulls, nulls);
  const last = Math.floor((Math.floor(greatest) - base) / step) + nulls;
  if (!(first <= last)) return { column: record, least: 1, greatest: 0 };
  return {
    column: record,
    least: Math.min(first, Number.MAX_SAFE_INTEGER),
    greatest: Math.min(last, Number.MAX_SAFE_INTEGER),
  };
}
