import { describe, expect, it } from '@jest/globals';
import { compareBytes, compareRowsBy, compareText, compareTuples, compareValues } from './compare.ts';
import { derivedId, sha256Hex } from './hash.ts';

describe('the order of values', () => {
  it('is numeric across numbers and bigints, and puts NULL last', () => {
    const values = [null, 2n ** 70n, 3, -(2n ** 70n), 0, null];
    expect([...values].sort(compareValues)).toEqual([-(2n ** 70n), 0, 3, 2n ** 70n, null, null]);
  });

  it('of text is by UTF-16 code units', () => {
    expect(['b', 'B', 'ä', 'a', '\u{1f600}', '\uffff'].sort(compareText)).toEqual([
      'B',
      'a',
      'b',
      'ä',
      '\u{1f600}',
      '\uffff',
    ]);
  });

  it('of rows and tuples looks at one element after the other', () => {
    expect(compareRowsBy([1, 'b'], [1, 'a'], [0, 1])).toBeGreaterThan(0);
    expect(compareRowsBy([1, 'b'], [1, 'a'], [0])).toBe(0);
    expect(compareTuples([1], [1, 2])).toBeLessThan(0);
    expect(compareBytes(Uint8Array.of(1, 255), Uint8Array.of(1, 3))).toBeGreaterThan(0);
  });
});

describe('a derived id', () => {
  it('is 26 characters of base32 that tell the parts apart', () => {
    expect(derivedId(['t', 'rule', 1, 7, 0])).toMatch(/^[a-z2-7]{26}$/);
    expect(derivedId(['ab', 'c'])).not.toBe(derivedId(['a', 'bc']));
    expect(derivedId(['t', 'r', 1])).toBe(derivedId(['t', 'r', 1]));
  });

  it('holds the first bits of the SHA-256 of the framed parts', () => {
    const hex = sha256Hex('1:a');
    const bits = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
    const expected = Array.from(
      { length: 26 },
      (_, n) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(n * 5, n * 5 + 5), 2)],
    ).join('');
    expect(derivedId(['a'])).toBe(expected);
  });
});
