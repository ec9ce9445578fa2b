import { assert, present } from '../../core/assert.ts';
import type { CacheRow } from '../../core/cache-sizes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { compareValues } from '../../core/compare.ts';
import { formatText } from '../../core/format-value.ts';
import { setBytes } from '../../core/heap-bytes.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Column, EdgeTablePlan } from '../../language/plan.ts';
import { referenceKernels } from '../kernels/reference-kernels.ts';
import { EdgeShard } from './delta/edge-shard.ts';
import type { ShardLists } from './delta/shard-lists.ts';
import { EdgeCells } from './edge-cells.ts';
import {
  CHUNK_LOG2,
  entryKey,
  forEachBit,
  joined,
  readChunk,
  REMOVED_LOG2,
  removedBits,
  segmentParts,
  writeChunk,
} from './edge-checkpoint.ts';
import { edgeRows } from './edge-sizes.ts';
import { EdgeIndex, finishHash, HASH_START, hashKey, hashRowKey, hashValue } from './edge-index.ts';
import { EdgeWear } from './edge-wear.ts';
import { GraphMemory } from './segment/graph-memory.ts';
import { finish, SLICE, type Slices, sortInSlices } from './segment/slices.ts';
import { SegmentIndex } from './segment-index.ts';
import type { StateEntry } from './state-bytes.ts';
import type { VertexDictionary } from './vertex-dictionary.ts';

/** Changes after which it is asked whether a compaction is due. */
const CHANGES_A_CHECK = 4096;
/** Changes that pay for a slice of a compaction, and the slices done at once at most. An edge of four columns takes a quarter of one. */
const CHANGES_A_SLICE = 4;
const SLICES_AT_ONCE = 4;

/** Bytes that a compaction works with, for an edge of the table, about. */
const COMPACTION_BYTES_AN_EDGE = 30;
/** Of a checkpoint entry's key. */
const ENTRY_KEY_BYTES = 32;
/** Edges that tell how long a line of text is. */
const SAMPLE = 1024;

/** Where memory is short a table is compacted once so many edges of it, and one in so many of its segment's, become smaller by that. */
const RELIEF_MIN = 4096;
const RELIEF_SHARE = 16;

/** A segment that may go to disk. */
export interface ColdSegment {
  /** As a file of it is; not a copy, and it does not change. */
  readonly bytes: Uint8Array;
  /** Milliseconds that nobody has looked at it. */
  readonly idleMs: number;
  /** Gives its memory back; the next look has `read` fill the same bytes. False where somebody has looked at it since. Only between records. */
  readonly rest: (read: (into: Uint8Array) => void) => boolean;
}

/** The indexes of what a compaction makes. */
interface Coming {
  segment: SegmentIndex | null;
  live: EdgeIndex | null;
}

/** Chunks of the delta that are let go of as the horizon moves: what that costs is bounded, and more than what comes. */
const CHUNKS_AT_ONCE = 2;

/** Entries of a checkpoint of one edge table, by kind and number. */
export type EdgeEntries = Readonly<Record<'s' | 'r' | 'x' | 'd', ReadonlyMap<number, Uint8Array>>>;

/**
 * The edges of one edge table: a shard (an immutable segment and the delta after it), their columns, and, once asked for,
 * an index by key. An edge's dense id is its number in the shard and the table's share of the ids; it is good until the
 * next compaction, which happens between records only.
 *
 * Edges before `horizon` are invisible. Whole chunks of them at the delta's beginning are let go of; others go with the next
 * compaction.
 */
