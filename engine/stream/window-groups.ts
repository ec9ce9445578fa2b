import { assert } from '../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { compareTuples } from '../../core/compare.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Aggregate, WindowOperator } from '../../language/plan.ts';
import { type Accumulator, createAccumulator } from '../expression/aggregate.ts';
import { compileAll } from '../expression/compile.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import { KeyEncoder } from '../state/key-encoder.ts';
import { KeyedState } from '../state/keyed-state.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { readValues, writeValues } from '../state/value-codec.ts';
import { compileInput } from './aggregate-input.ts';
import { NO_ROWS, type RowSink } from './sink.ts';
import { TimeHeap } from './time-heap.ts';
import type { Undoable, UndoLog } from './undo-log.ts';

/** One group of one window. */
interface Group {
  readonly key: string;
  /** End of the window, microseconds, exclusive. */
  readonly end: number;
  readonly values: readonly Value[];
  readonly accumulators: Accumulator[];
  /** Rows taken in. */
  rows: number;
  /** Of the row that was fired last; -1 before the first. */
  revision: number;
  /** Whether it holds rows that it has not fired with. */
  changed: boolean;
}

/** What a contribution changed: enough to put it back. */
type Replaced =
  | {
      readonly kind: 'take';
      readonly group: Group;
      readonly inputs: readonly Value[];
      /** What was in the accumulators that cannot take a value back, null for the others. */
      readonly contents: readonly (readonly Value[] | null)[];
      readonly changed: boolean;
    }
  | { readonly kind: 'fire'; readonly group: Group };

/**
 * TUMBLE and HOP: rows gather in the groups of the windows that hold their time. `fire` lets on a row for each group
 * whose window the watermark has closed and which has taken rows in since it last fired: revision 0 at first, one
 * more for each correction. A group is kept while a row that is not too late could still belong to it.
 */
export class WindowGroups implements StatePart, RowSink, Undoable {
  readonly name: string;
  #plan: WindowOperator;
  readonly #undo: UndoLog;
  readonly #errors: EvaluationErrors;
  #groupBy: readonly ((row: Row) => Value)[] = [];
  #inputs: readonly ((row: Row) => Value)[] = [];
  readonly #groups: KeyedState<Group>;
  /** Groups that hold rows they have not fired with, by window end. */
  readonly #changed = new Map<number, Set<Group>>();
  readonly #changedEnds = new TimeHeap(this.#changed);
  readonly #byEnd = new Map<number, Set<Group>>();
  readonly #ends = new TimeHeap(this.#byEnd);
  readonly #replaced: Replaced[] = [];
  readonly #encoder = new KeyEncoder();
  #next: RowSink = NO_ROWS;
  #watermarkOf: () => number = () => Number.NEGATIVE_INFINITY;
  #horizonOf: () => number = () => Number.NEGATIVE_INFINITY;
  /** Windows that end at or before this take nothing in any more. Never falls. */
  #horizon = Number.NEGATIVE_INFINITY;
  #savedHorizon = Number.NEGATIVE_INFINITY;

