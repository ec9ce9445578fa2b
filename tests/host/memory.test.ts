import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../core/frame.ts';
import type { EngineHost, TenantEngine, TenantMemory } from '../../core/ports/engine.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { type SqlType, TEXT } from '../../core/types.ts';
import {
  accountFrame,
  manyPayments,
  NOW_MICROS,
  PAYMENTS,
  paymentFrame,
  removeFolders,
  startWithTenant,
} from './host-case.ts';

/** Payments are rows of a table here, so that they can be deleted. */
const ROWS = `CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE links (id TEXT PRIMARY KEY, a TEXT, b TEXT);
CREATE PROPERTY GRAPH web VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (links KEY (id) SOURCE KEY (a) REFERENCES accounts (id)
    DESTINATION KEY (b) REFERENCES accounts (id) LABEL LINK);
`;
const LINK: readonly SqlType[] = [TEXT, TEXT, TEXT];
const QUOTA = 4_000_000;
const BATCH = 500;

function linkFrame(first: number, isDelete = false): Uint8Array {
  const writer = new FrameWriter();
  for (let n = first; n < first + BATCH; n++) {
    const row = [`l${n}`, `a${n % 97}`, `a${(7 * n) % 89}`];
    if (isDelete) writer.delete('links', row, LINK, NOW_MICROS);
    else writer.upsert('links', row, LINK, NOW_MICROS);
  }
  return writer.finish();
}

/** Waits until what is held meets the condition. */
async function until(engine: TenantEngine, meets: (memory: TenantMemory) => boolean): Promise<TenantMemory> {
  for (;;) {
    const { memory } = engine;
    if (memory !== null && meets(memory)) return memory;
    await setTimeout(5);
  }
}

/** Appends until it is refused for memory; how many rows went in. */
async function fill(engine: TenantEngine, frameOf: (first: number) => Uint8Array): Promise<number> {
  for (let first = 0; first < 2_000_000; first += BATCH) {
    try {
      await (await engine.append(frameOf(first), BATCH)).applied();
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENGINE_MEMORY', retryable: true });
      return first;
    }
  }
  throw new Error('nothing was refused');
}

const payments = (first: number): Uint8Array => paymentFrame(manyPayments(first, BATCH));

