import type { Value } from '../../core/types.ts';
import type { Frame } from '../../language/plan.ts';
import { type Accumulator, createAccumulator } from '../expression/aggregate.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import type { BusyPartition, Measure } from './busy-partition.ts';
import { type OverRows, widened } from './over-rows.ts';
import {
  type AskingAggregate,
  createRunningAggregate,
  RunningAccumulators,
  type RunningAggregate,
} from './running-aggregates.ts';

/** What rows that are no longer kept left behind in one partition: a window's aggregates of them, in turn. */
export type Base = readonly Accumulator[];

/**
 * One frame of an OVER. It keeps its aggregates over the frame of the newest row of each partition; a row that comes
 * late has its frame looked through, or a busy partition asked. A frame is always the end of the partition's list from
 * some row on. `busy` is null for partitions that are not.
 */
export class OverWindow {
  readonly frame: Frame;
  /** Whether frames begin with the first row of their partition: nothing ever leaves them. */
  readonly isUnbounded: boolean;
  readonly #rows: OverRows;
  readonly #measures: readonly Measure[];
  /** By aggregate: the number of its measure. */
  readonly #aggregates: readonly number[];
  readonly #running: readonly RunningAggregate[];
  /** By aggregate: what keeps it; null for COUNT(*) of a bounded frame, which is the number of its rows. */
  readonly #results: readonly (RunningAggregate | null)[];
  readonly #errors: EvaluationErrors;
  /** Whether taking a row back needs a new beginning. */
  readonly forgets: boolean;
  /** By partition: the oldest row of the newest row's frame, -1 where the frame is empty; and how many it holds. */
  #first = new Int32Array(0);
  #size = new Int32Array(0);

