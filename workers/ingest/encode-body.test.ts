import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { BodyFormat, BodyFrame } from '../../core/ports/body-encoder.ts';
import type { RelationSchema } from '../../core/ports/engine.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { type RowRead, readMemory, recordsOf, toBytes } from '../../tests/ingest/read-memory.ts';
import { Random } from '../../tests/model/random.ts';
import { encodeBody } from './encode-body.ts';

const DEFINITIONS = `
CREATE TABLE names (id BIGINT PRIMARY KEY, name TEXT);
CREATE SOURCE events (id BIGINT, note TEXT, at TIMESTAMPTZ, WATERMARK FOR at AS at);
`;
const PROGRAM = compileDefinitions(DEFINITIONS);

function relation(name: string): RelationSchema {
  const plan = [...PROGRAM.sources, ...PROGRAM.tables].find((each) => each.name === name);
  return { kind: plan?.kind, name, plan } as RelationSchema;
}

async function* inChunks(bytes: Uint8Array, size: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(bytes.length, at + size());
    yield bytes.subarray(at, next);
    at = next;
  }
}

async function encode(
  name: string,
  format: BodyFormat,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ frames: BodyFrame[]; rows: RowRead[]; unknown: Readonly<Record<string, number>> }> {
  const frames: BodyFrame[] = [];
  const reading = encodeBody(relation(name), format, bytes);
  for await (const frame of reading) frames.push(frame);
  const rows = frames.flatMap(({ frame }) => (frame === null ? [] : recordsOf(frame, PROGRAM)));
  return { frames, rows, unknown: reading.unknownFields() };
}

function whole(text: string): AsyncIterable<Uint8Array> {
  return inChunks(toBytes(text), () => 1_000_000);
}

/** Every row of the body, taken or rejected, in the order of their indices. */
function indices(frames: readonly BodyFrame[]): number[] {
  return frames.flatMap(({ firstIndex, rows, rejected, records }) => {
    expect(records + rejected.length).toBe(rows);
    return Array.from({ length: rows }, (_, n) => firstIndex + n);
  });
}

