import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileLog } from '../adapters/files/file-log.ts';
import { FrameReader, FrameWriter } from '../core/frame.ts';
import { numeric, type SqlType, TEXT, TIMESTAMPTZ, type Value } from '../core/types.ts';
import { quantile } from './figures.ts';

// The log by itself: writing and reading frames, appending them durably, and reading them back. One core, no engine.
// Prints JSON: `node bin/run.mjs bench/log.ts [rows]`.

const ROWS = Number(process.argv[2] ?? 1_000_000);
const BATCH = 1000;
const TYPES: readonly SqlType[] = [TEXT, TEXT, TEXT, numeric(18, 2), TIMESTAMPTZ];
const ARRIVAL = 1_790_000_000_000_000;

function rowOf(n: number): Value[] {
  return [
    String(n),
    String((n * 7919) % 20_000),
    String((n * 104_729) % 20_000),
    (n * 31) % 1_000_000,
    ARRIVAL + n * 1_000_000,
  ];
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

function writeFrames(rows: readonly Value[][]): Uint8Array[] {
  const writer = new FrameWriter();
  const frames: Uint8Array[] = [];
  for (const row of rows) {
    writer.event('transfers', row, TYPES, ARRIVAL);
    if (writer.records === BATCH) frames.push(writer.finish());
  }
  if (writer.records > 0) frames.push(writer.finish());
  return frames;
}

function decode(frames: readonly Uint8Array[]): number {
  let records = 0;
  for (const frame of frames) {
    const reader = new FrameReader(frame, () => TYPES);
    while (reader.next() !== null) records++;
  }
  return records;
}

/** Appends with `ahead` appends under way; resolves with milliseconds from each append to its acknowledgement. */
async function appendAll(log: FileLog, frames: readonly Uint8Array[], ahead: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  const underWay = new Set<Promise<void>>();
  for (const frame of frames) {
    const startedMs = performance.now();
    const append = log.append(frame, BATCH).then(() => {
      latenciesMs.push(performance.now() - startedMs);
      underWay.delete(append);
    });
    underWay.add(append);
    if (underWay.size >= ahead) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return latenciesMs;
}

async function measureAppend(frames: readonly Uint8Array[], ahead: number): Promise<Record<string, number>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-bench-log-'));
  try {
    const log = await FileLog.create(folder);
    const startedMs = performance.now();
    const latencies = await appendAll(log, frames, ahead);
    const seconds = secondsSince(startedMs);
    const readMs = performance.now();
    let records = 0;
    for await (const frame of log.read(0)) records += frame.records;
    const readSeconds = secondsSince(readMs);
    await log.close();
    return {
      underWay: ahead,
      framesPerSecond: Math.round(frames.length / seconds),
      rowsPerSecond: Math.round(records / seconds),
      latencyP50Ms: Number(quantile(latencies, 0.5).toFixed(3)),
      latencyP99Ms: Number(quantile(latencies, 0.99).toFixed(3)),
      readRowsPerSecond: Math.round(records / readSeconds),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rows = Array.from({ length: ROWS }, (_, n) => rowOf(n));
let frames: Uint8Array[] = [];
const figures = { writeRowsPerSecond: 0, decodeRowsPerSecond: 0 };
for (let repetition = 0; repetition < 3; repetition++) {
  const writeMs = performance.now();
  frames = writeFrames(rows);
  figures.writeRowsPerSecond = Math.round(ROWS / secondsSince(writeMs));
  const decodeMs = performance.now();
  decode(frames);
  figures.decodeRowsPerSecond = Math.round(ROWS / secondsSince(decodeMs));
}
const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
const whole = frames.filter((_, n) => n < Math.floor(ROWS / BATCH));
const append = [];
for (const ahead of [1, 4, 16]) append.push(await measureAppend(whole, ahead));
console.log(
  JSON.stringify({ rows: ROWS, batch: BATCH, bytesPerRow: bytes / ROWS, ...figures, append }, null, 2),
);
