import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Behaviour, TestReceiver, verifiesWith } from './test-receiver.ts';
import {
  type BenchTenant,
  LARGE,
  ODD,
  openWebhookBench,
  PING,
  until,
  type WebhookBench,
} from './test-webhooks.ts';

let bench: WebhookBench;
let tenant: BenchTenant;
let count = 0;
const receivers: TestReceiver[] = [];

beforeAll(async () => {
  bench = await openWebhookBench({ sendMs: 300 });
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

describe('what is delivered', () => {
  it('is each alert of rules that name the endpoint, once, signed, as the log has it', async () => {
    const receiver = await receive();
    const { endpoint, secret } = await tenant.endpoints.create({
      name: 'desk',
      url: receiver.url,
      description: null,
      rules: null,
    });
    await tenant.pay(LARGE, 1, ODD, LARGE);
    await until(() => receiver.received.length === 2);
    const alerts = (await tenant.stores.alerts.page({ rules: ['large'] }, { first: 10, after: null })).rows;
    expect(alerts).toHaveLength(2);
    for (const { row } of alerts) {
      const message = receiver.received.find(({ body }) => body.includes(row.id));
      expect(message?.body).toBe(`{"type":"alert.raised","timestamp":"${row.raisedAt}","data":${row.line}}`);
      expect(verifiesWith(message!, { secret })).toEqual(['secret']);
    }
    await until(async () => (await tenant.all()).every(({ state }) => state === 'delivered'));
    const deliveries = await tenant.all();
    expect(deliveries.map(({ endpointId }) => endpointId)).toEqual([endpoint.id, endpoint.id]);
    expect(new Set(deliveries.map(({ webhookId }) => webhookId)).size).toBe(2);
    expect(await tenant.deliveries.attempts(deliveries[0]!.id)).toEqual([
      expect.objectContaining({ number: 1, status: 204, error: null, responseBody: '' }),
    ]);
  });

  it('takes one transaction of the catalog for a batch of alerts where nobody is to be told', async () => {
    const unheard = await bench.addTenant('unheard');
    await unheard.pay(1);
    const before = bench.life.used;
    await unheard.pay(...Array.from({ length: 100 }, () => ODD));
    const batches = bench.life.used - before;
    expect(batches).toBeLessThanOrEqual(2);
    expect((await unheard.stores.alerts.page({}, { first: 1, after: null })).rows).toHaveLength(1);
  });

  it('is what the endpoint subscribes to', async () => {
    const all = await receive();
    const odd = await receive();
    const named = await receive();
    await tenant.endpoints.create({ name: 'all', url: all.url, description: null, rules: [] });
    await tenant.endpoints.create({ name: 'odd', url: odd.url, description: null, rules: ['odd'] });
    await tenant.endpoints.create({ name: 'desk', url: named.url, description: null, rules: null });
    await tenant.pay(LARGE, ODD, PING, 2);
    await until(async () => (await tenant.all()).filter(({ state }) => state === 'delivered').length === 5);
    const types = (receiver: TestReceiver): string[] =>
      receiver.received
        .map(({ body }) => JSON.parse(body) as { type: string; data: { rule: string } })
        .map(({ type, data }) => `${type} ${data.rule}`)
        .sort();
    expect(types(all)).toEqual(['alert.raised large', 'alert.raised odd']);
    expect(types(odd)).toEqual(['alert.raised odd']);
    expect(types(named)).toEqual(['alert.raised large', 'rule.fired ping']);
  });
});
