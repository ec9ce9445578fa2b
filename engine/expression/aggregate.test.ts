import { describe, expect, it } from '@jest/globals';
import { BIGINT, DOUBLE, INTEGER, numeric, type SqlType, TEXT, type Value } from '../../core/types.ts';
import { type AggregateShape, createAccumulator } from './aggregate.ts';

function run(
  shape: Partial<AggregateShape> & Pick<AggregateShape, 'name' | 'type'>,
  values: readonly Value[],
) {
  const errors: string[] = [];
  const whole = { distinct: false, argumentType: shape.type, ...shape };
  const accumulator = createAccumulator(whole, { count: (code) => void errors.push(code) });
  for (const value of values) accumulator.add(value);
  return { accumulator, result: accumulator.result(), errors };
}

const N2 = numeric(18, 2);
const LONG = 9_223_372_036_854_775_807n;

describe('an aggregate', () => {
  it.each([
    ['count', BIGINT, INTEGER, [1, null, 3], 2],
    ['count', BIGINT, INTEGER, [], 0],
    ['sum', BIGINT, INTEGER, [2_147_483_647, 2_147_483_647], 4_294_967_294],
    ['sum', numeric(null, 0), BIGINT, [LONG, LONG], 2n * LONG],
    ['sum', numeric(null, 2), N2, [150, null, -50], 100],
    ['sum', numeric(null, 2), N2, [null], null],
    ['sum', DOUBLE, DOUBLE, [1e16, 1, -1e16], 1],
    ['avg', numeric(null, 4, true), INTEGER, [1, 2], 15_000],
    ['avg', numeric(null, 4, true), N2, [100, 100, 200], 13_333],
    ['avg', DOUBLE, DOUBLE, [0.1, 0.2, 0.3], 0.6 / 3],
    ['min', TEXT, TEXT, ['b', null, 'a'], 'a'],
    ['max', BIGINT, BIGINT, [5, LONG, -3], LONG],
    ['max', BIGINT, BIGINT, [], null],
  ] as const)('%s as %j of %j %j is %p', (name, type: SqlType, argumentType: SqlType, values, expected) => {
    expect(run({ name, type, argumentType }, values).result).toEqual(expected);
  });

  it('of distinct values takes each once', () => {
    const values = [1, 1, 2, null, 2];
    expect(run({ name: 'count', type: BIGINT, distinct: true }, values).result).toBe(2);
    expect(run({ name: 'sum', type: BIGINT, argumentType: INTEGER, distinct: true }, values).result).toBe(3);
  });

  it('takes values back as if they had never come', () => {
    const { accumulator } = run({ name: 'sum', type: DOUBLE, distinct: true }, [0.1, 0.1, 1e100, 0.2]);
    accumulator.remove(1e100);
    accumulator.remove(0.1);
    expect(accumulator.result()).toBe(0.1 + 0.2);
    accumulator.remove(0.1);
    expect(accumulator.result()).toBe(0.2);
  });

  it('counts a sum that its type cannot hold, and goes on', () => {
    const { result, errors, accumulator } = run({ name: 'sum', type: BIGINT, argumentType: BIGINT }, [
      LONG,
      1,
    ]);
    expect(result).toBeNull();
    expect(errors).toEqual(['NUMERIC_OVERFLOW']);
    accumulator.add(-1);
    expect(accumulator.result()).toBe(LONG);
  });

  it('is the same after its content was carried over', () => {
    for (const name of ['count', 'sum', 'avg', 'min', 'max'] as const) {
      for (const distinct of [false, true]) {
        const shape = { name, type: name === 'count' ? BIGINT : DOUBLE, argumentType: DOUBLE, distinct };
        const { accumulator, result } = run(shape, [0.1, 0.2, 0.2, null, -7, 1e300]);
        const other = run(shape, []).accumulator;
        other.load(accumulator.content());
        expect(other.result()).toBe(result);
        expect(other.content()).toEqual(accumulator.content());
      }
    }
  });
});
