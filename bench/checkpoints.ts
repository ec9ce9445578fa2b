import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FrameWriter } from '../core/frame.ts';
import { numeric, type SqlType, TEXT, TIMESTAMPTZ } from '../core/types.ts';
import type { Fold } from '../engine/fold.ts';
import type { TenantWorker } from '../workers/stream/tenant-worker.ts';
import { BENCH_ARRIVAL_MICROS, openDurableTenant, transferFrame } from './durable-tenant.ts';
import { printTable, short } from './figures.ts';
import { DEFINITIONS, readTransfers } from './rings-work.ts';

const ACCOUNTS = 100_000;
const TRANSFERS = 200_000;
/** As gateways batch them. */
const TRANSFERS_A_FRAME = 256;
const ROWS_A_FRAME = 1000;
const USERS = 'CREATE TABLE users (id TEXT PRIMARY KEY, energy NUMERIC(12,2) NOT NULL CHECK (energy >= 0));';
const USER_TYPES = [TEXT, numeric(12, 2)];
const TRANSFER_TYPES = [TEXT, TEXT, numeric(12, 2), TEXT, TIMESTAMPTZ];

/**
 * What checkpoints cost, by their default policy against none: transfers between random rows of a table, which change few
 * bytes in many places, and the work of the demo (rows of accounts, then events through windows, a graph and rules), which
 * appends. CPU is of all threads; recovery is from the last checkpoint.
 */
export async function benchCheckpoints(amlsim: string): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-checkpoints-'));
  const works: Readonly<Record<string, Work>> = { transfers: transferWork(), demo: demoWork(amlsim) };
  const figures: Record<string, Figures> = {};
  try {
    // Thrown away, so that code is compiled.
    for (const [name, work] of Object.entries(works))
      await measure(path.join(folder, `${name}-warm`), work, true);
    for (const [name, work] of Object.entries(works)) {
      figures[`${name}, none`] = await measure(path.join(folder, `${name}-bare`), work, false);
      figures[`${name}, default`] = await measure(path.join(folder, name), work, true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const row = (what: string, of: (figures: Figures) => number) => [
    what,
    ...Object.values(figures).map((each) => short(of(each))),
  ];
  printTable([
    ['', ...Object.keys(figures)],
    row('CPU of a record, us', ({ cpuMicros }) => cpuMicros),
    row('checkpoints', ({ checkpoints }) => checkpoints),
    row('bytes handed over for a record', ({ handedBytes }) => handedBytes),
    row('entries of the last checkpoint', ({ entries }) => entries),
    row('its bytes, MB', ({ storedBytes }) => storedBytes / 1e6),
    row('heap, MB', ({ heapBytes }) => heapBytes / 1e6),
    row('recovery, s', ({ recoverySeconds }) => recoverySeconds),
  ]);
  return figures;
}

/** What is folded: rows first, which are not timed, then frames of records. */
interface Work {
  readonly definitions: string;
  readonly rows: readonly Frame[];
  readonly frames: (fold: Fold) => Iterable<Frame>;
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly records: number;
}

interface Figures {
  readonly cpuMicros: number;
  readonly checkpoints: number;
  readonly handedBytes: number;
  readonly entries: number;
  readonly storedBytes: number;
  readonly heapBytes: number;
  readonly recoverySeconds: number;
}

function transferWork(): Work {
  let state = 12_345;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const frames = chunked(TRANSFERS, TRANSFERS_A_FRAME, (writer, n) => {
    const key = `7c9e6679-7425-40de-${n}`;
    const row = [account(random()), account(random()), 1 + (random() % 500), key, BENCH_ARRIVAL_MICROS + n];
    writer.transfer('users.energy', row, TRANSFER_TYPES, BENCH_ARRIVAL_MICROS + n);
  });
  const rows = tableRows('users', USER_TYPES, (n) => [account(n), 100_000]);
  return { definitions: USERS, rows, frames: () => frames };
}

function account(n: number): string {
  return `account-${n % ACCOUNTS}`;
}

function demoWork(amlsim: string): Work {
  const transfers = readTransfers(amlsim, 2);
  return {
    definitions: DEFINITIONS,
    rows: tableRows('accounts', [TEXT], (n) => [String(n)]),
    *frames(fold) {
      const types = fold.storedTypes('transfers');
      for (let from = 0; from < transfers.count; from += ROWS_A_FRAME) {
        const to = Math.min(transfers.count, from + ROWS_A_FRAME);
        yield { bytes: transferFrame(transfers, from, to, types), records: to - from };
      }
    },
  };
}

function tableRows(
  table: string,
  types: readonly SqlType[],
  rowOf: (n: number) => (string | number)[],
): Frame[] {
  return chunked(ACCOUNTS, ROWS_A_FRAME, (writer, n) =>
    writer.upsert(table, rowOf(n), types, BENCH_ARRIVAL_MICROS),
  );
}

function chunked(count: number, each: number, write: (writer: FrameWriter, n: number) => void): Frame[] {
  const frames: Frame[] = [];
  for (let from = 0; from < count; from += each) {
    const writer = new FrameWriter();
    const to = Math.min(count, from + each);
    for (let n = from; n < to; n++) write(writer, n);
    frames.push({ bytes: writer.finish(), records: to - from });
  }
  return frames;
}

async function measure(folder: string, work: Work, checkpointed: boolean): Promise<Figures> {
  const heapBefore = heap();
  const { worker, fold } = await openDurableTenant(folder, checkpointed ? undefined : null);
  await worker.publish(work.definitions, false, BENCH_ARRIVAL_MICROS);
  for (const frame of work.rows) await append(worker, frame);
  await worker.drained();
  let handed = 0;
  const save = fold.saveChanges.bind(fold);
  fold.saveChanges = () => {
    const changes = save();
    for (const { key, bytes } of changes) handed += (key?.length ?? 0) + (bytes?.length ?? 0);
    return changes;
  };
  const checkpointsBefore = worker.checkpointFigures.count;
  let records = 0;
  const cpuBefore = process.cpuUsage();
  for (const frame of work.frames(fold)) {
    await append(worker, frame);
    records += frame.records;
  }
  await worker.drained();
  const cpu = process.cpuUsage(cpuBefore);
  const checkpoints = worker.checkpointFigures.count - checkpointsBefore;
  const heapBytes = heap() - heapBefore;
  const handedBytes = handed / records;
  await worker.close({ checkpoint: checkpointed });
  return {
    cpuMicros: (cpu.user + cpu.system) / records,
    checkpoints,
    handedBytes,
    heapBytes,
    ...(await recover(folder)),
  };
}

async function append(worker: TenantWorker, { bytes, records }: Frame): Promise<void> {
  await worker.ready();
  void worker.append(bytes, records).catch(() => undefined);
}

async function recover(
  folder: string,
): Promise<Pick<Figures, 'entries' | 'storedBytes' | 'recoverySeconds'>> {
  const began = performance.now();
  const { worker, checkpoints } = await openDurableTenant(folder, null);
  const recoverySeconds = (performance.now() - began) / 1000;
  let entries = 0;
  let storedBytes = 0;
  for await (const { key, bytes } of checkpoints.entries()) {
    entries++;
    storedBytes += key.length + bytes.length;
  }
  await worker.close({ checkpoint: false });
  return { entries, storedBytes, recoverySeconds };
}

function heap(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
