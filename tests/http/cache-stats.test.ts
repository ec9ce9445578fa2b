import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesByPart } from '../../core/cache-sizes.ts';
import { type CacheStats, readableStats, readCacheStats } from '../../main/cache/cache-stats.ts';
import { runRules } from '../tools/spawn-ringwatch.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const RULES = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account PROPERTIES ALL COLUMNS)
  EDGE TABLES (transfers KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER PROPERTIES (id, amount, at));
`;

function lines(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, n) =>
      `t${n},a${n % 50},a${(3 * n + 1) % 50},${n}.50,2026-01-01T00:${String(Math.floor(n / 60) % 60).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z`,
  );
  return `id,payer,payee,amount,at\n${rows.join('\n')}\n`;
}

describe('ringwatch cache stats', () => {
  let service: TestService;
  let bank: TestTenant;
  let other: TestTenant;

  beforeAll(async () => {
    service = await startTestService();
    bank = await service.addTenant('bank', RULES);
    other = await service.addTenant('other', RULES.replaceAll('flow', 'elsewhere'));
    const response = await fetch(`${service.address}/v1/sources/transfers/events?wait=applied`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await bank.key(['ingest'])}`, 'content-type': 'text/csv' },
      body: lines(500),
    });
    expect(response.status).toBe(200);
  });

  afterAll(() => service.end());

  const ask = async (tenant: TestTenant, graph: string): Promise<CacheStats> =>
    readCacheStats(
      { kind: 'service', url: `${service.address}/`, token: await tenant.key(['query']), tenant: null },
      graph,
    );

  it('asks a service, and every byte is in one row', async () => {
    const stats = await ask(bank, 'flow');
    expect(stats).toMatchObject({ graph: 'flow', edges: 500, vertices: 50 });
    const parts = bytesByPart(stats.rows);
    expect(stats.parts).toEqual(parts);
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(stats.bytes);
    expect(stats.bitsPerEdge).toBeCloseTo((8 * stats.bytes) / 500, 6);
    expect(stats.rawBytes).toBeGreaterThan(500 * 25);
    const text = readableStats(stats).join('\n');
    expect(text).toMatch(/edges +500\n/);
    expect(text).toMatch(/transfers +delta +lists/);
  });

  it("tells what the engine's own count tells", async () => {
    const own = await bank.engine.cacheSizes('flow');
    const { rows, bytes } = await ask(bank, 'flow');
    expect({ rows, bytes }).toEqual({ rows: own.rows, bytes: own.bytes });
  });

  it("does not know another tenant's graph view, nor one that there is not", async () => {
    await expect(ask(other, 'flow')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
    await expect(ask(bank, 'flwo')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
    await expect(bank.engine.cacheSizes('flwo')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
    expect(await ask(other, 'elsewhere')).toMatchObject({ edges: 0, bytesPerEdge: null, rawShare: null });
  });

  it('says what the service says of a key that may not', async () => {
    const token = await bank.key(['ingest']);
    const source = { kind: 'service', url: service.address, token, tenant: null } as const;
    await expect(readCacheStats(source, 'flow')).rejects.toMatchObject({
      code: 'SERVICE_REFUSED',
      details: { code: 'FORBIDDEN' },
    });
  });

  it('reads a data folder, which tells the same of the same rows', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-stats-'));
    try {
      const state = path.join(folder, 'state');
      const [rules, input] = [path.join(folder, 'rules.sql'), path.join(folder, 'transfers.csv')];
      await writeFile(rules, RULES);
      await writeFile(input, lines(500));
      await runRules(folder, rules, { transfers: input }, ['--data', state]);
      const stats = await readCacheStats({ kind: 'folder', folder: state }, 'flow');
      expect(stats).toMatchObject({ edges: 500, vertices: 50, rawBytes: (await ask(bank, 'flow')).rawBytes });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
