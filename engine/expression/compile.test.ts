import { describe, expect, it } from '@jest/globals';
import { parseText } from '../../core/parse-value.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
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
  type Value,
} from '../../core/types.ts';
import type { Expr, FunctionName } from '../../language/plan.ts';
import { compileExpression } from './compile.ts';
import { EMPTY } from './evaluate.ts';

function literal(type: SqlType, value: Value): Expr {
  return { kind: 'literal', type, value };
}

/** A column, so that nothing is known of the value before the row comes. */
function columns(types: readonly SqlType[]): Expr[] {
  return types.map((type, index) => ({ kind: 'column', type, index }));
}

function evaluate(expr: Expr, row: readonly Value[]): { value: unknown; errors: string[] } {
  const errors: string[] = [];
  const context = { errors: { count: (code: string) => void errors.push(code) }, elements: null };
  return { value: compileExpression(expr, context)(row, EMPTY, EMPTY), errors };
}

function call(name: FunctionName, type: SqlType, types: readonly SqlType[], row: readonly Value[]) {
  return evaluate({ kind: 'call', name, type, args: columns(types) }, row);
}

const N2 = numeric(null, 2);
const LONG = 9_223_372_036_854_775_807n;

describe('logic', () => {
  const values = [true, false, null];
  it.each([
    ['and', [true, false, null, false, false, false, null, false, null]],
    ['or', [true, true, true, true, false, null, true, null, null]],
  ] as const)('%s is three-valued', (name, expected) => {
    const results = values.flatMap((a) =>
      values.map((b) => call(name, BOOLEAN, [BOOLEAN, BOOLEAN], [a, b]).value),
    );
    expect(results).toEqual(expected);
    const withThree = values.flatMap((a) =>
      values.map((b) => call(name, BOOLEAN, [BOOLEAN, BOOLEAN, BOOLEAN], [a, name === 'and', b]).value),
    );
    expect(withThree).toEqual(expected);
  });

  it('IN is NULL where a NULL could be the one', () => {
    const list = [literal(INTEGER, 1), literal(INTEGER, 2)];
    const inLiterals = (items: Expr[], value: Value) =>
      evaluate({ kind: 'call', name: 'in', type: BOOLEAN, args: [...columns([INTEGER]), ...items] }, [value])
        .value;
    expect([inLiterals(list, 2), inLiterals(list, 3), inLiterals(list, null)]).toEqual([true, false, null]);
    const withNull = [...list, literal(INTEGER, null)];
    expect([inLiterals(withNull, 2), inLiterals(withNull, 3)]).toEqual([true, null]);
    const types = [INTEGER, INTEGER, INTEGER];
    expect(call('in', BOOLEAN, types, [3, 1, null]).value).toBeNull();
    expect(call('in', BOOLEAN, types, [1, 1, null]).value).toBe(true);
  });

  it('tells NULLs apart from nothing by DISTINCT', () => {
    expect(call('distinctFrom', BOOLEAN, [TEXT, TEXT], [null, null]).value).toBe(false);
    expect(call('distinctFrom', BOOLEAN, [TEXT, TEXT], ['a', null]).value).toBe(true);
    expect(call('notDistinctFrom', BOOLEAN, [TEXT, TEXT], ['a', 'a']).value).toBe(true);
  });

  it('passes over NULLs in COALESCE, GREATEST and LEAST', () => {
    const types = [INTEGER, INTEGER, INTEGER];
    expect(call('coalesce', INTEGER, types, [null, 2, 3]).value).toBe(2);
    expect(call('greatest', INTEGER, types, [null, 2, 3]).value).toBe(3);
    expect(call('least', INTEGER, types, [4, null, 3]).value).toBe(3);
    expect(call('least', INTEGER, types, [null, null, null]).value).toBeNull();
    expect(call('nullif', INTEGER, [INTEGER, INTEGER], [1, 1]).value).toBeNull();
  });
});

