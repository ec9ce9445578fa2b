import { afterEach, describe, expect, it } from '@jest/globals';
import type { Effect } from '../../core/effects.ts';
import { FrameReader } from '../../core/frame.ts';
import type { DecisionAnswer, EngineHost, TenantEngine } from '../../core/ports/engine.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { HeldStorage } from './held-storage.ts';
import { frameArrivingAt, manyPayments, PAYMENTS, type Payment, paymentFrame } from './host-case.ts';

const hosts: EngineHost[] = [];
const storages: HeldStorage[] = [];

afterEach(async () => {
  // A test that failed may have left a disk that stands still.
  for (const storage of storages.splice(0)) storage.releaseAll();
  for (const host of hosts.splice(0)) await host.close();
});

/** One tenant whose log is written when the test says so. */
async function start(
  storage = new HeldStorage(),
  tenant: TenantId = newTenantId(),
): Promise<{ storage: HeldStorage; tenant: TenantId; host: EngineHost; engine: TenantEngine }> {
  const host = startEnginesHere({ folder: '' }, storage);
  hosts.push(host);
  storages.push(storage);
  await host.create(tenant);
  const engine = host.engine(tenant);
  if ((await engine.definitions()) === null) await engine.publish(PAYMENTS, { allowDrop: false });
  return { storage, tenant, host, engine };
}

function ask(
  engine: TenantEngine,
  payment: Payment,
  deadlineMs: number | null = null,
): Promise<DecisionAnswer> {
  return engine.decide(paymentFrame([payment]), deadlineMs);
}

/**
 * What each asked event was answered, by its place among them, told from the log alone: folded record by record by a
 * plain fold, without anything of the engines.
 */
async function answersOf(storage: HeldStorage, tenant: TenantId): Promise<string[]> {
  const effects: Effect[] = [];
  const fold = new Fold({ tenant, compile: compileDefinitions, emit: (effect) => effects.push(effect) });
  const answers: string[] = [];
  /** By key: the answers that are open to a deadline. */
  const newest = new Map<string, number>();
  const byPosition = new Map<number, string>();
  for await (const { bytes } of storage.logOf(tenant).read(0)) {
    const reader = new FrameReader(bytes, (relation) => fold.storedTypes(relation));
    for (let record = reader.next(); record !== null; record = reader.next()) {
      const before = effects.length;
      fold.apply(record);
      const decided = effects.slice(before).find((effect) => effect.kind === 'decision');
      if (decided?.kind === 'decision') byPosition.set(decided.position, decided.outcome);
      if (record.kind === 'event' && record.asked) {
        const told = decided?.kind === 'decision' ? decided.outcome : toldBefore(fold, byPosition);
        newest.set(String(record.row[0]), answers.length);
        answers.push(told ?? fold.outcome);
      }
      if (record.kind !== 'deadline') continue;
      const place = newest.get(record.key?.join(',') ?? '') ?? -1;
      answers[place] = `${record.answered} after the deadline`;
      const missed = effects.slice(before).find((effect) => effect.kind === 'deadline');
      if (missed?.kind === 'deadline') byPosition.set(missed.position, record.answered);
    }
  }
  return answers;
}

/** What was answered before for the key of the record that the fold applied last. */
function toldBefore(fold: Fold, byPosition: ReadonlyMap<number, string>): string | undefined {
  const before = fold.answeredBefore;
  return before === null
    ? byPosition.get(fold.repeated)
    : (before.answered ?? byPosition.get(before.position));
}

function told({ outcome, afterDeadline, duplicate }: DecisionAnswer): string {
  return afterDeadline && !duplicate ? `${outcome} after the deadline` : outcome;
}

