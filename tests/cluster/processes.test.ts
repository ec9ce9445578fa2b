import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JSON_TYPE, send } from '../http/http-client.ts';
import { provision, type ServeProcess } from '../tools/serve-process.ts';
import { startCluster, type TestCluster, type WorkerProcess } from './cluster-case.ts';
import { until } from './gateways.ts';
import { alertedPayments, areTaken, countPayments, PAYMENTS, sendPayments } from './payments.ts';

const DEFINITIONS = `${PAYMENTS}
CREATE DECISION payment ON payments OUTCOMES (deny, approve) DEFAULT approve FALLBACK deny DEADLINE 60 SECONDS;
CREATE RULE big ON payments WHEN amount > 1000 DO ALERT 'Big' KEY (id), DECIDE deny;
`;

let cluster: TestCluster;
let worker: WorkerProcess;
let gateways: ServeProcess[];
let key: string;

beforeAll(async () => {
  cluster = await startCluster(1);
  worker = await cluster.startWorker(cluster.workers[0] as string);
  const first = await cluster.startGateway();
  const tenant = await provision(first, 'bank', DEFINITIONS);
  key = await tenant.key(['INGEST', 'DECIDE', 'QUERY', 'ALERTS']);
  gateways = [first, await cluster.startGateway()];
}, 300_000);
afterAll(async () => {
  await cluster?.stop();
});

/** Sends payments, given as key and amount. */
function ingest(
  gateway: ServeProcess,
  rows: readonly (readonly [id: string, amount: number])[],
): ReturnType<typeof sendPayments> {
  return sendPayments(
    gateway,
    key,
    rows.map(([id, amount]) => ({ id, amount })),
  );
}

async function decide(gateway: ServeProcess, id: string, amount: number): Promise<unknown> {
  const answer = await send(gateway.address, '/v1/sources/payments/decide', {
    token: key,
    headers: JSON_TYPE,
    body: JSON.stringify({ id, payer: `p${id}`, payee: 'shop', amount }),
  });
  return JSON.parse(answer.text);
}

describe('gateways and a worker, each a process', () => {
  it('take events, decide and raise alerts, whichever gateway is asked', async () => {
    const [one, two] = gateways as [ServeProcess, ServeProcess];
    const answers = await Promise.all([
      ingest(one, [
        ['a', 5],
        ['b', 5000],
      ]),
      ingest(two, [
        ['c', 6],
        ['d', 6000],
      ]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await decide(two, 'e', 7000)).toMatchObject({ outcome: 'deny' });
    expect(await decide(one, 'e', 7000)).toMatchObject({ outcome: 'deny', duplicate: true });
    expect(await decide(one, 'f', 7)).toMatchObject({ outcome: 'approve' });
    await until(async () => (await alertedPayments(cluster)).length >= 3);
    expect(await alertedPayments(cluster)).toEqual(['b', 'd', 'e']);
    expect(await countPayments(one, key)).toBe(6);
    expect(await countPayments(two, key)).toBe(6);
  });

  it('lose nothing acknowledged where the worker is killed, again and again, its own folder gone too', async () => {
    const acknowledged: string[] = [];
    const refusals = new Set<string>();
    let isOver = false;
    const load = async (gateway: ServeProcess, name: string): Promise<void> => {
      for (let n = 0, isTold = true; !isOver || !isTold; n += isTold ? 1 : 0) {
        const rows = Array.from({ length: 20 }, (_, each) => [`${name}${n}-${each}`, n + each] as const);
        const answer = await ingest(gateway, rows);
        isTold = areTaken(answer, rows.length);
        if (isTold) acknowledged.push(...rows.map(([id]) => id));
        else {
          refusals.add(`${answer.status} ${answer.text}`);
          // Sent again under the same keys.
          await pause(100);
        }
      }
    };
    const loads = gateways.map((gateway, n) => load(gateway, `g${n}x`));
    for (let life = 0; life < 3; life++) {
      await pause(1500);
      await worker.end('SIGKILL');
      worker = await cluster.startWorker(worker.address, life === 1);
    }
    await pause(1500);
    isOver = true;
    await Promise.all(loads);
    for (const refusal of refusals) expect(refusal).toMatch(/WORKER_LOST|WORKER_UNREACHABLE|WORKER_NONE/);
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    // Each once: the graph has an edge for every payment that was acknowledged, and for those of the test before.
    expect(await countPayments(gateways[0] as ServeProcess, key)).toBe(6 + acknowledged.length);
    await until(async () => (await alertedPayments(cluster)).length >= 3);
    expect(await alertedPayments(cluster)).toEqual(['b', 'd', 'e']);
  }, 90_000);

  it('stop cleanly', async () => {
    for (const gateway of gateways) expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    await worker.end('SIGTERM');
    expect(worker.errors()).toContain('stopped');
  });
});
