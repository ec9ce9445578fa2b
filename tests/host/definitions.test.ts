import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../core/frame.ts';
import type { EngineHost, TenantEngine } from '../../core/ports/engine.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { INTEGER, TEXT } from '../../core/types.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { HeldStorage } from './held-storage.ts';
import { PAYMENTS, paymentFrame } from './host-case.ts';

const hosts: EngineHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

async function start(
  storage = new HeldStorage(),
  tenant: TenantId = newTenantId(),
  tickMs = 60_000,
): Promise<{ storage: HeldStorage; tenant: TenantId; host: EngineHost; engine: TenantEngine }> {
  const host = startEnginesHere({ folder: '', tickMs }, storage);
  hosts.push(host);
  await host.create(tenant);
  return { storage, tenant, host, engine: host.engine(tenant) };
}

async function outcomeOf(engine: TenantEngine, id: string, cents: number): Promise<string> {
  const frame = paymentFrame([{ id, payer: 'A', payee: 'B', cents }]);
  return (await engine.decide(frame, null)).outcome;
}

describe('definitions of a tenant', () => {
  it('are checked with every error and its place, and with what they would change', async () => {
    const { engine } = await start();
    const wrong = await engine.check('CREATE SOURCE a (x TEXT);\nCREATE VIEW b AS SELECT y FROM a;', {
      allowDrop: false,
    });
    expect(wrong.change).toBeNull();
    expect(wrong.problems).toMatchObject([{ code: 'UNKNOWN_NAME', line: 2, column: 25 }]);
    expect((await engine.check(PAYMENTS, { allowDrop: false })).problems).toEqual([]);
    await engine.publish(PAYMENTS, { allowDrop: false });
    const changed = PAYMENTS.replace('amount > 1000', 'amount > 2000').replace(/CREATE QUERY[\s\S]*$/, '');
    const refused = await engine.check(changed, { allowDrop: false });
    expect(refused.problems).toMatchObject([{ code: 'DROP_NOT_ALLOWED' }]);
    const { problems, change } = await engine.check(changed, { allowDrop: true });
    expect(problems).toEqual([]);
    expect(change?.statements.filter((one) => one.change !== 'unchanged')).toEqual([
      { what: 'rule', name: 'large', change: 'changed' },
      { what: 'query', name: 'paid', change: 'dropped' },
    ]);
    expect(change?.plan).toContain('rule large');
    await expect(engine.publish(changed, { allowDrop: false })).rejects.toMatchObject({
      code: 'DROP_NOT_ALLOWED',
    });
    expect(await engine.definitions()).toMatchObject({ version: 1, text: PAYMENTS });
  });

  it('with a CHECK that rows break are refused by the dry run as by publishing, until the rows meet it', async () => {
    const { engine } = await start();
    const text = 'CREATE TABLE wallets (id TEXT PRIMARY KEY, energy INTEGER, points INTEGER);';
    await engine.publish(text, { allowDrop: false });
    const upsert = async (points: number) => {
      const writer = new FrameWriter();
      writer.upsert('wallets', ['a', 5, points], [TEXT, INTEGER, INTEGER], 0);
      await (await engine.append(writer.finish(), 1)).applied();
    };
    await upsert(-1);
    const checked = text.replace(
      /INTEGER/g,
      (type, at) => `${type} CHECK (${at < 60 ? 'energy' : 'points'} >= 0)`,
    );
    const { problems, change } = await engine.check(checked, { allowDrop: false });
    expect(problems).toMatchObject([
      { code: 'CHECK_UNMET', message: expect.stringMatching(/wallets .* points /) },
    ]);
    expect(change?.statements).toEqual([{ what: 'table', name: 'wallets', change: 'changed' }]);
    const published = engine.publish(checked, { allowDrop: false });
    await expect(published).rejects.toMatchObject({ code: 'CHECK_UNMET', message: problems[0]?.message });
    await upsert(0);
    expect((await engine.check(checked, { allowDrop: false })).problems).toEqual([]);
    expect(await engine.publish(checked, { allowDrop: false })).toMatchObject({ version: 2 });
  });

  it('have versions, and the text with an older version of a rule is one of them again', async () => {
    const { engine } = await start();
    await engine.publish(PAYMENTS, { allowDrop: false });
    const stricter = PAYMENTS.replace('amount > 1000', 'amount > 10');
    expect(await engine.publish(stricter, { allowDrop: false })).toEqual({ position: 2, version: 2 });
    expect(await outcomeOf(engine, 'a', 50_000)).toBe('review');
    const text = await engine.textWithRule('large', 1);
    expect(text).toBe(PAYMENTS);
    expect(await engine.publish(text, { allowDrop: false })).toEqual({ position: 4, version: 3 });
    expect(await outcomeOf(engine, 'b', 50_000)).toBe('approve');
    const history = await engine.definitionHistory();
    expect(history.map(({ version, rules }) => [version, rules.large])).toEqual([
      [3, 3],
      [2, 2],
      [1, 1],
    ]);
    await expect(engine.textWithRule('large', 9)).rejects.toMatchObject({ code: 'RULE_VERSION_UNKNOWN' });
    await expect(engine.textWithRule('none', 1)).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
  });

  it('have rules that are switched off and on by records, which a restart and a new text keep', async () => {
    const { storage, tenant, host, engine } = await start();
    await engine.publish(PAYMENTS, { allowDrop: false });
    expect(await outcomeOf(engine, 'a', 200_000)).toBe('review');
    expect(await engine.setRuleEnabled('large', false)).toEqual({ position: 3 });
    expect(await outcomeOf(engine, 'b', 200_000)).toBe('approve');
    await engine.publish(`${PAYMENTS}\n-- more`, { allowDrop: false });
    await host.close();
    await storage.forgetCheckpoint(tenant);
    const { engine: again } = await start(storage, tenant);
    expect(await outcomeOf(again, 'c', 200_000)).toBe('approve');
    const rules = (await again.definitions())?.rules ?? [];
    expect(rules.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['large', false],
      ['own', true],
      ['ring', true],
    ]);
    await again.setRuleEnabled('large', true);
    expect(await outcomeOf(again, 'd', 200_000)).toBe('review');
    await expect(again.setRuleEnabled('larg', false)).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      hint: 'Did you mean large?',
    });
  });
});

describe('ticks', () => {
  const SOURCE = 'CREATE SOURCE payments (id TEXT PRIMARY KEY, at TIMESTAMPTZ, WATERMARK FOR at)';

  it.each([
    ['a source that says idle_timeout', `${SOURCE} WITH (idle_timeout = '50 milliseconds');`, 2],
    ['no source that says so', `${SOURCE};`, 1],
  ])('are records for %s, and one is enough while it is silent', async (_, text, records) => {
    const { engine } = await start(new HeldStorage(), newTenantId(), 20);
    await engine.publish(text, { allowDrop: false });
    const isIdle = async (): Promise<boolean> => (await engine.describe()).sources[0]?.idle === true;
    for (let n = 0; n < 200 && records === 2 && !(await isIdle()); n++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await isIdle()).toBe(records === 2);
    expect((await engine.describe()).log.end).toBe(records);
    expect((await engine.describe()).position).toBe(1);
  });
});
