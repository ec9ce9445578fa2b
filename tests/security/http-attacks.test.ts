import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { LIMITS } from '../../core/limits.ts';
import { CSV, NDJSON, type Sending, send } from '../http/http-client.ts';
import {
  codeOf,
  type HostileService,
  MORE_BYTES_MAX,
  openRaw,
  type RawConnection,
  sendRaw,
  startHostile,
  statusesIn,
} from './hostile-service.ts';

const EVENTS = '/v1/sources/transfers/events';

let service: HostileService;

beforeAll(async () => {
  service = await startHostile();
});
afterAll(() => service.end());

/** A request as it goes over the connection. */
function raw(line: string, headers: readonly string[] = [], body = ''): string {
  const all = ['Host: a', `Authorization: Bearer ${service.attacker.token}`, ...headers];
  return `${line}\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}

async function rows(body: Sending['body'], headers: Readonly<Record<string, string>>, path = EVENTS) {
  return await send(service.address, path, {
    token: service.attacker.token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

/** What follows a request in its body, were it read as another one. */
const SMUGGLED = 'GET /healthz?smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a request within another', () => {
  it.each<[string, () => string]>([
    [
      'two lengths',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', 'Content-Length: 0', `Content-Length: ${SMUGGLED.length}`],
          SMUGGLED,
        ),
    ],
    [
      'two lengths in one header',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', `Content-Length: 0, ${SMUGGLED.length}`],
          SMUGGLED,
        ),
    ],
    [
      'a length and chunks',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
          `0\r\n\r\n${SMUGGLED}`,
        ),
    ],
    [
      'chunks in other letters',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', 'Content-Length: 5', 'Transfer-Encoding: cHuNkEd'],
          `0\r\n\r\n${SMUGGLED}`,
        ),
    ],
    [
      'chunks twice',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
          `0\r\n\r\n${SMUGGLED}`,
        ),
    ],
    ['an unknown encoding', () => raw(`POST ${EVENTS} HTTP/1.1`, ['Transfer-Encoding: xchunked'], SMUGGLED)],
    [
      'a space before the colon',
      () => raw(`POST ${EVENTS} HTTP/1.1`, [`Content-Length : ${SMUGGLED.length}`], SMUGGLED),
    ],
    [
      'a tab before the value',
      () => raw(`POST ${EVENTS} HTTP/1.1`, ['Transfer-Encoding:\u000bchunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    ['a length with a sign', () => raw(`POST ${EVENTS} HTTP/1.1`, ['Content-Length: +5'], SMUGGLED)],
    ['a length in another base', () => raw(`POST ${EVENTS} HTTP/1.1`, ['Content-Length: 0x5'], SMUGGLED)],
    [
      'a length beyond all',
      () => raw(`POST ${EVENTS} HTTP/1.1`, ['Content-Length: 99999999999999999999'], SMUGGLED),
    ],
    ['a negative length', () => raw(`POST ${EVENTS} HTTP/1.1`, ['Content-Length: -1'], SMUGGLED)],
    [
      'a chunk of negative size',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', 'Transfer-Encoding: chunked'],
          `-1\r\n\r\n${SMUGGLED}`,
        ),
    ],
    [
      'a chunk of huge size',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', 'Transfer-Encoding: chunked'],
          `ffffffffffffffff1\r\n\r\n${SMUGGLED}`,
        ),
    ],
    [
      'chunks that end with a bare line feed',
      () =>
        raw(
          `POST ${EVENTS} HTTP/1.1`,
          ['Content-Type: text/csv', 'Transfer-Encoding: chunked'],
          `2\ntx\n0\n\n${SMUGGLED}`,
        ),
    ],
    [
      'a folded header',
      () => raw(`POST ${EVENTS} HTTP/1.1`, ['X: a', ' Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'a bare carriage return in a header',
      () => raw(`POST ${EVENTS} HTTP/1.1`, ['X: a\rTransfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    ['a zero in a header', () => raw(`POST ${EVENTS} HTTP/1.1`, ['X: a\0b'], SMUGGLED)],
    ['a header without a name', () => raw(`POST ${EVENTS} HTTP/1.1`, [': a'], SMUGGLED)],
    ['no host', () => `POST ${EVENTS} HTTP/1.1\r\n\r\n${SMUGGLED}`],
  ])('by %s is never answered as one of its own', async (_, text) => {
    const received = await sendRaw(service.address, text());
    const statuses = statusesIn(received);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect(statuses.filter((status) => status === 200)).toEqual([]);
    expect(received).not.toContain('"state"');
    await service.expectAlive();
  });

  it('is answered where it is one, so that this would be seen', async () => {
    const received = await sendRaw(service.address, raw('GET /healthz HTTP/1.1') + SMUGGLED);
    expect(statusesIn(received)).toEqual([200, 200]);
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('an address', () => {
  it.each<[string, string]>([
    ['dot segments', '/v1/sources/../../healthz'],
    ['encoded dot segments', '/v1/%2e%2e/%2e%2e/healthz'],
    ['dot segments encoded twice', '/%252e%252e/healthz'],
    ['an encoded slash', '/v1%2fsources%2ftransfers%2fevents'],
    ['a backslash', '/v1\\sources\\transfers\\events'],
    ['an encoded backslash', '/console/..%5c..%5cetc%5cpasswd'],
    ['files of the machine', '/console/../../../../etc/passwd'],
    ['files of the machine, encoded', '/console/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd.txt'],
    ['an encoded zero', '/console/index.html%00.js'],
    ['an overlong form of a slash', '/console/%c0%af%c0%afetc.txt'],
    ['half an escape', '/v1/sources/%'],
    ['no UTF-8', '/v1/sources/%ff%fe/events'],
    ['another host', 'http://169.254.169.254/latest/meta-data/'],
    ['another scheme', 'file:///etc/passwd'],
    ['an authority', '//evil.example/v1'],
    ['a fragment', '/healthz#/../v1/sources'],
    ['a semicolon', '/v1/sources;x=1/transfers/events'],
    ['10,000 segments', `/${'a/'.repeat(5000)}`],
    ['10,000 parameters', `/graphql?${'a=1&'.repeat(3000)}`],
    ['a parameter in brackets', '/graphql?query[__proto__][x]=1&query[]=2'],
    ['a poisoned parameter', '/graphql?__proto__=1&constructor=2&query=%7B__typename%7D'],
    ['every object’s own', '/__proto__/constructor/toString'],
    ['a star', '*'],
  ])('with %s finds nothing that is not there', async (_, path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const received = await sendRaw(
        service.address,
        raw(`${method} ${path} HTTP/1.1`, ['Connection: close']),
      );
      for (const status of statusesIn(received)) expect(status).toBeLessThan(500);
      expect(received).not.toMatch(/root:|ami-id|INTERNAL/);
    }
  });

  it('in absolute form is this service’s own, whatever host it names', async () => {
    const own = await sendRaw(
      service.address,
      'GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(own).not.toMatch(/evil\.example/);
    expect(statusesIn(own).every((status) => status < 500)).toBe(true);
  });

  it('that another host would be redirected by is not made of what the request says', async () => {
    const received = await sendRaw(
      service.address,
      'GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(received).toMatch(/location: \/console\/\r\n/i);
    expect(received).not.toContain('evil');
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('a method', () => {
  it.each([
    'HEAD',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PUT',
    'PATCH',
    'DELETE',
    'PROPFIND',
    'LOCK',
    'SEARCH',
    'PURGE',
    'GEt',
    'XYZZY',
  ])('%s changes nothing and echoes nothing', async (method) => {
    for (const path of ['/graphql', EVENTS, '/v1/session', '/healthz', '/metrics', '/console/', '/nothing']) {
      const received = await sendRaw(
        service.address,
        raw(`${method} ${path} HTTP/1.1`, [
          'X-Secret: echo-me',
          'Origin: http://evil.example',
          'Access-Control-Request-Method: POST',
          'Connection: close',
        ]),
      );
      for (const status of statusesIn(received)) expect(status).toBeLessThan(500);
      expect(received).not.toMatch(/echo-me|access-control-allow/i);
    }
    await service.expectAlive();
  });

  it('is what the request line says, whatever a header or a parameter would have', async () => {
    for (const header of ['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method']) {
      const received = await sendRaw(
        service.address,
        raw('GET /v1/session?_method=POST HTTP/1.1', [`${header}: POST`, 'Connection: close']),
      );
      expect(statusesIn(received)).toEqual([401]);
    }
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('a page of another site', () => {
  it('cannot write in a session’s name, whatever type its form or script sends', async () => {
    const opened = await send(service.address, '/v1/session', { token: service.attacker.token });
    const cookie = String(opened.headers['set-cookie']?.[0]).split(';')[0] as string;
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'text/csv',
      'application/json',
      'text/plain; application/json',
    ];
    for (const type of types) {
      for (const path of ['/graphql', EVENTS]) {
        const headers = {
          cookie,
          'content-type': type,
          origin: 'http://evil.example',
          'sec-fetch-site': 'cross-site',
        };
        const answer = await send(service.address, path, {
          headers,
          body: '{"query":"mutation{__typename}"}',
        });
        expect(codeOf(answer)).toBe('403 CROSS_SITE');
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      }
    }
  });

  it('leave the service healthy', () => service.expectHealthy());
});

const SLOW = 400;

describe('slow and idle connections', () => {
  it('are cut with a code, hold up nobody, and cost little memory', async () => {
    const open: RawConnection[] = [];
    const more = await service.growth(async () => {
      for (let n = 0; n < SLOW; n++) {
        open.push(
          openRaw(service.address, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX:'),
          openRaw(
            service.address,
            raw('POST /graphql HTTP/1.1', ['Content-Type: application/json', 'Content-Length: 1000'], '{'),
          ),
          openRaw(service.address, ''),
        );
      }
      const drip = setInterval(() => {
        for (const { socket } of open) if (socket.writable && socket.bytesWritten > 0) socket.write('y');
      }, 1000);
      await service.expectHealthy();
      const headers = open.filter((_, n) => n % 3 === 0);
      for (const text of await Promise.all(headers.map(({ ended }) => ended)))
        expect(statusesIn(text)).toEqual([408]);
      await service.expectHealthy();
      clearInterval(drip);
    });
    for (const { socket } of open) socket.destroy();
    expect(more).toBeLessThan(MORE_BYTES_MAX);
  });

  it('beyond what the service takes make room for who comes with work', async () => {
    const idle: RawConnection[] = [];
    for (let n = 0; n < LIMITS.connectionsMax + 200; n++) {
      idle.push(openRaw(service.address, n % 2 === 0 ? '' : 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'));
      if (n % 500 === 0) await setTimeout(20);
    }
    try {
      await service.expectHealthy();
    } finally {
      for (const { socket } of idle) socket.destroy();
    }
    await service.expectHealthy();
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('a packed body', () => {
  const gzip = { ...NDJSON, 'content-encoding': 'gzip' };
  const row = '{"tx":"packed"}\n';

  it.each<[string, () => Uint8Array, string]>([
    [
      'zeros to a thousandfold',
      () => gzipSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 }),
      '413 BODY_RATIO',
    ],
    [
      'spaces to a thousandfold',
      () => gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '), { level: 9 }),
      '413 BODY_RATIO',
    ],
    [
      'a bomb in a bomb, of which one is unpacked',
      () => gzipSync(gzipSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 })),
      '200( [A-Z_]+)?',
    ],
    [
      'bombs one after the other',
      () =>
        Buffer.concat(
          Array.from({ length: 50 }, () => gzipSync(Buffer.alloc(8 * 1024 * 1024), { level: 9 })),
        ),
      '413 BODY_RATIO',
    ],
    ['garbage behind it', () => Buffer.concat([gzipSync(row), Buffer.from('garbage')]), '400 BODY_CORRUPT'],
    ['zeros behind it', () => Buffer.concat([gzipSync(row), Buffer.alloc(100)]), '400 BODY_CORRUPT'],
    [
      'a wrong checksum',
      () => gzipSync(row).map((byte, n, all) => (n < all.length - 8 ? byte : 0)),
      '400 BODY_CORRUPT',
    ],
    ['no end', () => gzipSync(row).subarray(0, -9), '400 BODY_CORRUPT'],
    ['nothing in it', () => Buffer.alloc(0), '400 [A-Z_]+'],
    ['no gzip', () => Buffer.from('PK\u0003\u0004 a zip'), '400 BODY_CORRUPT'],
    ['a header alone', () => gzipSync(row).subarray(0, 10), '400 BODY_CORRUPT'],
    ['members without end', () => Buffer.concat(Array.from({ length: 20_000 }, () => gzipSync(''))), '200'],
  ])('with %s is answered with its code, and takes little memory', async (_, body, code) => {
    const bytes = body();
    let answered = '';
    const more = await service.growth(async () => {
      answered = codeOf(await rows(bytes, gzip));
    });
    expect(answered).toMatch(new RegExp(`^${code}$`));
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectAlive();
  });

  it('leave the service healthy', () => service.expectHealthy());
});

async function* endless(bytes: number, head: string, chunk: string, tail = ''): AsyncGenerator<string> {
  yield head;
  for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
  yield tail;
}

/** More than the memory that may be taken, so that a body which is kept would be seen; */
const MOST = 160 * 1024 * 1024;
/** and what is enough to look at time and codes. */
const MANY = 16 * 1024 * 1024;
/** What is let pass of a body that is refused at its beginning, so that its sender reads why. */
const LESS = 900 * 1024;
const KB64 = 64 * 1024;

describe('a body of rows', () => {
  it.each<[string, () => Sending['body'], Readonly<Record<string, string>>, string]>([
    [
      'one line that does not end, NDJSON',
      () => endless(MOST, '{"tx":"', 'x'.repeat(KB64)),
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'one line that does not end, CSV',
      () => endless(MANY, 'tx,payer\n"', 'x'.repeat(KB64)),
      CSV,
      '200( [A-Z_]+)?',
    ],
    ['quotes without end', () => endless(MANY, 'tx,payer\n', '""'.repeat(KB64 / 2)), CSV, '200( [A-Z_]+)?'],
    ['a header that does not end', () => endless(LESS, 'tx', 'x'.repeat(KB64)), CSV, '400 [A-Z_]+'],
    ['a million columns', () => endless(8_000_000, 'tx', ',column'.repeat(8192)), CSV, '400 [A-Z_]+'],
    ['a million fields in a row', () => endless(MANY, 'tx,payer\n', ','.repeat(KB64)), CSV, '200( [A-Z_]+)?'],
    ['line ends and nothing else', () => endless(MANY, 'tx,payer', '\n'.repeat(KB64)), CSV, '200( [A-Z_]+)?'],
    ['carriage returns', () => endless(LESS, 'tx,payer', '\r'.repeat(KB64)), CSV, '(200|400)( [A-Z_]+)?'],
    [
      'lists in lists',
      () => `{"tx":${'['.repeat(500_000)}${']'.repeat(500_000)}}\n`,
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'objects in objects',
      () => `{"tx":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}\n`,
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    ['objects that do not end', () => endless(MANY, '', '{"a":'.repeat(8192)), NDJSON, '200( [A-Z_]+)?'],
    [
      'the same key a hundred thousand times',
      () => `{${'"tx":"a",'.repeat(100_000)}"tx":"z"}\n`,
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'a hundred thousand other keys',
      () => `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join(',')}}\n`,
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'prototypes',
      () => '{"__proto__":{"tx":"a"},"constructor":{"prototype":1}}\n{"tx":"p","__proto__":null}\n',
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'numbers of a million digits',
      () => `{"tx":"n","amount":${'9'.repeat(1_000_000)}}\n`,
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'exponents',
      () => '{"tx":"e","amount":1e999999999}\n{"tx":"f","amount":-1e-999999999}\n',
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'times that are none',
      () =>
        '{"tx":"t","at":"99999999999999-99-99T99:99:99Z"}\n{"tx":"u","at":1e308}\n{"tx":"v","at":"+275760-09-13T00:00:00.001Z"}\n',
      NDJSON,
      '200( [A-Z_]+)?',
    ],
    [
      'bytes that are no UTF-8',
      () => Buffer.concat([Buffer.from('tx,payer\n'), Buffer.alloc(100_000, 0xff)]),
      CSV,
      '(200|400)( [A-Z_]+)?',
    ],
    [
      'zeros',
      () => Buffer.concat([Buffer.from('tx,payer\n'), Buffer.alloc(1_000_000)]),
      CSV,
      '200( [A-Z_]+)?',
    ],
    ['a UTF-16 body', () => Buffer.from('tx,payer\n1,2\n', 'utf16le'), CSV, '400 [A-Z_]+'],
    [
      'wrong rows without end',
      () => endless(MANY, 'tx,payer,amount\n', 'a,b,much\n'.repeat(7000)),
      CSV,
      '200( [A-Z_]+)?',
    ],
  ])('of %s is answered with its code, and takes little memory', async (_, body, headers, code) => {
    let answered = '';
    const more = await service.growth(async () => {
      answered = codeOf(await rows(body(), headers));
    });
    expect(answered).toMatch(new RegExp(`^${code}$`));
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectAlive();
  });

  it('that names fields by the hundred thousand is answered shortly', async () => {
    const wide = Array.from(
      { length: 2000 },
      (_, row) =>
        `{"tx":"w${row}",${Array.from({ length: 100 }, (__, n) => `"f${row * 100 + n}":1`).join(',')}}\n`,
    );
    const answer = await rows(wide.join(''), NDJSON);
    expect(codeOf(answer)).toMatch(/^200/);
    expect(answer.text.length).toBeLessThan(64 * 1024);
    expect(Object.keys(answer.json.unknownFields ?? {}).length).toBeLessThanOrEqual(
      LIMITS.unknownFieldsMax + 1,
    );
  });

  it('leaves no prototype changed', async () => {
    await rows('{"__proto__":{"polluted":"yes"}}\n', NDJSON);
    const answer = await rows('{"tx":"clean"}\n', NDJSON);
    expect(answer.text).not.toContain('polluted');
  });

  it('sixteen at once of a tenant, all slow, leave another tenant’s bodies alone', async () => {
    const bodies = Array.from({ length: LIMITS.bodiesPerTenantMax + 4 }, () =>
      openRaw(
        service.address,
        raw(`POST ${EVENTS} HTTP/1.1`, ['Content-Type: text/csv', 'Content-Length: 1000000'], 'tx,payer\n'),
      ),
    );
    await service.expectHealthy();
    for (const { socket } of bodies) socket.destroy();
    await service.expectHealthy();
  });

  it('leave the service healthy', () => service.expectHealthy());
});
