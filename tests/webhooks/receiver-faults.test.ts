import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { present } from '../../core/assert.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';
import { type Behaviour, type Received, TAKE, TestReceiver, verifiesWith } from './test-receiver.ts';
import { LARGE, PAYMENTS, until } from './test-webhooks.ts';

jest.setTimeout(300_000);

const ALERTS = 12;
/** So many messages that come first meet the fault; as many are sent to an endpoint at once, and some wait behind them. */
const FAULTY = 5;

/** What a receiver does at first, and the code that the log of deliveries has for it; null where it is no fault. */
const FAULTS: Readonly<Record<string, { readonly behave: Behaviour; readonly code: string | null }>> = {
  healthy: { behave: TAKE, code: null },
  slow: { behave: (...call) => void setTimeout(() => TAKE(...call), 3000), code: null },
  hanging: { behave: () => undefined, code: 'SEND_TIMEOUT' },
  failing: { behave: (_, response) => void response.writeHead(500).end('no'), code: 'WEBHOOK_STATUS' },
  busy: {
    behave: (_, response) => void response.writeHead(429, { 'retry-after': '2' }).end(),
    code: 'WEBHOOK_STATUS',
  },
  moved: {
    behave: (_, response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
    code: 'WEBHOOK_STATUS',
  },
  garbled: { behave: (_, { socket }) => void socket?.end('\0\0garbage\r\n\r\n'), code: 'SEND_FAILED' },
  dying: {
    behave: (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => response.socket?.destroy(), 20);
    },
    code: 'SEND_FAILED',
  },
  down: { behave: TAKE, code: 'SEND_FAILED' },
};

interface Endpoint {
  readonly name: string;
  readonly id: string;
  readonly secret: string;
  receiver: TestReceiver;
}

