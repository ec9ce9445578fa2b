import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LIMITS } from '../../core/limits.ts';
import { hear } from '../api/graphql-client.ts';
import {
  type HostileService,
  MORE_BYTES_MAX,
  openRaw,
  sendRaw,
  startHostile,
  statusesIn,
} from './hostile-service.ts';

const ALERTS = 'subscription { alertRaised { alertId } }';

let service: HostileService;

beforeAll(async () => {
  service = await startHostile();
});
afterAll(() => service.end());

function open(headers: Readonly<Record<string, string>> = {}): WebSocket {
  const socket = new WebSocket(`${service.address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers,
  });
  socket.on('error', () => undefined);
  return socket;
}

async function acknowledged(token = service.attacker.token): Promise<WebSocket> {
  const socket = open({ authorization: `Bearer ${token}` });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  return socket;
}

/** The code that the socket is closed with. */
async function closed(socket: WebSocket): Promise<number> {
  if (socket.readyState === socket.CLOSED) return 1006;
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

/** What a client sends to become a WebSocket, with one header changed; null leaves it out. */
function upgrade(changed: Readonly<Record<string, string | null>> = {}): string {
  const headers: Record<string, string | null> = {
    Host: 'a',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'graphql-transport-ws',
    ...changed,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return `GET /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** A frame of a WebSocket; `declared` is the length that it says it has. */
function frame(
  opcode: number,
  payload: string,
  { fin = true, masked = true, declared = payload.length } = {},
): Buffer {
  const head = Buffer.alloc(2 + (declared > 125 ? 8 : 0));
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (declared > 125 ? 127 : declared);
  if (declared > 125) head.writeBigUInt64BE(BigInt(declared), 2);
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), Buffer.from(payload)]);
}

