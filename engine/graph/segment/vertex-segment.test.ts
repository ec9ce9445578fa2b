import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../tests/model/random.ts';
import { GraphMemory } from './graph-memory.ts';
import type { Keys } from './key-column.ts';
import { buildVertexSegment, VertexSegment } from './vertex-segment.ts';

function open(keys: Keys): VertexSegment {
  return new VertexSegment(new GraphMemory(), buildVertexSegment(keys));
}

const numbers = (values: readonly number[]): Keys => ({
  kind: 'numbers',
  numbers: Float64Array.from(values),
});
const texts = (values: readonly string[]): Keys => ({ kind: 'texts', texts: values });

const KEYS: readonly (readonly [string, Keys])[] = [
  ['none', numbers([])],
  ['one', numbers([42])],
  ['two, one negative', numbers([-7, 9])],
  ['the greatest and the least', numbers([Number.MAX_SAFE_INTEGER - 1, 0, 1, 2 ** 32, 2 ** 31])],
  ['one text, empty', texts([''])],
  ['texts with a shared beginning', texts(['acct-000001', 'acct-000002', 'acct-1'])],
  ['one the beginning of another', texts(['a', 'ab', 'abc', ''])],
  ['other scripts', texts(['Ä', '数据', '🦊', '🦊🦊', 'a\u0000b', '\ufeffx', ' '])],
  ['long ones', texts(['x'.repeat(5000), 'y'.repeat(70_000), 'z'])],
];

describe('a vertex segment', () => {
  it.each(KEYS)('finds each key at its vertex, and gives it back: %s', (_, keys) => {
    const segment = open(keys);
    const all: readonly (number | string)[] = keys.kind === 'numbers' ? [...keys.numbers] : keys.texts;
    expect(segment.count).toBe(all.length);
    expect(all.map((key) => segment.find(key))).toEqual([...all.keys()]);
    expect([...all.keys()].map((vertex) => segment.key(vertex))).toEqual(all);
  });

  it('finds none of the keys that are not there', () => {
    const some = open(numbers(Array.from({ length: 5000 }, (_, n) => 3 * n)));
    const found = Array.from({ length: 15_000 }, (_, n) => some.find(n));
    expect(found).toEqual(found.map((_, n) => (n % 3 === 0 ? n / 3 : -1)));
    expect([some.find(-3), some.find(1.5), some.find(Number.NaN), some.find('x'), some.find('')]).toEqual([
      -1, -1, -1, -1, -1,
    ]);
    const named = open(texts(['user-1', 'user-2', 'user-30']));
    expect([
      named.find('user-3'),
      named.find('user-'),
      named.find('user-22'),
      named.find(''),
      named.find(1),
    ]).toEqual([-1, -1, -1, -1, -1]);
  });

  it('finds a number key by its one spelling alone', () => {
    const segment = open(numbers([7, 8]));
    expect([
      segment.find('7'),
      segment.find('07'),
      segment.find(' 7'),
      segment.find('7.0'),
      segment.find('+8'),
    ]).toEqual([0, -1, -1, -1, -1]);
  });

  it('takes no more than 3 bits a key for the hash function, for random keys of any kind', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = new Random(seed);
      const values = new Set(Array.from({ length: 20_000 }, () => random.next() * 1000 - random.below(5)));
      const segment = open(
        seed % 2 === 0 ? numbers([...values]) : texts([...values].map((value) => value.toString(36))),
      );
      expect({ seed, fits: (8 * segment.sizes.hash) / segment.count <= 3 }).toEqual({ seed, fits: true });
      const all = [...values];
      const key = (n: number): number | string =>
        seed % 2 === 0 ? (all[n] as number) : (all[n] as number).toString(36);
      for (let n = 0; n < all.length; n += 37) expect(segment.find(key(n))).toBe(n);
    }
  });

  it('stores keys in the room that they need', () => {
    const packed = open(numbers(Array.from({ length: 4096 }, (_, n) => 1_000_000 + n)));
    expect(packed.sizes.keys).toBeLessThanOrEqual((4096 * 12) / 8 + 32);
    const shared = open(
      texts(Array.from({ length: 4096 }, (_, n) => `customer-account-${String(n).padStart(6, '0')}`)),
    );
    // A byte for the length, 6 digits of 4 bits, and a quarter of a byte for the place.
    expect(shared.sizes.keys).toBeLessThanOrEqual(4096 * 4.5 + 64);
  });
});
