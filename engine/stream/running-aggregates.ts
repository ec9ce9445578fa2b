import { add, type Integer, subtract } from '../../core/integer.ts';
import type { Value } from '../../core/types.ts';
import {
  type Accumulator,
  type AggregateShape,
  createAccumulator,
  integerResultOf,
} from '../expression/aggregate.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import { NumberColumn, type StoredColumn } from '../state/columns.ts';
import { type OverRows, widened } from './over-rows.ts';

/**
 * One aggregate over the frame of the newest row of each partition, kept while rows enter and leave. Rows are slots;
 * `partition` is below what `grow` was last given.
 */
export interface RunningAggregate {
  grow(rows: number, partitions: number): void;
  /** Begins with an empty frame. */
  clear(partition: number): void;
  /** A row enters at the end of the frame. */
  append(partition: number, slot: number): void;
  /** A row enters within the frame, where it stands in the partition's list. */
  insert(partition: number, slot: number): void;
  remove(partition: number, slot: number): void;
  result(partition: number): Value;
  /** Whether taking back an `append` needs a new beginning, since what it pushed out is not known any more. */
  readonly forgets: boolean;
}

/** A running aggregate that forgets, unless someone else can find it anew. */
export interface AskingAggregate extends RunningAggregate {
  /** From now on the aggregate of the partition's frame is found by `find` when it cannot be told otherwise. */
  ask(partition: number, find: () => Accumulator): void;
}

/** For a frame whose oldest rows leave first, of an aggregate that takes in the column `input`. */
export function createRunningAggregate(
  shape: AggregateShape,
  input: StoredColumn,
  rows: OverRows,
  errors: EvaluationErrors,
): RunningAggregate {
  const ofDoubles = shape.argumentType?.kind === 'double';
  if (shape.name === 'count' && !shape.distinct) return new RunningCount(input);
  const isSum = shape.name === 'sum' || shape.name === 'avg';
  if (isSum && !shape.distinct && !ofDoubles && input instanceof NumberColumn) {
    return new RunningSum(shape, input, errors);
  }
  const isExtreme = shape.name === 'min' || shape.name === 'max';
  if (isExtreme) return new RunningExtreme(shape.name === 'max', input, rows);
  return new RunningAccumulators(shape, input, errors);
}

class RunningCount implements RunningAggregate {
  readonly forgets = false;
  readonly #input: StoredColumn;
  #counts = new Int32Array(0);

  constructor(input: StoredColumn) {
    this.#input = input;
  }

  grow(_rows: number, partitions: number): void {
    this.#counts = widened(this.#counts, partitions);
  }

  clear(partition: number): void {
    this.#counts[partition] = 0;
  }

  append(partition: number, slot: number): void {
    if (this.#input.get(slot) !== null) {
      this.#counts[partition] = (this.#counts[partition] as number) + 1;
    }
  }

  insert(partition: number, slot: number): void {
    this.append(partition, slot);
  }

  remove(partition: number, slot: number): void {
    if (this.#input.get(slot) !== null) {
      this.#counts[partition] = (this.#counts[partition] as number) - 1;
    }
  }

  result(partition: number): Value {
    return this.#counts[partition] as number;
  }
}

/** SUM and AVG of integer forms, by partition in typed arrays. */
class RunningSum implements RunningAggregate {
  readonly forgets = false;
  readonly #input: NumberColumn;
  readonly #resultOf: (sum: Integer, count: number) => Integer | null;
  readonly #sums = new NumberColumn();
  #counts = new Int32Array(0);

  constructor(shape: AggregateShape, input: NumberColumn, errors: EvaluationErrors) {
    this.#input = input;
    this.#resultOf = integerResultOf(shape, errors);
  }

  grow(_rows: number, partitions: number): void {
    this.#counts = widened(this.#counts, partitions);
    this.#sums.grow(partitions);
  }

  clear(partition: number): void {
    this.#counts[partition] = 0;
    this.#sums.set(partition, 0);
  }

