import { assert } from '../../../core/assert.ts';
import { LIVE_CHUNK_LOG2, LIVE_REMOVED, LIVE_TIMES } from '../../kernels/memory-layout.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { BlockPool } from './block-pool.ts';
import { ChunkedColumn } from './chunked-column.ts';
import { type ListedEdges, LiveLists } from './live-lists.ts';
import type { RetiredMemory } from './retired-memory.ts';

const ROW_MASK = (1 << LIVE_CHUNK_LOG2) - 1;

/** Positions of a delta count from its first: they fit in so many bits, less one for "not removed". */
export const DELTA_POSITION_MAX = 0xffff_fffd;

/** What a delta is to hold. */
export interface LiveEdgesOptions {
  readonly columns: number;
  /** The column that is the event time, or -1. */
  readonly eventTime: number;
  /** What lists call the first edge. */
  readonly firstId: number;
  readonly out: ListedEdges;
  readonly into: ListedEdges;
  /** Whether nobody opens a position before now. */
  readonly forgets: boolean;
}

/**
 * The edges that came since the segment: columns in log order, lists both ways, and the position that removed each. Edges
 * are numbered as they come; nothing moves, so that a number and a position are a snapshot.
 */
export class LiveEdges {
  readonly out: LiveLists;
  readonly into: LiveLists;
  /** Null for the event time, which has a column of its own. */
  readonly columns: readonly (ChunkedColumn | null)[];
  private readonly memory: GraphMemory;
  private readonly pool: BlockPool;
  private readonly sources: ChunkedColumn;
  private readonly destinations: ChunkedColumn;
  private readonly times: ChunkedColumn;
  private readonly positions: ChunkedColumn;
  private readonly removed: ChunkedColumn;
  /** Columns that every edge has a value in. */
  private readonly filled: readonly ChunkedColumn[];
  /** The start of each one's newest chunk. */
  private readonly filling: Int32Array;
  /** Columns that are filled from the values, and their places among these. */
  private readonly valueColumns: readonly number[];
  private readonly firstId: number;
  private edges = 0;
  private first = 0;
  private gone = 0;

  constructor(memory: GraphMemory, retired: RetiredMemory, options: LiveEdgesOptions) {
    this.memory = memory;
    this.firstId = options.firstId;
    this.pool = new BlockPool(memory);
    this.out = new LiveLists(memory, this.pool, retired, options.out, options.forgets);
    this.into = new LiveLists(memory, this.pool, retired, options.into, options.forgets);
    const both = (field: number) => (table: number) => {
      for (const { record } of [this.out, this.into])
        Atomics.store(memory.u32, (record + field) >>> 2, table);
    };
    this.sources = new ChunkedColumn(memory, retired, 4);
    this.destinations = new ChunkedColumn(memory, retired, 4);
    this.positions = new ChunkedColumn(memory, retired, 4);
    this.times = new ChunkedColumn(memory, retired, 8, both(LIVE_TIMES));
    this.removed = new ChunkedColumn(memory, retired, 4, both(LIVE_REMOVED));
    both(LIVE_TIMES)(this.times.table);
    both(LIVE_REMOVED)(this.removed.table);
    this.columns = Array.from({ length: options.columns }, (_, column) =>
      column === options.eventTime ? null : new ChunkedColumn(memory, retired, 8),
    );
    this.valueColumns = [...this.columns.keys()].filter((column) => column !== options.eventTime);
    const others = this.columns.filter((column) => column !== null);
    this.filled = [this.sources, this.destinations, this.positions, this.times, ...others];
    this.filling = new Int32Array(this.filled.length);
  }

  /** Edges that came, removed ones and those let go of included. */
  get count(): number {
    return this.edges;
  }

  /** Edges before it were let go of; they begin a chunk. */
  get firstHeld(): number {
    return this.first;
  }

  /** Removed edges that are held. */
  get removedCount(): number {
    return this.gone;
  }

