import { assert } from '../../core/assert.ts';
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
  /** A value of the shape's type; for COLLECT a list in the order of addition. NULL (COUNT: 0) of nothing. */
  result(): Value;
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

  result(): Value {
    return this.#count;
  }
}

/** SUM and AVG of integer forms: exact. */
class IntegerSumAccumulator implements Accumulator {
  readonly #shape: AggregateShape;
  readonly #errors: EvaluationErrors;
  readonly #factor: Integer;
  readonly #divisor: Integer;
  #sum: Integer = 0;
  #count = 0;

  constructor(shape: AggregateShape, errors: EvaluationErrors) {
    this.#shape = shape;
    this.#errors = errors;
    const shift = scaleOf(shape.type) - (shape.argumentType === null ? 0 : scaleOf(shape.argumentType));
    this.#factor = powerOfTen(Math.max(shift, 0));
    this.#divisor = powerOfTen(Math.max(-shift, 0));
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

  result(): Value {
    return integerResult(this.#shape, this.#sum, this.#count, this.#factor, this.#divisor, this.#errors);
  }
}

function integerResult(
  shape: AggregateShape,
  sum: Integer,
  count: number,
  factor: Integer,
  divisor: Integer,
  errors: EvaluationErrors,
): Value {
  if (count === 0) return null;
  const scaled = factor === 1 ? sum : multiply(sum, factor);
  const by = shape.name === 'avg' ? multiply(divisor, count) : divisor;
  const result = by === 1 ? scaled : divideRounded(scaled, by);
  if (fits(shape.type, result)) return result;
  errors.count('NUMERIC_OVERFLOW');
  return null;
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

  result(): Value {
    if (this.#count === 0) return null;
    const sum = this.#sum.result();
    const result = this.#average ? sum / this.#count : sum;
    if (Number.isFinite(result)) return result + 0;
    this.#errors.count('NUMERIC_OVERFLOW');
    return null;
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

  result(): Value {
    return this.#value;
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

  result(): Value {
    // A list is a graph value: it lives in bindings and output only, never in a row.
    return [...this.#values] as unknown as Value;
  }
}

/** Passes on the first of equal values, and the removal of the last. */
class DistinctAccumulator implements Accumulator {
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

  result(): Value {
    return this.#inner.result();
  }
}

/** Scalars are their own keys; a merged hop or a path is told apart by its content. */
function keyOf(value: unknown): unknown {
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
