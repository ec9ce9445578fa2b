import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertEffect } from '../../core/effects.ts';
import { derivedId } from '../../core/hash.ts';
import type { NumberedEffect } from '../../core/ports/engine.ts';
import type { AlertFilter, AlertPage } from '../../tenants/alert-store.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { auditActions, codeOf, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

let tenancy: TestTenancy;
let tenant: Tenant;
let stores: TenantStores;
let count = 0;

beforeAll(async () => {
  tenancy = await openTestTenancy();
});

afterAll(() => tenancy.remove());

beforeEach(async () => {
  tenant = await tenancy.addTenant(`bank-${++count}`);
  stores = await tenancy.asOperator(tenant);
});

interface Given {
  readonly rule?: string;
  readonly severity?: string;
  readonly key?: Readonly<Record<string, string | null>>;
  readonly time?: string | null;
  readonly elements?: AlertEffect['elements'];
}

/** An alert as the fold gives it (engine/effects/alert-line.ts). */
function alert(number: number, given: Given = {}): NumberedEffect {
  const { rule = 'large', severity = 'HIGH', key = { payer: `p${number}` }, time = timeOf(number) } = given;
  const id = derivedId([rule, number]);
  const line = JSON.stringify({
    id,
    rule,
    version: 1,
    key,
    time,
    severity,
    position: number + 10,
    partial: false,
    paths: [],
    values: {},
    trace: [],
  });
  const effect: AlertEffect = { kind: 'alert', id, rule, position: number + 10, line };
  return { number, effect: given.elements === undefined ? effect : { ...effect, elements: given.elements } };
}

function timeOf(number: number): string {
  return `2026-11-22T07:14:${String(number % 60).padStart(2, '0')}.000001Z`;
}

async function shown(filter: AlertFilter = {}): Promise<number[]> {
  return (await stores.alerts.page(filter, { first: 100, after: null })).rows.map(({ row }) => row.effect);
}

describe('the projection of effects', () => {
  it('puts alerts into the catalog as the fold wrote them', async () => {
    const elements = { vertices: [{ key: 'a', label: 'Account', properties: { n: '1' } }], edges: [] };
    const effect = alert(3, { key: { payer: 'x', payee: null }, elements });
    await tenancy.sink(tenant.id, [effect]);
    const id = (effect.effect as AlertEffect).id;
    const at = new Date(tenancy.clock.nowMs).toISOString();
    expect(await stores.alerts.get(id)).toEqual({
      id,
      effect: 3,
      rule: 'large',
      ruleVersion: 1,
      severity: 'HIGH',
      position: 13,
      time: timeOf(3),
      key: { payer: 'x', payee: null },
      partial: false,
      afterDeadline: false,
      line: (effect.effect as AlertEffect).line,
      elements,
      status: 'open',
      acknowledgedBy: null,
      acknowledgedAt: null,
      assignee: null,
      raisedAt: at,
      updatedAt: at,
    });
  });

  it('takes a batch again without a trace, and tells only what is new', async () => {
    const batch = [alert(0), alert(1)];
    await tenancy.sink(tenant.id, batch);
    const { id } = (batch[0] as NumberedEffect).effect;
    await stores.alerts.acknowledge(id);
    const before = tenancy.projected.length;
    await tenancy.sink(tenant.id, batch);
    expect(tenancy.projected).toHaveLength(before);
    await tenancy.sink(tenant.id, [...batch, alert(2)]);
    expect(tenancy.projected.at(-1)?.effects.map(({ number }) => number)).toEqual([2]);
    expect(await shown()).toEqual([2, 1, 0]);
    expect((await stores.alerts.get(id))?.status).toBe('acknowledged');
  });

  it('keeps all of a batch or nothing of it, wherever the process is killed', async () => {
    for (let transactions = 0; transactions < 2; transactions++) {
      tenancy.life.transactions = transactions;
      await tenancy.sink(tenant.id, [alert(0), alert(1)]).catch(() => undefined);
      tenancy.life.transactions = null;
      expect(await shown()).toEqual(transactions === 0 ? [] : [1, 0]);
    }
  });

  it('marks alerts whose decision was answered before they came', async () => {
    const deadline = {
      kind: 'deadline',
      id: 'd',
      decision: 'payment',
      position: 11,
      source: 's',
      key: 'k',
    } as const;
    await tenancy.sink(tenant.id, [alert(0), alert(1)]);
    await tenancy.sink(tenant.id, [{ number: 2, effect: { ...deadline, answered: 'review' } }, alert(3)]);
    const { rows } = await stores.alerts.page({}, { first: 9, after: null });
    expect(rows.map(({ row }) => [row.effect, row.afterDeadline])).toEqual([
      [3, false],
      [1, true],
      [0, false],
    ]);
  });

  it('takes whatever text the data holds', async () => {
    const odd = 'a\u0000\ud800"\\{},\u{1F600}';
    const long = 'é'.repeat(100_000);
    await tenancy.sink(tenant.id, [
      alert(0, { key: { odd } }),
      alert(1, { key: { long } }),
      alert(2, { time: null }),
    ]);
    expect(await shown()).toEqual([2, 1, 0]);
    expect(await shown({ keyValue: odd })).toEqual([0]);
    expect(await shown({ keyValue: long })).toEqual([1]);
    const page = await stores.alerts.page({ keyValue: odd }, { first: 1, after: null });
    expect(page.rows[0]?.row.key).toEqual({ odd });
  });

  it('tells tenants apart whose effects have the same numbers', async () => {
    const other = await tenancy.addTenant(`twin-${count}`);
    await tenancy.sink(tenant.id, [alert(0)]);
    await tenancy.sink(other.id, [alert(0), alert(1)]);
    expect(await shown()).toEqual([0]);
    stores = await tenancy.asOperator(other);
    expect(await shown()).toEqual([1, 0]);
  });

  it('takes in thousands in a batch', async () => {
    await tenancy.sink(
      tenant.id,
      Array.from({ length: 5000 }, (_, n) => alert(n)),
    );
    const page = await stores.alerts.page({}, { first: 1, after: null });
    expect(page).toMatchObject({ position: 5009, hasNextPage: true });
    expect(await page.total()).toBe(5000);
  });
});

