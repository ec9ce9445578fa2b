import { describe, expect, it } from '@jest/globals';
import { formatText } from '../../core/format-value.ts';
import { normalise } from '../../core/integer.ts';
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
import { readMemory } from '../../tests/ingest/read-memory.ts';
import { Random } from '../../tests/model/random.ts';

const TYPES: readonly SqlType[] = [
  TEXT,
  INTEGER,
  BIGINT,
  numeric(6, 2),
  numeric(18, 2),
  numeric(38, 20),
  numeric(15, 15),
  DOUBLE,
  BOOLEAN,
  TIMESTAMPTZ,
  INTERVAL,
];
const NAMES = TYPES.map((_, n) => `c${n}`);
const DEFINITIONS = `CREATE SOURCE s (${TYPES.map((type, n) => `${NAMES[n]} ${typeName(type)}`).join(', ')});`;

/** An integer of up to `digits` digits, small ones as often as large ones. */
function randomInteger(random: Random, digits: number): number | bigint {
  const length = 1 + random.below(digits);
  const text = Array.from({ length }, () => random.below(10)).join('');
  return normalise(random.chance(0.5) ? BigInt(text) : -BigInt(text));
}

function randomDouble(random: Random): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setUint32(0, random.next());
  bits.setUint32(4, random.next());
  const double = random.chance(0.5) ? bits.getFloat64(0) : random.below(2000) / 8 - 100;
  return Number.isFinite(double) ? double + 0 : 0.1;
}

const TEXTS = [
  'a',
  'Ω',
  '€',
  '\u{1d11e}',
  ',',
  '"',
  '\n',
  '\r',
  '\\',
  '\0',
  ' ',
  '1e5',
  'null',
  '{}',
  '\u2028',
];

function randomValue(random: Random, type: SqlType): Exclude<Value, null> {
  switch (type.kind) {
    case 'text':
      return Array.from({ length: random.below(6) }, () => random.pick(TEXTS)).join('');
    case 'integer':
      return Number(randomInteger(random, 9));
    case 'bigint':
      return randomInteger(random, 18);
    case 'numeric':
      return randomInteger(random, type.precision ?? 30);
    case 'double':
      return randomDouble(random);
    case 'boolean':
      return random.chance(0.5);
    case 'timestamptz':
      return random.between(-2e9, 4e9) * 1_000_000 + random.pick([0, 1, 500_000, 999_999]);
    default:
      return random.below(1e9) * random.pick([1, 1_000_000]);
  }
}

function csvField(random: Random, type: SqlType, value: Value): string {
  if (value === null) return '';
  const text = formatText(type, value);
  const quoted = text === '' || /[",\r\n]/.test(text) || random.chance(0.3);
  return quoted ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonValue(random: Random, type: SqlType, value: Value): string {
  if (value === null) return 'null';
  const text = formatText(type, value);
  const bare = ['integer', 'bigint', 'numeric', 'double', 'boolean'].includes(type.kind);
  return bare && random.chance(0.7) ? text : JSON.stringify(text);
}

describe('values that are written out', () => {
  it.each(Array.from({ length: 40 }, (_, n) => n + 1))('come back from CSV and JSON, seed %i', (seed) => {
    const random = new Random(seed);
    const rows = Array.from({ length: 25 }, () =>
      TYPES.map((type) => (random.chance(0.1) ? null : randomValue(random, type))),
    );
    const order = random.shuffled(TYPES.map((_, n) => n));
    const pick = <T>(row: readonly T[]): T[] => order.map((n) => row[n] as T);
    const csv = [
      pick(NAMES).join(','),
      ...rows.map((row) => pick(TYPES.map((type, n) => csvField(random, type, row[n] as Value))).join(',')),
    ].join('\r\n');
    const json = rows
      .map((row) => pick(TYPES.map((type, n) => `"${NAMES[n]}":${jsonValue(random, type, row[n] as Value)}`)))
      .map((fields) => `{${fields.join(', ')}}`)
      .join('\n');
    for (const [format, bytes] of [
      ['csv', csv],
      ['ndjson', json],
    ] as const) {
      const reading = readMemory({ definitions: DEFINITIONS, inputs: [{ relation: 's', format, bytes }] });
      expect(reading.rejections).toEqual([]);
      expect(reading.rows.map(({ row }) => row)).toEqual(rows);
    }
  });
});
