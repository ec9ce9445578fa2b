import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGliteCatalog } from '../../adapters/pglite/pglite-catalog.ts';
import { PostgresCatalog } from '../../adapters/postgres/postgres-catalog.ts';
import { parsePostgresUrl } from '../../adapters/postgres/postgres-server.ts';
import { type Migration, readMigrations } from '../../adapters/sql/migrations.ts';
import { type Catalog, CatalogConflict, type Sql, type SqlValue } from '../../core/ports/catalog.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { postgresMissing, startPostgres } from '../servers/postgres.ts';
import { suiteWithout } from '../servers/suite-without.ts';

interface Adapter {
  readonly name: string;
  /** What is not installed that it needs; null: nothing. */
  readonly missing: string | null;
  open(
    folder: string,
    migrations: readonly Migration[],
  ): Promise<{ catalog: Catalog; stop(): Promise<void> }>;
}

const ADAPTERS: Adapter[] = [
  {
    name: 'pglite',
    missing: null,
    open: async (folder, migrations) => ({
      catalog: await PGliteCatalog.open(folder, migrations),
      stop: async () => undefined,
    }),
  },
  {
    name: 'postgresql 15',
    missing: postgresMissing(),
    open: async (_, migrations) => {
      const server = await startPostgres();
      const catalog = await PostgresCatalog.open(parsePostgresUrl(server.url, 'a test'), migrations);
      return { catalog, stop: () => server.stop() };
    },
  },
];

const A = newTenantId();
const B = newTenantId();
const AT = '2026-11-22T07:14:00.000Z';

async function addTenant(catalog: Catalog, id: TenantId): Promise<void> {
  await catalog.asPlatform((sql) =>
    sql.query(
      'INSERT INTO tenants (id, slug, name, settings, created_at) VALUES ($1, $2, $2, $3::jsonb, $4)',
      [id, id.toLowerCase().replace('_', '-'), '{}', AT],
    ),
  );
}

async function addMember(sql: Sql, tenant: TenantId, id: string, email = `${id}@example.org`): Promise<void> {
  await sql.query(
    'INSERT INTO members (tenant_id, id, name, email, scopes, created_at) VALUES ($1, $2, $2, $3, $4, $5)',
    [tenant, id, email, ['query'], AT],
  );
}

async function ids(sql: Sql, text: string, parameters: readonly SqlValue[] = []): Promise<unknown[]> {
  return (await sql.query(text, parameters)).map((row) => row.id);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => null,
    (error: unknown) => error,
  );
}