export class EdgeTable {
  readonly plan: EdgeTablePlan;
  /** Whether edges of the table expire. */
  readonly expires: boolean;
  /** Edges before it are invisible: -Infinity where edges do not expire. */
  horizon = Number.NEGATIVE_INFINITY;
  /** Rises when edges are numbered anew or let go of. */
  layout = 0;
  private readonly table: number;
  private readonly relation: readonly Column[];
  private readonly firstId: number;
  private readonly idsEnd: number;
  private readonly shard: EdgeShard;
  private readonly vertices: VertexDictionary;
  private readonly columns: EdgeCells;
  private readonly wear: EdgeWear;
  /** Counts changes: the shard's positions. */
  private tick = 0;
  private index: { segment: SegmentIndex | null; live: EdgeIndex } | null = null;
  /** What goes with a compaction under way. */
  private coming: Coming | null = null;
  /** The memories that a compaction under way has made. */
  private readonly newMemories: GraphMemory[] = [];
  /** Milliseconds, by the clock of whoever asks: since then nobody has looked at the segment. */
  private unreadSinceMs = 0;
  /** Bytes of an edge as text, as they were counted last. */
  private textBytes = 0;
  /** Changes that are to be paid for by slices of a compaction, and when they were counted. */
  private credit = 0;
  private tickSeen = 0;
  /** What is in the newest checkpoint: the keys of its entries, whether its segment is the present one, edges of the delta. */
  private readonly saved = new Set<string>();
  private isSegmentSaved = true;
  private savedEdges = 0;
  /** Chunks of the delta before it have no entry in the newest checkpoint. */
  private savedFrom = 0;
  private readonly dirtyRemoved = new Set<number>();
  private readonly dirtyLiveRemoved = new Set<number>();

  /** `idBits`: bits of an edge's number in the view's ids. */
  constructor(
    table: number,
    idBits: number,
    plan: EdgeTablePlan,
    columns: readonly Column[],
    vertices: VertexDictionary,
    expires: boolean,
  ) {
    this.table = table;
    this.plan = plan;
    this.relation = columns;
    this.vertices = vertices;
    this.expires = expires;
    this.firstId = table << idBits;
    this.idsEnd = 2 * (1 << (idBits - 1));
    this.columns = new EdgeCells(plan, columns, vertices, () => this.shard);
    this.shard = new EdgeShard({
      columns: this.columns.columns,
      eventTime: this.columns.eventTime,
      memory: () => {
        const memory = new GraphMemory();
        this.newMemories.push(memory);
        return memory;
      },
      kernels: referenceKernels,
      isView: true,
      firstId: this.firstId,
    });
    this.wear = new EdgeWear(this.shard, expires);
  }

  /**
   * Adds an edge. Returns its dense id, or -1 where there is none: an endpoint's key has a NULL, or the edge is before
   * the horizon.
   */
  insert(row: Row): number {
    const { source, destination, eventTime } = this.plan;
    if (hasNull(row, source.columns) || hasNull(row, destination.columns)) return -1;
    const time =
      eventTime === null
        ? Number.POSITIVE_INFINITY
        : ((row[eventTime] ?? Number.POSITIVE_INFINITY) as number);
    if (time < this.horizon) return -1;
    this.vertices.makeRoom();
    const from = this.vertices.findOrAdd(source.vertexTable, row, source.columns);
    const to = this.vertices.findOrAdd(destination.vertexTable, row, destination.columns);
    this.columns.fill(row, time);
    const edge = this.shard.insert(from, to, this.columns.cells, this.tick++);
    assert(edge < this.idsEnd, 'edge ids fit in 31 bits');
    this.columns.noteLarge(row, edge);
    this.wear.inserted(time);
    this.index?.live.add(hashRowKey(row, this.plan.key), edge);
    return this.firstId + edge;
  }

  /** Takes an edge out of the lists and the index. */
  remove(id: number): void {
    const edge = id - this.firstId;
    const { segmentEdges, forgottenEdges } = this.shard;
    if (edge >= segmentEdges) {
      if (edge - segmentEdges < forgottenEdges) return;
      this.index?.live.remove(this.keyHash(edge), edge);
      this.dirtyLiveRemoved.add((edge - segmentEdges) >>> CHUNK_LOG2);
    } else this.dirtyRemoved.add(edge >>> REMOVED_LOG2);
    this.shard.remove(edge, this.tick++);
  }

  /** Moves the horizon up. */
  expire(horizon: number): void {
    if (!this.expires || horizon <= this.horizon) return;
    this.horizon = horizon;
    this.shard.expire(horizon, this.tick);
    for (let n = 0; n < CHUNKS_AT_ONCE && this.wear.canLetGo(horizon); n++) {
      if (!this.shard.letGoOldest()) break;
      this.layout++;
      this.dirtyLiveRemoved.delete((this.shard.forgottenEdges >>> CHUNK_LOG2) - 1);
    }
  }

  lists(direction: 'out' | 'in'): ShardLists {
    return this.shard.lists(direction);
  }

  source(id: number): number {
    return this.shard.edgeSource(id - this.firstId);
  }

  destination(id: number): number {
    return this.shard.edgeDestination(id - this.firstId);
  }

