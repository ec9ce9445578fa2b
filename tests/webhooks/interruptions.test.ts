import { describe, expect, it } from '@jest/globals';
import { TestReceiver, verifiesWith } from './test-receiver.ts';
import { LARGE, ODD, openWebhookBench, until, type WebhookBench } from './test-webhooks.ts';

/** Enough for more than one batch of effects, and for messages that wait for a place. */
const AMOUNTS = [LARGE, 1, ODD, LARGE, 2, LARGE, LARGE, ODD, LARGE, LARGE, 3, LARGE, LARGE, LARGE];
const RAISED = AMOUNTS.filter((amount) => amount === LARGE || amount === ODD).length;

describe('a process that is killed', () => {
  it('between any two transactions of the catalog sends each alert, under one id', async () => {
    const first = await openWebhookBench();
    let bench: WebhookBench = first;
    const { id } = await bench.addTenant('bank');
    const receiver = await TestReceiver.listen();
    try {
      const { endpoints } = await bench.tenant(id);
      const { secret } = await endpoints.create({
        name: 'desk',
        url: receiver.url,
        description: null,
        rules: [],
      });
      let raised = 0;
      let interrupted = 0;
      for (let lives = 0; ; lives++) {
        const tenant = await bench.tenant(id);
        bench.life.transactions = lives;
        // The projection is among what dies: what it has not stored comes again.
        await tenant.append(...AMOUNTS);
        raised += RAISED;
        const total = raised;
        const { life, loop } = bench;
        const isDead = (): boolean => life.transactions !== null && life.transactions < 0;
        await until(() => isDead() || (receiver.counts().size === total && loop.sending === 0));
        if (!isDead()) {
          life.transactions = null;
          break;
        }
        interrupted++;
        bench = await bench.restart();
        bench.clock.advance(10 * 60_000);
        await until(
          () => receiver.counts().size === total,
          () => `${receiver.counts().size} of ${total} after ${lives} transactions`,
        );
        await until(() => bench.loop.sending === 0);
      }
      expect(interrupted).toBeGreaterThan(2);
      const tenant = await bench.tenant(id);
      const deliveries = await tenant.all();
      const alerts = new Set(deliveries.map(({ alertId }) => alertId));
      expect(deliveries).toHaveLength(raised);
      expect(alerts.size).toBe(raised);
      // One id an alert, and one alert an id, in all that was received.
      const pairs = new Set(
        receiver.received.map(({ id: webhookId, body }) => {
          const { data } = JSON.parse(body) as { data: { id: string } };
          return `${webhookId} ${data.id}`;
        }),
      );
      expect(pairs.size).toBe(raised);
      expect(receiver.counts().size).toBe(raised);
      expect(receiver.received.every((each) => verifiesWith(each, { secret }).length === 1)).toBe(true);
    } finally {
      await receiver.close();
      await bench.remove();
    }
  });
});
