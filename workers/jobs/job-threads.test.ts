import { describe, expect, it, jest } from '@jest/globals';
import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { DEFINITIONS, loadFrames } from '../../tests/faults/load.ts';
import { TenantWorker } from '../stream/tenant-worker.ts';
import { JobThreads } from './job-threads.ts';

// Threads take their time to start where others use the processors as well.
jest.setTimeout(60_000);

class LastingLog extends MemoryLog {
  override async close(): Promise<void> {}
}

class Lasting extends MemoryCheckpoints {
  override async close(): Promise<void> {}
}

interface Store {
  readonly log: MemoryLog;
  readonly checkpoints: MemoryCheckpoints;
}

/** Folds the load's frames from the log's end up to frame `to`, and gives all effects and the state's hash. */
async function runTo(
  store: Store,
  to: number,
  threads: number,
): Promise<{ effects: string[]; hash: string; checkpoints: number }> {
  const effects: string[] = [];
  const jobs = threads === 0 ? null : JobThreads.start({ tenant: 't', threads });
  const worker = await TenantWorker.open({
    ...store,
    createFold: (emit) =>
      new Fold({
        tenant: 't',
        compile: compileDefinitions,
        emit,
        jobs: { kind: jobs === null ? 'inline' : 'deferred' },
      }),
    onEffect: (effect, number) => effects.push(`${number} ${JSON.stringify(effect)}`),
    policy: { changedBytes: 20_000, records: 700, segmentBytes: 10_000 },
    jobs,
  });
  const fold = worker.fold as Fold;
  if (fold.definitions === '') await worker.publish(DEFINITIONS, false, 0);
  const from = fold.inputProgress[0]?.rows ?? 0;
  for (const { bytes, records, rows } of [...loadFrames(7, 100)].slice(0, to)) {
    if (rows <= from) continue;
    await worker.ready();
    await worker.append(bytes, records);
  }
  await worker.drained();
  const { count } = worker.checkpointFigures;
  await worker.close({ checkpoint: false });
  return { effects, hash: fold.stateHash(), checkpoints: count };
}

describe('job threads', () => {
  it.each([1, 3])('give the effects and the state of a run without them: %i threads', async (threads) => {
    const plain = await runTo({ log: new LastingLog(), checkpoints: new Lasting() }, 100, 0);
    expect(plain.effects.filter((effect) => effect.includes('"rule":"ring"')).length).toBeGreaterThan(20);
    const store = { log: new LastingLog(), checkpoints: new Lasting() };
    let last: Awaited<ReturnType<typeof runTo>> | null = null;
    // Restarts in between, one of them with another number of threads.
    for (const [to, count] of [
      [30, threads],
      [31, threads + 1],
      [70, 0],
      [100, threads],
    ] as const) {
      last = await runTo(store, to, count);
    }
    expect(last?.effects).toEqual(plain.effects);
    expect(last?.hash).toBe(plain.hash);
    expect(plain.checkpoints).toBeGreaterThan(2);
  });

  it('stop the worker when one of them fails', async () => {
    const jobs = JobThreads.start({ tenant: 't', threads: 1 });
    const opening = TenantWorker.open({
      log: new MemoryLog(),
      checkpoints: new MemoryCheckpoints(),
      createFold: (emit) =>
        new Fold({ tenant: 't', compile: compileDefinitions, emit, jobs: { kind: 'deferred' } }),
      onEffect: () => undefined,
      jobs,
    });
    const worker = await opening;
    jobs.fold(Buffer.from('no frame'), null);
    await expect(worker.drained()).rejects.toThrow('it has only 8 bytes');
    await expect(jobs.room()).rejects.toThrow('it has only 8 bytes');
    await worker.close({ checkpoint: false });
  });
});