  /** Microseconds; +Infinity where there is none. */
  time(id: number): number {
    return this.shard.edgeTime(id - this.firstId);
  }

  /** The value of the relation's column; NULL for columns that are neither properties nor key. */
  property(id: number, column: number): Value {
    return this.columns.read(id - this.firstId, column);
  }

  /** Orders edges by key, then arrival. */
  compareKeys(a: number, b: number): number {
    for (const column of this.plan.key) {
      const order = compareValues(this.property(a, column), this.property(b, column));
      if (order !== 0) return order;
    }
    return this.shard.compareArrival(a - this.firstId, b - this.firstId);
  }

  /** Makes sure that edges can be found by key. */
  ensureIndex(): void {
    if (this.index !== null) return;
    const { segmentEdges } = this.shard;
    const hashes = Int32Array.from({ length: segmentEdges }, (_, edge) => this.keyHash(edge));
    this.index = {
      segment: segmentEdges === 0 ? null : finish(SegmentIndex.of(hashes)),
      live: this.liveIndex(),
    };
  }

  /**
   * Puts the visible edges with this key into `found` from its start, in log order; their number. What stands behind
   * them there is of no meaning.
   */
  findByKey(key: readonly Value[], found: number[]): number {
    this.ensureIndex();
    const { segment, live } = this.index as { segment: SegmentIndex | null; live: EdgeIndex };
    const hash = hashKey(key);
    let count = 0;
    const add = (edge: number): void => {
      if (!this.isVisible(edge) || !this.hasKey(edge, key)) return;
      const id = this.firstId + edge;
      let place = count++;
      for (; place > 0; place--) {
        const before = found[place - 1] as number;
        if (this.shard.compareArrival(before - this.firstId, edge) < 0) break;
        found[place] = before;
      }
      found[place] = id;
    };
    segment?.forEach(hash, add);
    live.forEach(hash, add);
    return count;
  }

  /** The newest edge with the row's content, or -1. */
  findByRow(row: Row): number {
    const candidates: number[] = [];
    const key = this.plan.key.map((column) => row[column] ?? null);
    const count = this.findByKey(key, candidates);
    for (let n = count - 1; n >= 0; n--) {
      const id = candidates[n] as number;
      const { content } = this.columns;
      if (content.every((column) => this.columns.has(id - this.firstId, column, row[column] ?? null)))
        return id;
    }
    return -1;
  }

  /** Calls `visit` with the content of each visible edge, in no order that means anything. */
  forEachContent(visit: (values: readonly Value[]) => void): void {
    const { content } = this.columns;
    this.visitAll((edge) => visit(content.map((column) => this.columns.read(edge, column))));
  }

  /** Calls `visit` with the row of each visible edge, by (event time, key, arrival); what is not stored is NULL. */
  forEachRow(visit: (row: Row) => void): void {
    const edges: { readonly edge: number; readonly time: number }[] = [];
    this.visitAll((edge) => edges.push({ edge, time: this.shard.edgeTime(edge) }));
    edges.sort((a, b) =>
      a.time === b.time
        ? this.compareKeys(this.firstId + a.edge, this.firstId + b.edge)
        : a.time < b.time
          ? -1
          : 1,
    );
    for (const { edge } of edges) visit(this.columns.row(edge));
  }

  /** How many edges have come after this one, which is of the record at hand. */
  ageOf(id: number): number {
    return this.shard.segmentEdges + this.shard.liveEdges - 1 - (id - this.firstId);
  }

  /** The edge that so many have come after. */
  edgeOfAge(age: number): number {
    return this.firstId + this.shard.segmentEdges + this.shard.liveEdges - 1 - age;
  }

  /** Compacts at once where that is due. Only between records: ids change. */
  tidy(): void {
    if (this.isDue()) this.compact();
  }

  /**
   * Goes on with a compaction, or begins one where it is due: a bounded piece, and so much for each change since that it ends before the
   * table has changed as often as it has edges. Only between records: ids change with the last piece.
   */
  proceed(): void {
    this.credit += Math.max(1, this.tick - this.tickSeen);
    this.tickSeen = this.tick;
    if (!this.shard.isCompacting) {
      if (this.credit < CHANGES_A_CHECK) return;
      this.credit = 0;
      if (!this.isDue()) return;
      this.beginCompaction();
    }
    for (let n = 0; n < SLICES_AT_ONCE && this.credit >= CHANGES_A_SLICE; n++) {
      this.credit -= CHANGES_A_SLICE;
      if (this.proceedOrGiveUp()) return;
    }
  }

