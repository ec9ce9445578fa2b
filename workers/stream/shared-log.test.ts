import { describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import { MemoryLogServer, SharedMemoryLog } from '../../adapters/memory/shared-memory-log.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { LogRecord } from '../../core/record.ts';
import { INTEGER } from '../../core/types.ts';
import { random } from '../../tests/graph/sample-graph.ts';
import type { TenantFold } from './tenant-fold.ts';
import { TenantWorker, type TenantWorkerOptions } from './tenant-worker.ts';

/** Remembers what it has seen, and says every even number as an alert. */
class ListingFold implements TenantFold {
  readonly #emit: (effect: Effect) => void;
  readonly seen: number[] = [];
  position = 0;

  constructor(emit: (effect: Effect) => void) {
    this.#emit = emit;
  }

  apply(record: LogRecord): void {
    if (record.kind !== 'event') return;
    const value = record.row[0] as number;
    this.seen.push(value);
    this.position++;
    if (value % 2 === 0)
      this.#emit({ kind: 'alert', id: `a${value}`, rule: 'r', position: this.position, line: '' });
  }

  storedTypes() {
    return [INTEGER];
  }

  changedBytes(): number {
    return 0;
  }

  saveChanges() {
    return [];
  }

  restore(): void {
    // Nothing is saved.
  }
}

function frameOf(...values: readonly number[]): Uint8Array {
  const writer = new FrameWriter();
  for (const value of values) writer.event('s', [value], [INTEGER], 0);
  return writer.finish();
}

async function openWorker(log: SharedMemoryLog, more: Partial<TenantWorkerOptions> = {}) {
  const worker = await TenantWorker.open({
    log,
    checkpoints: new MemoryCheckpoints(),
    createFold: (emit) => new ListingFold(emit),
    onEffect: () => undefined,
    policy: null,
    ...more,
  });
  return { worker, fold: worker.fold as ListingFold };
}

/** Resolves once a worker has folded everything that the server has. */
async function caughtUp(server: MemoryLogServer, worker: TenantWorker): Promise<void> {
  while (worker.offset < server.frames.end) await pause(1);
}

describe('a worker on a log that others append to as well', () => {
  it.each([1, 2, 3, 4])(
    'folds all of it in one order, and tells each frame’s own fate, seed %i',
    async (seed) => {
      const pick = random(seed);
      const server = new MemoryLogServer();
      const log = () =>
        new SharedMemoryLog(server, () => (pick(3) === 0 ? pause(pick(3)) : Promise.resolve()));
      const workers = await Promise.all([openWorker(log()), openWorker(log()), openWorker(log())]);
      const tasks: Promise<void>[] = [];
      for (let n = 0; n < 150; n++) {
        const { worker } = workers[pick(3)] as (typeof workers)[number];
        const values = Array.from({ length: 1 + pick(4) }, (_, each) => 10 * n + each);
        const wantsEffects = pick(2) === 0;
        const { durable, folded } = worker.submit(frameOf(...values), values.length, { wantsEffects });
        const check = async (): Promise<void> => {
          const [offset, { applied, effects }] = await Promise.all([durable, folded]);
          expect(applied).toMatchObject({ offset, accepted: values.length });
          const due = values.filter((value) => value % 2 === 0).map((value) => `a${value}`);
          if (wantsEffects) expect(effects.map(({ id }) => id)).toEqual(due);
        };
        tasks.push(check());
        if (pick(4) === 0) await pause(pick(3));
      }
      await Promise.all(tasks);
      for (const { worker } of workers) await caughtUp(server, worker);
      const [first, ...others] = workers.map(({ fold }) => fold.seen);
      expect(first).toHaveLength(server.frames.end);
      expect(new Set(first).size).toBe(server.frames.end);
      for (const seen of others) expect(seen).toEqual(first);
      for (const { worker } of workers) {
        await worker.drained();
        expect(worker.backlog).toBe(0);
        await worker.close();
      }
    },
  );

  it('begins with what is there, and goes on with what comes', async () => {
    const server = new MemoryLogServer();
    await server.append(frameOf(1, 3), 2);
    const { worker, fold } = await openWorker(new SharedMemoryLog(server));
    expect(worker.recovery).toMatchObject({ offset: 2, logRecords: 2, position: 2 });
    await server.append(frameOf(5), 1);
    await caughtUp(server, worker);
    expect(fold.seen).toEqual([1, 3, 5]);
    await worker.close();
  });

  it('lets an append fail alone', async () => {
    const server = new MemoryLogServer();
    const log = new SharedMemoryLog(server);
    const append = log.append.bind(log);
    let isDown = false;
    log.append = (frame, records) =>
      isDown ? Promise.reject(new RingwatchError('LOG_CLOSED', { path: 'a test' })) : append(frame, records);
    const { worker, fold } = await openWorker(log);
    await worker.append(frameOf(1), 1);
    isDown = true;
    const { durable, folded } = worker.submit(frameOf(2), 1);
    await expect(durable).rejects.toThrow(RingwatchError);
    await expect(folded).rejects.toThrow(RingwatchError);
    isDown = false;
    await worker.append(frameOf(3), 1);
    await worker.drained();
    expect(fold.seen).toEqual([1, 3]);
    await worker.close();
  });

  it('tells those who wait what stopped it', async () => {
    const server = new MemoryLogServer();
    const log = new SharedMemoryLog(server);
    log.follow = async function* () {
      await pause(5);
      yield* [];
      throw new RingwatchError('LOG_TRIMMED', { start: 5, offset: 0 });
    };
    const failures: unknown[] = [];
    const { worker } = await openWorker(log, { onFailure: (error) => failures.push(error) });
    const { durable, folded } = worker.submit(frameOf(1), 1);
    await expect(durable).resolves.toBe(0);
    await expect(folded).rejects.toThrow(/trimmed|begins/i);
    expect(failures).toHaveLength(1);
    await expect(worker.close()).resolves.toBeUndefined();
  });
});

describe('a read of a replica', () => {
  /** A writer, and a replica that folds what it brings when `release` is called only. */
  async function writerAndReplica(consistency?: 'STRONG' | 'EVENTUAL') {
    const server = new MemoryLogServer();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { worker: writer } = await openWorker(new SharedMemoryLog(server, undefined, consistency));
    const { worker, fold } = await openWorker(new SharedMemoryLog(server, () => held, consistency));
    const close = async (): Promise<void> => {
      release();
      await Promise.all([writer.close(), worker.close()]);
    };
    const write = async (value: number): Promise<number> => writer.append(frameOf(value), 1);
    return { write, worker, fold, release, close };
  }

  /** Whether a promise is settled once others had their turn. */
  async function isSettled(promise: Promise<unknown>): Promise<boolean> {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      pause(20).then(() => false),
    ]);
  }

  it('sees what was acknowledged before it where LINEARIZABLE is asked, or its own write, or what is older than a bound', async () => {
    const { write, worker, fold, release, close } = await writerAndReplica();
    const offset = await write(1);
    // What is there is stale: the replica has folded nothing.
    await worker.catchUp({ kind: 'EVENTUAL' });
    expect(fold.seen).toEqual([]);
    const levels = [
      { kind: 'LINEARIZABLE' },
      { kind: 'DEFAULT' },
      { kind: 'SESSION', offset },
      { kind: 'BOUNDED', ms: 0 },
    ] as const;
    const reads = levels.map(async (level) => {
      await worker.catchUp(level);
      return [...fold.seen];
    });
    expect(await Promise.all(reads.map(isSettled))).toEqual([false, false, false, false]);
    release();
    expect(await Promise.all(reads)).toEqual([[1], [1], [1], [1]]);
    await close();
  });

  it('takes what a bound lets it', async () => {
    const { write, worker, fold, release, close } = await writerAndReplica();
    // The log was empty a moment ago, and that is new enough.
    await worker.catchUp({ kind: 'BOUNDED', ms: 0 });
    await write(1);
    await worker.catchUp({ kind: 'BOUNDED', ms: 3_600_000 });
    expect(fold.seen).toEqual([]);
    release();
    await worker.catchUp({ kind: 'BOUNDED', ms: 0 });
    expect(fold.seen).toEqual([1]);
    await close();
  });

  it('is refused where the log ends before the write that is named', async () => {
    const { write, worker, close } = await writerAndReplica();
    const offset = await write(1);
    await expect(worker.catchUp({ kind: 'SESSION', offset: offset + 1 })).rejects.toMatchObject({
      code: 'WRITE_UNKNOWN',
    });
    await close();
  });

  it('gets no more than an EVENTUAL log gives', async () => {
    const { write, worker, fold, release, close } = await writerAndReplica('EVENTUAL');
    const offset = await write(1);
    await expect(worker.catchUp({ kind: 'LINEARIZABLE' })).rejects.toMatchObject({
      code: 'CONSISTENCY_UNAVAILABLE',
    });
    await worker.catchUp({ kind: 'DEFAULT' });
    expect(fold.seen).toEqual([]);
    const session = worker.catchUp({ kind: 'SESSION', offset });
    release();
    await session;
    expect(fold.seen).toEqual([1]);
    await close();
  });

  it('ends with what stops the replica', async () => {
    const { write, worker, close } = await writerAndReplica();
    await write(1);
    const read = worker.catchUp({ kind: 'LINEARIZABLE' });
    const refused = expect(read).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
    const closing = worker.close({ checkpoint: false });
    await refused;
    await close();
    await closing;
  });
});
