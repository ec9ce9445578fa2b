import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgresMissing, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { suiteWithout } from '../servers/suite-without.ts';
import { freePort } from '../servers/free-port.ts';
import { inTemporaryFolder, REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { CSV, JSON_TYPE, send } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const DEFINITIONS = `CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT, amount INTEGER);
CREATE DECISION payment ON transfers OUTCOMES (deny, approve) DEFAULT approve FALLBACK deny DEADLINE 60 SECONDS;
CREATE RULE large ON transfers WHEN amount > 1000 DO ALERT 'Large' SEVERITY LOW KEY (tx), DECIDE deny;`;

const missing = postgresMissing();

if (missing !== null) suiteWithout('the service on a PostgreSQL catalog', missing);
else {
  describe('the service on a PostgreSQL catalog', () => {
    let postgres: TestPostgres;
    let service: TestService;
    let tenant: TestTenant;
    let key: string;

    beforeAll(async () => {
      postgres = await startPostgres();
      service = await startTestService({ RINGWATCH_CATALOG: postgres.url });
      tenant = await service.addTenant('bank', DEFINITIONS);
      key = await tenant.key(['ingest', 'decide', 'alerts']);
    });
    afterAll(async () => {
      await service.end();
      await postgres.stop();
    });

    const ingest = (tx: string, amount: number) =>
      send(service.address, '/v1/sources/transfers/events?wait=applied', {
        token: key,
        headers: CSV,
        body: `tx,payer,amount\n${tx},p,${amount}\n`,
      });
    const alertKeys = async (): Promise<string[]> => {
      const rows = await postgres.asSuperuser('SELECT line FROM alerts ORDER BY position');
      return rows.map((row) => (JSON.parse(String(row.line)) as { key: { tx: string } }).key.tx);
    };
    const alertsCome = async (count: number): Promise<string[]> => {
      for (let n = 0; n < 400; n++) {
        const found = await alertKeys().catch(() => []);
        if (found.length >= count) return found;
        await pause(50);
      }
      return alertKeys();
    };

    it('keeps alerts there', async () => {
      expect((await ingest('a', 5000)).status).toBe(200);
      expect(await alertsCome(1)).toEqual(['a']);
    });

    it('takes events and decides while the server is down, says what is missing, and catches up', async () => {
      await postgres.end('SIGQUIT');
      expect((await ingest('b', 6000)).status).toBe(200);
      const decided = await send(service.address, '/v1/sources/transfers/decide', {
        token: key,
        headers: JSON_TYPE,
        body: JSON.stringify({ tx: 'c', payer: 'q', amount: 7000 }),
      });
      expect([decided.status, JSON.parse(decided.text)]).toEqual([
        200,
        expect.objectContaining({ outcome: 'deny' }),
      ]);
      let parts: { name: string; state: string }[] = [];
      for (let n = 0; n < 100 && parts.find(({ name }) => name === 'catalog')?.state !== 'DOWN'; n++) {
        parts = (
          JSON.parse((await send(service.address, '/readyz', { method: 'GET' })).text) as {
            parts: typeof parts;
          }
        ).parts;
        await pause(50);
      }
      expect(parts).toContainEqual(expect.objectContaining({ name: 'catalog', state: 'DOWN' }));
      const asked = await send(service.address, '/graphql', {
        token: key,
        headers: JSON_TYPE,
        body: '{"query":"{ alerts(first: 1) { totalCount } }"}',
      });
      expect(asked.text).toContain('CATALOG_UNAVAILABLE');
      await postgres.startAgain();
      expect((await ingest('d', 8000)).status).toBe(200);
      expect(await alertsCome(4)).toEqual(['a', 'b', 'c', 'd']);
    });
  });
}

describe('a service whose catalog is not there', () => {
  it('says which server it waits for, and ends at a signal', async () => {
    await inTemporaryFolder(async (folder) => {
      const port = await freePort();
      const args = ['serve', '--data', path.join(folder, 'data'), '--port', '0'];
      const child = spawn(process.execPath, [path.join(REPOSITORY, 'bin/ringwatch.mjs'), ...args], {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          RINGWATCH_CATALOG: `postgresql://app:of-no-use@127.0.0.1:${port}/catalog`,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      for (let n = 0; n < 600 && !said.includes('waits for the catalog'); n++) await pause(50);
      child.kill('SIGTERM');
      const [code] = await once(child, 'close');
      expect(said).toContain(`postgresql://127.0.0.1:${port}/catalog`);
      expect(said).not.toContain('of-no-use');
      expect(code).toBe(0);
    });
  });
});
