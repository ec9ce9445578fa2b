import { describe, expect, test } from '@jest/globals';
import { sumDecimals } from './decimal-sum.ts';

describe('the sum of decimals', () => {
  test.each([
    [[], '0'],
    [['0.10', '0.20'], '0.30'],
    [['99999999999999999999.99', '0.01'], '100000000000000000000.00'],
    [['-5', '2.5'], '-2.5'],
    [['-0.05', '0.04'], '-0.01'],
    [['1', '2'], '3'],
  ])('of %j is exactly %s', (decimals, sum) => {
    expect(sumDecimals(decimals)).toBe(sum);
  });

  test('is none where one of them is no decimal', () => {
    expect(sumDecimals(['1', '1e5'])).toBeNull();
  });
});
