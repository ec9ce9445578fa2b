import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { PostgresCatalog, type PostgresCatalogOptions } from '../../adapters/postgres/postgres-catalog.ts';
import { type PostgresServer, parsePostgresUrl } from '../../adapters/postgres/postgres-server.ts';
import { type Migration, readMigrations } from '../../adapters/sql/migrations.ts';
import type { Sql } from '../../core/ports/catalog.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { postgresMissing, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { suiteWithout } from '../servers/suite-without.ts';
import { codeOf } from '../tenancy/test-tenancy.ts';

const A = newTenantId();
const B = newTenantId();

/** Resolves by a call. */
class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

async function addTenant(catalog: PostgresCatalog, id: TenantId): Promise<void> {
  await catalog.asPlatform((sql) =>
    sql.query(
      'INSERT INTO tenants (id, slug, name, settings, created_at) VALUES ($1, lower($1), $1, $2::jsonb, now())',
      [id, '{}'],
    ),
  );
}

async function setProjection(sql: Sql, tenant: TenantId, next: number): Promise<void> {
  await sql.query(
    `INSERT INTO projections (tenant_id, next_effect) VALUES ($1, $2)
     ON CONFLICT (tenant_id) DO UPDATE SET next_effect = excluded.next_effect`,
    [tenant, next],
  );
}

async function projection(catalog: PostgresCatalog, tenant: TenantId): Promise<unknown> {
  const rows = await catalog.asTenant(tenant, (sql) => sql.query('SELECT next_effect FROM projections'));
  return rows[0]?.next_effect;
}

async function addMember(sql: Sql, tenant: TenantId, id: string): Promise<void> {
  await sql.query(
    `INSERT INTO members (tenant_id, id, name, email, scopes, created_at) VALUES ($1, $2, 'old', $2, '{}', now())`,
    [tenant, id],
  );
}

async function rename(sql: Sql, tenant: TenantId, id: string, name: string): Promise<void> {
  await sql.query('UPDATE members SET name = $3 WHERE tenant_id = $1 AND id = $2', [tenant, id, name]);
}

const missing = postgresMissing();
const suite = missing === null ? describe : (name: string, _: () => void) => suiteWithout(name, missing);

