import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  it('lets through what it holds, then what comes in', () => {
    const bucket = new TokenBucket(10, 3, 0);
    expect([1, 2, 3, 4].map(() => bucket.take(1, 0))).toEqual([0, 0, 0, 1]);
    expect(bucket.take(1, 1)).toBe(0);
    expect(bucket.take(1, 1)).toBeGreaterThan(0);
  });

  it('never holds more than it may, however long nothing is taken', () => {
    const bucket = new TokenBucket(10, 3, 0);
    bucket.take(3, 0);
    const taken = [1, 2, 3, 4].map(() => bucket.take(1, 1_000_000_000) === 0);
    expect(taken).toEqual([true, true, true, false]);
  });

  it('takes a batch as a whole, and then nothing until it is paid back', () => {
    const bucket = new TokenBucket(100, 10, 0);
    expect(bucket.take(510, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBe(5001);
    expect(bucket.waitMs(5000)).toBe(1);
    expect(bucket.take(1, 5001)).toBe(0);
  });

  it('lets nothing through at a rate of nothing', () => {
    const bucket = new TokenBucket(0, 0, 0);
    expect(bucket.take(1, 1_000_000)).toBe(Number.POSITIVE_INFINITY);
  });

  it('follows another rate from then on', () => {
    const bucket = new TokenBucket(1, 100, 0);
    bucket.resize(1000, 2, 0);
    expect([1, 2, 3].map(() => bucket.take(1, 0) === 0)).toEqual([true, true, false]);
    expect(bucket.take(1, 2)).toBe(0);
  });

  it('is not confused by a clock that goes back', () => {
    const bucket = new TokenBucket(10, 1, 10_000);
    expect(bucket.take(1, 10_000)).toBe(0);
    expect(bucket.take(1, 0)).toBeGreaterThan(0);
    expect(bucket.take(1, 10_000)).toBeGreaterThan(0);
    expect(bucket.take(1, 10_101)).toBe(0);
  });
});
