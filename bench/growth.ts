import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openDurableTenant, transferFrame, BENCH_ARRIVAL_MICROS } from './durable-tenant.ts';
import { median, printTable, quantile, short } from './figures.ts';
import { DEFINITIONS, readTransfers, type Transfers } from './rings-work.ts';

const BATCH = 1000;
const EVENTS = 1_000_000;
/** The graph keeps everything here, so that it holds 1 M edges at the end. */
const KEEPING = DEFINITIONS.replace("retain = '20 days'", "retain = '100000 days'");

/**
 * One million events (AMLSim repeated, each repetition shifted in time) through a durable tenant: events/s by
 * thousand as the graph grows, the pauses of checkpoints, memory, and recovery with and without a checkpoint.
 */
export async function benchGrowth(amlsim: string): Promise<Record<string, unknown>> {
  const transfers = readTransfers(amlsim, Math.ceil(EVENTS / 117_000));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-growth-'));
  try {
    const growing = await grow(path.join(folder, 'kept'), transfers, false);
    const bare = await grow(path.join(folder, 'bare'), transfers, true);
    const recovery = await recoverySeconds(path.join(folder, 'kept'));
    const replay = await recoverySeconds(path.join(folder, 'bare'));
    printTable([
      ['1 M events, 1 M live edges', ''],
      ['events/s, events 20,000 to 120,000', short(growing.early)],
      ['events/s, last 100,000', short(growing.late)],
      ['late / early', short(growing.late / growing.early)],
      ['slowest 10,000 / median', short(growing.slowest)],
      ['checkpoints', String(growing.pauses.length)],
      [
        'checkpoint pause p50 / p99 / max ms',
        [0.5, 0.99, 1].map((q) => short(quantile(growing.pauses, q))).join(' / '),
      ],
      ['events/s without checkpoints', short(bare.overall)],
      ['memory, MB per million edges', short(growing.memoryBytes / 1e6)],
      ['recovery from the checkpoint, s', short(recovery)],
      ['recovery of 1 M events without one, s', short(replay)],
    ]);
    return { growing, withoutCheckpoints: bare, recoverySeconds: recovery, replaySeconds: replay };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Growth {
  readonly early: number;
  readonly late: number;
  readonly overall: number;
  readonly slowest: number;
  readonly pauses: readonly number[];
  readonly memoryBytes: number;
  /** Events per second by thousand events. */
  readonly byThousand: readonly number[];
}

async function grow(folder: string, transfers: Transfers, bare: boolean): Promise<Growth> {
  const before = memory();
  const { worker, fold } = await openDurableTenant(folder, bare ? null : undefined);
  await worker.publish(KEEPING, false, BENCH_ARRIVAL_MICROS);
  const types = fold.storedTypes('transfers');
  const seconds: number[] = [];
  let last = performance.now();
  for (let from = 0; from < EVENTS; from += BATCH) {
    await worker.ready();
    void worker.append(transferFrame(transfers, from, from + BATCH, types), BATCH).catch(() => undefined);
    const now = performance.now();
    seconds.push((now - last) / 1000);
    last = now;
  }
  await worker.drained();
  const memoryBytes = memory() - before;
  const pauses = worker.checkpointFigures.pausesMs;
  await worker.close({ checkpoint: !bare });
  const rate = (a: number, b: number): number =>
    ((b - a) * BATCH) / seconds.slice(a, b).reduce((sum, value) => sum + value, 0);
  const tens = Array.from({ length: seconds.length / 10 - 2 }, (_, n) => rate(20 + n * 10, 30 + n * 10));
  return {
    early: rate(20, 120),
    late: rate(seconds.length - 100, seconds.length),
    overall: rate(0, seconds.length),
    slowest: Math.min(...tens) / median(tens),
    pauses,
    memoryBytes,
    byThousand: seconds.map((value) => Math.round(BATCH / value)),
  };
}

async function recoverySeconds(folder: string): Promise<number> {
  const began = performance.now();
  const { worker } = await openDurableTenant(folder, null);
  const seconds = (performance.now() - began) / 1000;
  await worker.close({ checkpoint: false });
  return seconds;
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
