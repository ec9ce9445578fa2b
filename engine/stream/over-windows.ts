import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { compareBytes } from '../../core/compare.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Aggregate, OverOperator } from '../../language/plan.ts';
import {
  type Accumulator,
  type AggregateShape,
  createAccumulator,
  DistinctAccumulator,
} from '../expression/aggregate.ts';
import { compileAll } from '../expression/compile.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import { type ColumnKind, columnKindOf } from '../state/column-store.ts';
import type { StoredColumn } from '../state/columns.ts';
import { KeyedState, type StateKey } from '../state/keyed-state.ts';
import { SlotQueue } from '../state/slot-queue.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { readValues, writeValues } from '../state/value-codec.ts';
import { compileInput, inputName } from './aggregate-input.ts';
import { BusyPartition, type Measure } from './busy-partition.ts';
import { DistinctColumn } from './distinct-column.ts';
import { INPUTS, OverRows, widened } from './over-rows.ts';
import { type Base, OverWindow } from './over-window.ts';
import { NO_ROWS, type RowSink } from './sink.ts';
import type { Undoable, UndoLog } from './undo-log.ts';

/** Rows that a partition may hold beyond those needed before it is looked through for ones to forget. */
const TRIM_SLACK = 16;

/** Rows of a partition from which on late ones are answered by blocks of rows. */
const BUSY_ROWS = 256;
/** A partition is busy no more when so many rows for each that it holds came in order. */
const QUIET_PER_ROW = 4;

/** The accumulators of one partition's rows that are no longer kept, by unbounded window. */
type BaseAccumulators = readonly (readonly Accumulator[])[];

/**
 * OVER: each row goes on at once, with the aggregates of its frames over what has arrived, itself included. What has
 * gone on is never revised: a late row counts for itself and for those that come after it.
 *
 * A row is kept as long as the frame of a row to come could hold it. Rows to come have a time at or after the
 * horizon; with a bounded RANGE a row is needed down to that much before it, with ROWS as one of the last before it,
 * and without a bound what is older is kept as one sum.
 */
export class OverWindows implements StatePart, RowSink, Undoable {
  readonly name: string;
  #plan: OverOperator;
  readonly #undo: UndoLog;
  readonly #errors: EvaluationErrors;
  #partitionBy: readonly ((row: Row) => Value)[] = [];
  #inputs: readonly ((row: Row) => Value)[] = [];
  readonly #inputColumns: readonly StoredColumn[];
  readonly #rows: OverRows;
  readonly #windows: readonly OverWindow[];
  readonly #measures: readonly Measure[];
  readonly #unbounded: readonly OverWindow[];
  /** By unbounded window and aggregate. */
  readonly #unboundedMeasures: readonly (readonly Measure[])[];
  readonly #distincts: readonly DistinctColumn[];
  readonly #busyRows: number;
  readonly #busy = new Map<number, BusyPartition>();
  /** Greatest bounded RANGE, microseconds; and greatest bounded ROWS, -1 where no window has one. */
  readonly #rangeMicros: number;
  readonly #precedingRows: number;
  readonly #bases: KeyedState<BaseAccumulators>;
  readonly #arrivals = new SlotQueue();
  /** Partitions that took in rows since the last `trim`, where ROWS decides what is needed. */
  readonly #touched: number[] = [];
  /** By partition: how many rows it holds when it is next looked through for ones to forget. */
  #trimAt = new Int32Array(0);
  /** Rows that the windows have room for. */
  #capacity = 0;
  #next: RowSink = NO_ROWS;
  #horizonOf: () => number = () => Number.NEGATIVE_INFINITY;
  /** Rows to come have a time at or after this. Never falls. */
  #horizon = Number.NEGATIVE_INFINITY;
  #savedHorizon = Number.NEGATIVE_INFINITY;

