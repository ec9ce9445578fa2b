import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SegmentArchive } from '../../adapters/files/segment-archive.ts';
import { LmdbCheckpoints } from '../../adapters/lmdb/lmdb-checkpoints.ts';
import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import type { Effect } from '../../core/effects.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { CheckpointChange, CheckpointHead, Checkpoints } from '../../core/ports/checkpoints.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import { LIMITS } from '../../core/limits.ts';
import { TEXT } from '../../core/types.ts';

interface Adapter {
  readonly name: string;
  readonly durable: boolean;
  open(folder: string): Promise<Checkpoints>;
}

const ADAPTERS: Adapter[] = [
  { name: 'memory', durable: false, open: async () => new MemoryCheckpoints() },
  {
    name: 'lmdb',
    durable: true,
    open: (folder) =>
      LmdbCheckpoints.open(path.join(folder, 'checkpoint'), new SegmentArchive(path.join(folder, 'archive'))),
  },
];

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-checkpoints-'));
  folders.push(folder);
  return folder;
}

function head(offset: number, effects = 0): CheckpointHead {
  return { offset, position: offset, semantics: 1, effects };
}

function put(part: string, key: string, text: string): CheckpointChange {
  return { part, key, bytes: Buffer.from(text) };
}

async function entriesOf(checkpoints: Checkpoints): Promise<string[]> {
  const found: string[] = [];
  for await (const { part, key, bytes } of checkpoints.entries()) {
    found.push(
      `${part}:${key.length > 50 ? `${key.slice(0, 5)}…${key.slice(-5)}` : key}=${Buffer.from(bytes)}`,
    );
  }
  return found;
}

async function effectsOf(checkpoints: Checkpoints, from = 0): Promise<string[]> {
  const found: string[] = [];
  for await (const effect of checkpoints.effects(from)) found.push(effect.id);
  return found;
}

function alert(n: number): Effect {
  return { kind: 'alert', id: `alert ${n}`, rule: 'r', position: n, line: `{"id":"${n}","é":"\\u0000"}` };
}

function frameOf(first: number, records: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = 0; n < records; n++) writer.event('s', [`row ${first + n}`], [TEXT], n);
  return writer.finish();
}

function frameAt(offset: number, records: number): LogFrame {
  return { offset, next: offset + records, records, bytes: frameOf(offset, records) };
}