  constructor(
    frame: Frame,
    aggregates: readonly number[],
    measures: readonly Measure[],
    rows: OverRows,
    errors: EvaluationErrors,
  ) {
    this.frame = frame;
    this.isUnbounded = frame.kind === 'range' ? frame.precedingMicros === null : frame.preceding === null;
    this.#rows = rows;
    this.#measures = measures;
    this.#aggregates = aggregates;
    this.#errors = errors;
    this.#results = aggregates.map((measure) => {
      const { shape, input } = measures[measure] as Measure;
      if (this.isUnbounded) return new RunningAccumulators(shape, input, errors);
      return input === null ? null : createRunningAggregate(shape, input, rows, errors);
    });
    this.#running = this.#results.filter((running) => running !== null);
    this.forgets = this.#running.some(({ forgets }) => forgets);
  }

  grow(rows: number, partitions: number): void {
    if (partitions !== this.#first.length) {
      this.#first = widened(this.#first, partitions);
      this.#size = widened(this.#size, partitions);
    }
    for (const running of this.#running) running.grow(rows, partitions);
  }

  /** Begins a partition, with what rows before its first left behind. */
  clear(partition: number, base: Base | null): void {
    this.#first[partition] = -1;
    this.#size[partition] = 0;
    this.#results.forEach((running, n) => {
      running?.clear(partition);
      if (base !== null && running instanceof RunningAccumulators) {
        running.merge(partition, base[n] as Accumulator);
      }
    });
  }

  /** A row that is now the newest of its partition. Appends the aggregates of its frame to `out`. */
  append(partition: number, slot: number, out: Value[]): void {
    this.#enter(partition, slot);
    if ((this.#first[partition] as number) < 0) this.#first[partition] = slot;
    this.#size[partition] = (this.#size[partition] as number) + 1;
    this.#shrink(partition, slot);
    for (let n = 0; n < this.#results.length; n++) {
      const running = this.#results[n] as RunningAggregate | null;
      out.push(running === null ? (this.#size[partition] as number) : running.result(partition));
    }
  }

  /** A row that is older than the newest of its partition. Appends the aggregates of its own frame to `out`. */
  insert(partition: number, slot: number, base: Base | null, busy: BusyPartition | null, out: Value[]): void {
    if (this.#reaches(partition, slot)) {
      for (const running of this.#running) running.insert(partition, slot);
      this.#size[partition] = (this.#size[partition] as number) + 1;
      if (this.#rows.next[slot] === this.#first[partition]) this.#first[partition] = slot;
      this.#shrink(partition, this.#rows.last[partition] as number);
    }
    if (busy === null) this.#lookThrough(slot, base, out);
    else this.#askBusy(busy, slot, base, out);
  }

  /** From now on what is forgotten of the newest row's frame is found by asking. */
  ask(partition: number, busy: BusyPartition, base: Base | null): void {
    this.#results.forEach((running, n) => {
      if (running === null || !running.forgets) return;
      const measure = this.#aggregates[n] as number;
      const before = base?.[n] ?? null;
      (running as AskingAggregate).ask(partition, () => {
        const first = this.isUnbounded ? (this.#rows.first[partition] as number) : this.#first[partition];
        return busy.from(first as number, measure, before);
      });
    });
  }

  /**
   * A row is about to leave the list for good: no frame of a row to come can hold it. It may still be in the frame
   * of a partition that has been quiet since.
   */
  forget(partition: number, slot: number): void {
    if (this.isUnbounded) return;
    // The oldest row of a partition is in the frame only as its first; that saves a look at the frame's rows.
    const isOldest = (this.#rows.previous[slot] as number) < 0;
    if (isOldest ? this.#first[partition] !== slot : !this.#holds(partition, slot)) return;
    this.#leave(partition, slot);
    if (this.#first[partition] === slot) this.#first[partition] = this.#rows.next[slot] as number;
  }

  /**
   * First half of taking a row back as if it had never come, while it is still in the list: `takeBackEnd` follows
   * when it has left. Returns whether the newest row's frame held it.
   */
  takeBackBegin(partition: number, slot: number, busy: BusyPartition | null): boolean {
    if (!this.#holds(partition, slot)) return false;
    if (this.forgets && busy === null) return true;
    this.#leave(partition, slot);
    if (this.#first[partition] === slot) this.#first[partition] = this.#rows.next[slot] as number;
    return true;
  }

  takeBackEnd(partition: number, base: Base | null, busy: BusyPartition | null): void {
    if (this.forgets && busy === null) this.rebuild(partition, base);
    else if (!this.isUnbounded) this.#extend(partition);
    else if (busy !== null) this.ask(partition, busy, base);
  }

  /** Whether the newest row's frame holds the row, which is in the list. */
  #holds(partition: number, slot: number): boolean {
    if (this.isUnbounded) return true;
    const first = this.#first[partition] as number;
    if (first < 0) return false;
    if (first === slot) return true;
    const time = this.#rows.timeOf(slot);
    const firstTime = this.#rows.timeOf(first);
    if (time !== firstTime) return time > firstTime;
    return this.frame.kind === 'range' || this.#rows.arrivalOf(slot) > this.#rows.arrivalOf(first);
  }

  /** Finds the newest row's frame anew from the list. */
  rebuild(partition: number, base: Base | null): void {
    this.clear(partition, base);
    const newest = this.#rows.last[partition] as number;
    if (newest < 0) return;
    let first = newest;
    for (let size = 1; this.#reachesBack(first, newest, size); size++)
      first = this.#rows.previous[first] as number;
    this.#first[partition] = first;
    for (let slot = first; slot >= 0; slot = this.#rows.next[slot] as number) {
      for (const running of this.#running) running.append(partition, slot);
      this.#size[partition] = (this.#size[partition] as number) + 1;
    }
  }

  #enter(partition: number, slot: number): void {
    for (let n = 0; n < this.#running.length; n++)
      (this.#running[n] as RunningAggregate).append(partition, slot);
  }

  #leave(partition: number, slot: number): void {
    for (let n = 0; n < this.#running.length; n++)
      (this.#running[n] as RunningAggregate).remove(partition, slot);
    this.#size[partition] = (this.#size[partition] as number) - 1;
  }

  /** Takes rows out at the front that the newest row's frame does not hold. */
  #shrink(partition: number, newest: number): void {
    const frame = this.frame;
    let first = this.#first[partition] as number;
    if (frame.kind === 'range') {
      if (frame.precedingMicros === null) return;
      const times = this.#rows.times.values;
      const least = (times[newest] as number) - frame.precedingMicros;
      while ((times[first] as number) < least) {
        this.#leave(partition, first);
        first = this.#rows.next[first] as number;
      }
    } else {
      if (frame.preceding === null) return;
      while ((this.#size[partition] as number) > frame.preceding + 1) {
        this.#leave(partition, first);
        first = this.#rows.next[first] as number;
      }
    }
    this.#first[partition] = first;
  }

  /** Takes rows in at the front that the newest row's frame holds again. */
  #extend(partition: number): void {
    const newest = this.#rows.last[partition] as number;
    if (newest < 0) return;
    let first = this.#first[partition] as number;
    if (first < 0) {
      first = newest;
      this.#enterFront(partition, first);
    }
    while (this.#reachesBack(first, newest, this.#size[partition] as number)) {
      first = this.#rows.previous[first] as number;
      this.#enterFront(partition, first);
    }
    this.#first[partition] = first;
  }

  #enterFront(partition: number, slot: number): void {
    for (const running of this.#running) running.insert(partition, slot);
    this.#size[partition] = (this.#size[partition] as number) + 1;
  }

  /** Whether a frame of `size` rows from `first` to `newest` holds the row before `first` as well. */
  #reachesBack(first: number, newest: number, size: number): boolean {
    const before = this.#rows.previous[first] as number;
    if (before < 0) return false;
    const frame = this.frame;
    if (frame.kind === 'rows') return frame.preceding === null || size <= frame.preceding;
    if (frame.precedingMicros === null) return true;
    return this.#rows.timeOf(before) >= this.#rows.timeOf(newest) - frame.precedingMicros;
  }

  /** Whether a row just linked before the newest one belongs to the newest one's frame. */
  #reaches(partition: number, slot: number): boolean {
    const frame = this.frame;
    const newest = this.#rows.last[partition] as number;
    if (frame.kind === 'range') {
      if (frame.precedingMicros === null) return true;
      return this.#rows.timeOf(slot) >= this.#rows.timeOf(newest) - frame.precedingMicros;
    }
    if (frame.preceding === null || (this.#size[partition] as number) <= frame.preceding) return true;
    // The frame is full: the row comes in only behind its first one.
    return this.#rows.next[slot] !== this.#first[partition] && this.#holds(partition, slot);
  }

  /** The aggregates of a row's own frame, from the list. */
  #lookThrough(slot: number, base: Base | null, out: Value[]): void {
    const accumulators = this.#aggregates.map((measure, n) => {
      const accumulator = createAccumulator((this.#measures[measure] as Measure).shape, this.#errors);
      if (base !== null) accumulator.merge(base[n] as Accumulator);
      return accumulator;
    });
    let first = slot;
    for (let size = 1; ; size++) {
      this.#aggregates.forEach((measure, n) => {
        const { input } = this.#measures[measure] as Measure;
        accumulators[n]?.add(input === null ? true : input.get(first));
      });
      if (!this.#reachesBack(first, slot, size)) break;
      first = this.#rows.previous[first] as number;
    }
    for (const accumulator of accumulators) out.push(accumulator.result());
  }
  #askBusy(busy: BusyPartition, slot: number, base: Base | null, out: Value[]): void {
    for (let n = 0; n < this.#aggregates.length; n++) {
      out.push(busy.ofFrame(this.frame, slot, this.#aggregates[n] as number, base?.[n] ?? null));
    }
  }
}