  /** `busyRows`: rows of a partition from which on it may be busy. */
  constructor(
    name: string,
    plan: OverOperator,
    errors: EvaluationErrors,
    undo: UndoLog,
    busyRows = BUSY_ROWS,
  ) {
    this.name = name;
    this.#plan = plan;
    this.#undo = undo;
    this.#errors = errors;
    const { kinds, places } = inputLayout(plan);
    this.#rows = new OverRows(kinds);
    this.#inputColumns = kinds.map((_, n) => this.#rows.store.columns[INPUTS + n] as StoredColumn);
    this.#busyRows = busyRows;
    const { measures, distincts, ofWindows } = measuresOf(plan, places, this.#inputColumns);
    this.#measures = measures;
    this.#distincts = distincts;
    this.#windows = plan.windows.map(
      ({ frame }, n) => new OverWindow(frame, ofWindows[n] ?? [], measures, this.#rows, errors),
    );
    this.#unbounded = this.#windows.filter(({ isUnbounded }) => isUnbounded);
    this.#unboundedMeasures = ofWindows
      .filter((_, n) => this.#windows[n]?.isUnbounded)
      .map((numbers) => numbers.map((number) => measures[number] as Measure));
    this.#rangeMicros = Math.max(
      0,
      ...plan.windows.map(({ frame }) => (frame.kind === 'range' ? (frame.precedingMicros ?? 0) : 0)),
    );
    this.#precedingRows = Math.max(
      -1,
      ...plan.windows.map(({ frame }) => (frame.kind === 'rows' ? (frame.preceding ?? -1) : -1)),
    );
    this.#bases = new KeyedState<BaseAccumulators>({
      write: (writer, key, value) => {
        writer.varint(key as number);
        for (const accumulator of value.flat()) writeValues(writer, accumulator.content());
      },
      read: (reader) => {
        const key = reader.varint();
        const value = this.#newBase();
        for (const accumulator of value.flat()) accumulator.load(readValues(reader));
        return { key, value };
      },
    });
  }

  /**
   * Takes a plan of the same meaning, whose columns may stand at other places; where rows go on to; and the time that
   * rows to come have at least.
   */
  connect(plan: OverOperator, next: RowSink, horizonOf: () => number): void {
    this.#plan = plan;
    const context = { errors: this.#errors, elements: null };
    this.#partitionBy = compileAll(plan.partition, context);
    this.#inputs = inputLayout(plan).aggregates.map((aggregate) => compileInput(aggregate, context));
    this.#next = next;
    this.#horizonOf = horizonOf;
  }

  push(row: Row, revision: boolean): void {
    const out: Value[] = [];
    for (let n = 0; n < row.length; n++) out.push(row[n] as Value);
    const time = row[this.#plan.time] as number | null;
    if (time === null) this.#aggregateAlone(row, out);
    else this.#take(row, time, out);
    this.#next.push(out, revision);
  }

  undo(slot: number): void {
    const rows = this.#rows;
    const partition = rows.partitionOf(slot);
    const forgets = this.#windows.some((window) => window.forgets);
    const busy = forgets ? this.#busyOrBegin(partition) : (this.#busy.get(partition) ?? null);
    const held = this.#windows.map((window) => window.takeBackBegin(partition, slot, busy));
    busy?.remove(slot, false);
    rows.remove(slot, false);
    this.#windows.forEach((window, n) => {
      if (held[n] === true) window.takeBackEnd(partition, this.#baseOf(partition, window), busy);
    });
    if (this.#trimsByArrival) this.#arrivals.pop();
    this.#dropIfEmpty(partition, false);
  }

  /** Forgets rows that no frame to come can hold. To be called between records. */
  trim(): void {
    const horizon = this.#horizonOf();
    if (horizon > this.#horizon) this.#horizon = horizon;
    if (this.#trimsByArrival) {
      const limit = this.#horizon - this.#rangeMicros;
      for (let slot = this.#arrivals.first(); slot >= 0; slot = this.#arrivals.first()) {
        if (this.#rows.timeOf(slot) >= limit) break;
        this.#arrivals.shift();
        this.#forget(slot);
      }
      return;
    }
    for (const partition of this.#touched) {
      if ((this.#rows.count[partition] as number) >= (this.#trimAt[partition] as number))
        this.#trimPartition(partition);
    }
    this.#touched.length = 0;
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    this.#rows.store.saveChanges('r', put);
    this.#rows.partitions.saveChanges('p', put);
    this.#bases.saveChanges('b', put);
    if (this.#horizon === this.#savedHorizon) return;
    const writer = new ByteWriter(8);
    writer.f64(this.#horizon);
    put('horizon', writer.finish());
    this.#savedHorizon = this.#horizon;
  }

  /** Marks everything as changed: what it holds came from elsewhere. */
  changeAll(): void {
    this.#rows.store.touchAll();
    this.#rows.partitions.touchAll();
    this.#bases.touchAll();
    this.#savedHorizon = Number.NaN;
  }

  changedBytes(): number {
    return (
      this.#rows.store.changedBytes() + this.#rows.partitions.changedBytes() + this.#bases.changedBytes()
    );
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key === 'horizon') this.#horizon = new ByteReader(bytes).f64();
      else if (key.startsWith('r')) this.#rows.store.restoreChunk(key.slice(1), bytes);
      else if (key.startsWith('p')) this.#rows.partitions.restoreChunk(key.slice(1), bytes);
      else this.#bases.restoreBucket(key.slice(1), bytes);
    }
    this.#savedHorizon = this.#horizon;
    this.#bases.finishRestore();
    const limit = this.#horizon - this.#rangeMicros;
    const kept: number[] = [];
    for (const slot of this.#rows.finishRestore()) {
      if (this.#expiresKnown && this.#rows.timeOf(slot) < limit) {
        this.#rows.store.free(slot, true);
        continue;
      }
      kept.push(slot);
      if (this.#trimsByArrival) this.#arrivals.push(slot);
    }
    this.#rows.linkAll(kept);
    this.#grow();
    const { partitions } = this.#rows;
    for (let partition = 0; partition < partitions.end; partition++) {
      if (!partitions.isLive(partition)) continue;
      for (const window of this.#windows) window.rebuild(partition, this.#baseOf(partition, window));
      this.#dropIfEmpty(partition, true);
    }
  }

  hashContent(hash: ContentHash): void {
    hash.text('over');
    const { partitions } = this.#rows;
    const keyed: { readonly partition: number; readonly key: Uint8Array }[] = [];
    for (let partition = 0; partition < partitions.end; partition++) {
      if (partitions.isLive(partition)) keyed.push({ partition, key: partitions.texts(0).view(partition) });
    }
    keyed.sort((a, b) => compareBytes(a.key, b.key));
    for (const { partition, key } of keyed) this.#hashPartition(partition, key, hash);
  }

  describe(): Readonly<Record<string, number>> {
    return { rows: this.#rows.store.rows, partitions: this.#rows.partitions.rows, bytes: this.#rows.bytes() };
  }

  /** Without a bounded ROWS rows are needed by time alone, so that the oldest to arrive are looked at first. */
  get #trimsByArrival(): boolean {
    return this.#precedingRows < 0;
  }

  /** Whether it can be told from the horizon alone that a row is gone. */
  get #expiresKnown(): boolean {
    return this.#trimsByArrival && this.#unbounded.length === 0;
  }

  #take(row: Row, time: number, out: Value[]): void {
    const rows = this.#rows;
    const known = rows.partitions.rows;
    const partition = rows.findOrAddPartition(row, this.#partitionBy);
    const newest = rows.last[partition] as number;
    const inOrder = newest < 0 || time >= rows.timeOf(newest);
    const busy = inOrder ? this.#busyStill(partition) : this.#busyOrBegin(partition);
    const slot = rows.insert(partition, time, inOrder || busy === null ? null : busy.lastUpTo(time));
    if (slot >= this.#capacity || partition >= this.#trimAt.length) this.#grow();
    if (rows.partitions.rows !== known) this.#begin(partition);
    for (let n = 0; n < this.#inputs.length; n++) {
      const value = (this.#inputs[n] as (row: Row) => Value)(row);
      (this.#inputColumns[n] as StoredColumn).set(slot, value);
    }
    if (inOrder) busy?.append(slot);
    else busy?.insert(slot);
    for (let n = 0; n < this.#windows.length; n++) {
      const window = this.#windows[n] as OverWindow;
      if (inOrder) window.append(partition, slot, out);
      else window.insert(partition, slot, this.#baseOf(partition, window), busy, out);
    }
    if (this.#trimsByArrival) this.#arrivals.push(slot);
    else this.#touched.push(partition);
    this.#undo.note(this, slot);
  }

  /** A row without a time stands in no order: its frame is itself. */
  #aggregateAlone(row: Row, out: Value[]): void {
    const context = { errors: this.#errors, elements: null };
    for (const { aggregates } of this.#plan.windows) {
      for (const aggregate of aggregates) {
        const accumulator = createAccumulator(shapeOf(aggregate), this.#errors);
        accumulator.add(inputName(aggregate) === null ? true : compileInput(aggregate, context)(row));
        out.push(accumulator.result());
      }
    }
  }

  #grow(): void {
    this.#capacity = this.#rows.store.capacity;
    const partitions = this.#rows.partitions.capacity;
    if (partitions !== this.#trimAt.length) this.#trimAt = widened(this.#trimAt, partitions);
    for (const window of this.#windows) window.grow(this.#capacity, partitions);
    if (this.#busy.size > 0) for (const column of this.#distincts) column.grow(this.#capacity);
  }

  /** The partition as a busy one: null where it has few rows. */
  #busyOrBegin(partition: number): BusyPartition | null {
    const known = this.#busy.get(partition);
    if (known !== undefined) return known;
    const count = this.#rows.count[partition] as number;
    const bases = this.#bases.get(partition);
    // What rows that are gone held may be much, and is looked through for each late row of a partition that is not busy.
    const holdsMuch = bases !== undefined && this.#distincts.length > 0;
    if (count < this.#busyRows && !(holdsMuch && count > 0)) return null;
    const context = {
      rows: this.#rows,
      measures: this.#measures,
      distincts: this.#distincts,
      errors: this.#errors,
    };
    for (const column of this.#distincts) column.grow(this.#capacity);
    const busy = new BusyPartition(context, partition, (distinct, value) =>
      this.#wasThere(partition, distinct, value),
    );
    this.#busy.set(partition, busy);
    for (const window of this.#windows) {
      if (!window.isUnbounded) window.ask(partition, busy, null);
    }
    return busy;
  }

  /** The busy partition that a row comes to in order; null where it is none, or has been quiet for long. */
  #busyStill(partition: number): BusyPartition | null {
    if (this.#busy.size === 0) return null;
    const busy = this.#busy.get(partition);
    if (busy === undefined) return null;
    if (busy.quiet <= QUIET_PER_ROW * (busy.size + this.#busyRows)) return busy;
    this.#busy.delete(partition);
    for (const window of this.#windows) {
      if (!window.isUnbounded && window.forgets) window.rebuild(partition, null);
    }
    return null;
  }

  /** Whether rows that are no longer kept had the value in a distinct column. */
  #wasThere(partition: number, distinct: number, value: NonNullable<Value>): boolean {
    const bases = this.#bases.get(partition);
    if (bases === undefined) return false;
    return this.#unboundedMeasures.some((measures, window) =>
      measures.some((measure, n) => {
        const held = bases[window]?.[n];
        return measure.distinct === distinct && held instanceof DistinctAccumulator && held.has(value);
      }),
    );
  }

  #begin(partition: number): void {
    for (const window of this.#windows) window.clear(partition, null);
    this.#trimAt[partition] = this.#precedingRows + TRIM_SLACK;
  }

  #forget(slot: number): void {
    const partition = this.#rows.partitionOf(slot);
    if (this.#unbounded.length > 0) this.#absorb(partition, slot);
    for (const window of this.#windows) window.forget(partition, slot);
    if (this.#busy.size > 0) this.#busy.get(partition)?.remove(slot, true);
    this.#rows.remove(slot, this.#expiresKnown);
    this.#dropIfEmpty(partition, this.#expiresKnown);
  }

  #trimPartition(partition: number): void {
    for (let count = this.#droppable(partition); count > 0; count--) {
      this.#forget(this.#rows.first[partition] as number);
    }
    this.#trimAt[partition] = (this.#rows.count[partition] as number) + this.#precedingRows + TRIM_SLACK;
  }

  /** How many rows at the front of a partition's list no frame to come can hold. */
  #droppable(partition: number): number {
    const limit = this.#horizon - this.#rangeMicros;
    let beforeLimit = 0;
    let beforeHorizon = 0;
    for (
      let slot = this.#rows.first[partition] as number;
      slot >= 0;
      slot = this.#rows.next[slot] as number
    ) {
      const time = this.#rows.timeOf(slot);
      if (time >= this.#horizon) break;
      beforeHorizon++;
      if (time < limit) beforeLimit++;
    }
    return Math.max(0, Math.min(beforeLimit, beforeHorizon - Math.max(this.#precedingRows, 0)));
  }

  #dropIfEmpty(partition: number, known: boolean): void {
    if ((this.#rows.count[partition] as number) > 0 || this.#bases.has(partition)) return;
    this.#busy.delete(partition);
    this.#rows.dropPartition(partition, known);
  }

  #newBase(): BaseAccumulators {
    return this.#unboundedMeasures.map((measures) =>
      measures.map(({ shape }) => createAccumulator(shape, this.#errors)),
    );
  }

  /** Adds a row that is about to go to what its partition's rows left behind. */
  #absorb(partition: number, slot: number): void {
    const key: StateKey = partition;
    let base = this.#bases.get(key);
    if (base === undefined) {
      base = this.#newBase();
      this.#bases.set(key, base);
    } else this.#bases.touch(key);
    this.#addTo(base, slot);
  }

  #addTo(base: BaseAccumulators, slot: number): void {
    this.#unboundedMeasures.forEach((measures, window) => {
      measures.forEach(({ input }, n) => {
        base[window]?.[n]?.add(input === null ? true : input.get(slot));
      });
    });
  }

  #baseOf(partition: number, window: OverWindow): Base | null {
    if (!window.isUnbounded) return null;
    const base = this.#bases.get(partition);
    if (base === undefined) return null;
    return base[this.#unbounded.indexOf(window)] ?? [];
  }

  /** As if all that may be forgotten had been: when it happens does not show. */
  #hashPartition(partition: number, key: Uint8Array, hash: ContentHash): void {
    const drop = this.#droppable(partition);
    const count = this.#rows.count[partition] as number;
    const known = this.#bases.get(partition);
    if (drop === count && known === undefined && this.#unbounded.length === 0) return;
    hash.text(Buffer.from(key).toString('latin1'));
    let slot = this.#rows.first[partition] as number;
    if (this.#unbounded.length > 0) {
      const base = this.#newBase();
      known?.forEach((accumulators, window) => {
        accumulators.forEach((accumulator, n) => {
          base[window]?.[n]?.merge(accumulator);
        });
      });
      for (let n = 0; n < drop; n++, slot = this.#rows.next[slot] as number) this.#addTo(base, slot);
      for (const accumulator of base.flat()) hash.row(accumulator.content());
    } else for (let n = 0; n < drop; n++) slot = this.#rows.next[slot] as number;
    for (; slot >= 0; slot = this.#rows.next[slot] as number) {
      hash.row([this.#rows.timeOf(slot), ...this.#inputColumns.map((column) => column.get(slot))]);
    }
  }
}

/**
 * The columns that hold what the aggregates take in: aggregates that take in the same share one. `places` has the
 * column of each aggregate by window, null for COUNT(*).
 */
function inputLayout(plan: OverOperator): {
  readonly kinds: readonly ColumnKind[];
  readonly aggregates: readonly Aggregate[];
  readonly places: readonly (readonly (number | null)[])[];
} {
  const names: string[] = [];
  const taken: Aggregate[] = [];
  const places = plan.windows.map(({ aggregates }) =>
    aggregates.map((aggregate) => {
      const name = inputName(aggregate);
      if (name === null) return null;
      if (!names.includes(name)) {
        names.push(name);
        taken.push(aggregate);
      }
      return names.indexOf(name);
    }),
  );
  const kinds = taken.map(({ argument }) => (argument === null ? 'flag' : columnKindOf(argument.type)));
  return { kinds, aggregates: taken, places };
}

/**
 * What the aggregates of all windows measure: those that are the same share one. `ofWindows` has the measure of each
 * aggregate by window.
 */
function measuresOf(
  plan: OverOperator,
  places: readonly (readonly (number | null)[])[],
  columns: readonly StoredColumn[],
): {
  readonly measures: readonly Measure[];
  readonly distincts: readonly DistinctColumn[];
  readonly ofWindows: readonly (readonly number[])[];
} {
  const names: string[] = [];
  const measures: Measure[] = [];
  const counted: number[] = [];
  const distincts: DistinctColumn[] = [];
  const ofWindows = plan.windows.map(({ aggregates }, window) =>
    aggregates.map((aggregate, n) => {
      const place = places[window]?.[n] ?? null;
      const shape = shapeOf(aggregate);
      const name = JSON.stringify([place, shape]);
      if (names.includes(name)) return names.indexOf(name);
      const input = place === null ? null : (columns[place] as StoredColumn);
      let distinct: number | null = null;
      if (place !== null && input !== null && shape.name === 'count' && shape.distinct) {
        if (!counted.includes(place)) {
          counted.push(place);
          distincts.push(new DistinctColumn(input));
        }
        distinct = counted.indexOf(place);
      }
      names.push(name);
      measures.push({ shape, input, distinct });
      return names.length - 1;
    }),
  );
  return { measures, distincts, ofWindows };
}

/** The name under which an OVER keeps its state: its plan, and how its rows are laid out. */
export function overPartName(plan: OverOperator): string {
  const { kinds, places } = inputLayout(plan);
  const layout = places.flat().map((place) => (place === null ? '*' : `${kinds[place]}${place}`));
  return `over/${plan.fingerprint}/${layout.join(',')}`;
}

function shapeOf({ name, distinct, argument, type }: Aggregate): AggregateShape {
  return { name, distinct, argumentType: argument?.type ?? null, type };
}
