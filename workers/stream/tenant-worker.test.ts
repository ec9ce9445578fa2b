import { describe, expect, it } from '@jest/globals';
import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { CheckpointChange, CheckpointHead } from '../../core/ports/checkpoints.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import type { LogRecord } from '../../core/record.ts';
import { INTEGER, type SqlType } from '../../core/types.ts';
import type { CheckpointEntry, TenantFold } from './tenant-fold.ts';
import { type CheckpointPolicy, TenantWorker, type TenantWorkerOptions } from './tenant-worker.ts';
import type { Turns } from './turns.ts';

/** A fold that sums numbers, with an alert at each tenth: small, and its state tells every record it has seen. */
class SummingFold implements TenantFold {
  readonly #emit: (effect: Effect) => void;
  position = 0;
  sum = 0;
  readonly seen: number[] = [];
  refusal: unknown = null;
  #changed = 0;

  constructor(emit: (effect: Effect) => void) {
    this.#emit = emit;
  }

  apply(record: LogRecord): void {
    if (record.kind === 'definitions') {
      if (record.text === 'lost')
        throw new RingwatchError('SEGMENT_LOST', { graph: 'g', table: 't', reason: 'r' });
      if (record.text !== 'wrong') return;
      this.refusal = new RingwatchError('INVALID_DEFINITION', { reason: 'it is wrong' });
      throw this.refusal;
    }
    if (record.kind !== 'event') return;
    const value = record.row[0] as number;
    this.seen.push(value);
    this.sum += value;
    this.#changed += 8;
    if (this.position++ % 10 === 9) {
      this.#emit({
        kind: 'alert',
        id: `a${this.position}`,
        rule: 'r',
        position: this.position,
        line: `${this.sum}`,
      });
    }
  }

  storedTypes(): readonly SqlType[] {
    return TYPES;
  }

  changedBytes(): number {
    return this.#changed;
  }

  saveChanges(): CheckpointChange[] {
    this.#changed = 0;
    return [{ part: 'sum', key: '', bytes: Buffer.from(JSON.stringify({ sum: this.sum })) }];
  }

  restore(entries: Iterable<CheckpointEntry>, head: CheckpointHead): void {
    for (const { bytes } of entries)
      this.sum = (JSON.parse(Buffer.from(bytes).toString()) as { sum: number }).sum;
    this.position = head.position;
  }
}

const TYPES = [INTEGER];

function frameOf(first: number, count: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = 0; n < count; n++) writer.event('s', [first + n], TYPES, 0);
  return writer.finish();
}

const SMALL: CheckpointPolicy = { changedBytes: 200, records: 1000, segmentBytes: 500 };

interface Parts {
  readonly log?: TenantLog;
  readonly checkpoints?: MemoryCheckpoints;
  readonly policy?: CheckpointPolicy | null;
}

async function openWorker(
  parts: Parts = {},
  more: Partial<TenantWorkerOptions> = {},
): Promise<{ worker: TenantWorker; effects: string[]; fold: SummingFold }> {
  const effects: string[] = [];
  const worker = await TenantWorker.open({
    log: parts.log ?? new MemoryLog(),
    checkpoints: parts.checkpoints ?? new MemoryCheckpoints(),
    createFold: (emit) => new SummingFold(emit),
    onEffect: (effect, number) => effects.push(`${number} ${effect.id}`),
    ...(parts.policy === undefined ? {} : { policy: parts.policy }),
    ...more,
  });
  return { worker, effects, fold: worker.fold as SummingFold };
}

async function appendAll(worker: TenantWorker, from: number, to: number, size = 7): Promise<void> {
  for (let n = from; n < to; n += size) {
    await worker.ready();
    await worker.append(frameOf(n, Math.min(size, to - n)), Math.min(size, to - n));
  }
  await worker.drained();
}

/** A store that outlives its worker: closing does nothing. */
class Lasting extends MemoryCheckpoints {
  override async close(): Promise<void> {}
}

