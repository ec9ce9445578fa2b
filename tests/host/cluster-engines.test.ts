import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { dialPeer } from '../../adapters/http/peer-link.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EngineHost, NumberedEffect } from '../../core/ports/engine.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { accountFrame, manyPayments, newFolder, PAYMENTS, paymentFrame, removeFolders } from './host-case.ts';
import { SECRET, startGateway, startWorker, type TestWorker } from './worker-case.ts';

const gateways: EngineHost[] = [];
const workers: TestWorker[] = [];

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
  for (const worker of workers.splice(0)) await worker.close();
  await removeFolders();
});

async function worker(folder?: string): Promise<TestWorker> {
  const started = await startWorker({ folder: folder ?? (await newFolder()) });
  workers.push(started);
  return started;
}

function gateway(place: (tenant: TenantId) => string | null, secret?: string): EngineHost {
  const started = startGateway(place, secret);
  gateways.push(started);
  return started;
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof RingwatchError ? error.code : String(error)),
  );
}

async function start(): Promise<{ far: TestWorker; near: EngineHost; tenant: TenantId }> {
  const far = await worker();
  const near = gateway(() => far.address);
  const tenant = newTenantId();
  await near.create(tenant);
  await near.engine(tenant).publish(PAYMENTS, { allowDrop: false });
  return { far, near, tenant };
}

