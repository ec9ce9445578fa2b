import { assert, present } from '../../core/assert.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Column, EdgeTablePlan } from '../../language/plan.ts';
import { Adjacency } from './adjacency.ts';
import { CHUNK_ROWS, type ChunkColumn, createChunkColumn } from './column-chunk.ts';
import { finishHash, HASH_START, hashKey, hashRowKey, hashValue, EdgeIndex } from './edge-index.ts';
import { type StateEntry, StateReader, StateWriter } from './state-bytes.ts';
import type { VertexDictionary } from './vertex-dictionary.ts';

const CHUNK_LOG2 = 12;
const ROW_MASK = CHUNK_ROWS - 1;
const EDGE_IDS_MAX = 0x7fffffff;
/** Tombstones under which compaction is not worth its pause. */
const COMPACTION_DEAD_MIN = 65_536;

/** Where a column of the edge relation is read from; numbers, so that reading is a few comparisons. */
const FROM_SOURCE = 0x1000;
const FROM_DESTINATION = 0x2000;
const FROM_TIME = 0x3000;
const NOWHERE = -1;

/** CHUNK_ROWS edges in log order. */
class Chunk {
  readonly sources = new Int32Array(CHUNK_ROWS);
  readonly destinations = new Int32Array(CHUNK_ROWS);
  /** Event times; null for a table without one. */
  readonly times: Float64Array | null;
  readonly columns: readonly ChunkColumn[];
  /** One bit an edge that was removed; null while there is none. Expired edges have no bit. */
  dead: Uint8Array | null = null;
  rows = 0;
  /** Rows that were not removed. */
  live = 0;
  /** The greatest event time that any of the rows has had. */
  newest = Number.NEGATIVE_INFINITY;
  dirty = true;
  deadDirty = false;

  constructor(hasTime: boolean, columns: readonly ChunkColumn[]) {
    this.times = hasTime ? new Float64Array(CHUNK_ROWS) : null;
    this.columns = columns;
  }

  isDead(row: number): boolean {
    return this.dead !== null && ((this.dead[row >> 3] as number) & (1 << (row & 7))) !== 0;
  }

  kill(row: number): void {
    this.dead ??= new Uint8Array(CHUNK_ROWS >> 3);
    this.dead[row >> 3] = (this.dead[row >> 3] as number) | (1 << (row & 7));
    this.live--;
  }
}

/**
 * The edges of one edge table: columns in log order, tombstones, neighbour lists both ways, and, once asked for, an
 * index by key. Columns that equal the endpoints' keys or the event time are not stored a second time. An edge's
 * dense id is `local * tables + table`, where `local` counts the table's edges in log order.
 *
 * Edges before `horizon` are invisible. They cost nothing when they expire: chunks go once all their edges have
 * expired, entries of lists and index when their room is needed.
 */
export class EdgeStore {
  readonly out = new Adjacency();
  readonly into = new Adjacency();
  readonly plan: EdgeTablePlan;
  /** Whether edges of the store expire. */
  readonly expires: boolean;
  private readonly table: number;
  private readonly tables: number;
  private readonly columns: readonly Column[];
  private readonly vertices: VertexDictionary;
  private readonly access: Int32Array;
  private readonly stored: readonly number[];
  /** Relation columns that determine an edge's content, for equality and hashes. */
  private readonly content: readonly number[];
  private chunks: (Chunk | null)[] = [];
  /** Number of the chunk at chunks[0]. */
  private firstChunk = 0;
  private next = 0;
  private index: EdgeIndex | null = null;
  /** Lists swept by inserts, both ways in turns. */
  private sweeps = 0;
  private readonly deletedChunks = new Set<number>();
  /** Rises when chunks go or are numbered anew. */
  layout = 0;