describe('comparison', () => {
  it.each([
    ['less', 2n ** 60n, 5, false],
    ['less', 5, 2n ** 60n, true],
    ['equal', 2n ** 60n, 2n ** 60n, true],
    ['greaterEqual', -(2n ** 60n), -(2n ** 60n), true],
    ['notEqual', 1, 1, false],
  ] as const)('%s is exact beyond doubles: %p and %p', (name, a, b, expected) => {
    expect(call(name, BOOLEAN, [BIGINT, BIGINT], [a, b]).value).toBe(expected);
  });

  it('orders text by UTF-16 code units, and NULL with nothing', () => {
    expect(call('less', BOOLEAN, [TEXT, TEXT], ['Z', 'a']).value).toBe(true);
    expect(call('less', BOOLEAN, [TEXT, TEXT], ['a', null]).value).toBeNull();
    const withLiteral = (value: Value): Expr => ({
      kind: 'call',
      name: 'greater',
      type: BOOLEAN,
      args: [...columns([TEXT]), literal(TEXT, value)],
    });
    expect(evaluate(withLiteral('b'), ['c']).value).toBe(true);
    expect(evaluate(withLiteral(null), ['c']).value).toBeNull();
  });
});

describe('arithmetic', () => {
  it.each([
    ['add', INTEGER, [INTEGER, INTEGER], [2_147_483_647, 1], null, ['NUMERIC_OVERFLOW']],
    ['multiply', BIGINT, [BIGINT, BIGINT], [3_037_000_500, 3_037_000_500], null, ['NUMERIC_OVERFLOW']],
    ['add', BIGINT, [BIGINT, BIGINT], [LONG, -1], LONG - 1n, []],
    ['divide', INTEGER, [INTEGER, INTEGER], [-7, 2], -3, []],
    ['divide', INTEGER, [INTEGER, INTEGER], [7, 0], null, ['DIVISION_BY_ZERO']],
    ['modulo', INTEGER, [INTEGER, INTEGER], [-7, 2], -1, []],
    ['modulo', numeric(null, 2), [numeric(9, 2), numeric(9, 1)], [755, 20], 155, []],
    ['multiply', numeric(null, 4), [N2, N2], [150, 150], 22_500, []],
    ['divide', numeric(null, 4), [N2, N2], [100, 300], 3333, []],
    ['divide', numeric(null, 4), [N2, N2], [200, 300], 6667, []],
    ['divide', numeric(null, 4), [N2, N2], [-200, 300], -6667, []],
    ['add', DOUBLE, [DOUBLE, DOUBLE], [1e308, 1e308], null, ['NUMERIC_OVERFLOW']],
    ['divide', DOUBLE, [DOUBLE, DOUBLE], [1, 0], null, ['DIVISION_BY_ZERO']],
    ['multiply', DOUBLE, [DOUBLE, DOUBLE], [-1, 0], 0, []],
    ['multiply', INTERVAL, [INTERVAL, INTEGER], [1_000_000, 3], 3_000_000, []],
    ['multiply', INTERVAL, [INTERVAL, DOUBLE], [1_000_000, 1.5], 1_500_000, []],
    ['subtract', INTERVAL, [TIMESTAMPTZ, TIMESTAMPTZ], [5, 7], -2, []],
    ['add', TIMESTAMPTZ, [TIMESTAMPTZ, INTERVAL], [Number.MAX_SAFE_INTEGER, 1], null, ['NUMERIC_OVERFLOW']],
  ] as const)('%s gives %j of %j %j', (name, type, types, row, expected, errors) => {
    const result = call(name, type, types, row);
    expect(Object.is(result.value, -0)).toBe(false);
    expect(result).toEqual({ value: expected, errors });
  });

  it.each([
    ['round', N2, -250, -3],
    ['round', N2, 249, 2],
    ['trunc', N2, -299, -2],
    ['floor', N2, -201, -3],
    ['ceil', N2, 201, 3],
    ['ceil', N2, -299, -2],
  ] as const)('%s of %j %d is %d', (name, type, value, expected) => {
    expect(call(name, numeric(null, 0), [type], [value]).value).toBe(expected);
  });

  it.each([
    ['round', 2.5, 3],
    ['round', -2.5, -3],
    ['round', 0.49999999999999994, 0],
    ['floor', -0.5, -1],
    ['ceil', -0.5, 0],
  ] as const)('%s of the double %d is %d', (name, value, expected) => {
    expect(call(name, DOUBLE, [DOUBLE], [value]).value).toBe(expected);
  });

  it('rounds to decimals as they are written', () => {
    const round = (type: SqlType, value: Value, places: number, result: SqlType) =>
      evaluate(
        { kind: 'call', name: 'round', type: result, args: [...columns([type]), literal(INTEGER, places)] },
        [value],
      ).value;
    expect(round(numeric(null, 3), 1285, 2, N2)).toBe(129);
    expect(round(numeric(null, 3), -1285, 2, N2)).toBe(-129);
    expect(round(numeric(null, 2), 12_345, -1, numeric(null, 0))).toBe(120);
    expect(round(numeric(null, 1), 5, 3, numeric(null, 3))).toBe(500);
    expect(round(DOUBLE, 0.285, 2, DOUBLE)).toBe(0.29);
  });

  it('refuses the root of a negative number', () => {
    expect(call('sqrt', DOUBLE, [DOUBLE], [-1])).toEqual({ value: null, errors: ['INVALID_ARGUMENT'] });
    expect(call('sqrt', DOUBLE, [numeric(9, 2)], [225]).value).toBe(1.5);
  });

  it('keeps numbers from growing without a bound', () => {
    const long = 10n ** 999n;
    expect(call('multiply', N2, [N2, INTEGER], [long, 100])).toEqual({
      value: null,
      errors: ['NUMERIC_OVERFLOW'],
    });
  });
});

