import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGliteCatalog, type PGliteCatalogOptions } from '../../adapters/pglite/pglite-catalog.ts';
import { PostgresCatalog } from '../../adapters/postgres/postgres-catalog.ts';
import { parsePostgresUrl } from '../../adapters/postgres/postgres-server.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { startPostgres } from '../servers/postgres.ts';

const REPOSITORY = path.join(import.meta.dirname, '../..');

/** A catalog of a test's own. */
export interface TestCatalog {
  readonly catalog: Catalog;
  /** Holds `catalog/`, and has room for what a test puts beside it. */
  readonly folder: string;
  /** Closes the catalog, unless it is, and removes the folder. */
  remove(): Promise<void>;
}

/** A new catalog with all migrations. */
export async function openTestCatalog(options: PGliteCatalogOptions = {}): Promise<TestCatalog> {
  const migrations = await readMigrations(path.join(REPOSITORY, 'migrations'));
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-tenancy-'));
  return testCatalog(await PGliteCatalog.open(path.join(folder, 'catalog'), migrations, options), folder);
}

/** The same in a PostgreSQL server of the test's own: see postgresMissing. */
export async function openPostgresCatalog(): Promise<TestCatalog> {
  const migrations = await readMigrations(path.join(REPOSITORY, 'migrations'));
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-tenancy-'));
  const server = await startPostgres();
  const catalog = await PostgresCatalog.open(parsePostgresUrl(server.url, 'a test'), migrations);
  return testCatalog(catalog, folder, () => server.stop());
}

function testCatalog(catalog: Catalog, folder: string, stop?: () => Promise<void>): TestCatalog {
  return {
    catalog,
    folder,
    remove: async () => {
      await catalog.close();
      await stop?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
