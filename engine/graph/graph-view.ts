import { assert, present } from '../../core/assert.ts';
import { bytesByPart, type CacheRow, type CacheSizes } from '../../core/cache-sizes.ts';
import { formatText } from '../../core/format-value.ts';
import { RingwatchError } from '../../core/errors.ts';
import { listBytes } from '../../core/heap-bytes.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Column, GraphPlan, VertexTablePlan } from '../../language/plan.ts';
import type { ElementReader } from '../expression/evaluate.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { type ColdSegment, type EdgeEntries, EdgeTable } from './edge-table.ts';
import type { NeighbourLists } from './neighbour-lists.ts';
import { type StateEntry, StateReader, StateWriter } from './state-bytes.ts';
import { VertexDictionary } from './vertex-dictionary.ts';

/** Is told each change of a view, in order: with them a copy of the view stays equal to it. */
export interface GraphFollower {
  edgeInserted(edgeTable: number, row: Row): void;
  /** `age`: how many edges of the table have come after it. */
  edgeTakenBack(edgeTable: number, age: number): void;
  edgeRemoved(edgeTable: number, row: Row): void;
  vertexSet(vertexTable: number, row: Row): void;
  vertexRemoved(vertexTable: number, row: Row): void;
  watermarkAdvanced(micros: number): void;
}

/**
 * A live graph view: vertices by external key, edges as columns in log order, neighbour lists both ways.
 *
 * What is visible is exact: a source-fed edge is gone as soon as its event time is before `horizon` (watermark -
 * retain), a vertex once it has neither a row nor a visible edge. Their memory is freed later. An edge without event
 * time never expires.
 *
 * Dense ids of vertices and edges are layout; nothing that is printed, ordered or hashed depends on them.
 */
export class GraphView implements ElementReader, StatePart {
  readonly name: string;
  readonly plan: GraphPlan;
  /** Microseconds; -Infinity while nothing expires. */
  horizon = Number.NEGATIVE_INFINITY;
  /** Null: nobody follows. */
  follower: GraphFollower | null = null;
  private readonly vertices: VertexDictionary;
  private readonly stores: readonly EdgeTable[];
  /** Bits of an edge's number in its id; the table is above. */
  private readonly idBits: number;
  private readonly vertexColumns: readonly (readonly Column[])[];
  private readonly edgeColumns: readonly (readonly Column[])[];
  private readonly sorted: { version: number; vertices: readonly number[] }[];
  private position = 0;
  private metaDirty = true;

  /** `columnsOf` gives the columns of a source, table or view by name. */
  constructor(plan: GraphPlan, columnsOf: (relation: string) => readonly Column[]) {
    this.name = `graph/${plan.fingerprint}`;
    this.plan = plan;
    this.vertices = new VertexDictionary(plan.vertexTables, (vertex) => this.isConnected(vertex));
    this.vertexColumns = plan.vertexTables.map(({ relation }) => columnsOf(relation.name));
    this.edgeColumns = plan.edgeTables.map(({ relation }) => columnsOf(relation.name));
    this.sorted = plan.vertexTables.map(() => ({ version: -1, vertices: [] }));
    this.idBits = 31 - (32 - Math.clz32(plan.edgeTables.length - 1));
    this.stores = plan.edgeTables.map(
      (edgeTable, table) =>
        new EdgeTable(
          table,
          this.idBits,
          edgeTable,
          present(this.edgeColumns[table]),
          this.vertices,
          edgeTable.fromSource && plan.retainMicros !== null,
        ),
    );
  }

  /**
   * Adds the row's edge to edge table number `edgeTable`. Returns its dense id, or -1 where there is none: an
   * endpoint's key has a NULL, or the edge is already past retention.
   */
  insertEdge(edgeTable: number, row: Row, position: number): number {
    assert(position >= this.position, 'positions never fall');
    this.position = position;
    const edge = (this.stores[edgeTable] as EdgeTable).insert(row);
    if (edge >= 0) this.follower?.edgeInserted(edgeTable, row);
    return edge;
  }

