import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { RingwatchError } from './errors.ts';
import { asAskedEvent, checkFrame, FrameReader, FrameWriter, relationsIn } from './frame.ts';
import type { LogRecord } from './record.ts';
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

const TRANSFERS = [TEXT, TEXT, numeric(18, 2), BOOLEAN, TIMESTAMPTZ];
const EVERYTHING = [BOOLEAN, INTEGER, BIGINT, numeric(38, 4), DOUBLE, TEXT, TIMESTAMPTZ, INTERVAL, TEXT];
const ARRIVAL = 1_790_000_000_123_456;

const TYPES = new Map<string, readonly SqlType[]>([
  ['transfers', TRANSFERS],
  ['everything', EVERYTHING],
  ['__proto__', [TEXT]],
  ['accounts.energy', [TEXT, TEXT, numeric(38, 2), TEXT, TIMESTAMPTZ]],
]);
const typesOf = (relation: string): readonly SqlType[] => TYPES.get(relation) ?? [];

const RECORDS: LogRecord[] = [
  { kind: 'definitions', arrivalMicros: ARRIVAL, text: 'CREATE SOURCE transfers (…)', allowDrop: true },
  {
    kind: 'event',
    arrivalMicros: ARRIVAL + 1,
    relation: 'transfers',
    row: ['a', 'bé', 14780, true, 1_700_000_000_000_000],
  },
  { kind: 'event', arrivalMicros: ARRIVAL - 5, relation: 'transfers', row: [null, null, null, null, null] },
  {
    kind: 'rowUpsert',
    arrivalMicros: ARRIVAL,
    relation: 'everything',
    row: [
      false,
      -2147483648,
      9223372036854775807n,
      -(10n ** 37n),
      0.1,
      'x'.repeat(300),
      -1,
      3_600_000_000,
      null,
    ],
  },
  { kind: 'rowDelete', arrivalMicros: ARRIVAL, relation: '__proto__', row: ['constructor'] },
  { kind: 'tick', arrivalMicros: ARRIVAL + 2_000_000 },
  { kind: 'semantics', arrivalMicros: ARRIVAL, version: 300 },
  {
    kind: 'inputProgress',
    arrivalMicros: ARRIVAL,
    inputs: [{ relation: 'transfers', path: '/in.csv', bytes: 123, rows: 4, rejected: { VALUE_INVALID: 1 } }],
  },
  { kind: 'endOfTime', arrivalMicros: ARRIVAL },
];

function write(records: readonly LogRecord[], writer = new FrameWriter()): Uint8Array {
  for (const record of records) writer.record(record, typesOf);
  return writer.finish();
}

function read(
  bytes: Uint8Array,
  types: (relation: string) => readonly SqlType[] | null = typesOf,
): LogRecord[] {
  const reader = new FrameReader(bytes, types);
  const records: LogRecord[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) records.push(record);
  return records;
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'nothing thrown';
  } catch (error) {
    return (error as RingwatchError).code;
  }
}

/** The bytes of RECORDS as version 1 wrote them first. A change here is a change of the stored format. */
const GOLDEN = [
  '525746520100000063b6fe3378020000090000000300000000099f68fb6f1943097472616e7366657273050606040201',
  '070a65766572797468696e670901020304040506070806095f5f70726f746f5f5f010604001f011d4352454154452053',
  '4f55524345207472616e73666572732028e280a629010114000001610362c3a9bce601018080f2818389850601450200',
  '1f0200e10201000100c080808010bfffffffffffffffff01c080808080a89bf481e4b6a4bbb588ee8b1e9a9999999999',
  'b93fac027878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',
  '787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',
  '787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',
  '787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',
  '787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',
  '787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',
  '787878787878787878787878787878784180909de91a03000e02000b636f6e7374727563746f72068092f40100070002',
  'ac020500605f5b7b2272656c6174696f6e223a227472616e7366657273222c2270617468223a222f696e2e637376222c',
  '226279746573223a3132332c22726f7773223a342c2272656a6563746564223a7b2256414c55455f494e56414c494422',
  '3a317d7d5d100000',
].join('');

