import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openDurableTenant, transferFrame, BENCH_ARRIVAL_MICROS } from './durable-tenant.ts';
import { median, printTable, quantile, short } from './figures.ts';
import { DEFINITIONS, readTransfers, type Transfers } from './rings-work.ts';

const BATCH = 1000;
const EVENTS = 1_000_000;
/** Events of a tenant that is thrown away, so that the first hundred thousand are not measured cold. */
const WARM_UP = 100_000;
/** Events a window by which flatness is judged, after the first 20,000. */
const WINDOW = 98_000;
const WINDOWS_FROM = 20_000;
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
    await grow(path.join(folder, 'warm-up'), transfers, false, WARM_UP);
    const growing = await grow(path.join(folder, 'kept'), transfers, false, EVENTS);
    const bare = await grow(path.join(folder, 'bare'), transfers, true, EVENTS);
    const recovery = await recoverySeconds(path.join(folder, 'kept'));
    const replay = await recoverySeconds(path.join(folder, 'bare'));
    printTable([
      ['1 M events, 1 M live edges', ''],
      ['events/s, all', short(growing.overall)],
      ['events/s by 98,000, from event 20,000 on', growing.windows.map((rate) => short(rate)).join(' ')],
      ['the same per CPU-second', growing.cpuWindows.map((rate) => short(rate)).join(' ')],
      [
        'slowest, fastest / median window',
        `${short(Math.min(...growing.windows) / median(growing.windows))}, ${short(Math.max(...growing.windows) / median(growing.windows))}`,
      ],
      ['last / first window, per CPU-second', short(lastToFirst(growing.cpuWindows))],
      ['checkpoints', String(growing.pauses.length)],
      ['checkpoint pause, ms: p50 / p99 / max', quantiles(growing.pauses)],
      [`the same over the ${growing.latePauses.length} from 500,000 edges on`, quantiles(growing.latePauses)],
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
  readonly overall: number;
  /** Events per second, and per second of CPU time of all threads, by window. */
  readonly windows: readonly number[];
  readonly cpuWindows: readonly number[];
  readonly pauses: readonly number[];
  /** Pauses of the second half of the events. */
  readonly latePauses: readonly number[];
  readonly memoryBytes: number;
  /** Events per second by thousand events. */
  readonly byThousand: readonly number[];
}

async function grow(folder: string, transfers: Transfers, bare: boolean, events: number): Promise<Growth> {
  const before = memory();
  const { worker, fold } = await openDurableTenant(folder, bare ? null : undefined);
  await worker.publish(KEEPING, false, BENCH_ARRIVAL_MICROS);
  const types = fold.storedTypes('transfers');
  const seconds: number[] = [];
  const cpuSeconds: number[] = [];
  let earlyPauses = 0;
  let last = performance.now();
  let lastCpu = process.cpuUsage();
  for (let from = 0; from < events; from += BATCH) {
    await worker.ready();
    void worker.append(transferFrame(transfers, from, from + BATCH, types), BATCH).catch(() => undefined);
    const now = performance.now();
    const cpu = process.cpuUsage();
    seconds.push((now - last) / 1000);
    cpuSeconds.push((cpu.user + cpu.system - lastCpu.user - lastCpu.system) / 1e6);
    last = now;
    lastCpu = cpu;
    if (from < events / 2) earlyPauses = worker.checkpointFigures.pausesMs.length;
  }
  await worker.drained();
  const memoryBytes = memory() - before;
  const pauses = [...worker.checkpointFigures.pausesMs];
  await worker.close({ checkpoint: !bare });
  return {
    overall: events / sum(seconds),
    windows: byWindow(seconds),
    cpuWindows: byWindow(cpuSeconds),
    pauses,
    latePauses: pauses.slice(earlyPauses),
    memoryBytes,
    byThousand: seconds.map((value) => Math.round(BATCH / value)),
  };
}

/** Events per second in each whole window, from what each batch took. */
function byWindow(seconds: readonly number[]): number[] {
  const rates: number[] = [];
  const batches = WINDOW / BATCH;
  for (let from = WINDOWS_FROM / BATCH; from + batches <= seconds.length; from += batches) {
    rates.push(WINDOW / sum(seconds.slice(from, from + batches)));
  }
  return rates;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function lastToFirst(rates: readonly number[]): number {
  return (rates.at(-1) ?? Number.NaN) / (rates[0] ?? Number.NaN);
}

function quantiles(pauses: readonly number[]): string {
  return [0.5, 0.99, 1].map((q) => short(quantile(pauses, q))).join(' / ');
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
