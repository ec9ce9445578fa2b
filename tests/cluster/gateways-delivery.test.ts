import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SYSTEM_CLOCK } from '../../core/clock.ts';
import type { MessageSender, ReceiverAnswer } from '../../core/ports/message-sender.ts';
import { newUlid } from '../../core/tenant-id.ts';
import { openDeliveryQueues } from '../../tenants/delivery-queue.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import { sealWebhookSecret } from '../../tenants/webhook-secret.ts';
import { DeliveryLoop } from '../../workers/delivery/delivery-loop.ts';
import { outliveLease, startGateways, type TestGateway, type TestGateways, until } from './gateways.ts';

const TAKEN: ReceiverAnswer = { status: 204, headers: {}, body: '' };

/** Receives for all endpoints; what it hears it answers after a moment, or never. */
class Receiver implements MessageSender {
  /** Webhook ids, in the order in which they came, by the process that sent them. */
  readonly heard: { readonly id: string; readonly from: string }[] = [];
  answers = true;

  from(process: string): MessageSender {
    return {
      send: async ({ headers }) => {
        this.heard.push({ id: String(headers['webhook-id']), from: process });
        if (!this.answers) return await new Promise<never>(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return TAKEN;
      },
      check: () => undefined,
      close: async () => undefined,
    };
  }

  async send(): Promise<never> {
    throw new Error('by `from`');
  }

  check(): void {
    // All may be sent to.
  }

  async close(): Promise<void> {
    // There is nothing to close.
  }

  ids(): readonly string[] {
    return this.heard.map(({ id }) => id);
  }
}

let servers: TestGateways;
let one: TestGateway;
let two: TestGateway;
let tenant: Tenant;
let endpoint: string;
let loops: DeliveryLoop[];
let count = 0;

beforeAll(async () => {
  servers = await startGateways();
});

afterAll(() => servers.stop());

beforeEach(async () => {
  one = await servers.open();
  two = await servers.open();
  loops = [];
  tenant = await one.addTenant(`bank-${++count}`);
  endpoint = `end_${newUlid()}`;
  await two.catalog.asTenant(tenant.id, (sql) =>
    sql.query(
      `INSERT INTO webhook_endpoints (tenant_id, id, name, url, state, secret, created_at)
       VALUES ($1, $2, 'desk', 'https://example.org/', 'enabled', $3, now())`,
      [tenant.id, endpoint, sealWebhookSecret(two.keys, tenant.id, endpoint, new Uint8Array(32))],
    ),
  );
});

afterEach(async () => {
  for (const loop of loops) await loop.close();
  for (const gateway of [one, two]) await gateway.close();
});

/** So many messages that are due. */
async function addMessages(total: number): Promise<readonly string[]> {
  const ids = Array.from({ length: total }, () => `msg_${newUlid()}`);
  await two.catalog.asTenant(tenant.id, (sql) =>
    sql.query(
      `INSERT INTO deliveries (tenant_id, id, type, endpoint_id, body, state, created_at, next_attempt_at)
       SELECT $1, id, 'test', $2, '{}', 'pending', now(), now() FROM unnest($3::text[]) AS id`,
      [tenant.id, endpoint, ids],
    ),
  );
  return ids;
}

async function send(gateway: TestGateway, sender: MessageSender): Promise<void> {
  const loop = new DeliveryLoop({
    queues: openDeliveryQueues({
      catalog: gateway.catalog,
      keys: gateway.keys,
      nowMs: Date.now,
      lease: gateway.lease,
    }),
    sender,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    userAgent: 'ringwatch/test',
    policy: { stopMs: 100, catalogPauseMs: 50 },
    lookMs: 50,
  });
  loops.push(loop);
  await loop.start();
}

async function states(): Promise<Readonly<Record<string, number>>> {
  const rows = await two.catalog.asTenant(tenant.id, (sql) =>
    sql.query('SELECT state, count(*) AS messages FROM deliveries WHERE tenant_id = $1 GROUP BY state', [
      tenant.id,
    ]),
  );
  return Object.fromEntries(rows.map(({ state, messages }) => [String(state), Number(messages)]));
}

describe('webhook messages that two processes send', () => {
  it('go out once each, whichever process sends them', async () => {
    const ids = await addMessages(300);
    const receiver = new Receiver();
    await Promise.all([send(one, receiver.from('one')), send(two, receiver.from('two'))]);
    await until(async () => (await states()).delivered === ids.length);
    expect([...receiver.ids()].sort()).toEqual([...ids].sort());
    expect(new Set(receiver.heard.map(({ from }) => from))).toEqual(new Set(['one', 'two']));
    const left = 'SELECT count(*) AS claims FROM deliveries WHERE claimed_by IS NOT NULL';
    const rows = await two.catalog.asTenant(tenant.id, (sql) => sql.query(left));
    expect(rows[0]?.claims).toBe(0);
  });

  it('are left to the one that has them on their way, and taken over under the same ids when it is killed', async () => {
    const ids = await addMessages(20);
    const [hangs, takes] = [new Receiver(), new Receiver()];
    hangs.answers = false;
    await send(one, hangs.from('one'));
    await until(() => hangs.heard.length === 8);
    await send(two, takes.from('two'));
    // The endpoint's places are taken: by the other process.
    await outliveLease(one, two);
    expect(takes.heard).toEqual([]);
    one.freeze();
    await until(async () => (await states()).delivered === ids.length);
    expect([...takes.ids()].sort()).toEqual([...ids].sort());
    expect(ids).toEqual(expect.arrayContaining([...hangs.ids()]));
    expect(new Set(hangs.ids()).size).toBe(8);
  });
});
