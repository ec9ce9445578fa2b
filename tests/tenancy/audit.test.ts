import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openPGlite } from '../../adapters/pglite/open-pglite.ts';
import { PGliteCatalog } from '../../adapters/pglite/pglite-catalog.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { AuditDesk } from '../../tenants/audit-desk.ts';
import { CatalogAuditStore, type SignedAuditHead } from '../../tenants/audit-store.ts';
import { CursorSeal } from '../../tenants/cursor-seal.ts';
import { InstallationKeys, isSigned } from '../../tenants/installation-keys.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { openTestCatalog } from './test-catalog.ts';
import { auditActions, codeOf, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

/** Takes the end off a log, and lets the head in the catalog fit. */
const CUT_OFF = [
  'DELETE FROM audit_log WHERE sequence > 3',
  `UPDATE audit_heads SET sequence = 3, hash = (SELECT hash FROM audit_log AS log WHERE log.sequence = 3
     AND log.tenant_id = audit_heads.tenant_id) WHERE true`,
];

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

describe('the audit log', () => {
  it('holds every change and every read of personal data, with who did it', async () => {
    const ann = await stores.members.create({ name: 'Ann', email: 'a@b.c', scopes: ['query', 'admin'] });
    const holder = await tenancy.withKey(tenant, ['query', 'admin'], ann.id);
    await holder.stores.members.page({ first: 10, after: null });
    await holder.stores.members.get(ann.id);
    await holder.stores.audit.recordRead('query.run', 'reach', { parameters: 1 });
    await holder.stores.audit.recordChange('rows.upsert', 'accounts', { rows: 2 });
    expect(await auditActions(tenancy, tenant.id)).toEqual([
      'tenant.create',
      'member.create',
      'key.create',
      'member.list',
      'member.read',
      'query.run',
      'rows.upsert',
    ]);
    const page = await stores.audit.page({ kind: 'read' }, { first: 10, after: null });
    const entries = page.rows.map(({ row }) => row);
    expect(entries.map(({ action }) => action)).toEqual(['query.run', 'member.read', 'member.list']);
    expect(entries[0]).toMatchObject({
      actor: { kind: 'member', id: holder.id, personId: ann.id, name: 'Ann' },
      target: 'reach',
      details: { parameters: 1 },
    });
    expect(entries[2]?.details).toEqual({ members: [ann.id] });
  });

  it('takes the notes of more who come at once than may wait for the catalog, each as who made it', async () => {
    const holder = await tenancy.withKey(tenant, ['audit']);
    const count = 2 * LIMITS.catalogTenantQueueMax + 10;
    const authors = Array.from({ length: count }, (_, n) => (n % 2 === 0 ? stores : holder.stores));
    await Promise.all(authors.map(({ audit }, n) => audit.recordRead('came', String(n))));
    const { rows } = await stores.audit.page({ actions: ['came'] }, { first: 10, after: null });
    expect(rows.map(({ row }) => [row.target, row.actor.id])).toEqual(
      Array.from({ length: 10 }, (_, back) => {
        const n = count - 1 - back;
        return [String(n), n % 2 === 0 ? 'operator' : holder.id];
      }),
    );
    expect(await stores.audit.verify()).toMatchObject({ kind: 'intact' });
  });

  it('says that it was read, and is found by action, actor and time', async () => {
    await stores.audit.page({}, { first: 1, after: null });
    const read = await stores.audit.page({ actions: ['audit.list'] }, { first: 5, after: null });
    expect(read.rows).toHaveLength(1);
    const at = new Date(tenancy.clock.nowMs).toISOString();
    const found = async (filter: Parameters<typeof stores.audit.page>[0]): Promise<number> =>
      (await stores.audit.page({ ...filter, actions: ['tenant.create'] }, { first: 5, after: null })).rows
        .length;
    expect(await found({ actor: 'operator', from: at })).toBe(1);
    expect(await found({ until: at })).toBe(0);
    expect(await found({ actor: 'nobody\u0000' })).toBe(0);
    expect(await codeOf(found({ from: 'yesterday' }))).toBe('FIELD_INVALID');
    expect(await codeOf(stores.audit.page({}, { first: 0, after: null }))).toBe('FIELD_INVALID');
  });

  it('goes page by page without a gap while it grows', async () => {
    for (let n = 0; n < 10; n++) await stores.audit.recordChange('step', String(n));
    const seen: (string | null)[] = [];
    let after: string | null = null;
    do {
      const page = await stores.audit.page({ actions: ['step'] }, { first: 3, after });
      seen.push(...page.rows.map(({ row }) => row.target));
      after = page.hasNextPage ? (page.rows.at(-1)?.cursor ?? null) : null;
      await stores.audit.recordChange('step', 'later');
    } while (after !== null);
    expect(seen).toEqual(['9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
  });

  it('chains each entry to the one before, from zeros on', async () => {
    await stores.audit.recordChange('one', null);
    const page = await stores.audit.page({}, { first: 10, after: null });
    const [two, one] = page.rows.map(({ row }) => row);
    expect(one).toMatchObject({ sequence: 1, previousHash: '0'.repeat(64) });
    expect(two?.previousHash).toBe(one?.hash);
    expect(await stores.audit.get(2)).toEqual(two);
    expect(await stores.audit.get(99)).toBeNull();
    expect(await stores.audit.verify()).toMatchObject({ kind: 'intact', entries: 4 });
  });

  it('takes whatever text it is given, and says it unchanged', async () => {
    const details = { odd: 'a\u0000b\ud800 "\\u0000" \u{1F600}', deep: { list: [1.5, null, true, -0] } };
    await stores.audit.recordRead('odd\u0000', '\ud83d\u0000', details);
    const [entry] = (await stores.audit.page({}, { first: 1, after: null })).rows;
    expect(entry?.row).toMatchObject({ action: 'odd\u0000', target: '\ud83d\u0000' });
    expect(JSON.stringify(entry?.row.details)).toBe(JSON.stringify({ deep: details.deep, odd: details.odd }));
    expect(await stores.audit.verify()).toMatchObject({ kind: 'intact' });
  });

  it('has no forks however many append at once', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => stores.audit.recordChange('many', String(n))));
    expect(await stores.audit.verify()).toMatchObject({ kind: 'intact', entries: 51 });
  });

  it('keeps an entry with its change, or neither', async () => {
    const before = await auditActions(tenancy, tenant.id);
    expect(await codeOf(stores.members.update('mem_00000000000000000000000000', { name: 'x' }))).toBe(
      'NOT_FOUND',
    );
    const ann = { name: 'Ann', email: 'a@b.c', scopes: ['query'] as const };
    await stores.members.create(ann);
    expect(await codeOf(stores.members.create(ann))).toBe('EMAIL_TAKEN');
    expect(await auditActions(tenancy, tenant.id)).toEqual([...before, 'member.create']);
  });
});