describe('a gateway without engines', () => {
  it('has frames appended by the owner, and hears what became of their records', async () => {
    const { near, tenant } = await start();
    const engine = near.engine(tenant);
    const appended = await Promise.all(
      Array.from({ length: 20 }, (_, n) => engine.append(paymentFrame(manyPayments(50 * n, 50)), 50)),
    );
    const applied = await Promise.all(appended.map((each) => each.applied()));
    expect(applied.map(({ position }) => position)).toEqual(
      Array.from({ length: 20 }, (_, n) => 51 + 50 * n),
    );
    expect(await engine.progress()).toMatchObject({ position: 1001 });
  });

  it('asks the owner for decisions, queries, plans and errors with all that they say', async () => {
    const { near, tenant } = await start();
    const engine = near.engine(tenant);
    await engine.append(accountFrame([['X', 'Xaver']]), 1);
    const first = await engine.decide(paymentFrame([{ id: 'a', payer: 'X', payee: 'Y', cents: 500 }]), 5000);
    expect(first).toMatchObject({ outcome: 'approve', duplicate: false, afterDeadline: false });
    const ring = await engine.decide(paymentFrame([{ id: 'b', payer: 'Y', payee: 'X', seconds: 1 }]), null);
    expect([ring.outcome, ring.alerts.length]).toEqual(['deny', 1]);
    const answer = await engine.query({
      query: { kind: 'saved', name: 'paid' },
      parameters: { account: 'X' },
    });
    expect(answer.rows).toHaveLength(1);
    const dryRun = await engine.check(`${PAYMENTS} CREATE TABLE t (id TEXT PRIMARY KEY, x INTEGR);`, {
      allowDrop: false,
    });
    expect(dryRun.problems[0]).toMatchObject({
      line: expect.any(Number),
      message: expect.stringContaining('integr'),
    });
    const wrong = engine.query({ query: { kind: 'saved', name: 'payd' }, parameters: {} });
    await expect(wrong).rejects.toMatchObject({ code: 'UNKNOWN_NAME', hint: 'Did you mean paid?' });
    expect((await engine.relations()).map(({ name }) => name).sort()).toEqual(['accounts', 'payments']);
  });

  it('leaves the effects to the process that has the engines, and shares them with several gateways', async () => {
    const { far, near, tenant } = await start();
    const other = gateway(() => far.address);
    const taken: NumberedEffect[] = [];
    far.host.onEffects(async (_, effects) => {
      taken.push(...effects);
    });
    near.onEffects(() => Promise.reject(new Error('a gateway is no sink')));
    const rings = Array.from({ length: 10 }, (_, n) => [
      { id: `x${n}`, payer: `P${n}`, payee: `Q${n}`, seconds: 2 * n },
      { id: `y${n}`, payer: `Q${n}`, payee: `P${n}`, seconds: 2 * n + 1 },
    ]);
    await Promise.all(
      rings.map((pair, n) => (n % 2 === 0 ? near : other).engine(tenant).append(paymentFrame(pair), 2)),
    );
    for (let n = 0; n < 200 && taken.length < 10; n++) await pause(10);
    expect(new Set(taken.map(({ effect }) => effect.id)).size).toBe(10);
    // Decisions are given out while any of the gateways wants them.
    near.followDecisions(tenant, true);
    other.followDecisions(tenant, true);
    near.followDecisions(tenant, false);
    await other.engine(tenant).progress();
    await near.engine(tenant).decide(paymentFrame([{ id: 'z', payer: 'A', payee: 'B', seconds: 30 }]), null);
    for (let n = 0; n < 200 && !taken.some(({ effect }) => effect.kind === 'decision'); n++) await pause(10);
    expect(taken.filter(({ effect }) => effect.kind === 'decision').length).toBeGreaterThan(0);
  });

  it('calls a query off with whoever asked for it', async () => {
    const { near, tenant } = await start();
    const engine = near.engine(tenant);
    const pairs = Array.from({ length: 900 }, (_, n) => ({
      id: `${n}`,
      payer: `A${n % 30}`,
      payee: `A${Math.floor(n / 30)}`,
      seconds: n,
    }));
    const between = pairs.filter(({ payer, payee }) => payer !== payee);
    await (await engine.append(paymentFrame(between), between.length)).applied();
    const text = `MATCH p = TRAIL (a:Account WHERE a.id = 'A1')-[t:PAID]->{1,12}(b:Account WHERE b.id = 'A2')
      RETURN COUNT(*) AS n BUDGET 250000 EDGES`;
    const stop = new AbortController();
    const asked = engine.query(
      { query: { kind: 'text', graph: null, text: `USE flow ${text}` }, parameters: {} },
      stop.signal,
    );
    await pause(20);
    stop.abort();
    await expect(codeOf(asked)).resolves.toBe('QUERY_CANCELLED');
  });

  it('tells what was under way when the link is cut, asks again what only reads, and goes on', async () => {
    const { far, near, tenant } = await start();
    const engine = near.engine(tenant);
    const outcomes: string[] = [];
    let next = 0;
    let stop = false;
    const writing = (async () => {
      while (!stop) {
        const code = await codeOf(
          engine.append(paymentFrame(manyPayments(next, 10)), 10).then((each) => each.applied()),
        );
        outcomes.push(code);
        // What may have been carried out is sent again under the same keys.
        if (code === 'nothing thrown') next += 10;
      }
    })();
    const reads: string[] = [];
    const reading = (async () => {
      while (!stop) reads.push(await codeOf(engine.progress()));
    })();
    for (let n = 0; n < 8; n++) {
      await pause(60);
      far.cut();
    }
    await pause(300);
    stop = true;
    await Promise.all([writing, reading]);
    expect(new Set(reads)).toEqual(new Set(['nothing thrown']));
    expect(new Set(outcomes)).toEqual(new Set(['nothing thrown', 'WORKER_LOST']));
    expect((await engine.progress()).position).toBe(1 + next);
  });

  it('finds a tenant where it has moved to', async () => {
    const folder = await newFolder();
    const first = await worker(folder);
    let address: string | null = first.address;
    const near = gateway(() => address);
    const tenant = newTenantId();
    await near.create(tenant);
    const engine = near.engine(tenant);
    await engine.publish(PAYMENTS, { allowDrop: false });
    await engine.append(paymentFrame(manyPayments(0, 100)), 100);
    address = null;
    await first.close();
    workers.splice(0);
    const waiting = engine.append(paymentFrame(manyPayments(100, 100)), 100);
    await pause(200);
    address = (await worker(folder)).address;
    expect(await (await waiting).applied()).toMatchObject({ position: 201 });
  });

  it('waits for an owner no longer than it may', async () => {
    const waitMs = LIMITS.ownerWaitMs / 50;
    const none = startGateway(() => null, SECRET, waitMs);
    const away = startGateway(() => 'http://127.0.0.1:1', SECRET, waitMs);
    gateways.push(none, away);
    const tenant = newTenantId();
    const startedMs = performance.now();
    await expect(codeOf(none.engine(tenant).progress())).resolves.toBe('WORKER_NONE');
    await expect(codeOf(away.engine(tenant).progress())).resolves.toBe('PEER_UNREACHABLE');
    expect(performance.now() - startedMs).toBeGreaterThan(2 * waitMs);
  });

  it('answers FALLBACK at the deadline where the worker is gone, and asks it again within', async () => {
    const { far, near, tenant } = await start();
    const engine = near.engine(tenant);
    const frame = (id: string): Uint8Array => paymentFrame([{ id, payer: 'A', payee: 'B' }]);
    await engine.relations();
    await expect(engine.decide(frame('p1'), 10_000)).resolves.toMatchObject({ afterDeadline: false });
    await far.close();
    const relations = await engine.relations();
    expect(relations.length).toBeGreaterThan(0);
    const startedMs = performance.now();
    await expect(engine.decide(frame('p2'), 300)).resolves.toMatchObject({
      outcome: relations.find(({ decision }) => decision !== null)?.decision?.fallback,
      afterDeadline: true,
      durable: false,
      position: null,
    });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(299);
    await expect(codeOf(near.engine(newTenantId()).decide(frame('p3'), 200))).resolves.toBe(
      'PEER_UNREACHABLE',
    );
  });

  it('is refused with another secret, and by what is no worker', async () => {
    const far = await worker();
    const tenant = newTenantId();
    await expect(codeOf(gateway(() => far.address, 'guessed').create(tenant))).resolves.toBe('PEER_REFUSED');
    await expect(codeOf(dialPeer('http://127.0.0.1:1', SECRET))).resolves.toBe('PEER_UNREACHABLE');
    const status = (headers: Record<string, string>, path = '/peer'): Promise<number | undefined> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${far.address.replace('http', 'ws')}${path}`, { headers });
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
        socket.on('open', () => resolve(101));
        socket.on('error', () => undefined);
      });
    const authorization = `Bearer ${SECRET}`;
    expect(await status({})).toBe(401);
    expect(await status({ authorization, 'ringwatch-peer': '2' })).toBe(426);
    expect(await status({ authorization, 'ringwatch-peer': '1' }, '/other')).toBe(404);
  });

  it('gives up a worker that holds its connection and says nothing', async () => {
    const { far, near, tenant } = await start();
    const engine = near.engine(tenant);
    await engine.progress();
    // As if the process were stopped: its sockets stay open and nothing is read from them.
    const thaw = far.freeze();
    await expect(codeOf(engine.append(paymentFrame(manyPayments(0, 1)), 1))).resolves.toBe('WORKER_LOST');
    thaw();
    expect((await engine.progress()).position).toBeGreaterThanOrEqual(1);
  }, 30_000);
});
