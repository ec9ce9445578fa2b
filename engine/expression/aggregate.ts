import { assert } from '../../core/assert.ts';
import { compareValues } from '../../core/compare.ts';
import { ExactSum } from '../../core/exact-sum.ts';
import { add, divideRounded, type Integer, multiply, powerOfTen, subtract } from '../../core/integer.ts';
import { type SqlType, scaleOf, type Value } from '../../core/types.ts';
import type { EvaluationErrors } from './evaluate.ts';
import { fits } from './numbers.ts';

/** An aggregate without its expressions: what an accumulator needs to know. */
export interface AggregateShape {
  readonly name: 'count' | 'sum' | 'avg' | 'min' | 'max' | 'collect';
  readonly distinct: boolean;
  /** Null for COUNT(*), which is given TRUE for each row. */
  readonly argumentType: SqlType | null;
  readonly type: SqlType;
}

/**
 * Takes values one by one; NULLs count for nothing. `remove` takes back a value added before: results are those of
 * never having added it, bit for bit. MIN, MAX and COLLECT do not support it.
 */
export interface Accumulator {
  add(value: Value): void;
  remove(value: Value): void;
  /** Adds all that another accumulator of the same shape holds, which stays as it is. */
  merge(other: Accumulator): void;
  /** A value of the shape's type; for COLLECT a list in the order of addition. NULL (COUNT: 0) of nothing. */
  result(): Value;
  /** Everything it holds, as scalars: the same for the same values, in whatever order they came and went. */
  content(): readonly Value[];
  /** Takes what `content` gave into an empty accumulator. */
  load(content: readonly Value[]): void;
}

/** An accumulator that holds nothing yet. A result beyond its type is NULL and counted in `errors`. */
export function createAccumulator(shape: AggregateShape, errors: EvaluationErrors): Accumulator {
  const plain = plainAccumulator(shape, errors);
  // Repeated values change neither extreme.
  const idempotent = shape.name === 'min' || shape.name === 'max';
  return shape.distinct && !idempotent ? new DistinctAccumulator(plain) : plain;
}

function plainAccumulator(shape: AggregateShape, errors: EvaluationErrors): Accumulator {
  const ofDoubles = shape.argumentType?.kind === 'double';
  switch (shape.name) {
    case 'count':
      return new CountAccumulator();
    case 'sum':
      return ofDoubles ? new DoubleSumAccumulator(false, errors) : new IntegerSumAccumulator(shape, errors);
    case 'avg':
      return ofDoubles ? new DoubleSumAccumulator(true, errors) : new IntegerSumAccumulator(shape, errors);
    case 'min':
      return new ExtremeAccumulator(false);
    case 'max':
      return new ExtremeAccumulator(true);
    case 'collect':
      return new ListAccumulator();
  }
}

class CountAccumulator implements Accumulator {
  #count = 0;

  add(value: Value): void {
    if (value !== null) this.#count++;
  }

  remove(value: Value): void {
    if (value !== null) this.#count--;
  }

  merge(other: CountAccumulator): void {
    this.#count += other.#count;
  }

  result(): Value {
    return this.#count;
  }

  content(): readonly Value[] {
    return [this.#count];
  }

  load(content: readonly Value[]): void {
    this.#count = content[0] as number;
  }
}

/** SUM and AVG of integer forms: exact. */
class IntegerSumAccumulator implements Accumulator {
  readonly #resultOf: (sum: Integer, count: number) => Integer | null;
  #sum: Integer = 0;
  #count = 0;

  constructor(shape: AggregateShape, errors: EvaluationErrors) {
    this.#resultOf = integerResultOf(shape, errors);
  }

  add(value: Value): void {
    if (value === null) return;
    this.#sum = add(this.#sum, value as Integer);
    this.#count++;
  }

  remove(value: Value): void {
    if (value === null) return;
    this.#sum = subtract(this.#sum, value as Integer);
    this.#count--;
  }

  merge(other: IntegerSumAccumulator): void {
    this.#sum = add(this.#sum, other.#sum);
    this.#count += other.#count;
  }

  result(): Value {
    return this.#resultOf(this.#sum, this.#count);
  }

