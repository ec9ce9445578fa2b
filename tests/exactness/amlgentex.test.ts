import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { scoreRings } from '../../main/demo/score-rings.ts';
import { readTransferLabels } from '../../main/demo/transfer-labels.ts';
import { inTemporaryFolder, REPOSITORY, runRules } from '../tools/spawn-ringwatch.ts';
import { countByLength, writeCycleRules } from './cycle-rules.ts';

const EXAMPLE = path.join(REPOSITORY, 'examples/anti-cashout');
const RULES = path.join(EXAMPLE, 'rules.sql');
const TRANSFERS = path.join(EXAMPLE, 'data/transfers.csv');
const REFERENCE = path.join(import.meta.dirname, 'data/amlgentex/cycles.txt');

const labels = readTransferLabels(readFileSync(TRANSFERS, 'utf8'));
jest.setTimeout(120_000);

describe('rings of the anti-cashout example', () => {
  it('are those of the reference, transfer by transfer, each once, and hold 40 of 40 planted cycles', async () => {
    const { alerts, report } = await inTemporaryFolder((folder) =>
      runRules(folder, RULES, { transfers: TRANSFERS }),
    );
    const rings = alerts.flatMap((alert) => alert.paths.map((ring) => ring.edges.join(',')));
    const expected = readFileSync(REFERENCE, 'utf8').trim().split('\n');
    expect([...rings].sort()).toEqual([...expected].sort());
    expect(report).toMatchObject({ events: 30_645, accepted: 30_645, alerts: 274, rejected: {}, late: 0 });
    expect(scoreRings(alerts, labels).caught.size).toBe(40);
  });

  it('are found as well by a rule that walks to both sides of the transfer at hand, over few edges', async () => {
    const anchored = readFileSync(RULES, 'utf8').replace(
      /MATCH p = [^;]*?ASCENDING BY at WITHIN INTERVAL '40 days'\s+RETURN [^\n]*/,
      `MATCH p = SIMPLE (a:Account)-[e:TRANSFER]->{0,5}(x:Account)-[cur:TRANSFER WHERE cur.tx = $tx]->(y:Account)
         -[f:TRANSFER]->{0,5}(a) ASCENDING BY at WITHIN INTERVAL '40 days'
       FILTER path_length(p) >= 3 AND path_length(p) <= 6 RETURN p`,
    );
    await inTemporaryFolder(async (folder) => {
      const rules = path.join(folder, 'rules.sql');
      writeFileSync(rules, anchored);
      const { alerts, report } = await runRules(folder, rules, { transfers: TRANSFERS });
      const rings = alerts.flatMap((alert) => alert.paths.map((ring) => ring.edges.join(',')));
      expect([...rings].sort()).toEqual(readFileSync(REFERENCE, 'utf8').trim().split('\n').sort());
      expect(report.rules.cash_out_ring?.edgesVisited).toBeLessThan(10 * 30_645);
    });
  });

  it('hold 39 planted cycles when one transfer of one of them is missing', async () => {
    const [id, members] = [...labels.cycles][0] ?? ['', new Set<string>()];
    const missing = [...members][1] ?? '';
    const lines = readFileSync(TRANSFERS, 'utf8').split('\n');
    const kept = lines.filter((line) => !line.startsWith(`${missing},`));
    expect(kept).toHaveLength(lines.length - 1);
    await inTemporaryFolder(async (folder) => {
      const transfers = path.join(folder, 'transfers.csv');
      writeFileSync(transfers, kept.join('\n'));
      const { alerts } = await runRules(folder, RULES, { transfers });
      const { caught } = scoreRings(alerts, labels);
      expect(caught.size).toBe(39);
      expect(caught.has(id)).toBe(false);
    });
  });

  it('of lengths 2 to 6 within 14 days are as many as the reference counts', async () => {
    await inTemporaryFolder(async (folder) => {
      const rules = writeCycleRules(folder, [2, 6], '14 days');
      const transfers = path.join(folder, 'transfers.csv');
      writeFileSync(transfers, readFileSync(TRANSFERS, 'utf8').replace(/^tx,/, 'id,'));
      const { alerts } = await runRules(folder, rules, { transfers });
      const rings = alerts.flatMap((alert) => alert.paths.map((ring) => ring.edges));
      expect(countByLength(rings)).toEqual({ 2: 2568, 3: 65, 4: 10, 5: 6, 6: 2 });
    });
  });
});
