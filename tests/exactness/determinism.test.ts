import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { inTemporaryFolder, REPOSITORY, type RunResult, runRules } from '../tools/spawn-ringwatch.ts';
import { writeCycleRules } from './cycle-rules.ts';

jest.setTimeout(300_000);

interface Case {
  readonly name: string;
  readonly rules: string;
  /** Inputs in option order; the last one is cut at the splits. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly cut: string;
}

const work = mkdtempSync(path.join(tmpdir(), 'ringwatch-test-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const EXAMPLES = path.join(REPOSITORY, 'examples');
const CASES: readonly Case[] = [
  {
    // Its jobs only report, so that threads run them.
    name: 'rings that are only reported',
    rules: writeCycleRules(work, [3, 6], '40 days'),
    inputs: { transfers: withKeyNamedId(path.join(EXAMPLES, 'anti-cashout/data/transfers.csv')) },
    cut: 'transfers',
  },
  {
    name: 'anti-cashout',
    rules: path.join(EXAMPLES, 'anti-cashout/rules.sql'),
    inputs: { transfers: path.join(EXAMPLES, 'anti-cashout/data/transfers.csv') },
    cut: 'transfers',
  },
  {
    name: 'guarantee-circles',
    rules: path.join(EXAMPLES, 'guarantee-circles/rules.sql'),
    inputs: Object.fromEntries(
      ['companies', 'guarantees', 'applications'].map((name) => [
        name,
        path.join(EXAMPLES, `guarantee-circles/data/${name}.csv`),
      ]),
    ),
    cut: 'applications',
  },
];

function withKeyNamedId(transfers: string): string {
  const renamed = path.join(work, 'transfers.csv');
  writeFileSync(renamed, readFileSync(transfers, 'utf8').replace(/^tx,/, 'id,'));
  return renamed;
}

describe.each(CASES)('alerts and state of $name', ({ rules, inputs, cut }) => {
  let plain: RunResult;

  beforeAll(async () => {
    plain = await inTemporaryFolder((folder) => runRules(folder, rules, inputs));
  });

  function expectSame(other: RunResult): void {
    expect(other.alertBytes).toBe(plain.alertBytes);
    expect(other.report.stateHash).toBe(plain.report.stateHash);
    expect(other.report.position).toBe(plain.report.position);
  }

  it.each([1, 7, 1000])('are the same in batches of %i rows', async (batch) => {
    await inTemporaryFolder(async (folder) => {
      expectSame(await runRules(folder, rules, inputs, ['--batch', String(batch)]));
    });
  });

  it.each([0, 1, 2])('are the same with %i job threads', async (threads) => {
    await inTemporaryFolder(async (folder) => {
      expectSame(await runRules(folder, rules, inputs, ['--threads', String(threads)]));
    });
  });

  it('are the same when the run is split over restarts at several rows', async () => {
    await inTemporaryFolder(async (folder) => {
      const whole = readFileSync(inputs[cut] as string, 'utf8').split('\n');
      const rows = whole.length - 2;
      const grown = path.join(folder, 'grown.csv');
      const options = ['--data', path.join(folder, 'data')];
      for (const share of [0, 0.001, 0.3, 0.31, 0.9]) {
        // The file ends after a row, as a file that is still being written to would.
        writeFileSync(grown, `${whole.slice(0, 1 + Math.floor(rows * share)).join('\n')}\n`);
        await runRules(folder, rules, { ...inputs, [cut]: grown }, options);
      }
      copyFileSync(inputs[cut] as string, grown);
      const last = await runRules(folder, rules, { ...inputs, [cut]: grown }, [...options, '--final']);
      expectSame(last);
      expect(last.report.events).toBe(plain.report.events);
    });
  });
});