  constructor(
    table: number,
    tables: number,
    plan: EdgeTablePlan,
    columns: readonly Column[],
    vertices: VertexDictionary,
    expires: boolean,
  ) {
    this.table = table;
    this.tables = tables;
    this.plan = plan;
    this.columns = columns;
    this.vertices = vertices;
    this.expires = expires;
    this.access = new Int32Array(columns.length).fill(NOWHERE);
    plan.destination.columns.forEach((column, part) => {
      this.access[column] = FROM_DESTINATION + part;
    });
    plan.source.columns.forEach((column, part) => {
      this.access[column] = FROM_SOURCE + part;
    });
    if (plan.eventTime !== null) this.access[plan.eventTime] = FROM_TIME;
    const wanted = [...new Set([...plan.key, ...plan.properties.map(({ column }) => column)])].sort(
      (a, b) => a - b,
    );
    this.stored = wanted.filter((column) => this.access[column] === NOWHERE);
    this.stored.forEach((column, slot) => {
      this.access[column] = slot;
    });
    this.content = columns.map((_, column) => column).filter((column) => this.access[column] !== NOWHERE);
  }

  /** Edges before it are invisible: -Infinity where edges do not expire. */
  get horizon(): number {
    return this.out.horizon;
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
    const at = this.next & ROW_MASK;
    const chunk = at === 0 ? this.startChunk() : (this.chunks[this.chunks.length - 1] as Chunk);
    chunk.sources[at] = from;
    chunk.destinations[at] = to;
    if (chunk.times !== null) chunk.times[at] = time;
    for (let slot = 0; slot < this.stored.length; slot++) {
      (chunk.columns[slot] as ChunkColumn).set(at, row[this.stored[slot] as number] ?? null);
    }
    chunk.rows = at + 1;
    chunk.live++;
    if (time > chunk.newest) chunk.newest = time;
    chunk.dirty = true;
    const edge = this.next * this.tables + this.table;
    assert(edge <= EDGE_IDS_MAX, 'edge ids fit in 31 bits');
    this.next++;
    this.out.insert(from, time, to, edge);
    this.into.insert(to, time, from, edge);
    if (this.index !== null) this.index.add(hashRowKey(row, this.plan.key), edge);
    if (this.expires) (this.sweeps++ & 1 ? this.out : this.into).sweep();
    return edge;
  }

  /** Takes an edge out of the lists, the index and the count; the newest edge's row is free again. */
  remove(edge: number): void {
    const local = this.localOf(edge);
    const chunk = this.chunkOf(local);
    const at = local & ROW_MASK;
    const time = timeAt(chunk, at);
    if (this.index !== null) this.index.remove(this.keyHash(chunk, at), edge);
    this.out.remove(chunk.sources[at] as number, time, edge);
    this.into.remove(chunk.destinations[at] as number, time, edge);
    if (local === this.next - 1) {
      this.next--;
      chunk.live--;
      chunk.rows = at;
      chunk.dirty = true;
      if (at === 0) this.dropChunk(this.chunks.length - 1);
    } else {
      chunk.kill(at);
      chunk.deadDirty = true;
      this.dropEmptyChunk(local >> CHUNK_LOG2, chunk);
    }
  }

  /** Moves the horizon up. */
  expire(horizon: number): void {
    if (!this.expires || horizon <= this.horizon) return;
    this.out.horizon = horizon;
    this.into.horizon = horizon;
  }

  source(edge: number): number {
    const local = this.localOf(edge);
    return this.chunkOf(local).sources[local & ROW_MASK] as number;
  }

  destination(edge: number): number {
    const local = this.localOf(edge);
    return this.chunkOf(local).destinations[local & ROW_MASK] as number;
  }

  /** Microseconds; +Infinity where there is none. */
  time(edge: number): number {
    const local = this.localOf(edge);
    return timeAt(this.chunkOf(local), local & ROW_MASK);
  }

  /** The value of the relation's column; NULL for columns that are neither properties nor key. */
  property(edge: number, column: number): Value {
    const local = this.localOf(edge);
    return this.read(this.chunkOf(local), local & ROW_MASK, column);
  }

  /** Makes sure that edges can be found by key. */
  ensureIndex(): void {
    if (this.index !== null) return;
    const index = this.newIndex();
    this.visitAll((chunk, at, edge) => index.add(this.keyHash(chunk, at), edge));
    this.index = index;
  }