interface Delivered {
  readonly state: string;
  readonly webhookId: string;
  readonly alert: { readonly alertId: string };
  readonly attempts: readonly { readonly error: string | null }[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-receivers-'));
let service: ServeProcess;
let admin: string;
let ingest: string;
const endpoints: Endpoint[] = [];

beforeAll(async () => {
  service = await startServe(path.join(folder, 'data'), ['--webhook-allow', '127.0.0.1']);
  const { key } = await provision(service, 'bank', PAYMENTS);
  admin = await key(['ADMIN', 'ALERTS']);
  ingest = await key(['INGEST']);
  for (const [name, { behave }] of Object.entries(FAULTS)) {
    const receiver = await TestReceiver.listen((received, response, n) =>
      (n <= FAULTY ? behave : TAKE)(received, response, n),
    );
    const made = await service.graphql(
      admin,
      `mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
        endpoint { id } secret userErrors { code message } } }`,
      { input: { name, url: receiver.url, rules: [] } },
    );
    const { endpoint, secret } = made.createWebhookEndpoint as { endpoint: { id: string }; secret: string };
    endpoints.push({ name, id: endpoint.id, secret, receiver });
  }
});

afterAll(async () => {
  await service.stop();
  for (const { receiver } of endpoints) await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

function named(name: string): Endpoint {
  return present(endpoints.find((endpoint) => endpoint.name === name));
}

async function pay(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => JSON.stringify({ id: `e${n}`, amount: LARGE }));
  const answer = await fetch(`${service.address}/v1/sources/payments/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ingest}`, 'content-type': 'application/x-ndjson' },
    body: rows.join('\n'),
  });
  expect(answer.status).toBe(200);
}

async function alertIds(): Promise<string[]> {
  const { alerts } = await service.graphql(admin, '{ alerts(first: 100) { nodes { alertId } } }');
  return (alerts as { nodes: { alertId: string }[] }).nodes.map(({ alertId }) => alertId).sort();
}

async function deliveriesOf({ id }: Endpoint): Promise<readonly Delivered[]> {
  const { deliveries } = await service.graphql(
    admin,
    `query($id: ID!) { deliveries(first: 100, filter: { endpointId: $id }) {
      nodes { state webhookId alert { alertId } attempts { error } } } }`,
    { id },
  );
  return (deliveries as { nodes: Delivered[] }).nodes;
}

/** Has deliveries of an endpoint sent again, those in a state or all. Returns how many. */
async function sendAgain({ id }: Endpoint, state?: string): Promise<number> {
  const { replayDeliveries } = await service.graphql(
    admin,
    'mutation($input: ReplayDeliveriesInput!) { replayDeliveries(input: $input) { count userErrors { code } } }',
    { input: { endpointId: id, ...(state === undefined ? {} : { state }) } },
  );
  return (replayDeliveries as { count: number }).count;
}

/** What is wrong with all that came to a receiver, where it is to be told of these alerts. */
function problemsOf(
  received: readonly Received[],
  { secret }: Pick<Endpoint, 'secret'>,
  alerts: readonly string[],
): string[] {
  const problems: string[] = [];
  const idOf = new Map<string, string>();
  for (const message of received) {
    if (verifiesWith(message, { secret }).length !== 1) problems.push(`${message.id} does not verify`);
    const alert = (JSON.parse(message.body) as { data: { id: string } }).data.id;
    const before = idOf.get(alert);
    if (before !== undefined && before !== message.id) problems.push(`${alert} came under two ids`);
    idOf.set(alert, message.id);
  }
  if (new Set(idOf.values()).size !== idOf.size) problems.push('an id is of two alerts');
  for (const alert of alerts) if (!idOf.has(alert)) problems.push(`${alert} is lost`);
  for (const alert of idOf.keys()) if (!alerts.includes(alert)) problems.push(`${alert} is none of these`);
  return problems;
}

describe('ringwatch serve', () => {
  it('tells receivers that are slow, down, garbled or die in their answer of every alert, each under one id', async () => {
    const down = named('down');
    const { port } = down.receiver;
    await down.receiver.close();
    await pay(ALERTS);
    // Those that are well do not wait for those that are not.
    await until(() => named('healthy').receiver.counts().size === ALERTS);
    await until(async () => (await deliveriesOf(down)).some(({ attempts }) => attempts.length > 0));
    down.receiver = await TestReceiver.listen(TAKE, port);
    // What has failed twice by then would come in five minutes: its operator asks for it.
    await sendAgain(down, 'PENDING');
    const isDelivered = async (endpoint: Endpoint): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const all = await deliveriesOf(endpoint);
      return all.length === ALERTS && all.every(({ state }) => state === 'DELIVERED');
    };
    for (const endpoint of endpoints)
      await until(
        () => isDelivered(endpoint),
        () => endpoint.name,
      );

    const alerts = await alertIds();
    expect(alerts).toHaveLength(ALERTS);
    for (const endpoint of endpoints) {
      const { name, receiver } = endpoint;
      expect([name, problemsOf(receiver.received, endpoint, alerts)]).toEqual([name, []]);
      const { code } = present(FAULTS[name]);
      const deliveries = await deliveriesOf(endpoint);
      const errors = deliveries.flatMap(({ attempts }) => attempts.flatMap(({ error }) => error ?? []));
      expect([name, [...new Set(errors)]]).toEqual([name, code === null ? [] : [code]]);
      // The log of deliveries and the receiver speak of the same messages.
      const ids = new Set(deliveries.map(({ webhookId }) => webhookId));
      expect(new Set(receiver.counts().keys())).toEqual(ids);
    }
    const ids = endpoints.flatMap(({ receiver }) => [...receiver.counts().keys()]);
    expect(new Set(ids).size).toBe(ALERTS * endpoints.length);
  });

  it('sends again what is asked for, under the ids that it had', async () => {
    const endpoint = named('dying');
    const { receiver, secret } = endpoint;
    const before = receiver.counts();
    expect(await sendAgain(endpoint)).toBe(ALERTS);
    const total = [...before.values()].reduce((sum, count) => sum + count, 0) + ALERTS;
    await until(() => receiver.received.length === total);
    const counts = receiver.counts();
    expect([...counts.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [message, count] of before) expect(counts.get(message)).toBe(count + 1);
    expect(receiver.received.every((each) => verifiesWith(each, { secret }).length === 1)).toBe(true);
  });

  it('would be found out where an alert were lost, came under two ids, or were signed otherwise', async () => {
    const { receiver, secret } = named('healthy');
    const alerts = await alertIds();
    const received = [...receiver.received];
    const first = present(received[0]);
    const find = (changed: readonly Received[]): string[] => problemsOf(changed, { secret }, alerts);
    expect(find(received)).toEqual([]);
    expect(find(received.slice(1))).toEqual([expect.stringContaining('is lost')]);
    expect(find([...received, { ...first, id: 'msg_other' }])).toEqual([
      'msg_other does not verify',
      expect.stringContaining('came under two ids'),
    ]);
    const tampered = { ...first, body: first.body.replace('"', ' "') };
    expect(find([tampered, ...received.slice(1)])).toEqual([`${first.id} does not verify`]);
  });
});
