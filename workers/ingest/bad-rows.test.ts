import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { type MemoryReading, readMemory } from '../../tests/ingest/read-memory.ts';

const DEFINITIONS = `
CREATE SOURCE s (id TEXT PRIMARY KEY, n INTEGER, b BIGINT, m NUMERIC(5,2), d DOUBLE PRECISION, ok BOOLEAN,
  i INTERVAL, must TEXT NOT NULL, at TIMESTAMPTZ, WATERMARK FOR at AS at) WITH (max_ahead = '1 day');
CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT);
CREATE SOURCE g (id TEXT, share BIGINT, parts BIGINT, at TIMESTAMPTZ AS to_timestamp(share / parts), WATERMARK FOR at AS at);`;

const HEADER = 'id,n,b,m,d,ok,i,must,at';
const GOOD_CSV = 'good,1,2,3.50,4.5,true,5 seconds,x,2026-01-01';
const GOOD_JSON = '{"id":"good","must":"x","at":"2026-01-01T00:00:00Z"}';

type Bytes = string | Buffer;

/** Reads a bad row between two good ones, with each line end. */
function readBetween(
  relation: string,
  format: 'csv' | 'ndjson',
  bad: Bytes,
  good: string,
  header: string,
): MemoryReading {
  const line = Buffer.from('\n');
  const parts = [Buffer.from(good), Buffer.from(bad), Buffer.from(good)].flatMap((part) => [part, line]);
  const bytes = Buffer.concat([Buffer.from(header), ...parts]);
  return readMemory({ definitions: DEFINITIONS, inputs: [{ relation, format, bytes }] });
}

/** The rejection of the second of three rows; the others are taken. */
function expectRejected(reading: MemoryReading, offset: number, code: string, column: string | null): void {
  expect(reading.rejections).toEqual([
    { relation: reading.rows[0]?.relation, row: 2, offset, code, column, message: expect.any(String) },
  ]);
  expect(reading.rows).toHaveLength(2);
  expect(reading.rows[0]).toEqual(reading.rows[1]);
  expect(reading.frames.at(-1)?.progress[0]).toMatchObject({ rows: 3, rejected: { [code]: 1 } });
}

/** A row of CSV with one field replaced. */
function csv(field: string, text: string): string {
  const names = HEADER.split(',');
  const fields = GOOD_CSV.split(',');
  fields[names.indexOf(field)] = text;
  return fields.join(',');
}

function json(field: string, value: string): string {
  return `{"id":"bad","must":"x","at":"2026-01-01T00:00:00Z",${JSON.stringify(field)}:${value}}`;
}

const LONG = 'x'.repeat(LIMITS.textCharsMax + 1);

