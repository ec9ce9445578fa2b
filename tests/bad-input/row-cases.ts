/** The relation that bad rows are read into. Every type has a column; `extra` is generated. */
export const ROW_DEFINITIONS = `
CREATE SOURCE s (id TEXT PRIMARY KEY, flag BOOLEAN, small INTEGER, big BIGINT, money NUMERIC(8,2), ratio DOUBLE PRECISION,
  note TEXT, must INTEGER NOT NULL, at TIMESTAMPTZ, WATERMARK FOR at) WITH (allowed_lateness = '1 day', max_ahead = '1 hour');
CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER);
CREATE RULE seen ON s DO ALERT 'seen' KEY (id);
CREATE RULE kept ON t DO ALERT 'kept' KEY (id);
`;

/** One bad row. `bytes` is the line as it is in the file, without its end. */
export interface RowCase {
  readonly title: string;
  readonly bytes: string | Uint8Array;
  /** The code of its rejection; null where it is taken all the same, without harm. */
  readonly code: string | null;
}

/** A row of NDJSON with one field changed. */
function json(field: string, value: string): string {
  const fields: Record<string, string> = { id: '"bad"', must: '1', at: '"2026-01-01T00:00:00Z"' };
  fields[field] = value;
  return `{${Object.entries(fields)
    .map(([name, text]) => `"${name}":${text}`)
    .join(',')}}`;
}

function bytes(...parts: (string | number[])[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );
}

