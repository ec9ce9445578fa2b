import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { LIMITS } from '../../core/limits.ts';
import { answerOf, CSV, NDJSON, send } from './http-client.ts';
import { openRaw } from './raw-connection.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const DEFINITIONS = `
CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT);
CREATE SOURCE clicks (page TEXT, n INTEGER);
CREATE TABLE accounts (id BIGINT PRIMARY KEY, name TEXT);
`;
const EVENTS = '/v1/sources/transfers/events';
const CLICKS = '/v1/sources/clicks/events';

let service: TestService;
let tenant: TestTenant;
let other: TestTenant;
let token: string;

beforeAll(async () => {
  service = await startTestService({ RINGWATCH_BODY_BYTES_MAX: '3000000' });
  tenant = await service.addTenant('bank', DEFINITIONS);
  other = await service.addTenant('lender', 'CREATE SOURCE loans (id TEXT PRIMARY KEY);');
  token = await tenant.key(['ingest']);
});
afterAll(() => service.end());

/** Sends bytes as they are over a connection, and resolves with all that comes back. */
async function raw(text: string, end = true): Promise<string> {
  const { socket, ended } = openRaw(service.address, text);
  if (end) socket.end();
  return await ended;
}

describe('a request', () => {
  it.each<[string, string, Parameters<typeof send>[2], number, string]>([
    ['without credentials', EVENTS, { headers: CSV }, 401, 'UNAUTHENTICATED'],
    ['with credentials of nobody', EVENTS, { headers: CSV, token: 'rw_nobody' }, 401, 'UNAUTHENTICATED'],
    ['with another scheme', EVENTS, { headers: { authorization: 'Basic YTpi' } }, 401, 'UNAUTHENTICATED'],
    ['with a token of 600 characters', EVENTS, { token: 'x'.repeat(600) }, 401, 'UNAUTHENTICATED'],
    ['to nowhere', '/v1/nothing', {}, 404, 'ROUTE_UNKNOWN'],
    ['by a method that the address lacks', EVENTS, { method: 'PUT' }, 404, 'ROUTE_UNKNOWN'],
    ['to an address with a dot segment', '/v1/sources/../tables/accounts/rows', {}, 401, 'UNAUTHENTICATED'],
    ['with a doubled slash', '//v1/sources/transfers/events', {}, 404, 'ROUTE_UNKNOWN'],
    ['in other letters', '/V1/SOURCES/transfers/events', {}, 404, 'ROUTE_UNKNOWN'],
    ['with a broken escape', '/v1/sources/%zz/events', {}, 400, 'REQUEST_INVALID'],
    ['with half a character', '/v1/sources/%ff/events', {}, 400, 'REQUEST_INVALID'],
    ['with a name beyond all names', `/v1/sources/${'x'.repeat(1000)}/events`, {}, 400, 'REQUEST_INVALID'],
  ])('%s is refused with a code', async (_, path, sending, status, code) => {
    const answer = await send(service.address, path, sending);
    expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
    expect(answer.json.requestId).toMatch(/^[0-9A-Z]{26}$/);
    expect(answer.headers['x-request-id']).toBe(answer.json.requestId);
  });

  it.each<[string, string, Parameters<typeof send>[2], number, string]>([
    ['to a source that is none', '/v1/sources/transfer/events', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ['to a table as a source', '/v1/sources/accounts/events', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ['to a source as a table', '/v1/tables/transfers/rows', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ["to another tenant's source", '/v1/sources/loans/events', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ['to a name with a slash in it', '/v1/sources/a%2Fb/events', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ['to a name with a zero in it', '/v1/sources/a%00b/events', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ['to what every object has', '/v1/sources/__proto__/events', { headers: CSV }, 404, 'UNKNOWN_NAME'],
    ['without a type', EVENTS, {}, 415, 'MEDIA_TYPE_UNKNOWN'],
    [
      'of another type',
      EVENTS,
      { headers: { 'content-type': 'application/json' } },
      415,
      'MEDIA_TYPE_UNKNOWN',
    ],
    [
      'in another alphabet',
      EVENTS,
      { headers: { 'content-type': 'text/csv; charset=utf-16' } },
      415,
      'MEDIA_TYPE_UNKNOWN',
    ],
    ['packed otherwise', EVENTS, { headers: { ...CSV, 'content-encoding': 'br' } }, 415, 'ENCODING_UNKNOWN'],
    [
      'packed twice',
      EVENTS,
      { headers: { ...CSV, 'content-encoding': 'gzip, gzip' } },
      415,
      'ENCODING_UNKNOWN',
    ],
    ['with a query that is unknown', `${EVENTS}?waits=applied`, { headers: CSV }, 400, 'FIELD_INVALID'],
    ['with a wait that is none', `${EVENTS}?wait=no`, { headers: CSV }, 400, 'FIELD_INVALID'],
    ['with two waits', `${EVENTS}?wait=applied&wait=durable`, { headers: CSV }, 400, 'FIELD_INVALID'],
    ['without a header of CSV', EVENTS, { headers: CSV }, 400, 'HEADER_INVALID'],
    ['with a header of other fields', EVENTS, { headers: CSV, body: 'a,b\n1,2' }, 400, 'HEADER_INVALID'],
    [
      'naming another tenant',
      EVENTS,
      { headers: { ...CSV, 'x-ringwatch-tenant': 'lender' } },
      404,
      'TENANT_UNKNOWN',
    ],
    [
      'naming no tenant that there is',
      EVENTS,
      { headers: { ...CSV, 'x-ringwatch-tenant': 'x' } },
      404,
      'TENANT_UNKNOWN',
    ],
  ])('of rows %s is refused with a code', async (_, path, sending, status, code) => {
    const answer = await send(service.address, path, {
      token,
      body: 'tx\n1\n'.repeat(path === EVENTS ? 0 : 1),
      ...sending,
    });
    expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
  });

  it('needs the scope of its operation, and says which', async () => {
    for (const scope of ['decide', 'query', 'define', 'publish', 'alerts', 'admin', 'audit'] as const) {
      const answer = await send(service.address, EVENTS, { token: await tenant.key([scope]), headers: CSV });
      expect([answer.status, answer.json.error?.code]).toEqual([403, 'FORBIDDEN']);
      expect(answer.json.error?.details).toMatchObject({ scope: 'ingest' });
    }
  });

  it('with the key of another tenant reaches that tenant only', async () => {
    const theirs = await other.key(['ingest']);
    const { status, json } = await send(service.address, EVENTS, {
      token: theirs,
      headers: CSV,
      body: 'tx\n1\n',
    });
    expect([status, json.error?.code]).toEqual([404, 'UNKNOWN_NAME']);
    expect(json.error?.hint ?? '').not.toContain('transfers');
  });

  it('of the operator names a tenant', async () => {
    const admin = service.adminToken as string;
    const none = await send(service.address, EVENTS, { token: admin, headers: CSV, body: 'tx\nop' });
    expect([none.status, none.json.error?.code]).toEqual([400, 'TENANT_MISSING']);
    for (const name of ['bank', tenant.id]) {
      const headers = { ...CSV, 'x-ringwatch-tenant': name };
      const named = await send(service.address, EVENTS, { token: admin, headers, body: 'tx\nop' });
      expect([named.status, named.json.accepted]).toEqual([200, 1]);
    }
  });

  it('with a doubled header of who asks is refused', async () => {
    const answer = await raw(
      `POST ${EVENTS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('REQUEST_INVALID');
  });

  it.each<[string, string]>([
    ['is no HTTP', 'hello\r\n\r\n'],
    [
      'has two lengths',
      `POST ${EVENTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    ],
    [
      'has a length and chunks',
      `POST ${EVENTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'has a chunk that is none',
      `POST /v1/nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    ['has a header with a line end in it', `POST ${EVENTS} HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n`],
    ['has a zero in its address', `POST /v1/\0 HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['has headers without end', `POST ${EVENTS} HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5000)}\r\n`],
  ])('that %s is answered 4xx or cut, and the service goes on', async (_, text) => {
    const answer = await raw(text);
    expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    expect((await send(service.address, '/healthz', { method: 'GET' })).status).toBe(200);
  });

  it('with too many headers is told so', async () => {
    const answer = await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toContain('HTTP/1.1 431');
    expect(answer).toContain('HEADERS_TOO_LARGE');
  });
});

