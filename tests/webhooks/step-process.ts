import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pino from 'pino';
import { PGliteCatalog } from '../../adapters/pglite/pglite-catalog.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import type { Catalog, Sql } from '../../core/ports/catalog.ts';
import type { MessageSender } from '../../core/ports/message-sender.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { readConfig } from '../../main/config.ts';
import { EMBEDDED_PARTS, type EmbeddedService, openEmbedded } from '../../main/embedded.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { PAYMENTS, until } from './test-webhooks.ts';

/**
 * The whole service as a process that sends webhooks: `step-process FOLDER RECEIVER KILL_AT`. It goes on with what a killed one left,
 * takes five payments more (EVENTS), waits until every alert of all lives is delivered, and stops. At step KILL_AT (from 1; 0: never)
 * it kills itself. Steps are those that alerts and messages go through: before and after each transaction of the catalog that
 * touches them, before each of its statements and before it is committed, and before and after a message is sent.
 *
 * On the disk: FOLDER/secrets.json (by name of the endpoint). On standard output a line for each step, `step N WHAT`, `paid` once its
 * payments are acknowledged, and in the end `done PAYMENTS`, how many the log has.
 */
const [folder = '', receiver = '', killAt = '0'] = process.argv.slice(2);
const AMOUNTS = [5000, 1, 13, 7, 5000];
/** Statements on what is sent, and on what it is about. */
const OF_DELIVERY = /\b(projections|alerts|deliveries|delivery_attempts|webhook_endpoints)\b/;

/** A busy machine is no fault of the catalog. */
const PATIENCE = { statementMs: 120_000, transactionMs: 240_000 };

let steps = 0;

function step(what: string): void {
  steps++;
  process.stdout.write(`step ${steps} ${what}\n`);
  if (steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
}

/** Transactions whose first statement is of delivery have steps. */
function steppedCatalog(catalog: Catalog): Catalog {
  const stepped = async <T>(
    begin: (work: (sql: Sql) => Promise<T>) => Promise<T>,
    work: (sql: Sql) => Promise<T>,
  ): Promise<T> => {
    let counts = false;
    const answer = await begin(async (sql) => {
      const done = await work({
        query: (text, parameters) => {
          counts ||= OF_DELIVERY.test(text);
          if (counts) step(`statement ${text.trim().replace(/\s+/g, ' ').slice(0, 60)}`);
          return sql.query(text, parameters);
        },
      });
      if (counts) step('before the commit');
      return done;
    });
    if (counts) step('after the commit');
    return answer;
  };
  return {
    asTenant: (tenant, work) => stepped((inner) => catalog.asTenant(tenant, inner), work),
    asPlatform: (work) => stepped((inner) => catalog.asPlatform(inner), work),
    close: () => catalog.close(),
  };
}

function steppedSender(sender: MessageSender): MessageSender {
  return {
    send: async (message) => {
      step('before a message is sent');
      const answer = await sender.send(message);
      step('after a message was sent');
      return answer;
    },
    check: (url) => sender.check(url),
    close: () => sender.close(),
  };
}

/** The catalog without steps, to look at what has become of messages. */
let plainCatalog: Catalog | null = null;

async function open(): Promise<EmbeddedService> {
  const flags = { positionals: [], has: () => false, value: () => null, values: () => [] };
  const { config } = readConfig(flags, {
    RINGWATCH_DATA: path.join(folder, 'data'),
    RINGWATCH_PORT: '0',
    RINGWATCH_WEBHOOK_ALLOW: '127.0.0.1',
  });
  return await openEmbedded(config, pino({ level: 'silent' }), {
    ...EMBEDDED_PARTS,
    openCatalog: async ({ data }) => {
      const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
      plainCatalog = await PGliteCatalog.open(path.join(data, 'catalog'), migrations, PATIENCE);
      return steppedCatalog(plainCatalog);
    },
    createSender: (one) => steppedSender(EMBEDDED_PARTS.createSender(one)),
  });
}

/** The tenant, made at the first life with one endpoint that rules name and one that gets all alerts. */
async function tenantOf(service: EmbeddedService): Promise<TenantStores> {
  const operator = await service.tenants.authenticate(service.adminToken ?? '');
  const [known] = await service.tenants.listTenants(operator.principal);
  if (known !== undefined) return await service.tenants.bind(operator, known.id);
  const { id } = await service.tenants.createTenant(operator.principal, { slug: 'bank', name: 'Bank' });
  await service.engines.engine(id).publish(PAYMENTS, { allowDrop: false });
  const stores = await service.tenants.bind(operator, id);
  const secrets: Record<string, string> = {};
  for (const [name, rules] of [
    ['desk', null],
    ['all', []],
  ] as const) {
    const url = `${receiver}/${name}`;
    const made = await stores.endpoints?.create({ name, url, description: null, rules });
    secrets[name] = made?.secret ?? '';
  }
  writeFileSync(path.join(folder, 'secrets.json'), JSON.stringify(secrets));
  return stores;
}

/** Sends payments as a client does; the key of each tells it from all others. */
async function pay(service: EmbeddedService, stores: TenantStores, life: number): Promise<void> {
  const { token } = await stores.keys.create({ name: `life ${life}`, scopes: ['ingest'], expiresAt: null });
  const rows = AMOUNTS.map((amount, n) => JSON.stringify({ id: `life${life}-${n}`, amount }));
  const answer = await fetch(`${service.address}/v1/sources/payments/events?wait=applied`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: rows.join('\n'),
  });
  if (answer.status !== 200) throw new Error(`payments were answered with ${answer.status}`);
}

/** Until effects are projected and nothing waits to be sent. */
async function delivered(service: EmbeddedService, tenant: TenantId): Promise<void> {
  await until(async () => {
    const { effects } = await service.engines.engine(tenant).describe();
    if (effects.acknowledged < effects.end) return false;
    const pending = "SELECT count(*) AS pending FROM deliveries WHERE state = 'pending'";
    const rows = await plainCatalog?.asTenant(tenant, (sql) => sql.query(pending));
    return Number(rows?.[0]?.pending) === 0;
  });
}

const lives = path.join(folder, 'lives');
const life = existsSync(lives) ? Number(readFileSync(lives, 'utf8')) + 1 : 1;
const service = await open();
const stores = await tenantOf(service);
writeFileSync(lives, String(life));
await pay(service, stores, life);
process.stdout.write('paid\n');
await delivered(service, stores.id);
const { counters } = await service.engines.engine(stores.id).describe();
await service.close();
process.stdout.write(`done ${counters.accepted}\n`);
