import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { inTemporaryFolder, REPOSITORY, runRules } from '../tools/spawn-ringwatch.ts';
import { countByLength, writeCycleRules } from './cycle-rules.ts';

/** Data that is not ours to ship lies beside the checkout, where there is any. */
const BESIDE = path.join(REPOSITORY, '../shared/data');
const OTC = path.join(BESIDE, 'graphs/bitcoin-otc.csv.gz');
const AMLSIM = path.join(BESIDE, 'amlsim/20K_cycle200.stream.csv.gz');
jest.setTimeout(180_000);

interface Edge {
  readonly src: string;
  readonly dst: string;
  readonly t: number;
}

/** The cells of each line of a gzipped CSV; no quotes in these files. */
function readCells(file: string): string[][] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split(/\r?\n/);
  return lines.map((line) => line.split(','));
}

async function countRings(edges: readonly Edge[], lengths: readonly [number, number], within: string) {
  return inTemporaryFolder(async (folder) => {
    const transfers = path.join(folder, 'transfers.csv');
    const rows = edges.map((edge, id) => `${id},${edge.src},${edge.dst},${edge.t}`);
    writeFileSync(transfers, ['id,src,dst,t', ...rows, ''].join('\n'));
    const { alerts } = await runRules(folder, writeCycleRules(folder, lengths, within), { transfers });
    return countByLength(alerts.flatMap((alert) => alert.paths.map((ring) => ring.edges)));
  });
}

/** A test that says so and does nothing where the data is not beside the checkout. */
function itWith(file: string, title: string, work: () => Promise<void>): void {
  if (existsSync(file)) it(title, work);
  else {
    it(`${title} (left out: ${file} is not there)`, () => {
      console.warn(`left out: ${title}, because ${file} is not there`);
    });
  }
}

describe('rings of public streams', () => {
  itWith(OTC, 'of bitcoin-otc within 72 hours are as many as the reference counts', async () => {
    // source, target, rating, time, without a header
    const edges = readCells(OTC)
      .map(([src = '', dst = '', , time]) => ({ src, dst, t: Math.floor(Number(time)) }))
      .sort((a, b) => a.t - b.t);
    expect(edges).toHaveLength(35_592);
    expect(await countRings(edges, [2, 5], '72 hours')).toEqual({ 2: 11_539, 3: 408, 4: 283, 5: 222 });
  });

  itWith(AMLSIM, 'of AMLSim within 72 hours and 14 days are as many as the reference counts', async () => {
    // src, dst, amount, t, with a header
    const edges = readCells(AMLSIM)
      .slice(1)
      .map(([src = '', dst = '', , t]) => ({ src, dst, t: Number(t) }));
    expect(edges).toHaveLength(117_791);
    expect(await countRings(edges, [2, 5], '72 hours')).toEqual({ 2: 37, 3: 10 });
    expect(await countRings(edges, [2, 5], '14 days')).toEqual({ 2: 155, 3: 98, 4: 9, 5: 1 });
  });
});