/** Kinds that came later, in a frame of their own: the golden bytes above stay what they were. */
const LATER_RECORDS: LogRecord[] = [
  {
    kind: 'event',
    arrivalMicros: ARRIVAL,
    relation: 'transfers',
    row: ['a', null, 1, false, 1_700_000_000_000_000],
    asked: true,
  },
  { kind: 'control', arrivalMicros: ARRIVAL + 1, rule: 'cash_out', enabled: false },
  { kind: 'control', arrivalMicros: ARRIVAL + 1, rule: 'é', enabled: true },
  {
    kind: 'deadline',
    arrivalMicros: ARRIVAL + 2,
    decision: 'payment',
    source: 'transfers',
    key: ['a', 'b,c'],
    position: null,
    answered: 'review',
  },
  {
    kind: 'deadline',
    arrivalMicros: ARRIVAL + 3,
    decision: 'payment',
    source: 'transfers',
    key: null,
    position: 17,
    answered: 'review',
  },
];

/** Transfers, likewise. */
const TRANSFER_RECORDS: LogRecord[] = [
  {
    kind: 'transfer',
    arrivalMicros: ARRIVAL,
    relation: 'accounts.energy',
    row: ['a', 'bé', 250, 'key-1', 1_700_000_000_000_000],
  },
  {
    kind: 'transfer',
    arrivalMicros: ARRIVAL + 1,
    relation: 'accounts.energy',
    row: ['b', 'a', 10n ** 30n, 'key-2', null],
  },
];

const TRANSFER_GOLDEN = [
  '52574652010000002f6b789570000000020000000100000000099f68fb6f19430f6163636f756e74732e656e65726779',
  '05060604020607080018000001610362c3a9ba03056b65792d318080f2818389850608011b00100162016180808080c8',
  'faf6f48cc1e6c9e5a706056b65792d32',
].join('');

const LATER_GOLDEN = [
  '52574652010000000257363717010000050000000100000000099f68fb6f1943097472616e7366657273050606040201',
  '0712000e0002016101008080f2818389850611010a0008636173685f6f75741101040102c3a90f0262617b2264656369',
  '73696f6e223a227061796d656e74222c22736f75726365223a227472616e7366657273222c226b6579223a5b2261222c',
  '22622c63225d2c22706f736974696f6e223a6e756c6c2c22616e737765726564223a22726576696577227d0f0359587b',
  '226465636973696f6e223a227061796d656e74222c22736f75726365223a227472616e7366657273222c226b6579223a',
  '6e756c6c2c22706f736974696f6e223a31372c22616e737765726564223a22726576696577227d',
].join('');

describe('a frame of another build', () => {
  /** Its bytes with one changed, as a build that means it would write them. */
  function altered(at: number, value: number): Uint8Array {
    const writer = new FrameWriter();
    writer.control('rule', true, ARRIVAL);
    const bytes = writer.finish();
    bytes[at] = value;
    const checksum = crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8)));
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(8, checksum, true);
    return bytes;
  }

  it.each<[string, number, number]>([
    ['version 2', 4, 2],
    ['flags 1', 5, 1],
  ])('of %s is not read, and said to be newer instead of damaged', (what, at, value) => {
    expect(() => checkFrame(altered(at, value))).toThrow(
      expect.objectContaining({ code: 'FRAME_UNSUPPORTED', details: { what } }),
    );
  });
});