describe('CAST', () => {
  const cast = (from: SqlType, to: SqlType, value: Value) =>
    evaluate({ kind: 'cast', type: to, argument: columns([from])[0] as Expr }, [value]);

  it.each([
    [numeric(9, 2), INTEGER, 250, 3, []],
    [numeric(9, 2), numeric(3, 1), 9995, null, ['NUMERIC_OVERFLOW']],
    [numeric(9, 2), TEXT, 250, '2.50', []],
    [TEXT, numeric(9, 2), ' 1.005 ', 101, []],
    [TEXT, INTEGER, '12x', null, ['INVALID_CAST']],
    [TEXT, INTEGER, '99999999999', null, ['NUMERIC_OVERFLOW']],
    [TEXT, BOOLEAN, 'yes', true, []],
    [DOUBLE, INTEGER, 2.5, 3, []],
    [DOUBLE, numeric(null, 2), 0.285, 29, []],
    [DOUBLE, BIGINT, 1e19, null, ['NUMERIC_OVERFLOW']],
    [BIGINT, DOUBLE, LONG, Number(LONG), []],
    [numeric(40, 20), DOUBLE, 10n ** 19n, 0.1, []],
    [INTEGER, BOOLEAN, 2, true, []],
    [BOOLEAN, INTEGER, true, 1, []],
    [BOOLEAN, TEXT, false, 'false', []],
    [TIMESTAMPTZ, TEXT, 0, '1970-01-01T00:00:00.000Z', []],
    [INTEGER, numeric(null, 2), 3, 300, []],
    [INTEGER, TEXT, null, null, []],
  ])('from %j to %j makes of %p %p', (from, to, value, expected, errors) => {
    expect(cast(from, to, value)).toEqual({ value: expected, errors });
  });
});

