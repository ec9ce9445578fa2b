import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sql } from '../../core/ports/catalog.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { openTestCatalog, type TestCatalog } from '../../tests/tenancy/test-catalog.ts';
import { readMigrations } from '../sql/migrations.ts';
import { newCatalogOf } from './new-catalog.ts';
import { openPGlite } from './open-pglite.ts';
import { PGliteCatalog } from './pglite-catalog.ts';

const MIGRATIONS = path.join(import.meta.dirname, '../../migrations');
/** Takes far longer than any test waits. */
const ENDLESS = 'SELECT count(*) FROM generate_series(1, 100000) AS a, generate_series(1, 1000000) AS b';

const A = newTenantId();
const B = newTenantId();

let opened: TestCatalog | null = null;

afterEach(async () => {
  await opened?.remove();
  opened = null;
});

async function open(options: Parameters<typeof openTestCatalog>[0] = {}): Promise<TestCatalog> {
  opened = await openTestCatalog(options);
  for (const id of [A, B]) await opened.catalog.asPlatform((sql) => addTenant(sql, id));
  return opened;
}

async function addTenant(sql: Sql, id: TenantId): Promise<void> {
  await sql.query(
    `INSERT INTO tenants (id, slug, name, settings, created_at) VALUES ($1, $1, $1, '{}', now())`,
    [id],
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'none',
    (error: unknown) => String((error as { readonly code?: unknown }).code ?? error),
  );
}

describe('a catalog in PGlite', () => {
  it('ends a statement that takes too long, keeps what was acknowledged, and goes on', async () => {
    const { catalog } = await open({ statementMs: 8_000 });
    expect(await codeOf(catalog.asTenant(A, (sql) => sql.query(ENDLESS)))).toBe('CATALOG_TIMEOUT');
    const rows = await catalog.asTenant(A, (sql) => sql.query('SELECT id FROM tenants'));
    expect(rows).toEqual([{ id: A }]);
  });

  it('undoes a transaction that stays open too long', async () => {
    const { catalog } = await open({ transactionMs: 8_000 });
    const open0 = catalog.asTenant(A, async (sql) => {
      await sql.query(`UPDATE tenants SET name = 'changed' WHERE id = $1`, [A]);
      await new Promise(() => undefined);
    });
    expect(await codeOf(open0)).toBe('CATALOG_TIMEOUT');
    const rows = await catalog.asTenant(A, (sql) => sql.query('SELECT name FROM tenants'));
    expect(rows).toEqual([{ name: A }]);
  });

  it('refuses more than may wait, and serves tenants in turn', async () => {
    const { catalog } = await open({ tenantQueueMax: 3 });
    const order: string[] = [];
    const ask = (tenant: TenantId, name: string): Promise<unknown> =>
      catalog.asTenant(tenant, async (sql) => {
        order.push(name);
        await sql.query('SELECT 1');
      });
    // The first is taken at once, and three wait.
    const asked = [ask(A, 'a1'), ask(A, 'a2'), ask(A, 'a3'), ask(A, 'a4'), ask(B, 'b1')];
    expect(await codeOf(ask(A, 'a5'))).toBe('CATALOG_BUSY');
    await Promise.all(asked);
    expect(order).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
  });

  it('ends what was called for before it closes, and refuses what comes later', async () => {
    const { catalog } = await open();
    const last = catalog.asTenant(A, (sql) => sql.query('SELECT name FROM tenants'));
    const closing = catalog.close();
    expect(await codeOf(catalog.asTenant(A, (sql) => sql.query('SELECT 1')))).toBe('CATALOG_CLOSED');
    expect(await last).toEqual([{ name: A }]);
    await closing;
  });

  it('takes statements that read or change rows only, so that none lays down its role', async () => {
    const { catalog } = await open();
    for (const text of [
      'RESET ROLE',
      'SET ROLE postgres',
      'COMMIT',
      'DROP TABLE alerts',
      'COPY tenants TO STDOUT',
    ]) {
      expect(await codeOf(catalog.asTenant(A, (sql) => sql.query(text)))).toContain('reads or changes rows');
    }
    expect(await codeOf(catalog.asTenant(A, (sql) => sql.query('SELECT 1; SELECT 2')))).toContain('42601');
  });

  // Without it, the tests that find one tenant's rows only might find so because there are no others.
  it('would show all rows to the owner, which nothing but migrations asks as', async () => {
    const { catalog, folder } = await open();
    await catalog.close();
    const owner = await openPGlite(path.join(folder, 'catalog'), await readMigrations(MIGRATIONS));
    const rows = await owner.query('SELECT id FROM tenants ORDER BY id');
    expect(rows.rows).toEqual([A, B].sort().map((id) => ({ id })));
    await owner.close();
  });
});