describe('a bad row of CSV is rejected with its number, place, code and column, and the rows around it are taken:', () => {
  it.each<[string, Bytes, string, string | null]>([
    ['a field too few', 'bad,1,2,3,4,true,,x', 'CSV_FIELD_COUNT', null],
    ['a field too many', `${GOOD_CSV},`, 'CSV_FIELD_COUNT', null],
    ['one field', 'bad', 'CSV_FIELD_COUNT', null],
    ['a quote inside a field', csv('must', 'a"b'), 'CSV_INVALID', null],
    ['a quote after a field', csv('must', 'ab"'), 'CSV_INVALID', null],
    ['text after a closing quote', csv('must', '"a"b'), 'CSV_INVALID', null],
    ['a blank after a closing quote', csv('must', '"a" '), 'CSV_INVALID', null],
    ['a blank before an opening quote', csv('must', ' "a"'), 'CSV_INVALID', null],
    ['a quote that is not closed', csv('id', '"bad'), 'CSV_INVALID', null],
    ['a lone quote', '"', 'CSV_INVALID', null],
    ['an odd number of quotes', csv('must', '"a"""b"'), 'CSV_INVALID', null],
    ['a carriage return in a field', csv('must', 'a\rb'), 'CSV_INVALID', null],
    ['a carriage return at the beginning', `\r${GOOD_CSV}`, 'CSV_INVALID', null],
    ['a byte that is no UTF-8', Buffer.from(csv('must', 'a\xe9b'), 'latin1'), 'ROW_NOT_UTF8', null],
    ['half a character', Buffer.from(csv('must', '\xe2\x82'), 'latin1'), 'ROW_NOT_UTF8', null],
    ['an overlong character', Buffer.from(csv('must', '\xc0\xaf'), 'latin1'), 'ROW_NOT_UTF8', null],
    ['a surrogate in UTF-8', Buffer.from(csv('must', '\xed\xa0\x80'), 'latin1'), 'ROW_NOT_UTF8', null],
    ['a byte beyond Unicode', Buffer.from(csv('must', '\xf4\x90\x80\x80'), 'latin1'), 'ROW_NOT_UTF8', null],
    ['bytes that are no UTF-8 in a number', Buffer.from(csv('n', '1\xff'), 'latin1'), 'ROW_NOT_UTF8', null],
    ['an integer that is none', csv('n', '1x'), 'VALUE_INVALID', 'n'],
    ['a fraction for an integer', csv('n', '1.5'), 'VALUE_INVALID', 'n'],
    ['a dash for an integer', csv('n', '-'), 'VALUE_INVALID', 'n'],
    ['a quoted empty integer', csv('n', '""'), 'VALUE_INVALID', 'n'],
    ['a zero byte in a number', csv('n', '1\0'), 'VALUE_INVALID', 'n'],
    ['an integer of 32 bits and one', csv('n', '2147483648'), 'VALUE_OUT_OF_RANGE', 'n'],
    ['an integer below 32 bits', csv('n', '-2147483649'), 'VALUE_OUT_OF_RANGE', 'n'],
    ['a bigint of 64 bits and one', csv('b', '9223372036854775808'), 'VALUE_OUT_OF_RANGE', 'b'],
    ['a bigint of 2,000 digits', csv('b', '9'.repeat(2000)), 'VALUE_OUT_OF_RANGE', 'b'],
    ['a number beyond its precision', csv('m', '1000.00'), 'VALUE_OUT_OF_RANGE', 'm'],
    ['a number that rounds beyond its precision', csv('m', '999.995'), 'VALUE_OUT_OF_RANGE', 'm'],
    ['a number with two points', csv('m', '1.2.3'), 'VALUE_INVALID', 'm'],
    ['a point alone', csv('m', '.'), 'VALUE_INVALID', 'm'],
    ['NaN for a number', csv('m', 'NaN'), 'VALUE_INVALID', 'm'],
    ['NaN for a double', csv('d', 'NaN'), 'VALUE_INVALID', 'd'],
    ['an infinity for a double', csv('d', '-Infinity'), 'VALUE_INVALID', 'd'],
    ['a double beyond all doubles', csv('d', '1e309'), 'VALUE_OUT_OF_RANGE', 'd'],
    ['a boolean that is none', csv('ok', 'maybe'), 'VALUE_INVALID', 'ok'],
    ['an interval that is none', csv('i', 'soon'), 'VALUE_INVALID', 'i'],
    ['an interval of months', csv('i', '3 months'), 'CALENDAR_INTERVAL', 'i'],
    ['a day that is none', csv('at', '2026-02-30'), 'VALUE_INVALID', 'at'],
    ['a month that is none', csv('at', '2026-13-01T00:00:00Z'), 'VALUE_INVALID', 'at'],
    ['a clock that is none', csv('at', '2026-01-01T24:00:01Z'), 'VALUE_INVALID', 'at'],
    ['a time without its dashes', csv('at', '20260101T000000Z'), 'VALUE_INVALID', 'at'],
    ['an event of the year 2099', csv('at', '2099-01-01T00:00:00Z'), 'EVENT_TOO_FAR_AHEAD', 'at'],
    [
      'an event a microsecond too far ahead',
      csv('at', '2026-01-02T00:00:00.000001Z'),
      'EVENT_TOO_FAR_AHEAD',
      'at',
    ],
    ['no event time', csv('at', ''), 'EVENT_TIME_MISSING', 'at'],
    ['no key', csv('id', ''), 'VALUE_MISSING', 'id'],
    ['nothing where NOT NULL is', csv('must', ''), 'VALUE_MISSING', 'must'],
    ['nothing at all', ',,,,,,,,', 'VALUE_MISSING', 'id'],
    ['a text too long', csv('id', LONG), 'VALUE_TOO_LONG', 'id'],
    ['a quoted text too long', csv('must', `"${LONG}""\n"`), 'VALUE_TOO_LONG', 'must'],
    ['a row too long', csv('id', 'x'.repeat(LIMITS.rowBytesMax)), 'ROW_TOO_LONG', null],
  ])('%s', (_, bad, code, column) => {
    const reading = readBetween('s', 'csv', bad, GOOD_CSV, `${HEADER}\n`);
    expectRejected(reading, HEADER.length + GOOD_CSV.length + 2, code, column);
  });
});

