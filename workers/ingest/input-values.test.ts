import { describe, expect, it } from '@jest/globals';
import type { Value } from '../../core/types.ts';
import { NOW, readMemory } from '../../tests/ingest/read-memory.ts';

const SECOND = 1_000_000;

/** The values that one row is read as, in a source with these columns. */
function readRow(columns: string, format: 'csv' | 'ndjson', text: string): readonly Value[] | undefined {
  const definitions = `CREATE SOURCE s (${columns});`;
  const reading = readMemory({ definitions, inputs: [{ relation: 's', format, bytes: text }] });
  expect(reading.rejections).toEqual([]);
  return reading.rows[0]?.row;
}

describe('values of CSV', () => {
  it.each<[string, string, Value]>([
    ['BIGINT', '-9223372036854775808', -9223372036854775808n],
    ['BIGINT', '+12', 12],
    ['BIGINT', '-0', 0],
    ['BIGINT', '0000000000000000000000001', 1],
    ['INTEGER', '-2147483648', -2147483648],
    ['NUMERIC(18,2)', '147.8', 14780],
    ['NUMERIC(18,2)', '.5', 50],
    ['NUMERIC(18,2)', '-5.', -500],
    ['NUMERIC(18,2)', '-0.005', -1],
    ['NUMERIC(18,2)', '1e3', 100000],
    ['NUMERIC(18,2)', '9999999999999999.99', 999999999999999999n],
    ['NUMERIC(3,2)', '9.99', 999],
    ['NUMERIC', '0.1', 1_000_000_000_000_000],
    ['NUMERIC', '147.80', 1_478_000_000_000_000_000n],
    ['NUMERIC(38,10)', '0.12345678901', 1234567890],
    ['DOUBLE PRECISION', '1e-7', 1e-7],
    ['DOUBLE PRECISION', '-0', 0],
    ['BOOLEAN', 'f', false],
    ['TEXT', ' a ', ' a '],
    ['TEXT', '"a,""b"""', 'a,"b"'],
    ['TEXT', '""', ''],
    ['TEXT', '__proto__', '__proto__'],
    ['TEXT', '𝄞 €', '𝄞 €'],
    ['INTERVAL', '1 day 2 hours', 26 * 3600 * SECOND],
    ['TIMESTAMPTZ', '2026-01-01', NOW],
    ['TIMESTAMPTZ', '2026-01-01T00:00:01Z', NOW + SECOND],
    ['TIMESTAMPTZ', '2026-01-01 00:00:01.5', NOW + 1_500_000],
    ['TIMESTAMPTZ', '2026-01-01T00:00:00.000001Z', NOW + 1],
    ['TIMESTAMPTZ', '2026-01-01T00:00:00.0000015Z', NOW + 2],
    ['TIMESTAMPTZ', '2026-01-01T01:00:00+01:00', NOW],
    ['TIMESTAMPTZ', '2024-02-29T00:00:00Z', 1_709_164_800 * SECOND],
    ['TIMESTAMPTZ', '1969-12-31T23:59:59Z', -SECOND],
    ['TIMESTAMPTZ', '2025-12-31T24:00:00Z', NOW],
  ])('%s from %s', (type, text, value) => {
    expect(readRow(`x ${type}, y TEXT`, 'csv', `x,y\n${text},y\n`)).toEqual([value, 'y']);
  });
});

describe('values of JSON', () => {
  it.each<[string, string, Value]>([
    ['BIGINT', '9007199254740993', 9007199254740993n],
    ['BIGINT', '"9007199254740993"', 9007199254740993n],
    ['BIGINT', '9007199254740993.000', 9007199254740993n],
    ['BIGINT', '1e18', 1_000_000_000_000_000_000n],
    ['BIGINT', '-0', 0],
    ['BIGINT', '120e-1', 12],
    ['INTEGER', '5.0', 5],
    ['INTEGER', '0e999', 0],
    ['NUMERIC(30,20)', '0.12345678901234567891', 12345678901234567891n],
    ['NUMERIC(30,20)', '1.00000000000000000001', 100000000000000000001n],
    ['NUMERIC(18,2)', '147.80', 14780],
    ['NUMERIC(18,2)', '0.005', 1],
    ['NUMERIC(18,2)', '1.0049999999999999999', 100],
    ['NUMERIC(18,2)', '1e-400', 0],
    ['NUMERIC(18,2)', '1234567890123456.78', 123456789012345678n],
    ['NUMERIC(18,2)', '"12.345"', 1235],
    ['DOUBLE PRECISION', '0.1', 0.1],
    ['DOUBLE PRECISION', '-0.0', 0],
    ['DOUBLE PRECISION', '5e-324', 5e-324],
    ['DOUBLE PRECISION', '"1e3"', 1000],
    ['BOOLEAN', 'true', true],
    ['BOOLEAN', '"no"', false],
    ['TEXT', '12345678901234567890', '12345678901234567890'],
    ['TEXT', '1.50', '1.50'],
    ['TEXT', 'false', 'false'],
    ['TEXT', '"\\ud834\\udd1e\\n"', '𝄞\n'],
    ['TIMESTAMPTZ', '"2026-01-01T00:00:00Z"', NOW],
    ['INTERVAL', '"90 minutes"', 5400 * SECOND],
  ])('%s from %s', (type, json, value) => {
    const row = `{"y":"{\\"x\\":1,","x" : ${json} ,"z":[{"x":1}]}`;
    expect(readRow(`x ${type}, y TEXT`, 'ndjson', `${row}\n`)).toEqual([value, '{"x":1,']);
  });

  it('are exact in the changes of tables too', () => {
    const definitions = 'CREATE TABLE t (id BIGINT PRIMARY KEY, n NUMERIC(20,2));';
    const bytes =
      '{"op":"upsert","row":{"id":9007199254740993,"n":0.10}}\n{"row":{"id":1,"id":9007199254740993},"op":"delete"}';
    const reading = readMemory({ definitions, inputs: [{ relation: 't', format: 'ndjson', bytes }] });
    expect(reading.rows).toEqual([
      { kind: 'rowUpsert', relation: 't', row: [9007199254740993n, 10] },
      { kind: 'rowDelete', relation: 't', row: [9007199254740993n, null] },
    ]);
  });
});

