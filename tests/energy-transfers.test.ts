import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inTemporaryFolder, REPOSITORY, runRules, spawnRingwatch } from './tools/spawn-ringwatch.ts';

const EXAMPLE = path.join(REPOSITORY, 'examples/energy-transfers');
const file = (name: string) => path.join(EXAMPLE, 'data', `${name}.csv`);

describe('examples/energy-transfers', () => {
  it('leaves everybody with what its README says, and plants one tree', async () => {
    await inTemporaryFolder(async (folder) => {
      const data = path.join(folder, 'data');
      const names = ['holders', 'friendships', 'growers', 'collects', 'waterings'];
      const inputs = Object.fromEntries(names.map((name) => [name, file(name)]));
      const { alerts, report } = await runRules(folder, path.join(EXAMPLE, 'rules.sql'), inputs, [
        '--data',
        data,
      ]);
      expect(alerts.map(({ rule, key }) => ({ rule, key }))).toEqual([
        { rule: 'planted', key: { id: 'oak', energy: '105' } },
      ]);
      expect([report.duplicates, report.late]).toEqual([2, 1]);
      const { stdout } = await spawnRingwatch(['query', data, 'balances', '--json']);
      const { rows } = JSON.parse(stdout) as { rows: { id: string; energy: number }[] };
      expect(Object.fromEntries(rows.map(({ id, energy }) => [id, energy]))).toEqual({
        ann: 15,
        ben: 0,
        cho: 5,
        dee: 45,
        eli: 35,
        oak: 105,
        saxaul: 95,
      });
      expect(rows.reduce((sum, { energy }) => sum + energy, 0)).toBe(300);
    });
  });
});
