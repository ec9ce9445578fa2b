import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { PostgresCatalog } from '../../adapters/postgres/postgres-catalog.ts';
import { parsePostgresUrl } from '../../adapters/postgres/postgres-server.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import { postgresMissing, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { suiteWithout } from '../servers/suite-without.ts';
import { codeOf } from '../tenancy/test-tenancy.ts';

const missing = postgresMissing();
const suite = missing === null ? describe : (name: string, _: () => void) => suiteWithout(name, missing);

suite('a catalog in PostgreSQL that one process has to itself', () => {
  let postgres: TestPostgres;
  const opened: PostgresCatalog[] = [];

  async function open(use: 'alone' | 'shared', inUseMs = 0): Promise<PostgresCatalog> {
    const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
    const server = parsePostgresUrl(postgres.url, 'a test');
    const catalog = await PostgresCatalog.open(server, migrations, { use, inUseMs });
    opened.push(catalog);
    return catalog;
  }

  const codeOfUse = (catalog: PostgresCatalog): Promise<string> =>
    codeOf(catalog.asPlatform((sql) => sql.query('SELECT id FROM tenants')));

  /** Ends the sessions that have the lock, as where their connections break. */
  const endSessions = (): Promise<unknown> =>
    postgres.asSuperuser(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted`,
    );

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterEach(async () => {
    for (const catalog of opened.splice(0)) await catalog.close();
  });

  afterAll(() => postgres.stop());

  it('is refused to others, also to those that would share it, until it is closed', async () => {
    const first = await open('alone');
    for (const use of ['alone', 'shared'] as const) expect(await codeOf(open(use))).toBe('CATALOG_IN_USE');
    const waiting = open('alone', 60_000);
    await first.close();
    expect(await codeOfUse(await waiting)).toBe('none');
  });

  it('is shared by those that want to, and refused meanwhile to who wants it alone', async () => {
    const [one, two] = [await open('shared'), await open('shared')];
    expect(await codeOf(open('alone'))).toBe('CATALOG_IN_USE');
    await one.close();
    expect(await codeOf(open('alone'))).toBe('CATALOG_IN_USE');
    await two.close();
    expect(await codeOfUse(await open('alone'))).toBe('none');
  });

  it('is kept by a process whose session was lost', async () => {
    const first = await open('alone');
    await endSessions();
    const held = `SELECT count(*)::integer AS held FROM pg_locks WHERE locktype = 'advisory' AND granted`;
    while ((await postgres.asSuperuser(held))[0]?.held !== 1) await sleep(10);
    expect(await codeOf(open('alone'))).toBe('CATALOG_IN_USE');
    expect(await codeOfUse(first)).toBe('none');
  });

  it('is lost to another that came first when all sessions were lost, and nothing is written any more', async () => {
    const first = await open('alone');
    const second = open('alone', 60_000);
    let whoHas: PostgresCatalog | null = null;
    void second.then((catalog) => {
      whoHas = catalog;
    });
    // Either may come first; the one that waits does in the end.
    while (whoHas === null) {
      await endSessions();
      await sleep(20);
    }
    while ((await codeOfUse(first)) !== 'CATALOG_IN_USE') await sleep(20);
    expect(await codeOfUse(await second)).toBe('none');
  });
});