describe('a body', () => {
  it('gives what a file of the same bytes gives, wherever its chunks are cut', async () => {
    const random = new Random(20261122);
    const pieces = [
      '1,a,2026-01-01\n',
      '2,"b\n""c"",d",2026-01-01\r\n',
      '\n',
      'x,,\n',
      '3,é\u{1d11e},2026-01-01\n',
      '4,"open,2026-01-01\n',
      '5,,\n',
    ];
    for (let turn = 0; turn < 200; turn++) {
      const rows = Array.from({ length: random.below(30) }, () => random.pick(pieces)).join('');
      const csv = `${random.chance(0.3) ? '\ufeff' : ''}${random.chance(0.3) ? '\n' : ''}id,note,at,other\n${rows.replaceAll(/(\r?)\n/g, ',$1\n')}`;
      const bytes = toBytes(random.chance(0.5) ? csv : csv.trimEnd());
      const file = readMemory({
        definitions: DEFINITIONS,
        inputs: [{ relation: 'events', format: 'csv', bytes }],
      });
      const size = random.pick([1, 2, 7, 40, 500]);
      const body = await encode(
        'events',
        'csv',
        inChunks(bytes, () => 1 + random.below(size)),
      );
      expect(body.rows).toEqual(file.rows);
      const rejected = body.frames.flatMap((frame) => frame.rejected);
      expect(rejected.map(({ index, code, column }) => ({ row: index + 1, code, column }))).toEqual(
        file.rejections.map(({ row, code, column }) => ({ row, code, column })),
      );
      expect(indices(body.frames)).toEqual(
        Array.from({ length: body.rows.length + rejected.length }, (_, n) => n),
      );
    }
  });

  it('of JSON likewise, with changes of a table', async () => {
    const text = [
      '{"id":1,"name":"é\u{1d11e}"}',
      ' ',
      '{"op":"delete","row":{"id":2}}',
      '{"id":',
      '{"op":"upsert","row":{"id":3,"name":null,"more":1}}',
    ].join('\r\n');
    for (let size = 1; size < 60; size++) {
      const { rows, frames, unknown } = await encode(
        'names',
        'ndjson',
        inChunks(toBytes(text), () => size),
      );
      expect(rows).toEqual([
        { kind: 'rowUpsert', relation: 'names', row: [1, 'é\u{1d11e}'] },
        { kind: 'rowDelete', relation: 'names', row: [2, null] },
        { kind: 'rowUpsert', relation: 'names', row: [3, null] },
      ]);
      expect(frames.flatMap(({ rejected }) => rejected)).toMatchObject([{ index: 2, code: 'JSON_INVALID' }]);
      expect(unknown).toEqual({ more: 1 });
    }
  });

  it('ends a frame at so many rows, and where so many are rejected', async () => {
    const good = '{"id":1}\n'.repeat(LIMITS.bodyFrameRows);
    const wrong = '{}\n'.repeat(2 * LIMITS.bodyRejectedRows);
    const { frames } = await encode('names', 'ndjson', whole(`${good}${wrong}${good}{"id":2}`));
    expect(frames.map(({ firstIndex, rows, records }) => [firstIndex, rows, records])).toEqual([
      [0, 1000, 1000],
      [1000, 100, 0],
      [1100, 100, 0],
      [1200, 1000, 1000],
      [2200, 1, 1],
    ]);
  });

  it('ends a frame whose rows are long', async () => {
    const { frames } = await encode(
      'names',
      'ndjson',
      whole(`{"id":1,"name":"${'x'.repeat(100_000)}"}\n`.repeat(10)),
    );
    expect(frames.map(({ records }) => records)).toEqual([3, 3, 3, 1]);
  });

  it('hands out what it has while the next bytes are not there', async () => {
    let seen: () => void = () => undefined;
    async function* waiting(): AsyncGenerator<Uint8Array> {
      const handedOut = new Promise<void>((resolve) => {
        seen = resolve;
      });
      yield toBytes('{"id":1}\n{"id":');
      // Without that this would wait for ever.
      await handedOut;
      yield toBytes('2}\n');
    }
    const frames: number[] = [];
    for await (const { records } of encodeBody(relation('names'), 'ndjson', waiting())) {
      frames.push(records);
      seen();
    }
    expect(frames).toEqual([1, 1]);
  });

  it('rejects a row that is too long, in as little memory as the limit, and goes on', async () => {
    const long = `{"id":1,"name":"${'x'.repeat(LIMITS.bodyRowBytesMax)}"}`;
    const { rows, frames } = await encode(
      'names',
      'ndjson',
      inChunks(toBytes(`{"id":1}\n${long}\n{"id":2}\n`), () => 10_000),
    );
    expect(rows.map(({ row }) => row[0])).toEqual([1, 2]);
    expect(frames.flatMap(({ rejected }) => rejected)).toMatchObject([{ index: 1, code: 'ROW_TOO_LONG' }]);
  });

  it('says what is wrong with its header', async () => {
    for (const [text, reason] of [
      ['', 'the file is empty'],
      ['id,id\n1,2', 'twice'],
      ['a,b\n1,2', 'none of its fields'],
      [`id,${'x'.repeat(2 * LIMITS.bodyRowBytesMax)}`, 'too long'],
    ] as const) {
      await expect(encode('names', 'csv', whole(text))).rejects.toMatchObject({
        code: 'HEADER_INVALID',
        message: expect.stringContaining(reason),
      });
    }
    expect((await encode('names', 'ndjson', whole(''))).frames).toEqual([]);
    expect((await encode('names', 'csv', whole('id'))).frames).toEqual([]);
  });

  it('that breaks off hands out whole frames only', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield toBytes('{"id":1}\n'.repeat(LIMITS.bodyFrameRows + 5));
      throw new Error('gone');
    }
    const frames: BodyFrame[] = [];
    const reading = (async () => {
      for await (const frame of encodeBody(relation('names'), 'ndjson', broken())) frames.push(frame);
    })();
    await expect(reading).rejects.toThrow('gone');
    expect(frames.map(({ records }) => records)).toEqual([LIMITS.bodyFrameRows]);
  });

  it('is looked through about once, however small its chunks', async () => {
    // A quote that stays open, with a line end in every chunk: looked through anew at each, it would take minutes.
    const text = `id,name\n1,"${'x\n'.repeat(400_000)}"\n2,b`;
    const { rows } = await encode(
      'names',
      'csv',
      inChunks(toBytes(text), () => 16),
    );
    expect(rows.map(({ row }) => row[0])).toEqual([1, 2]);
  });
});