  /** Takes back an edge of the record at hand, as if it had never come. */
  undoInsert(edge: number): void {
    if (edge < 0) return;
    const store = this.storeOf(edge);
    this.follower?.edgeTakenBack(this.edgeTable(edge), store.ageOf(edge));
    store.remove(edge);
  }

  /** Takes back the edge of a table that so many edges have come after. */
  undoInsertOfAge(edgeTable: number, age: number): void {
    this.undoInsert((this.stores[edgeTable] as EdgeTable).edgeOfAge(age));
  }

  /** Removes the newest edge with the content of `row`, as it was inserted. A row that made no edge is ignored. */
  removeEdge(edgeTable: number, row: Row): void {
    const store = this.stores[edgeTable] as EdgeTable;
    const edge = store.findByRow(row);
    if (edge < 0) return;
    store.remove(edge);
    this.follower?.edgeRemoved(edgeTable, row);
  }

  /** Sets the row of a vertex; a key with a NULL names none. */
  upsertVertex(vertexTable: number, row: Row): void {
    const plan = this.plan.vertexTables[vertexTable] as VertexTablePlan;
    if (plan.key.some((column) => (row[column] ?? null) === null)) return;
    this.vertices.makeRoom();
    this.vertices.setRow(this.vertices.findOrAdd(vertexTable, row, plan.key), row);
    this.follower?.vertexSet(vertexTable, row);
  }

  /** Takes the row away; the vertex stays while it has edges, with its key alone. */
  removeVertex(vertexTable: number, row: Row): void {
    const plan = this.plan.vertexTables[vertexTable] as VertexTablePlan;
    const vertex = this.vertices.find(vertexTable, row, plan.key);
    if (vertex < 0 || this.vertices.row(vertex) === null) return;
    this.vertices.setRow(vertex, null);
    this.follower?.vertexRemoved(vertexTable, row);
  }

  /** Says how far the sources of the edges have come. Never moves back. */
  advanceWatermark(micros: number): void {
    if (this.plan.retainMicros === null) return;
    const horizon = micros - this.plan.retainMicros;
    if (horizon <= this.horizon) return;
    this.horizon = horizon;
    this.metaDirty = true;
    for (const store of this.stores) store.expire(horizon);
    this.follower?.watermarkAdvanced(micros);
  }

  /** The dense id of the vertex with this key, or -1 where it does not exist. */
  findVertex(vertexTable: number, key: readonly Value[]): number {
    const vertex = this.vertices.find(vertexTable, key, KEY_PARTS[key.length - 1] as readonly number[]);
    return vertex >= 0 && this.isVertex(vertex) ? vertex : -1;
  }

  /** Puts the live edges with this key into `found` from its start, in log order; their number. */
  findEdges(edgeTable: number, key: readonly Value[], found: number[]): number {
    return (this.stores[edgeTable] as EdgeTable).findByKey(key, found);
  }

  /** Calls `visit` with the row of each live edge, by (event time, key, arrival); columns that are neither key nor property are NULL. */
  forEachEdgeRow(edgeTable: number, visit: (row: Row) => void): void {
    (this.stores[edgeTable] as EdgeTable).forEachRow(visit);
  }

  /** Prepares the lookup of edges by key, so that the first one does not pay for it. */
  indexEdges(edgeTable: number): void {
    (this.stores[edgeTable] as EdgeTable).ensureIndex();
  }

  /** Whether an id in use is a vertex: it has a row or a live edge. */
  isVertex(vertex: number): boolean {
    return this.isConnected(vertex) || this.vertices.row(vertex) !== null;
  }

  /** Vertices of the table in key order. */
  *verticesOf(vertexTable: number): IterableIterator<number> {
    for (const vertex of this.sortedVertices(vertexTable)) if (this.isVertex(vertex)) yield vertex;
  }

  /** Rows of the table: an estimate of its vertices that is the same on every replay. */
  rowCount(vertexTable: number): number {
    return this.vertices.rowCount(vertexTable);
  }

  /** Neighbour lists of an edge table: `out` lists destinations by source, `in` sources by destination. */
  lists(edgeTable: number, direction: 'out' | 'in'): NeighbourLists {
    const store = this.stores[edgeTable] as EdgeTable;
    return store.lists(direction);
  }