  constructor(name: string, plan: WindowOperator, errors: EvaluationErrors, undo: UndoLog) {
    this.name = name;
    this.#plan = plan;
    this.#undo = undo;
    this.#errors = errors;
    this.#groups = new KeyedState<Group>({
      write: (writer, _key, group) => {
        writer.f64(group.end);
        writer.varint(group.rows);
        writer.varint(group.revision + 1);
        writer.u8(group.changed ? 1 : 0);
        writeValues(writer, group.values);
        for (const accumulator of group.accumulators) writeValues(writer, accumulator.content());
      },
      read: (reader) => {
        const end = reader.f64();
        const rows = reader.varint();
        const revision = reader.varint() - 1;
        const changed = reader.u8() === 1;
        const values = readValues(reader);
        const accumulators = this.#newAccumulators();
        for (const accumulator of accumulators) accumulator.load(readValues(reader));
        const key = this.#keyOf(end, values);
        return { key, value: { key, end, values, accumulators, rows, revision, changed } };
      },
    });
  }

  /**
   * Takes a plan of the same meaning, whose columns may stand at other places; where rows go on to; how far time has
   * come; and the time that rows to come have at least.
   */
  connect(plan: WindowOperator, next: RowSink, watermarkOf: () => number, horizonOf: () => number): void {
    this.#plan = plan;
    const context = { errors: this.#errors, elements: null };
    this.#groupBy = compileAll(plan.group, context);
    this.#inputs = plan.aggregates.map((aggregate) => compileInput(aggregate, context));
    this.#next = next;
    this.#watermarkOf = watermarkOf;
    this.#horizonOf = horizonOf;
  }

  push(row: Row): void {
    const time = row[this.#plan.time] as number | null;
    if (time === null) return;
    const { sizeMicros, slideMicros, offsetMicros } = this.#plan;
    const values = this.#groupBy.map((value) => value(row));
    const inputs = this.#inputs.map((input) => input(row));
    const phase = time - offsetMicros;
    const last = time - (phase - Math.floor(phase / slideMicros) * slideMicros);
    for (let start = last; start + sizeMicros > time; start -= slideMicros) {
      const end = start + sizeMicros;
      if (end > this.#horizon) this.#take(end, values, inputs);
    }
  }

  /** Fires what is due, in order of window end, then group. */
  fire(): void {
    const watermark = this.#watermarkOf();
    while (this.#changedEnds.least <= watermark) {
      const end = this.#changedEnds.take();
      const groups = [...(this.#changed.get(end) ?? [])];
      groups.sort((a, b) => compareTuples(a.values, b.values));
      this.#changed.delete(end);
      for (const group of groups) this.#fireGroup(group);
    }
  }

  undo(): void {
    const last = this.#replaced.pop();
    assert(last !== undefined, 'there is a contribution to take back');
    const { group } = last;
    if (last.kind === 'fire') {
      group.revision--;
      this.#setChanged(group, true);
      this.#groups.touch(group.key);
      return;
    }
    group.rows--;
    this.#setChanged(group, last.changed);
    if (group.rows === 0) {
      this.#drop(group);
      return;
    }
    last.contents.forEach((content, n) => {
      if (content === null) group.accumulators[n]?.remove(last.inputs[n] as Value);
      else group.accumulators[n] = this.#newAccumulator(n, content);
    });
    this.#groups.touch(group.key);
  }

  /** Makes the contributions of the record final, and forgets windows that take nothing in any more. */
  trim(): void {
    this.#replaced.length = 0;
    const horizon = this.#horizonOf();
    if (horizon > this.#horizon) this.#horizon = horizon;
    while (this.#ends.least <= this.#horizon) {
      const end = this.#ends.take();
      for (const group of this.#byEnd.get(end) ?? []) this.#groups.delete(group.key);
      this.#byEnd.delete(end);
      this.#changed.delete(end);
    }
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    this.#groups.saveChanges('g', put);
    if (this.#horizon === this.#savedHorizon) return;
    const writer = new ByteWriter(8);
    writer.f64(this.#horizon);
    put('horizon', writer.finish());
    this.#savedHorizon = this.#horizon;
  }

  /** Marks everything as changed: what it holds came from elsewhere. */
  changeAll(): void {
    this.#groups.touchAll();
    this.#savedHorizon = Number.NaN;
  }

  changedBytes(): number {
    return this.#groups.changedBytes();
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key === 'horizon') this.#horizon = new ByteReader(bytes).f64();
      else this.#groups.restoreBucket(key.slice(1), bytes);
    }
    this.#savedHorizon = this.#horizon;
    this.#groups.finishRestore();
    for (const group of this.#groups.values()) this.#indexGroup(group);
  }

  hashContent(hash: ContentHash): void {
    hash.text('window');
    const groups = [...this.#groups.values()].filter(({ end }) => end > this.#horizon);
    groups.sort((a, b) => a.end - b.end || compareTuples(a.values, b.values));
    for (const group of groups) {
      hash.row([group.end, group.revision, group.rows, ...group.values]);
      for (const accumulator of group.accumulators) hash.row(accumulator.content());
    }
  }

  describe(): Readonly<Record<string, number>> {
    return { groups: this.#groups.size, windows: this.#byEnd.size };
  }

  #take(end: number, values: readonly Value[], inputs: readonly Value[]): void {
    const key = this.#keyOf(end, values);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        key,
        end,
        values,
        accumulators: this.#newAccumulators(),
        rows: 0,
        revision: -1,
        changed: false,
      };
      this.#add(group);
    } else this.#groups.touch(key);
    if (this.#undo.recording) {
      const { accumulators, changed } = group;
      const contents = this.#plan.aggregates.map(({ name }, n) =>
        name === 'min' || name === 'max' ? (accumulators[n] as Accumulator).content() : null,
      );
      this.#replaced.push({ kind: 'take', group, inputs, contents, changed });
      this.#undo.note(this, 0);
    }
    for (let n = 0; n < inputs.length; n++) (group.accumulators[n] as Accumulator).add(inputs[n] as Value);
    group.rows++;
    this.#setChanged(group, true);
  }

  #fireGroup(group: Group): void {
    group.revision++;
    group.changed = false;
    this.#groups.touch(group.key);
    if (this.#undo.recording) {
      this.#replaced.push({ kind: 'fire', group });
      this.#undo.note(this, 0);
    }
    const row: Value[] = [...group.values, group.end - this.#plan.sizeMicros, group.end, group.revision];
    for (const accumulator of group.accumulators) row.push(accumulator.result());
    this.#next.push(row, group.revision > 0);
  }

  #keyOf(end: number, values: readonly Value[]): string {
    const encoder = this.#encoder;
    encoder.clear();
    encoder.value(end);
    for (let n = 0; n < values.length; n++) encoder.value(values[n] as Value);
    return encoder.text();
  }

  #newAccumulators(): Accumulator[] {
    return this.#plan.aggregates.map((_, n) => this.#newAccumulator(n, null));
  }

  #newAccumulator(aggregate: number, content: readonly Value[] | null): Accumulator {
    const { name, distinct, argument, type } = this.#plan.aggregates[aggregate] as Aggregate;
    const shape = { name, distinct, argumentType: argument?.type ?? null, type };
    const accumulator = createAccumulator(shape, this.#errors);
    if (content !== null) accumulator.load(content);
    return accumulator;
  }

  #add(group: Group): void {
    this.#groups.set(group.key, group);
    this.#indexGroup(group);
  }

  #indexGroup(group: Group): void {
    let groups = this.#byEnd.get(group.end);
    if (groups === undefined) {
      groups = new Set();
      this.#byEnd.set(group.end, groups);
      this.#ends.add(group.end);
    }
    groups.add(group);
    if (group.changed) this.#setChanged(group, true);
  }

  #drop(group: Group): void {
    this.#setChanged(group, false);
    this.#groups.delete(group.key);
    const groups = this.#byEnd.get(group.end);
    groups?.delete(group);
    if (groups?.size !== 0) return;
    this.#byEnd.delete(group.end);
  }

  #setChanged(group: Group, changed: boolean): void {
    group.changed = changed;
    let groups = this.#changed.get(group.end);
    if (changed) {
      if (groups === undefined) {
        groups = new Set();
        this.#changed.set(group.end, groups);
        this.#changedEnds.add(group.end);
      }
      groups.add(group);
    } else if (groups !== undefined) {
      groups.delete(group);
      if (groups.size === 0) this.#changed.delete(group.end);
    }
  }
}