describe('text', () => {
  it.each([
    ['length', INTEGER, ['a\u{1f600}ä'], 3],
    ['lower', TEXT, ['AbÄZ'], 'abÄz'],
    ['upper', TEXT, ['abäz'], 'ABäZ'],
    ['substring', TEXT, ['a\u{1f600}bc', 2, 2], '\u{1f600}b'],
    ['substring', TEXT, ['abc', 0, 2], 'a'],
    ['substring', TEXT, ['abc', 2], 'bc'],
    ['left', TEXT, ['abc', 2], 'ab'],
    ['left', TEXT, ['abc', -1], 'ab'],
    ['right', TEXT, ['abc', 2], 'bc'],
    ['right', TEXT, ['abc', -1], 'bc'],
    ['right', TEXT, ['abc', 9], 'abc'],
    ['trim', TEXT, ['  a b '], 'a b'],
    ['trim', TEXT, ['xyaxy', 'xy'], 'a'],
    ['ltrim', TEXT, ['xxa', 'x'], 'a'],
    ['rtrim', TEXT, ['axx', 'x'], 'a'],
    ['replace', TEXT, ['aXbX', 'X', '$&'], 'a$&b$&'],
    ['replace', TEXT, ['abc', '', 'x'], 'abc'],
    ['position', INTEGER, ['\u{1f600}bc', 'c'], 3],
    ['position', INTEGER, ['abc', 'z'], 0],
    ['splitPart', TEXT, ['a,b,c', ',', 2], 'b'],
    ['splitPart', TEXT, ['a,b,c', ',', -1], 'c'],
    ['splitPart', TEXT, ['a,b,c', ',', 9], ''],
    ['concat', TEXT, ['a', 'b'], 'ab'],
    ['startsWith', BOOLEAN, ['abc', 'ab'], true],
    ['endsWith', BOOLEAN, ['abc', 'ab'], false],
    ['contains', BOOLEAN, ['abc', 'bc'], true],
  ] as const)('%s: %j %j is %j', (name, type, row, expected) => {
    const types = row.map((value) => (typeof value === 'number' ? INTEGER : TEXT));
    expect(call(name, type, types, row)).toEqual({ value: expected, errors: [] });
    expect(
      call(
        name,
        type,
        types,
        row.map((value, n) => (n === 0 ? null : value)),
      ).value,
    ).toBeNull();
  });

  it('is refused where it has no meaning or no end', () => {
    expect(call('substring', TEXT, [TEXT, INTEGER, INTEGER], ['abc', 1, -1]).errors).toEqual([
      'INVALID_ARGUMENT',
    ]);
    expect(call('splitPart', TEXT, [TEXT, TEXT, INTEGER], ['abc', ',', 0]).errors).toEqual([
      'INVALID_ARGUMENT',
    ]);
    const long = 'x'.repeat(900_000);
    expect(call('replace', TEXT, [TEXT, TEXT, TEXT], [long, 'x', long])).toEqual({
      value: null,
      errors: ['INVALID_ARGUMENT'],
    });
    expect(call('concat', TEXT, [TEXT, TEXT], [long, long]).value).toBeNull();
  });

  it.each([
    ['abc', 'a%', true],
    ['abc', '_b_', true],
    ['abc', 'b', false],
    ['', '%', true],
    ['a%c', 'a\\%c', true],
    ['abc', 'a\\%c', false],
    ['\u{1f600}', '_', true],
    ['aXbXc', '%X%X%', true],
    ['aXbc', '%X%X%', false],
    ['ABC', 'abc', false],
  ])('%j LIKE %j is %p', (text, pattern, expected) => {
    expect(call('like', BOOLEAN, [TEXT, TEXT], [text, pattern]).value).toBe(expected);
    const fixed: Expr = {
      kind: 'call',
      name: 'like',
      type: BOOLEAN,
      args: [...columns([TEXT]), literal(TEXT, pattern)],
    };
    expect(evaluate(fixed, [text]).value).toBe(expected);
  });

  it('matches in time that grows with the product of the lengths only', () => {
    const pattern = `${'%a'.repeat(500)}%b`;
    expect(call('like', BOOLEAN, [TEXT, TEXT], ['a'.repeat(2000), pattern]).value).toBe(false);
    expect(call('ilike', BOOLEAN, [TEXT, TEXT], ['ABC', 'a_C']).value).toBe(true);
  });
});

