import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileLog } from '../../adapters/files/file-log.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import type { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import { TEXT } from '../../core/types.ts';

interface Adapter {
  readonly name: string;
  /** Whether another log opened afterwards finds what was stored. */
  readonly durable: boolean;
  /** A new log; `folder` is its own. */
  open(folder: string): Promise<TenantLog>;
}

const ADAPTERS: Adapter[] = [
  { name: 'memory', durable: false, open: async () => new MemoryLog() },
  {
    name: 'files',
    durable: true,
    open: async (folder) =>
      (await readdir(folder)).length === 0 ? FileLog.create(folder) : FileLog.open(folder),
  },
];

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-log-'));
  folders.push(folder);
  return folder;
}

function frameOf(first: number, records: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = 0; n < records; n++) writer.event('s', [`row ${first + n}`], [TEXT], n);
  return writer.finish();
}

/** Appends frames of 1, 2, 3, … records. */
async function appendSome(log: TenantLog, frames: number): Promise<number[]> {
  const offsets: Promise<number>[] = [];
  let next = log.end;
  for (let n = 1; n <= frames; n++) {
    offsets.push(log.append(frameOf(next, n), n));
    next += n;
  }
  return Promise.all(offsets);
}

async function readAll(log: TenantLog, offset: number): Promise<{ offset: number; records: number }[]> {
  const frames: { offset: number; records: number }[] = [];
  for await (const { offset: at, records, bytes } of log.read(offset)) {
    expect(Buffer.compare(bytes, frameOf(at, records))).toBe(0);
    frames.push({ offset: at, records });
  }
  return frames;
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'nothing thrown',
    (error: RingwatchError) => error.code,
  );
}

describe.each(ADAPTERS)('a tenant log in $name', ({ durable, open }) => {
  it('is empty at first', async () => {
    const log = await open(await newFolder());
    expect([log.start, log.end, await readAll(log, 0)]).toEqual([0, 0, []]);
    await log.close();
  });

  it('numbers records densely, in call order', async () => {
    const log = await open(await newFolder());
    expect(await appendSome(log, 4)).toEqual([0, 1, 3, 6]);
    expect(log.end).toBe(10);
    await log.close();
  });

  it('reads from the frame that holds the offset', async () => {
    const log = await open(await newFolder());
    await appendSome(log, 4);
    expect((await readAll(log, 0)).map(({ offset }) => offset)).toEqual([0, 1, 3, 6]);
    expect((await readAll(log, 2)).map(({ offset }) => offset)).toEqual([1, 3, 6]);
    expect((await readAll(log, 3)).map(({ offset }) => offset)).toEqual([3, 6]);
    expect((await readAll(log, 9)).map(({ offset }) => offset)).toEqual([6]);
    expect(await readAll(log, 10)).toEqual([]);
    await log.close();
  });

  it('keeps hundreds of appends under way in order', async () => {
    const log = await open(await newFolder());
    const offsets = await Promise.all(Array.from({ length: 1500 }, (_, n) => log.append(frameOf(n, 1), 1)));
    expect(offsets).toEqual(Array.from({ length: 1500 }, (_, n) => n));
    expect(await readAll(log, 0)).toHaveLength(1500);
    await log.close();
  });

  it('reads up to the end at the time of the call', async () => {
    const log = await open(await newFolder());
    await appendSome(log, 2);
    const frames: number[] = [];
    for await (const { offset } of log.read(0)) {
      frames.push(offset);
      if (frames.length < 5) await log.append(frameOf(log.end, 1), 1);
    }
    expect(frames).toEqual([0, 1]);
    await log.close();
  });

  it('gives bytes that are the caller’s to keep', async () => {
    const log = await open(await newFolder());
    await appendSome(log, 2);
    for await (const { bytes } of log.read(0)) bytes.fill(0);
    expect(await readAll(log, 0)).toHaveLength(2);
    await log.close();
  });

  it('forgets frames that lie wholly before the offset trimmed to', async () => {
    const log = await open(await newFolder());
    await appendSome(log, 4);
    await log.trim(4);
    expect(log.start).toBe(3);
    expect((await readAll(log, 3)).map(({ offset }) => offset)).toEqual([3, 6]);
    await expect(codeOf(readAll(log, 2))).resolves.toBe('LOG_TRIMMED');
    await log.trim(1);
    expect(log.start).toBe(3);
    await log.close();
  });

  it('goes on at the same offset after all of it was trimmed', async () => {
    const folder = await newFolder();
    const log = await open(folder);
    await appendSome(log, 4);
    await log.trim(10);
    expect([log.start, log.end]).toEqual([10, 10]);
    expect(await appendSome(log, 2)).toEqual([10, 11]);
    await log.close();
    if (!durable) return;
    const again = await open(folder);
    expect([again.start, again.end]).toEqual([10, 13]);
    await again.close();
  });

  it('trims thousands of frames', async () => {
    const log = await open(await newFolder());
    await Promise.all(Array.from({ length: 1300 }, (_, n) => log.append(frameOf(n, 1), 1)));
    await log.trim(1250);
    expect((await readAll(log, 1250))[0]).toEqual({ offset: 1250, records: 1 });
    expect(log.start).toBe(1250);
    await log.close();
  });

  it('waits for appends under way when it is closed, and refuses later ones', async () => {
    const log = await open(await newFolder());
    const append = log.append(frameOf(0, 1), 1);
    const closed = log.close();
    await expect(codeOf(log.append(frameOf(1, 1), 1))).resolves.toBe('LOG_CLOSED');
    await expect(append).resolves.toBe(0);
    await closed;
    await log.close();
  });

  if (durable) {
    it('gives back what was stored when it is opened again', async () => {
      const folder = await newFolder();
      const log = await open(folder);
      await appendSome(log, 5);
      await log.trim(3);
      await log.close();
      const again = await open(folder);
      expect([again.start, again.end]).toEqual([3, 15]);
      expect((await readAll(again, 3)).map(({ offset }) => offset)).toEqual([3, 6, 10]);
      await again.close();
    });
  }
});
