import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readMigrations } from '../sql/migrations.ts';
import { NEW_CATALOGS, newCatalogOf } from './new-catalog.ts';
import { openPGlite } from './open-pglite.ts';

// Run by the build: makes the database that catalogs begin as, where the one that is there has other migrations.
const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
const folder = newCatalogOf(migrations);
if (!existsSync(folder)) {
  await mkdir(NEW_CATALOGS, { recursive: true });
  const making = await mkdtemp(path.join(NEW_CATALOGS, 'making-'));
  const database = await openPGlite(making, migrations);
  await database.close();
  const entries = await readdir(path.join(making, 'pgdata'), { recursive: true, withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.relative(path.join(making, 'pgdata'), path.join(entry.parentPath, entry.name)));
  await writeFile(path.join(making, 'folders.json'), JSON.stringify(folders.sort()));
  // Where another build was faster, its catalog is as good.
  await rename(making, folder).catch(() => rm(making, { recursive: true, force: true }));
  for (const other of await readdir(NEW_CATALOGS)) {
    if (other === path.basename(folder) || other.startsWith('making-')) continue;
    await rm(path.join(NEW_CATALOGS, other), { recursive: true, force: true });
  }
}