describe('alerts of real rules', () => {
  it('come from the engine with their rings, once each, after a restart too', async () => {
    const text = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, amount INTEGER);
      CREATE RULE large ON transfers WHEN amount > 100 DO ALERT 'Large' SEVERITY HIGH KEY (payer);`;
    await tenancy.engines.engine(tenant.id).publish(text, { allowDrop: false });
    await append(['t1', 'ann', 500], ['t2', 'bob', 50], ['t3', 'cid', 101]);
    expect((await waitForAlerts(2)).map((row) => row.key)).toEqual([{ payer: 'cid' }, { payer: 'ann' }]);
    tenancy = await tenancy.restart();
    stores = await tenancy.asOperator(tenant);
    await append(['t1', 'ann', 500], ['t4', 'dan', 200]);
    const rows = await waitForAlerts(3);
    expect(rows.map((row) => row.key.payer)).toEqual(['dan', 'cid', 'ann']);
  });

  async function append(...rows: readonly (readonly (string | number)[])[]): Promise<void> {
    const { FrameWriter } = await import('../../core/frame.ts');
    const { INTEGER, TEXT } = await import('../../core/types.ts');
    const writer = new FrameWriter();
    for (const row of rows) writer.event('transfers', row, [TEXT, TEXT, INTEGER], tenancy.clock.nowMs * 1000);
    const appended = await tenancy.engines.engine(tenant.id).append(writer.finish(), rows.length);
    await appended.applied();
  }

  async function waitForAlerts(
    least: number,
  ): Promise<readonly { readonly key: Readonly<Record<string, unknown>> }[]> {
    for (;;) {
      const { rows } = await stores.alerts.page({}, { first: 10, after: null });
      if (rows.length >= least) return rows.map(({ row }) => row);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

describe('pages of alerts', () => {
  it('are cut at the effect that was newest when the first was read', async () => {
    await tenancy.sink(tenant.id, [alert(0), alert(1), alert(2), alert(3)]);
    const one = await stores.alerts.page({}, { first: 2, after: null });
    await tenancy.sink(tenant.id, [alert(4)]);
    const two = await stores.alerts.page({}, { first: 2, after: one.rows[1]?.cursor ?? null });
    expect([...one.rows, ...two.rows].map(({ row }) => row.effect)).toEqual([3, 2, 1, 0]);
    expect(two).toMatchObject({ position: 13, hasNextPage: false });
    expect(await two.total()).toBe(4);
    expect(await (await stores.alerts.page({}, { first: 2, after: null })).total()).toBe(5);
  });

  it('come by severity where that is asked for, each alert once, with how many there are of each', async () => {
    const severities = ['LOW', 'CRITICAL', 'HIGH', 'LOW', 'CRITICAL', 'MEDIUM', 'HIGH', 'CRITICAL'];
    await tenancy.sink(
      tenant.id,
      severities.map((severity, number) => alert(number, { severity })),
    );
    const walked: number[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 3; pages++) {
      const page: AlertPage = await stores.alerts.page({}, { first: 3, after }, 'severity');
      walked.push(...page.rows.map(({ row }) => row.effect));
      after = page.rows.at(-1)?.cursor ?? null;
      // What is raised in between belongs to no page of this walk.
      await tenancy.sink(tenant.id, [alert(8 + pages, { severity: 'CRITICAL' })]);
      expect(await codeOf(stores.alerts.page({}, { first: 3, after }))).toBe('CURSOR_INVALID');
    }
    expect(walked).toEqual([7, 4, 1, 6, 2, 5, 3, 0]);
    const page = await stores.alerts.page({ severities: ['LOW'] }, { first: 1, after: null }, 'severity');
    expect([await page.total(), Object.fromEntries(await page.bySeverity())]).toEqual([
      2,
      { LOW: 2, MEDIUM: 1, HIGH: 2, CRITICAL: 6 },
    ]);
  });

  it('show what passes every filter', async () => {
    await tenancy.sink(tenant.id, [
      alert(0, { rule: 'a', severity: 'LOW' }),
      alert(1, { rule: 'b', key: { payer: 'x', payee: 'y' } }),
      alert(2, { rule: 'b', severity: 'LOW' }),
    ]);
    await stores.alerts.acknowledge(derivedId(['b', 2]));
    expect(await shown({ rules: ['b'] })).toEqual([2, 1]);
    expect(await shown({ severities: ['LOW'], rules: ['b', "'; DROP TABLE alerts"] })).toEqual([2]);
    expect(await shown({ status: 'open' })).toEqual([1, 0]);
    expect(await shown({ keyValue: 'y' })).toEqual([1]);
    expect(await shown({ from: timeOf(1) })).toEqual([2, 1]);
    expect(await shown({ until: timeOf(1) })).toEqual([0]);
    expect(await shown({ assignee: null })).toEqual([2, 1, 0]);
    expect(await codeOf(shown({ from: 'then' }))).toBe('FIELD_INVALID');
    const since = async (after: Parameters<typeof stores.alerts.since>[1]): Promise<number[]> =>
      (await stores.alerts.since({ rules: ['b'] }, after)).map(({ effect }) => effect);
    expect(await since({ position: 11 })).toEqual([2]);
    expect(await since({ effect: 0 })).toEqual([1, 2]);
  });

  it('take cursors of their own list and tenant only', async () => {
    await tenancy.sink(tenant.id, [alert(0), alert(1)]);
    const cursor = (await stores.alerts.page({}, { first: 1, after: null })).rows[0]?.cursor ?? '';
    const other = await tenancy.asOperator(await tenancy.addTenant(`peeper-${count}`));
    const attempts = [
      other.alerts.page({}, { first: 1, after: cursor }),
      stores.audit.page({}, { first: 1, after: cursor }),
      ...['', '.', 'x.y', cursor.slice(0, -1), `A${cursor}`, `${cursor}A`, 'W10.'.repeat(2000)].map((after) =>
        stores.alerts.page({}, { first: 1, after }),
      ),
    ];
    for (const attempt of attempts) expect(await codeOf(attempt)).toBe('CURSOR_INVALID');
    for (const first of [0, -1, 201, 1.5, Number.NaN]) {
      expect(await codeOf(stores.alerts.page({}, { first, after: null }))).toBe('FIELD_INVALID');
    }
  });
});

describe('what people make of an alert', () => {
  const id = derivedId(['large', 0]);

  beforeEach(() => tenancy.sink(tenant.id, [alert(0)]));

  it('is kept with who did it and when', async () => {
    const ann = await stores.members.create({ name: 'Ann', email: 'a@b.c', scopes: ['alerts'] });
    const { stores: hers } = await tenancy.withKey(tenant, ['alerts'], ann.id);
    const acknowledged = await hers.alerts.acknowledge(id);
    expect(acknowledged).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: { personId: ann.id, name: 'Ann' },
    });
    expect((await hers.alerts.assign(id, ann.id)).assignee).toBe(ann.id);
    const comment = await hers.alerts.comment(id, 'known customer');
    const comments = await stores.alerts.comments(id, { first: 5, after: null });
    expect(comments.rows.map(({ row }) => row)).toEqual([comment]);
    expect(comment).toMatchObject({ text: 'known customer', author: { name: 'Ann', kind: 'member' } });
    expect(await shown({ assignee: ann.id })).toEqual([0]);
    const reopened = await hers.alerts.reopen(id);
    expect(reopened).toMatchObject({ status: 'open', acknowledgedBy: null, acknowledgedAt: null });
  });

  it('is audited once where it changes something, and every look at it is', async () => {
    await stores.alerts.acknowledge(id);
    await stores.alerts.acknowledge(id);
    await stores.alerts.get(id);
    await stores.alerts.page({}, { first: 5, after: null });
    const expected = ['tenant.create', 'alert.acknowledge', 'alert.read', 'alert.list'];
    expect(await auditActions(tenancy, tenant.id)).toEqual(expected);
  });

  it('is nothing where there is no such alert, member or comment', async () => {
    const none = derivedId(['none', 0]);
    const nobody = 'mem_00000000000000000000000000';
    expect(await stores.alerts.get(none)).toBeNull();
    for (const wrong of [none, '', "' OR 1=1", 'a\u0000', id.toUpperCase()]) {
      expect(await codeOf(stores.alerts.acknowledge(wrong))).toBe('NOT_FOUND');
      expect(await codeOf(stores.alerts.comment(wrong, 'x'))).toBe('NOT_FOUND');
      expect(await codeOf(stores.alerts.assign(wrong, null))).toBe('NOT_FOUND');
      expect(await stores.alerts.get(wrong)).toBeNull();
      expect((await stores.alerts.comments(wrong, { first: 1, after: null })).rows).toEqual([]);
    }
    for (const member of [nobody, 'ann', '']) {
      expect(await codeOf(stores.alerts.assign(id, member))).toBe('NOT_FOUND');
    }
    for (const text of ['', ' \n', 'x'.repeat(10_001), 'a\u0000b']) {
      expect(await codeOf(stores.alerts.comment(id, text))).toBe('FIELD_INVALID');
    }
  });
});