describe('a signed head', () => {
  it('is signed by the installation, over all that it says', async () => {
    const head = await stores.audit.head();
    expect(JSON.parse(head.statement)).toEqual({
      tenant: tenant.id,
      sequence: head.sequence,
      hash: head.hash,
      at: head.at,
    });
    expect(isSigned(head.statement, head.signature, head.publicKey)).toBe(true);
    expect(
      isSigned(head.statement.replace('"sequence":1', '"sequence":2'), head.signature, head.publicKey),
    ).toBe(false);
    expect(isSigned(head.statement, 'x', 'no key')).toBe(false);
  });

  it('is of the chain that goes on from it, and of no other', async () => {
    const head = await stores.audit.head();
    await stores.audit.recordChange('later', null);
    expect(await stores.audit.verify(head)).toMatchObject({ kind: 'intact' });
    const wrong: SignedAuditHead[] = [
      { ...head, hash: 'f'.repeat(64) },
      { ...head, sequence: head.sequence + 1 },
      { ...head, signature: Buffer.alloc(64).toString('base64') },
    ];
    for (const one of wrong) expect(await stores.audit.verify(one)).toMatchObject({ kind: 'broken' });
    const other = await tenancy.asOperator(await tenancy.addTenant(`other-${count}`));
    expect(await other.audit.verify(head)).toMatchObject({ kind: 'broken' });
  });
});

