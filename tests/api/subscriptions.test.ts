import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { LIMITS } from '../../core/limits.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient, hear } from './graphql-client.ts';
import { RING_DEFINITIONS, ringOf, transfer } from './sample-definitions.ts';

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', RING_DEFINITIONS);
  client = new GraphqlClient(
    service.address,
    await tenant.key(['ingest', 'query', 'alerts', 'admin', 'audit']),
  );
});
afterAll(() => service.end());

const DECISIONS = 'subscription { decisionMade { key outcome } }';
const ALERTS = 'subscription { alertRaised { alertId key { value } } }';

async function ingest(asker: GraphqlClient, events: readonly object[]): Promise<void> {
  await asker.data(
    'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events, wait: APPLIED }) { result { accepted } } }',
    { events },
  );
}

/** Waits until as many have begun to hear as were written down. */
async function heardBy(action: string, count: number): Promise<void> {
  for (;;) {
    const page = await tenant.stores.audit.page({ actions: [action] }, { first: 200, after: null });
    if (page.rows.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function subscribers(action: string): Promise<number> {
  return (await tenant.stores.audit.page({ actions: [action] }, { first: 200, after: null })).rows.length;
}

/** A WebSocket by hand. */
function open(headers: Readonly<Record<string, string>> = {}, protocol = 'graphql-transport-ws'): WebSocket {
  return new WebSocket(`${service.address.replace('http', 'ws')}/graphql`, protocol, { headers });
}

async function closed(socket: WebSocket): Promise<[number, string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, String(reason)];
}

async function init(socket: WebSocket, token: string): Promise<void> {
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  const [message] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(String(message))).toMatchObject({ type: 'connection_ack' });
}

function subscribe(socket: WebSocket, id: string, query: string): void {
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
}

/** The next message of the subscription that is no `next`. */
async function answer(socket: WebSocket): Promise<{
  readonly type: string;
  readonly payload: readonly { readonly extensions: { readonly code: string } }[];
}> {
  const [message] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(String(message));
}

describe('a WebSocket', () => {
  it('shows who asks in its first message, or in the header of its request', async () => {
    const byHeader = open({ authorization: `Bearer ${client.token}` });
    await once(byHeader, 'open');
    byHeader.send('{"type":"connection_init"}');
    expect(await answer(byHeader)).toMatchObject({ type: 'connection_ack' });
    byHeader.close();
    const byMessage = open();
    await init(byMessage, client.token);
    byMessage.close();
  });

  it('by a console’s cookie only comes from this very address', async () => {
    const session = await service.tenants.openSession(client.token);
    const cookie = `ringwatch_session=${session.token}`;
    const own = open({ cookie, origin: service.address });
    await once(own, 'open');
    own.send('{"type":"connection_init"}');
    expect(await answer(own)).toMatchObject({ type: 'connection_ack' });
    own.close();
    for (const origin of ['http://evil.example', 'null', '']) {
      const other = open({ cookie, ...(origin === '' ? {} : { origin }) });
      const [, response] = await once(other, 'unexpected-response');
      expect(response.statusCode).toBe(401);
    }
  });

  it('that shows nothing, or the wrong thing, is closed with a code', async () => {
    const silent = open();
    await once(silent, 'open');
    silent.send('{"type":"connection_init"}');
    expect(await closed(silent)).toEqual([4401, 'UNAUTHENTICATED']);
    const wrong = open();
    await once(wrong, 'open');
    wrong.send('{"type":"connection_init","payload":{"authorization":"Bearer rw_nonsense"}}');
    expect(await closed(wrong)).toEqual([4401, 'UNAUTHENTICATED']);
    const early = open();
    await once(early, 'open');
    subscribe(early, 'a', DECISIONS);
    expect((await closed(early))[0]).toBe(4401);
    const waiting = open();
    expect((await closed(waiting))[0]).toBe(4408);
    const operator = open();
    await once(operator, 'open');
    operator.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${service.adminToken}` } }),
    );
    expect(await closed(operator)).toEqual([4403, 'TENANT_MISSING']);
  });

  it('is none at another address, or of another protocol', async () => {
    const elsewhere = new WebSocket(`${service.address.replace('http', 'ws')}/other`, 'graphql-transport-ws');
    const [, response] = await once(elsewhere, 'unexpected-response');
    expect(response.statusCode).toBe(404);
    // The answer names no protocol that the client has offered.
    const old = open({}, 'graphql-ws');
    const error = await new Promise<Error>((resolve) => old.once('error', resolve));
    expect(error.message).toContain('subprotocol');
  });

  it('that floods, or sends what is no message, is closed with a code', async () => {
    const flooding = open();
    await init(flooding, client.token);
    const end = closed(flooding);
    for (let n = 0; n < 3 * LIMITS.socketMessagesPerSecond; n++) flooding.send('{"type":"ping"}');
    expect(await end).toEqual([4429, 'RATE_LIMITED']);
    const large = open();
    await init(large, client.token);
    large.on('error', () => undefined);
    large.send(JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(LIMITS.socketMessageBytesMax) } }));
    expect((await closed(large))[0]).toBe(1009);
    const nonsense = open();
    await init(nonsense, client.token);
    nonsense.send('{"type":');
    expect((await closed(nonsense))[0]).toBe(4400);
    const twice = open();
    await init(twice, client.token);
    twice.send('{"type":"connection_init"}');
    expect((await closed(twice))[0]).toBe(4429);
  });

  it('is cut within a moment when its key is revoked', async () => {
    const { key, token } = await tenant.stores.keys.create({
      name: 'short',
      scopes: ['alerts'],
      expiresAt: null,
    });
    const socket = open();
    await init(socket, token);
    const before = await subscribers('decisions.subscribe');
    subscribe(socket, 'a', DECISIONS);
    await heardBy('decisions.subscribe', before + 1);
    const end = closed(socket);
    await tenant.stores.keys.revoke(key.id);
    expect(await end).toEqual([4401, 'UNAUTHENTICATED']);
    const again = open();
    await once(again, 'open');
    again.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    expect(await closed(again)).toEqual([4401, 'UNAUTHENTICATED']);
  });
});

describe('a subscription', () => {
  it('is refused with the code of what is wrong, and the socket goes on', async () => {
    const socket = open();
    await init(socket, client.token);
    const codeOf = async (query: string): Promise<unknown> => {
      subscribe(socket, 'x', query);
      const { type, payload } = await answer(socket);
      return [type, payload[0]?.extensions.code];
    };
    expect(await codeOf('{ viewer { name } }')).toEqual(['error', 'GRAPHQL_OPERATION']);
    expect(await codeOf('mutation { reopenAlert(input: { id: "a" }) { userErrors { code } } }')).toEqual([
      'error',
      'GRAPHQL_OPERATION',
    ]);
    expect(await codeOf('subscription { alertRaised { nothing } }')).toEqual(['error', 'GRAPHQL_INVALID']);
    expect(await codeOf('subscription {')).toEqual(['error', 'GRAPHQL_SYNTAX']);
    const deep = `subscription { alertRaised { ${Array.from({ length: 60 }, (_, n) => `a${n}: id`).join(' ')} } }`;
    expect(await codeOf(deep)).toEqual(['error', 'GRAPHQL_TOO_MANY']);
    expect(await codeOf('subscription { alertRaised(afterPosition: "x") { id } }')).toEqual([
      'error',
      'GRAPHQL_INVALID',
    ]);
    socket.close();
    const key = await tenant.key(['query', 'ingest']);
    const weak = open();
    await init(weak, key);
    subscribe(weak, 'x', ALERTS);
    expect((await answer(weak)).payload[0]?.extensions.code).toBe('FORBIDDEN');
    weak.close();
  });

  it('is one of a few on its socket, and makes room when it ends', async () => {
    const socket = open();
    await init(socket, client.token);
    const before = await subscribers('decisions.subscribe');
    for (let n = 0; n < LIMITS.subscriptionsPerSocketMax; n++) subscribe(socket, `s${n}`, DECISIONS);
    await heardBy('decisions.subscribe', before + LIMITS.subscriptionsPerSocketMax);
    subscribe(socket, 'one more', DECISIONS);
    expect((await answer(socket)).payload[0]?.extensions.code).toBe('SUBSCRIPTIONS_TOO_MANY');
    socket.send('{"id":"s0","type":"complete"}');
    subscribe(socket, 'another', DECISIONS);
    await heardBy('decisions.subscribe', before + LIMITS.subscriptionsPerSocketMax + 1);
    socket.close();
  });

  it('is one of as many as its tenant may have', async () => {
    const few = await service.addTenant('few', RING_DEFINITIONS, {
      limits: { ...(await tenant.stores.settings.get()).limits, subscriptions: 2 },
    });
    const asker = new GraphqlClient(service.address, await few.key(['alerts']));
    const socket = asker.socket();
    const first = hear(socket, DECISIONS);
    const second = hear(socket, DECISIONS);
    const third = hear(socket, DECISIONS);
    expect(await third.ended).toMatchObject([{ extensions: { code: 'QUOTA_EXCEEDED' } }]);
    first.end();
    await first.ended;
    let fourth = hear(socket, DECISIONS);
    // The place is free once the server has heard of the end.
    while (
      (await Promise.race([fourth.ended, new Promise((resolve) => setTimeout(resolve, 200, 'open'))])) !==
      'open'
    ) {
      fourth = hear(socket, DECISIONS);
    }
    second.end();
    fourth.end();
    await socket.dispose();
  });

  it('tells nothing of another tenant', async () => {
    const second = await service.addTenant('second', RING_DEFINITIONS);
    const stranger = new GraphqlClient(service.address, await second.key(['alerts', 'ingest']));
    const socket = stranger.socket();
    const alerts = hear(socket, ALERTS);
    const decisions = hear(socket, DECISIONS);
    while (
      (
        await second.stores.audit.page(
          { actions: ['alerts.subscribe', 'decisions.subscribe'] },
          { first: 9, after: null },
        )
      ).rows.length < 2
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await ingest(client, ringOf('mine', 1000));
    await ingest(stranger, ringOf('theirs', 1000));
    const [alert] = await alerts.first(1);
    expect(alert.alertRaised.key).toEqual([{ value: 'theirs-c' }, { value: 'theirs-a' }]);
    expect((await decisions.first(3)).map(({ decisionMade }) => decisionMade.key)).toEqual([
      'theirs1',
      'theirs2',
      'theirs3',
    ]);
    await socket.dispose();
  });

  it('that goes on after a break is told all that it missed, however much, and then what comes', async () => {
    const third = await service.addTenant(
      'third',
      `CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount INTEGER, at TIMESTAMPTZ);
       CREATE RULE every ON transfers DO ALERT 'Every' KEY (tx);
       CREATE RULE other ON transfers WHEN amount < 0 DO ALERT 'Other' KEY (tx);`,
    );
    const asker = new GraphqlClient(service.address, await third.key(['alerts', 'ingest']));
    const missed = 2 * LIMITS.alertsSinceMax + 10;
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      const events = Array.from({ length: count }, () => transfer(`n${sent++}`, 'p', 'q', '1', 0));
      for (let n = 0; n < events.length; n += 1000) await ingest(asker, events.slice(n, n + 1000));
    };
    await send(missed);
    for (let total = 0; total < missed; ) {
      total = (await asker.data('{ alerts(first: 1) { totalCount } }')).alerts.totalCount;
    }
    const socket = asker.socket();
    const heard = hear(
      socket,
      'subscription { alertRaised(rules: ["every"], afterPosition: 11) { position key { value } } }',
    );
    // Some while it is told what it missed, some after that.
    await heard.first(1);
    await send(200);
    await heard.first(missed);
    await send(50);
    // The definitions have the first position, so that the tenth event has the eleventh.
    const keys = (await heard.first(sent - 10)).map(({ alertRaised }) => alertRaised.key[0].value);
    expect(keys).toEqual(Array.from({ length: sent - 10 }, (_, n) => `n${n + 10}`));
    await socket.dispose();
  });

  it('is heard by many at once, each told everything in order', async () => {
    const clients = Array.from({ length: 25 }, () => client.socket());
    const before = await subscribers('decisions.subscribe');
    const heard = clients.map((socket) => hear(socket, DECISIONS));
    await heardBy('decisions.subscribe', before + clients.length);
    await ingest(
      client,
      Array.from({ length: 200 }, (_, n) => transfer(`m${n}`, `x${n}`, `y${n}`, '1', 2000)),
    );
    for (const one of heard) {
      const messages = await one.first(200);
      expect(messages.map(({ decisionMade }) => decisionMade.key)).toEqual(
        Array.from({ length: 200 }, (_, n) => `m${n}`),
      );
    }
    await Promise.all(clients.map((socket) => socket.dispose()));
  });

  it.each<[string, number, boolean]>([
    ['are cut with more', LIMITS.subscriptionsPerSocketMax, true],
    ['hear everything with less', LIMITS.subscriptionsPerSocketMax / 2, false],
  ])('on one socket may have so many bytes wait to be sent, and %s', async (_, count, isCut) => {
    const long = 'x'.repeat(60_000);
    const fiveTimes = 'subscription { decisionMade { a: key b: key c: key d: key e: key } }';
    // A message of each waits: the next one is made when it has left.
    expect(count * 5 * long.length > LIMITS.socketBufferBytesMax).toBe(isCut);
    const socket = open();
    await init(socket, client.token);
    const before = await subscribers('decisions.subscribe');
    for (let n = 0; n < count; n++) subscribe(socket, `s${n}`, fiveTimes);
    const reader = client.socket();
    const heard = hear(reader, DECISIONS);
    await heardBy('decisions.subscribe', before + count + 1);
    const connection = (socket as unknown as { readonly _socket: Socket })._socket;
    connection.pause();
    // More than the kernel keeps for a reader who does not read, and fewer than may wait for one subscription.
    const each = 40;
    for (let n = 0; n < each; n++) {
      await ingest(client, [transfer(`wait${isCut}${n}${long}`, 'p', 'q', '1', 3000)]);
    }
    await heard.first(each);
    let received = 0;
    const end = new Promise<string>((resolve) => {
      socket.on('message', () => {
        if (++received === count * each) resolve('all');
      });
      socket.once('close', () => resolve('closed'));
    });
    connection.resume();
    expect(await end).toBe(isCut ? 'closed' : 'all');
    expect(socket.readyState === WebSocket.OPEN).toBe(!isCut);
    socket.close();
    await reader.dispose();
  });

  it('of whoever does not read is cut with a code, and goes on for others', async () => {
    const slow = open();
    await init(slow, client.token);
    const before = await subscribers('decisions.subscribe');
    const fiveTimes = 'subscription { decisionMade { a: key b: key c: key d: key e: key outcome } }';
    subscribe(slow, 'a', fiveTimes);
    const fast = client.socket();
    const heard = hear(fast, fiveTimes);
    await heardBy('decisions.subscribe', before + 2);
    const connection = (slow as unknown as { readonly _socket: Socket })._socket;
    connection.pause();
    // First more than the kernel keeps for a reader who does not read, some 30 MB as each message says its key five times …
    const long = 'x'.repeat(60_000);
    let sent = 0;
    const send = async (count: number, rest: string): Promise<void> => {
      await ingest(
        client,
        Array.from({ length: count }, () => transfer(`slow${sent++}${rest}`, 'p', 'q', '1', 3000)),
      );
    };
    while (sent < 100) await send(20, long);
    // … then more messages than wait for one subscriber.
    while (sent < 200 + LIMITS.fanoutQueueMax) await send(500, '');
    await heard.first(sent);
    let received = 0;
    slow.on('message', () => received++);
    const end = closed(slow);
    connection.resume();
    const [code, reason] = await end;
    // Its goodbye may not get through what waits in the way.
    expect([`${code} ${reason}`]).toEqual([expect.stringMatching(/^(4413 SUBSCRIBER_TOO_SLOW|1006 )$/)]);
    expect(received).toBeLessThan(sent);
    await fast.dispose();
  });
});
