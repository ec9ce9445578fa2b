import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import type { Row } from '../../core/types.ts';
import { KeyEncoder } from '../state/key-encoder.ts';
import { type KeyedCodec, KeyedState, type StateKey } from '../state/keyed-state.ts';
import type { ContentHash } from '../state/state-part.ts';
import { readValue, readValues, writeValue, writeValues } from '../state/value-codec.ts';
import { padded } from './complete-row.ts';

/** What a key was from `time` (microseconds) on; `row` null: deleted. */
interface Version {
  readonly time: number;
  readonly row: Row | null;
}

const CODEC: KeyedCodec<readonly Version[]> = {
  write(writer: ByteWriter, key: StateKey, versions: readonly Version[]) {
    writeValue(writer, key);
    writer.varint(versions.length);
    for (const { time, row } of versions) {
      writer.f64(time);
      writer.u8(row === null ? 0 : 1);
      if (row !== null) writeValues(writer, row);
    }
  },
  read(reader: ByteReader) {
    const key = readValue(reader) as StateKey;
    const versions: Version[] = [];
    for (let count = reader.varint(); count > 0; count--) {
      const time = reader.f64();
      versions.push({ time, row: reader.u8() === 0 ? null : readValues(reader) });
    }
    return { key, value: versions };
  },
};

/**
 * The versions of each row, by the time from which they are valid; of two with one time the later one counts. A
 * version without a time is valid at none. A delete without one ends the newest version from its beginning.
 */
export class TableHistory {
  /** Versions by rising time. Lists are replaced, never changed. */
  readonly #versions = new KeyedState<readonly Version[]>(CODEC);
  /** Keys changed since the versions that no one can ask for were last dropped. */
  readonly #unsettled = new Set<StateKey>();
  /** Keys whose newest version is a delete, oldest first. */
  #deleted: StateKey[] = [];
  /** Versions replaced at or before this are forgotten. Never falls. */
  #bound = Number.NEGATIVE_INFINITY;
  #savedBound = Number.NEGATIVE_INFINITY;
  readonly #forgotten: (key: StateKey, rows: readonly Row[], kept: readonly Row[]) => void;

  /** `forgotten` is told which rows of a key are in no version any more, and which are. */
  constructor(forgotten: (key: StateKey, rows: readonly Row[], kept: readonly Row[]) => void) {
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#versions.size;
  }

  add(key: StateKey, time: number | null, row: Row | null): void {
    const versions = this.#versions.get(key) ?? [];
    const from = time ?? (row === null ? versions[versions.length - 1]?.time : undefined);
    if (from === undefined) return;
    const before = versions.filter((version) => version.time < from);
    const after = versions.filter((version) => version.time > from);
    this.#keep(key, versions, [...before, { time: from, row }, ...after]);
    this.#unsettled.add(key);
    if (row === null && after.length === 0) this.#deleted.push(key);
  }

  /** Forgets versions that were replaced by `bound`, and deletes that only they were told apart by. */
  settle(bound: number): void {
    if (bound > this.#bound) this.#bound = bound;
    for (const key of this.#unsettled) {
      const versions = this.#versions.get(key);
      if (versions === undefined) continue;
      const visible = this.#visible(versions);
      if (visible.length < versions.length) this.#keep(key, versions, visible);
    }
    this.#unsettled.clear();
    this.#dropDeleted();
  }

  validAt(key: StateKey, time: number): Row | null {
    const versions = this.#versions.get(key);
    if (versions === undefined) return null;
    for (let n = versions.length - 1; n >= 0; n--) {
      const version = versions[n] as Version;
      if (version.time <= time) return version.row;
    }
    return null;
  }

  /** All versions that hold a row. */
  *versions(): IterableIterator<{ readonly key: StateKey; readonly row: Row }> {
    for (const [key, versions] of this.#versions.entries()) {
      for (const { row } of versions) if (row !== null) yield { key, row };
    }
  }

  widen(width: number): void {
    for (const [key, versions] of [...this.#versions.entries()]) {
      if (versions.every(({ row }) => row === null || row.length >= width)) continue;
      this.#versions.set(
        key,
        versions.map(({ time, row }) => ({ time, row: row === null ? null : padded(row, width) })),
      );
    }
  }

  clear(): void {
    this.#versions.clear();
    this.#unsettled.clear();
    this.#deleted = [];
    this.#bound = Number.NEGATIVE_INFINITY;
  }

  /** Entries of the versions under `prefix`, and the bound as `<prefix>-bound`. */
  saveChanges(prefix: string, put: (key: string, bytes: Uint8Array | null) => void): void {
    this.#versions.saveChanges(prefix, put);
    if (this.#bound === this.#savedBound) return;
    const writer = new ByteWriter(8);
    writer.f64(this.#bound);
    put(`${prefix}-bound`, writer.finish());
    this.#savedBound = this.#bound;
  }

  changedBytes(): number {
    return this.#versions.changedBytes();
  }

  /** Takes one entry of saveChanges: `suffix` is its key after the prefix. */
  restoreEntry(suffix: string, bytes: Uint8Array): void {
    if (suffix !== '-bound') {
      this.#versions.restoreBucket(suffix, bytes);
      return;
    }
    this.#bound = new ByteReader(bytes).f64();
    this.#savedBound = this.#bound;
  }

  finishRestore(): void {
    this.#versions.finishRestore();
    for (const [key, versions] of this.#versions.entries()) {
      if (versions[versions.length - 1]?.row === null) this.#deleted.push(key);
    }
  }

  hashContent(hash: ContentHash): void {
    const encoder = new KeyEncoder();
    const keys = [...this.#versions.keys()].map((key) => {
      encoder.values([key]);
      return { key, text: encoder.text() };
    });
    keys.sort((a, b) => (a.text < b.text ? -1 : 1));
    for (const { key, text } of keys) {
      const visible = this.#visible(this.#versions.get(key) as readonly Version[]);
      if (visible.length === 0) continue;
      hash.text(text);
      for (const { time, row } of visible) hash.row([time, row !== null, ...(row ?? [])]);
    }
  }

  /** The versions without those that were replaced at or before the bound, and without a delete that nothing precedes. */
  #visible(versions: readonly Version[]): readonly Version[] {
    let first = 0;
    while (first + 1 < versions.length && (versions[first + 1] as Version).time <= this.#bound) first++;
    while (
      first < versions.length &&
      (versions[first] as Version).row === null &&
      this.#isPast(versions, first)
    ) {
      first++;
    }
    return first === 0 ? versions : versions.slice(first);
  }

  /** A leading delete says nothing that the absence of versions does not, once no version can come before it. */
  #isPast(versions: readonly Version[], at: number): boolean {
    return (versions[at] as Version).time <= this.#bound;
  }

  #keep(key: StateKey, versions: readonly Version[], kept: readonly Version[]): void {
    if (kept.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, kept);
    const rows = rowsOf(kept);
    const gone = rowsOf(versions).filter((row) => !rows.includes(row));
    if (gone.length > 0) this.#forgotten(key, gone, rows);
  }

  #dropDeleted(): void {
    let done = 0;
    for (; done < this.#deleted.length; done++) {
      const key = this.#deleted[done] as StateKey;
      const versions = this.#versions.get(key);
      const last = versions?.[versions.length - 1];
      if (versions === undefined || last === undefined || last.row !== null) continue;
      if (last.time > this.#bound) break;
      this.#keep(key, versions, this.#visible(versions));
    }
    if (done > 0) this.#deleted.splice(0, done);
  }
}

function rowsOf(versions: readonly Version[]): Row[] {
  return versions.flatMap(({ row }) => (row === null ? [] : [row]));
}