  /**
   * Puts the visible edges with this key into `found` from its start, in log order; their number. What stands behind
   * them there is of no meaning.
   */
  findByKey(key: readonly Value[], found: number[]): number {
    this.ensureIndex();
    const index = this.index as EdgeIndex;
    const { horizon } = this;
    const hash = hashKey(key);
    let count = 0;
    for (let slot = index.find(hash); slot >= 0; slot = index.findNext(slot, hash)) {
      const edge = index.edgeAt(slot);
      if (this.isGone(edge)) continue;
      const local = this.localOf(edge);
      const chunk = this.chunkOf(local);
      const at = local & ROW_MASK;
      if (timeAt(chunk, at) < horizon) continue;
      if (!this.hasKey(chunk, at, key)) continue;
      let place = count++;
      for (; place > 0 && (found[place - 1] as number) > edge; place--)
        found[place] = found[place - 1] as number;
      found[place] = edge;
    }
    return count;
  }

  private hasKey(chunk: Chunk, at: number, key: readonly Value[]): boolean {
    const columns = this.plan.key;
    for (let part = 0; part < columns.length; part++) {
      if (this.read(chunk, at, columns[part] as number) !== key[part]) return false;
    }
    return true;
  }

  /** The newest edge with the row's content, or -1. */
  findByRow(row: Row): number {
    const candidates: number[] = [];
    const key = this.plan.key.map((column) => row[column] ?? null);
    const count = this.findByKey(key, candidates);
    for (let n = count - 1; n >= 0; n--) {
      const edge = candidates[n] as number;
      if (this.content.every((column) => this.property(edge, column) === (row[column] ?? null))) return edge;
    }
    return -1;
  }

  /** Calls `visit` with the content of each visible edge, in log order. */
  forEachContent(visit: (values: readonly Value[]) => void): void {
    this.visitAll((chunk, at) => {
      visit(this.content.map((column) => this.read(chunk, at, column)));
    });
  }

  /** Calls `visit` with the row of each visible edge, in log order; what is not stored is NULL. */
  forEachRow(visit: (row: Row) => void): void {
    this.visitAll((chunk, at) => {
      visit(this.columns.map((_, column) => this.read(chunk, at, column)));
    });
  }

  changedBytes(): number {
    let bytes = this.deletedChunks.size * 16;
    for (let n = this.chunks.length - 1; n >= 0; n--) {
      const chunk = this.chunks[n];
      if (chunk === null || chunk === undefined) continue;
      if (chunk.dirty) bytes += chunk.rows * (16 + 8 * this.stored.length);
      if (chunk.deadDirty) bytes += CHUNK_ROWS >> 3;
    }
    return bytes;
  }