describe('a body', () => {
  it('that is refused anyway is not sent where its sender asks first', async () => {
    const sending = async (credentials: string): Promise<{ continued: boolean; status: number }> => {
      const outgoing = request(`${service.address}${EVENTS}`, {
        method: 'POST',
        agent: false,
        headers: { ...CSV, authorization: credentials, expect: '100-continue', 'content-length': 6 },
      });
      let continued = false;
      outgoing.on('continue', () => {
        continued = true;
        outgoing.end('tx\nec\n');
      });
      outgoing.flushHeaders();
      const { status } = await answerOf(outgoing);
      outgoing.destroy();
      return { continued, status };
    };
    expect(await sending(`Bearer ${token}`)).toEqual({ continued: true, status: 200 });
    expect(await sending('Bearer nobody')).toEqual({ continued: false, status: 401 });
  });

  it('beyond its limit is answered with what was kept of it', async () => {
    const row = `${'x'.repeat(99)},1\n`;
    const body = `page,n\n${row.repeat(50_000)}`;
    const before = (await tenant.engine.describe()).counters.accepted;
    const { status, json } = await send(service.address, `${CLICKS}?wait=applied`, {
      token,
      headers: CSV,
      body,
    });
    expect([status, json.error?.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(json.rows).toBe(json.accepted);
    expect(json.rows).toBeGreaterThan(20_000);
    expect(json.rows).toBeLessThan(30_000);
    expect((await tenant.engine.describe()).counters.accepted - before).toBe(json.accepted);
  });

  it('that is packed wrongly is answered with what was kept of it', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `page ${n * 7919},${n}`).join('\n');
    const packed = gzipSync(`page,n\n${rows}`);
    const headers = { ...CSV, 'content-encoding': 'gzip' };
    const { status, json } = await send(service.address, CLICKS, {
      token,
      headers,
      body: packed.subarray(0, -10),
    });
    expect([status, json.error?.code]).toEqual([400, 'BODY_CORRUPT']);
    expect(json.rows).toBe(json.accepted);
    expect(json.rows).toBeLessThan(20_000);
  });

  it.each(['close', 'keep-alive'])(
    'that is answered before its end is let pass, for senders that read afterwards; connection: %s',
    async (connection) => {
      const { hostname, port } = new URL(service.address);
      const socket = connect(Number(port), hostname).pause();
      const line = 'no row\n';
      const lines = 2_000_000;
      const head = [
        `POST ${CLICKS}?rejectedMax=0 HTTP/1.1`,
        'Host: a',
        `Authorization: Bearer ${token}`,
        'Content-Type: application/x-ndjson',
        `Content-Length: ${line.length * lines}`,
      ];
      socket.write(`${[...head, `Connection: ${connection}`].join('\r\n')}\r\n\r\n`);
      await new Promise((resolve) => socket.write(line.repeat(lines), resolve));
      // Nothing of the answer has been read so far. A connection that is kept serves on.
      if (connection === 'keep-alive')
        socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.resume();
      await once(socket, 'close');
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      expect(statuses).toEqual(connection === 'close' ? ['422'] : ['422', '200']);
      expect(answer).toContain('ROWS_REJECTED');
    },
  );

  it('that nobody wants is cut where it does not end', async () => {
    const { hostname, port } = new URL(service.address);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.write(`POST ${EVENTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n\r\n`);
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const send = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', send);
    send();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toContain('UNAUTHENTICATED');
    // What passes between two looks, and what the system holds for both sides, comes on top.
    expect(socket.bytesWritten).toBeLessThan(4 * LIMITS.unreadBodyBytesMax);
  });

  it('that is a bomb is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 'x'), { level: 9 });
    const headers = { ...NDJSON, 'content-encoding': 'gzip' };
    const { status, json } = await send(service.address, CLICKS, { token, headers, body: bomb });
    expect([status, json.error?.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(json).toMatchObject({ accepted: 0, rejectedCount: 0 });
  });

  it('that breaks off leaves a beginning of its rows, whole ones in order, and holds up nobody', async () => {
    const sent = 3500;
    const outgoing = request(`${service.address}${EVENTS}`, {
      method: 'POST',
      agent: false,
      headers: { ...CSV, authorization: `Bearer ${token}` },
    });
    outgoing.on('error', () => undefined);
    outgoing.write(
      `tx,payer\n${Array.from({ length: sent }, (_, n) => `cut${n},p\n`).join('')}cut${sent},unfin`,
    );
    const before = (await tenant.engine.describe()).counters.accepted;
    while ((await tenant.engine.describe()).counters.accepted < before + 2 * LIMITS.bodyFrameRows)
      await setTimeout(5);
    outgoing.destroy();
    // The same events again: those that were kept are duplicates, and have to be the first ones.
    const again = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: CSV,
      body: `tx,payer\n${Array.from({ length: sent + 1 }, (_, n) => `cut${n},p\n`).join('')}`,
    });
    expect(again.json.accepted).toBe(sent + 1);
    const kept = again.json.duplicates as number;
    expect(kept).toBeGreaterThanOrEqual(2 * LIMITS.bodyFrameRows);
    expect(kept).toBeLessThanOrEqual(sent);
    const beginning = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: CSV,
      body: `tx,payer\n${Array.from({ length: kept }, (_, n) => `cut${n},p\n`).join('')}`,
    });
    expect(beginning.json.duplicates).toBe(kept);
  });

  it('too many at once are refused, of one tenant only', async () => {
    const waiting: ClientRequest[] = [];
    try {
      for (let n = 0; n < LIMITS.bodiesPerTenantMax; n++) {
        const outgoing = request(`${service.address}${CLICKS}`, {
          method: 'POST',
          agent: false,
          headers: { ...CSV, authorization: `Bearer ${token}` },
        });
        outgoing.on('error', () => undefined);
        outgoing.write('page,n\n');
        waiting.push(outgoing);
      }
      let refused = await send(service.address, CLICKS, { token, headers: CSV, body: 'page,n\n' });
      while (refused.status === 200) {
        await setTimeout(5);
        refused = await send(service.address, CLICKS, { token, headers: CSV, body: 'page,n\n' });
      }
      expect([refused.status, refused.json.error?.code]).toEqual([429, 'BODIES_BUSY']);
      expect(refused.headers['retry-after']).toBe('1');
      const theirs = await other.key(['ingest']);
      const { status } = await send(service.address, '/v1/sources/loans/events', {
        token: theirs,
        headers: CSV,
        body: 'id\n1\n',
      });
      expect(status).toBe(200);
    } finally {
      for (const outgoing of waiting) outgoing.destroy();
    }
    for (;;) {
      const { status } = await send(service.address, CLICKS, { token, headers: CSV, body: 'page,n\n' });
      if (status === 200) break;
      await setTimeout(5);
    }
  });
});

