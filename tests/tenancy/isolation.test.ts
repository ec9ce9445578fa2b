import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { present } from '../../core/assert.ts';
import { derivedId } from '../../core/hash.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { postgresMissing } from '../servers/postgres.ts';
import { openPostgresCatalog, openTestCatalog, type TestCatalog } from './test-catalog.ts';
import { openTestTenancy, type TestTenancy, withoutFilter } from './test-tenancy.ts';

type CursorList =
  | 'members'
  | 'keys'
  | 'drafts'
  | 'definitions'
  | 'alerts'
  | 'comments'
  | 'audit'
  | 'endpoints'
  | 'deliveries';

/** Ids and cursors of the first tenant, which the second has come to know. */
interface Stolen {
  readonly member: string;
  readonly key: string;
  readonly draft: string;
  readonly ruleDraft: string;
  readonly alert: string;
  readonly cursors: Readonly<Record<CursorList, string>>;
  readonly endpoint: string;
  readonly delivery: string;
  readonly tenant: TenantId;
}

/** What came of an attempt: nothing seen, or a code. Anything else is a leak. */
type Outcome = 'nothing' | 'NOT_FOUND' | 'CURSOR_INVALID' | 'own';

type Attempt = (stores: TenantStores, stolen: Stolen) => Promise<unknown>;

