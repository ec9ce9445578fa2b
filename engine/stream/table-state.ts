import { assert } from '../../core/assert.ts';
import type { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { compareRowsBy } from '../../core/compare.ts';
import type { Row, Value } from '../../core/types.ts';
import type { TablePlan } from '../../language/plan.ts';
import { type KeyedCodec, KeyedState, type StateKey } from '../state/keyed-state.ts';
import { rowKey, valuesKey } from '../state/row-key.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { readValue, readValues, writeValue, writeValues } from '../state/value-codec.ts';
import { padded } from './complete-row.ts';
import { TableHistory } from './table-history.ts';
import { TableIndex } from './table-index.ts';

const ROW_CODEC: KeyedCodec<Row> = {
  write(writer: ByteWriter, key: StateKey, row: Row) {
    writeValue(writer, key);
    writeValues(writer, row);
  },
  read(reader: ByteReader) {
    return { key: readValue(reader) as StateKey, value: readValues(reader) };
  },
};

/** A change of one row: `row` null after a delete, `old` null before an insert. */
export interface TableChange {
  readonly row: Row | null;
  readonly old: Row | null;
}

/**
 * The rows of a table by PRIMARY KEY; the versions of each where a join asks for the past; and an index for each set
 * of columns that a join looks up.
 */
export class TableState implements StatePart {
  readonly name: string;
  #plan: TablePlan;
  readonly #rows = new KeyedState<Row>(ROW_CODEC);
  readonly #history = new TableHistory((key, rows, kept) => this.#unindex(key, rows, kept));
  #keepsHistory = false;
  readonly #indexes = new Map<string, TableIndex>();

  constructor(plan: TablePlan) {
    this.name = `table/${plan.name}`;
    this.#plan = plan;
  }

  get plan(): TablePlan {
    return this.#plan;
  }

  get size(): number {
    return this.#rows.size;
  }

  /**
   * Takes the plan of new definitions: columns may have been added. `keepsHistory`: some join reads versions of the
   * past; when that begins, the rows as they stand are the first versions.
   */
  configure(plan: TablePlan, keepsHistory: boolean): void {
    const width = plan.columns.length;
    if (width > this.#plan.columns.length) {
      for (const [key, row] of [...this.#rows.entries()]) this.#rows.set(key, padded(row, width));
      this.#history.widen(width);
    }
    this.#plan = plan;
    this.#indexes.clear();
    if (keepsHistory === this.#keepsHistory) return;
    this.#keepsHistory = keepsHistory;
    this.#history.clear();
    if (keepsHistory) for (const [key, row] of this.#rows.entries()) this.#remember(key, row, row);
  }

  /** Sets the row of its key. */
  upsert(row: Row): TableChange {
    const key = this.#keyOf(row);
    const old = this.#rows.get(key) ?? null;
    this.#replace(key, old, row);
    if (this.#keepsHistory) this.#remember(key, row, row);
    return { row, old };
  }

  /** Removes the row with the key of `row`, of which other columns may be NULL. */
  delete(row: Row): TableChange {
    const key = this.#keyOf(row);
    const old = this.#rows.get(key) ?? null;
    this.#replace(key, old, null);
    if (this.#keepsHistory) this.#remember(key, row, null);
    return { row: null, old };
  }

  /** Forgets versions that no join can ask for: those replaced by `bound`. Microseconds. */
  settle(bound: number): void {
    if (this.#keepsHistory) this.#history.settle(bound);
  }

  /** The row with this PRIMARY KEY. */
  find(key: StateKey): Row | null {
    return this.#rows.get(key) ?? null;
  }

  /** The row with this PRIMARY KEY that was valid at `time`. */
  findAsOf(key: StateKey, time: number): Row | null {
    return this.#history.validAt(key, time);
  }

  /** Prepares `lookup` over the columns: current rows, or all versions. */
  indexOn(columns: readonly number[], ofVersions: boolean): void {
    const name = indexName(columns, ofVersions);
    if (this.#indexes.has(name)) return;
    const index = new TableIndex(columns);
    this.#indexes.set(name, index);
    if (ofVersions) for (const { key, row } of this.#history.versions()) index.add(row, key);
    else for (const [key, row] of this.#rows.entries()) index.add(row, key);
  }

  /** Rows with the values at the columns, in key order: as they stand, or (with `time`) as they were valid then. */
  lookup(columns: readonly number[], values: readonly Value[], time: number | null): readonly Row[] {
    const index = this.#indexes.get(indexName(columns, time !== null));
    assert(index !== undefined, 'the columns are indexed');
    const wanted = valuesKey(values);
    if (wanted === null) return [];
    const found: Row[] = [];
    for (const key of index.keysOf(wanted)) {
      const row = time === null ? this.find(key) : this.findAsOf(key, time);
      if (row !== null && rowKey(row, columns) === wanted) found.push(row);
    }
    return found.length > 1 ? found.sort((a, b) => compareRowsBy(a, b, this.#plan.key)) : found;
  }

  /** All rows, in no order that means anything. */
  rows(): IterableIterator<Row> {
    return this.#rows.values();
  }

  /** All rows in key order. */
  sortedRows(): readonly Row[] {
    return [...this.#rows.values()].sort((a, b) => compareRowsBy(a, b, this.#plan.key));
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    this.#rows.saveChanges('r', put);
    this.#history.saveChanges('h', put);
  }

  changedBytes(): number {
    return this.#rows.changedBytes() + this.#history.changedBytes();
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key.startsWith('h')) this.#history.restoreEntry(key.slice(1), bytes);
      else this.#rows.restoreBucket(key.slice(1), bytes);
    }
    this.#rows.finishRestore();
    this.#history.finishRestore();
    const width = this.#plan.columns.length;
    for (const [key, row] of [...this.#rows.entries()]) {
      if (row.length < width) this.#rows.set(key, padded(row, width));
    }
    this.#history.widen(width);
    for (const index of this.#indexes.values()) index.clear();
    for (const [name, index] of this.#indexes) {
      if (name.startsWith(VERSIONS)) for (const { key, row } of this.#history.versions()) index.add(row, key);
      else for (const [key, row] of this.#rows.entries()) index.add(row, key);
    }
  }

  hashContent(hash: ContentHash): void {
    hash.text(this.name);
    for (const row of this.sortedRows()) hash.row(row);
    if (this.#keepsHistory) this.#history.hashContent(hash);
  }

  describe(): Readonly<Record<string, number>> {
    return { rows: this.#rows.size, versions: this.#history.size };
  }

  #keyOf(row: Row): StateKey {
    const key = rowKey(row, this.#plan.key);
    assert(key !== null, 'no PRIMARY KEY column is NULL');
    return key;
  }

  #replace(key: StateKey, old: Row | null, row: Row | null): void {
    if (row === null) this.#rows.delete(key);
    else this.#rows.set(key, row);
    this.#index(old, row);
  }

  /** Keeps the indexes of current rows in step. */
  #index(old: Row | null, row: Row | null): void {
    for (const [name, index] of this.#indexes) {
      if (name.startsWith(VERSIONS)) continue;
      if (old !== null) index.remove(old, this.#keyOf(old));
      if (row !== null) index.add(row, this.#keyOf(row));
    }
  }

  /** Takes rows of a key out of the indexes of versions, where no version of the key has their values any more. */
  #unindex(key: StateKey, rows: readonly Row[], kept: readonly Row[]): void {
    for (const [name, index] of this.#indexes) {
      if (!name.startsWith(VERSIONS)) continue;
      for (const row of rows) index.remove(row, key);
      for (const row of kept) index.add(row, key);
    }
  }

  /** Adds a version that begins at the version time of `from`; `row` null: from then on there is none. */
  #remember(key: StateKey, from: Row, row: Row | null): void {
    const column = this.#plan.versionTime;
    const time = column === null ? null : ((from[column] ?? null) as number | null);
    this.#history.add(key, time, row);
    if (row === null) return;
    for (const [name, index] of this.#indexes) if (name.startsWith(VERSIONS)) index.add(row, key);
  }
}

const VERSIONS = 'versions/';

function indexName(columns: readonly number[], ofVersions: boolean): string {
  return `${ofVersions ? VERSIONS : 'rows/'}${columns.join(',')}`;
}
