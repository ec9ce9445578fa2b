import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../core/frame.ts';
import type { EngineHost, QueryAnswer, TenantEngine } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { type SqlType, TEXT } from '../../core/types.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import {
  manyPayments,
  NOW_MICROS,
  PAYMENTS,
  paymentFrame,
  removeFolders,
  startWithTenant,
} from './host-case.ts';

const TEXT_OF_BOTH = `${PAYMENTS}
CREATE TABLE links (id TEXT PRIMARY KEY, a TEXT, b TEXT);
CREATE PROPERTY GRAPH web VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (links KEY (id) SOURCE KEY (a) REFERENCES accounts (id)
    DESTINATION KEY (b) REFERENCES accounts (id) LABEL LINK);
CREATE QUERY linked (account TEXT) AS USE web
  MATCH (a:Account WHERE a.id = $account)-[t:LINK]->(b:Account) RETURN b, t.id AS link ORDER BY link;
`;
const LINK: readonly SqlType[] = [TEXT, TEXT, TEXT];
const LINKS = 12_000;

function linkFrame(first: number, count: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = first; n < first + count; n++)
    writer.upsert('links', [`l${n}`, `a${n % 97}`, `a${(7 * n) % 89}`], LINK, NOW_MICROS);
  return writer.finish();
}

const linked = (engine: TenantEngine): Promise<QueryAnswer> =>
  engine.query({ query: { kind: 'saved', name: 'linked' }, parameters: { account: 'a5' } });

const coldBytes = async (engine: TenantEngine): Promise<number> =>
  (await engine.cacheSizes('web')).tables[0]?.coldBytes ?? 0;

describe('a segment that nobody reads, where memory is short', () => {
  let host: EngineHost | null = null;
  afterEach(async () => {
    await host?.close();
    host = null;
  });
  afterAll(removeFolders);

  /** A tenant with links and a quota that makes it near its limit; the folder of its cold segments. */
  async function start(): Promise<{ engine: TenantEngine; tenant: TenantId; folder: string; cold: string }> {
    const { tenant, folder, ...started } = await startWithTenant(
      { coldAfterMs: 0, tickMs: 50 },
      TEXT_OF_BOTH,
    );
    host = started.host;
    const engine = started.host.engine(tenant);
    for (let first = 0; first < LINKS; first += 1000)
      await (await engine.append(linkFrame(first, 1000), 1000)).applied();
    await (await engine.append(paymentFrame(manyPayments(0, 100)), 100)).applied();
    return { engine, tenant, folder, cold: path.join(folder, tenant, 'cold') };
  }

  /** Makes it near its limit, and waits until the segment of the links lies on disk. */
  async function untilCold(engine: TenantEngine, tenant: TenantId): Promise<void> {
    while (engine.memory === null) await setTimeout(5);
    host?.limitMemory(tenant, 1_000);
    while ((await coldBytes(engine)) === 0) await setTimeout(20);
    host?.limitMemory(tenant, null);
    while ((engine.memory?.short ?? null) !== null) await setTimeout(5);
  }

  it('goes to disk, gives its memory back, and comes back with the first look', async () => {
    const { engine, tenant, cold } = await start();
    const before = await linked(engine);
    expect(before.rows.length).toBeGreaterThan(100);
    await untilCold(engine, tenant);
    expect(readdirSync(cold).length).toBeGreaterThan(0);
    const { rows, edges } = await (host as EngineHost).engine(tenant).cacheSizes('web');
    expect(edges).toBe(LINKS);
    const inMemory = rows.filter(({ part, item }) => part === 'segment' && item !== 'dictionaries');
    expect(inMemory).toEqual([]);
    await (await engine.append(linkFrame(LINKS, 1), 1)).applied();
    const after = await linked(engine);
    expect(after.rows.length - before.rows.length).toBe(LINKS % 97 === 5 ? 1 : 0);
    expect(after.rows.slice(0, 50)).toEqual(before.rows.slice(0, 50));
    while ((await coldBytes(engine)) > 0) await setTimeout(20);
  });

  it('is made again from checkpoint and log where its file is damaged, and nothing is answered from it', async () => {
    const { engine, tenant, cold } = await start();
    const before = await linked(engine);
    const { position } = await engine.progress();
    await untilCold(engine, tenant);
    for (const name of readdirSync(cold)) {
      const file = path.join(cold, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0x55;
      bytes[60] = (bytes[60] as number) ^ 1;
      writeFileSync(file, bytes);
    }
    // The copy that answered before may stand still; what needs the segment says so.
    const append = engine.append(linkFrame(LINKS, 500), 500).then((appended) => appended.applied());
    await append.catch((error: unknown) => expect(error).toMatchObject({ retryable: true }));
    let after: QueryAnswer | null = null;
    while (after === null) {
      after = await linked(engine).catch((error: unknown) => {
        expect(error).toMatchObject({ retryable: true });
        return null;
      });
      if (after === null) await setTimeout(20);
    }
    expect((await engine.progress()).position).toBeGreaterThanOrEqual(position + 500);
    expect(after.rows).toEqual(expect.arrayContaining([...before.rows]));
    expect(host?.describe().tenants.map(({ phase }) => phase)).toEqual(['running']);
    expect(await coldBytes(engine)).toBe(0);
  });

  it('leaves nothing behind that a later start would read', async () => {
    const { engine, tenant, folder, cold } = await start();
    const before = await linked(engine);
    await untilCold(engine, tenant);
    await (host as EngineHost).close();
    expect(existsSync(cold)).toBe(false);
    // As a process that was killed leaves it.
    mkdirSync(cold);
    writeFileSync(path.join(cold, 'left'), 'over');
    host = startEnginesHere({ folder });
    const again = host.engine(tenant);
    expect((await linked(again)).rows).toEqual(before.rows);
    expect(existsSync(cold)).toBe(false);
  });
});