  /** Adds an edge; its number. `time`: +Infinity for none; `values` by column. Positions never fall. */
  insert(
    source: number,
    destination: number,
    time: number,
    position: number,
    values: ArrayLike<number>,
  ): number {
    const edge = this.edges;
    const row = edge & ROW_MASK;
    if (row === 0) this.startChunk(edge);
    const { u32, f64 } = this.memory;
    const { filling } = this;
    u32[(filling[0] as number) + row] = source;
    u32[(filling[1] as number) + row] = destination;
    u32[(filling[2] as number) + row] = position;
    f64[(filling[3] as number) + row] = time;
    for (let n = 0; n < this.valueColumns.length; n++)
      f64[(filling[4 + n] as number) + row] = values[this.valueColumns[n] as number] as number;
    this.out.add(source, time, destination, this.firstId + edge);
    this.into.add(destination, time, source, this.firstId + edge);
    this.edges = edge + 1;
    return edge;
  }

  /** NaN for NULL. */
  value(edge: number, column: number): number {
    const chunked = this.columns[column] as ChunkedColumn | null;
    if (chunked !== null) return this.memory.f64[chunked.addressOf(edge) >>> 3] as number;
    const time = this.time(edge);
    return time === Number.POSITIVE_INFINITY ? Number.NaN : time;
  }

  source(edge: number): number {
    return this.memory.u32[this.sources.addressOf(edge) >>> 2] as number;
  }

  destination(edge: number): number {
    return this.memory.u32[this.destinations.addressOf(edge) >>> 2] as number;
  }

  /** Microseconds; +Infinity for none. */
  time(edge: number): number {
    return this.memory.f64[this.times.addressOf(edge) >>> 3] as number;
  }

  /** The table of event times, as that of any column. */
  get timesTable(): number {
    return this.times.table;
  }

  /** The position at which the edge came. */
  position(edge: number): number {
    return this.memory.u32[this.positions.addressOf(edge) >>> 2] as number;
  }

  /** Edges that had come at a position: those below this number. */
  endAt(position: number): number {
    let low = this.first;
    let high = this.edges;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.position(middle) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Removes an edge that is there. */
  remove(edge: number, position: number): void {
    this.removed.chunkFor(edge);
    this.memory.u32[this.removed.addressOf(edge) >>> 2] = position + 1;
    this.gone++;
    this.out.noteGone(this.source(edge));
    this.into.noteGone(this.destination(edge));
  }

  /** Whether the edge was removed, at whatever position, or let go of. */
  isGone(edge: number): boolean {
    if (edge < this.first) return true;
    if (this.gone === 0) return false;
    const address = this.removed.addressOf(edge);
    return address !== 0 && this.memory.u32[address >>> 2] !== 0;
  }

  /** The position that removed the edge; +Infinity while none did. */
  removedAt(edge: number): number {
    const address = this.removed.addressOf(edge);
    const position = address === 0 ? 0 : (this.memory.u32[address >>> 2] as number);
    return position === 0 ? Number.POSITIVE_INFINITY : position - 1;
  }

  /** Begins with this edge, the first of a chunk: those before it were let go of earlier. */
  startAt(edge: number): void {
    assert(this.edges === 0 && (edge & ROW_MASK) === 0, 'an empty delta begins with a chunk');
    this.edges = edge;
    this.first = edge;
  }

  /**
   * Lets go of the oldest chunk, which is full and whose edges have all expired: of its columns, and of all that has expired in
   * the blocks that held them. Nobody may read.
   */
  letGo(): void {
    const { first } = this;
    const end = first + ROW_MASK + 1;
    assert(end <= this.edges, 'the chunk is full');
    for (let edge = first; edge < end; edge++) {
      if (this.isGone(edge)) this.gone--;
      this.out.letGo(this.source(edge));
      this.into.letGo(this.destination(edge));
    }
    for (const column of [...this.filled, this.removed]) column.letGo(first);
    this.first = end;
  }

  /** Where the columns' newest chunks begin, in values. */
  private startChunk(edge: number): void {
    // Kernels look there for every edge, also while none of its chunk was removed.
    this.removed.reserve(edge);
    this.filled.forEach((column, n) => {
      this.filling[n] = column.chunkFor(edge) / column.bytesEach;
    });
  }

  /** Bytes of the columns, and of the lists with what they have free. */
  get bytes(): { readonly columns: number; readonly lists: number } {
    let columns = 0;
    for (const column of [...this.filled, this.removed]) columns += column.bytes;
    return { columns, lists: this.pool.bytes + this.out.headerBytes + this.into.headerBytes };
  }

  /** Gives all memory back. Nobody may read any more. */
  release(): void {
    for (const column of [...this.filled, this.removed]) column.release();
    this.out.release();
    this.into.release();
    this.pool.release();
  }
}
