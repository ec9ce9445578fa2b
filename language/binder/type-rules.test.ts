import { describe, expect, it } from '@jest/globals';
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
  typeName,
  type Value,
} from '../../core/types.ts';
import { castExists, castTo, commonType, decimalText, widensTo } from './type-rules.ts';

const MONEY = numeric(18, 2);
const RATE = numeric(9, 4);
const SCALARS: readonly SqlType[] = [
  INTEGER,
  BIGINT,
  MONEY,
  RATE,
  DOUBLE,
  TEXT,
  BOOLEAN,
  TIMESTAMPTZ,
  INTERVAL,
];

function literal(type: SqlType, value: Value) {
  return { kind: 'literal', type, value } as const;
}

describe('widening', () => {
  it.each([
    [INTEGER, BIGINT, BIGINT],
    [BIGINT, MONEY, numeric(null, 2)],
    [MONEY, RATE, numeric(null, 4)],
    [MONEY, MONEY, MONEY],
    [RATE, DOUBLE, DOUBLE],
    [INTEGER, TEXT, null],
    [TIMESTAMPTZ, INTERVAL, null],
  ])('%j and %j have the common type %j', (a, b, common) => {
    expect(commonType(a, b)).toEqual(common);
    expect(commonType(b, a)).toEqual(common);
  });

  it('to the common type always exists', () => {
    for (const a of SCALARS) {
      for (const b of SCALARS) {
        const common = commonType(a, b);
        if (common !== null) expect([typeName(a), widensTo(a, common)]).toEqual([typeName(a), true]);
      }
    }
  });

  it('never loses decimals', () => {
    expect(widensTo(RATE, MONEY)).toBe(false);
    expect(widensTo(DOUBLE, MONEY)).toBe(false);
    expect(widensTo(MONEY, BIGINT)).toBe(false);
  });
});

describe('casts', () => {
  it('exist between numbers, with TEXT, and between BOOLEAN and INTEGER', () => {
    const pairs = SCALARS.flatMap((from) =>
      SCALARS.filter((to) => !castExists(from, to)).map((to) => `${typeName(from)} ${typeName(to)}`),
    );
    expect(pairs.filter((pair) => pair.includes('TEXT'))).toEqual([]);
    expect(pairs).toContain('BIGINT BOOLEAN');
    expect(pairs).toContain('TIMESTAMPTZ BIGINT');
    expect(pairs).not.toContain('INTEGER BOOLEAN');
    expect(pairs).not.toContain('DOUBLE PRECISION INTEGER');
  });

  it.each([
    [literal(INTEGER, 5), MONEY, 500],
    [literal(numeric(null, 3), 1235), numeric(null, 2), 124],
    [literal(numeric(null, 1), -25), INTEGER, -3],
    [literal(numeric(null, 1), 1), DOUBLE, 0.1],
    [literal(BIGINT, 9_007_199_254_740_993n), DOUBLE, 9_007_199_254_740_992],
    [literal(INTEGER, null), TEXT, null],
  ])('of the literal %j to %j are worked out', (from, to, value) => {
    expect(castTo(from, to)).toEqual(literal(to, value));
  });

  it('of literals that do not fit are left to the engine, which counts them', () => {
    expect(castTo(literal(INTEGER, 12_345), numeric(4, 0)).kind).toBe('cast');
    expect(castTo(literal(BIGINT, 2 ** 31), INTEGER).kind).toBe('cast');
  });
});

it('decimal text is exact', () => {
  expect(decimalText(-5, 3)).toBe('-0.005');
  expect(decimalText(123_456_789_012_345_678_901n, 2)).toBe('1234567890123456789.01');
  expect(decimalText(7, 0)).toBe('7');
});
