import { describe, expect, it } from '@jest/globals';
import type { Value } from '../../core/types.ts';
import { ContentHasher } from './content-hasher.ts';

function bagOf(rows: readonly (readonly Value[])[]): string {
  const hash = new ContentHasher();
  hash.bag((add) => rows.forEach(add));
  return hash.hex();
}

describe('a hash of content', () => {
  it('keeps values, rows and sections apart', () => {
    const hashes = [
      (hash: ContentHasher) => hash.row(['ab', 'c']),
      (hash: ContentHasher) => hash.row(['a', 'bc']),
      (hash: ContentHasher) => hash.row(['a', 'b', 'c']),
      (hash: ContentHasher) => hash.row([1, 0.5, null, true]),
      (hash: ContentHasher) => hash.row(['1', 0.5, null, true]),
      (hash: ContentHasher) => hash.text('ab'),
    ].map((feed) => {
      const hash = new ContentHasher();
      feed(hash);
      return hash.hex();
    });
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('of a bag is the same in any order, and tells how often each row is in it', () => {
    const rows: Value[][] = Array.from({ length: 300 }, (_, n) => [`key ${n % 290}`, n % 290, null]);
    const shuffled = rows.map((_, n) => rows[(n * 77) % 300] as Value[]);
    expect(bagOf(shuffled)).toBe(bagOf(rows));
    expect(bagOf(rows.slice(1))).not.toBe(bagOf(rows));
    expect(bagOf([...rows.slice(0, -1), ['key 0', 0, null]])).not.toBe(bagOf(rows));
    expect(bagOf([['a'], ['b']])).not.toBe(bagOf([['ab'], ['']]));
    expect(bagOf([['a'], ['a']])).not.toBe(bagOf([['b'], ['b']]));
    expect(bagOf([])).not.toBe(bagOf([[]]));
  });

  it('of a bag tells rows apart that differ little', () => {
    const hashes = new Set<string>();
    for (let n = 0; n < 3000; n++) hashes.add(bagOf([['payer', n, 'payee', n * 1_000_003]]));
    expect(hashes.size).toBe(3000);
  });
});
