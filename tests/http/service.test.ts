import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { OPERATIONS } from '../../tenants/operations.ts';
import { answerOf, CSV, JSON_TYPE, NDJSON, send } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const DEFINITIONS = 'CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT);';
const EVENTS = '/v1/sources/transfers/events';
const METRICS_TOKEN = 'a-token-for-prometheus';

let service: TestService;
let tenant: TestTenant;
/** Another one, which decides. */
let deciding: TestTenant;

beforeAll(async () => {
  service = await startTestService({ RINGWATCH_METRICS_TOKEN: METRICS_TOKEN });
  tenant = await service.addTenant('bank', DEFINITIONS);
  deciding = await service.addTenant(
    'shop',
    `CREATE SOURCE paid (id TEXT PRIMARY KEY);
     CREATE DECISION payment ON paid OUTCOMES (deny, approve) DEFAULT approve FALLBACK deny DEADLINE 60000 MILLISECONDS;`,
  );
});
afterAll(() => service.end());

async function get(path: string, headers: Record<string, string> = {}, token?: string) {
  return await send(service.address, path, {
    method: 'GET',
    headers,
    ...(token === undefined ? {} : { token }),
  });
}

describe('the routes', () => {
  it('are those that the table of operations lists, both ways', () => {
    const listed = Object.keys(OPERATIONS).filter((operation) => / \//.test(operation));
    expect([...service.routes].sort()).toEqual(listed.sort());
  });

  it('answer with headers that leave browsers nothing to guess', async () => {
    for (const path of ['/healthz', '/v1/nothing', '/graphql', '/console/x.js']) {
      const { headers } = await get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
      });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

describe('health', () => {
  it('is alive, and ready part by part', async () => {
    const alive = await get('/healthz');
    expect([alive.status, JSON.parse(alive.text)]).toEqual([200, { state: 'OK' }]);
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({
      taking: true,
      parts: [{ name: 'engine' }, { name: 'catalog' }, { name: 'disk' }, { name: 'memory' }],
    });
  });

  it('tells of each way to a decision what came of the events and how long it took, and how many streams are open', async () => {
    const key = await deciding.key(['decide']);
    const decide = '/v1/sources/paid/decide';
    const event = (id: string): string => JSON.stringify({ id });
    await send(service.address, decide, { token: key, headers: JSON_TYPE, body: event('one') });
    await send(service.address, decide, { token: key, headers: JSON_TYPE, body: event('one') });
    await send(service.address, decide, { token: key, headers: JSON_TYPE, body: '{"id":' });
    await send(service.address, '/graphql', {
      token: key,
      headers: JSON_TYPE,
      body: '{"query":"mutation { decide(input: { source: \\"paid\\", event: { id: \\"two\\" } }) { decision { outcome } } }"}',
    });
    const figures = async (): Promise<string> => (await get('/metrics', {}, METRICS_TOKEN)).text;
    let open = '';
    async function* lines(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${event('three')}\n${event('four')}\n{}\n`);
      while (!/^ringwatch_decision_streams 1$/m.test(open)) open = await figures();
    }
    await send(service.address, decide, { token: key, headers: NDJSON, body: lines() });
    const text = await figures();
    const count = (way: string, end: string): string | undefined =>
      new RegExp(`^ringwatch_decision_seconds_count\\{way="${way}",end="${end}"\\} (\\d+)$`, 'm').exec(
        text,
      )?.[1];
    expect([count('rest', 'decided'), count('rest', 'repeated'), count('rest', 'rejected')]).toEqual([
      '1',
      '1',
      '1',
    ]);
    expect(count('graphql', 'decided')).toBe('1');
    expect([count('stream', 'decided'), count('stream', 'rejected')]).toEqual(['2', '1']);
    expect(text).toMatch(/^ringwatch_decision_streams 0$/m);
    expect(text).toMatch(/^ringwatch_decision_seconds_bucket\{le="0.01",way="stream",end="decided"\} \d+$/m);
    for (const word of ['paid', 'payment', 'approve', deciding.id, 'shop']) expect(text).not.toContain(word);
  });

  it('tells figures to whoever shows the token, and names nobody in them', async () => {
    const key = await tenant.key(['ingest']);
    await send(service.address, EVENTS, { token: key, headers: CSV, body: 'tx,payer\n1,somebody\n2,\n,x\n' });
    await send(service.address, '/v1/sources/secret-name/events', { token: key, headers: CSV });
    await get('/somewhere/else');
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', {}, key)).status).toBe(401);
    const { status, text, headers } = await get('/metrics', {}, METRICS_TOKEN);
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toMatch(/^ringwatch_rows_total\{outcome="accepted"\} 2$/m);
    expect(text).toMatch(/^ringwatch_rows_total\{outcome="rejected"\} 1$/m);
    expect(text).toMatch(/route="\/v1\/sources\/:source\/events",method="POST",status="404"/);
    expect(text).toMatch(/route="none",method="any",status="404"/);
    for (const word of ['transfers', 'secret-name', 'somewhere', tenant.id, 'bank', 'somebody', key]) {
      expect(text).not.toContain(word);
    }
  });
});

describe('a session', () => {
  it('is opened by a token, told by its cookie, and ends', async () => {
    const key = await tenant.key(['query', 'ingest']);
    const opened = await send(service.address, '/v1/session', { token: key });
    expect(opened.status).toBe(200);
    const { csrf, expiresAt } = JSON.parse(opened.text) as { csrf: string; expiresAt: string };
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    const set = opened.headers['set-cookie']?.[0] as string;
    expect(set).toMatch(/^ringwatch_session=rws_\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    expect(opened.text).not.toContain('rws_');
    const cookie = set.split(';')[0] as string;

    expect(JSON.parse((await get('/v1/session', { cookie })).text)).toEqual({ csrf, expiresAt });
    const posting = (headers: Record<string, string>) =>
      send(service.address, EVENTS, { headers: { ...CSV, cookie, ...headers }, body: 'tx\n9\n' });
    expect((await posting({})).json.error?.code).toBe('CROSS_SITE');
    expect((await posting({ 'x-ringwatch-csrf': 'guess' })).json.error?.code).toBe('CROSS_SITE');
    expect((await posting({ 'x-ringwatch-csrf': csrf })).json.accepted).toBe(1);
    // No session from a session, and none that another site can end.
    expect((await send(service.address, '/v1/session', { headers: { cookie } })).status).toBe(401);
    expect(
      (await send(service.address, '/v1/session', { method: 'DELETE', headers: { cookie } })).json.error
        ?.code,
    ).toBe('CROSS_SITE');
    const closing = { method: 'DELETE', headers: { cookie, 'x-ringwatch-csrf': csrf } };
    const closed = await send(service.address, '/v1/session', closing);
    expect([closed.status, closed.headers['set-cookie']?.[0]]).toEqual([
      200,
      expect.stringContaining('Max-Age=0'),
    ]);
    const over = await get('/v1/session', { cookie });
    expect([over.status, over.headers['set-cookie']?.[0]]).toEqual([
      401,
      expect.stringContaining('Max-Age=0'),
    ]);
    expect((await posting({ 'x-ringwatch-csrf': csrf })).status).toBe(401);
    // A browser that has none is told so without an error.
    expect([(await get('/v1/session')).status, (await get('/v1/session', { cookie: 'a=b' })).status]).toEqual(
      [204, 204],
    );
  });

  it('of a wrong or doubled cookie is none', async () => {
    for (const cookie of [
      'ringwatch_session=',
      'ringwatch_session=x',
      'ringwatch_session=a; ringwatch_session=b',
    ]) {
      expect((await get('/v1/session', { cookie })).status).toBe(401);
    }
  });
});

describe('a key', () => {
  it('that is revoked is refused from that moment on', async () => {
    const key = await tenant.key(['ingest']);
    const body = 'tx\nrevoked\n';
    expect((await send(service.address, EVENTS, { token: key, headers: CSV, body })).status).toBe(200);
    const { rows } = await tenant.stores.keys.page({ first: 1, after: null });
    await tenant.stores.keys.revoke(rows[0]?.row.id as string);
    expect((await send(service.address, EVENTS, { token: key, headers: CSV, body })).status).toBe(401);
  });
});

describe('a service that stops', () => {
  it('takes nothing more, and says of a body under way what was kept of it', async () => {
    const stopping = await startTestService();
    const bank = await stopping.addTenant('bank', DEFINITIONS);
    const outgoing = request(`${stopping.address}${EVENTS}`, {
      method: 'POST',
      agent: false,
      headers: { ...CSV, authorization: `Bearer ${await bank.key(['ingest'])}` },
    });
    const answered = answerOf(outgoing);
    outgoing.write(`tx,payer\n${Array.from({ length: 1500 }, (_, n) => `s${n},p\n`).join('')}`);
    const { position } = await bank.engine.describe();
    while ((await bank.engine.describe()).position < position + 1000) await setTimeout(5);
    const ended = stopping.end();
    const { status, json } = await answered;
    expect([status, json.error?.code]).toEqual([503, 'SERVICE_STOPPING']);
    expect(json.rows).toBe(json.accepted);
    expect(json.accepted).toBeGreaterThanOrEqual(1000);
    outgoing.destroy();
    await ended;
  });
});
