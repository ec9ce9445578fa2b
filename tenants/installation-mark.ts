import { RingwatchError } from '../core/errors.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { InstallationKeys } from './installation-keys.ts';

/**
 * Compares the installation's keys with those that the catalog was first used with, which are noted at the first call: with others
 * nothing that it keeps sealed could be read. Throws SECRET_KEY_DIFFERS.
 */
export async function checkInstallation(catalog: Catalog, keys: InstallationKeys): Promise<void> {
  const mark = keys.mark('the catalog of this installation');
  const rows = await catalog.asPlatform(async (sql) => {
    await sql.query('INSERT INTO installation (key_mark) VALUES ($1) ON CONFLICT DO NOTHING', [mark]);
    return await sql.query('SELECT key_mark FROM installation');
  });
  if (rows[0]?.key_mark !== mark) throw new RingwatchError('SECRET_KEY_DIFFERS');
}
