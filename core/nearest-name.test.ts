import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.ts';

describe('the nearest name', () => {
  it.each([
    ['paye', ['payer', 'payee', 'amount'], 'payer'],
    ['AMOUNT', ['at', 'amount'], 'amount'],
    ['amuont', ['at', 'amount'], 'amount'],
    ['xyz', ['payer', 'payee'], null],
    ['a', ['b'], null],
    ['', ['a'], null],
    ['at', [], null],
  ])('to %j among %j is %j', (name, candidates, expected) => {
    expect(nearestName(name, candidates)).toBe(expected);
  });

  it('is found at once for a name of a million letters', () => {
    expect(nearestName('a'.repeat(1_000_000), ['b'.repeat(1_000_000)])).toBeNull();
  });
});
