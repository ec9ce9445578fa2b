import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LIMITS } from '../../core/limits.ts';
import { answerOf, JSON_TYPE, NDJSON, send } from './http-client.ts';
import { openRaw } from './raw-connection.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const WRONG = '{"query":"{ viewer { nothing } }"}';
const RIGHT = '{"query":"{ viewer { name } }"}';

let service: TestService;
let tenant: TestTenant;

beforeAll(async () => {
  // One a second, two at once: what is held goes on for long enough that a slow machine sees it held.
  service = await startTestService({ RINGWATCH_REFUSALS_PER_SECOND: '1' });
  tenant = await service.addTenant('bank', 'CREATE SOURCE clicks (page TEXT)');
});
afterAll(() => service.end());

const HELD = 15;

interface Asked {
  readonly status: number;
}

function ask(token: string, body: string): Promise<Asked> {
  return send(service.address, '/graphql', { token, headers: JSON_TYPE, body });
}

function unpack(token: string): Promise<Asked> {
  const headers = { ...NDJSON, 'content-encoding': 'gzip' };
  return send(service.address, '/v1/sources/clicks/events', { token, headers, body: 'no gzip' });
}

/** Has requests of a key refused until it waits; those that wait then, with how many of them are answered. */
async function hold(
  request: () => Promise<Asked>,
): Promise<{ answers: Promise<Asked[]>; answered(): number }> {
  for (let n = 0; n < 3; n++) await request();
  let answered = 0;
  const held = Array.from({ length: HELD }, async () => {
    const answer = await request();
    answered++;
    return answer;
  });
  return { answers: Promise.all(held), answered: () => answered };
}

describe('a key whose requests are refused over and over', () => {
  it('waits, while another key of the tenant does not, and is out when it is revoked meanwhile', async () => {
    const { token: noisy, key } = await tenant.stores.keys.create({
      name: 'noisy',
      scopes: ['query'],
      expiresAt: null,
    });
    const calm = await tenant.key(['query']);
    const { answers, answered } = await hold(() => ask(noisy, WRONG));
    expect((await ask(calm, WRONG)).status).toBe(200);
    expect((await ask(calm, RIGHT)).status).toBe(200);
    expect(answered()).toBeLessThan(HELD);
    await tenant.stores.keys.revoke(key.id);
    // They are looked at in the end, in turn: that they had to wait is no error, that they are revoked is.
    const statuses = (await answers).map(({ status }) => status);
    expect(statuses).toContain(401);
    expect(new Set(statuses).size).toBeLessThanOrEqual(2);
  }, 60_000);

  it('waits as well for bodies that are unpacked for nothing', async () => {
    const [noisy, calm] = [await tenant.key(['ingest']), await tenant.key(['ingest'])];
    const { answers, answered } = await hold(() => unpack(noisy));
    expect((await unpack(calm)).status).toBe(400);
    expect(answered()).toBeLessThan(HELD);
    expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([400]));
  }, 60_000);

  it('does not wait for what it does right, however often', async () => {
    const token = await tenant.key(['query']);
    await ask(token, WRONG);
    // Were they counted, they would take five minutes.
    for (let n = 0; n < 300; n++) await ask(token, RIGHT);
  }, 60_000);
});

describe('requests of a key that wait', () => {
  it('are so many at most, others are answered 429, and make room when their senders go', async () => {
    const noisy = await tenant.key(['query']);
    for (let n = 0; n < 3; n++) await ask(noisy, WRONG);
    const outgoing = Array.from({ length: LIMITS.refusalsWaitingOfOneMax + 10 }, () =>
      request(`${service.address}/graphql`, {
        method: 'POST',
        agent: false,
        headers: { ...JSON_TYPE, authorization: `Bearer ${noisy}` },
      }).end(WRONG),
    );
    const answers = outgoing.map(answerOf);
    for (const each of answers) each.catch(() => undefined);
    const crowded = Promise.any(
      answers.map(async (each) => {
        const { status, headers, text } = await each;
        if (status === 200) throw new Error('it was its turn');
        return [status, Number(headers['retry-after']) > 1, text.includes('RATE_LIMITED')];
      }),
    );
    expect(await crowded).toEqual([429, true, true]);
    for (const each of outgoing) each.destroy();
    await Promise.allSettled(answers);
    // Were they still there, it would be refused, or come after all of them, minutes later.
    let status = 0;
    for (let n = 0; n < 100 && status !== 200; n++) ({ status } = await ask(noisy, RIGHT));
    expect(status).toBe(200);
  }, 60_000);
});

