import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { provision, type ServeProcess } from '../tools/serve-process.ts';
import { startCluster, type TestCluster, type WorkerProcess } from './cluster-case.ts';
import { alertedPayments, areTaken, countPayments, PAYMENTS, sendPayments } from './payments.ts';

const DEFINITIONS = `${PAYMENTS}
CREATE RULE big ON payments WHEN amount > 1000 DO ALERT 'Big' KEY (id);
`;
/** Every so many payments one is big enough for an alert. */
const BIG_EVERY = 7;
const TENANTS = 4;

let cluster: TestCluster;
let workers: WorkerProcess[];
let gateways: ServeProcess[];
let keys: string[];

beforeAll(async () => {
  cluster = await startCluster(2, 1);
  workers = await Promise.all(cluster.workers.map((address) => cluster.startWorker(address)));
  const first = await cluster.startGateway();
  keys = [];
  for (let n = 0; n < TENANTS; n++) {
    const tenant = await provision(first, `bank-${n}`, DEFINITIONS);
    keys.push(await tenant.key(['INGEST', 'QUERY']));
  }
  gateways = [first, await cluster.startGateway()];
}, 300_000);
afterAll(async () => {
  await cluster?.stop();
});

/** What was acknowledged of a tenant: keys of payments, and of those that raise alerts. */
interface Acknowledged {
  readonly all: string[];
  readonly big: string[];
}

/** Sends payments of each tenant by both gateways, each frame again under its keys until it is acknowledged, until it is ended. */
function beginLoad(name: string) {
  const acknowledged = keys.map((): Acknowledged => ({ all: [], big: [] }));
  const refusals = new Set<string>();
  let isOver = false;
  let longestMs = 0;
  const load = async (tenant: number, gateway: ServeProcess, prefix: string): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const rows = Array.from({ length: 10 }, (_, each) => ({
        id: `${prefix}-${n}-${each}`,
        amount: (10 * n + each) % BIG_EVERY === 0 ? 5000 : 5,
      }));
      const begunMs = performance.now();
      for (;;) {
        const answer = await sendPayments(gateway, keys[tenant] as string, rows);
        if (areTaken(answer, rows.length)) break;
        refusals.add(`${answer.status} ${answer.text}`);
        await pause(100);
      }
      longestMs = Math.max(longestMs, performance.now() - begunMs);
      const { all, big } = acknowledged[tenant] as Acknowledged;
      for (const { id, amount } of rows) {
        all.push(id);
        if (amount > 1000) big.push(id);
      }
      await pause(20);
    }
  };
  const loads = keys.flatMap((_, tenant) =>
    gateways.map((gateway, n) => load(tenant, gateway, `${name}-g${n}`)),
  );
  return {
    acknowledged,
    refusals,
    end: async () => {
      isOver = true;
      await Promise.all(loads);
      return longestMs;
    },
  };
}

/** What all tenants were told is theirs so far. */
const told: Acknowledged[] = Array.from({ length: TENANTS }, () => ({ all: [], big: [] }));

/** Nothing acknowledged is lost, nothing is there twice, and each alert was raised once. */
async function expectAllOnce({ acknowledged, refusals }: ReturnType<typeof beginLoad>): Promise<void> {
  for (const refusal of refusals)
    expect(refusal).toMatch(/WORKER_(LOST|NONE)|PEER_UNREACHABLE|ENGINE_CLOSED/);
  for (const [n, { all, big }] of acknowledged.entries()) {
    expect(all.length).toBeGreaterThan(0);
    told[n]?.all.push(...all);
    told[n]?.big.push(...big);
    for (const gateway of gateways)
      expect(await countPayments(gateway, keys[n] as string)).toBe(told[n]?.all.length);
  }
  const due = told.flatMap(({ big }) => big).sort();
  for (let n = 0; n < 600 && (await alertedPayments(cluster)).length < due.length; n++) await pause(50);
  // One too many would come a moment later.
  await pause(1000);
  expect(await alertedPayments(cluster)).toEqual(due);
}

describe('workers that find each other', () => {
  it('take over the tenants of one that is killed, and give them back when it is there again', async () => {
    const load = beginLoad('killed');
    await pause(1000);
    const [one] = workers as [WorkerProcess];
    await one.end('SIGKILL');
    await pause(12_000);
    workers[0] = await cluster.startWorker(one.address);
    await pause(4000);
    const longestMs = await load.end();
    console.log(`the longest that a frame waited: ${Math.round(longestMs)} ms`);
    await expectAllOnce(load);
  }, 180_000);

  it('take over from one that leaves, whose folder may be gone when it is back', async () => {
    const load = beginLoad('left');
    await pause(500);
    const two = workers[1] as WorkerProcess;
    await two.end('SIGTERM');
    expect(two.errors()).toContain('stopped');
    await pause(3000);
    workers[1] = await cluster.startWorker(two.address, true);
    await pause(3000);
    await load.end();
    await expectAllOnce(load);
  }, 180_000);

  it('are not harmed by one that stood still while others had its tenants, and wakes', async () => {
    const load = beginLoad('stood');
    await pause(500);
    const [one] = workers as [WorkerProcess];
    process.kill(one.pid, 'SIGSTOP');
    await pause(12_000);
    process.kill(one.pid, 'SIGCONT');
    await pause(5000);
    await load.end();
    await expectAllOnce(load);
  }, 180_000);
});
