import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { LIMITS } from '../../core/limits.ts';
import { Random } from '../model/random.ts';
import { CSV, NDJSON, send } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const DEFINITIONS = `
CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at - INTERVAL '1 hour') WITH (allowed_lateness = '1 hour');
CREATE SOURCE clicks (page TEXT, n INTEGER);
CREATE TABLE accounts (id BIGINT PRIMARY KEY, name TEXT, limit_ NUMERIC(10,2));
`;
const EVENTS = '/v1/sources/transfers/events';
const ROWS = '/v1/tables/accounts/rows';

let service: TestService;
let tenant: TestTenant;
let token: string;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', DEFINITIONS);
  token = await tenant.key(['ingest']);
});
afterAll(() => service.end());

function csvRows(from: number, count: number): string {
  const row = (n: number): string => `t${n},p${n % 10},q${n % 7},${n}.50,2026-01-01T00:00:00Z\n`;
  return `tx,payer,payee,amount,at\n${Array.from({ length: count }, (_, n) => row(from + n)).join('')}`;
}

describe('rows over HTTP', () => {
  it('are durable and applied when the answer says so, duplicates told by their key', async () => {
    const first = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: CSV,
      body: csvRows(0, 2500),
    });
    expect(first.status).toBe(200);
    expect(first.json).toEqual({
      rows: 2500,
      accepted: 2500,
      rejectedCount: 0,
      rejectedByCode: {},
      rejected: [],
      unknownFields: {},
      duplicates: 0,
      late: 0,
      refused: 0,
      offset: expect.any(Number),
      position: expect.any(Number),
      token: `${tenant.id}.0.${first.json.offset}`,
    });
    expect(first.headers['x-ringwatch-token']).toBe(first.json.token);
    const again = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: CSV,
      body: csvRows(2000, 1000),
    });
    expect(again.json).toMatchObject({ accepted: 1000, duplicates: 500, late: 0, rows: 1000 });
    expect(again.json.position).toBe((first.json.position as number) + 500);
  });

  it('without waiting leave out what only folding tells', async () => {
    const { json, status } = await send(service.address, EVENTS, {
      token,
      headers: CSV,
      body: csvRows(10_000, 10),
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ accepted: 10, duplicates: null, late: null, refused: null, position: null });
  });

  it('that came too late are counted', async () => {
    const { json } = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: NDJSON,
      body: '{"tx":"new","at":"2026-01-02T00:00:00Z"}\n{"tx":"late","at":"2025-12-01T00:00:00Z"}',
    });
    expect(json).toMatchObject({ rows: 2, accepted: 2, late: 1, duplicates: 0 });
  });

  it('of a table are upserts and deletes', async () => {
    const body =
      '{"id":1,"name":"a"}\n{"op":"upsert","row":{"id":2,"name":"b"}}\n{"op":"delete","row":{"id":1}}\n{"op":"no"}\n';
    const { json, status } = await send(service.address, `${ROWS}?wait=applied`, {
      token,
      headers: NDJSON,
      body,
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ rows: 4, accepted: 3, rejectedByCode: { OPERATION_INVALID: 1 } });
    expect((await tenant.engine.describe()).counters.accepted).toBeGreaterThan(3);
  });

  it('that are wrong take down no other, and none is lost silently', async () => {
    const lines = [
      '{"tx":"g1","at":"2026-01-02T00:00:00Z"}',
      '{"tx":"b1"}',
      '{"tx":',
      '',
      '{"tx":"b2","at":"2026-01-02T00:00:00Z","amount":"many"}',
      '{"tx":"b3","at":"2099-01-02T00:00:00Z"}',
      '{"at":"2026-01-02T00:00:00Z"}',
      `{"tx":"b4","at":"2026-01-02T00:00:00Z","payer":"${'x'.repeat(LIMITS.bodyRowBytesMax)}"}`,
      '{"tx":"g2","at":"2026-01-02T00:00:00Z","colour":"red"}',
    ];
    const { json, status } = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: NDJSON,
      body: lines.join('\n'),
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      rows: 8,
      accepted: 2,
      rejectedCount: 6,
      duplicates: 0,
      unknownFields: { colour: 1 },
    });
    expect(json.rejected?.map(({ index, code, column }) => [index, code, column])).toEqual([
      [1, 'EVENT_TIME_MISSING', 'at'],
      [2, 'JSON_INVALID', null],
      [3, 'VALUE_INVALID', 'amount'],
      [4, 'EVENT_TOO_FAR_AHEAD', 'at'],
      [5, 'VALUE_MISSING', 'tx'],
      [6, 'ROW_TOO_LONG', null],
    ]);
    expect(json.rejectedByCode).toEqual({
      EVENT_TIME_MISSING: 1,
      JSON_INVALID: 1,
      VALUE_INVALID: 1,
      EVENT_TOO_FAR_AHEAD: 1,
      VALUE_MISSING: 1,
      ROW_TOO_LONG: 1,
    });
  });

  it('that are wrong in great number are counted all and listed some', async () => {
    const body = 'x\n'.repeat(5000);
    const { json } = await send(service.address, EVENTS, { token, headers: NDJSON, body });
    expect(json).toMatchObject({ rows: 5000, accepted: 0, rejectedCount: 5000, offset: null, token: null });
    expect(json.rejected).toHaveLength(LIMITS.rejectedRowsListed);
    expect(json.rejected?.map(({ index }) => index)).toEqual(
      Array.from({ length: LIMITS.rejectedRowsListed }, (_, n) => n),
    );
  });

  it('that are wrong are all found where a request bears so many only, and goes on where it was ended', async () => {
    // Every third row is wrong.
    const at = '2026-01-01T00:00:00Z';
    const rows = Array.from({ length: 30_000 }, (_, n) =>
      n % 3 === 1 ? 'x' : JSON.stringify({ tx: `bear${n}`, payer: 'a', payee: 'b', amount: '1', at }),
    );
    const path = `${EVENTS}?rejectedMax=2500`;
    const found: number[] = [];
    let accepted = 0;
    let from = 0;
    let requests = 0;
    for (let status = 422; status === 422; requests++) {
      const body = rows.slice(from).map((row) => `${row}\n`);
      const answer = await send(service.address, path, { token, headers: NDJSON, body: body.join('') });
      status = answer.status;
      const { json } = answer;
      if (status === 422) expect(json.error?.code).toBe('ROWS_REJECTED');
      expect(json.rejected).toHaveLength(json.rejectedCount as number);
      found.push(...(json.rejected ?? []).map(({ index }) => from + index));
      accepted += json.accepted as number;
      from += json.rows as number;
    }
    expect([from, accepted]).toEqual([30_000, 20_000]);
    expect(requests).toBeGreaterThan(1);
    expect(found).toEqual(Array.from({ length: 10_000 }, (_, n) => 3 * n + 1));
    for (const wrong of ['-1', '10001', 'all', '']) {
      const { json } = await send(service.address, `${EVENTS}?rejectedMax=${wrong}`, {
        token,
        headers: NDJSON,
      });
      expect(json.error?.code).toBe('FIELD_INVALID');
    }
  });

  it('come in chunks of any size, packed or not', async () => {
    const random = new Random(7);
    for (let turn = 0; turn < 20; turn++) {
      const count = random.below(400);
      const plain = Buffer.from(csvRows(100_000 + turn * 1000, count));
      const packed = random.chance(0.5);
      const bytes = packed ? gzipSync(plain) : plain;
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; ) {
          const size = 1 + random.below(random.pick([1, 50, 5000]));
          yield bytes.subarray(at, at + size);
          at += size;
          if (random.chance(0.2)) await new Promise((resolve) => setImmediate(resolve));
        }
      }
      const { json } = await send(service.address, `${EVENTS}?wait=applied`, {
        token,
        headers: packed ? { ...CSV, 'content-encoding': 'gzip' } : CSV,
        body: chunks(),
      });
      expect(json).toMatchObject({ rows: count, accepted: count, duplicates: 0, rejectedCount: 0 });
    }
  });
});