class LastingLog extends MemoryLog {
  override async close(): Promise<void> {}
}

const EXPECTED = Array.from({ length: 50 }, (_, n) => `${n} a${(n + 1) * 10}`);

describe('a tenant worker', () => {
  it('folds what it appends, in order, and lets effects out by number', async () => {
    const { worker, effects, fold } = await openWorker();
    await appendAll(worker, 0, 500);
    expect(fold.seen).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(effects).toEqual(EXPECTED);
    expect([worker.offset, worker.backlog]).toEqual([500, 0]);
    await worker.close();
  });

  it('folds nothing before the log says that it is durable', async () => {
    const log = new MemoryLog();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: TenantLog = Object.create(log, {
      append: {
        value: async (frame: Uint8Array, records: number) => {
          await gate;
          return log.append(frame, records);
        },
      },
      end: { get: () => log.end },
      start: { get: () => log.start },
      read: { value: (offset: number) => log.read(offset) },
      close: { value: () => log.close() },
      trim: { value: (offset: number) => log.trim(offset) },
    });
    const { worker, effects, fold } = await openWorker({ log: slow });
    const append = worker.append(frameOf(0, 20), 20);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([fold.seen, effects]).toEqual([[], []]);
    release();
    expect(await append).toBe(0);
    await worker.drained();
    expect(effects).toHaveLength(2);
    await worker.close();
  });

  it('goes on after a restart from checkpoint and log, and says all effects again from 0', async () => {
    const log = new LastingLog();
    const checkpoints = new Lasting();
    let total = 0;
    for (const to of [90, 250, 251, 500]) {
      const { worker, effects, fold } = await openWorker({ log, checkpoints, policy: SMALL });
      expect(worker.recovery.offset).toBe(total);
      expect(effects).toEqual(EXPECTED.slice(0, Math.floor(total / 10)));
      await appendAll(worker, total, to);
      total = to;
      expect(fold.sum).toBe((to * (to - 1)) / 2);
      expect(effects).toEqual(EXPECTED.slice(0, Math.floor(to / 10)));
      // A crash: no last checkpoint.
      await worker.close({ checkpoint: false });
    }
    const { worker } = await openWorker({ log, checkpoints, policy: SMALL });
    expect(worker.recovery.checkpoint).not.toBeNull();
    expect(worker.recovery.logRecords).toBeLessThan(200);
    expect((await checkpoints.describe()).archivedSegments).toBeGreaterThan(1);
    expect(log.start).toBeGreaterThan(200);
    await worker.close();
  });

  it('after a clean close replays nothing', async () => {
    const log = new LastingLog();
    const checkpoints = new Lasting();
    const first = await openWorker({ log, checkpoints });
    await appendAll(first.worker, 0, 100);
    await first.worker.close();
    const { worker, fold } = await openWorker({ log, checkpoints });
    expect(worker.recovery).toMatchObject({
      archivedRecords: 0,
      logRecords: 0,
      offset: 100,
      position: 100,
      effects: 10,
    });
    expect(fold.sum).toBe(4950);
    await worker.close();
  });

  it('throws a damaged checkpoint away and folds archive and log from the start', async () => {
    const log = new LastingLog();
    const checkpoints = new Lasting();
    const first = await openWorker({ log, checkpoints, policy: SMALL });
    await appendAll(first.worker, 0, 500);
    await first.worker.close();
    const damaged = Object.assign(checkpoints, {
      // biome-ignore lint/correctness/useYield: it throws before its first entry
      async *entries(): AsyncIterable<never> {
        throw new RingwatchError('CHECKPOINT_CORRUPT', { path: 'p', reason: 'a bit is wrong' });
      },
    });
    const { worker, effects, fold } = await openWorker({ log, checkpoints: damaged });
    expect(worker.recovery).toMatchObject({ checkpoint: null, offset: 500, position: 500 });
    expect(worker.recovery.discarded).toContain('a bit is wrong');
    expect(worker.recovery.archivedRecords).toBeGreaterThan(0);
    expect(fold.seen).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(effects).toEqual(EXPECTED);
    await worker.close();
  });

  it('says each effect once when the kept effects turn out damaged halfway', async () => {
    const log = new LastingLog();
    const checkpoints = new Lasting();
    const first = await openWorker({ log, checkpoints, policy: SMALL });
    await appendAll(first.worker, 0, 500);
    await first.worker.close();
    const whole = checkpoints.effects.bind(checkpoints);
    checkpoints.effects = async function* (from) {
      let n = 0;
      for await (const effect of whole(from)) {
        if (n++ === 20)
          throw new RingwatchError('CHECKPOINT_CORRUPT', { path: 'p', reason: 'effect 20 is damaged' });
        yield effect;
      }
    };
    const { worker, effects } = await openWorker({ log, checkpoints });
    expect(effects).toEqual(EXPECTED);
    await worker.close();
  });

  it('refuses to start where archived records are missing', async () => {
    const log = new LastingLog();
    const first = await openWorker({ log, checkpoints: new Lasting(), policy: SMALL });
    await appendAll(first.worker, 0, 500);
    await first.worker.close();
    expect(log.start).toBeGreaterThan(0);
    await expect(openWorker({ log, checkpoints: new Lasting() })).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    });
  });

  it('refuses to start where the log ends before the checkpoint', async () => {
    const checkpoints = new Lasting();
    const first = await openWorker({ checkpoints });
    await appendAll(first.worker, 0, 50);
    await first.worker.close();
    await expect(openWorker({ checkpoints })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  it('folds urgent frames of one commit in one turn, as far as the turn goes, and others in turns of their own', async () => {
    /** How many turns 30 frames of one record take, that of each ending so many milliseconds after its beginning. */
    const turnsOf = async (
      urgent: boolean,
      sliceMs: number,
      policy: CheckpointPolicy | null = null,
    ): Promise<number> => {
      let count = 0;
      const turns: Turns = {
        take: async (_urgent, slice) => {
          await new Promise((resolve) => setImmediate(resolve));
          count++;
          slice(performance.now() + sliceMs);
        },
      };
      const { worker, effects, fold } = await openWorker({ policy }, { turns });
      const folded = Array.from(
        { length: 30 },
        (_, n) => worker.submit(frameOf(n, 1), 1, { urgent, wantsEffects: true }).folded,
      );
      const fates = await Promise.all(folded);
      expect(fold.seen).toEqual(Array.from({ length: 30 }, (_, n) => n));
      expect(fates.map((fate) => fate.effects.length)).toEqual(fold.seen.map((n) => (n % 10 === 9 ? 1 : 0)));
      expect(fates.map(({ applied }) => applied.offset)).toEqual(fold.seen);
      expect(effects).toEqual(EXPECTED.slice(0, 3));
      await worker.drained();
      await worker.close();
      return count;
    };
    expect(await turnsOf(true, 60_000)).toBe(1);
    // A checkpoint that is due comes in between.
    const withCheckpoints = await turnsOf(true, 60_000, { ...SMALL, changedBytes: 80 });
    expect(withCheckpoints).toBeGreaterThan(1);
    expect(withCheckpoints).toBeLessThan(10);
    expect(await turnsOf(true, -1)).toBeGreaterThanOrEqual(30);
    expect(await turnsOf(false, 60_000)).toBe(30);
  });

  it('stops when the log fails: nothing more is appended or folded', async () => {
    const log = new MemoryLog();
    const { worker, fold } = await openWorker({ log });
    await appendAll(worker, 0, 20);
    log.append = async () => {
      throw new RingwatchError('LOG_FULL', { path: 'p' });
    };
    await expect(worker.append(frameOf(20, 1), 1)).rejects.toMatchObject({ code: 'LOG_FULL' });
    await expect(worker.ready()).rejects.toMatchObject({ code: 'LOG_FULL' });
    await expect(worker.drained()).rejects.toMatchObject({ code: 'LOG_FULL' });
    expect(fold.seen).toHaveLength(20);
    await worker.close();
  });

  it('closes its checkpoints where the log fails to close, and once, whoever closes it again', async () => {
    const log = new MemoryLog();
    const checkpoints = new MemoryCheckpoints();
    const { worker } = await openWorker({ log, checkpoints });
    await appendAll(worker, 0, 20);
    let closed = 0;
    log.close = async () => {
      throw new Error('not closed');
    };
    checkpoints.close = async () => {
      closed++;
    };
    const first = worker.close();
    const second = worker.close({ checkpoint: false });
    await expect(Promise.allSettled([first, second])).resolves.toMatchObject([
      { status: 'rejected', reason: { message: 'not closed' } },
      { status: 'rejected', reason: { message: 'not closed' } },
    ]);
    expect(closed).toBe(1);
  });

  it('publishes definitions, and says why they are refused without stopping', async () => {
    const log = new LastingLog();
    const { worker } = await openWorker({ log, policy: null });
    await worker.publish('right', false, 0);
    await expect(worker.publish('wrong', false, 0)).rejects.toMatchObject({ code: 'INVALID_DEFINITION' });
    await appendAll(worker, 0, 10);
    await worker.close();
    const again = await openWorker({ log });
    expect(again.fold.seen).toHaveLength(10);
    await again.worker.close();
  });

  it('stops where definitions fail halfway: what they changed is not told by the log', async () => {
    const { worker } = await openWorker({ policy: null });
    await expect(worker.publish('lost', false, 0)).rejects.toMatchObject({ code: 'SEGMENT_LOST' });
    await expect(appendAll(worker, 0, 10)).rejects.toMatchObject({ code: 'SEGMENT_LOST' });
    await worker.close({ checkpoint: false });
  });

  it('says effects again that are not kept any more, by folding the log', async () => {
    const log = new LastingLog();
    const checkpoints = new Lasting();
    const policy = { ...SMALL, effectsKept: 5 };
    const noteOnEffects = () => 'noted';
    const createRepeater = (emit: (effect: Effect) => void) => new SummingFold(emit);
    const first = await openWorker({ log, checkpoints, policy }, { noteOnEffects });
    first.worker.acknowledge(Number.POSITIVE_INFINITY);
    await appendAll(first.worker, 0, 500);
    await first.worker.close();
    const start = checkpoints.effectsStart;
    expect(start).toBeGreaterThan(30);
    expect(checkpoints.effectNotes.at(-1)).toEqual({ number: 50, note: 'noted' });
    expect(log.start).toBeGreaterThan(0);
    const openFrom = async (more: Partial<TenantWorkerOptions>): Promise<string[]> => {
      const { worker, effects } = await openWorker({ log, checkpoints, policy: null }, more);
      await worker.close({ checkpoint: false });
      return effects;
    };
    expect(await openFrom({})).toEqual(EXPECTED.slice(start));
    expect(await openFrom({ createRepeater })).toEqual(EXPECTED);
    expect(await openFrom({ createRepeater, effectsFrom: 7 })).toEqual(EXPECTED.slice(7));
    expect(await openFrom({ createRepeater, effectsFrom: 48 })).toEqual(EXPECTED.slice(48));
    expect(await openFrom({ createRepeater, effectsFrom: Number.POSITIVE_INFINITY })).toEqual([]);
  });

  it('hands every durable frame to replicas before it folds it', async () => {
    const log = new LastingLog();
    const offsets: number[] = [];
    const first = await openWorker({ log, policy: null }, { onFrame: ({ offset }) => offsets.push(offset) });
    await appendAll(first.worker, 0, 21);
    await first.worker.close();
    const again = await openWorker({ log, policy: null }, { onFrame: ({ offset }) => offsets.push(offset) });
    expect(offsets).toEqual([0, 7, 14, 0, 7, 14]);
    await again.worker.close();
  });
});