describe('a bad line of JSON is rejected likewise:', () => {
  it.each<[string, Bytes, string, string | null]>([
    ['no JSON', 'id=bad', 'JSON_INVALID', null],
    ['half an object', '{"id":"bad"', 'JSON_INVALID', null],
    ['an object and more', '{"id":"bad"}}', 'JSON_INVALID', null],
    ['single quotes', "{'id':'bad'}", 'JSON_INVALID', null],
    ['a trailing comma', '{"id":"bad",}', 'JSON_INVALID', null],
    ['a NaN', json('d', 'NaN'), 'JSON_INVALID', null],
    ['an infinity', json('d', 'Infinity'), 'JSON_INVALID', null],
    ['a number with a leading zero', json('n', '01'), 'JSON_INVALID', null],
    ['a zero byte', '{"id":"bad\0"}', 'JSON_INVALID', null],
    ['a byte order mark in the middle', `\ufeff${GOOD_JSON}`, 'JSON_INVALID', null],
    ['brackets 100,000 deep', '['.repeat(100_000), 'JSON_INVALID', null],
    ['a byte that is no UTF-8', Buffer.from('{"id":"\xff"}', 'latin1'), 'ROW_NOT_UTF8', null],
    ['an array', '[]', 'JSON_NOT_A_ROW', null],
    ['a text', '"bad"', 'JSON_NOT_A_ROW', null],
    ['a number', '1', 'JSON_NOT_A_ROW', null],
    ['null', 'null', 'JSON_NOT_A_ROW', null],
    ['an empty object', '{}', 'VALUE_MISSING', 'id'],
    ['a null key', json('id', 'null'), 'VALUE_MISSING', 'id'],
    ['an object for a text', json('must', '{"a":1}'), 'VALUE_INVALID', 'must'],
    ['an array for a text', json('must', '["x"]'), 'VALUE_INVALID', 'must'],
    [
      'objects 50,000 deep',
      json('n', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
      'VALUE_INVALID',
      'n',
    ],
    ['half a surrogate pair', json('must', '"\\ud800"'), 'VALUE_INVALID', 'must'],
    ['a boolean for a number', json('n', 'true'), 'VALUE_INVALID', 'n'],
    ['a number for a boolean', json('ok', '1'), 'VALUE_INVALID', 'ok'],
    ['a number for a time', json('at', '1767225600'), 'VALUE_INVALID', 'at'],
    ['a number for an interval', json('i', '5'), 'VALUE_INVALID', 'i'],
    ['a fraction for an integer', json('n', '1.5'), 'VALUE_INVALID', 'n'],
    ['a fraction that only a double makes whole', json('b', '9007199254740993.5'), 'VALUE_INVALID', 'b'],
    ['an integer of 32 bits and one', json('n', '2147483648'), 'VALUE_OUT_OF_RANGE', 'n'],
    ['a bigint of 64 bits and one', json('b', '9223372036854775808'), 'VALUE_OUT_OF_RANGE', 'b'],
    ['a bigint with a huge exponent', json('b', '1e999999999'), 'VALUE_OUT_OF_RANGE', 'b'],
    ['a number beyond its precision', json('m', '1e3'), 'VALUE_OUT_OF_RANGE', 'm'],
    [
      'a number that rounds beyond its precision',
      json('m', '999.9950000000000000001'),
      'VALUE_OUT_OF_RANGE',
      'm',
    ],
    ['a double beyond all doubles', json('d', '-1e400'), 'VALUE_OUT_OF_RANGE', 'd'],
    ['NaN as a text', json('d', '"NaN"'), 'VALUE_INVALID', 'd'],
    ['a time of the year 2099', json('at', '"2099-01-01"'), 'EVENT_TOO_FAR_AHEAD', 'at'],
    ['a time beyond microseconds', json('at', '"9999-01-01"'), 'VALUE_INVALID', 'at'],
    ['a line too long', json('must', `"${'x'.repeat(LIMITS.rowBytesMax)}"`), 'ROW_TOO_LONG', null],
  ])('%s', (_, bad, code, column) => {
    expectRejected(readBetween('s', 'ndjson', bad, GOOD_JSON, ''), GOOD_JSON.length + 1, code, column);
  });

  it.each<[string, string, string, string | null]>([
    ['an operation that is none', '{"op":"insert","row":{"id":1}}', 'OPERATION_INVALID', null],
    ['an operation without a row', '{"op":"delete","id":1}', 'OPERATION_INVALID', null],
    ['an operation on no object', '{"op":"delete","row":[1]}', 'OPERATION_INVALID', null],
    ['a row without an operation', '{"row":{"id":1}}', 'OPERATION_INVALID', null],
    ['a delete without the key', '{"op":"delete","row":{"name":"a"}}', 'VALUE_MISSING', 'id'],
    ['an upsert without the key', '{"op":"upsert","row":{"name":"a"}}', 'VALUE_MISSING', 'id'],
    ['a wrong key', '{"op":"delete","row":{"id":"a"}}', 'VALUE_INVALID', 'id'],
  ])('of a table: %s', (_, bad, code, column) => {
    const good = '{"op":"upsert","row":{"id":1,"name":"a"}}';
    expectRejected(readBetween('t', 'ndjson', bad, good, ''), good.length + 1, code, column);
  });

  it.each<[string, string]>([
    ['of which nothing is there', '{}'],
    ['that divides by zero', '{"share":1,"parts":0}'],
    ['beyond all timestamps', '{"share":9223372036854775807,"parts":1}'],
  ])('an event time that is computed, %s', (_, bad) => {
    const good = '{"share":10,"parts":2}';
    const reading = readBetween('g', 'ndjson', bad, good, '');
    expectRejected(reading, good.length + 1, 'EVENT_TIME_MISSING', 'at');
  });
});

describe('what looks bad and is not:', () => {
  it.each<[string, string]>([
    [
      'fields named as what every object has',
      '"__proto__":{"id":"x"},"constructor":1,"toString":null,"hasOwnProperty":2',
    ],
    ['a field given twice counts the last time', '"must":7,"must":"x"'],
    ['blanks around everything', ' "n" : null , "m" :\tnull '],
    ['a name in other letters, which an exact one overrides', '"MUST":"y"'],
  ])('%s', (_, more) => {
    const bad = `{"id":"good","at":"2026-01-01T00:00:00Z","must":"x",${more}}`;
    const reading = readBetween('s', 'ndjson', bad, GOOD_JSON, '');
    expect(reading.rejections).toEqual([]);
    expect(reading.rows[1]).toEqual(reading.rows[0]);
  });

  it.each<[string, string]>([
    [
      'quoted fields',
      GOOD_CSV.split(',')
        .map((field) => `"${field}"`)
        .join(','),
    ],
    ['blanks around numbers', csv('b', ' 2 ')],
    ['more decimals than are kept', csv('m', '3.4950')],
    ['a carriage return before the line feed', `${GOOD_CSV}\r`],
    ['the same instant in another zone', csv('at', '2026-01-01 01:00:00+01')],
  ])('in CSV %s', (_, bad) => {
    const reading = readBetween('s', 'csv', bad, GOOD_CSV, `${HEADER}\n`);
    expect(reading.rejections).toEqual([]);
    expect(reading.rows[1]).toEqual(reading.rows[0]);
  });
});