  content(): readonly Value[] {
    return [this.#sum, this.#count];
  }

  load(content: readonly Value[]): void {
    this.#sum = content[0] as Integer;
    this.#count = content[1] as number;
  }
}

/** What SUM or AVG of integer forms is, given their sum and number: NULL of none, or where it is beyond the type. */
export function integerResultOf(
  shape: AggregateShape,
  errors: EvaluationErrors,
): (sum: Integer, count: number) => Integer | null {
  const shift = scaleOf(shape.type) - (shape.argumentType === null ? 0 : scaleOf(shape.argumentType));
  const factor = powerOfTen(Math.max(shift, 0));
  const divisor = powerOfTen(Math.max(-shift, 0));
  const average = shape.name === 'avg';
  return (sum, count) => {
    if (count === 0) return null;
    const scaled = factor === 1 ? sum : multiply(sum, factor);
    const by = average ? multiply(divisor, count) : divisor;
    const result = by === 1 ? scaled : divideRounded(scaled, by);
    if (fits(shape.type, result)) return result;
    errors.count('NUMERIC_OVERFLOW');
    return null;
  };
}

/** SUM and AVG of doubles: the exact sum, rounded once (and its quotient by the count). */
class DoubleSumAccumulator implements Accumulator {
  readonly #average: boolean;
  readonly #errors: EvaluationErrors;
  readonly #sum = new ExactSum();
  #count = 0;

  constructor(average: boolean, errors: EvaluationErrors) {
    this.#average = average;
    this.#errors = errors;
  }

  add(value: Value): void {
    if (value === null) return;
    this.#sum.add(value as number);
    this.#count++;
  }

  remove(value: Value): void {
    if (value === null) return;
    this.#sum.remove(value as number);
    this.#count--;
  }

  merge(other: DoubleSumAccumulator): void {
    this.#sum.merge(other.#sum);
    this.#count += other.#count;
  }

  result(): Value {
    if (this.#count === 0) return null;
    const sum = this.#sum.result();
    const result = this.#average ? sum / this.#count : sum;
    if (Number.isFinite(result)) return result + 0;
    this.#errors.count('NUMERIC_OVERFLOW');
    return null;
  }

  content(): readonly Value[] {
    return [this.#count, ...this.#sum.canonical()];
  }

  load(content: readonly Value[]): void {
    this.#count = content[0] as number;
    for (let n = 1; n < content.length; n++) this.#sum.add(content[n] as number);
  }
}

class ExtremeAccumulator implements Accumulator {
  readonly #greatest: boolean;
  #value: Value = null;

  constructor(greatest: boolean) {
    this.#greatest = greatest;
  }

  add(value: Value): void {
    if (value === null) return;
    const best = this.#value;
    if (best === null || (this.#greatest ? value > best : value < best)) this.#value = value;
  }

  remove(): void {
    assert(false, 'an extreme cannot take a value back');
  }

  merge(other: ExtremeAccumulator): void {
    this.add(other.#value);
  }

  result(): Value {
    return this.#value;
  }

  content(): readonly Value[] {
    return [this.#value];
  }

  load(content: readonly Value[]): void {
    this.#value = content[0] as Value;
  }
}

class ListAccumulator implements Accumulator {
  readonly #values: Value[] = [];

  add(value: Value): void {
    if (value !== null) this.#values.push(value);
  }

  remove(): void {
    assert(false, 'a list cannot take a value back');
  }

  merge(other: ListAccumulator): void {
    this.load(other.#values);
  }

  result(): Value {
    // A list is a graph value: it lives in bindings and output only, never in a row.
    return [...this.#values] as unknown as Value;
  }

  content(): readonly Value[] {
    return this.#values;
  }

  load(content: readonly Value[]): void {
    this.#values.push(...content);
  }
}

/** Passes on the first of equal values, and the removal of the last. */
export class DistinctAccumulator implements Accumulator {
  readonly #inner: Accumulator;
  readonly #counts = new Map<unknown, number>();

  constructor(inner: Accumulator) {
    this.#inner = inner;
  }

  add(value: Value): void {
    if (value === null) return;
    const key = keyOf(value);
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    if (count === 0) this.#inner.add(value);
  }

  remove(value: Value): void {
    if (value === null) return;
    const key = keyOf(value);
    const count = this.#counts.get(key) ?? 0;
    assert(count > 0, 'only a value that was added is removed');
    if (count === 1) {
      this.#counts.delete(key);
      this.#inner.remove(value);
    } else this.#counts.set(key, count - 1);
  }

  merge(other: DistinctAccumulator): void {
    for (const [key, count] of other.#counts) this.#take(key as Value, count);
  }

  /** Whether it holds the value. */
  has(value: NonNullable<Value>): boolean {
    return this.#counts.has(keyOf(value));
  }

  result(): Value {
    return this.#inner.result();
  }

  /** The values in their order, each before its number. */
  content(): readonly Value[] {
    const entries = [...this.#counts.entries()] as [Value, number][];
    return entries.sort(([a], [b]) => compareValues(a, b)).flat();
  }

  load(content: readonly Value[]): void {
    for (let n = 0; n < content.length; n += 2) this.#take(content[n] as Value, content[n + 1] as number);
  }

  #take(key: Value, more: number): void {
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + more);
    if (count === 0) this.#inner.add(key);
  }
}

/** Scalars are their own keys; a merged hop or a path is told apart by its content. */
function keyOf(value: unknown): unknown {
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
