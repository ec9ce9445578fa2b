import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { auditActionsOf, codeOf } from './test-answers.ts';
import { type Behaviour, TAKE, TestReceiver, verifiesWith } from './test-receiver.ts';
import { type BenchTenant, LARGE, openWebhookBench, until, type WebhookBench } from './test-webhooks.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let bench: WebhookBench;
let tenant: BenchTenant;
let count = 0;
const receivers: TestReceiver[] = [];

beforeAll(async () => {
  bench = await openWebhookBench({ sendMs: 1500 });
});

afterAll(() => bench.remove());

beforeEach(async () => {
  tenant = await bench.addTenant(`bank-${++count}`);
});

afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function receive(behave?: Behaviour): Promise<TestReceiver> {
  const receiver = await TestReceiver.listen(behave);
  receivers.push(receiver);
  return receiver;
}

async function endpoint(receiver: TestReceiver, name = 'desk'): Promise<{ id: string; secret: string }> {
  const made = await tenant.endpoints.create({ name, url: receiver.url, description: null, rules: [] });
  return { id: made.endpoint.id, secret: made.secret };
}

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_, response) =>
    void response.writeHead(status, headers).end('no');

/** Waits until so many attempts of the tenant are stored. */
async function attempts(total: number): Promise<void> {
  await until(
    async () => (await tenant.all()).reduce((sum, { attemptCount }) => sum + attemptCount, 0) >= total,
    () => `${total} attempts`,
  );
}

