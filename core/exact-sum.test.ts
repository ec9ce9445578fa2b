import { describe, expect, it } from '@jest/globals';
import { ExactSum } from './exact-sum.ts';

function sumOf(values: readonly number[]): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.result();
}

/** xorshift32, seeded. */
function randomFrom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

describe('an exact sum', () => {
  it.each([
    [[], 0],
    [[0.1, 0.2, 0.3, -0.6], 2.7755575615628914e-17],
    [[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 1],
    [[1e308, 1e308, -1e308, -1e308], 0],
    [[1e308, 1e308, -1e308], 1e308],
    [[1e308, 1, -1e308], 1],
    [[1, 2 ** -53, 2 ** -1074], 1 + 2 ** -52],
    [[1, 2 ** -53, -(2 ** -1074)], 1],
    [[2 ** 53, 1], 2 ** 53],
    [[2 ** 53, 1, 1], 2 ** 53 + 2],
    [[Number.MIN_VALUE, -Number.MIN_VALUE], 0],
    [[Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE], Number.MAX_VALUE],
  ])('of %j is %d', (values, expected) => {
    expect(sumOf(values)).toBe(expected);
  });

  it('is infinite beyond the range of doubles, and comes back', () => {
    const sum = new ExactSum();
    sum.add(1.5e308);
    sum.add(1.5e308);
    expect(sum.result()).toBe(Number.POSITIVE_INFINITY);
    sum.remove(1.5e308);
    expect(sum.result()).toBe(1.5e308);
  });

  const seed = Date.now() % 1_000_000;
  it(`is the same for any order and after removals (seed ${seed})`, () => {
    const random = randomFrom(seed);
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: 1 + Math.floor(random() * 40) }, () => {
        const sign = random() < 0.5 ? -1 : 1;
        return sign * random() * 2 ** Math.floor(random() * 120 - 60);
      });
      const forward = new ExactSum();
      for (const value of values) forward.add(value);
      const extra = [1e300, 1e-300, 0.1, 7, 2 ** 950, -(2 ** 1000)];
      const other = new ExactSum();
      for (const value of extra) other.add(value);
      for (const value of [...values].reverse()) other.add(value);
      for (const value of extra) other.remove(value);
      expect(other.result()).toBe(forward.result());
      expect(other.canonical()).toEqual(forward.canonical());
    }
  });

  it('of quarters equals the integer sum', () => {
    const random = randomFrom(7);
    let expected = 0;
    const sum = new ExactSum();
    for (let n = 0; n < 10_000; n++) {
      const quarters = Math.floor(random() * 1_000_000) - 500_000;
      expected += quarters;
      sum.add(quarters / 4);
    }
    expect(sum.result()).toBe(expected / 4);
  });
});