describe('a rate', () => {
  it('of requests is answered 429 with when to come again', async () => {
    const limited = await service.addTenant('slow', DEFINITIONS, {
      limits: { ...NO_LIMITS, requestsPerSecond: 1 },
    });
    const key = await limited.key(['ingest']);
    const codes: (string | undefined)[] = [];
    let retryAfter: string | undefined;
    for (let n = 0; n < 8; n++) {
      const answer = await send(service.address, CLICKS, { token: key, headers: CSV, body: 'page,n\na,1\n' });
      codes.push(answer.json.error?.code);
      retryAfter = answer.headers['retry-after'] ?? retryAfter;
    }
    expect(codes[0]).toBeUndefined();
    expect(codes).toContain('RATE_LIMITED');
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
  });

  it('of rows holds a body up, or is answered where that would take too long', async () => {
    const limited = await service.addTenant('slower', DEFINITIONS, {
      limits: { ...NO_LIMITS, recordsPerSecond: 1000 },
    });
    const key = await limited.key(['ingest']);
    const body = `page,n\n${'a,1\n'.repeat(4000)}`;
    const held = await send(service.address, CLICKS, { token: key, headers: CSV, body });
    expect([held.status, held.json.accepted]).toEqual([200, 4000]);
    await limited.stores.settings.update({ limits: { recordsPerSecond: 1 } });
    const refused = await send(service.address, CLICKS, { token: key, headers: CSV, body });
    expect([refused.status, refused.json.error?.code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.json.rows).toBe(refused.json.accepted);
  });

  it('of a month ends a body with what was kept of it', async () => {
    const limited = await service.addTenant('small', DEFINITIONS, {
      limits: { ...NO_LIMITS, recordsPerMonth: 1500 },
    });
    const key = await limited.key(['ingest']);
    const body = `page,n\n${'a,1\n'.repeat(4000)}`;
    const { status, json } = await send(service.address, `${CLICKS}?wait=applied`, {
      token: key,
      headers: CSV,
      body,
    });
    expect([status, json.error?.code]).toEqual([429, 'QUOTA_EXCEEDED']);
    expect(json).toMatchObject({ rows: 2000, accepted: 2000 });
  });
});

const NO_LIMITS = {
  requestsPerSecond: null,
  recordsPerSecond: null,
  recordsPerMonth: null,
  bytesPerMonth: null,
  subscriptions: null,
  members: null,
  keys: null,
  endpoints: null,
  memoryBytes: null,
};
