import { describe, expect, it } from '@jest/globals';
import { formatText, toJson } from './format-value.ts';
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, INTERVAL, numeric, TEXT, TIMESTAMPTZ } from './types.ts';

describe('the text of a value', () => {
  it.each([
    [numeric(18, 2), 0, '0.00'],
    [numeric(18, 2), 5, '0.05'],
    [numeric(18, 2), -5, '-0.05'],
    [numeric(18, 2), 123450, '1234.50'],
    [numeric(40, 2), 12345678901234567890n, '123456789012345678.90'],
    [numeric(40, 2), -12345678901234567890n, '-123456789012345678.90'],
    [numeric(null, 16, true), 15000000000000000, '1.5'],
    [numeric(null, 4, true), 20000, '2'],
    [numeric(null, 4, true), -1, '-0.0001'],
    [numeric(18, 0), 12, '12'],
    [BIGINT, 9223372036854775807n, '9223372036854775807'],
    [DOUBLE, 0.1, '0.1'],
    [BOOLEAN, false, 'false'],
    [TIMESTAMPTZ, 0, '1970-01-01T00:00:00.000Z'],
    [INTERVAL, 90_000_000, '90 seconds'],
    [TEXT, 'ä', 'ä'],
    [TEXT, null, ''],
  ])('%j %p is %s', (type, value, expected) => {
    expect(formatText(type, value)).toBe(expected);
  });

  it('is a JSON string where a JSON number would not be exact', () => {
    expect([
      toJson(INTEGER, 7),
      toJson(DOUBLE, 0.5),
      toJson(BIGINT, 7),
      toJson(numeric(18, 2), 700),
      toJson(TIMESTAMPTZ, 0),
      toJson(INTERVAL, 1000),
      toJson(BOOLEAN, true),
      toJson(TEXT, 'x'),
      toJson(INTEGER, null),
    ]).toEqual([7, 0.5, '7', '7.00', '1970-01-01T00:00:00.000Z', '1 millisecond', true, 'x', null]);
  });
});
