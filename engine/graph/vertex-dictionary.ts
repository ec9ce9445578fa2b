import { compareTuples } from '../../core/compare.ts';
import { listBytes, setBytes, tupleBytes, valueBytes } from '../../core/heap-bytes.ts';
import type { Row, Value } from '../../core/types.ts';
import type { VertexTablePlan } from '../../language/plan.ts';
import { KeyMap } from './key-map.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/** Vertices of one entry of a checkpoint. */
const BUCKET_LOG2 = 8;
const BUCKET = 1 << BUCKET_LOG2;
/** So many ids are taken before unused ones are looked for. */
const IDS_MIN = 4096;
/** Keys of one column that are remembered with their vertices. */
const RECENT = 4;

/**
 * The vertices of a view: external key -> dense id by vertex table, and back, with the table row where there is one.
 * An id is in use while the vertex has a row or a visible edge, and for a while after; free ids are used again, last
 * freed first. Dense ids are layout: nothing that can be seen depends on them.
 */
export class VertexDictionary {
  private readonly plans: readonly VertexTablePlan[];
  /** One by vertex table. */
  private readonly ids: KeyMap[];
  private readonly rowCounts: number[];
  private readonly keys: (Value | readonly Value[])[] = [];
  private readonly rows: (Row | null)[] = [];
  private tables = new Int16Array(256);
  private readonly free: number[] = [];
  /** Number of ids at which unused ones are looked for. */
  private limit = IDS_MIN;
  private readonly dirty = new Set<number>();
  /** Of the keys and rows that are held, on the engine's heap. */
  private keyBytes = 0;
  private rowBytes = 0;
  /** Rises with every id taken or given back: what was derived from the set of ids is stale then. */
  version = 0;

  private readonly isConnected: (vertex: number) => boolean;
  /** Keys asked for lately, since a rule asks for the ends of the edge that has just come. */
  private readonly recentKeys: Value[] = new Array<Value>(RECENT).fill(null);
  private readonly recentVertices = new Int32Array(RECENT).fill(-1);
  private readonly recentTables = new Int32Array(RECENT).fill(-1);
  private recentAt = 0;

  /** `isConnected`: whether a vertex has a visible edge. */
  constructor(plans: readonly VertexTablePlan[], isConnected: (vertex: number) => boolean) {
    this.plans = plans;
    this.isConnected = isConnected;
    this.ids = plans.map(() => new KeyMap());
    this.rowCounts = plans.map(() => 0);
  }

  /** The id of the vertex whose key stands in `row` at `columns`, or -1. */
  find(table: number, row: readonly Value[], columns: readonly number[]): number {
    if (columns.length === 1) {
      const key = row[columns[0] as number] as Value;
      for (let n = 0; n < RECENT; n++) {
        if (this.recentKeys[n] === key && this.recentTables[n] === table)
          return this.recentVertices[n] as number;
      }
    }
    return (this.ids[table] as KeyMap).get(row, columns);
  }

  /** As `find`, but takes an id where there is none. The key has no NULL. */
  findOrAdd(table: number, row: readonly Value[], columns: readonly number[]): number {
    const ids = this.ids[table] as KeyMap;
    const known = ids.get(row, columns);
    if (known >= 0) {
      if (columns.length === 1) this.remember(table, row[columns[0] as number] as Value, known);
      return known;
    }
    const vertex = this.free.length > 0 ? (this.free.pop() as number) : this.keys.length;
    const parts = columns.map((column) => row[column] as Value);
    const single = parts.length === 1 ? (parts[0] as Value) : null;
    this.place(vertex, table, single ?? parts, null);
    ids.add(row, columns, vertex);
    if (single !== null) this.remember(table, single, vertex);
    this.version++;
    this.dirty.add(vertex >> BUCKET_LOG2);
    return vertex;
  }

  private remember(table: number, key: Value, vertex: number): void {
    this.recentTables[this.recentAt] = table;
    this.recentKeys[this.recentAt] = key;
    this.recentVertices[this.recentAt] = vertex;
    this.recentAt = (this.recentAt + 1) % RECENT;
  }

  /** Number of ids ever in use at once: ids are below it. */
  get size(): number {
    return this.keys.length;
  }

  /** The vertex table, or -1 for an id not in use. */
  tableOf(vertex: number): number {
    return this.tables[vertex] as number;
  }

  keyPart(vertex: number, part: number): Value {
    const key = this.keys[vertex] as Value | readonly Value[];
    return isTuple(key) ? (key[part] as Value) : key;
  }

  row(vertex: number): Row | null {
    return this.rows[vertex] as Row | null;
  }

  /** Number of vertices of the table that have a row. */
  rowCount(table: number): number {
    return this.rowCounts[table] as number;
  }

  setRow(vertex: number, row: Row | null): void {
    const before = this.rows[vertex] as Row | null;
    const had = before !== null;
    this.rowBytes += rowBytesOf(row) - rowBytesOf(before);
    this.rows[vertex] = row;
    const table = this.tableOf(vertex);
    this.rowCounts[table] = (this.rowCounts[table] as number) + (row === null ? 0 : 1) - (had ? 1 : 0);
    this.dirty.add(vertex >> BUCKET_LOG2);
  }

  /** Orders vertices by table as declared, then key. */
  compare(a: number, b: number): number {
    if (a === b) return 0;
    const tables = this.tableOf(a) - this.tableOf(b);
    if (tables !== 0) return tables;
    return compareTuples(this.keyTuple(a), this.keyTuple(b));
  }

  keyTuple(vertex: number): readonly Value[] {
    const key = this.keys[vertex] as Value | readonly Value[];
    return isTuple(key) ? key : [key];
  }