const TEXT = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, amount INTEGER);
CREATE RULE large ON transfers WHEN amount > 100 DO ALERT 'Large' SEVERITY HIGH KEY (payer);`;

const ALL = { first: 200, after: null };
const after = (cursor: string): { first: number; after: string } => ({ first: 200, after: cursor });

/**
 * Every method of every store, tried by the second tenant with what is the first's. `own`: it has no id of anything to
 * be given, and does or shows the second tenant's own.
 */
const ATTEMPTS: Readonly<Record<string, readonly (readonly [Outcome, Attempt])[]>> = {
  'settings.get': [['own', (s) => s.settings.get()]],
  'settings.profile': [['own', (s) => s.settings.profile()]],
  'settings.update': [['own', (s) => s.settings.update({ twoPersonRule: true })]],
  'members.create': [
    [
      'own',
      async (s) => {
        // The address of a member of the first tenant is free here, which tells nothing of it.
        const eve = await s.members.create({ name: 'Eve', email: 'ann@a.example', scopes: ['query'] });
        await s.members.disable(eve.id);
      },
    ],
  ],
  'members.update': [['NOT_FOUND', (s, { member }) => s.members.update(member, { name: 'Taken' })]],
  'members.disable': [['NOT_FOUND', (s, { member }) => s.members.disable(member)]],
  'members.get': [['nothing', (s, { member }) => s.members.get(member)]],
  'members.page': [
    ['own', (s) => s.members.page(ALL)],
    ['CURSOR_INVALID', (s, { cursors }) => s.members.page(after(cursors.members))],
  ],
  'keys.create': [
    ['own', (s) => s.keys.create({ name: 'mine', scopes: ['query'] })],
    ['NOT_FOUND', (s, { member }) => s.keys.create({ name: 'x', scopes: ['query'], memberId: member })],
  ],
  'keys.get': [['nothing', (s, { key }) => s.keys.get(key)]],
  'keys.page': [
    ['own', (s) => s.keys.page(ALL)],
    ['CURSOR_INVALID', (s, { cursors }) => s.keys.page(after(cursors.keys))],
  ],
  'keys.revoke': [['NOT_FOUND', (s, { key }) => s.keys.revoke(key)]],
  'drafts.create': [['own', (s) => s.drafts.create({ text: TEXT })]],
  'drafts.disableRule': [['NOT_FOUND', (s) => s.drafts.disableRule('large')]],
  'drafts.enableRule': [['NOT_FOUND', (s) => s.drafts.enableRule('large')]],
  'drafts.rollBack': [['NOT_FOUND', (s) => s.drafts.rollBack(1)]],
  'drafts.rollBackRule': [['NOT_FOUND', (s) => s.drafts.rollBackRule('large', 1)]],
  'drafts.withdraw': [['NOT_FOUND', (s, { draft }) => s.drafts.withdraw(draft)]],
  'drafts.get': [['nothing', (s, { draft }) => s.drafts.get(draft)]],
  'drafts.page': [
    ['own', (s) => s.drafts.page(ALL)],
    ['CURSOR_INVALID', (s, { cursors }) => s.drafts.page(after(cursors.drafts))],
  ],
  'drafts.publish': [
    ['NOT_FOUND', (s, { draft }) => s.drafts.publish(draft)],
    ['NOT_FOUND', (s, { ruleDraft }) => s.drafts.publish(ruleDraft)],
  ],
  'definitions.current': [['nothing', (s) => s.definitions.current()]],
  'definitions.get': [['nothing', (s) => s.definitions.get(1)]],
  'definitions.page': [
    ['nothing', async (s) => (await s.definitions.page(ALL)).rows],
    ['CURSOR_INVALID', (s, { cursors }) => s.definitions.page(after(cursors.definitions))],
  ],
  'alerts.get': [['nothing', (s, { alert }) => s.alerts.get(alert)]],
  'alerts.page': [
    ['nothing', async (s) => (await s.alerts.page({}, ALL)).rows],
    ['nothing', async (s, { member }) => (await s.alerts.page({ assignee: member }, ALL)).rows],
    ['CURSOR_INVALID', (s, { cursors }) => s.alerts.page({}, after(cursors.alerts))],
  ],
  'alerts.since': [['nothing', (s) => s.alerts.since({}, { position: 0 })]],
  'alerts.acknowledge': [['NOT_FOUND', (s, { alert }) => s.alerts.acknowledge(alert)]],
  'alerts.reopen': [['NOT_FOUND', (s, { alert }) => s.alerts.reopen(alert)]],
  'alerts.assign': [['NOT_FOUND', (s, { alert }) => s.alerts.assign(alert, null)]],
  'alerts.comment': [['NOT_FOUND', (s, { alert }) => s.alerts.comment(alert, 'mine')]],
  'alerts.comments': [
    ['nothing', async (s, { alert }) => (await s.alerts.comments(alert, ALL)).rows],
    ['CURSOR_INVALID', (s, { alert, cursors }) => s.alerts.comments(alert, after(cursors.comments))],
  ],
  'endpoints.create': [
    [
      'own',
      async (s) => {
        // The name of an endpoint of the first tenant is free here.
        const input = { name: 'desk', url: 'https://b.example/', description: null, rules: null };
        const { endpoint } = await present(s.endpoints).create(input);
        await present(s.endpoints).remove(endpoint.id);
      },
    ],
  ],
  'endpoints.update': [
    ['NOT_FOUND', (s, { endpoint }) => present(s.endpoints).update(endpoint, { rules: [] })],
  ],
  'endpoints.remove': [['NOT_FOUND', (s, { endpoint }) => present(s.endpoints).remove(endpoint)]],
  'endpoints.rotateSecret': [['NOT_FOUND', (s, { endpoint }) => present(s.endpoints).rotateSecret(endpoint)]],
  'endpoints.enable': [['NOT_FOUND', (s, { endpoint }) => present(s.endpoints).enable(endpoint)]],
  'endpoints.disable': [['NOT_FOUND', (s, { endpoint }) => present(s.endpoints).disable(endpoint)]],
  'endpoints.test': [['NOT_FOUND', (s, { endpoint }) => present(s.endpoints).test(endpoint)]],
  'endpoints.get': [['nothing', (s, { endpoint }) => present(s.endpoints).get(endpoint)]],
  'endpoints.page': [
    ['nothing', async (s) => (await present(s.endpoints).page(ALL)).rows],
    ['CURSOR_INVALID', (s, { cursors }) => present(s.endpoints).page(after(cursors.endpoints))],
  ],
  'deliveries.get': [['nothing', (s, { delivery }) => present(s.deliveries).get(delivery)]],
  'deliveries.page': [
    ['nothing', async (s) => (await present(s.deliveries).page({}, ALL)).rows],
    ['nothing', async (s, { alert }) => (await present(s.deliveries).page({ alertId: alert }, ALL)).rows],
    ['CURSOR_INVALID', (s, { cursors }) => present(s.deliveries).page({}, after(cursors.deliveries))],
  ],
  'deliveries.attempts': [['nothing', (s, { delivery }) => present(s.deliveries).attempts(delivery)]],
  'deliveries.replay': [['NOT_FOUND', (s, { delivery }) => present(s.deliveries).replay(delivery)]],
  'deliveries.replayRange': [
    ['NOT_FOUND', (s, { endpoint }) => present(s.deliveries).replayRange({ endpointId: endpoint })],
  ],
  'audit.recordRead': [['own', (s, { alert }) => s.audit.recordRead('alert.read', alert)]],
  'audit.recordChange': [['own', (s, { alert }) => s.audit.recordChange('alert.assign', alert)]],
  'audit.get': [['own', (s) => s.audit.get(3)]],
  'audit.page': [
    ['own', (s) => s.audit.page({}, ALL)],
    ['CURSOR_INVALID', (s, { cursors }) => s.audit.page({}, after(cursors.audit))],
  ],
  'audit.verify': [['own', (s) => s.audit.verify()]],
  'audit.head': [['own', (s) => s.audit.head()]],
  'usage.count': [['own', async (s) => s.usage.count('queries', 1)]],
  'usage.admitRequest': [['own', async (s) => s.usage.admitRequest()]],
  'usage.admitRecords': [['own', async (s) => s.usage.admitRecords(1, 1)]],
  'usage.recordsDelayMs': [['own', async (s) => s.usage.recordsDelayMs(1)]],
  'usage.openSubscription': [['own', async (s) => s.usage.openSubscription().release()]],
  'usage.load': [['own', async () => undefined]],
  'usage.flush': [['own', async () => undefined]],
  'usage.current': [['own', (s) => s.usage.current()]],
  'usage.history': [['own', (s) => s.usage.history('2026-01-01', '2026-12-31')]],
  'idempotency.run': [['own', (s) => s.idempotency.run('key-1', 'op', { a: 1 }, async () => 'mine')]],
  'cursors.seal': [['own', async (s) => s.cursors.seal('alerts', [1, 1])]],
  'cursors.open': [['CURSOR_INVALID', async (s, { cursors }) => s.cursors.open('alerts', cursors.alerts)]],
};

let tenancy: TestTenancy;
let victim: TenantStores;
let thief: TenantStores;
let stolen: Stolen;

/** Gives the tenant something of everything. */
async function furnish(stores: TenantStores): Promise<Stolen> {
  const ann = await stores.members.create({
    name: 'Ann',
    email: 'ann@a.example',
    scopes: ['define', 'query'],
  });
  const { key, token } = await stores.keys.create({
    name: 'k',
    scopes: ['define', 'query'],
    memberId: ann.id,
  });
  const hers = await tenancy.directory.bind(await tenancy.directory.authenticate(token), null);
  await stores.drafts.publish((await hers.drafts.create({ text: TEXT })).id).catch(() => undefined);
  const other = await tenancy.withKey({ id: stores.id } as never, ['publish', 'query']);
  await other.stores.drafts.publish((await hers.drafts.create({ text: TEXT })).id).catch(() => undefined);
  const ruleDraft = await hers.drafts.disableRule('large');
  const draft = await hers.drafts.create({ text: TEXT.replace('100', '200') });
  const endpoints = present(stores.endpoints);
  const desk = { name: 'desk', url: 'https://a.example/', description: 'secret', rules: [] };
  const { endpoint } = await endpoints.create(desk);
  const id = derivedId(['large', 1]);
  const fields = { version: 1, key: { payer: 'p' }, time: null, severity: 'HIGH', partial: false };
  const line = JSON.stringify({ id, rule: 'large', ...fields, position: 1 });
  await tenancy.sink(stores.id, [
    { number: 0, effect: { kind: 'alert', id, rule: 'large', position: 1, line } },
  ]);
  await stores.alerts.comment(id, 'secret');
  await stores.alerts.assign(id, ann.id);
  await stores.idempotency.run('key-1', 'op', { a: 1 }, async () => 'theirs');
  const deliveries = await present(stores.deliveries).page({}, ALL);
  const cursorOf = ({ rows }: { readonly rows: readonly { readonly cursor: string }[] }): string =>
    present(rows[0]).cursor;
  return {
    member: ann.id,
    key: key.id,
    draft: draft.id,
    ruleDraft: ruleDraft.id,
    alert: id,
    endpoint: endpoint.id,
    delivery: present(deliveries.rows[0]).row.id,
    tenant: stores.id,
    cursors: {
      members: cursorOf(await stores.members.page(ALL)),
      keys: cursorOf(await stores.keys.page(ALL)),
      drafts: cursorOf(await stores.drafts.page(ALL)),
      definitions: cursorOf(await stores.definitions.page(ALL)),
      alerts: cursorOf(await stores.alerts.page({}, ALL)),
      comments: cursorOf(await stores.alerts.comments(id, ALL)),
      endpoints: cursorOf(await endpoints.page(ALL)),
      deliveries: cursorOf(deliveries),
      audit: cursorOf(await stores.audit.page({}, ALL)),
    },
  };
}

/** All rows of the tenant, table by table, as text; when keys were used last is written now and then, whoever asks. */
async function everythingOf(tenant: TenantId): Promise<string> {
  return await tenancy.catalog.asTenant(tenant, async (sql) => {
    const tables = await sql.query(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id') ORDER BY relname`,
    );
    let text = '';
    for (const { name } of tables) {
      const rows = await sql.query(
        `SELECT (to_jsonb(r) - 'last_used_at')::text AS row FROM ${String(name)} AS r ORDER BY 1`,
      );
      text += `${String(name)}\n${rows.map(({ row }) => row).join('\n')}\n`;
    }
    return text;
  });
}