  /** Edges of the table before this event time are invisible: -Infinity where they do not expire. */
  edgeHorizon(edgeTable: number): number {
    return (this.stores[edgeTable] as EdgeTable).horizon;
  }

  /** Ids of vertices are below it: the size for arrays by vertex. */
  get vertexIdsEnd(): number {
    return this.vertices.size;
  }

  vertexTable(vertex: number): number {
    return this.vertices.tableOf(vertex);
  }

  edgeTable(edge: number): number {
    return edge >>> this.idBits;
  }

  vertexProperty(vertex: number, column: number): Value {
    const row = this.vertices.row(vertex);
    if (row !== null) return row[column] ?? null;
    const part = (this.plan.vertexTables[this.vertices.tableOf(vertex)] as VertexTablePlan).key.indexOf(
      column,
    );
    return part < 0 ? null : this.vertices.keyPart(vertex, part);
  }

  edgeProperty(edge: number, column: number): Value {
    return this.storeOf(edge).property(edge, column);
  }

  edgeSource(edge: number): number {
    return this.storeOf(edge).source(edge);
  }

  edgeDestination(edge: number): number {
    return this.storeOf(edge).destination(edge);
  }

  /** Microseconds; +Infinity where there is none. */
  edgeTime(edge: number): number {
    return this.storeOf(edge).time(edge);
  }

  vertexKey(vertex: number): string {
    const table = this.vertices.tableOf(vertex);
    const { key } = this.plan.vertexTables[table] as VertexTablePlan;
    const columns = this.vertexColumns[table] as readonly Column[];
    return this.vertices
      .keyTuple(vertex)
      .map((value, part) => formatText(typeAt(columns, key[part]), value))
      .join(',');
  }

  edgeKey(edge: number): string {
    const table = this.edgeTable(edge);
    const { key, name } = this.storeOf(edge).plan;
    const columns = this.edgeColumns[table] as readonly Column[];
    const text = key
      .map((column) => formatText(typeAt(columns, column), this.edgeProperty(edge, column)))
      .join(',');
    return this.stores.length === 1 ? text : `${name}:${text}`;
  }

  vertexLabel(vertex: number): string {
    return present(this.plan.vertexTables[this.vertices.tableOf(vertex)]?.labels[0], 'label');
  }

  edgeLabel(edge: number): string {
    return present(this.storeOf(edge).plan.labels[0], 'label');
  }

  /** Orders vertices by table as declared, then key. */
  compareVertices(a: number, b: number): number {
    return this.vertices.compare(a, b);
  }

  /** Orders edges by event time (none is least), table as declared, key, then arrival. */
  compareEdges(a: number, b: number): number {
    if (a === b) return 0;
    const timeA = this.edgeTime(a);
    const timeB = this.edgeTime(b);
    if (timeA !== timeB) {
      if (timeA === Number.POSITIVE_INFINITY) return -1;
      return timeB === Number.POSITIVE_INFINITY || timeA > timeB ? 1 : -1;
    }
    return this.compareEdgeKeys(a, b);
  }

  /** Orders edges by table as declared, key, then arrival. */
  compareEdgeKeys(a: number, b: number): number {
    const table = this.edgeTable(a);
    if (table !== this.edgeTable(b)) return table - this.edgeTable(b);
    return this.storeOf(a).compareKeys(a, b);
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    for (const store of this.stores) store.saveChanges(put);
    this.vertices.saveChanges(
      () => new StateWriter(),
      (bucket, writer) => put(bucketKey(bucket), writer === null ? null : writer.finish()),
    );
    if (!this.metaDirty) return;
    const meta = new StateWriter();
    meta.f64(this.horizon);
    put('meta', meta.finish());
    this.metaDirty = false;
  }

  /**
   * All that a checkpoint of the view would hold, for `restore`, entry by entry; the view must not change meanwhile. Ends
   * with false where it did give up entries on the way: then it is of no use.
   */
  *image(): Generator<StateEntry, boolean> {
    const layout = this.layout;
    for (const store of this.stores) yield* store.image();
    for (let bucket = 0; bucket < this.vertices.buckets; bucket++) {
      const writer = new StateWriter();
      if (this.vertices.writeBucket(bucket, writer)) yield { key: bucketKey(bucket), bytes: writer.finish() };
    }
    const meta = new StateWriter();
    meta.f64(this.horizon);
    yield { key: 'meta', bytes: meta.finish() };
    return layout === this.layout;
  }