describe.each(ADAPTERS)('a catalog in $name', ({ name, missing, open }) => {
  if (missing !== null) {
    suiteWithout(name, missing);
    return;
  }
  let folder: string;
  let catalog: Catalog;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-catalog-'));
    const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
    ({ catalog, stop } = await open(folder, migrations));
    await addTenant(catalog, A);
    await addTenant(catalog, B);
    await catalog.asTenant(A, (sql) => addMember(sql, A, 'ann'));
    await catalog.asTenant(B, (sql) => addMember(sql, B, 'bob'));
  });

  afterAll(async () => {
    await catalog.close();
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe('transactions', () => {
    it('hands on what the work resolves with, and keeps what it wrote', async () => {
      const given = await catalog.asTenant(A, async (sql) => {
        await addMember(sql, A, 'kept');
        return 'done';
      });
      expect(given).toBe('done');
      expect(
        await catalog.asTenant(A, (sql) => ids(sql, `SELECT id FROM members WHERE id = 'kept'`)),
      ).toEqual(['kept']);
    });

    it('keeps nothing of a work that throws, and hands its error on', async () => {
      const error = new Error('no');
      const attempt = catalog.asTenant(A, async (sql) => {
        await addMember(sql, A, 'undone');
        throw error;
      });
      expect(await rejection(attempt)).toBe(error);
      expect(
        await catalog.asTenant(A, (sql) => ids(sql, `SELECT id FROM members WHERE id = 'undone'`)),
      ).toEqual([]);
    });

    it('keeps nothing where a statement failed, even if the work goes on', async () => {
      const attempt = catalog.asTenant(A, async (sql) => {
        await addMember(sql, A, 'before');
        await addMember(sql, A, 'ann').catch(() => undefined);
      });
      expect(await rejection(attempt)).not.toBeNull();
      expect(
        await catalog.asTenant(A, (sql) => ids(sql, `SELECT id FROM members WHERE id = 'before'`)),
      ).toEqual([]);
    });

    it('names the constraint that does not hold', async () => {
      const twice = await rejection(catalog.asTenant(A, (sql) => addMember(sql, A, 'ann')));
      expect(twice).toMatchObject({ kind: 'unique', constraint: 'members_pkey' });
      expect(twice).toBeInstanceOf(CatalogConflict);
      const email = catalog.asTenant(A, (sql) => addMember(sql, A, 'ann2', 'ANN@example.org'));
      expect(await rejection(email)).toMatchObject({ kind: 'unique', constraint: 'members_email_key' });
      const missing = catalog.asTenant(A, (sql) =>
        sql.query(
          `INSERT INTO alert_comments (tenant_id, id, alert_id, author, text, created_at)
           VALUES ($1, 'c', 'none', '{}'::jsonb, 't', $2)`,
          [A, AT],
        ),
      );
      const constraint = 'alert_comments_alert_fkey';
      expect(await rejection(missing)).toMatchObject({ kind: 'foreignKey', constraint });
    });

    it('lets two that lock the same row take turns', async () => {
      await catalog.asTenant(A, (sql) =>
        sql.query('INSERT INTO projections (tenant_id, next_effect) VALUES ($1, 0)', [A]),
      );
      const increment = (): Promise<void> =>
        catalog.asTenant(A, async (sql) => {
          const rows = await sql.query(
            'SELECT next_effect FROM projections WHERE tenant_id = $1 FOR UPDATE',
            [A],
          );
          const next = Number(rows[0]?.next_effect) + 1;
          await sql.query('UPDATE projections SET next_effect = $2 WHERE tenant_id = $1', [A, next]);
        });
      await Promise.all(Array.from({ length: 20 }, increment));
      const rows = await catalog.asTenant(A, (sql) => sql.query('SELECT next_effect FROM projections'));
      expect(rows).toEqual([{ next_effect: 20 }]);
    });

    it('refuses statements after the work has ended', async () => {
      let leaked: Sql | null = null;
      await catalog.asTenant(A, async (sql) => {
        leaked = sql;
      });
      expect(await rejection((leaked as unknown as Sql).query('SELECT 1'))).toMatchObject({
        code: 'CATALOG_CLOSED',
      });
    });
  });

  it('gives and takes values of each type', async () => {
    const rows = await catalog.asTenant(A, (sql) =>
      sql.query(
        `SELECT 1::smallint AS small, 2::integer AS int, 9007199254740991::bigint AS big, 1.50::numeric(9,2) AS exact,
           0.1::double precision AS float, true AS yes, NULL::text AS nothing, '2026-11-22'::date::text AS day,
           $1::text AS text, $2::text[] AS list, $3::bytea AS bytes, $4::timestamptz AS time, $5::jsonb AS json,
           $6::bigint AS big_in, $7::boolean AS no, $8::integer AS int_in`,
        [
          'it\'s \\ "quoted" {1,2} €',
          ['a,b', '"', '', 'NULL', '\\', '{x}'],
          new Uint8Array([0, 255, 92]),
          '2026-11-22T09:14:00.000123+02:00',
          '{"a":[1,null]}',
          2n ** 40n,
          false,
          -7,
        ],
      ),
    );
    expect(rows).toEqual([
      {
        small: 1,
        int: 2,
        big: 9007199254740991,
        exact: '1.50',
        float: 0.1,
        yes: true,
        nothing: null,
        day: '2026-11-22',
        text: 'it\'s \\ "quoted" {1,2} €',
        list: ['a,b', '"', '', 'NULL', '\\', '{x}'],
        bytes: new Uint8Array([0, 255, 92]),
        time: '2026-11-22T07:14:00.000Z',
        json: { a: [1, null] },
        big_in: 2 ** 40,
        no: false,
        int_in: -7,
      },
    ]);
  });

  describe('row-level security', () => {
    it('is forced, with a policy, on every table that there is', async () => {
      const tables = await catalog.asPlatform((sql) =>
        sql.query(
          `SELECT relname AS name, relrowsecurity AS enabled, relforcerowsecurity AS forced,
             EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id') AS by_tenant,
             EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'own_tenant'
               AND pg_get_expr(polqual, polrelid) LIKE '%= app_tenant())') AS own
           FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = 'public'::regnamespace
           ORDER BY relname`,
        ),
      );
      // Tables of tenants are known by their column; what else there is stands here.
      const others = tables.filter((table) => table.by_tenant === false).map((table) => table.name);
      expect(others).toEqual(['installation', 'migrations', 'services', 'tenants']);
      const guarded = tables.filter((table) => table.name !== 'migrations');
      expect(guarded.length).toBeGreaterThan(10);
      expect(guarded.filter(({ enabled, forced }) => !(enabled && forced))).toEqual([]);
      // Of the installation's processes and its key there is nothing that is any tenant's.
      const owned = guarded.filter(({ name }) => name !== 'installation' && name !== 'services');
      expect(owned.filter(({ own }) => !own)).toEqual([]);
    });

    it('runs under roles that it binds, and under none that it does not', async () => {
      const roles = await catalog.asPlatform((sql) =>
        sql.query(
          `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreaterole OR rolcanlogin AS above
           FROM pg_roles WHERE rolname LIKE 'ringwatch%' ORDER BY rolname`,
        ),
      );
      expect(roles).toEqual([
        { name: 'ringwatch_platform', above: false },
        { name: 'ringwatch_tenant', above: false },
      ]);
      const who = 'SELECT current_user::text AS who';
      expect(await catalog.asPlatform((sql) => sql.query(who))).toEqual([{ who: 'ringwatch_platform' }]);
      expect(await catalog.asTenant(A, (sql) => sql.query(who))).toEqual([{ who: 'ringwatch_tenant' }]);
    });

    it('shows a tenant its own rows where no statement asks whose they are', async () => {
      expect(await catalog.asTenant(B, (sql) => ids(sql, 'SELECT id FROM members'))).toEqual(['bob']);
      expect(
        await catalog.asTenant(B, (sql) => ids(sql, 'SELECT id FROM members WHERE tenant_id = $1', [A])),
      ).toEqual([]);
      expect(await catalog.asTenant(B, (sql) => ids(sql, 'SELECT id FROM tenants'))).toEqual([B]);
    });

    it('lets a tenant neither write rows of another nor take its own there', async () => {
      const privilege = { kind: 'privilege' };
      expect(await rejection(catalog.asTenant(B, (sql) => addMember(sql, A, 'eve')))).toMatchObject(
        privilege,
      );
      const moved = catalog.asTenant(B, (sql) => sql.query('UPDATE members SET tenant_id = $1', [A]));
      expect(await rejection(moved)).toMatchObject(privilege);
      await catalog.asTenant(B, (sql) =>
        sql.query(`UPDATE members SET name = 'taken' WHERE tenant_id = $1`, [A]),
      );
      const name = await catalog.asTenant(A, (sql) => sql.query(`SELECT name FROM members WHERE id = 'ann'`));
      expect(name).toEqual([{ name: 'ann' }]);
    });

    it('forgets the tenant with the transaction', async () => {
      await catalog.asTenant(A, (sql) => sql.query('SELECT 1'));
      expect(await catalog.asPlatform((sql) => sql.query('SELECT app_tenant() AS tenant'))).toEqual([
        { tenant: null },
      ]);
    });

    it('shows the platform who is a member, but neither addresses nor alerts', async () => {
      expect((await catalog.asPlatform((sql) => ids(sql, 'SELECT id FROM members'))).sort()).toContain('bob');
      for (const hidden of [
        'SELECT email FROM members',
        'SELECT id FROM alerts',
        'SELECT entry FROM audit_log',
      ]) {
        expect(await rejection(catalog.asPlatform((sql) => sql.query(hidden)))).toMatchObject({
          kind: 'privilege',
        });
      }
    });

    it('lets the audit log grow, and nobody change it', async () => {
      const insert = `INSERT INTO audit_log (tenant_id, sequence, at, kind, action, actor, entry, hash)
        VALUES ($1, 1, $2, 'change', 'a', 'b', '{}', 'h')`;
      await catalog.asTenant(A, (sql) => sql.query(insert, [A, AT]));
      for (const change of [
        `UPDATE audit_log SET entry = '{"x":1}'`,
        'DELETE FROM audit_log',
        'DELETE FROM drafts',
      ]) {
        expect(await rejection(catalog.asTenant(A, (sql) => sql.query(change)))).toMatchObject({
          kind: 'privilege',
        });
      }
    });
  });
});