async function outcomeOf(attempt: Attempt): Promise<string> {
  try {
    const answer = await attempt(thief, stolen);
    const nothing = answer === null || (Array.isArray(answer) && answer.length === 0);
    if (nothing) return 'nothing';
    const text = JSON.stringify(answer) ?? '';
    const { member, draft, key, endpoint, delivery } = stolen;
    for (const secret of [member, draft, key, endpoint, delivery, 'secret', 'theirs']) {
      if (text.includes(secret)) return `leaked ${secret}`;
    }
    return 'own';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code ?? error);
  }
}

const CATALOGS: { readonly name: string; readonly open: () => Promise<TestCatalog> }[] = [
  { name: 'PGlite', open: () => openTestCatalog() },
];
if (postgresMissing() === null) CATALOGS.push({ name: 'PostgreSQL 15', open: openPostgresCatalog });

describe.each(CATALOGS)('another tenant, in $name', ({ open }) => {
  beforeAll(async () => {
    tenancy = await openTestTenancy(open());
    const first = await tenancy.addTenant('first');
    const second = await tenancy.addTenant('second');
    victim = await tenancy.asOperator(first);
    thief = (await tenancy.withKey(second)).stores;
    stolen = await furnish(victim);
  });

  afterAll(() => tenancy.remove());

  it('is tried against every method that stores have', () => {
    const methods = Object.entries(thief).flatMap(([name, store]) => {
      if (typeof store !== 'object' || store === null || name === 'actor') return [];
      const prototype: object = Object.getPrototypeOf(store);
      return Object.getOwnPropertyNames(prototype)
        .filter((method) => method !== 'constructor')
        .map((method) => `${name}.${method}`);
    });
    expect(Object.keys(ATTEMPTS).sort()).toEqual(methods.sort());
  });

  describe.each([
    ['', false],
    [' by row-level security alone, where the statements have forgotten whose rows they want', true],
  ])('sees and changes nothing%s', (_, dropFilter) => {
    it.each(Object.keys(ATTEMPTS))('through %s', async (method) => {
      const before = await everythingOf(stolen.tenant);
      tenancy.life.dropFilter = dropFilter;
      try {
        for (const [outcome, attempt] of ATTEMPTS[method] ?? [])
          expect(await outcomeOf(attempt)).toBe(outcome);
      } finally {
        tenancy.life.dropFilter = false;
      }
      expect(await everythingOf(stolen.tenant)).toBe(before);
    });
  });

  it('would be seen if it did: the first tenant finds all of it by the same calls', async () => {
    const saved = thief;
    thief = victim;
    const found: string[] = [];
    for (const store of ['members', 'keys', 'drafts', 'alerts', 'definitions', 'endpoints', 'deliveries']) {
      found.push(await outcomeOf(present(ATTEMPTS[`${store}.get`]?.[0])[1]));
    }
    thief = saved;
    expect(found).toEqual(expect.arrayContaining([expect.stringContaining('leaked')]));
    expect(found).not.toContain('nothing');
  });

  it('has been tried with statements that indeed have lost their condition', () => {
    const text = 'SELECT id FROM alerts WHERE tenant_id = $1 AND id = $2';
    expect(withoutFilter(text)).toBe('SELECT id FROM alerts WHERE $1::text IS NOT NULL AND id = $2');
    expect(withoutFilter('WHERE api_keys.tenant_id = $1')).toBe('WHERE $1::text IS NOT NULL');
  });
});