describe('a frame', () => {
  it('gives back transfers, with golden bytes of their own', () => {
    const bytes = write(TRANSFER_RECORDS);
    expect(Buffer.from(bytes).toString('hex')).toBe(TRANSFER_GOLDEN);
    expect(read(bytes)).toEqual(TRANSFER_RECORDS);
    expect(relationsIn(bytes)).toEqual(['accounts.energy']);
  });

  it('gives back records of kinds that came later, with golden bytes of their own', () => {
    const bytes = write(LATER_RECORDS);
    expect(Buffer.from(bytes).toString('hex')).toBe(LATER_GOLDEN);
    expect(read(bytes)).toEqual(LATER_RECORDS);
  });

  it('is marked as asked where it holds one event alone', () => {
    const [event] = LATER_RECORDS.slice(0, 1);
    const { asked, ...plain } = event as Extract<LogRecord, { kind: 'event' }>;
    expect(asked).toBe(true);
    expect(read(asAskedEvent(write([plain])))).toEqual([event]);
    expect(relationsIn(write([plain]))).toEqual(['transfers']);
    expect(codeOf(() => asAskedEvent(write([plain, plain])))).toBe('FRAME_CORRUPT');
    expect(codeOf(() => asAskedEvent(write(RECORDS.slice(3, 4))))).toBe('FRAME_CORRUPT');
  });

  it('gives back records of every kind', () => {
    expect(read(write(RECORDS))).toEqual(RECORDS);
  });

  it('has golden bytes', () => {
    expect(Buffer.from(write(RECORDS)).toString('hex')).toBe(GOLDEN);
    expect(read(Buffer.from(GOLDEN, 'hex'))).toEqual(RECORDS);
  });

  it('is the same whether a row came as values or encoded', () => {
    const writer = new FrameWriter();
    const values = write(RECORDS.slice(1, 2), writer);
    const row = Buffer.concat([
      Buffer.from([0, 1, 97, 3]),
      Buffer.from('bé'),
      Buffer.from(values.subarray(values.length - 12)),
    ]);
    writer.encodedRow('event', 'transfers', TRANSFERS, row, 0, row.length, ARRIVAL + 1);
    expect(Buffer.from(writer.finish()).toString('hex')).toBe(Buffer.from(values).toString('hex'));
  });

  it('decodes a row shorter than its relation after columns were added', () => {
    const row = { kind: 'event', arrivalMicros: 0, relation: 'transfers', row: ['a', 'b'] } as const;
    const writer = new FrameWriter();
    writer.event('transfers', row.row, [TEXT, TEXT], 0);
    expect(read(writer.finish())).toEqual([row]);
  });

  it('asks for a relation’s columns only when its row is reached', () => {
    const asked: string[] = [];
    const reader = new FrameReader(write(RECORDS), (relation) => {
      asked.push(relation);
      return typesOf(relation);
    });
    reader.next();
    expect(asked).toEqual([]);
    reader.next();
    expect(asked).toEqual(['transfers']);
  });

  it('asks again after definitions, and takes rows of relations that are gone as they are', () => {
    const rows = [1, 2, 0, 1, 2].map((n) => RECORDS[n] as LogRecord);
    const asked: string[] = [];
    const records = read(write(rows), (relation) => {
      asked.push(relation);
      return null;
    });
    expect(records).toEqual(rows);
    expect(asked).toEqual(['transfers', 'transfers']);
  });

  it('reads a row that does not fit its relation’s columns as a misfit, and goes on behind it', () => {
    const read3 = read(write(RECORDS), () => [INTEGER]);
    expect(read3).toHaveLength(RECORDS.length);
    expect(read3[1]).toEqual({
      kind: 'misfit',
      arrivalMicros: RECORDS[1]?.arrivalMicros,
      relation: 'transfers',
    });
    expect(read3.filter(({ kind }) => kind !== 'misfit')).toEqual(
      RECORDS.filter((record) => !('relation' in record)),
    );
    const otherScale = [...TRANSFERS.slice(0, 2), numeric(18, 3), BOOLEAN, TIMESTAMPTZ];
    expect(read(write(RECORDS.slice(1, 2)), () => otherScale)[0]?.kind).toBe('misfit');
  });

  it('is refused after any single bit flip', () => {
    const bytes = write(RECORDS);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(codeOf(() => checkFrame(damaged))).toBe('FRAME_CORRUPT');
    }
  });

  it('is refused when cut at any length, or longer than it says', () => {
    const bytes = write(RECORDS);
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => checkFrame(bytes.subarray(0, length)))).toBe('FRAME_CORRUPT');
    }
    expect(codeOf(() => checkFrame(Buffer.concat([bytes, Buffer.from([0])])))).toBe('FRAME_CORRUPT');
  });

  it('holds many records and long rows', () => {
    const rows: LogRecord[] = Array.from({ length: 3000 }, (_, n) => ({
      kind: 'event',
      arrivalMicros: ARRIVAL + n,
      relation: 'transfers',
      row: [`t${n}`, 'x'.repeat(n * 7), n, null, n],
    }));
    expect(read(write(rows))).toEqual(rows);
  });

  it('is built anew after finish', () => {
    const writer = new FrameWriter();
    const first = write(RECORDS, writer);
    expect(writer.records).toBe(0);
    expect(Buffer.compare(write(RECORDS, writer), first)).toBe(0);
  });
});