/** What a database is made of: tables with their columns, constraints, policies, roles and what they may do. */
const SHAPE = `
  SELECT 'column' AS kind, format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS what
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'policy', policies::text FROM pg_policies AS policies
  UNION ALL SELECT 'forced', relname FROM pg_class WHERE relforcerowsecurity
  UNION ALL SELECT 'role', format('%s %s %s', rolname, rolsuper, rolbypassrls) FROM pg_roles
  UNION ALL SELECT 'grant', format('%s %s %s', grantee, table_name, privilege_type)
    FROM information_schema.table_privileges WHERE table_schema = 'public'
  ORDER BY kind, what`;

describe('a new catalog', () => {
  it('that is a copy of the one the build made is as one that is made here', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-catalog-'));
    const migrations = await readMigrations(MIGRATIONS);
    expect(existsSync(newCatalogOf(migrations))).toBe(true);
    // One more migration, though it changes nothing: the build made none of this shape.
    const number = migrations.length + 1;
    const longer = [...migrations, { number, name: 'nothing', sql: 'SELECT 1', checksum: 'none' }];
    expect(existsSync(newCatalogOf(longer))).toBe(false);
    const shapes = [];
    for (const [name, list] of Object.entries({ copied: migrations, made: longer })) {
      const owner = await openPGlite(path.join(folder, name), list);
      shapes.push((await owner.query(SHAPE)).rows);
      await owner.close();
    }
    expect(shapes[0]?.length).toBeGreaterThan(100);
    expect(shapes[0]).toEqual(shapes[1]);
    await rm(folder, { recursive: true });
  });
});

describe('migrations', () => {
  it('run once each, and are refused where one that ran has changed', async () => {
    const { catalog, folder } = await open();
    await catalog.close();
    const changed = path.join(folder, 'migrations');
    await mkdir(changed);
    await cp(MIGRATIONS, changed, { recursive: true });
    const next = (await readMigrations(changed)).length + 1;
    const name = `000${next}-more.sql`;
    await writeFile(path.join(changed, name), 'CREATE TABLE more (id INTEGER); INSERT INTO more VALUES (1);');
    const reopen = async (): Promise<void> => {
      const again = await PGliteCatalog.open(path.join(folder, 'catalog'), await readMigrations(changed));
      await again.close();
    };
    await reopen();
    await reopen();
    await appendFile(path.join(changed, name), '-- changed\n');
    expect(await codeOf(reopen())).toBe('MIGRATION_CHANGED');
    // An older build does not know the newest.
    const older = PGliteCatalog.open(path.join(folder, 'catalog'), await readMigrations(MIGRATIONS));
    expect(await codeOf(older)).toBe('MIGRATION_UNKNOWN');
  });

  it('leave nothing of one that fails', async () => {
    const { catalog, folder } = await open();
    await catalog.close();
    const known = await readMigrations(MIGRATIONS);
    const broken = {
      number: known.length + 1,
      name: 'broken',
      sql: 'CREATE TABLE half (id INTEGER); SELECT nonsense;',
      checksum: 'c',
    };
    const data = path.join(folder, 'catalog');
    expect(await codeOf(PGliteCatalog.open(data, [...known, broken]))).not.toBe('none');
    const mended = { ...broken, sql: 'CREATE TABLE half (id INTEGER);' };
    const again = await PGliteCatalog.open(data, [...known, mended]);
    await again.close();
  });
});