describe('an upgrade', () => {
  it.each<[string, string]>([
    ['without a key', upgrade({ 'Sec-WebSocket-Key': null })],
    ['with a key that is none', upgrade({ 'Sec-WebSocket-Key': 'x' })],
    ['of an old version', upgrade({ 'Sec-WebSocket-Version': '7' })],
    ['to another protocol', upgrade({ Upgrade: 'h2c' })],
    ['at another address', upgrade().replace('/graphql', '/v1/session')],
    ['by POST', upgrade().replace('GET', 'POST')],
    [
      'with a token of nobody',
      upgrade({ Authorization: 'Bearer rw_nobody' }).replace('rw_nobody', `${'x'.repeat(600)}`),
    ],
    [
      'with a cookie from another page',
      upgrade({ Cookie: 'ringwatch_session=rws_x', Origin: 'http://evil.example' }),
    ],
    ['with protocols that are no names', upgrade({ 'Sec-WebSocket-Protocol': 'a,,b' })],
  ])('%s is refused, and its connection ends', async (_, text) => {
    const statuses = statusesIn(await sendRaw(service.address, text));
    for (const status of statuses) expect([status, status >= 400 && status < 500]).toEqual([status, true]);
    await service.expectAlive();
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('frames', () => {
  it.each<[string, Buffer]>([
    ['that say they are 8 EiB', frame(1, 'x', { declared: Number.MAX_SAFE_INTEGER })],
    ['that say they are a megabyte', frame(1, 'x', { declared: 1_000_000 })],
    ['without a mask', frame(1, '{"type":"ping"}', { masked: false })],
    ['of an opcode that there is not', frame(5, 'x')],
    ['that go on with nothing begun', frame(0, 'x')],
    ['of a ping in fragments', frame(9, 'x', { fin: false })],
    ['of a ping that is too long', frame(9, 'x'.repeat(200))],
    ['of a text that is no UTF-8', Buffer.concat([frame(1, '').fill(0x82, 1, 2), Buffer.from([0xff, 0xfe])])],
    ['of a goodbye of one byte', frame(8, 'x')],
    ['of bytes instead of text', frame(2, '{"type":"ping"}')],
  ])('%s end the socket and cost nothing', async (_, bytes) => {
    const more = await service.growth(async () => {
      const { socket, ended } = openRaw(
        service.address,
        upgrade({ Authorization: `Bearer ${service.attacker.token}` }),
      );
      await once(socket, 'data');
      socket.write(bytes);
      await ended;
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectAlive();
  });

  it('in endless fragments end the socket at the size of a message', async () => {
    const more = await service.growth(async () => {
      const { socket, ended } = openRaw(
        service.address,
        upgrade({ Authorization: `Bearer ${service.attacker.token}` }),
      );
      await once(socket, 'data');
      socket.write(frame(1, 'x'.repeat(1000), { fin: false }));
      for (let n = 0; n < 2000 && !socket.destroyed; n++) {
        if (!socket.write(frame(0, 'x'.repeat(1000), { fin: false }))) await setTimeout(1);
      }
      await ended;
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
  });

  it('of nothing, by the hundred thousand, end the socket', async () => {
    const { socket, ended } = openRaw(
      service.address,
      upgrade({ Authorization: `Bearer ${service.attacker.token}` }),
    );
    await once(socket, 'data');
    const empty = Buffer.concat([
      frame(1, '', { fin: false }),
      ...Array.from({ length: 100_000 }, () => frame(0, '', { fin: false })),
    ]);
    socket.write(empty);
    await ended;
    await service.expectAlive();
  });

  it('of pings, by the hundred thousand, end the socket', async () => {
    const { socket, ended, received } = openRaw(
      service.address,
      upgrade({ Authorization: `Bearer ${service.attacker.token}` }),
    );
    await once(socket, 'data');
    const more = await service.growth(async () => {
      const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(9, 'x'.repeat(100))));
      for (let n = 0; n < 100 && !socket.destroyed; n++) {
        socket.write(pings);
        await setTimeout(1);
      }
      await ended;
    });
    expect(received().length).toBeLessThan(1_000_000);
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectAlive();
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('messages', () => {
  it.each<[string, string]>([
    ['of no type', '{}'],
    ['of an unknown type', '{"type":"start"}'],
    ['of a list', '[]'],
    ['of a number', '1'],
    ['of nested lists', '['.repeat(60_000)],
    ['of a prototype', '{"type":"subscribe","id":"__proto__","payload":{"query":1}}'],
    ['without an id', '{"type":"subscribe","payload":{"query":"{viewer{name}}"}}'],
    ['without a query', '{"type":"subscribe","id":"a","payload":{}}'],
    ['of a subscription that is none', '{"type":"subscribe","id":"a","payload":null}'],
    ['for the second time', '{"type":"connection_init"}'],
  ])('%s end the socket', async (_, text) => {
    const socket = await acknowledged();
    const end = closed(socket);
    socket.send(text);
    expect(await end).toBeGreaterThanOrEqual(1000);
    await service.expectAlive();
  });

  it('named as what every object has are like any other', async () => {
    const socket = await acknowledged();
    const [answers] = [[] as string[]];
    socket.on('message', (data) => answers.push(String(data)));
    for (const id of ['__proto__', 'constructor', 'toString', '']) {
      socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query: '{ viewer { name } }' } }));
    }
    await Promise.race([closed(socket), setTimeout(1000)]);
    for (const answer of answers) expect(answer).toContain('"error"');
    socket.close();
    await service.expectAlive();
  });

  it('that end and begin a subscription in turns leave nothing behind', async () => {
    const more = await service.growth(async () => {
      for (let round = 0; round < 30; round++) {
        const socket = await acknowledged();
        const end = closed(socket);
        for (let n = 0; n < LIMITS.socketMessagesPerSecond; n++) {
          socket.send(JSON.stringify({ type: 'subscribe', id: `${n}`, payload: { query: ALERTS } }));
          socket.send(JSON.stringify({ type: 'complete', id: `${n}` }));
        }
        socket.close();
        await end;
      }
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectAlive();
  });

  it('leave the service healthy', () => service.expectHealthy());
});

describe('sockets', () => {
  it('by the thousand that say nothing make room for who shows a token, and are ended', async () => {
    const silent: WebSocket[] = [];
    const more = await service.growth(async () => {
      for (let n = 0; n < LIMITS.socketsUnboundMax + 500; n++) {
        silent.push(open());
        if (n % 100 === 99) await setTimeout(10);
      }
      const socket = await acknowledged();
      const client = service.bystander.socket();
      const heard = hear(client, ALERTS);
      await service.expectHealthy();
      heard.end();
      await client.dispose();
      socket.close();
      await Promise.all(silent.map(closed));
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectHealthy();
  });

  it('by the hundred that open and break off leave the service as it was', async () => {
    const more = await service.growth(async () => {
      for (let round = 0; round < 5; round++) {
        const sockets = Array.from({ length: 200 }, () =>
          open({ authorization: `Bearer ${service.attacker.token}` }),
        );
        await setTimeout(20);
        for (const socket of sockets) socket.terminate();
      }
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectHealthy();
  });

  it('beyond what a tenant may have are refused, then those beyond what the service takes; requests go on', async () => {
    const sockets: WebSocket[] = [];
    const openMany = async (token: string, count: number): Promise<void> => {
      // Fewer at once than may be unbound.
      for (let n = 0; n < count; n += 100) {
        const some = Array.from({ length: Math.min(100, count - n) }, () => acknowledged(token));
        sockets.push(...(await Promise.all(some)));
      }
    };
    /** The status that an upgrade is refused with, or the code and reason that the socket is closed with. */
    const refusal = async (token: string): Promise<unknown[]> => {
      const socket = open({ authorization: `Bearer ${token}` });
      const refused = once(socket, 'unexpected-response');
      const opened = once(socket, 'open');
      refused.catch(() => undefined);
      opened.catch(() => undefined);
      const first = await Promise.race([refused, opened]);
      if (first.length > 0) return [(first[1] as IncomingMessage).statusCode];
      const close = once(socket, 'close');
      socket.send('{"type":"connection_init"}');
      const [code, reason] = (await close) as [number, Buffer];
      return [code, String(reason)];
    };
    const { attacker, bystander } = service;
    try {
      await openMany(attacker.token, LIMITS.socketsPerTenantMax);
      expect(await refusal(attacker.token)).toEqual([4403, 'SOCKETS_TOO_MANY']);
      await openMany(bystander.token, LIMITS.socketsMax - LIMITS.socketsPerTenantMax);
      for (const { token } of [attacker, bystander]) expect(await refusal(token)).toEqual([503]);
      await service.expectHealthy();
      // One that ends makes room.
      const [last] = sockets.slice(-1);
      const end = last === undefined ? null : closed(last);
      last?.close();
      await end;
      await openMany(bystander.token, 1);
      expect(await refusal(attacker.token)).toEqual([503]);
    } finally {
      for (const socket of sockets) socket.terminate();
    }
    await service.expectHealthy();
  });

  it('leave the service healthy', () => service.expectHealthy());
});
