import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { PAYMENTS } from '../host/host-case.ts';
import { JSON_TYPE, NDJSON, send } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const DECIDE = '/v1/sources/payments/decide';
const AT = '2026-01-01T00:00:00Z';

let service: TestService;
let tenant: TestTenant;
let token: string;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', `${PAYMENTS};CREATE SOURCE clicks (page TEXT)`);
  token = await tenant.key(['decide']);
});
afterAll(() => service.end());

interface Line {
  readonly index?: number;
  readonly outcome?: string;
  readonly position?: number;
  readonly duplicate?: boolean;
  readonly afterDeadline?: boolean;
  readonly alerts?: readonly { readonly rule: string }[];
  readonly error?: { readonly code: string; readonly message: string };
}

function payment(id: string, fields: object = {}): string {
  return JSON.stringify({ id, payer: 'ann', payee: 'bob', amount: '10.00', at: AT, ...fields });
}

function linesOf(text: string): Line[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Line).sort((a, b) => (a.index ?? 1e9) - (b.index ?? 1e9));
}

/** A stream that is open: what is written to it, and the lines that come back. */
async function openStream(
  with_: string,
): Promise<{ write(text: string): void; end(): void; next(): Promise<Line | null>; destroy(): void }> {
  const outgoing = request(`${service.address}${DECIDE}`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${with_}`, ...NDJSON },
  });
  outgoing.on('error', () => undefined);
  const head = new Promise<import('node:http').IncomingMessage>((resolve) =>
    outgoing.once('response', resolve),
  );
  outgoing.flushHeaders();
  const incoming = await head;
  expect(incoming.statusCode).toBe(200);
  expect(incoming.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  const lines = (async function* () {
    let rest = '';
    for await (const chunk of incoming.setEncoding('utf8')) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) yield JSON.parse(part) as Line;
    }
  })();
  return {
    write: (text) => outgoing.write(text),
    end: () => outgoing.end(),
    next: async () => (await lines.next()).value ?? null,
    destroy: () => outgoing.destroy(),
  };
}

describe('one event', () => {
  it('is decided, and answered again as it was', async () => {
    const sent = { token, headers: JSON_TYPE, body: payment('one', { amount: '5000.00' }) };
    const first = await send(service.address, DECIDE, sent);
    expect([first.status, first.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(first.headers['server-timing']).toMatch(/^decide;dur=[\d.]+, commit;dur=[\d.]+, fold;dur=[\d.]+$/);
    expect(first.json).toMatchObject({
      outcome: 'review',
      decision: 'payment',
      source: 'payments',
      key: 'one',
      time: expect.stringMatching(/^2026-01-01T00:00:00/),
      rules: ['large'],
      afterDeadline: false,
      durable: true,
      duplicate: false,
      deadlineMs: 500,
      alerts: [{ rule: 'large', severity: 'LOW', key: { payer: 'ann' } }],
    });
    const again = await send(service.address, DECIDE, sent);
    expect(again.json).toMatchObject({
      outcome: 'review',
      duplicate: true,
      position: (first.json as Line).position,
    });
  });

  it('may be written over several lines', async () => {
    const body = JSON.stringify(JSON.parse(payment('pretty')), null, 2);
    const answer = await send(service.address, DECIDE, { token, headers: JSON_TYPE, body });
    expect(answer.json).toMatchObject({ outcome: 'approve', key: 'pretty' });
  });

  it.each([
    ['a value that does not fit', {}, payment('bad', { amount: 'many' }), 400, 'EVENT_REJECTED'],
    ['no JSON', {}, '{"id":', 400, 'EVENT_REJECTED'],
    ['bytes that are no text', {}, Buffer.from([0x7b, 0xff, 0x7d]), 400, 'EVENT_REJECTED'],
    ['more than a megabyte', {}, `{"id":"${'x'.repeat(1024 * 1024)}"}`, 413, 'BODY_TOO_LARGE'],
    [
      'a packed body',
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
      'x',
      415,
      'ENCODING_UNKNOWN',
    ],
    ['a table of values', { headers: { 'content-type': 'text/csv' } }, 'id\n1\n', 415, 'MEDIA_TYPE_UNKNOWN'],
    ['no type', { headers: {} }, '{}', 415, 'MEDIA_TYPE_UNKNOWN'],
    ['a deadline of nothing', { path: `${DECIDE}?deadlineMs=0` }, payment('d'), 400, 'FIELD_INVALID'],
    ['an unknown option', { path: `${DECIDE}?deadline=5` }, payment('d'), 400, 'FIELD_INVALID'],
    [
      'a source without a decision',
      { path: '/v1/sources/clicks/decide' },
      '{"page":"a"}',
      400,
      'DECISION_MISSING',
    ],
    ['a source that is none', { path: '/v1/sources/payment/decide' }, payment('d'), 404, 'UNKNOWN_NAME'],
  ])('is refused with %s', async (_, { path = DECIDE, headers = JSON_TYPE }: Attempt, body, status, code) => {
    const before = (await tenant.engine.progress()).log.end;
    const answer = await send(service.address, path, { token, headers, body });
    expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
    expect((await tenant.engine.progress()).log.end).toBe(before);
  });

  it('needs a key that may decide', async () => {
    const other = await tenant.key(['ingest', 'query']);
    const answer = await send(service.address, DECIDE, {
      token: other,
      headers: JSON_TYPE,
      body: payment('no'),
    });
    expect([answer.status, answer.json.error?.code]).toEqual([403, 'FORBIDDEN']);
  });
});

interface Attempt {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe('a stream of events', () => {
  it('is answered line by line, bad ones in their places', async () => {
    const body = [
      payment('s0'),
      '  ',
      payment('s1', { amount: 'many' }),
      payment('s2', { payer: 'dan', payee: 'dan' }),
      'x'.repeat(LIMITS.bodyRowBytesMax + 1),
      payment('s0'),
      payment('s4', { amount: '9000' }),
    ].join('\r\n');
    const answer = await send(service.address, `${DECIDE}?deadlineMs=400`, { token, headers: NDJSON, body });
    const lines = linesOf(answer.text);
    expect(lines.map(({ index, outcome, error }) => [index, outcome ?? error?.code])).toEqual([
      [0, 'approve'],
      [1, 'EVENT_REJECTED'],
      [2, 'refused'],
      [3, 'ROW_TOO_LONG'],
      [4, 'approve'],
      [5, 'review'],
    ]);
    expect(lines[4]).toMatchObject({ duplicate: true, position: lines[0]?.position });
    expect(lines[5]?.alerts).toMatchObject([{ rule: 'large' }]);
  });

  it('is heard before it has sent anything, and answered before it ends', async () => {
    const stream = await openStream(token);
    for (let n = 0; n < 5; n++) {
      stream.write(`${payment(`open${n}`)}\n`);
      expect(await stream.next()).toMatchObject({ index: n, outcome: 'approve' });
    }
    stream.write(`\n${payment('last')}`);
    stream.end();
    expect(await stream.next()).toMatchObject({ index: 5, outcome: 'approve' });
    expect(await stream.next()).toBeNull();
  });

  it('is decided whole however many events it has, and keeps few under way', async () => {
    const count = 3000;
    const body = Array.from({ length: count }, (_, n) => payment(`many${n}`)).join('\n');
    const answer = await send(service.address, `${DECIDE}?deadlineMs=60000`, {
      token,
      headers: NDJSON,
      body,
    });
    const lines = linesOf(answer.text);
    // The deadline of the DECISION holds where the asked one is longer; nothing is refused for the stream's own length.
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
    const { counters } = await tenant.engine.progress();
    expect(counters.accepted).toBeGreaterThanOrEqual(count);
  });

  it('ends when its key is revoked, with what was answered until then', async () => {
    const { token: short, key } = await tenant.stores.keys.create({
      name: 'short',
      scopes: ['decide'],
      expiresAt: null,
    });
    const stream = await openStream(short);
    stream.write(`${payment('revoked0')}\n`);
    expect(await stream.next()).toMatchObject({ index: 0, outcome: 'approve' });
    await tenant.stores.keys.revoke(key.id);
    expect(await stream.next()).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    expect(await stream.next()).toBeNull();
    stream.destroy();
  });

  it('lets go of its place when the sender is gone', async () => {
    for (let round = 0; round < 3; round++) {
      const open = await Promise.all(
        Array.from({ length: LIMITS.bodiesPerTenantMax }, () => openStream(token)),
      );
      const full = await send(service.address, DECIDE, { token, headers: NDJSON, body: payment('x') });
      expect([full.status, full.json.error?.code]).toEqual([429, 'BODIES_BUSY']);
      for (const stream of open) stream.destroy();
      for (;;) {
        const { status } = await send(service.address, DECIDE, {
          token,
          headers: NDJSON,
          body: payment(`r${round}`),
        });
        if (status === 200) break;
      }
    }
  });

  it('ends when the service stops, after its answers', async () => {
    const other = await startTestService();
    try {
      const bank = await other.addTenant('bank', PAYMENTS);
      const outgoing = request(`${other.address}${DECIDE}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await bank.key(['decide'])}`, ...NDJSON },
      });
      outgoing.on('error', () => undefined);
      let stopped: Promise<void> | null = null;
      const text = new Promise<string>((resolve) => {
        outgoing.once('response', (incoming) => {
          let all = '';
          incoming.setEncoding('utf8');
          incoming.on('data', (chunk: string) => {
            if (all === '') stopped = other.end();
            all += chunk;
          });
          incoming.on('end', () => {
            outgoing.destroy();
            resolve(all);
          });
        });
      });
      outgoing.write(`${payment('stop')}\n`);
      expect(linesOf(await text)).toMatchObject([
        { index: 0, outcome: 'approve' },
        { error: { code: 'SERVICE_STOPPING' } },
      ]);
      await stopped;
    } finally {
      await rm(path.dirname(other.folder), { recursive: true, force: true });
    }
  });
});
