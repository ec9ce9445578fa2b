import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { median, quantile, short, spread } from './figures.ts';

/** What the machine did of work that never changes: figures of two moments tell how much of a difference is its own. */
export interface Calibration {
  /** One multiplication and addition that waits for the one before, nanoseconds. */
  readonly arithmeticNs: number;
  /** One read of 16 MiB at a place that the read before names, nanoseconds. */
  readonly memoryNs: number;
  /** A page written and synced with nothing else under way, milliseconds: the middle one and the slowest of a hundred. */
  readonly syncMs: number;
  readonly syncP99Ms: number;
}

const ROUNDS = 7;
const STEPS = 4_000_000;
const WORDS = 1 << 22;
const SYNCS = 200;

/** Measures the machine; takes about a second on a quiet one. */
export async function calibrate(): Promise<Calibration> {
  const places = new Int32Array(WORDS);
  for (let n = 0; n < WORDS; n++) places[n] = (Math.imul(n, 2_654_435_761) >>> 0) % WORDS;
  const arithmetic: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    arithmetic.push(timed(STEPS, () => multiply(STEPS)));
    memory.push(timed(STEPS / 8, () => follow(places, STEPS / 8)));
  }
  const syncs = await syncTimes();
  return {
    arithmeticNs: median(arithmetic),
    memoryNs: median(memory),
    syncMs: median(syncs),
    syncP99Ms: quantile(syncs, 0.99),
  };
}

/** In one line: what it came to at several moments, and how far apart these are. */
export function describeNoise(moments: readonly Calibration[]): string {
  const part = (name: string, unit: string, of: (moment: Calibration) => number): string => {
    const figures = moments.map(of);
    return `${name} ${short(median(figures))} ${unit} (${short(100 * spread(figures))} % apart)`;
  };
  return [
    part('arithmetic', 'ns', ({ arithmeticNs }) => arithmeticNs),
    part('memory', 'ns', ({ memoryNs }) => memoryNs),
    part('disk sync', 'ms', ({ syncMs }) => syncMs),
  ].join(', ');
}

function timed(steps: number, work: () => number): number {
  const began = performance.now();
  // What nobody reads may be left out by the compiler.
  if (work() === 0.5) console.error();
  return ((performance.now() - began) / steps) * 1e6;
}

function multiply(steps: number): number {
  let value = 1;
  for (let n = 0; n < steps; n++) value = (Math.imul(value, 1_103_515_245) + 12_345) | 0;
  return value;
}

function follow(places: Int32Array, steps: number): number {
  let at = 0;
  for (let n = 0; n < steps; n++) at = ((places[at] as number) + n) & (WORDS - 1);
  return at;
}

async function syncTimes(): Promise<number[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-sync-'));
  const file = await open(path.join(folder, 'page'), 'w');
  const page = Buffer.alloc(4096, 1);
  const times: number[] = [];
  try {
    for (let n = 0; n < SYNCS; n++) {
      const began = performance.now();
      await file.write(page, 0, page.length, n * page.length);
      await file.datasync();
      times.push(performance.now() - began);
    }
  } finally {
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return times;
}