describe('a tenant with a quota of memory', () => {
  let host: EngineHost | null = null;
  afterEach(async () => {
    await host?.close();
    host = null;
  });
  afterAll(removeFolders);

  it('is refused at it, alone; queries, decisions and definitions go on', async () => {
    const started = await startWithTenant();
    host = started.host;
    const engine = host.engine(started.tenant);
    const other = newTenantId();
    await host.create(other);
    await host.engine(other).publish(PAYMENTS, { allowDrop: false });
    host.limitMemory(started.tenant, QUOTA);
    const rows = await fill(engine, payments);
    expect(rows).toBeGreaterThan(2000);
    const memory = await until(engine, ({ short }) => short !== null);
    expect(memory).toMatchObject({ short: 'tenant', limit: QUOTA });
    // What was in flight as it was noticed is folded still.
    expect(memory.bytes).toBeGreaterThan(0.9 * QUOTA);
    expect(memory.bytes).toBeLessThan(1.3 * QUOTA);
    const items = memory.items.filter(({ part }) => part !== 'compaction');
    expect(items.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(memory.bytes);

    const { position } = await engine.progress();
    await expect(engine.append(payments(rows), BATCH)).rejects.toMatchObject({ code: 'ENGINE_MEMORY' });
    expect((await engine.progress()).position).toBe(position);
    const asked = await engine.query({
      query: { kind: 'saved', name: 'paid' },
      parameters: { account: 'A1' },
    });
    expect(asked.rows.length).toBeGreaterThan(10);
    const seconds = rows + 10;
    const decision = paymentFrame([{ id: 'one more', payer: 'A1', payee: 'A2', cents: 200_000, seconds }]);
    expect(await engine.decide(decision, null)).toMatchObject({ outcome: 'review' });
    const text = `${PAYMENTS}\nCREATE RULE tiny ON payments WHEN amount < 1 DO ALERT 'Tiny' KEY (payer);`;
    await engine.publish(text, { allowDrop: false });

    const others = await host.engine(other).append(payments(0), BATCH);
    expect(await others.applied()).toMatchObject({ accepted: BATCH });
    expect(host.engine(other).memory?.short ?? null).toBeNull();
  });

  it('takes rows in again once it has deleted some, by itself', async () => {
    const started = await startWithTenant({}, ROWS);
    host = started.host;
    const engine = host.engine(started.tenant);
    host.limitMemory(started.tenant, QUOTA);
    const rows = await fill(engine, (first) => linkFrame(first));
    await until(engine, ({ short }) => short === 'tenant');
    for (let first = 0; first < rows / 2; first += BATCH) {
      const deleted = await engine.append(linkFrame(first, true), BATCH);
      expect(await deleted.applied()).toMatchObject({ accepted: BATCH });
    }
    await until(engine, ({ short }) => short === null);
    const again = await engine.append(linkFrame(rows), BATCH);
    expect(await again.applied()).toMatchObject({ accepted: BATCH });
  });

  it('compacts its graph before it refuses anything, so that more goes in', async () => {
    const started = await startWithTenant({}, ROWS);
    host = started.host;
    const engine = host.engine(started.tenant);
    host.limitMemory(started.tenant, QUOTA);
    await fill(engine, (first) => linkFrame(first));
    const { items } = await until(engine, ({ short }) => short === 'tenant');
    const segment = items.find(({ part }) => part === 'segment');
    expect(segment?.bytes).toBeGreaterThan(10_000);
    const { tables } = await engine.cacheSizes('web');
    expect(tables[0]?.segmentEdges).toBeGreaterThan(4000);
  });

  it('is let in as soon as the quota is raised or taken away', async () => {
    const started = await startWithTenant();
    host = started.host;
    const engine = host.engine(started.tenant);
    host.limitMemory(started.tenant, QUOTA);
    const rows = await fill(engine, payments);
    host.limitMemory(started.tenant, null);
    await until(engine, ({ short }) => short === null);
    await (await engine.append(payments(rows), BATCH)).applied();
    host.limitMemory(started.tenant, 1000);
    await until(engine, ({ short }) => short === 'tenant');
    await expect(engine.append(payments(rows + BATCH), BATCH)).rejects.toMatchObject({
      code: 'ENGINE_MEMORY',
    });
    host.limitMemory(started.tenant, 10 * QUOTA);
    await until(engine, ({ short }) => short === null);
    await (await engine.append(payments(rows + BATCH), BATCH)).applied();
  });

  it('decides no event either where decisions have taken it a tenth beyond', async () => {
    const started = await startWithTenant();
    host = started.host;
    const engine = host.engine(started.tenant);
    await (await engine.append(payments(0), BATCH)).applied();
    const { bytes } = await until(engine, () => true);
    host.limitMemory(started.tenant, Math.floor(bytes / 2));
    await until(engine, ({ spent }) => spent);
    const frame = paymentFrame([{ id: 'late', payer: 'A1', payee: 'A2', seconds: BATCH }]);
    await expect(engine.decide(frame, null)).rejects.toMatchObject({ code: 'ENGINE_MEMORY' });
  });

  it('holds as much after a restart, and is refused at the same quota', async () => {
    const started = await startWithTenant();
    host = started.host;
    host.limitMemory(started.tenant, QUOTA);
    const rows = await fill(host.engine(started.tenant), payments);
    const before = await until(host.engine(started.tenant), ({ short }) => short !== null);
    const { position } = await host.engine(started.tenant).progress();
    await host.close();
    const again = await startWithTenant({ folder: started.folder });
    host = again.host;
    await host.open([started.tenant]);
    const engine = host.engine(started.tenant);
    const after = await until(engine, () => true);
    expect((await engine.progress()).position).toBe(position);
    expect(after.bytes / before.bytes).toBeGreaterThan(0.6);
    expect(after.bytes / before.bytes).toBeLessThan(1.4);
    host.limitMemory(started.tenant, Math.floor(0.6 * QUOTA));
    await until(engine, ({ short }) => short === 'tenant');
    await expect(engine.append(payments(rows), BATCH)).rejects.toMatchObject({ code: 'ENGINE_MEMORY' });
    host.limitMemory(started.tenant, null);
    await until(engine, ({ short }) => short === null);
    await (await engine.append(payments(rows), BATCH)).applied();
  });
});

describe('engines with a limit of memory', () => {
  afterAll(removeFolders);

  it('refuse those that hold their share or more, and let the others go on', async () => {
    const { host, tenant } = await startWithTenant({ memoryBytesMax: 6_000_000 });
    try {
      const small = newTenantId();
      await host.create(small);
      await host.engine(small).publish(PAYMENTS, { allowDrop: false });
      await (await host.engine(small).append(payments(0), BATCH)).applied();
      const rows = await fill(host.engine(tenant), payments);
      expect(rows).toBeGreaterThan(2000);
      // More than half: what the small one leaves.
      const { short, limit } = await until(host.engine(tenant), (memory) => memory.short !== null);
      expect(short).toBe('engine');
      expect(limit).toBeGreaterThan(4_000_000);
      expect(limit).toBeLessThan(6_000_000);
      await (await host.engine(small).append(accountFrame([['A1', 'Ada']]), 1)).applied();
      expect(
        host
          .describe()
          .tenants.map(({ memory }) => memory?.short ?? null)
          .sort(),
      ).toEqual(['engine', null]);
      await host.remove(tenant);
      await (await host.engine(small).append(payments(BATCH), BATCH)).applied();
    } finally {
      await host.close();
    }
  });
});