describe('time', () => {
  const time = parseTimestamp('2026-03-01T13:45:30.123456Z') as number;

  it.each([
    ['epoch', numeric(null, 6), 1_772_372_730_123_456],
    ['year', BIGINT, 2026],
    ['quarter', BIGINT, 1],
    ['month', BIGINT, 3],
    ['day', BIGINT, 1],
    ['hour', BIGINT, 13],
    ['minute', BIGINT, 45],
    ['second', numeric(null, 6), 30_123_456],
    ['milliseconds', numeric(null, 3), 30_123_456],
    ['microseconds', BIGINT, 30_123_456],
    ['dow', BIGINT, 0],
    ['isodow', BIGINT, 7],
    ['week', BIGINT, 9],
    ['doy', BIGINT, 60],
    ['decade', BIGINT, 202],
    ['century', BIGINT, 21],
  ] as const)('EXTRACT(%s) is a %j: %d', (unit, type, expected) => {
    const expr: Expr = {
      kind: 'call',
      name: 'extract',
      type,
      args: [literal(TEXT, unit), ...columns([TIMESTAMPTZ])],
    };
    expect(evaluate(expr, [time])).toEqual({ value: expected, errors: [] });
  });

  it.each([
    ['second', '2026-03-01T13:45:30Z'],
    ['hour', '2026-03-01T13:00Z'],
    ['day', '2026-03-01'],
    ['week', '2026-02-23'],
    ['month', '2026-03-01'],
    ['quarter', '2026-01-01'],
    ['year', '2026-01-01'],
  ])('DATE_TRUNC(%s) is %s', (unit, expected) => {
    const args = [literal(TEXT, unit), ...columns([TIMESTAMPTZ])];
    const result = evaluate({ kind: 'call', name: 'dateTrunc', type: TIMESTAMPTZ, args }, [time]).value;
    expect(result).toBe(parseText(TIMESTAMPTZ, expected));
  });

  it('goes before 1970 as after it', () => {
    const before = parseTimestamp('1969-12-31T23:59:59.5Z') as number;
    const extract = (unit: string, type: SqlType) =>
      evaluate(
        { kind: 'call', name: 'extract', type, args: [literal(TEXT, unit), ...columns([TIMESTAMPTZ])] },
        [before],
      ).value;
    expect(extract('second', numeric(null, 6))).toBe(59_500_000);
    expect(extract('hour', BIGINT)).toBe(23);
    expect(extract('dow', BIGINT)).toBe(3);
  });

  it.each([
    [INTEGER, 1, 1_000_000],
    [numeric(20, 9), 1_000_000_500, 1_000_001],
    [DOUBLE, 0.1, 100_000],
    [BIGINT, 10n ** 17n, null],
  ])('to_timestamp of %j %p is %p', (type, value, expected) => {
    expect(call('toTimestamp', TIMESTAMPTZ, [type], [value]).value).toBe(expected);
  });
});

describe('CASE', () => {
  it('takes the first branch that is true, else ELSE, else NULL', () => {
    const branch = (index: number, value: number) => ({
      when: { kind: 'column', type: BOOLEAN, index } as const,
      // biome-ignore lint/suspicious/noThenProperty: CASE has WHEN and THEN; nothing awaits a branch.
      then: literal(INTEGER, value),
    });
    const expr: Expr = {
      kind: 'case',
      type: INTEGER,
      branches: [branch(0, 1), branch(1, 2)],
      otherwise: literal(INTEGER, 3),
    };
    expect(evaluate(expr, [null, true]).value).toBe(2);
    expect(evaluate(expr, [true, true]).value).toBe(1);
    expect(evaluate(expr, [false, null]).value).toBe(3);
    expect(evaluate({ ...expr, otherwise: null }, [false, null]).value).toBeNull();
  });
});
