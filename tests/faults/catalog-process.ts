import { writeSync } from 'node:fs';
import path from 'node:path';
import { PGliteCatalog } from '../../adapters/pglite/pglite-catalog.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';

/**
 * A process that writes into a catalog: `catalog-process FOLDER TRANSACTIONS [early]`. Each transaction adds two rows that
 * belong together. It says on standard output, a line each and at once, `start TENANT`, `begin N`, `ack N` once transaction N
 * is acknowledged, and `done`. With `early` it says so before, as no catalog may: a test shows that it notices.
 */
const [folder = '', transactions = '1', mode = ''] = process.argv.slice(2);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function tenantOf(catalog: PGliteCatalog): Promise<TenantId> {
  const rows = await catalog.asPlatform((sql) => sql.query('SELECT id FROM tenants'));
  if (rows[0] !== undefined) return rows[0].id as TenantId;
  const id = newTenantId();
  const insert = `INSERT INTO tenants (id, slug, name, settings, created_at) VALUES ($1, 'one', 'one', '{}', now())`;
  await catalog.asPlatform((sql) => sql.query(insert, [id]));
  return id;
}

const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
const catalog = await PGliteCatalog.open(folder, migrations);
const tenant = await tenantOf(catalog);
const rows = await catalog.asTenant(tenant, (sql) =>
  sql.query('SELECT coalesce(max(effect), -1) AS last FROM alerts'),
);
say(`start ${tenant}`);

const first = Number(rows[0]?.last) + 1;
for (let n = first; n < first + Number(transactions); n++) {
  say(`begin ${n}`);
  if (mode === 'early') say(`ack ${n}`);
  await catalog.asTenant(tenant, async (sql) => {
    await sql.query(
      `INSERT INTO alerts (tenant_id, id, effect, rule, rule_version, severity, position, key, key_values, partial,
         after_deadline, line, raised_at, updated_at)
       VALUES ($1, $2, $3, 'r', 1, 'HIGH', $3, '{}', '{}', false, false, $4, now(), now())`,
      [tenant, `alert-${n}`, n, 'x'.repeat(2000)],
    );
    await sql.query(
      `INSERT INTO alert_comments (tenant_id, id, alert_id, author, text, created_at)
       VALUES ($1, $2, $3, '{}'::jsonb, 'c', now())`,
      [tenant, `comment-${n}`, `alert-${n}`],
    );
  });
  if (mode !== 'early') say(`ack ${n}`);
}
await catalog.close();
say('done');
