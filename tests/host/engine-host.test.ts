import { afterEach, describe, expect, it } from '@jest/globals';
import type { Effect } from '../../core/effects.ts';
import type { EngineHost, NumberedEffect } from '../../core/ports/engine.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { startEngines } from '../../main/engines.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import {
  accountFrame,
  manyPayments,
  newFolder,
  PAYMENTS,
  paymentFrame,
  removeFolders,
  startWithTenant,
} from './host-case.ts';

const hosts: EngineHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  await removeFolders();
});

async function start(...args: Parameters<typeof startWithTenant>): ReturnType<typeof startWithTenant> {
  const started = await startWithTenant(...args);
  hosts.push(started.host);
  return started;
}

describe('engines of tenants', () => {
  it('acknowledge frames, and tell what became of their records', async () => {
    const { host, tenant } = await start();
    const engine = host.engine(tenant);
    const first = await engine.append(paymentFrame(manyPayments(0, 100)), 100);
    expect(first.offset).toBe(1);
    expect(await first.applied()).toEqual({
      position: 101,
      offset: 1,
      accepted: 100,
      duplicates: 0,
      late: 0,
      refused: 0,
      rejected: {},
      exceptions: [],
    });
    const rows = [
      { id: 'p3', payer: 'A', payee: 'B' },
      { id: 'own', payer: 'A', payee: 'A', seconds: 100 },
      { id: 'old', payer: 'A', payee: 'B', seconds: -10_000 },
      { id: 'fine', payer: 'A', payee: 'B', seconds: 101 },
    ];
    const second = await engine.append(paymentFrame(rows), 4);
    expect(await second.applied()).toMatchObject({
      position: 104,
      accepted: 3,
      duplicates: 1,
      late: 1,
      refused: 1,
      exceptions: [
        { index: 0, kind: 'duplicate', of: 5 },
        { index: 1, kind: 'refused' },
        { index: 2, kind: 'late', before: null },
      ],
    });
  });

  it('decide an event, and answer its key as before', async () => {
    const { host, tenant } = await start();
    const engine = host.engine(tenant);
    const plain = await engine.decide(paymentFrame([{ id: 'a', payer: 'X', payee: 'Y' }]), null);
    expect(plain).toMatchObject({ outcome: 'approve', duplicate: false, position: 2, key: 'a', alerts: [] });
    const large = await engine.decide(
      paymentFrame([{ id: 'b', payer: 'Y', payee: 'Z', cents: 200_000, seconds: 1 }]),
      null,
    );
    expect(large).toMatchObject({ outcome: 'review', effect: { rules: ['large'] } });
    const ring = await engine.decide(paymentFrame([{ id: 'c', payer: 'Z', payee: 'X', seconds: 2 }]), null);
    expect(ring).toMatchObject({ outcome: 'deny', afterDeadline: false });
    expect(ring.alerts).toHaveLength(1);
    expect(JSON.parse(ring.alerts[0]?.line ?? '')).toMatchObject({ rule: 'ring' });
    expect(ring.alerts[0]?.elements?.edges.map(({ key, source }) => [key, source])).toEqual([
      ['a', 'X'],
      ['b', 'Y'],
      ['c', 'Z'],
    ]);
    const refused = await engine.decide(paymentFrame([{ id: 'd', payer: 'Z', payee: 'Z' }]), null);
    expect(refused).toMatchObject({ outcome: 'refused', alerts: [{ rule: 'own' }] });
    for (const [id, answer] of [
      ['a', plain],
      ['b', large],
      ['c', ring],
      ['d', refused],
    ] as const) {
      const again = await engine.decide(paymentFrame([{ id, payer: 'other', payee: 'other2' }]), null);
      expect(again).toEqual({ ...answer, duplicate: true, timing: null });
    }
  });

  it('give effects out in order, each once it is acknowledged', async () => {
    const folder = await newFolder();
    const host = startEnginesHere({ folder });
    hosts.push(host);
    const taken: NumberedEffect[] = [];
    let failures = 2;
    host.onEffects(async (_, effects) => {
      if (failures-- > 0) throw new Error('the sink is down');
      taken.push(...effects);
    });
    const tenant = newTenantId();
    await host.create(tenant);
    await host.engine(tenant).publish(PAYMENTS, { allowDrop: false });
    await (await host.engine(tenant).append(paymentFrame(manyPayments(0, 500)), 500)).applied();
    const { effects } = await host.engine(tenant).effects({ from: { kind: 'number', number: 0 } });
    await host.close();
    const wanted = effects.filter(({ effect }) => effect.kind !== 'decision');
    expect(wanted.length).toBeGreaterThan(20);
    expect(taken).toEqual(wanted);
  });

  it('answer queries, by name and as text, as rows and as a graph', async () => {
    const { host, tenant } = await start();
    const engine = host.engine(tenant);
    await engine.append(accountFrame([['A1', 'Ann']]), 1);
    await (await engine.append(paymentFrame(manyPayments(0, 200)), 200)).applied();
    const saved = await engine.query({
      query: { kind: 'saved', name: 'paid' },
      parameters: { account: 'A1', least: '0.50' },
      graph: true,
    });
    expect(saved.columns.map(({ name, typeName }) => [name, typeName])).toEqual([
      ['b', 'VERTEX'],
      ['t', 'EDGE'],
      ['amount', 'NUMERIC(18,2)'],
    ]);
    expect(saved.rows).toEqual([
      ['A8', 'p151', '1.52'],
      ['A8', 'p101', '1.02'],
      ['A8', 'p51', '0.52'],
    ]);
    expect(saved).toMatchObject({ position: 202, partial: false, truncated: false });
    expect(saved.graph?.edges).toHaveLength(3);
    const text = await engine.query({
      query: {
        kind: 'text',
        graph: 'flow',
        text: 'MATCH (a:Account WHERE a.id = $account) RETURN a, a.name AS name',
      },
      parameters: { account: 'A1' },
      graph: true,
    });
    expect(text.rows).toEqual([['A1', 'Ann']]);
    expect(text.graph).toEqual({
      vertices: [{ key: 'A1', label: 'Account', properties: { id: 'A1', name: 'Ann' } }],
      edges: [],
    });
    const wrong = engine.query({
      query: { kind: 'text', graph: 'flow', text: 'MATCH (a:Account WHERE a.idd = 1)\nRETURN a' },
      parameters: {},
    });
    await expect(wrong).rejects.toMatchObject({
      code: 'QUERY_INVALID',
      position: { line: 1, column: 26, offset: 25 },
    });
  });

  it('run in a thread of their own, and go on where they were', async () => {
    const folder = await newFolder();
    const tenant = newTenantId();
    const taken: Effect[] = [];
    const sink = async (_: string, effects: readonly NumberedEffect[]) => {
      taken.push(...effects.map(({ effect }) => effect));
    };
    const host = startEngines({ folder });
    host.onEffects(sink);
    await host.create(tenant);
    await host.engine(tenant).publish(PAYMENTS, { allowDrop: false });
    await host.engine(tenant).append(paymentFrame(manyPayments(0, 300)), 300);
    const before = await host
      .engine(tenant)
      .decide(paymentFrame([{ id: 'x', payer: 'A', payee: 'B' }]), null);
    await host.close();
    const count = taken.length;
    expect(count).toBeGreaterThan(10);
    const again = startEngines({ folder });
    hosts.push(again);
    again.onEffects(sink);
    await again.open([tenant]);
    expect(again.describe().tenants).toMatchObject([{ tenant, phase: 'running', error: null }]);
    const after = await again
      .engine(tenant)
      .decide(paymentFrame([{ id: 'x', payer: 'A', payee: 'B' }]), null);
    expect(after).toEqual({ ...before, duplicate: true, timing: null });
    const state = await again.engine(tenant).describe();
    expect(state).toMatchObject({ position: 302, counters: { accepted: 301, duplicates: 1 } });
    expect(state.recovery.records).toBe(0);
    expect(taken).toHaveLength(count);
  });
});