describe('a decision', () => {
  it('that is not made in time is answered with FALLBACK, and the log says so', async () => {
    const { storage, tenant, engine } = await start();
    const log = storage.logOf(tenant);
    log.hold();
    const answer = await ask(engine, { id: 'slow', payer: 'A', payee: 'A' }, 30);
    expect(answer).toEqual({
      outcome: 'review',
      decision: 'payment',
      source: 'payments',
      key: 'slow',
      afterDeadline: true,
      durable: false,
      duplicate: false,
      position: null,
      effect: null,
      alerts: [],
      timing: null,
    });
    log.release();
    const again = await ask(engine, { id: 'slow', payer: 'A', payee: 'A' });
    expect(again).toMatchObject({
      outcome: 'review',
      afterDeadline: true,
      durable: true,
      duplicate: true,
      position: 2,
      effect: { outcome: 'refused' },
      alerts: [{ rule: 'own' }],
    });
    const { effects, answered } = await engine.effects({ from: { kind: 'positions', from: 2, to: 2 } });
    expect(effects.map(({ effect }) => effect.kind)).toEqual(['alert', 'decision', 'deadline']);
    expect(effects.at(-1)?.effect).toMatchObject({ position: 2, key: 'slow', answered: 'review' });
    expect(answered).toEqual({ 2: 'review' });
    expect((await engine.describe()).counters.afterDeadline).toBe(1);
  });

  it('after its deadline stays so over a restart, with and without a checkpoint', async () => {
    const { storage, tenant, host, engine } = await start();
    storage.logOf(tenant).hold();
    await ask(engine, { id: 'slow', payer: 'A', payee: 'B', cents: 200_000 }, 20);
    storage.logOf(tenant).release();
    const expected = await ask(engine, { id: 'slow', payer: 'A', payee: 'B' });
    expect(expected).toMatchObject({ outcome: 'review', afterDeadline: true, alerts: [{ rule: 'large' }] });
    await host.close();
    const second = await start(storage, tenant);
    expect(await ask(second.engine, { id: 'slow', payer: 'A', payee: 'B' })).toEqual(expected);
    await second.host.close();
    await storage.forgetCheckpoint(tenant);
    const third = await start(storage, tenant);
    expect((await third.engine.describe()).recovery.records).toBeGreaterThan(3);
    expect(await ask(third.engine, { id: 'slow', payer: 'A', payee: 'B' })).toEqual(expected);
  });

  it('of an event that is too late is the FALLBACK for good, where that was told at the deadline', async () => {
    const { storage, tenant, host, engine } = await start();
    await (await engine.append(paymentFrame(manyPayments(10_000, 5)), 5)).applied();
    const late: Payment = { id: 'late', payer: 'A', payee: 'B' };
    storage.logOf(tenant).hold();
    expect(await ask(engine, late, 20)).toMatchObject({ outcome: 'review', afterDeadline: true });
    storage.logOf(tenant).release();
    const again = await ask(engine, late);
    expect(again).toEqual({
      outcome: 'review',
      decision: 'payment',
      source: 'payments',
      key: 'late',
      afterDeadline: true,
      durable: true,
      duplicate: true,
      position: 7,
      effect: null,
      alerts: [],
      timing: null,
    });
    const { effects } = await engine.effects({ from: { kind: 'number', number: 0 }, kinds: ['deadline'] });
    expect(effects.map(({ effect }) => effect)).toMatchObject([{ position: 7, key: 'late' }]);
    await host.close();
    const second = await start(storage, tenant);
    expect(await ask(second.engine, late)).toEqual(again);
    await second.host.close();
    await storage.forgetCheckpoint(tenant);
    const third = await start(storage, tenant);
    expect(await ask(third.engine, late)).toEqual(again);
  });

  it('of an event that is too late stays so for those that ask again with a deadline', async () => {
    const { storage, tenant, engine } = await start();
    await (await engine.append(paymentFrame(manyPayments(10_000, 5)), 5)).applied();
    const late: Payment = { id: 'late', payer: 'A', payee: 'B' };
    await expect(ask(engine, late)).rejects.toMatchObject({ code: 'EVENT_TOO_LATE' });
    storage.logOf(tenant).hold();
    expect(await ask(engine, late, 20)).toMatchObject({ outcome: 'review', afterDeadline: true });
    storage.logOf(tenant).release();
    await expect(ask(engine, late)).rejects.toMatchObject({ code: 'EVENT_TOO_LATE' });
  });

  it('is told again where the watermark has passed the event since', async () => {
    const { engine } = await start();
    const event: Payment = { id: 'early', payer: 'A', payee: 'B', cents: 200_000 };
    const first = await ask(engine, event);
    expect(first).toMatchObject({ outcome: 'review', alerts: [{ rule: 'large' }] });
    await (await engine.append(paymentFrame(manyPayments(10_000, 5)), 5)).applied();
    const again = { ...first, duplicate: true, timing: null };
    expect(await ask(engine, event)).toEqual(again);
    expect(await ask(engine, event)).toEqual(again);
  });

  it('is the FALLBACK for good where the event was rejected behind the deadline, and taken later', async () => {
    const { storage, tenant, engine } = await start();
    // Its arrival is said by its sender: at first long before its time, which is refused, then at it.
    const DAY = 86_400;
    const early = frameArrivingAt({ id: 'ahead', payer: 'A', payee: 'B', seconds: 3 * DAY }, 0);
    storage.logOf(tenant).hold();
    expect(await engine.decide(early, 20)).toMatchObject({ outcome: 'review', afterDeadline: true });
    storage.logOf(tenant).release();
    const rejected = frameArrivingAt({ id: 'ahead', payer: 'A', payee: 'B', seconds: 3 * DAY }, 0);
    const fallback = { outcome: 'review', afterDeadline: true, durable: true, duplicate: true };
    expect(await engine.decide(rejected, null)).toMatchObject({ ...fallback, position: null, effect: null });
    const taken = { ...fallback, effect: { outcome: 'approve' } };
    const inTime = { id: 'ahead', payer: 'A', payee: 'B', seconds: 3 * DAY };
    expect(await ask(engine, inTime)).toMatchObject(taken);
    expect(await ask(engine, inTime)).toMatchObject(taken);
    const unasked = frameArrivingAt({ id: 'other', payer: 'A', payee: 'B', seconds: 6 * DAY }, 0);
    await expect(engine.decide(unasked, null)).rejects.toMatchObject({ code: 'EVENT_TOO_FAR_AHEAD' });
  });

  it('of a duplicate that comes too late changes nothing of the first', async () => {
    const { storage, tenant, engine } = await start();
    const first = await ask(engine, { id: 'a', payer: 'A', payee: 'B' }, 1000);
    expect(first).toMatchObject({ outcome: 'approve', afterDeadline: false });
    storage.logOf(tenant).hold();
    const late = await ask(engine, { id: 'a', payer: 'A', payee: 'B' }, 20);
    expect(late).toMatchObject({ outcome: 'review', afterDeadline: true });
    storage.logOf(tenant).release();
    const third = await ask(engine, { id: 'a', payer: 'A', payee: 'B' });
    expect(third).toEqual({ ...first, duplicate: true, timing: null });
  });

  it('is made once for those that ask the same at the same time', async () => {
    const { engine } = await start();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask(engine, { id: 'same', payer: 'A', payee: 'B' }, 1000)),
    );
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, ...Array(9).fill(true)]);
    expect(new Set(answers.map(({ effect }) => effect?.id)).size).toBe(1);
    expect((await engine.describe()).counters).toMatchObject({ accepted: 1, duplicates: 0 });
  });

  it('that is on its way already is waited for no longer than one’s own deadline', async () => {
    const { storage, tenant, engine } = await start();
    storage.logOf(tenant).hold();
    const event: Payment = { id: 'same', payer: 'A', payee: 'B', cents: 200_000 };
    let patientTold: DecisionAnswer | null = null;
    const patient = ask(engine, event).then((answer) => {
      patientTold = answer;
      return answer;
    });
    const later = ask(engine, event, 60_000);
    // The disk stands still: only the deadline can answer.
    const hasty = await ask(engine, event, 20);
    const fallback = { outcome: 'review', afterDeadline: true, position: null, effect: null };
    expect(hasty).toMatchObject({ ...fallback, durable: false, duplicate: true });
    expect(patientTold).toBeNull();
    storage.logOf(tenant).release();
    // An event has one answer: the first that somebody was told, and the log has it.
    expect(await patient).toMatchObject({ ...fallback, durable: true, duplicate: false });
    expect(await later).toMatchObject({ ...fallback, durable: true, duplicate: true });
    expect(await ask(engine, event)).toMatchObject({ outcome: 'review', afterDeadline: true, position: 2 });
    expect((await engine.describe()).counters).toMatchObject({ accepted: 1, afterDeadline: 1 });
    expect(await answersOf(storage, tenant)).toEqual(['review after the deadline', 'review']);
  });

  it('that comes in time is the same for all that wait for it, whatever their deadlines', async () => {
    const { storage, tenant, engine } = await start();
    storage.logOf(tenant).hold();
    const event: Payment = { id: 'same', payer: 'A', payee: 'A' };
    const asked = [null, 60_000, 30_000, null].map((deadlineMs) => ask(engine, event, deadlineMs));
    storage.logOf(tenant).release();
    const answers = await Promise.all(asked);
    for (const answer of answers) {
      expect(answer).toMatchObject({ outcome: 'refused', afterDeadline: false, position: 2 });
    }
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, true, true, true]);
    expect((await engine.describe()).counters).toMatchObject({ accepted: 1, afterDeadline: 0 });
  });

  it('is answered by code where there is none to be made', async () => {
    const { engine } = await start();
    await (await engine.append(paymentFrame(manyPayments(10_000, 5)), 5)).applied();
    const late = ask(engine, { id: 'late', payer: 'A', payee: 'B', seconds: 0 });
    await expect(late).rejects.toMatchObject({ code: 'EVENT_TOO_LATE', details: { position: 7 } });
    const two = engine.decide(paymentFrame(manyPayments(0, 2)), null);
    await expect(two).rejects.toMatchObject({ code: 'FRAME_CORRUPT' });
    await engine.publish(PAYMENTS.replace(/CREATE DECISION.*\n/, '').replace(/, DECIDE \w+/g, ''), {
      allowDrop: true,
    });
    const none = ask(engine, { id: 'b', payer: 'A', payee: 'B', seconds: 10_000 });
    await expect(none).rejects.toMatchObject({ code: 'DECISION_MISSING' });
  });

  it('is told again, each as it was answered, by folding the log again', async () => {
    const { storage, tenant, host, engine } = await start();
    const log = storage.logOf(tenant);
    const given: string[] = [];
    const asked: Promise<void>[] = [];
    let seed = 3;
    const draw = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (seed >> 8) % below;
    };
    for (let n = 0; n < 120; n++) {
      // Asked one after the other, so that the order of the log is known; some while the disk stands still.
      const isSlow = draw(4) === 0;
      const isRepeat = n > 5 && draw(3) === 0;
      const id = `e${isRepeat ? n - 1 - draw(5) : n}`;
      const payer = `A${draw(6)}`;
      const payment = { id, payer, payee: `A${draw(6)}`, cents: draw(150_000), seconds: draw(9_000) };
      if (isSlow) log.hold();
      const answer = ask(engine, payment, isSlow ? 10 : 60_000);
      const place = n;
      asked.push(
        answer.then(
          (one) => {
            given[place] = told(one);
          },
          (error: { readonly code: string }) => {
            given[place] = error.code === 'EVENT_TOO_LATE' ? 'late' : error.code;
          },
        ),
      );
      await asked.at(-1);
      if (isSlow) log.release();
      if (n % 40 === 20) await (await engine.append(paymentFrame(manyPayments(n * 1000, 20)), 20)).applied();
    }
    await host.close();
    const fromLog = await answersOf(storage, tenant);
    expect(fromLog).toEqual(given);
    expect(given.filter((each) => each.endsWith('deadline')).length).toBeGreaterThan(10);
    expect(new Set(given).size).toBeGreaterThan(4);
  });
});
