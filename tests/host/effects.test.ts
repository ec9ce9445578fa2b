import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { EngineHost, NumberedEffect } from '../../core/ports/engine.ts';
import { manyPayments, paymentFrame, removeFolders, startWithTenant } from './host-case.ts';

const hosts: EngineHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  await removeFolders();
});

describe('kept effects', () => {
  it('are read by number and by position, in pages, from checkpoints and beyond them', async () => {
    const policy = { changedBytes: 10_000, records: 100 };
    const { host, tenant } = await startWithTenant({ policy });
    hosts.push(host);
    const engine = host.engine(tenant);
    for (let n = 0; n < 1000; n += 50) {
      await (await engine.append(paymentFrame(manyPayments(n, 50)), 50)).applied();
    }
    const all: NumberedEffect[] = [];
    for (let next: number | null = 0; next !== null; ) {
      const page = await engine.effects({ from: { kind: 'number', number: next }, limit: 300 });
      all.push(...page.effects);
      next = page.next;
    }
    expect(all.map(({ number }) => number)).toEqual(all.map((_, n) => n));
    expect(all.length).toBeGreaterThan(1000);
    for (const [from, to] of [
      [2, 2],
      [1, 40],
      [500, 505],
      [990, 5000],
      [1002, 1002],
    ] as const) {
      const { effects } = await engine.effects({ from: { kind: 'positions', from, to } });
      const wanted = all.filter(({ effect }) => effect.position >= from && effect.position <= to);
      expect(effects).toEqual(wanted.slice(0, 1000));
    }
    const alerts = await engine.effects({ from: { kind: 'number', number: 0 }, kinds: ['alert'], limit: 5 });
    expect(alerts.effects).toEqual(all.filter(({ effect }) => effect.kind === 'alert').slice(0, 5));
  });

  it('go once they are taken and older than those that stay; a decision then is forgotten', async () => {
    const policy = { changedBytes: 5_000, records: 50 };
    const { host, tenant } = await startWithTenant({ policy, effectsKept: 100 });
    hosts.push(host);
    const engine = host.engine(tenant);
    const send = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 50) {
        await (await engine.append(paymentFrame(manyPayments(n, 50)), 50)).applied();
      }
    };
    await send(0, 1000);
    expect((await engine.describe()).effects.start).toBe(0);
    host.onEffects(async () => undefined);
    let at = 1000;
    while ((await engine.describe()).effects.start < 500 && at < 20_000) {
      await send(at, at + 200);
      at += 200;
    }
    const { effects } = await engine.describe();
    expect(effects.start).toBeGreaterThanOrEqual(500);
    expect(effects.start).toBeLessThanOrEqual(effects.acknowledged);
    const first = engine.effects({ from: { kind: 'number', number: 0 } });
    await expect(first).rejects.toMatchObject({ code: 'EFFECTS_FORGOTTEN' });
    const again = engine.decide(paymentFrame([{ id: 'p1', payer: 'A', payee: 'B' }]), null);
    await expect(again).rejects.toMatchObject({ code: 'DECISION_FORGOTTEN', details: { position: 3 } });
  });
});

describe('effects given out', () => {
  it('in a burst go together, each once and in order, and the first of them at once', async () => {
    const { host, tenant } = await startWithTenant({});
    hosts.push(host);
    const engine = host.engine(tenant);
    const batches: (readonly NumberedEffect[])[] = [];
    host.onEffects(async (_, effects) => void batches.push(effects));
    const begunMs = performance.now();
    const events = 300;
    for (let n = 0; n < events; n++) {
      const payment = { id: `e${n}`, payer: 'A', payee: 'B', cents: 200_000 };
      await (await engine.append(paymentFrame([payment]), 1)).applied();
    }
    const alerts = (): NumberedEffect[] => batches.flat().filter(({ effect }) => effect.kind === 'alert');
    while (alerts().length < events) await setTimeout(5);
    const lastedMs = performance.now() - begunMs;
    expect(batches.length).toBeLessThanOrEqual(Math.floor(lastedMs / LIMITS.effectBatchMs) + 1);
    expect(batches.length).toBeGreaterThan(1);
    expect(batches[0]?.map(({ effect }) => effect.kind)).toEqual(['alert', 'webhook']);
    const numbers = batches.flat().map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});