describe('whoever opens WebSockets and is refused over and over', () => {
  const sockets: WebSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  function open(headers: Readonly<Record<string, string>> = {}): WebSocket {
    const socket = new WebSocket(`${service.address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers,
    });
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  /** Resolves when the socket is acknowledged, or with the code that it is closed with. */
  async function init(token: string): Promise<string | number> {
    const socket = open();
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    return await Promise.race([
      once(socket, 'message').then(([data]) => JSON.parse(String(data)).type as string),
      once(socket, 'close').then(([code]) => code as number),
    ]);
  }

  /** Has three sockets refused; of many more, how many are answered so far. */
  async function hold(one: () => Promise<unknown>): Promise<() => number> {
    for (let n = 0; n < 3; n++) await one();
    let answered = 0;
    for (let n = 0; n < HELD; n++)
      void one().then(
        () => answered++,
        () => undefined,
      );
    return () => answered;
  }

  it('by a key that it shows, and with which it never says a word, has further ones opened later', async () => {
    const [noisy, calm] = [await tenant.key(['alerts']), await tenant.key(['alerts'])];
    const answered = await hold(async () => {
      const socket = open({ authorization: `Bearer ${noisy}` });
      await once(socket, 'open');
      socket.close();
      await once(socket, 'close');
    });
    await once(open({ authorization: `Bearer ${calm}` }), 'open');
    expect(await init(calm)).toBe('connection_ack');
    expect(answered()).toBeLessThan(HELD);
  }, 60_000);

  it('in its first message is told so later, while others from its address are let in', async () => {
    const calm = await tenant.key(['alerts']);
    const answered = await hold(async () => expect(await init('rw_nonsense')).toBe(4401));
    for (let n = 0; n < 20; n++) expect(await init(calm)).toBe('connection_ack');
    expect(answered()).toBeLessThan(HELD);
  }, 60_000);

  it('for what its request shows is told so later, before a socket is made', async () => {
    const answered = await hold(async () => {
      const [, response] = await once(open({ authorization: 'Bearer rw_nonsense' }), 'unexpected-response');
      expect(response.statusCode).toBe(401);
    });
    expect(await init(await tenant.key(['alerts']))).toBe('connection_ack');
    expect(answered()).toBeLessThan(HELD);
  }, 60_000);

  it('holds up none of the requests of the same key', async () => {
    const key = await tenant.key(['alerts', 'query']);
    const answered = await hold(async () => {
      const socket = open({ authorization: `Bearer ${key}` });
      await once(socket, 'open');
      socket.close();
      await once(socket, 'close');
    });
    for (let n = 0; n < 20; n++) expect((await ask(key, RIGHT)).status).toBe(200);
    expect(answered()).toBeLessThan(HELD);
  }, 60_000);

  it('for a handshake that is none is told later as well', async () => {
    const key = await tenant.key(['alerts']);
    const text = `GET /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    const answered = await hold(async () => {
      expect(await openRaw(service.address, text).ended).toContain('HTTP/1.1 400');
    });
    expect(await init(await tenant.key(['alerts']))).toBe('connection_ack');
    expect(answered()).toBeLessThan(HELD);
  }, 60_000);

  it('has its connection ended though it does not end it itself', async () => {
    const { hostname, port } = new URL(service.address);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const broken = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write('GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(socket.resume(), 'end');
    // What is written to a connection that is no more breaks it.
    const writing = setInterval(() => socket.write('x'), 50);
    await broken;
    clearInterval(writing);
    expect(socket.destroyed).toBe(true);
  }, 60_000);

  it('for what a thousand requests show shuts nobody out: beyond those that wait they are told at once', async () => {
    let answered = 0;
    const all = Array.from({ length: 2 * LIMITS.socketsUnboundMax }, async () => {
      const [, response] = await once(open({ authorization: 'Bearer rw_nonsense' }), 'unexpected-response');
      answered++;
      expect(response.statusCode).toBe(401);
    });
    await Promise.race(all);
    expect(await init(await tenant.key(['alerts']))).toBe('connection_ack');
    const key = await tenant.key(['alerts']);
    await once(open({ authorization: `Bearer ${key}` }), 'open');
    while (answered < all.length - LIMITS.refusalsWaitingOfOneMax) await setTimeout(20);
    for (const socket of sockets) socket.terminate();
    await Promise.allSettled(all);
  }, 60_000);

  it('by a key that its many requests show shuts nobody out: beyond those that wait they are answered 429', async () => {
    const [noisy, calm] = [await tenant.key(['alerts']), await tenant.key(['alerts'])];
    const headers = { authorization: `Bearer ${noisy}` };
    for (let n = 0; n < 3; n++) {
      const socket = open(headers);
      await once(socket, 'open');
      socket.close();
      await once(socket, 'close');
    }
    const many = Array.from({ length: LIMITS.socketsUnboundMax + 100 }, () => open(headers));
    const [, response] = await Promise.any(many.map((socket) => once(socket, 'unexpected-response')));
    expect([response.statusCode, Number(response.headers['retry-after']) > 1]).toEqual([429, true]);
    await once(open({ authorization: `Bearer ${calm}` }), 'open');
    expect(await init(calm)).toBe('connection_ack');
    // Those that go make room for further ones of the same key.
    for (const socket of many) socket.terminate();
    let isOpen = false;
    for (let n = 0; n < 100 && !isOpen; n++) {
      const socket = open(headers);
      isOpen = await Promise.race([
        once(socket, 'open').then(() => true),
        once(socket, 'unexpected-response').then(() => false),
      ]);
    }
    expect(isOpen).toBe(true);
  }, 60_000);
});