  append(partition: number, slot: number): void {
    const sum = (this.#sums.values[partition] as number) + (this.#input.values[slot] as number);
    if (Number.isSafeInteger(sum)) this.#sums.values[partition] = sum;
    else {
      const value = this.#input.get(slot);
      if (value === null) return;
      this.#sums.set(partition, add(this.#sums.get(partition) as Integer, value));
    }
    this.#counts[partition] = (this.#counts[partition] as number) + 1;
  }

  insert(partition: number, slot: number): void {
    this.append(partition, slot);
  }

  remove(partition: number, slot: number): void {
    const sum = (this.#sums.values[partition] as number) - (this.#input.values[slot] as number);
    if (Number.isSafeInteger(sum)) this.#sums.values[partition] = sum;
    else {
      const value = this.#input.get(slot);
      if (value === null) return;
      this.#sums.set(partition, subtract(this.#sums.get(partition) as Integer, value));
    }
    this.#counts[partition] = (this.#counts[partition] as number) - 1;
  }

  result(partition: number): Value {
    return this.#resultOf(this.#sums.get(partition) as Integer, this.#counts[partition] as number);
  }
}

const NONE = -1;
const OUTSIDE = -2;

/** How an extreme is found anew, and what it is now; null where it has left. */
interface Asked {
  readonly find: () => Accumulator;
  known: Accumulator | null;
}

/**
 * MIN or MAX of a frame whose oldest rows leave first: the rows that could still become the extreme, each better
 * than all after it (the ascending-minima algorithm, R. Harter, 2001), linked through slots.
 */
class RunningExtreme implements AskingAggregate {
  readonly forgets = true;
  readonly #greatest: boolean;
  readonly #input: StoredColumn;
  readonly #rows: OverRows;
  /** By slot: neighbours among the candidates; OUTSIDE for a row that is none. */
  #before = new Int32Array(0);
  #after = new Int32Array(0);
  /** By partition: the extreme's row and the newest candidate. */
  #best = new Int32Array(0);
  #newest = new Int32Array(0);
  /** Partitions whose extreme others can find: no candidates are kept of them. */
  readonly #asked = new Map<number, Asked>();

  constructor(greatest: boolean, input: StoredColumn, rows: OverRows) {
    this.#greatest = greatest;
    this.#input = input;
    this.#rows = rows;
  }

  grow(rows: number, partitions: number): void {
    const known = this.#before.length;
    this.#before = widened(this.#before, rows).fill(OUTSIDE, known);
    this.#after = widened(this.#after, rows);
    this.#best = widened(this.#best, partitions);
    this.#newest = widened(this.#newest, partitions);
  }

  /** Nor is anyone asked any more. */
  clear(partition: number): void {
    this.#best[partition] = NONE;
    this.#newest[partition] = NONE;
    this.#asked.delete(partition);
  }

  ask(partition: number, find: () => Accumulator): void {
    this.#asked.set(partition, { find, known: null });
  }

  append(partition: number, slot: number): void {
    this.insert(partition, slot);
  }

  insert(partition: number, slot: number): void {
    this.#before[slot] = OUTSIDE;
    const value = this.#input.get(slot);
    if (value === null) return;
    const asked = this.#asked.size === 0 ? undefined : this.#asked.get(partition);
    if (asked !== undefined) {
      asked.known?.add(value);
      return;
    }
    const time = this.#rows.timeOf(slot);
    let before = this.#newest[partition] as number;
    while (before >= 0 && this.#rows.timeOf(before) > time) before = this.#before[before] as number;
    const after = before < 0 ? (this.#best[partition] as number) : (this.#after[before] as number);
    // A later row that is as good outlives this one.
    if (after >= 0 && !this.#better(value, this.#input.get(after) as NonNullable<Value>)) return;
    while (before >= 0 && !this.#better(this.#input.get(before) as NonNullable<Value>, value)) {
      const dropped = before;
      before = this.#before[dropped] as number;
      this.#before[dropped] = OUTSIDE;
    }
    this.#before[slot] = before;
    this.#after[slot] = after;
    if (before < 0) this.#best[partition] = slot;
    else this.#after[before] = slot;
    if (after < 0) this.#newest[partition] = slot;
    else this.#before[after] = slot;
  }

  remove(partition: number, slot: number): void {
    const asked = this.#asked.size === 0 ? undefined : this.#asked.get(partition);
    if (asked !== undefined) {
      if (asked.known?.result() === this.#input.get(slot)) asked.known = null;
      return;
    }
    const before = this.#before[slot] as number;
    if (before === OUTSIDE) return;
    const after = this.#after[slot] as number;
    if (before < 0) this.#best[partition] = after;
    else this.#after[before] = after;
    if (after < 0) this.#newest[partition] = before;
    else this.#before[after] = before;
    this.#before[slot] = OUTSIDE;
  }

  result(partition: number): Value {
    const asked = this.#asked.size === 0 ? undefined : this.#asked.get(partition);
    if (asked !== undefined) {
      asked.known ??= asked.find();
      return asked.known.result();
    }
    const best = this.#best[partition] as number;
    return best < 0 ? null : this.#input.get(best);
  }

  /** Whether `a` is strictly better than `b`. */
  #better(a: NonNullable<Value>, b: NonNullable<Value>): boolean {
    return this.#greatest ? a > b : a < b;
  }
}

/** Everything else, and all aggregates of frames that only grow: an accumulator a partition. */
export class RunningAccumulators implements AskingAggregate {
  readonly forgets: boolean;
  readonly #shape: AggregateShape;
  readonly #input: StoredColumn | null;
  readonly #errors: EvaluationErrors;
  readonly #accumulators: Accumulator[] = [];

  constructor(shape: AggregateShape, input: StoredColumn | null, errors: EvaluationErrors) {
    this.#shape = shape;
    this.#input = input;
    this.forgets = shape.name === 'min' || shape.name === 'max';
    this.#errors = errors;
  }

  grow(): void {
    // Accumulators are made by `clear`, one a partition.
  }

  clear(partition: number): void {
    this.#accumulators[partition] = createAccumulator(this.#shape, this.#errors);
  }

  append(partition: number, slot: number): void {
    (this.#accumulators[partition] as Accumulator).add(this.#input === null ? true : this.#input.get(slot));
  }

  insert(partition: number, slot: number): void {
    this.append(partition, slot);
  }

  /** Where it forgets, `ask` is to follow. */
  remove(partition: number, slot: number): void {
    if (this.forgets) return;
    (this.#accumulators[partition] as Accumulator).remove(
      this.#input === null ? true : this.#input.get(slot),
    );
  }

  ask(partition: number, find: () => Accumulator): void {
    if (this.forgets) this.#accumulators[partition] = find();
  }

  result(partition: number): Value {
    return (this.#accumulators[partition] as Accumulator).result();
  }

  /** Adds what an accumulator of the same shape holds. */
  merge(partition: number, base: Accumulator): void {
    (this.#accumulators[partition] as Accumulator).merge(base);
  }
}