  /** Makes one segment of all that is visible, at once. Only between records: ids change. */
  compact(): void {
    this.shard.abandon();
    this.beginCompaction();
    while (!this.proceedOnce());
  }

  /**
   * Edges that a compaction now would make smaller or let go of; 0 where these are too few to be worth it, so that a table is not
   * compacted again and again. Infinity while one is under way.
   */
  get relievable(): number {
    const { segmentEdges, isCompacting } = this.shard;
    if (isCompacting) return Number.POSITIVE_INFINITY;
    // One was given up.
    if (this.credit < 0) return 0;
    const edges = this.wear.reclaimable(this.horizon);
    return edges >= RELIEF_MIN && RELIEF_SHARE * edges >= segmentEdges ? edges : 0;
  }

  /** Begins a compaction, where none is under way. */
  beginCompaction(): void {
    if (this.shard.isCompacting) return;
    this.wear.compacting();
    const coming: Coming = { segment: null, live: null };
    this.coming = coming;
    this.newMemories.length = 0;
    this.shard.beginCompaction({
      ordinals: (edges) => this.ordinals(edges, coming),
      carried: (edge, number, next) => {
        const { firstId } = this;
        coming.live ??= new EdgeIndex((one) => next.outEdges.isGone(firstId + one));
        coming.live.add(this.keyHash(edge), number);
        this.wear.carried(this.shard.edgeTime(edge));
      },
    });
  }

  /**
   * One slice of the compaction under way; true when it is done, or given up because there is no memory for it: the table
   * is as good without, and tries again when it has changed as often as it has edges.
   */
  proceedOrGiveUp(): boolean {
    try {
      return this.proceedOnce();
    } catch (error) {
      const isFull =
        error instanceof RangeError ||
        (error instanceof RingwatchError && error.code === 'GRAPH_MEMORY_FULL');
      if (!isFull) throw error;
      this.shard.abandon();
      this.coming = null;
      this.newMemories.length = 0;
      this.credit = -this.shard.heldEdges;
      return true;
    }
  }

  /** One slice of the compaction under way; true when it is done. */
  private proceedOnce(): boolean {
    if (!this.shard.proceed()) return false;
    const { segment, live } = present(this.coming, 'a compaction');
    this.coming = null;
    this.newMemories.length = 0;
    this.wear.compacted();
    if (this.index !== null) this.index = { segment, live: live ?? this.liveIndex() };
    this.layout++;
    this.isSegmentSaved = false;
    this.savedEdges = 0;
    this.savedFrom = 0;
    this.dirtyRemoved.clear();
    this.dirtyLiveRemoved.clear();
    return true;
  }

  changedBytes(): number {
    const { shard } = this;
    const segment = this.isSegmentSaved ? 0 : shard.segmentSize;
    const rows = shard.liveEdges - Math.max(this.savedEdges, shard.forgottenEdges);
    const chunkBytes = 1 << (CHUNK_LOG2 - 3);
    return (
      segment +
      rows * (16 + 8 * shard.columns.length) +
      this.dirtyLiveRemoved.size * chunkBytes +
      this.dirtyRemoved.size * (1 << (REMOVED_LOG2 - 3))
    );
  }