  private get layout(): number {
    return this.stores.reduce((sum, { layout }) => sum + layout, 0);
  }

  /** A bounded piece of what keeps the memory small. To be called between records, as often as there are: dense ids change. */
  proceed(): void {
    for (const store of this.stores) store.proceed();
  }

  /** Begins to compact each edge table where that is not under way, whether it is due or not. */
  beginCompaction(): void {
    for (const store of this.stores) store.beginCompaction();
  }

  /** Edges that `relieve` would make smaller or let go of, where that is worth it. */
  get relievable(): number {
    return this.stores.reduce((sum, { relievable }) => sum + relievable, 0);
  }

  /**
   * Where memory is short: compacts the edge table that gains most, due or not, until `isOver`; false where nothing is left to
   * gain. Only between records: dense ids change.
   */
  relieve(isOver: () => boolean): boolean {
    do {
      const store = this.stores.reduce((most, one) => (one.relievable > most.relievable ? one : most));
      if (store.relievable === 0) return false;
      store.beginCompaction();
      store.proceedOrGiveUp();
    } while (!isOver());
    return true;
  }

  /** Segments that may go to disk, each with a name that is its own in a tenant; see EdgeTable. */
  *coldSegments(nowMs: number): IterableIterator<ColdSegment & { readonly name: string }> {
    for (const [table, store] of this.stores.entries()) {
      const cold = store.coldSegment(this.plan.name, nowMs);
      if (cold !== null) yield { ...cold, name: `${this.plan.fingerprint}-${table}` };
    }
  }

  /** Makes one segment of each edge table. Only between records: dense ids change. */
  compact(): void {
    for (const store of this.stores) store.compact();
  }

  /** For copies, which are never saved: lets go of what no visible edge needs. Only between records. */
  tidy(): void {
    for (const store of this.stores) store.tidy();
  }

  changedBytes(): number {
    let bytes = this.vertices.changedBytes() + (this.metaDirty ? 8 : 0);
    for (const store of this.stores) bytes += store.changedBytes();
    return bytes;
  }

  /** Throws CHECKPOINT_CORRUPT where a segment cannot be read: what it holds is in the log, too. */
  restore(entries: Iterable<StateEntry>): void {
    const all = new Map<string, Uint8Array>();
    for (const { key, bytes } of entries) all.set(key, bytes);
    const edges = this.stores.map(() => ({
      s: new Map<number, Uint8Array>(),
      r: new Map<number, Uint8Array>(),
      x: new Map<number, Uint8Array>(),
      d: new Map<number, Uint8Array>(),
    }));
    for (const [key, bytes] of all) {
      const [kind, table, number] = key.split('/');
      if (kind === 'meta') this.horizon = new StateReader(bytes).f64();
      else if (kind === 'v') this.vertices.restore(new StateReader(bytes));
      else {
        const entries = present(edges[Number(table)], 'edge table of a checkpoint entry');
        present(entries[kind as keyof EdgeEntries], 'kind of a checkpoint entry').set(
          Number.parseInt(number as string, 16),
          bytes,
        );
      }
    }
    this.stores.forEach((store, table) => {
      try {
        store.restore(edges[table] as EdgeEntries, this.horizon);
      } catch (error) {
        throw isUnreadable(error) ? checkpointCorrupt(error) : error;
      }
    });
    this.vertices.finishRestore();
    this.metaDirty = false;
  }

  hashContent(hash: ContentHash): void {
    for (const [table, { name }] of this.plan.vertexTables.entries()) {
      hash.text(`vertices ${name}`);
      for (const vertex of this.sortedVertices(table)) {
        const row = this.vertices.row(vertex);
        if (row !== null) hash.row(row);
      }
    }
    for (const store of this.stores) {
      hash.text(`edges ${store.plan.name}`);
      hash.bag((add) => store.forEachContent(add));
    }
  }