  /** Rough bytes of the entries that saveChanges would write. */
  changedBytes(): number {
    return this.dirty.size * BUCKET * 32;
  }

  /** One entry by bucket of ids: table, key and row of each id in use. */
  saveChanges(
    createWriter: () => StateWriter,
    put: (bucket: number, writer: StateWriter | null) => void,
  ): void {
    for (const bucket of [...this.dirty].sort((a, b) => a - b)) {
      const writer = createWriter();
      put(bucket, this.writeBucket(bucket, writer) ? writer : null);
    }
    this.dirty.clear();
  }

  /** Buckets of ids: those below it are all. */
  get buckets(): number {
    return Math.ceil(this.keys.length / BUCKET);
  }

  /** Writes the entry of a bucket; false where none of its ids is in use. */
  writeBucket(bucket: number, writer: StateWriter): boolean {
    const end = Math.min((bucket + 1) << BUCKET_LOG2, this.keys.length);
    let count = 0;
    for (let vertex = bucket << BUCKET_LOG2; vertex < end; vertex++) {
      const table = this.tableOf(vertex);
      if (table < 0) continue;
      count++;
      writer.u32(vertex);
      writer.u32(table);
      const row = this.rows[vertex] as Row | null;
      const values = row ?? this.keyTuple(vertex);
      writer.u8(row === null ? 0 : 1);
      writer.u32(values.length);
      for (const value of values) writer.value(value ?? null);
    }
    return count > 0;
  }

  restore(reader: StateReader): void {
    while (!reader.atEnd) {
      const vertex = reader.u32();
      const table = reader.u32();
      const hasRow = reader.u8() === 1;
      const values: Value[] = [];
      for (let n = reader.u32(); n > 0; n--) values.push(reader.value());
      const plan = this.plans[table] as VertexTablePlan;
      const key = hasRow ? plan.key.map((column) => values[column] as Value) : values;
      const single = key.length === 1 ? (key[0] as Value) : null;
      while (this.keys.length < vertex) this.place(this.keys.length, -1, null, null);
      this.place(vertex, table, single ?? key, hasRow ? values : null);
      if (hasRow) this.rowCounts[table] = (this.rowCounts[table] as number) + 1;
    }
  }

  /** After restore and the edges' return: knows the vertices by key, and which ids nothing needs any more. */
  finishRestore(): void {
    this.free.length = 0;
    for (let vertex = this.keys.length - 1; vertex >= 0; vertex--) {
      const table = this.tableOf(vertex);
      if (table >= 0 && (this.rows[vertex] !== null || this.isConnected(vertex))) {
        const key = this.keyTuple(vertex);
        (this.ids[table] as KeyMap).add(key, allOf(key), vertex);
        continue;
      }
      this.place(vertex, -1, null, null);
      this.free.push(vertex);
    }
    this.limit = Math.max(IDS_MIN, 2 * (this.keys.length - this.free.length));
    this.version++;
  }

  /** Bytes held: typed arrays exactly; keys and rows, which are on the engine's heap, about. */
  get sizes(): { readonly keys: number; readonly rows: number; readonly ids: number } {
    let maps = 0;
    for (const ids of this.ids) maps += ids.bytes;
    return {
      keys: maps + listBytes(this.keys.length) + this.keyBytes,
      rows: listBytes(this.rows.length) + this.rowBytes,
      ids: this.tables.byteLength + listBytes(this.free.length) + setBytes(this.dirty.size),
    };
  }

  private place(vertex: number, table: number, key: Value | readonly Value[], row: Row | null): void {
    if (vertex >= this.tables.length) {
      const capacity = Math.max(vertex + 1, this.tables.length * 2);
      const tables = new Int16Array(capacity);
      tables.set(this.tables);
      this.tables = tables;
    }
    if (vertex < this.keys.length) {
      this.keyBytes -= keyBytesOf(this.keys[vertex] as Value | readonly Value[]);
      this.rowBytes -= rowBytesOf(this.rows[vertex] as Row | null);
    }
    this.keyBytes += keyBytesOf(key);
    this.rowBytes += rowBytesOf(row);
    this.keys[vertex] = key;
    this.rows[vertex] = row;
    this.tables[vertex] = table;
  }

  /**
   * Frees the ids of vertices with neither row nor edge when new ids would double those in use: most vertices that
   * fall out of use come back before. Called before a vertex is looked up or added, while none is on its way.
   */
  makeRoom(): void {
    if (this.free.length > 0 || this.keys.length < this.limit) return;
    for (let id = this.keys.length - 1; id >= 0; id--) {
      if (this.tableOf(id) >= 0 && this.rows[id] === null && !this.isConnected(id)) this.release(id);
    }
    this.limit = Math.max(IDS_MIN, 2 * (this.keys.length - this.free.length));
  }

  private release(vertex: number): void {
    const key = this.keyTuple(vertex);
    (this.ids[this.tableOf(vertex)] as KeyMap).delete(key, allOf(key), vertex);
    this.place(vertex, -1, null, null);
    this.free.push(vertex);
    for (let n = 0; n < RECENT; n++) if (this.recentVertices[n] === vertex) this.recentTables[n] = -1;
    // The saved entry stays until the id is used again: a vertex without row and edges is not restored.
    this.version++;
  }
}

function isTuple(key: Value | readonly Value[]): key is readonly Value[] {
  return typeof key === 'object' && key !== null;
}

function keyBytesOf(key: Value | readonly Value[]): number {
  return isTuple(key) ? tupleBytes(key) : valueBytes(key);
}

function rowBytesOf(row: Row | null): number {
  return row === null ? 0 : tupleBytes(row);
}

function allOf(key: readonly Value[]): number[] {
  return key.map((_, part) => part);
}