describe('a receiver that fails', () => {
  const FAULTS: readonly (readonly [string, Behaviour, string])[] = [
    ['answers 500', answer(500), 'WEBHOOK_STATUS'],
    ['redirects', answer(307, { location: '/elsewhere' }), 'WEBHOOK_STATUS'],
    ['says that it knows no such thing', answer(404), 'WEBHOOK_STATUS'],
    ['hangs', () => undefined, 'SEND_TIMEOUT'],
    ['answers with garbage', (_, { socket }) => void socket?.end('\0\0garbage\r\n\r\n'), 'SEND_FAILED'],
    [
      'dies in the middle of its answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('half');
        setTimeout(() => response.socket?.destroy(), 20);
      },
      'SEND_FAILED',
    ],
  ];

  it.each(FAULTS)(
    'and %s gets it again, under the same id, and the log says why',
    async (_, behave, code) => {
      const receiver = await receive((received, response, n) =>
        (n === 1 ? behave : TAKE)(received, response, n),
      );
      const { secret } = await endpoint(receiver);
      await tenant.pay(LARGE);
      await attempts(1);
      const [failed] = await tenant.all();
      expect(failed).toMatchObject({ state: 'pending', attemptCount: 1 });
      expect(Date.parse(failed!.nextAttemptAt!) - bench.clock.nowMs()).toBeGreaterThan(4 * SECOND);
      bench.clock.advance(6 * SECOND);
      await attempts(2);
      const [taken] = await tenant.all();
      expect(taken).toMatchObject({ state: 'delivered', id: failed!.id, nextAttemptAt: null });
      expect(receiver.received.map(({ id }) => id)).toEqual([failed!.webhookId, failed!.webhookId]);
      expect(receiver.received.flatMap((each) => verifiesWith(each, { secret }))).toHaveLength(2);
      const log = await tenant.deliveries.attempts(taken!.id);
      expect(log.map(({ number, error }) => [number, error])).toEqual([
        [1, code],
        [2, null],
      ]);
      const usage = (await tenant.stores.usage.current()).map(({ metric, used }) => [metric, used]);
      expect(Object.fromEntries(usage)).toMatchObject({ alerts: 1, attempts: 2, deliveries: 1 });
    },
  );

  it('gets ten attempts over three days, on the schedule, and then no more', async () => {
    const receiver = await receive(answer(404));
    await endpoint(receiver);
    await tenant.pay(LARGE);
    const waits = [
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      14 * HOUR,
      20 * HOUR,
      DAY,
    ];
    for (const [n, wait] of waits.entries()) {
      await attempts(n + 1);
      const [delivery] = await tenant.all();
      expect(Date.parse(delivery!.nextAttemptAt!) - bench.clock.nowMs()).toBe(wait);
      bench.clock.advance(wait - 1);
      expect(receiver.received).toHaveLength(n + 1);
      bench.clock.advance(1);
    }
    await attempts(10);
    expect((await tenant.all())[0]).toMatchObject({ state: 'failed', nextAttemptAt: null, attemptCount: 10 });
  });

  it('is left alone as long as it asks for', async () => {
    const receiver = await receive((received, response, n) =>
      (n === 1 ? answer(429, { 'retry-after': '3600' }) : TAKE)(received, response, n),
    );
    await endpoint(receiver);
    await tenant.pay(LARGE);
    await attempts(1);
    await tenant.pay(LARGE);
    bench.clock.advance(HOUR - 1);
    await tenant.pay(LARGE);
    expect(receiver.received).toHaveLength(1);
    bench.clock.advance(1);
    await until(() => receiver.received.length === 4);
    await until(async () => (await tenant.all()).every(({ state }) => state === 'delivered'));
  });

  it('is switched off by its 410, and what waits is sent once it is switched on', async () => {
    const receiver = await receive(answer(410));
    const { id } = await endpoint(receiver);
    await tenant.pay(LARGE);
    await attempts(1);
    expect(await tenant.endpoints.get(id)).toMatchObject({
      state: 'failed',
      stateReason: 'it answered 410 Gone',
    });
    await tenant.pay(LARGE);
    bench.clock.advance(DAY);
    expect(receiver.received).toHaveLength(1);
    expect(await auditActionsOf(bench, tenant)).toContain('endpoint.fail');
    receiver.behave = TAKE;
    await tenant.endpoints.enable(id);
    await until(async () => (await tenant.all()).every(({ state }) => state === 'delivered'));
    expect(receiver.counts().size).toBe(2);
  });

  it('is switched off after days of nothing but failures', async () => {
    const receiver = await receive(answer(503));
    const { id } = await endpoint(receiver);
    await tenant.pay(LARGE);
    await attempts(1);
    bench.clock.advance(LIMITS.endpointFailingMs);
    await until(async () => (await tenant.endpoints.get(id))?.state === 'failed');
    const { stateReason } = (await tenant.endpoints.get(id))!;
    expect(stateReason).toMatch(/^every attempt has failed since 20/);
  });

  it('is tried one message at a time until it takes one, whatever waits', async () => {
    const held: (() => void)[] = [];
    const receiver = await receive((...call) => void held.push(() => answer(500)(...call)));
    await endpoint(receiver);
    await tenant.pay(...Array.from({ length: 30 }, () => LARGE));
    await until(() => held.length === LIMITS.sendsPerEndpointMax);
    receiver.behave = answer(500);
    for (const fail of held) fail();
    await attempts(LIMITS.sendsPerEndpointMax);
    receiver.openMax = 0;
    bench.clock.advance(1100);
    await attempts(LIMITS.sendsPerEndpointMax + 1);
    expect(receiver.received).toHaveLength(LIMITS.sendsPerEndpointMax + 1);
    expect(receiver.openMax).toBe(1);
    receiver.behave = TAKE;
    bench.clock.advance(MINUTE);
    await until(async () => (await tenant.all()).every(({ state }) => state === 'delivered'));
    expect(receiver.counts().size).toBe(30);
  });

  it('holds up no other endpoint', async () => {
    const held: (() => void)[] = [];
    const hanging = await receive((_, response) => void held.push(() => response.end()));
    const quick = await receive();
    await endpoint(hanging, 'hanging');
    await endpoint(quick, 'quick');
    await tenant.pay(...Array.from({ length: 40 }, () => LARGE));
    await until(() => quick.received.length === 40);
    expect(hanging.openMax).toBeLessThanOrEqual(LIMITS.sendsPerEndpointMax);
    hanging.behave = TAKE;
    for (const end of held) end();
    for (let n = 0; n < 60 && hanging.counts().size < 40; n++) {
      bench.clock.advance(5 * SECOND);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(hanging.counts().size).toBe(40);
  });
});