  describe(): Readonly<Record<string, number>> {
    const rows = this.memoryRows();
    const { segment, delta, indexes, removed, vertices, other } = bytesByPart(rows);
    const lists = bytesOf(rows.filter(({ part, item }) => part === 'delta' && item === 'lists'));
    return {
      vertices: this.countVertices(),
      edges: this.countEdges(),
      segmentBytes: segment,
      columnBytes: delta - lists,
      adjacencyBytes: lists,
      indexBytes: indexes,
      otherBytes: removed + other,
      vertexBytes: vertices,
    };
  }

  /** What the view holds in memory: looks at each of its edges. */
  sizes(): CacheSizes {
    const rows = this.memoryRows();
    let rawBytes = 0;
    const tables = this.stores.map((store) => {
      const { name } = store.plan;
      const edges = store.countEdges();
      rawBytes += store.rawBytes(edges);
      const bytes = bytesOf(rows.filter(({ table }) => table === name));
      const { held, coldBytes } = store;
      return { name, edges, segmentEdges: held.segment, deltaEdges: held.delta, coldBytes, bytes };
    });
    const edges = tables.reduce((sum, table) => sum + table.edges, 0);
    const vertices = this.countVertices();
    return { graph: this.plan.name, vertices, edges, tables, rows, bytes: bytesOf(rows), rawBytes };
  }

  /** All bytes that the view holds, by what they are for. Costs what there are columns and chunks of edges, not edges. */
  memoryRows(): readonly CacheRow[] {
    const { keys, rows, ids } = this.vertices.sizes;
    const order = this.sorted.reduce((sum, { vertices }) => sum + listBytes(vertices.length), 0);
    const shared: CacheRow[] = [];
    for (const [item, bytes] of Object.entries({ keys, rows, ids, order }))
      shared.push({ table: null, part: 'vertices', item, bytes });
    return [...this.stores.flatMap((store) => store.memoryRows()), ...shared];
  }

  private countEdges(): number {
    return this.stores.reduce((sum, store) => sum + store.countEdges(), 0);
  }

  private countVertices(): number {
    return this.plan.vertexTables.reduce((sum, _, table) => sum + this.sortedVertices(table).length, 0);
  }

  /** Whether the vertex has a visible edge. */
  private isConnected(vertex: number): boolean {
    for (let n = 0; n < this.stores.length; n++) {
      const store = this.stores[n] as EdgeTable;
      if (store.lists('in').isConnected(vertex) || store.lists('out').isConnected(vertex)) return true;
    }
    return false;
  }

  private storeOf(edge: number): EdgeTable {
    return this.stores[edge >>> this.idBits] as EdgeTable;
  }

  /** Ids in use of the table in key order, those that are no vertices any more included. */
  private sortedVertices(table: number): readonly number[] {
    const cached = this.sorted[table] as { version: number; vertices: readonly number[] };
    if (cached.version !== this.vertices.version) {
      const found: number[] = [];
      for (let vertex = 0; vertex < this.vertices.size; vertex++) {
        if (this.vertices.tableOf(vertex) === table) found.push(vertex);
      }
      cached.vertices = found.sort((a, b) => this.vertices.compare(a, b));
      cached.version = this.vertices.version;
    }
    return cached.vertices;
  }
}

function bytesOf(rows: readonly CacheRow[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Column lists 0, 0-1, 0-2 …: a key tuple read as a row. */
const KEY_PARTS: readonly (readonly number[])[] = Array.from({ length: 32 }, (_, n) =>
  Array.from({ length: n + 1 }, (_, part) => part),
);

function bucketKey(bucket: number): string {
  return `v/${bucket.toString(16).padStart(8, '0')}`;
}

function typeAt(columns: readonly Column[], column: number | undefined): Column['type'] {
  return present(columns[present(column, 'key column')]).type;
}

function isUnreadable(error: unknown): error is RingwatchError {
  return (
    error instanceof RingwatchError &&
    (error.code === 'SEGMENT_CORRUPT' || error.code === 'SEGMENT_UNSUPPORTED')
  );
}

function checkpointCorrupt(cause: RingwatchError): RingwatchError {
  return new RingwatchError(
    'CHECKPOINT_CORRUPT',
    { path: 'the data folder', reason: cause.message },
    { cause },
  );
}
