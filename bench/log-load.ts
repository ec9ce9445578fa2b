import { FrameWriter } from '../core/frame.ts';
import type { SharedLog } from '../core/ports/tenant-log.ts';
import { TEXT } from '../core/types.ts';
import { quantile, short } from './figures.ts';

/** Appends of frames of one record to a shared log: so many wait at once for each writer. */
export interface LogLoad {
  readonly name: string;
  readonly underWay: number;
}

/** Offsets of a batch in etcd and in Kafka. */
const OFFSETS_PER_BATCH = 256;

function frameOf(n: number): Uint8Array {
  const writer = new FrameWriter();
  writer.event('transfers', [`${n}`, 'from', 'to', '12.50'], [TEXT, TEXT, TEXT, TEXT], n);
  return writer.finish();
}

/** Appends by all logs for so many seconds: name, frames a second, batches a second, p50 and p99 in milliseconds. */
export async function measureAppends(
  logs: readonly SharedLog[],
  load: LogLoad,
  seconds: number,
): Promise<string[]> {
  const tookMs: number[] = [];
  const startedMs = performance.now();
  const isOver = (): boolean => performance.now() - startedMs > seconds * 1000;
  const append = async (log: SharedLog): Promise<void> => {
    for (let n = 0; !isOver(); n++) {
      const sinceMs = performance.now();
      await log.append(frameOf(n), 1);
      tookMs.push(performance.now() - sinceMs);
    }
  };
  await Promise.all(logs.flatMap((log) => Array.from({ length: load.underWay }, () => append(log))));
  const took = (performance.now() - startedMs) / 1000;
  const batches = (await (logs[0] as SharedLog).head()) / OFFSETS_PER_BATCH;
  const figures = [tookMs.length / took, batches / took, quantile(tookMs, 0.5), quantile(tookMs, 0.99)];
  return [load.name, ...figures.map(short)];
}