suite('a catalog that several processes share in PostgreSQL', () => {
  let postgres: TestPostgres;
  let server: PostgresServer;
  let migrations: readonly Migration[];
  const opened: PostgresCatalog[] = [];

  async function open(options: PostgresCatalogOptions = {}, at = server): Promise<PostgresCatalog> {
    const catalog = await PostgresCatalog.open(at, migrations, options);
    opened.push(catalog);
    return catalog;
  }

  beforeAll(async () => {
    postgres = await startPostgres();
    server = parsePostgresUrl(postgres.url, 'a test');
    migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
    const catalog = await open();
    await addTenant(catalog, A);
    await addTenant(catalog, B);
  });

  afterAll(async () => {
    for (const catalog of opened) await catalog.close();
    await postgres.stop();
  });

  describe('when it is opened', () => {
    it('is brought up to date once by four that start together', async () => {
      const at = parsePostgresUrl(await postgres.addDatabase('together'), 'a test');
      const four = await Promise.all([1, 2, 3, 4].map(() => open({}, at)));
      const rows = await Promise.all(
        four.map((catalog) =>
          catalog.asPlatform((sql) => sql.query('SELECT count(*) AS tables FROM pg_policies')),
        ),
      );
      expect(new Set(rows.map(([row]) => row?.tables)).size).toBe(1);
      expect(Number(rows[0]?.[0]?.tables)).toBeGreaterThan(10);
    });

    it('says which server it waits for and why, goes on, and can be told to stop', async () => {
      const at = parsePostgresUrl(postgres.url.replace('/catalog', '/later'), 'a test');
      const reasons: string[] = [];
      const stopped = new AbortController();
      const waiting = PostgresCatalog.open(at, migrations, {
        signal: stopped.signal,
        onWaiting: (error, attempt) => {
          reasons.push(error.message);
          if (attempt === 3) stopped.abort(new Error('no longer'));
        },
      });
      await expect(waiting).rejects.toThrow();
      expect(reasons).toHaveLength(3);
      expect(reasons[0]).toContain(`postgresql://127.0.0.1:${postgres.port}/later cannot be reached: 3D000`);
      expect(reasons.join()).not.toContain('secret');
      const there = await open(
        {
          onWaiting: (_, attempt) => {
            if (attempt === 1) void postgres.addDatabase('later');
          },
        },
        at,
      );
      await there.ping();
    });

    it('waits for whoever applies migrations, and for a server that is not there', async () => {
      const at = parsePostgresUrl('postgresql://app:secret@127.0.0.1:1/catalog', 'a test');
      const signal = AbortSignal.timeout(300);
      const reasons: string[] = [];
      const waiting = PostgresCatalog.open(at, migrations, {
        signal,
        onWaiting: ({ message }) => reasons.push(message),
      });
      await expect(waiting).rejects.toThrow();
      expect(reasons[0]).toContain('ECONNREFUSED');
    });

    it('is refused for a user whom row-level security does not bind', async () => {
      await postgres.asSuperuser(`CREATE ROLE above LOGIN SUPERUSER PASSWORD 'secret'`);
      const at = parsePostgresUrl(postgres.url.replace('app:', 'above:'), 'a test');
      expect(await codeOf(open({}, at))).toBe('CATALOG_UNSUITED');
    });

    it('is refused where a newer version has been, and keeps what that one made', async () => {
      const at = parsePostgresUrl(await postgres.addDatabase('newer'), 'a test');
      const running = await open({}, at);
      const more: Migration = {
        number: migrations.length + 1,
        name: '9999-more',
        sql: 'CREATE TABLE more (id INTEGER)',
        checksum: 'c',
      };
      const newer = await PostgresCatalog.open(at, [...migrations, more]);
      await newer.close();
      expect(await codeOf(open({}, at))).toBe('MIGRATION_UNKNOWN');
      // One that runs goes on.
      await running.asPlatform((sql) => sql.query('SELECT 1'));
    });
  });

  describe('transactions', () => {
    it('take turns at a row whichever process they come from', async () => {
      const two = [await open(), await open()] as const;
      await two[0].asTenant(A, (sql) => setProjection(sql, A, 0));
      const increment = (n: number): Promise<void> =>
        (two[n % 2] as PostgresCatalog).asTenant(A, async (sql) => {
          const select = 'SELECT next_effect FROM projections WHERE tenant_id = $1 FOR UPDATE';
          const rows = await sql.query(select, [A]);
          await setProjection(sql, A, Number(rows[0]?.next_effect) + 1);
        });
      await Promise.all(Array.from({ length: 40 }, (_, n) => increment(n)));
      expect(await projection(two[1], A)).toBe(40);
    });

    it('that stand in each other’s way are both done, one of them twice', async () => {
      const catalog = await open();
      await catalog.asTenant(A, async (sql) => {
        await addMember(sql, A, 'x');
        await addMember(sql, A, 'y');
      });
      let runs = 0;
      const held = { x: new Gate(), y: new Gate() };
      const cross = (first: 'x' | 'y', second: 'x' | 'y'): Promise<void> =>
        catalog.asTenant(A, async (sql) => {
          runs++;
          await rename(sql, A, first, `by ${first}`);
          held[first].open();
          await held[second].opened;
          await rename(sql, A, second, `by ${first}`);
        });
      await Promise.all([cross('x', 'y'), cross('y', 'x')]);
      expect(runs).toBe(3);
      const names = await catalog.asTenant(A, (sql) => sql.query('SELECT DISTINCT name FROM members'));
      expect(names).toHaveLength(1);
    });

    it('wait for a lock no longer than they may', async () => {
      const catalog = await open({ lockMs: 100 });
      const done = new Gate();
      const locked = new Gate();
      const first = catalog.asTenant(A, async (sql) => {
        await setProjection(sql, A, 1);
        locked.open();
        await done.opened;
      });
      await locked.opened;
      expect(await codeOf(catalog.asTenant(A, (sql) => setProjection(sql, A, 2)))).toBe('CATALOG_TIMEOUT');
      done.open();
      await first;
      expect(await projection(catalog, A)).toBe(1);
    });

    it('end where a statement or the whole takes too long, and nothing of them is kept', async () => {
      const catalog = await open({ statementMs: 200, transactionMs: 400 });
      const slow = catalog.asTenant(A, async (sql) => {
        await setProjection(sql, A, 7);
        await sql.query('SELECT pg_sleep(60)');
      });
      expect(await codeOf(slow)).toBe('CATALOG_TIMEOUT');
      const idle = catalog.asTenant(A, async (sql) => {
        await setProjection(sql, A, 8);
        await new Gate().opened;
      });
      expect(await codeOf(idle)).toBe('CATALOG_TIMEOUT');
      expect(await projection(catalog, A)).toBe(1);
    });

    it('of one tenant leave connections to others', async () => {
      const catalog = await open({ connectionsMax: 2 });
      const done = new Gate();
      const first = Array.from({ length: 5 }, () => catalog.asTenant(A, () => done.opened));
      expect(await projection(catalog, B)).toBeUndefined();
      done.open();
      await Promise.all(first);
    });

    it('take one statement at a time, which cannot lay down the role', async () => {
      const catalog = await open();
      const statements = ['RESET ROLE', 'SELECT 1; RESET ROLE', 'COMMIT'];
      for (const text of statements) {
        await expect(catalog.asTenant(A, (sql) => sql.query(text))).rejects.toThrow();
      }
    });
  });

  describe('a server that is lost', () => {
    it('in mid-transaction undoes it; the transaction is done again once the server is back', async () => {
      const catalog = await open();
      await catalog.asTenant(A, (sql) => setProjection(sql, A, 1));
      let runs = 0;
      await catalog.asTenant(A, async (sql) => {
        await setProjection(sql, A, 100 + runs);
        if (runs++ > 0) return;
        await postgres.end('SIGKILL');
        await postgres.startAgain();
        await sql.query('SELECT 1').catch(() => undefined);
      });
      expect(runs).toBe(2);
      expect(await projection(catalog, A)).toBe(101);
    });

    it('is told as such while it is away, and is found again', async () => {
      const lost: string[] = [];
      const catalog = await open({ onLost: (error) => lost.push(error.code) });
      await catalog.ping();
      await postgres.end();
      expect(await codeOf(catalog.asTenant(A, (sql) => setProjection(sql, A, 5)))).toBe(
        'CATALOG_UNAVAILABLE',
      );
      expect(await codeOf(catalog.ping())).toBe('CATALOG_UNAVAILABLE');
      expect(lost).toContain('CATALOG_UNAVAILABLE');
      await postgres.startAgain();
      await catalog.asTenant(A, (sql) => setProjection(sql, A, 6));
      expect(await projection(catalog, A)).toBe(6);
    });

    it('while it commits leaves it open what became of it, and is not asked again', async () => {
      const catalog = await open();
      let runs = 0;
      // A trigger that is due at the commit keeps it waiting.
      await postgres.asSuperuser(`
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER waits AFTER UPDATE ON projections DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (NEW.next_effect = 999) EXECUTE FUNCTION wait()`);
      const attempt = codeOf(
        catalog.asTenant(A, (sql) => {
          runs++;
          return setProjection(sql, A, 999);
        }),
      );
      for (;;) {
        const rows = await postgres.asSuperuser(
          `SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'`,
        );
        if (rows.length > 0) break;
      }
      await postgres.end('SIGKILL');
      expect(await attempt).toBe('CATALOG_OUTCOME_UNKNOWN');
      expect(runs).toBe(1);
      await postgres.startAgain();
      expect(await projection(catalog, A)).toBe(6);
    });
  });
});
