import { expect, it, jest } from '@jest/globals';
import path from 'node:path';
import { provision, startServe } from '../tools/serve-process.ts';
import { inTemporaryFolder } from '../tools/spawn-ringwatch.ts';
import { type Behaviour, TAKE, TestReceiver, verifiesWith } from './test-receiver.ts';
import { LARGE, PAYMENTS, until } from './test-webhooks.ts';

jest.setTimeout(180_000);

const EVENTS = 40;
const OPTIONS = ['--webhook-allow', '127.0.0.1'];

it('ringwatch serve, killed as messages come, in an answer and after one, sends every alert under one id', async () => {
  await inTemporaryFolder(async (folder) => {
    const data = path.join(folder, 'data');
    const receiver = await TestReceiver.listen();
    let service = await startServe(data, OPTIONS);
    const { key } = await provision(service, 'bank', PAYMENTS);
    const made = await service.graphql(
      await key(['ADMIN']),
      `mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
        secret userErrors { code message } } }`,
      { input: { name: 'desk', url: receiver.url } },
    );
    const { secret } = made.createWebhookEndpoint as { secret: string };
    const ingest = await key(['INGEST']);
    let events = 0;
    const send = async (): Promise<void> => {
      const rows = Array.from({ length: EVENTS }, () =>
        JSON.stringify({ id: `e${++events}`, amount: LARGE }),
      );
      const answer = await fetch(`${service.address}/v1/sources/payments/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ingest}`, 'content-type': 'application/x-ndjson' },
        body: rows.join('\n'),
      });
      expect(answer.status).toBe(200);
    };
    const kill = (): void => void process.kill(service.pid, 'SIGKILL');
    const moments: readonly Behaviour[] = [
      kill,
      (_, response) => {
        response.writeHead(200, { 'content-length': '9' }).write('half');
        kill();
      },
      (_, response) => void response.writeHead(204).end(kill),
    ];
    try {
      for (const moment of moments) {
        const before = receiver.received.length;
        receiver.behave = (received, response, n) =>
          (n === before + 5 ? moment : TAKE)(received, response, n);
        await send();
        expect((await service.ended).signal).toBe('SIGKILL');
        receiver.behave = TAKE;
        service = await startServe(data, OPTIONS);
        await until(
          () => receiver.counts().size === events,
          () => `${receiver.counts().size} of ${events}`,
        );
      }
      const pairs = receiver.received.map(
        ({ id, body }) => `${id} ${(JSON.parse(body) as { data: { id: string } }).data.id}`,
      );
      expect(new Set(pairs).size).toBe(events);
      expect(new Set(pairs.map((pair) => pair.split(' ')[1])).size).toBe(events);
      expect(receiver.received.length).toBeGreaterThan(events);
      expect(receiver.received.every((each) => verifiesWith(each, { secret }).length === 1)).toBe(true);
    } finally {
      await service.stop();
      await receiver.close();
    }
  });
});