describe('a log that somebody with the database’s own rights has changed', () => {
  const keys = new InstallationKeys(new Uint8Array(32).fill(9));

  /** What is done to the log of a tenant, and the first entry that is wrong then; null: none. */
  const TAMPERED: readonly (readonly [string, readonly string[], number | null])[] = [
    ['nothing', [], null],
    [
      'an entry',
      [`UPDATE audit_log SET entry = replace(entry, '"amount":2', '"amount":9') WHERE sequence = 3`],
      3,
    ],
    ['a column', [`UPDATE audit_log SET actor = 'someone' WHERE sequence = 2`], 2],
    ['a time', [`UPDATE audit_log SET at = at + interval '1 hour' WHERE sequence = 2`], 2],
    ['a hash', [`UPDATE audit_log SET hash = repeat('a', 64) WHERE sequence = 4`], 4],
    ['a gap', ['DELETE FROM audit_log WHERE sequence = 2'], 2],
    ['a lost beginning', ['DELETE FROM audit_log WHERE sequence = 1'], 1],
    ['a lost end', ['DELETE FROM audit_log WHERE sequence = 5'], 5],
    ['nothing left', ['DELETE FROM audit_log WHERE true'], 1],
    ['a head that is set back', ['UPDATE audit_heads SET sequence = 3 WHERE true'], 5],
    ['an end that is cut off with the head', CUT_OFF, null],
  ];
  const tenants = new Map(TAMPERED.map(([what]) => [what, newTenantId()]));
  const heads = new Map<string, SignedAuditHead>();
  let catalog: PGliteCatalog;
  let folder: string;

  beforeAll(async () => {
    const test = await openTestCatalog();
    folder = test.folder;
    for (const [what, id] of tenants) {
      const insert = `INSERT INTO tenants (id, slug, name, settings, created_at) VALUES ($1, $1, $1, '{}', now())`;
      await test.catalog.asPlatform((sql) => sql.query(insert, [id]));
      const store = storeOf(test.catalog, id);
      for (let n = 0; n < 5; n++) await store.recordChange('step', String(n), { amount: n });
      heads.set(what, await store.head());
    }
    await test.catalog.close();
    const data = path.join(folder, 'catalog');
    const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
    const owner = await openPGlite(data, migrations);
    for (const [what, statements] of TAMPERED) {
      for (const one of statements)
        await owner.exec(one.replace(/WHERE (?!log\.)/, `WHERE tenant_id = '${tenants.get(what)}' AND `));
    }
    await owner.close();
    catalog = await PGliteCatalog.open(data, migrations);
  });

  afterAll(async () => {
    await catalog.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(TAMPERED)('shows: %s', async (what, _, sequence) => {
    const verdict = await storeOf(catalog, tenants.get(what) as TenantId).verify();
    if (sequence === null) expect(verdict.kind).toBe('intact');
    else expect(verdict).toMatchObject({ kind: 'broken', sequence });
  });

  it('shows by a head that was kept, where end and head in the catalog fit together again', async () => {
    const what = 'an end that is cut off with the head';
    const store = storeOf(catalog, tenants.get(what) as TenantId);
    expect(await store.verify(heads.get(what))).toMatchObject({ kind: 'broken', sequence: 4 });
    const untouched = storeOf(catalog, tenants.get('nothing') as TenantId);
    expect(await untouched.verify(heads.get('nothing'))).toMatchObject({ kind: 'intact', entries: 5 });
  });

  function storeOf(of: Catalog, tenantId: TenantId): CatalogAuditStore {
    const cursors = new CursorSeal(keys, tenantId);
    const actor = { kind: 'system', id: 'test' } as const;
    const context = { tenant: tenantId, actor, catalog: of, keys, cursors, nowMs: () => 0 };
    return new CatalogAuditStore(context, new AuditDesk(of, tenantId, context.nowMs));
  }
});
