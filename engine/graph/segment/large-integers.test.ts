import { describe, expect, it } from '@jest/globals';
import { LargeIntegers, readLarge, writeLarge } from './large-integers.ts';

const BASE = 2n ** 63n;

function filled(edges: Iterable<number>): LargeIntegers {
  const large = new LargeIntegers();
  for (const edge of edges) large.set(edge, BASE + BigInt(edge));
  return large;
}

/** The bytes, and the steps that they took. */
function written(large: LargeIntegers): { readonly bytes: Uint8Array; readonly steps: number } {
  const slices = writeLarge(large);
  for (let steps = 1; ; steps++) {
    const { done, value } = slices.next();
    if (done === true) return { bytes: value, steps };
  }
}

describe('integers beyond 53 bits', () => {
  it('are read as they were written, in order of their edges', () => {
    const { bytes } = written(filled([70_000, 3, 4095, 4096]));
    const large = readLarge(bytes, 70_001);
    expect([...large]).toEqual([3, 4095, 4096, 70_000].map((edge) => [edge, BASE + BigInt(edge)]));
    expect(large.size).toBe(4);
    expect(large.get(4)).toBeUndefined();
  });

  it('are written in steps of 256', () => {
    const count = 20_000;
    const { bytes, steps } = written(filled(Array(count).keys()));
    expect(steps).toBeGreaterThan(count / 256);
    expect(readLarge(bytes, count).get(count - 1)).toBe(BASE + BigInt(count - 1));
  });

  it('of an edge that is not there are corrupt', () => {
    const { bytes } = written(filled([9]));
    expect(() => readLarge(bytes, 9)).toThrow(expect.objectContaining({ code: 'SEGMENT_CORRUPT' }));
  });

  it('go by chunks, and their bytes with them', () => {
    const large = filled([0, 4095, 4096]);
    large.set(0, BASE);
    expect(large.size).toBe(3);
    const before = large.bytes;
    large.letGo(17);
    expect([...large]).toEqual([[4096, BASE + 4096n]]);
    expect(large.size).toBe(1);
    expect(large.bytes).toBeLessThan(before);
    large.letGo(1_000_000);
    expect(large.size).toBe(1);
  });
});
