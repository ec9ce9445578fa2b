import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadModule } from '../../core/thread-module.ts';
import type { Migration } from '../sql/migrations.ts';

/**
 * Holds new catalogs, each in a folder named after its migrations: `pgdata/`, and `folders.json`, the paths of its folders,
 * since packages leave out empty ones. Made by the build: see build-new-catalog.ts.
 */
export const NEW_CATALOGS = path.resolve(
  path.dirname(fileURLToPath(threadModule(new URL('./catalog.thread.ts', import.meta.url)))),
  '../../new-catalog',
);

/**
 * The folder of a database that holds these migrations and no row, which a catalog begins as a copy of: to make one takes
 * PostgreSQL ten seconds of a core, to copy one a twentieth of that. It need not be there.
 */
export function newCatalogOf(migrations: readonly Migration[]): string {
  const shape = createHash('sha256').update(migrations.map(({ checksum }) => checksum).join());
  return path.join(NEW_CATALOGS, shape.digest('hex').slice(0, 16));
}
