import { describe, expect, it } from '@jest/globals';
import { present } from '../../core/assert.ts';
import { FrameReader } from '../../core/frame.ts';
import type { LogFrame, SharedLog } from '../../core/ports/tenant-log.ts';
import { TEXT } from '../../core/types.ts';
import { describeTenantLog, frameOf, type LogAdapter, logFolders, readAll } from './tenant-log.ts';

/** What the first record of a frame of `frameOf` says: the frame's number. */
export function numberOf({ bytes }: LogFrame): string {
  const record = new FrameReader(bytes, () => [TEXT]).next();
  if (record?.kind !== 'event') throw new Error('it is no frame of a test');
  return String(record.row[0]).replace(/^row (.*)\.\d+$/, '$1');
}

/** Someone who follows a log, and keeps what came. */
export class Follower {
  readonly frames: LogFrame[] = [];
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;
  #failure: unknown = null;
  #wake: () => void = () => undefined;

  constructor(log: SharedLog, offset = 0) {
    this.#following = (async () => {
      for await (const frame of log.follow(offset, this.#ending.signal)) {
        this.frames.push(frame);
        this.#wake();
      }
    })().catch((error: unknown) => {
      this.#failure = error;
      this.#wake();
    });
  }

  /** Resolves once the frames up to `end` have come. Rejects with what ended the following. */
  async reached(end: number): Promise<void> {
    while ((this.frames.at(-1)?.next ?? 0) < end) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the following, and gives the numbers of the frames that came, each after the other by their offsets. */
  async end(): Promise<string[]> {
    this.#ending.abort();
    await this.#following;
    if (this.#failure !== null) throw this.#failure;
    for (const [n, { offset }] of this.frames.entries())
      if (n > 0) expect(offset).toBe(present(this.frames[n - 1]).next);
    return this.frames.map(numberOf);
  }
}

/** Expects that each writer's frames, numbered `writer:n`, are there once and in the order of its calls. */
export function expectEachOnceInOrder(
  numbers: readonly string[],
  writers: readonly string[],
  each: number,
): void {
  expect(numbers).toHaveLength(writers.length * each);
  for (const writer of writers) {
    const own = numbers.filter((number) => number.startsWith(`${writer}:`));
    expect(own).toEqual(Array.from({ length: each }, (_, n) => `${writer}:${n}`));
  }
}

/** What every SharedLog does; `open` opens another of the same place each time. */
export function describeSharedLog(adapter: LogAdapter<SharedLog>): void {
  describeTenantLog(adapter);

  describe(`a shared log in ${adapter.name}`, () => {
    const newFolder = logFolders();

    it('brings what three append at once to all in one order, each frame once', async () => {
      const folder = await newFolder();
      const logs = await Promise.all([0, 1, 2].map(() => adapter.open(folder)));
      const followers = logs.map((log) => new Follower(log));
      const offsets = await Promise.all(
        logs.map(async (log, writer) => {
          const own: number[] = [];
          for (let n = 0; n < 300; n += 10) {
            const tens = Array.from({ length: 10 }, (_, m) => log.append(frameOf(`${writer}:${n + m}`), 1));
            own.push(...(await Promise.all(tens)));
          }
          return own;
        }),
      );
      const end = await present(logs[0]).head();
      await Promise.all(followers.map((follower) => follower.reached(end)));
      const [first = [], ...others] = await Promise.all(followers.map((follower) => follower.end()));
      expectEachOnceInOrder(first, ['0', '1', '2'], 300);
      for (const other of others) expect(other).toEqual(first);
      // Each append was told the offset that all see its frame at.
      const seen = new Map(present(followers[0]).frames.map((frame) => [numberOf(frame), frame.offset]));
      for (const [writer, own] of offsets.entries())
        for (const [n, offset] of own.entries()) expect(seen.get(`${writer}:${n}`)).toBe(offset);
      expect((await readAll(present(logs[1]), 0)).map(numberOf)).toEqual(first);
      await Promise.all(logs.map((log) => log.close()));
    });

    it('is followed from any offset, what is there first and then what comes', async () => {
      const folder = await newFolder();
      const log = await adapter.open(folder);
      const offsets = await Promise.all([0, 1, 2, 3].map((n) => log.append(frameOf(n), 1)));
      const follower = new Follower(log, present(offsets[2]));
      await follower.reached(log.end);
      await (await adapter.open(folder)).append(frameOf('later'), 1);
      await follower.reached(await log.head());
      expect(await follower.end()).toEqual(['2', '3', 'later']);
      await log.close();
    });

    it('tells by its head what was acknowledged to anyone before', async () => {
      const folder = await newFolder();
      const [one, other] = [await adapter.open(folder), await adapter.open(folder)];
      for (let n = 0; n < 20; n++) {
        const offset = await one.append(frameOf(n), 1);
        const heads = await Promise.all([other.head(), other.head(), other.head()]);
        for (const head of heads) expect(head).toBeGreaterThan(offset);
      }
      await Promise.all([one.close(), other.close()]);
    });

    it('is followed while it is trimmed', async () => {
      const folder = await newFolder();
      const [writer, reader] = [await adapter.open(folder), await adapter.open(folder)];
      const follower = new Follower(reader);
      for (let n = 0; n < 60; n++) {
        const offset = await writer.append(frameOf(n), 1);
        if (n % 10 !== 9) continue;
        await follower.reached(offset + 1);
        await writer.trim(offset);
      }
      const end = await writer.head();
      await follower.reached(end);
      const late = new Follower(reader, writer.start);
      await late.reached(end);
      expect(await follower.end()).toEqual(Array.from({ length: 60 }, (_, n) => `${n}`));
      expect(await late.end()).toEqual(['59']);
      await Promise.all([writer.close(), reader.close()]);
    });

    it('ends following when it is asked to, also where nothing comes', async () => {
      const log = await adapter.open(await newFolder());
      const follower = new Follower(log);
      const soon = new Follower(log);
      expect(await soon.end()).toEqual([]);
      await log.append(frameOf(0), 1);
      await follower.reached(log.end);
      expect(await follower.end()).toEqual(['0']);
      await log.close();
    });
  });
}
