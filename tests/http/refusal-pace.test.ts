import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JSON_TYPE, NDJSON, send } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const WRONG = '{"query":"{ viewer { nothing } }"}';
const RIGHT = '{"query":"{ viewer { name } }"}';

let service: TestService;
let tenant: TestTenant;

beforeAll(async () => {
  // Five a second, ten at once.
  service = await startTestService({ RINGWATCH_REFUSALS_PER_SECOND: '5' });
  tenant = await service.addTenant('bank', 'CREATE SOURCE clicks (page TEXT)');
});
afterAll(() => service.end());

function ask(token: string, body: string): Promise<{ status: number }> {
  return send(service.address, '/graphql', { token, headers: JSON_TYPE, body });
}

/** How many of the requests are answered before the one that follows them by another key is. */
async function answeredBefore(
  requests: readonly Promise<unknown>[],
  marker: () => Promise<unknown>,
): Promise<number> {
  let answered = 0;
  for (const request of requests) request.then(() => answered++);
  await marker();
  await marker();
  return answered;
}

describe('a key whose requests are refused over and over', () => {
  it('waits, while another key of the tenant does not', async () => {
    const [noisy, calm] = [await tenant.key(['query', 'ingest']), await tenant.key(['query'])];
    for (let n = 0; n < 10; n++) await ask(noisy, WRONG);
    const held = [ask(noisy, WRONG), ask(noisy, WRONG), ask(noisy, RIGHT)];
    expect(await answeredBefore(held, () => ask(calm, RIGHT))).toBeLessThan(held.length);
    // They are looked at in the end: it is no error.
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('waits as well for bodies that are unpacked for nothing', async () => {
    const [noisy, calm] = [await tenant.key(['ingest']), await tenant.key(['ingest'])];
    const broken = (token: string): Promise<{ status: number }> =>
      send(service.address, '/v1/sources/clicks/events', {
        token,
        headers: { ...NDJSON, 'content-encoding': 'gzip' },
        body: 'no gzip',
      });
    for (let n = 0; n < 10; n++) expect((await broken(noisy)).status).toBe(400);
    const held = [broken(noisy), broken(noisy)];
    expect(await answeredBefore(held, () => broken(calm))).toBeLessThan(held.length);
    await Promise.all(held);
  });

  it('does not wait for what it does right, however often', async () => {
    const token = await tenant.key(['query']);
    for (let n = 0; n < 9; n++) await ask(token, WRONG);
    // Were they counted, these would take more than the test may.
    for (let n = 0; n < 100; n++) await ask(token, RIGHT);
  }, 20_000);
});