describe('an endpoint', () => {
  it('gets signatures of the old and the new secret for a day', async () => {
    const receiver = await receive();
    const { id, secret: old } = await endpoint(receiver);
    const { secret, endpoint: rotated } = await tenant.endpoints.rotateSecret(id);
    expect(Date.parse(rotated.oldSecretUntil!)).toBe(bench.clock.nowMs() + DAY);
    await tenant.pay(LARGE);
    await until(() => receiver.received.length === 1);
    bench.clock.advance(DAY);
    await tenant.pay(LARGE);
    await until(() => receiver.received.length === 2);
    expect(receiver.received.map((each) => verifiesWith(each, { old, secret }))).toEqual([
      ['old', 'secret'],
      ['secret'],
    ]);
    expect((await tenant.endpoints.get(id))?.oldSecretUntil).toBeNull();
  });

  it('gets a message again, and a range, under the ids that they had', async () => {
    const receiver = await receive();
    const { id } = await endpoint(receiver);
    await tenant.pay(LARGE, LARGE, LARGE, LARGE);
    await attempts(4);
    const deliveries = await tenant.all();
    await tenant.deliveries.replay(deliveries[0]!.id);
    await attempts(5);
    expect(receiver.counts().get(deliveries[0]!.webhookId)).toBe(2);
    const alerts = (await tenant.stores.alerts.page({}, { first: 10, after: null })).rows;
    const position = Math.min(...alerts.map(({ row }) => row.position));
    const range = { endpointId: id, fromPosition: position + 1, untilPosition: position + 3 };
    expect(await tenant.deliveries.replayRange(range)).toBe(2);
    await attempts(7);
    expect([...receiver.counts().values()].sort()).toEqual([1, 2, 2, 2]);
    expect(receiver.counts().size).toBe(4);
    await until(async () => (await tenant.all()).every(({ state }) => state === 'delivered'));
  });

  it('gets no more messages again at a time than one transaction may hold', async () => {
    const { id } = await endpoint(await receive());
    await tenant.endpoints.disable(id);
    const fill = (from: number, to: number): Promise<unknown> =>
      bench.catalog.asTenant(tenant.id, (sql) =>
        sql.query(
          `INSERT INTO deliveries (tenant_id, id, type, endpoint_id, alert_id, position, body, state, created_at, next_attempt_at)
           SELECT $1, 'msg_' || n, 'rule.fired', $2, NULL, n, '{}', 'pending', now(), now() FROM generate_series($3::int, $4::int) AS n`,
          [tenant.id, id, from, to],
        ),
      );
    await fill(1, LIMITS.replayDeliveriesMax);
    expect(await tenant.deliveries.replayRange({ endpointId: id })).toBe(LIMITS.replayDeliveriesMax);
    await fill(LIMITS.replayDeliveriesMax + 1, LIMITS.replayDeliveriesMax + 1);
    expect(await codeOf(tenant.deliveries.replayRange({ endpointId: id }))).toBe('REPLAY_TOO_LARGE');
    expect(await tenant.deliveries.replayRange({ endpointId: id, untilPosition: 11 })).toBe(10);
  });

  it('gets a message again that was asked for while an attempt was under way', async () => {
    let take = (): void => undefined;
    const receiver = await receive((_, response) => {
      take = () => void response.writeHead(204).end();
    });
    await endpoint(receiver);
    await tenant.pay(LARGE);
    await until(() => receiver.received.length === 1);
    const [delivery] = await tenant.all();
    await tenant.deliveries.replay(delivery!.id);
    receiver.behave = TAKE;
    take();
    await until(() => receiver.received.length === 2);
    await until(async () => (await tenant.all())[0]?.state === 'delivered');
    expect(receiver.counts().size).toBe(1);
  });

  it('gets what came up while it was switched off, and nothing once it is removed', async () => {
    const receiver = await receive();
    const { id } = await endpoint(receiver);
    await tenant.endpoints.disable(id);
    await tenant.pay(LARGE);
    expect(receiver.received).toHaveLength(0);
    await tenant.endpoints.enable(id);
    await until(() => receiver.received.length === 1);
    await tenant.endpoints.disable(id);
    await tenant.pay(LARGE);
    const [, waiting] = await tenant.all();
    await tenant.endpoints.remove(id);
    expect((await tenant.all())[1]).toMatchObject({ state: 'cancelled', nextAttemptAt: null });
    expect(await codeOf(tenant.deliveries.replay(waiting!.id))).toBe('NOT_FOUND');
    await tenant.pay(LARGE);
    expect(await tenant.all()).toHaveLength(2);
  });

  it('is refused where it is the machine’s own, its name is taken, or its fields are wrong', async () => {
    const make = (name: string, url: string): Promise<unknown> =>
      tenant.endpoints.create({ name, url, description: null, rules: null });
    expect(await codeOf(make('desk', 'http://169.254.169.254/latest'))).toBe('ADDRESS_REFUSED');
    expect(await codeOf(make('desk', 'https://10.0.0.1/'))).toBe('ADDRESS_REFUSED');
    expect(await codeOf(make('', 'https://example.org/'))).toBe('FIELD_INVALID');
    expect(await codeOf(make('desk', 'https://example.org/'))).toBe('none');
    expect(await codeOf(make('desk', 'https://example.org/2'))).toBe('ENDPOINT_NAME_TAKEN');
  });

  it('has its secret encrypted in the catalog, and in no entry of the audit log', async () => {
    const { id, secret } = await endpoint(await receive());
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const rows = await bench.catalog.asTenant(tenant.id, (sql) =>
      sql.query('SELECT secret FROM webhook_endpoints WHERE id = $1', [id]),
    );
    expect(Buffer.from(rows[0]!.secret as Uint8Array).includes(bytes)).toBe(false);
    const audit = await bench.catalog.asTenant(tenant.id, (sql) => sql.query('SELECT entry FROM audit_log'));
    expect(audit.map(({ entry }) => entry).join()).not.toContain(secret.slice('whsec_'.length));
  });
});
