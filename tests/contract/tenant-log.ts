import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { present } from '../../core/assert.ts';
import type { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { LogFrame, TenantLog } from '../../core/ports/tenant-log.ts';
import { TEXT } from '../../core/types.ts';

/** An adapter of TenantLog, as the contract wants it. */
export interface LogAdapter<Log extends TenantLog = TenantLog> {
  readonly name: string;
  /** Whether another log opened afterwards finds what was stored. */
  readonly durable: boolean;
  /** A log of the place that the folder is, or names: a new one where it is new. */
  open(folder: string): Promise<Log>;
}

/** A frame of `records` records that no other `number` has. */
export function frameOf(number: number | string, records = 1): Uint8Array {
  const writer = new FrameWriter();
  for (let n = 0; n < records; n++) writer.event('s', [`row ${number}.${n}`], [TEXT], n);
  return writer.finish();
}

/** The code of the error that an action ends with. */
export async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'nothing thrown',
    (error: RingwatchError) => error.code,
  );
}

/** The frames of the log from `offset` on; their offsets follow one another. */
export async function readAll(log: TenantLog, offset: number): Promise<LogFrame[]> {
  const frames: LogFrame[] = [];
  for await (const frame of log.read(offset)) {
    const before = frames.at(-1);
    if (before !== undefined) expect(frame.offset).toBe(before.next);
    expect(frame.next).toBeGreaterThan(frame.offset);
    frames.push(frame);
  }
  return frames;
}

interface Appended {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Appends frames of 1, 2, 3, … records, all at once or one after the other. */
async function appendSome(log: TenantLog, frames: number, oneByOne = false): Promise<Appended[]> {
  const appended: Promise<Appended>[] = [];
  for (let n = 1; n <= frames; n++) {
    const bytes = frameOf(n, n);
    const appending = log.append(bytes, n).then((offset) => ({ offset, bytes }));
    appended.push(appending);
    if (oneByOne) await appending;
  }
  return Promise.all(appended);
}

function expectFrames(found: readonly LogFrame[], expected: readonly Appended[]): void {
  expect(found.map(({ offset }) => offset)).toEqual(expected.map(({ offset }) => offset));
  for (const [n, { bytes }] of expected.entries())
    expect(Buffer.compare(present(found[n]).bytes, bytes)).toBe(0);
}

/** Folders for logs, which are removed after each test. */
export function logFolders(): () => Promise<string> {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-log-'));
    folders.push(folder);
    return folder;
  };
}

/** What every TenantLog does, whatever its offsets count. */
export function describeTenantLog({ name, durable, open }: LogAdapter): void {
  describe(`a tenant log in ${name}`, () => {
    const newFolder = logFolders();

    it('is empty at first', async () => {
      const log = await open(await newFolder());
      expect([log.start, log.end, await readAll(log, 0)]).toEqual([0, 0, []]);
      await log.close();
    });

    it('numbers frames one after the other, in call order, from 0 on', async () => {
      const log = await open(await newFolder());
      const appended = await appendSome(log, 4);
      expect(present(appended[0]).offset).toBe(0);
      const frames = await readAll(log, 0);
      expectFrames(frames, appended);
      expect(frames.map(({ records }) => records)).toEqual([1, 2, 3, 4]);
      expect(log.end).toBe(present(frames.at(-1)).next);
      await log.close();
    });

    it('reads from the frame that begins at the offset', async () => {
      const log = await open(await newFolder());
      const appended = await appendSome(log, 4);
      for (const [n, { offset }] of appended.entries())
        expectFrames(await readAll(log, offset), appended.slice(n));
      expect(await readAll(log, log.end)).toEqual([]);
      await log.close();
    });

    it('keeps hundreds of appends under way in order', async () => {
      const log = await open(await newFolder());
      const frames = Array.from({ length: 1500 }, (_, n) => frameOf(n));
      const offsets = await Promise.all(frames.map((frame) => log.append(frame, 1)));
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expectFrames(
        await readAll(log, 0),
        frames.map((bytes, n) => ({ bytes, offset: present(offsets[n]) })),
      );
      await log.close();
    });

    it('reads up to the end at the time of the call', async () => {
      const log = await open(await newFolder());
      const appended = await appendSome(log, 2);
      const offsets: number[] = [];
      for await (const { offset } of log.read(0)) {
        offsets.push(offset);
        if (offsets.length < 5) await log.append(frameOf('later'), 1);
      }
      expect(offsets).toEqual(appended.map(({ offset }) => offset));
      await log.close();
    });

    it('gives bytes that are the caller’s to keep', async () => {
      const log = await open(await newFolder());
      const appended = await appendSome(log, 2);
      for await (const { bytes } of log.read(0)) bytes.fill(0);
      expectFrames(await readAll(log, 0), appended);
      await log.close();
    });

    it('forgets frames that lie wholly before the offset trimmed to', async () => {
      const log = await open(await newFolder());
      const appended = await appendSome(log, 4, true);
      const third = present(appended[2]).offset;
      await log.trim(third);
      expect(log.start).toBe(third);
      expectFrames(await readAll(log, third), appended.slice(2));
      await expect(codeOf(readAll(log, third - 1))).resolves.toBe('LOG_TRIMMED');
      await log.trim(1);
      expect(log.start).toBe(third);
      await log.close();
    });

    it('goes on at the same offset after all of it was trimmed', async () => {
      const folder = await newFolder();
      const log = await open(folder);
      await appendSome(log, 4);
      const { end } = log;
      await log.trim(end);
      expect([log.start, log.end]).toEqual([end, end]);
      const [next] = await appendSome(log, 2);
      expect(present(next).offset).toBe(end);
      const grown = log.end;
      await log.close();
      if (!durable) return;
      const again = await open(folder);
      expect([again.start, again.end]).toEqual([end, grown]);
      await again.close();
    });

    it('trims thousands of frames', async () => {
      const log = await open(await newFolder());
      const frames = Array.from({ length: 1300 }, (_, n) => frameOf(n));
      const offsets = await Promise.all(frames.map((frame) => log.append(frame, 1)));
      const at = present(offsets[1250]);
      await log.trim(at);
      expect(log.start).toBeLessThanOrEqual(at);
      expect(log.start).toBeGreaterThan(present(offsets[900]));
      const [first] = await readAll(log, at);
      expect(present(first).offset).toBe(at);
      expect(Buffer.compare(present(first).bytes, present(frames[1250]))).toBe(0);
      await log.close();
    });

    it('waits for appends under way when it is closed, and refuses later ones', async () => {
      const log = await open(await newFolder());
      const append = log.append(frameOf(0), 1);
      const closed = log.close();
      await expect(codeOf(log.append(frameOf(1), 1))).resolves.toBe('LOG_CLOSED');
      await expect(append).resolves.toBe(0);
      await closed;
      await log.close();
    });

    if (durable) {
      it('gives back what was stored when it is opened again', async () => {
        const folder = await newFolder();
        const log = await open(folder);
        const appended = await appendSome(log, 5, true);
        const third = present(appended[2]).offset;
        const { end } = log;
        await log.trim(third);
        await log.close();
        const again = await open(folder);
        expect([again.start, again.end]).toEqual([third, end]);
        expectFrames(await readAll(again, third), appended.slice(2));
        await again.close();
      });
    }
  });
}