  /** Entries `e/…` hold columns, `d/…` tombstones; suffix: the chunk's number. */
  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    this.tidy();
    for (const number of [...this.deletedChunks].sort((a, b) => a - b)) {
      put(this.entryKey('e', number), null);
      put(this.entryKey('d', number), null);
    }
    this.deletedChunks.clear();
    this.chunks.forEach((chunk, n) => {
      if (chunk === null) return;
      const number = this.firstChunk + n;
      if (chunk.dirty) put(this.entryKey('e', number), this.chunkBytes(chunk));
      if (chunk.deadDirty && chunk.dead !== null) put(this.entryKey('d', number), chunk.dead.slice());
      chunk.dirty = false;
      chunk.deadDirty = false;
    });
  }

  /** Lets go of what no visible edge needs, where that is much. Only between records: dense ids change. */
  tidy(): void {
    this.dropExpired();
    if (this.mustCompact()) this.compact();
  }

  /** The same entries for all edges, changed or not; nothing is noted as saved. Void once `layout` has risen. */
  *image(): IterableIterator<StateEntry> {
    for (let n = 0; n < this.chunks.length; n++) {
      const chunk = this.chunks[n] as Chunk | null;
      if (chunk === null) continue;
      const number = this.firstChunk + n;
      yield { key: this.entryKey('e', number), bytes: this.chunkBytes(chunk) };
      if (chunk.dead !== null) yield { key: this.entryKey('d', number), bytes: chunk.dead.slice() };
    }
  }

  /** How many edges have come after this one. */
  ageOf(edge: number): number {
    return this.next - 1 - this.localOf(edge);
  }

  /** The edge that so many have come after. */
  edgeOfAge(age: number): number {
    return (this.next - 1 - age) * this.tables + this.table;
  }

  /** Takes the columns of a chunk; chunks come in ascending order. */
  restoreChunk(number: number, bytes: Uint8Array, dead: Uint8Array | null): void {
    if (this.chunks.length === 0) this.firstChunk = number;
    while (this.firstChunk + this.chunks.length < number) this.chunks.push(null);
    const chunk = this.newChunk();
    const reader = new StateReader(bytes);
    chunk.rows = reader.u32();
    chunk.live = chunk.rows;
    reader.array(chunk.sources, chunk.rows);
    reader.array(chunk.destinations, chunk.rows);
    if (chunk.times !== null) reader.array(chunk.times, chunk.rows);
    for (const column of chunk.columns) column.read(reader, chunk.rows);
    for (let at = 0; at < chunk.rows; at++) chunk.newest = Math.max(chunk.newest, timeAt(chunk, at));
    if (dead !== null) for (let at = 0; at < chunk.rows; at++) if (isSet(dead, at)) chunk.kill(at);
    chunk.dirty = false;
    this.chunks.push(chunk);
    this.next = (number << CHUNK_LOG2) + chunk.rows;
  }

  /** After all chunks are back: neighbour lists and index. */
  finishRestore(horizon: number): void {
    this.expire(horizon);
    this.visitAll((chunk, at, edge) => {
      const time = timeAt(chunk, at);
      const from = chunk.sources[at] as number;
      const to = chunk.destinations[at] as number;
      if (this.index !== null) this.index.add(this.keyHash(chunk, at), edge);
      this.out.insert(from, time, to, edge);
      this.into.insert(to, time, from, edge);
    });
    this.dropExpired();
  }

  /** Visible edges, and bytes held, by part. */
  describe(): {
    readonly edges: number;
    readonly columns: number;
    readonly adjacency: number;
    readonly index: number;
  } {
    let edges = 0;
    this.visitAll(() => edges++);
    let columns = 0;
    for (const chunk of this.chunks) {
      if (chunk === null) continue;
      columns += chunk.sources.byteLength * 2 + (chunk.times?.byteLength ?? 0);
      for (const column of chunk.columns) columns += column.bytes;
    }
    return { edges, columns, adjacency: this.out.bytes + this.into.bytes, index: this.index?.bytes ?? 0 };
  }

  private localOf(edge: number): number {
    return this.tables === 1 ? edge : (edge - this.table) / this.tables;
  }

  private chunkOf(local: number): Chunk {
    return this.chunks[(local >> CHUNK_LOG2) - this.firstChunk] as Chunk;
  }

  private read(chunk: Chunk, at: number, column: number): Value {
    const access = this.access[column] as number;
    if (access < 0) return null;
    if (access < FROM_SOURCE) return (chunk.columns[access] as ChunkColumn).get(at);
    if (access < FROM_DESTINATION)
      return this.vertices.keyPart(chunk.sources[at] as number, access - FROM_SOURCE);
    if (access < FROM_TIME)
      return this.vertices.keyPart(chunk.destinations[at] as number, access - FROM_DESTINATION);
    const time = timeAt(chunk, at);
    return time === Number.POSITIVE_INFINITY ? null : time;
  }

  private keyHash(chunk: Chunk, at: number): number {
    const columns = this.plan.key;
    let hash = HASH_START;
    for (let part = 0; part < columns.length; part++) {
      hash = hashValue(hash, this.read(chunk, at, columns[part] as number));
    }
    return finishHash(hash);
  }

  private newIndex(): EdgeIndex {
    return new EdgeIndex((edge) => this.isGone(edge));
  }

  /** Whether the edge's chunk is no more. */
  private isGone(edge: number): boolean {
    const chunk = this.chunks[(this.localOf(edge) >> CHUNK_LOG2) - this.firstChunk];
    return chunk === undefined || chunk === null;
  }

  private newChunk(): Chunk {
    const columns = this.stored.map((column) => createChunkColumn(present(this.columns[column]).type));
    return new Chunk(this.plan.eventTime !== null, columns);
  }

  private startChunk(): Chunk {
    this.dropExpired();
    const chunk = this.newChunk();
    if (this.chunks.length === 0) this.firstChunk = this.next >> CHUNK_LOG2;
    while (this.firstChunk + this.chunks.length < this.next >> CHUNK_LOG2) this.chunks.push(null);
    this.chunks.push(chunk);
    return chunk;
  }

  /** Frees a chunk without live edges, unless it is the one being filled. */
  private dropEmptyChunk(number: number, chunk: Chunk): void {
    if (chunk.live === 0 && chunk.rows === CHUNK_ROWS) this.dropChunk(number - this.firstChunk);
  }

  /** Frees the chunks whose edges have all expired, except the one being filled. */
  private dropExpired(): void {
    const { horizon } = this;
    const expired: number[] = [];
    this.chunks.forEach((chunk, place) => {
      if (chunk !== null && chunk.rows === CHUNK_ROWS && chunk.newest < horizon)
        expired.push(this.firstChunk + place);
    });
    for (const number of expired) this.dropChunk(number - this.firstChunk);
  }

  private dropChunk(place: number): void {
    this.layout++;
    this.deletedChunks.add(this.firstChunk + place);
    this.chunks[place] = null;
    while (this.chunks.length > 0 && this.chunks[this.chunks.length - 1] === null && this.tailIsWhole())
      this.chunks.pop();
    let gone = 0;
    while (gone < this.chunks.length && this.chunks[gone] === null) gone++;
    if (gone > 0) {
      this.chunks.splice(0, gone);
      this.firstChunk += gone;
    }
  }

  /** Whether the next edge starts a chunk, so that no chunk is being filled. */
  private tailIsWhole(): boolean {
    return (this.next & ROW_MASK) === 0;
  }

  private mustCompact(): boolean {
    if (this.next * this.tables > EDGE_IDS_MAX / 2) return true;
    let dead = 0;
    let live = 0;
    for (const chunk of this.chunks) {
      if (chunk === null) continue;
      live += chunk.live;
      dead += chunk.rows - chunk.live;
    }
    return dead > live && dead > COMPACTION_DEAD_MIN;
  }

  /** Numbers the visible edges anew, in the same order. Only between records: dense ids change. */
  private compact(): void {
    this.layout++;
    const old = this.chunks;
    const base = this.firstChunk;
    old.forEach((chunk, n) => {
      if (chunk !== null) this.deletedChunks.add(base + n);
    });
    const rows: Row[] = [];
    const indexed = this.index !== null;
    this.visitAll((chunk, at) => rows.push(this.columns.map((_, column) => this.read(chunk, at, column))));
    this.out.clear();
    this.into.clear();
    this.chunks = [];
    this.firstChunk = 0;
    this.next = 0;
    this.index = indexed ? this.newIndex() : null;
    for (const row of rows) this.insert(row);
  }

  /** Every visible edge, in log order. */
  private visitAll(visit: (chunk: Chunk, at: number, edge: number) => void): void {
    const { horizon } = this;
    this.chunks.forEach((chunk, n) => {
      if (chunk === null) return;
      const first = (this.firstChunk + n) << CHUNK_LOG2;
      for (let at = 0; at < chunk.rows; at++) {
        if (timeAt(chunk, at) >= horizon && !chunk.isDead(at))
          visit(chunk, at, (first + at) * this.tables + this.table);
      }
    });
  }

  private chunkBytes(chunk: Chunk): Uint8Array {
    const writer = new StateWriter();
    writer.u32(chunk.rows);
    writer.array(chunk.sources, chunk.rows);
    writer.array(chunk.destinations, chunk.rows);
    if (chunk.times !== null) writer.array(chunk.times, chunk.rows);
    for (const column of chunk.columns) column.write(writer, chunk.rows);
    return writer.finish();
  }

  private entryKey(kind: 'e' | 'd', number: number): string {
    return `${kind}/${this.table.toString().padStart(4, '0')}/${number.toString(16).padStart(8, '0')}`;
  }
}

function hasNull(row: Row, columns: readonly number[]): boolean {
  for (let n = 0; n < columns.length; n++) if ((row[columns[n] as number] ?? null) === null) return true;
  return false;
}

function timeAt(chunk: Chunk, at: number): number {
  return chunk.times === null ? Number.POSITIVE_INFINITY : (chunk.times[at] as number);
}

function isSet(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] as number) & (1 << (at & 7))) !== 0;
}
