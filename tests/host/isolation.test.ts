import { open as openFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { EngineHost, NumberedEffect } from '../../core/ports/engine.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { TEXT } from '../../core/types.ts';
import { startEngines } from '../../main/engines.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { HeldStorage } from './held-storage.ts';
import {
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

function keep(host: EngineHost): EngineHost {
  hosts.push(host);
  return host;
}

async function addTenant(host: EngineHost, text = PAYMENTS): Promise<TenantId> {
  const tenant = newTenantId();
  await host.create(tenant);
  await host.engine(tenant).publish(text, { allowDrop: false });
  return tenant;
}

describe('tenants side by side', () => {
  it('see nothing of each other: positions, effects, definitions, rows', async () => {
    const { host, tenant } = await startWithTenant();
    keep(host);
    const other = await addTenant(host, 'CREATE SOURCE payments (id TEXT PRIMARY KEY);');
    await (await host.engine(tenant).append(paymentFrame(manyPayments(0, 300)), 300)).applied();
    const state = await host.engine(other).describe();
    expect(state).toMatchObject({ position: 1, counters: { accepted: 0, alerts: 0 }, effects: { end: 0 } });
    const { parts, stateBytes } = await host.engine(tenant).describe();
    const graph = Object.entries(parts).find(([name]) => name.startsWith('graph/'))?.[1];
    // 300 edges, each with its columns and its place in two lists.
    expect(graph?.columnBytes).toBeGreaterThan(300 * 16);
    expect(stateBytes).toBeGreaterThan((graph?.columnBytes ?? 0) + (graph?.adjacencyBytes ?? 0));
    expect((await host.engine(other).relations()).map(({ columns }) => columns.length)).toEqual([1]);
    const query = { query: { kind: 'saved', name: 'paid' }, parameters: { account: 'A1' } } as const;
    await expect(host.engine(other).query(query)).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
    // A frame of the one is no frame of the other.
    const misfit = await host.engine(other).append(paymentFrame(manyPayments(0, 2)), 2);
    expect(await misfit.applied()).toMatchObject({ accepted: 0, rejected: { ROW_MISFIT: 2 } });
  });

  it('have effects of different ids for the same events', async () => {
    const { host, tenant } = await startWithTenant();
    keep(host);
    const other = await addTenant(host);
    const ids: string[][] = [];
    for (const each of [tenant, other]) {
      await (await host.engine(each).append(paymentFrame(manyPayments(0, 100)), 100)).applied();
      const { effects } = await host.engine(each).effects({ from: { kind: 'number', number: 0 } });
      ids.push(effects.map(({ effect }) => effect.id));
    }
    expect(ids[0]?.length).toBe(ids[1]?.length);
    expect(ids[0]?.filter((id) => ids[1]?.includes(id))).toEqual([]);
  });

  it('do not exist before they are made, and not after they are removed', async () => {
    const { host, tenant } = await startWithTenant();
    keep(host);
    const missing = host.engine(newTenantId());
    await expect(missing.describe()).rejects.toMatchObject({ code: 'TENANT_UNKNOWN' });
    await expect(missing.append(paymentFrame(manyPayments(0, 1)), 1)).rejects.toMatchObject({
      code: 'TENANT_UNKNOWN',
    });
    await host.remove(tenant);
    await expect(host.engine(tenant).describe()).rejects.toMatchObject({ code: 'TENANT_UNKNOWN' });
  });

  it('go on where one has a damaged log, which is told and can be opened again', async () => {
    const folder = await newFolder();
    const first = startEngines({ folder });
    const [good, bad] = [await addTenant(first), await addTenant(first)];
    for (const tenant of [good, bad]) {
      await (await first.engine(tenant).append(paymentFrame(manyPayments(0, 2000)), 2000)).applied();
    }
    await first.close();
    const file = path.join(folder, bad, 'log', '0000000000000000.log');
    const whole = await readFile(file);
    const damaged = Buffer.from(whole);
    const at = damaged.indexOf('RWFR', damaged.length >> 1);
    damaged.fill(0xff, at + 40, at + 80);
    await writeFile(file, damaged);
    await (await openFile(path.join(folder, bad, 'checkpoint', 'data.mdb'), 'w')).close();
    const host = keep(startEngines({ folder }));
    await host.open([good, bad]);
    const standing = new Map(host.describe().tenants.map((each) => [each.tenant, each]));
    expect(standing.get(good)).toMatchObject({ phase: 'running', error: null });
    expect(standing.get(bad)).toMatchObject({ phase: 'stopped', error: { code: 'LOG_CORRUPT' } });
    await expect(host.engine(bad).describe()).rejects.toMatchObject({
      code: 'ENGINE_STOPPED',
      cause: { code: 'LOG_CORRUPT' },
    });
    expect(await host.engine(good).describe()).toMatchObject({ position: 2001 });
    await expect(host.reopen(bad)).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
    await writeFile(file, whole);
    await host.reopen(bad);
    expect(await host.engine(bad).describe()).toMatchObject({ position: 2001 });
  });

  it('go on where the disk of one is full; it stops, keeps what it acknowledged, and opens again', async () => {
    const storage = new HeldStorage();
    const host = keep(startEnginesHere({ folder: '' }, storage));
    const [good, bad] = [await addTenant(host), await addTenant(host)];
    await host.engine(bad).append(paymentFrame(manyPayments(0, 10)), 10);
    storage.logOf(bad).failure = new RingwatchError('LOG_FULL', { path: 'memory' });
    const failed = host.engine(bad).append(paymentFrame(manyPayments(10, 10)), 10);
    await expect(failed).rejects.toMatchObject({ code: 'LOG_FULL' });
    const next = host.engine(bad).decide(paymentFrame([{ id: 'x', payer: 'A', payee: 'B' }]), null);
    await expect(next).rejects.toMatchObject({ code: 'ENGINE_STOPPED', retryable: true });
    expect(await host.engine(good).describe()).toMatchObject({ position: 1 });
    storage.logOf(bad).failure = null;
    await host.reopen(bad);
    expect(await host.engine(bad).describe()).toMatchObject({ position: 11 });
  });

  it('refuse a frame that is none, or says other than it is, before it is in the log', async () => {
    const { host, tenant } = await startWithTenant();
    keep(host);
    const engine = host.engine(tenant);
    await expect(engine.append(new Uint8Array(100), 1)).rejects.toMatchObject({ code: 'FRAME_CORRUPT' });
    const two = engine.append(paymentFrame(manyPayments(0, 2)), 3);
    await expect(two).rejects.toMatchObject({ code: 'FRAME_CORRUPT' });
    const large = engine.append(new Uint8Array(LIMITS.frameBytesMax + 1), 1);
    await expect(large).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' });
    expect(await engine.describe()).toMatchObject({ log: { end: 1 } });
    const writer = new FrameWriter();
    writer.event('gone', ['x'], [TEXT], 0);
    const unknown = await engine.append(writer.finish(), 1);
    expect(await unknown.applied()).toMatchObject({ rejected: { UNKNOWN_NAME: 1 } });
  });

  it('do not let one that sends in bulk hold up the others', async () => {
    const { host, tenant: bulk } = await startWithTenant();
    keep(host);
    const other = await addTenant(host);
    let folded = 0;
    const appended: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n++) {
      const frame = paymentFrame(manyPayments(n * 500, 500, 1000));
      appended.push(
        host
          .engine(bulk)
          .append(frame, 500)
          .then((one) => one.applied())
          .then(() => folded++),
      );
    }
    // Each is answered long before the bulk of the other tenant is folded.
    const seen: number[] = [];
    for (let n = 0; n < 5; n++) {
      await host.engine(other).decide(paymentFrame([{ id: `d${n}`, payer: 'A', payee: 'B' }]), null);
      seen.push(folded);
    }
    await Promise.all(appended);
    expect(seen.at(-1)).toBeLessThan(30);
  });
});

describe('a tenant that sends more than is folded', () => {
  it('waits, and is refused once too much waits; memory stays bounded', async () => {
    const storage = new HeldStorage();
    const host = keep(startEnginesHere({ folder: '' }, storage));
    const tenant = await addTenant(host);
    storage.logOf(tenant).hold();
    const codes: string[] = [];
    const sent = Array.from({ length: 400 }, (_, n) =>
      host
        .engine(tenant)
        .append(paymentFrame(manyPayments(n * 10, 10)), 10)
        .catch((error: { readonly code: string }) => codes.push(error.code)),
    );
    await nextTurn();
    await nextTurn();
    const [standing] = host.describe().tenants;
    expect(standing?.framesInFlight).toBe(LIMITS.framesInFlightMax);
    expect(codes).toHaveLength(400 - LIMITS.framesInFlightMax - LIMITS.framesWaitingMax);
    expect(new Set(codes)).toEqual(new Set(['ENGINE_BUSY']));
    storage.logOf(tenant).release();
    await Promise.all(sent);
    const accepted = (400 - codes.length) * 10;
    while ((await host.engine(tenant).describe()).counters.accepted < accepted) await nextTurn();
    // What is folded is told a turn later to the one who counts what is under way.
    while (host.describe().tenants[0]?.framesInFlight !== 0) await nextTurn();
    expect(host.describe().tenants[0]).toMatchObject({ framesInFlight: 0, bytesInFlight: 0 });
  });
});

describe('closing under load', () => {
  it('keeps what was acknowledged, refuses the rest, and gives every effect out', async () => {
    const folder = await newFolder();
    const host = startEngines({ folder });
    const taken: NumberedEffect[] = [];
    host.onEffects(async (_, effects) => {
      taken.push(...effects);
    });
    const tenant = await addTenant(host);
    let acknowledged = 0;
    const codes = new Set<string>();
    const sent = Array.from({ length: 200 }, (_, n) =>
      host
        .engine(tenant)
        .append(paymentFrame(manyPayments(n * 50, 50, 1000)), 50)
        .then(
          () => {
            acknowledged += 50;
          },
          (error: { readonly code: string }) => codes.add(error.code),
        ),
    );
    await sent[20];
    await host.close();
    await Promise.all(sent);
    expect([...codes]).toEqual(['ENGINE_CLOSED']);
    expect(acknowledged).toBeLessThan(10_000);
    await expect(host.engine(tenant).describe()).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
    const again = keep(startEngines({ folder }));
    const state = await again.engine(tenant).describe();
    expect(state.counters.accepted).toBeGreaterThanOrEqual(acknowledged);
    expect(state.recovery).toMatchObject({ records: 0 });
    expect(state.effects.acknowledged).toBe(state.effects.end);
    const kept = await again.engine(tenant).effects({
      from: { kind: 'number', number: 0 },
      kinds: ['alert', 'webhook', 'late', 'deadline'],
    });
    expect(taken.slice(0, kept.effects.length)).toEqual(kept.effects);
  });
});