  /** Parts of a segment are not copied: its bytes never change, and whoever holds a part keeps the memory that it is in. */
  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    const entries = this.isSegmentSaved ? this.changedEntries() : this.allEntries();
    const stale = this.isSegmentSaved ? null : new Set(this.saved);
    for (const { key, bytes } of entries) {
      put(key, bytes);
      this.saved.add(key);
      stale?.delete(key);
    }
    for (const key of [...(stale ?? [])].sort()) {
      put(key, null);
      this.saved.delete(key);
    }
    this.dropForgotten(put);
    this.isSegmentSaved = true;
    this.savedEdges = this.shard.liveEdges;
    this.dirtyRemoved.clear();
    this.dirtyLiveRemoved.clear();
  }

  /** All entries, changed or not, in memory of their own; nothing is noted as saved. Void once `layout` has risen. */
  *image(): IterableIterator<StateEntry> {
    for (const entry of this.allEntries())
      yield entry.key.startsWith('s') ? { key: entry.key, bytes: entry.bytes.slice() } : entry;
  }

  private *allEntries(): IterableIterator<StateEntry> {
    const { shard, table } = this;
    let part = 0;
    for (const bytes of segmentParts(shard.segmentBytes ?? new Uint8Array(0)))
      yield { key: entryKey('s', table, part++), bytes };
    const removedEnd = shard.removedFromSegment === 0 ? 0 : shard.segmentEdges;
    for (let chunk = 0; chunk << REMOVED_LOG2 < removedEnd; chunk++) {
      const entry = this.removedEntry(chunk);
      if (entry.bytes.some((byte) => byte !== 0)) yield entry;
    }
    for (let chunk = this.firstChunk; chunk << CHUNK_LOG2 < shard.liveEdges; chunk++) {
      yield { key: entryKey('x', table, chunk), bytes: writeChunk(shard, chunk) };
      const entry = this.liveRemovedEntry(chunk);
      if (entry.bytes.some((byte) => byte !== 0)) yield entry;
    }
  }

  /** Takes the entries of a checkpoint. */
  restore(entries: EdgeEntries, horizon: number): void {
    const { shard } = this;
    const sorted = (kind: 's' | 'r' | 'x' | 'd') => [...entries[kind]].sort(([a], [b]) => a - b);
    for (const kind of ['s', 'r', 'x', 'd'] as const)
      for (const number of entries[kind].keys()) this.saved.add(entryKey(kind, this.table, number));
    if (entries.s.size > 0) shard.load(joined(sorted('s').map(([, bytes]) => bytes)));
    const chunks = sorted('x');
    this.savedFrom = chunks[0]?.[0] ?? 0;
    shard.skip(this.savedFrom << CHUNK_LOG2);
    for (const [, bytes] of chunks) readChunk(shard, bytes, () => this.tick++);
    for (const [kind, first, log2] of [
      ['r', 0, REMOVED_LOG2],
      ['d', shard.segmentEdges, CHUNK_LOG2],
    ] as const) {
      for (const [chunk, bits] of sorted(kind))
        forEachBit(bits, (bit) => shard.remove(first + (chunk << log2) + bit, this.tick++));
    }
    this.savedEdges = shard.liveEdges;
    this.wear.restored();
    if (this.index !== null) {
      this.index = null;
      this.ensureIndex();
    }
    this.expire(horizon);
  }

  /** Edges that are seen; looks at each, but not at a segment that lies on disk or may go there: of that those that have expired nearly. */
  countEdges(): number {
    let edges = 0;
    const { shard } = this;
    if (!this.isLeftAlone) this.visitSegment(() => edges++);
    else {
      const gone = shard.removedFromSegment + this.wear.expiredOfSegment(this.horizon);
      edges = Math.max(0, shard.segmentEdges - gone);
    }
    this.visitDelta(() => edges++);
    return edges;
  }

  /** Bytes of the segment that lie on disk. */
  get coldBytes(): number {
    return this.shard.describe().cold;
  }

  /** Whether the segment lies on disk, or is watched for whether it may: then figures are not worth a look at it. */
  private get isLeftAlone(): boolean {
    return this.shard.ownSegment?.memory.isWatched ?? false;
  }

  /**
   * The segment, where it may go to disk, and for how long nobody has looked at it, as far as earlier calls can tell. `nowMs` is of a
   * clock that only says how long that is: nothing that is answered depends on it. The next look brings it back, and throws
   * SEGMENT_LOST where that cannot be.
   */
  coldSegment(graph: string, nowMs: number): ColdSegment | null {
    const own = this.shard.ownSegment;
    if (own === null || own.memory.isResting || this.shard.isCompacting) return null;
    const { memory, segment } = own;
    if (!memory.isWatched) {
      memory.watch();
      this.unreadSinceMs = nowMs;
    }
    const isUnread = (): boolean =>
      this.shard.ownSegment?.memory === memory &&
      memory.isWatched &&
      !memory.isResting &&
      !this.shard.isCompacting;
    return {
      bytes: segment.restingBytes,
      idleMs: nowMs - this.unreadSinceMs,
      rest: (read) => {
        if (!isUnread()) return false;
        segment.rest(read, (cause) => this.lost(graph, cause));
        return true;
      },
    };
  }

  private lost(graph: string, cause: unknown): RingwatchError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new RingwatchError('SEGMENT_LOST', { graph, table: this.plan.name, reason }, { cause });
  }

  /** Edges held, in the segment and after it; removed and expired ones included. */
  get held(): { readonly segment: number; readonly delta: number } {
    const { segmentEdges, liveEdges, forgottenEdges } = this.shard;
    return { segment: segmentEdges, delta: liveEdges - forgottenEdges };
  }

  /** All bytes that the table holds, by what they are for. Costs what there are columns and chunks, not edges. */
  memoryRows(): readonly CacheRow[] {
    const { shard, coming, index } = this;
    const isCompacting = shard.isCompacting;
    const made = isCompacting ? this.newMemories.reduce((sum, { byteLength }) => sum + byteLength, 0) : 0;
    const indexes = (coming?.segment?.bytes ?? 0) + (coming?.live?.bytes ?? 0);
    const work = isCompacting ? COMPACTION_BYTES_AN_EDGE * shard.heldEdges : 0;
    return edgeRows({
      name: this.plan.name,
      sizes: shard.describe(),
      index: { segment: index?.segment?.bytes ?? 0, delta: index?.live.bytes ?? 0 },
      compaction: Math.max(made + indexes, work),
      notes:
        this.wear.bytes +
        setBytes(this.saved.size) +
        this.saved.size * ENTRY_KEY_BYTES +
        setBytes(this.dirtyRemoved.size) +
        setBytes(this.dirtyLiveRemoved.size),
      columnName: (column) => this.columnName(column),
    });
  }

  /** Bytes of the edges that are seen as lines of CSV, from SAMPLE of those that are held. */
  rawBytes(edges: number): number {
    const { segmentEdges, forgottenEdges, heldEdges } = this.shard;
    const step = Math.max(1, Math.floor(heldEdges / SAMPLE));
    let bytes = 0;
    let lines = 0;
    for (let n = this.isLeftAlone ? segmentEdges : 0; n < heldEdges; n += step) {
      const edge = n < segmentEdges ? n : n + forgottenEdges;
      if (!this.isVisible(edge)) continue;
      lines++;
      for (const column of this.columns.content) {
        const { type } = present(this.relation[column]);
        bytes += Buffer.byteLength(formatText(type, this.columns.read(edge, column))) + 1;
      }
    }
    if (lines > 0) this.textBytes = bytes / lines;
    return Math.round(this.textBytes * edges);
  }

  private columnName(column: string): string {
    const relation = this.relation[Number(column)];
    return relation === undefined ? 'order of arrival' : `column ${relation.name}`;
  }

  private *changedEntries(): IterableIterator<StateEntry> {
    const { shard, table } = this;
    for (const chunk of [...this.dirtyRemoved].sort((a, b) => a - b)) yield this.removedEntry(chunk);
    if (shard.liveEdges > this.savedEdges) {
      const first = Math.max(this.savedEdges >>> CHUNK_LOG2, this.firstChunk);
      for (let chunk = first; chunk << CHUNK_LOG2 < shard.liveEdges; chunk++)
        yield { key: entryKey('x', table, chunk), bytes: writeChunk(shard, chunk) };
    }
    for (const chunk of [...this.dirtyLiveRemoved].sort((a, b) => a - b)) yield this.liveRemovedEntry(chunk);
  }

  /** The first chunk of the delta that is held. */
  private get firstChunk(): number {
    return this.shard.forgottenEdges >>> CHUNK_LOG2;
  }

  /** Takes what was let go of out of the checkpoint. */
  private dropForgotten(put: (key: string, bytes: Uint8Array | null) => void): void {
    for (; this.savedFrom < this.firstChunk; this.savedFrom++) {
      for (const kind of ['d', 'x'] as const) {
        const key = entryKey(kind, this.table, this.savedFrom);
        if (this.saved.delete(key)) put(key, null);
      }
    }
  }

  private removedEntry(chunk: number): StateEntry {
    const first = chunk << REMOVED_LOG2;
    const end = Math.min(first + (1 << REMOVED_LOG2), this.shard.segmentEdges);
    return { key: entryKey('r', this.table, chunk), bytes: this.shard.removedBitsOfSegment(first, end) };
  }

  private liveRemovedEntry(chunk: number): StateEntry {
    const { segmentEdges, liveEdges } = this.shard;
    const first = segmentEdges + (chunk << CHUNK_LOG2);
    const end = Math.min(first + (1 << CHUNK_LOG2), segmentEdges + liveEdges);
    return { key: entryKey('d', this.table, chunk), bytes: removedBits(this.shard, first, end) };
  }

  private isDue(): boolean {
    const { segmentEdges, liveEdges } = this.shard;
    return 2 * (segmentEdges + liveEdges) > this.idsEnd || this.wear.isDue(this.horizon);
  }

  private isVisible(edge: number): boolean {
    return !this.shard.isGone(edge) && this.shard.edgeTime(edge) >= this.horizon;
  }

  private hasKey(edge: number, key: readonly Value[]): boolean {
    const columns = this.plan.key;
    for (let part = 0; part < columns.length; part++)
      if (!this.columns.has(edge, columns[part] as number, key[part] as Value)) return false;
    return true;
  }

  private keyHash(edge: number): number {
    let hash = HASH_START;
    for (const column of this.plan.key) hash = hashValue(hash, this.columns.read(edge, column));
    return finishHash(hash);
  }

  private liveIndex(): EdgeIndex {
    const { shard } = this;
    const index = new EdgeIndex((edge) => shard.isGone(edge));
    for (
      let edge = shard.segmentEdges + shard.forgottenEdges;
      edge < shard.segmentEdges + shard.liveEdges;
      edge++
    )
      if (!shard.isGone(edge)) index.add(this.keyHash(edge), edge);
    return index;
  }

  /**
   * Which of edges with one key came first, by place in `edges`, which will be their numbers: 1, 2 … where hashes are equal,
   * else 0. Null where no two are. Leaves the index of them in `coming`.
   */
  private *ordinals(edges: Uint32Array, coming: Coming): Slices<Float64Array | null> {
    const hashes = new Int32Array(edges.length);
    for (let n = 0; n < edges.length; n++) {
      if ((n & (SLICE / 4 - 1)) === 0) yield;
      hashes[n] = this.keyHash(edges[n] as number);
    }
    const index = yield* SegmentIndex.of(hashes);
    coming.segment = index;
    let ordinals: Float64Array | null = null;
    yield* index.forEachBucket((bucket) => {
      for (let n = 1; n < bucket.length; n++) {
        let isSame = false;
        for (let before = 0; before < n && !isSame; before++)
          isSame = hashes[bucket[n] as number] === hashes[bucket[before] as number];
        if (!isSame) continue;
        ordinals ??= new Float64Array(edges.length);
        return this.number(edges, bucket, hashes, ordinals);
      }
      return null;
    });
    return ordinals;
  }

  /** Numbers those of a bucket that have a hash in common, by arrival. */
  private *number(
    edges: Uint32Array,
    bucket: Uint32Array,
    hashes: Int32Array,
    ordinals: Float64Array,
  ): Slices<void> {
    const places = bucket.slice();
    yield* sortInSlices(places, 0, places.length, (a, b) =>
      this.shard.compareArrival(edges[a] as number, edges[b] as number),
    );
    const counts = new Map<number, number>();
    for (let n = 0; n < places.length; n++) {
      if ((n & (SLICE - 1)) === SLICE - 1) yield;
      const place = places[n] as number;
      const hash = hashes[place] as number;
      const count = (counts.get(hash) ?? 0) + 1;
      counts.set(hash, count);
      ordinals[place] = count;
    }
    for (let n = 0; n < places.length; n++) {
      if ((n & (SLICE - 1)) === SLICE - 1) yield;
      const place = places[n] as number;
      if (counts.get(hashes[place] as number) === 1) ordinals[place] = 0;
    }
  }

  /** Every visible edge by number. */
  private visitAll(visit: (edge: number) => void): void {
    this.visitSegment(visit);
    this.visitDelta(visit);
  }

  private visitSegment(visit: (edge: number) => void): void {
    const { segmentEdges } = this.shard;
    for (let edge = 0; edge < segmentEdges; edge++) if (this.isVisible(edge)) visit(edge);
  }

  private visitDelta(visit: (edge: number) => void): void {
    const { segmentEdges, liveEdges, forgottenEdges } = this.shard;
    for (let edge = segmentEdges + forgottenEdges; edge < segmentEdges + liveEdges; edge++)
      if (this.isVisible(edge)) visit(edge);
  }
}

function hasNull(row: Row, columns: readonly number[]): boolean {
  for (let n = 0; n < columns.length; n++) if ((row[columns[n] as number] ?? null) === null) return true;
  return false;
}