describe.each(ADAPTERS)('checkpoints in $name', ({ durable, open }) => {
  it('are none at first', async () => {
    const checkpoints = await open(await newFolder());
    expect(await checkpoints.latest()).toBeNull();
    expect(await entriesOf(checkpoints)).toEqual([]);
    expect(await effectsOf(checkpoints)).toEqual([]);
    await checkpoints.close();
  });

  it('give the entries in byte order, of which each publication replaces some', async () => {
    const checkpoints = await open(await newFolder());
    await checkpoints.publish(
      head(10),
      [put('b', 'x', '1'), put('a/1', 'z', '2'), put('a', 'z', '3'), put('a', 'é', '4')],
      [],
    );
    expect(await entriesOf(checkpoints)).toEqual(['a:z=3', 'a:é=4', 'a/1:z=2', 'b:x=1']);
    await checkpoints.publish(
      head(20),
      [
        put('b', 'x', '10'),
        { part: 'a', key: 'z', bytes: null },
        put('b', '', 'empty key'),
        put('c', 'gone', ''),
        { part: 'c', key: 'gone', bytes: null },
      ],
      [],
    );
    expect(await checkpoints.latest()).toEqual(head(20));
    expect(await entriesOf(checkpoints)).toEqual(['a:é=4', 'a/1:z=2', 'b:=empty key', 'b:x=10']);
    expect((await checkpoints.describe()).entries).toBe(4);
    await checkpoints.close();
  });

  it('replace and drop entries of any size', async () => {
    const checkpoints = await open(await newFolder());
    const large = 'x'.repeat(300_000);
    await checkpoints.publish(
      head(10),
      [put('a', 'replaced', large), put('a', 'dropped', large), put('b', 'whole', large)],
      [],
    );
    await checkpoints.publish(
      head(20),
      [
        put('a', 'replaced', `${large}y`),
        { part: 'a', key: 'dropped', bytes: null },
        { part: 'b', key: null, bytes: null },
      ],
      [],
    );
    expect(await entriesOf(checkpoints)).toEqual([`a:replaced=${large}y`]);
    expect((await checkpoints.describe()).entries).toBe(1);
    await checkpoints.close();
  });

  it('drop a whole part, and entries put into it before in the same publication', async () => {
    const checkpoints = await open(await newFolder());
    await checkpoints.publish(head(1), [put('a', '1', 'x'), put('a', '2', 'x'), put('ab', '1', 'x')], []);
    await checkpoints.publish(
      head(2),
      [put('a', '3', 'x'), { part: 'a', key: null, bytes: null }, put('a', '4', 'x')],
      [],
    );
    expect(await entriesOf(checkpoints)).toEqual(['a:4=x', 'ab:1=x']);
    await checkpoints.close();
  });

  it('keep keys and bytes of any length', async () => {
    const checkpoints = await open(await newFolder());
    const long = 'k'.repeat(5000);
    await checkpoints.publish(
      head(1),
      [
        put('p', `${long}b`, 'B'),
        put('p', `${long}a`, 'A'),
        put('p', `${long}c`, 'C'),
        put('p', 'z', 'Z'),
        put('p', 'a\0b', '0'),
      ],
      [],
    );
    expect(await entriesOf(checkpoints)).toEqual([
      'p:a\0b=0',
      'p:kkkkk…kkkka=A',
      'p:kkkkk…kkkkb=B',
      'p:kkkkk…kkkkc=C',
      'p:z=Z',
    ]);
    await checkpoints.publish(
      head(2),
      [{ part: 'p', key: `${long}b`, bytes: null }, put('p', 'big', 'x'.repeat(3_000_000))],
      [],
    );
    const lengths: number[] = [];
    for await (const { bytes } of checkpoints.entries()) lengths.push(bytes.length);
    expect(lengths).toEqual([1, 3_000_000, 1, 1, 1]);
    await checkpoints.close();
  });

  it('keep the effects that they cover, by number', async () => {
    const checkpoints = await open(await newFolder());
    const effects = Array.from({ length: 700 }, (_, n) => alert(n));
    await checkpoints.publish(head(1, 3), [], effects.slice(0, 3));
    await checkpoints.publish(head(2, 3), [], []);
    await checkpoints.publish(head(3, 700), [], effects.slice(3));
    expect(await effectsOf(checkpoints)).toEqual(effects.map(({ id }) => id));
    expect(await effectsOf(checkpoints, 2)).toHaveLength(698);
    expect(await effectsOf(checkpoints, 300)).toEqual(effects.slice(300).map(({ id }) => id));
    expect(await effectsOf(checkpoints, 700)).toEqual([]);
    for await (const effect of checkpoints.effects(5)) {
      expect(effect).toEqual(alert(5));
      break;
    }
    await checkpoints.close();
  });

  it('can be thrown away', async () => {
    const checkpoints = await open(await newFolder());
    await checkpoints.publish(head(1, 1), [put('a', 'b', 'c')], [alert(0)]);
    await checkpoints.clear();
    expect([await checkpoints.latest(), await entriesOf(checkpoints), await effectsOf(checkpoints)]).toEqual([
      null,
      [],
      [],
    ]);
    await checkpoints.publish(head(5, 1), [put('a', 'd', 'e')], [alert(0)]);
    expect(await entriesOf(checkpoints)).toEqual(['a:d=e']);
    await checkpoints.close();
  });

  it('forget effects that need not be kept, and what was noted of them', async () => {
    const checkpoints = await open(await newFolder());
    const publish = async (to: number, keepFrom: number): Promise<void> => {
      const from = (await checkpoints.latest())?.effects ?? 0;
      const effects = Array.from({ length: to - from }, (_, n) => alert(from + n));
      await checkpoints.publish(head(to, to), [], effects, keepFrom, `up to ${to}`);
    };
    await publish(3, 0);
    await publish(5, 0);
    await publish(9, 2);
    expect(checkpoints.effectsStart).toBeLessThanOrEqual(2);
    await publish(10, 5);
    const { effectsStart } = checkpoints;
    expect(effectsStart).toBeGreaterThanOrEqual(3);
    expect(effectsStart).toBeLessThanOrEqual(5);
    expect((await effectsOf(checkpoints, 6))[0]).toBe('alert 6');
    expect((await effectsOf(checkpoints))[0]).toBe(`alert ${effectsStart}`);
    expect(checkpoints.effectNotes.map(({ number }) => number)).toEqual(
      [3, 5, 9, 10].filter((number) => number >= effectsStart),
    );
    expect(checkpoints.effectNotes.at(-1)).toEqual({ number: 10, note: 'up to 10' });
    for (let to = 11; to < 60; to++) await publish(to, 10);
    expect(checkpoints.effectNotes.length).toBeLessThanOrEqual(LIMITS.effectNotesMax);
    expect(checkpoints.effectNotes.at(-1)).toEqual({ number: 59, note: 'up to 59' });
    await checkpoints.clear();
    expect([checkpoints.effectsStart, checkpoints.effectNotes]).toEqual([0, []]);
    await checkpoints.close();
  });

  it('tell what is kept also while a checkpoint that forgets becomes durable', async () => {
    const checkpoints = await open(await newFolder());
    const firsts = new Set<number>();
    for (let to = 5; to <= 1000; to += 5) {
      const effects = Array.from({ length: 5 }, (_, n) => alert(to - 5 + n));
      let isPublished = false;
      const published = checkpoints.publish(head(to, to), [], effects, to - 10);
      void published.finally(() => (isPublished = true));
      while (!isPublished) {
        const { effectsStart } = checkpoints;
        const kept = await effectsOf(checkpoints, effectsStart);
        expect(kept).toEqual(kept.map((_, n) => `alert ${effectsStart + n}`));
        expect(await checkpoints.firstEffectAt(0)).toBe(checkpoints.effectsStart);
        firsts.add(effectsStart);
        await nextTurn();
      }
      await published;
    }
    expect(firsts.size).toBeGreaterThan(20);
    await checkpoints.close();
  });

  it('archive segments of the log, to be read from any offset', async () => {
    const checkpoints = await open(await newFolder());
    await checkpoints.archive([frameAt(0, 2), frameAt(2, 3)]);
    await checkpoints.archive([frameAt(5, 1)]);
    const read = async (offset: number): Promise<number[]> => {
      const offsets: number[] = [];
      for await (const frame of checkpoints.archived(offset)) {
        expect(Buffer.compare(frame.bytes, frameOf(frame.offset, frame.records))).toBe(0);
        offsets.push(frame.offset);
      }
      return offsets;
    };
    expect(await read(0)).toEqual([0, 2, 5]);
    expect(await read(2)).toEqual([2, 5]);
    expect(await read(4)).toEqual([2, 5]);
    expect(await read(6)).toEqual([]);
    expect(await checkpoints.describe()).toMatchObject({ archivedSegments: 2, archivedEnd: 6 });
    await checkpoints.close();
  });

  it('archive frames of one record that hold many offsets', async () => {
    const checkpoints = await open(await newFolder());
    const frames = [0, 512, 1536].map((offset) => ({
      ...frameAt(offset, 1),
      next: offset + (offset === 512 ? 1024 : 512),
    }));
    await checkpoints.archive(frames);
    const read = async (offset: number): Promise<number[][]> => {
      const places: number[][] = [];
      for await (const frame of checkpoints.archived(offset)) places.push([frame.offset, frame.next]);
      return places;
    };
    expect(await read(0)).toEqual([
      [0, 512],
      [512, 1536],
      [1536, 2048],
    ]);
    expect(await read(1535)).toEqual([
      [512, 1536],
      [1536, 2048],
    ]);
    expect(await checkpoints.describe()).toMatchObject({ archivedEnd: 2048 });
    await checkpoints.close();
  });

  it('read each archived frame once where segments overlap', async () => {
    const checkpoints = await open(await newFolder());
    await checkpoints.archive([frameAt(0, 2), frameAt(2, 3)]);
    await checkpoints.archive([frameAt(0, 2), frameAt(2, 3), frameAt(5, 1)]);
    const offsets: number[] = [];
    for await (const { offset } of checkpoints.archived(0)) offsets.push(offset);
    expect(offsets).toEqual([0, 2, 5]);
    await checkpoints.close();
  });

  if (durable) {
    it('are there when they are opened again', async () => {
      const folder = await newFolder();
      const first = await open(folder);
      await first.publish(head(7, 2), [put('a', 'b', 'c')], [alert(0), alert(1)], 0, 'two');
      await first.archive([frameAt(0, 2), frameAt(2, 3)]);
      await first.close();
      const again = await open(folder);
      expect(await again.latest()).toEqual(head(7, 2));
      expect(again.effectNotes).toEqual([{ number: 2, note: 'two' }]);
      expect([await entriesOf(again), await effectsOf(again)]).toEqual([['a:b=c'], ['alert 0', 'alert 1']]);
      await again.publish(head(8, 3), [{ part: 'a', key: 'b', bytes: null }], [alert(2)]);
      expect([await entriesOf(again), await effectsOf(again)]).toEqual([
        [],
        ['alert 0', 'alert 1', 'alert 2'],
      ]);
      await again.close();
    });
  }
});
