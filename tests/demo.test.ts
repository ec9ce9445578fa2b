import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { inTemporaryFolder, spawnRingwatch } from './tools/spawn-ringwatch.ts';

jest.setTimeout(180_000);

describe('ringwatch demo', () => {
  it('catches 40 of 40 planted cycles, refuses 102 applications, and draws a ring of each', async () => {
    await inTemporaryFolder(async (folder) => {
      const data = path.join(folder, 'data');
      const first = await spawnRingwatch(['demo', '--data', data]);
      expect(first).toMatchObject({ code: 0, signal: null });
      expect(first.stdout).toMatch(/planted cycles +40 of 40 caught/);
      expect(first.stdout).toMatch(/precision +40 of 336 rings \(11\.9 %\) are a planted cycle/);
      expect(first.stdout).toMatch(/refused +102 of 500 applications, for 177 circles/);
      expect(first.stdout).toMatch(/decisions +274 review, 30,371 approve, 0 refused/);
      expect(first.stdout).toMatch(/decision latency +p50 [\d.]+ ms, p99 [\d.]+ ms/);
      expect(first.stdout).toMatch(/◀─+┐/);
      for (const example of ['anti-cashout', 'guarantee-circles']) {
        const picture = path.join(data, example, 'ring.svg');
        expect(first.stdout).toContain(picture);
        expect(existsSync(picture)).toBe(true);
      }

      const asked = /npx ringwatch (query \S+ around account=\d+)/.exec(first.stdout)?.[1]?.split(' ') ?? [];
      const answer = await spawnRingwatch(asked);
      expect(answer).toMatchObject({ code: 0, stderr: '' });
      expect(answer.stdout).toMatch(/^\d+ rows$/m);
      expect(answer.stdout).not.toMatch(/^0 rows$/m);

      // Nothing is read twice, and what was said is said again.
      const alerts = readFileSync(path.join(data, 'anti-cashout/alerts.jsonl'), 'utf8');
      const second = await spawnRingwatch(['demo', '--data', data]);
      expect(second.code).toBe(0);
      expect(second.stdout).toMatch(/decision latency +nothing new was read/);
      expect(second.stdout).toMatch(/planted cycles +40 of 40 caught/);
      expect(readFileSync(path.join(data, 'anti-cashout/alerts.jsonl'), 'utf8')).toBe(alerts);
    });
  });
});