export const NDJSON_CASES: readonly RowCase[] = [
  // No JSON
  { title: 'a line that is no JSON', bytes: 'hello', code: 'JSON_INVALID' },
  { title: 'an object that is not closed', bytes: '{"id":"bad"', code: 'JSON_INVALID' },
  { title: 'a trailing comma', bytes: '{"id":"bad","must":1,}', code: 'JSON_INVALID' },
  {
    title: 'two objects on a line',
    bytes: `${json('small', '1')}${json('small', '1')}`,
    code: 'JSON_INVALID',
  },
  { title: 'single quotes', bytes: "{'id':'bad'}", code: 'JSON_INVALID' },
  { title: 'a NaN', bytes: json('ratio', 'NaN'), code: 'JSON_INVALID' },
  { title: 'an infinity', bytes: json('ratio', '-Infinity'), code: 'JSON_INVALID' },
  { title: 'a comment', bytes: '/* x */ {"id":"bad"}', code: 'JSON_INVALID' },
  { title: 'a raw line feed in a text', bytes: '{"id":"bad","note":"a\u0001b"}', code: 'JSON_INVALID' },
  { title: 'nothing but brackets, 100,000 deep', bytes: '['.repeat(100_000), code: 'JSON_INVALID' },
  {
    title: 'objects nested 10,000 deep',
    bytes: json('note', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
    code: 'VALUE_INVALID',
  },
  { title: 'an array', bytes: '[1,2]', code: 'JSON_NOT_A_ROW' },
  { title: 'a null', bytes: 'null', code: 'JSON_NOT_A_ROW' },
  { title: 'a text', bytes: '"id"', code: 'JSON_NOT_A_ROW' },
  // Bytes
  {
    title: 'bytes that are no UTF-8',
    bytes: bytes('{"id":"bad","note":"', [0xff, 0xfe], '"}'),
    code: 'ROW_NOT_UTF8',
  },
  {
    title: 'an overlong encoding',
    bytes: bytes('{"id":"', [0xc0, 0xaf], '","must":1}'),
    code: 'ROW_NOT_UTF8',
  },
  {
    title: 'a surrogate encoded as UTF-8',
    bytes: bytes('{"id":"', [0xed, 0xa0, 0x80], '","must":1}'),
    code: 'ROW_NOT_UTF8',
  },
  {
    title: 'a character cut in two',
    bytes: bytes('{"id":"', [0xe2, 0x82], '","must":1}'),
    code: 'ROW_NOT_UTF8',
  },
  { title: 'UTF-16', bytes: Buffer.from('{"id":"bad"}', 'utf16le').subarray(0, -1), code: 'JSON_INVALID' },
  // Types
  { title: 'a text for a boolean', bytes: json('flag', '"maybe"'), code: 'VALUE_INVALID' },
  { title: 'a number for a boolean', bytes: json('flag', '2'), code: 'VALUE_INVALID' },
  { title: 'a text for an integer', bytes: json('small', '"many"'), code: 'VALUE_INVALID' },
  { title: 'a boolean for an integer', bytes: json('small', 'true'), code: 'VALUE_INVALID' },
  { title: 'an object for an integer', bytes: json('small', '{"valueOf":1}'), code: 'VALUE_INVALID' },
  { title: 'an array for a text', bytes: json('note', '["a"]'), code: 'VALUE_INVALID' },
  { title: 'a fraction for an integer', bytes: json('small', '1.5'), code: 'VALUE_INVALID' },
  { title: 'NaN as a text', bytes: json('ratio', '"NaN"'), code: 'VALUE_INVALID' },
  { title: 'Infinity as a text', bytes: json('ratio', '"Infinity"'), code: 'VALUE_INVALID' },
  { title: 'NaN as money', bytes: json('money', '"NaN"'), code: 'VALUE_INVALID' },
  { title: 'hexadecimal digits', bytes: json('big', '"0x10"'), code: 'VALUE_INVALID' },
  { title: 'digits of another script', bytes: json('small', '"٣"'), code: 'VALUE_INVALID' },
  { title: 'thousands separators', bytes: json('money', '"1,000.00"'), code: 'VALUE_INVALID' },
  // Range
  { title: 'an integer of 33 bits', bytes: json('small', '2147483648'), code: 'VALUE_OUT_OF_RANGE' },
  { title: 'an integer just below 32 bits', bytes: json('small', '-2147483649'), code: 'VALUE_OUT_OF_RANGE' },
  {
    title: 'a big integer of 65 bits',
    bytes: json('big', '9223372036854775808'),
    code: 'VALUE_OUT_OF_RANGE',
  },
  { title: 'money beyond its precision', bytes: json('money', '1000000.00'), code: 'VALUE_OUT_OF_RANGE' },
  {
    title: 'money that rounds beyond its precision',
    bytes: json('money', '"999999.995"'),
    code: 'VALUE_OUT_OF_RANGE',
  },
  { title: 'a double beyond all doubles', bytes: json('ratio', '1e400'), code: 'VALUE_OUT_OF_RANGE' },
  { title: 'an exponent of a billion', bytes: json('money', '"1e1000000000"'), code: 'VALUE_OUT_OF_RANGE' },
  { title: 'a number of 10,000 digits', bytes: json('big', '9'.repeat(10_000)), code: 'VALUE_OUT_OF_RANGE' },
  {
    title: 'a text of two million characters',
    bytes: json('note', `"${'x'.repeat(2_000_000)}"`),
    code: 'VALUE_TOO_LONG',
  },
  // Time
  { title: 'a 30th of February', bytes: json('at', '"2026-02-30T00:00:00Z"'), code: 'VALUE_INVALID' },
  { title: 'a time as a number', bytes: json('at', '1767225600'), code: 'VALUE_INVALID' },
  { title: 'an empty time', bytes: json('at', '""'), code: 'VALUE_INVALID' },
  { title: 'a year of five digits', bytes: json('at', '"12026-01-01T00:00:00Z"'), code: 'VALUE_INVALID' },
  {
    title: 'a year beyond microseconds',
    bytes: json('at', '"9999-01-01T00:00:00Z"'),
    code: 'VALUE_INVALID',
  },
  {
    title: 'an event of the year 2099',
    bytes: json('at', '"2099-01-01T00:00:00Z"'),
    code: 'EVENT_TOO_FAR_AHEAD',
  },
  { title: 'no event time', bytes: json('at', 'null'), code: 'EVENT_TIME_MISSING' },
  // Columns
  { title: 'no key', bytes: json('id', 'null'), code: 'VALUE_MISSING' },
  { title: 'no value where one must be', bytes: json('must', 'null'), code: 'VALUE_MISSING' },
  { title: 'an empty object', bytes: '{}', code: 'VALUE_MISSING' },
  {
    title: 'a field named __proto__',
    bytes: `${json('id', '"proto"').slice(0, -1)},"__proto__":{"polluted":true}}`,
    code: null,
  },
  {
    title: 'fields named constructor and toString',
    bytes: `${json('id', '"ctor"').slice(0, -1)},"constructor":1,"toString":2}`,
    code: null,
  },
  { title: 'a lone surrogate, escaped', bytes: json('note', '"\\ud800"'), code: 'VALUE_INVALID' },
  { title: 'an empty line', bytes: '', code: null },
  { title: 'a line of blanks', bytes: '  \t ', code: null },
];

/** Header `id,flag,small,big,money,ratio,note,must,at`. */
export const CSV_HEADER = 'id,flag,small,big,money,ratio,note,must,at';

const AT = '2026-01-01T00:00:00Z';

export const CSV_CASES: readonly RowCase[] = [
  { title: 'too few fields', bytes: 'bad,true,1', code: 'CSV_FIELD_COUNT' },
  { title: 'too many fields', bytes: `bad,true,1,2,3,4,x,1,${AT},more`, code: 'CSV_FIELD_COUNT' },
  { title: 'an unquoted comma', bytes: `bad,,,,1,000.00,,,1,${AT}`, code: 'CSV_FIELD_COUNT' },
  { title: 'a quote in a bare field', bytes: `bad,,,,,,a"b,1,${AT}`, code: 'CSV_INVALID' },
  { title: 'text after a closing quote', bytes: `bad,,,,,,"a"b,1,${AT}`, code: 'CSV_INVALID' },
  { title: 'bytes that are no UTF-8', bytes: bytes('bad,,,,,,', [0xe9], `,1,${AT}`), code: 'ROW_NOT_UTF8' },
  { title: 'a zero byte in a number', bytes: `bad,,1\u0000,,,,,1,${AT}`, code: 'VALUE_INVALID' },
  { title: 'a text for a number', bytes: `bad,,one,,,,,1,${AT}`, code: 'VALUE_INVALID' },
  { title: 'a formula', bytes: `bad,,=1+1,,,,,1,${AT}`, code: 'VALUE_INVALID' },
  { title: 'a quoted empty number', bytes: `bad,,"",,,,,1,${AT}`, code: 'VALUE_INVALID' },
  { title: 'an integer of 33 bits', bytes: `bad,,4294967296,,,,,1,${AT}`, code: 'VALUE_OUT_OF_RANGE' },
  { title: 'a NaN', bytes: `bad,,,,,nan,,1,${AT}`, code: 'VALUE_INVALID' },
  { title: 'an infinity', bytes: `bad,,,,,inf,,1,${AT}`, code: 'VALUE_INVALID' },
  { title: 'money beyond its precision', bytes: `bad,,,,123456789.00,,,1,${AT}`, code: 'VALUE_OUT_OF_RANGE' },
  { title: 'no key', bytes: `,,,,,,,1,${AT}`, code: 'VALUE_MISSING' },
  { title: 'no value where one must be', bytes: `bad,,,,,,,,${AT}`, code: 'VALUE_MISSING' },
  { title: 'no event time', bytes: 'bad,,,,,,,1,', code: 'EVENT_TIME_MISSING' },
  {
    title: 'an event of the year 2099',
    bytes: 'bad,,,,,,,1,2099-12-31T23:59:59Z',
    code: 'EVENT_TOO_FAR_AHEAD',
  },
  { title: 'a time of 25 hours', bytes: 'bad,,,,,,,1,2026-01-01T25:00:00Z', code: 'VALUE_INVALID' },
  { title: 'an empty line', bytes: '', code: null },
  { title: 'a key named __proto__', bytes: `__proto__,,,,,,,1,${AT}`, code: null },
];

/** Lines for the table `t`. */
export const TABLE_CASES: readonly RowCase[] = [
  {
    title: 'an operation that there is not',
    bytes: '{"op":"merge","row":{"id":"bad"}}',
    code: 'OPERATION_INVALID',
  },
  { title: 'an operation without a row', bytes: '{"op":"delete"}', code: 'OPERATION_INVALID' },
  { title: 'a delete without the key', bytes: '{"op":"delete","row":{"n":1}}', code: 'VALUE_MISSING' },
  { title: 'an upsert without the key', bytes: '{"op":"upsert","row":{"n":1}}', code: 'VALUE_MISSING' },
  {
    title: 'a delete of a row that is not there',
    bytes: '{"op":"delete","row":{"id":"nobody"}}',
    code: null,
  },
  { title: 'a wrong type', bytes: '{"id":"bad","n":"x"}', code: 'VALUE_INVALID' },
];
