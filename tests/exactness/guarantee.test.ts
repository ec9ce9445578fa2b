import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { AlertLine } from '../../main/alert-line.ts';
import { inTemporaryFolder, REPOSITORY, runRules, spawnRingwatch } from '../tools/spawn-ringwatch.ts';

const EXAMPLE = path.join(REPOSITORY, 'examples/guarantee-circles');
const RULES = path.join(EXAMPLE, 'rules.sql');
const ANSWERS = path.join(import.meta.dirname, 'data/guarantee-n2000');
const CHECKER = path.join(REPOSITORY, '../shared/reference/check.py');
const INPUTS = Object.fromEntries(
  ['companies', 'guarantees', 'applications'].map((name) => [name, path.join(EXAMPLE, `data/${name}.csv`)]),
);
jest.setTimeout(180_000);

interface Answer {
  readonly applicationId: number;
  readonly closes: boolean;
  readonly circles: readonly (readonly number[])[];
}

const answers = readFileSync(path.join(ANSWERS, 'answers_stream.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Answer);

/** Circles with their smallest member first, sorted: equal sets of circles are equal texts. */
function canonical(circles: readonly (readonly number[])[]): string[] {
  return circles
    .map((circle) => {
      const first = circle.indexOf(Math.min(...circle));
      return [...circle.slice(first), ...circle.slice(0, first)].join(',');
    })
    .sort();
}

function answersOf(alerts: readonly AlertLine[]): Map<number, Answer> {
  const given = new Map<number, Answer>();
  for (const alert of alerts) {
    const applicationId = Number(alert.values.id);
    const circles = alert.paths.map((circle) => circle.vertices.slice(0, -1).map(Number));
    given.set(applicationId, { applicationId, closes: true, circles });
  }
  return given;
}

describe('the guarantee-circles example', () => {
  it('refuses exactly the applications that close circles, with all their circles', async () => {
    await inTemporaryFolder(async (folder) => {
      const { alerts, report } = await runRules(folder, RULES, INPUTS);
      const given = answersOf(alerts);
      for (const answer of answers) {
        const got = given.get(answer.applicationId);
        expect([answer.applicationId, got !== undefined]).toEqual([answer.applicationId, answer.closes]);
        expect(canonical(got?.circles ?? [])).toEqual(canonical(answer.circles));
      }
      expect(alerts).toHaveLength(102);
      expect(report).toMatchObject({ refused: 102, alerts: 102, events: 2000 + 7234 + 500 });
      compareByChecker(folder, given);
    });
  });

  it('answers with all circles of a company at an instant', async () => {
    const file = JSON.parse(readFileSync(path.join(ANSWERS, 'answers_circles.json'), 'utf8')) as {
      instants: number[];
    };
    await inTemporaryFolder(async (folder) => {
      const data = path.join(folder, 'data');
      // The net as it was before the applications.
      await runRules(
        folder,
        RULES,
        { companies: INPUTS.companies ?? '', guarantees: INPUTS.guarantees ?? '' },
        ['--data', data],
      );
      for (const instant of file.instants.slice(0, 3)) {
        const expected = readFileSync(path.join(ANSWERS, `circles_${instant}.txt`), 'utf8')
          .trim()
          .split('\n');
        const company = (expected[0] ?? '').split(',')[0] ?? '';
        const wanted = expected
          .filter((line) => line.split(',').includes(company))
          .map((line) => line.split(',').map(Number));
        const at = new Date(instant).toISOString();
        const { stdout, code } = await spawnRingwatch([
          'query',
          data,
          'circles',
          `company=${company}`,
          `at=${at}`,
          'n=1000',
          '--json',
        ]);
        expect(code).toBe(0);
        const rows = (JSON.parse(stdout) as { rows: { p: { vertices: string[] } }[] }).rows;
        expect(canonical(rows.map((row) => row.p.vertices.slice(0, -1).map(Number)))).toEqual(
          canonical(wanted),
        );
      }
    });
  });
});

/** The checker that came with the answers compares as well, where it and Python are there. */
function compareByChecker(folder: string, given: ReadonlyMap<number, Answer>): void {
  if (!existsSync(CHECKER)) {
    console.warn(`left out: the comparison by ${CHECKER}, which is not there`);
    return;
  }
  const output = path.join(folder, 'stream.jsonl');
  const lines = answers.map(({ applicationId }) =>
    JSON.stringify(given.get(applicationId) ?? { applicationId, closes: false, circles: [] }),
  );
  writeFileSync(output, `${lines.join('\n')}\n`);
  const said = execFileSync('python3', [CHECKER, path.join(ANSWERS, 'answers_stream.jsonl'), output], {
    encoding: 'utf8',
  });
  expect(said).toMatch(/TOTAL +pass +500 +fail +0 +missing +0/);
}