describe('rows of tables', () => {
  const definitions = `CREATE TABLE t (id BIGINT PRIMARY KEY, op TEXT, n INTEGER NOT NULL, "row" TEXT);
    CREATE TABLE p (id BIGINT PRIMARY KEY, n INTEGER);`;

  it('are upserts in CSV, in bare objects and by operation; a delete needs its key alone', () => {
    const lines = [
      '{"id":1,"op":"sell","n":2,"row":"x"}',
      '{"op":"upsert","row":{"id":1,"op":"buy","n":3}}',
      '{"op":"delete","row":{"id":1,"n":"no number"}}',
    ];
    const reading = readMemory({
      definitions,
      inputs: [
        { relation: 't', format: 'ndjson', bytes: lines.join('\n') },
        { relation: 'p', format: 'csv', bytes: 'id\n7' },
      ],
    });
    expect(reading.rows).toEqual([
      { kind: 'rowUpsert', relation: 't', row: [1, 'sell', 2, 'x'] },
      { kind: 'rowUpsert', relation: 't', row: [1, 'buy', 3, null] },
      { kind: 'rowDelete', relation: 't', row: [1, null, null, null] },
      { kind: 'rowUpsert', relation: 'p', row: [7, null] },
    ]);
  });
});

describe('fields', () => {
  const definitions = `CREATE SOURCE s (id TEXT FROM 'Tx-Id', "Amount" BIGINT, payer TEXT, copy TEXT FROM 'payer',
    at TIMESTAMPTZ AS to_timestamp("Amount"));`;
  const rows = [{ kind: 'event', relation: 's', row: ['a', 1, 'p', 'p'] }];

  it.each<[string, 'csv' | 'ndjson', string, string[]]>([
    [
      'go by name, those that no column has are counted',
      'csv',
      'x,payer,Amount,Tx-Id,\n9,p,1,a,8\n',
      ['x', ''],
    ],
    [
      'ignore letter case where the column is not quoted',
      'ndjson',
      '{"Tx-Id":"a","Amount":1,"PAYER":"q","payer":"p"}',
      [],
    ],
    [
      'of an exact name go first, wherever they stand',
      'ndjson',
      '{"payer":"p","PAYER":"q","Tx-Id":"a","Amount":1}',
      [],
    ],
    [
      'of quoted columns and of FROM have that very name',
      'ndjson',
      '{"amount":7,"tx-id":"b","Tx-Id":"a","Amount":1,"payer":"p"}',
      ['amount', 'tx-id'],
    ],
    [
      'of generated columns are unknown',
      'ndjson',
      '{"Tx-Id":"a","Amount":1,"payer":"p","at":"never"}',
      ['at'],
    ],
    [
      'of every object are as unknown as others',
      'ndjson',
      '{"Tx-Id":"a","Amount":1,"payer":"p","__proto__":{"id":2}}',
      ['__proto__'],
    ],
  ])('%s', (_, format, bytes, unknown) => {
    const reading = readMemory({ definitions, inputs: [{ relation: 's', format, bytes }] });
    expect(reading.rejections).toEqual([]);
    expect(reading.rows).toEqual(rows);
    expect(Object.entries(reading.frames[0]?.progress[0]?.unknownFields ?? {}).sort()).toEqual(
      unknown.map((name) => [name, 1]).sort(),
    );
  });

  it('that are unknown have a bound: further names are counted together', () => {
    const lines = Array.from({ length: 300 }, (_, n) => `{"Tx-Id":"a","field${n}":1}`);
    const reading = readMemory({
      definitions,
      inputs: [{ relation: 's', format: 'ndjson', bytes: lines.join('\n') }],
    });
    const unknown = reading.frames[0]?.progress[0]?.unknownFields ?? {};
    expect(Object.keys(unknown)).toHaveLength(101);
    expect(unknown['']).toBe(200);
    expect(unknown.field7).toBe(1);
  });
});

describe('a generated column', () => {
  it('that is NOT NULL decides on the row, though it is not stored', () => {
    const definitions = 'CREATE SOURCE s (a BIGINT, b BIGINT, share BIGINT NOT NULL AS a / b);';
    const bytes = 'a,b\n6,2\n1,0\n4,2\n';
    const reading = readMemory({ definitions, inputs: [{ relation: 's', format: 'csv', bytes }] });
    expect(reading.rows.map(({ row }) => row)).toEqual([
      [6, 2],
      [4, 2],
    ]);
    expect(reading.rejections).toMatchObject([{ row: 2, offset: 8, code: 'VALUE_MISSING', column: 'share' }]);
  });
});
