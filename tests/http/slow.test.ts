import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CSV, send } from './http-client.ts';
import { openRaw, type RawConnection } from './raw-connection.ts';
import { startTestService, type TestService } from './test-service.ts';

const EVENTS = '/v1/sources/transfers/events';
const SLOW_CONNECTIONS = 300;

const lines: string[] = [];
let service: TestService;
let token: string;

beforeAll(async () => {
  service = await startTestService({}, null, (line) => lines.push(line));
  const tenant = await service.addTenant(
    'bank',
    'CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT);',
  );
  token = await tenant.key(['ingest', 'query']);
});
afterAll(() => service.end());

const open = (text: string): RawConnection => openRaw(service.address, text);

describe('slow senders', () => {
  it('are told so and cut, and hold up nobody meanwhile', async () => {
    const headers = Array.from({ length: SLOW_CONNECTIONS }, () =>
      open('GET /healthz HTTP/1.1\r\nHost: a\r\nX:'),
    );
    const drip = setInterval(() => {
      for (const { socket } of headers) if (socket.writable) socket.write('y');
    }, 500);
    const body = open(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    );
    const rows = open(
      `POST ${EVENTS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\ntx,payer\n2,b\n3,`,
    );
    const answer = await send(service.address, EVENTS, { token, headers: CSV, body: 'tx,payer\n1,a\n' });
    expect([answer.status, answer.json.accepted]).toEqual([200, 1]);
    for (const text of await Promise.all(headers.map(({ ended }) => ended))) {
      expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TOO_SLOW/);
    }
    clearInterval(drip);
    expect(await body.ended).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TOO_SLOW/);
    // What came whole of a body that stands still is kept.
    expect(await rows.ended).toMatch(/^HTTP\/1\.1 408 [\s\S]*BODY_TOO_SLOW[\s\S]*"rows":1,"accepted":1/);
  });
});

describe('the log', () => {
  it('has a line for each request, and nothing of what it holds', async () => {
    lines.length = 0;
    const { headers } = await send(service.address, `${EVENTS}?wait=applied`, {
      token,
      headers: { ...CSV, 'user-agent': 'someones-browser', 'x-forwarded-for': '203.0.113.9' },
      body: 'tx,payer\nevent-key,somebody\nevent-key-2,"un"closed\n',
    });
    await send(service.address, '/v1/tables/somebodys-table/rows', { token, headers: CSV });
    await send(service.address, '/somebodys/path?name=somebody', { token: 'rw_somebodys_token' });
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toHaveLength(3);
    expect(said[0]).toMatchObject({
      msg: 'request',
      request: headers['x-request-id'],
      method: 'POST',
      route: '/v1/sources/:source/events',
      status: 200,
      tenant: expect.stringMatching(/^ten_/),
      credential: expect.stringMatching(/^key_/),
    });
    expect(said[2]).toMatchObject({ route: null, status: 404, tenant: null });
    for (const word of [
      'somebody',
      'event-key',
      'browser',
      '203.0',
      '127.0.0.1',
      token,
      token.split('_')[2] as string,
    ]) {
      expect(lines.join('')).not.toContain(word);
    }
  });
});
