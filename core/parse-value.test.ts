import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from './errors.ts';
import { parseDecimal, parseText } from './parse-value.ts';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  INTERVAL,
  numeric,
  type SqlType,
  TEXT,
  TIMESTAMPTZ,
} from './types.ts';

function code(type: SqlType, text: string): string {
  try {
    return `value ${String(parseText(type, text))}`;
  } catch (error) {
    return (error as RingwatchError).code;
  }
}

const AMOUNT = numeric(18, 2);

describe('parseText', () => {
  it.each<[SqlType, string, unknown]>([
    [INTEGER, '42', 42],
    [INTEGER, ' -42\t', -42],
    [INTEGER, '+7', 7],
    [INTEGER, '-0', 0],
    [INTEGER, '2147483647', 2147483647],
    [INTEGER, '-2147483648', -2147483648],
    [BIGINT, '9007199254740993', 9007199254740993n],
    [BIGINT, '-9223372036854775808', -9223372036854775808n],
    [AMOUNT, '147.8', 14780],
    [AMOUNT, '-0.005', -1],
    [AMOUNT, '0.00499999999999999999999999999', 0],
    [AMOUNT, '0.005', 1],
    [AMOUNT, '0.0049', 0],
    [AMOUNT, '.5', 50],
    [AMOUNT, '5.', 500],
    [AMOUNT, '1.5e2', 15000],
    [AMOUNT, '15E-1', 150],
    [AMOUNT, '1e-1000000000000000000000', 0],
    [AMOUNT, '9999999999999999.99', 999999999999999999n],
    [AMOUNT, '0000000000000000000000000001.00', 100],
    [numeric(null, 16, true), '0.1', 1000000000000000],
    [numeric(null, 16, true), '147.8', 1478000000000000000n],
    [DOUBLE, '0.1', 0.1],
    [DOUBLE, '-0', 0],
    [DOUBLE, '1e308', 1e308],
    [DOUBLE, '1e-400', 0],
    [BOOLEAN, 'TRUE', true],
    [BOOLEAN, 'f', false],
    [BOOLEAN, '1', true],
    [TEXT, ' as written ', ' as written '],
    [TEXT, '', ''],
    [TIMESTAMPTZ, '1970-01-01T00:00:01Z', 1_000_000],
    [TIMESTAMPTZ, '1970-01-01 01:00:00+01:00', 0],
    [INTERVAL, '5 seconds', 5_000_000],
  ])('%j reads %j as %p', (type, text, value) => {
    expect(parseText(type, text)).toBe(value);
  });

  it.each<[SqlType, string, string]>([
    [INTEGER, '', 'VALUE_INVALID'],
    [INTEGER, '5.0', 'VALUE_INVALID'],
    [INTEGER, '0x10', 'VALUE_INVALID'],
    [INTEGER, '1_000', 'VALUE_INVALID'],
    [INTEGER, '٤', 'VALUE_INVALID'],
    [INTEGER, '2147483648', 'VALUE_OUT_OF_RANGE'],
    [INTEGER, '-2147483649', 'VALUE_OUT_OF_RANGE'],
    [BIGINT, '9223372036854775808', 'VALUE_OUT_OF_RANGE'],

    [AMOUNT, 'NaN', 'VALUE_INVALID'],
    [AMOUNT, 'Infinity', 'VALUE_INVALID'],
    [AMOUNT, '.', 'VALUE_INVALID'],
    [AMOUNT, '-', 'VALUE_INVALID'],
    [AMOUNT, '1,5', 'VALUE_INVALID'],
    [AMOUNT, '1.2.3', 'VALUE_INVALID'],
    [AMOUNT, '1e', 'VALUE_INVALID'],
    [AMOUNT, '10000000000000000', 'VALUE_OUT_OF_RANGE'],
    [AMOUNT, '-10000000000000000', 'VALUE_OUT_OF_RANGE'],
    [AMOUNT, '9999999999999999.995', 'VALUE_OUT_OF_RANGE'],
    [AMOUNT, '1e999999999999999999999', 'VALUE_OUT_OF_RANGE'],
    [DOUBLE, 'NaN', 'VALUE_INVALID'],
    [DOUBLE, '-Infinity', 'VALUE_INVALID'],
    [DOUBLE, '0x1p3', 'VALUE_INVALID'],
    [DOUBLE, '', 'VALUE_INVALID'],
    [DOUBLE, '1e309', 'VALUE_OUT_OF_RANGE'],
    [BOOLEAN, 'maybe', 'VALUE_INVALID'],
    [TEXT, 'half \ud800', 'VALUE_INVALID'],
    [TIMESTAMPTZ, '2026-02-30', 'VALUE_INVALID'],
    [TIMESTAMPTZ, '1700000000', 'VALUE_INVALID'],
    [INTERVAL, '1 month', 'CALENDAR_INTERVAL'],
    [INTERVAL, 'soon', 'VALUE_INVALID'],
  ])('%j refuses %j with %s', (type, text, expected) => {
    expect(code(type, text)).toBe(expected);
  });

  it('refuses a text longer than the limit', () => {
    expect(code(TEXT, 'x'.repeat(1_000_001))).toBe('VALUE_TOO_LONG');
  });

  it('refuses a number of thousands of digits', () => {
    expect(code(BIGINT, '9'.repeat(5000))).toBe('VALUE_OUT_OF_RANGE');
  });

  it('shows a long value shortened', () => {
    expect(() => parseText(INTEGER, 'x'.repeat(500))).toThrow(
      "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' is no INTEGER",
    );
  });
});

describe('parseDecimal', () => {
  it('keeps every digit of a large number', () => {
    expect(parseDecimal('123456789012345678901234567890.123456', 6)).toBe(
      123456789012345678901234567890123456n,
    );
  });

  it('throws a coded error', () => {
    expect(() => parseDecimal('twelve', 2)).toThrow(RingwatchError);
  });
});
