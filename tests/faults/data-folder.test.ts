import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataFolder } from '../../adapters/files/data-folder.ts';
import { LmdbStore, numberKey, type StoreChange, sealed } from '../../adapters/lmdb/lmdb-store.ts';
import type { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { CheckpointChange } from '../../core/ports/checkpoints.ts';
import { type LogFrame, spanOf } from '../../core/ports/tenant-log.ts';
import { TEXT } from '../../core/types.ts';

const REPOSITORY = path.join(import.meta.dirname, '../..');
const SEGMENT = 'log/0000000000000000.log';
const folders: string[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-folder-'));
  folders.push(folder);
  return path.join(folder, 'data');
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'nothing thrown',
    (error: RingwatchError) => error.code ?? `no code: ${error.message}`,
  );
}

function frameOf(first: number, records: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = 0; n < records; n++) writer.event('s', [`row ${first + n}`], [TEXT], n);
  return writer.finish();
}

/** A folder with archived segments, a checkpoint with entries and effects, and a log behind it. */
async function fill(folder: string): Promise<void> {
  const data = await openDataFolder(folder, { create: true });
  for (let n = 0; n < 60; n++) await data.log.append(frameOf(data.log.end, (n % 9) + 1), (n % 9) + 1);
  const archived: LogFrame[] = [];
  for await (const frame of data.log.read(0)) {
    if (frame.offset > 100) break;
    archived.push(frame);
  }
  await data.checkpoints.archive(archived);
  const { end } = spanOf(archived);
  const changes: CheckpointChange[] = Array.from({ length: 200 }, (_, n) => ({
    part: `part ${n % 3}`,
    key: `key ${n}`,
    bytes: Buffer.alloc(n * 20, n),
  }));
  const effects = Array.from({ length: 5 }, (_, n) => ({
    kind: 'alert' as const,
    id: `a${n}`,
    rule: 'r',
    position: n,
    line: '{}',
  }));
  await data.checkpoints.publish({ offset: end, position: end, semantics: 1, effects: 5 }, changes, effects);
  await data.log.trim(end);
  await data.close();
}

/** Everything that a folder holds, as text; the checkpoint's share is null where it was thrown away. */
async function contentOf(folder: string): Promise<{ records: string; checkpoint: string | null }> {
  const data = await openDataFolder(folder, { create: false });
  try {
    const records: unknown[] = [];
    for await (const { offset, bytes } of data.checkpoints.archived(0)) {
      records.push([offset, Buffer.from(bytes).toString('base64')]);
    }
    for await (const { offset, bytes } of data.log.read(data.log.start)) {
      records.push([offset, Buffer.from(bytes).toString('base64')]);
    }
    if (data.discardedCheckpoint !== null) return { records: JSON.stringify(records), checkpoint: null };
    const parts: unknown[] = [await data.checkpoints.latest()];
    for await (const { part, key, bytes } of data.checkpoints.entries()) {
      parts.push([part, key, Buffer.from(bytes).toString('base64')]);
    }
    for await (const effect of data.checkpoints.effects(0)) parts.push(effect);
    return { records: JSON.stringify(records), checkpoint: JSON.stringify(parts) };
  } finally {
    await data.close();
  }
}

describe('a data folder', () => {
  it('is made where there is none, and found again', async () => {
    const folder = await newFolder();
    await expect(codeOf(openDataFolder(folder, { create: false }))).resolves.toBe('DATA_FOLDER_NOT_FOUND');
    await fill(folder);
    expect((await readdir(folder)).sort()).toEqual([
      'archive',
      'checkpoint',
      'lock',
      'log',
      'ringwatch.json',
    ]);
    expect((await contentOf(folder)).checkpoint).not.toBeNull();
  });

  it('is made anew where its making was cut short', async () => {
    const folder = await newFolder();
    await fill(folder);
    await rm(path.join(folder, 'ringwatch.json'));
    await rm(path.join(folder, 'archive'), { recursive: true });
    const data = await openDataFolder(folder, { create: true });
    expect([data.log.start, data.log.end]).toEqual([0, 0]);
    await data.close();
  });

  it('is refused where something else lies, or a format of the future', async () => {
    const folder = await newFolder();
    await fill(folder);
    await writeFile(path.join(folder, 'ringwatch.json'), '{"format":3}');
    await expect(codeOf(openDataFolder(folder, { create: true }))).resolves.toBe('DATA_FOLDER_UNSUPPORTED');
    await writeFile(path.join(folder, 'ringwatch.json'), 'no JSON');
    await expect(codeOf(openDataFolder(folder, { create: true }))).resolves.toBe('DATA_FOLDER_UNSUPPORTED');
    await rm(path.join(folder, 'ringwatch.json'));
    await writeFile(path.join(folder, 'notes.txt'), 'mine');
    await expect(codeOf(openDataFolder(folder, { create: true }))).resolves.toBe('DATA_FOLDER_NOT_FOUND');
    await expect(codeOf(openDataFolder(path.join(folder, 'notes.txt'), { create: true }))).resolves.toBe(
      'DATA_FOLDER_NOT_FOUND',
    );
  });

  it('is given free where its log or its checkpoints fail to close', async () => {
    const folder = await newFolder();
    await fill(folder);
    for (const part of ['log', 'checkpoints'] as const) {
      const data = await openDataFolder(folder, { create: false });
      const closes = data[part].close.bind(data[part]);
      data[part].close = async () => {
        await closes();
        throw new Error(`${part} not closed`);
      };
      await expect(data.close()).rejects.toThrow(`${part} not closed`);
      // A second call is the first.
      await expect(data.close()).rejects.toThrow(`${part} not closed`);
    }
    expect((await contentOf(folder)).checkpoint).not.toBeNull();
  });

  it('says by its code why it could not be made, and can be made then', async () => {
    const folder = await newFolder();
    const obstacle = path.join(folder, 'ringwatch.json.unfinished');
    await mkdir(obstacle, { recursive: true });
    await expect(openDataFolder(folder, { create: true })).rejects.toMatchObject({
      code: 'LOG_WRITE_FAILED',
      retryable: true,
    });
    await rm(obstacle, { recursive: true });
    const data = await openDataFolder(folder, { create: true });
    expect(await data.log.append(frameOf(0, 1), 1)).toBe(0);
    await data.close();
  });

  it('is open once in a process', async () => {
    const folder = await newFolder();
    const data = await openDataFolder(folder, { create: true });
    await expect(codeOf(openDataFolder(folder, { create: true }))).resolves.toBe('DATA_FOLDER_IN_USE');
    await data.close();
    await (await openDataFolder(folder, { create: true })).close();
  });

  it('is open in one process at a time, and free once that is killed', async () => {
    const folder = await newFolder();
    const program = path.join(REPOSITORY, 'dist/tests/faults/hold-folder.js');
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    await expect(openDataFolder(folder, { create: true })).rejects.toMatchObject({
      code: 'DATA_FOLDER_IN_USE',
      message: expect.stringContaining(`process ${child.pid}`),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await openDataFolder(folder, { create: true })).close();
  });
});

describe('damage to a data folder', () => {
  const original = path.join(tmpdir(), `ringwatch-folder-original-${process.pid}`);
  let whole: Awaited<ReturnType<typeof contentOf>>;
  let files: string[];

  beforeAll(async () => {
    await rm(original, { recursive: true, force: true });
    await fill(original);
    whole = await contentOf(original);
    const segments = await readdir(path.join(original, 'archive'));
    files = [SEGMENT, 'log/bounds', 'checkpoint/data.mdb', ...segments.map((name) => `archive/${name}`)];
  });

  /** What opening and reading a copy comes to after `damage` was done to it. */
  async function outcomeOf(damage: (folder: string) => Promise<void>): Promise<string> {
    const folder = await newFolder();
    await cp(original, folder, { recursive: true });
    await damage(folder);
    return contentOf(folder).then(
      (content) => {
        if (content.records !== whole.records) return 'other records';
        if (content.checkpoint === null) return 'checkpoint thrown away';
        return content.checkpoint === whole.checkpoint ? 'unharmed' : 'another checkpoint';
      },
      (error: RingwatchError) => error.code ?? error.message,
    );
  }

  it.each<[string, string]>([
    [SEGMENT, 'LOG_CORRUPT'],
    ['log/bounds', 'LOG_CORRUPT'],
    ['checkpoint/data.mdb', 'checkpoint thrown away'],
  ])('is found where %s is missing, empty or cut: %s', async (file, outcome) => {
    expect(await outcomeOf((folder) => rm(path.join(folder, file)))).toBe(outcome);
    expect(await outcomeOf((folder) => truncate(path.join(folder, file), 0))).toBe(outcome);
    expect(await outcomeOf((folder) => truncate(path.join(folder, file), 10))).toBe(outcome);
    if (file === 'log/bounds') return;
    expect(await outcomeOf((folder) => truncate(path.join(folder, file), 4096))).toBe(outcome);
    expect(await outcomeOf((folder) => truncate(path.join(folder, file), 5_000))).toBe(outcome);
  });

  it('is found where a segment of the archive is cut', async () => {
    expect(await outcomeOf((folder) => truncate(path.join(folder, files[3] as string), 100))).toBe(
      'ARCHIVE_CORRUPT',
    );
  });

  it('is found, or harms nothing, whichever bit is flipped', async () => {
    let seed = 20_261_122;
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return seed / 0x8000_0000;
    };
    const outcomes = new Map<string, number>();
    for (let n = 0; n < 150; n++) {
      const file = files[n % files.length] as string;
      const outcome = await outcomeOf(async (folder) => {
        const bytes = await readFile(path.join(folder, file));
        const bit = Math.floor(random() * bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        await writeFile(path.join(folder, file), bytes);
      });
      const key = `${file.split('/')[0]}: ${outcome}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
    expect([...outcomes.keys()].sort()).toEqual([
      'archive: ARCHIVE_CORRUPT',
      'checkpoint: CHECKPOINT_CORRUPT',
      'checkpoint: checkpoint thrown away',
      'checkpoint: unharmed',
      'log: LOG_CORRUPT',
      'log: unharmed',
    ]);
  });
});

describe('a data folder of format 1, with its log in LMDB', () => {
  /** Makes the log of a folder the old one. */
  async function ageOf(folder: string): Promise<void> {
    const data = await openDataFolder(folder, { create: false });
    const changes: StoreChange[] = [];
    for await (const { offset, bytes } of data.log.read(data.log.start)) {
      changes.push({ key: numberKey(0x01, offset), value: Buffer.from(bytes) });
    }
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(data.log.start));
    await data.close();
    await rm(path.join(folder, 'log'), { recursive: true });
    const store = new LmdbStore(path.join(folder, 'log'));
    const startKey = Buffer.from([0x02]);
    await store.commit([...changes, { key: startKey, value: sealed(startKey, start) }]);
    await store.close();
    await writeFile(path.join(folder, 'ringwatch.json'), '{"format":1}\n');
  }

  /** What a folder holds, and the names in its log and its format afterwards. */
  async function converted(folder: string): Promise<{ records: string; names: string[]; format: string }> {
    const { records } = await contentOf(folder);
    const names = (await readdir(path.join(folder, 'log'))).sort();
    return { records, names, format: await readFile(path.join(folder, 'ringwatch.json'), 'utf8') };
  }

  async function agedFolder(): Promise<{ readonly folder: string; readonly records: string }> {
    const folder = await newFolder();
    await fill(folder);
    const { records } = await converted(folder);
    await ageOf(folder);
    return { folder, records };
  }

  it('is converted when it is opened, and holds the same', async () => {
    const { folder, records } = await agedFolder();
    const after = await converted(folder);
    expect(after.records).toBe(records);
    expect(after.format).toBe('{"format":2}\n');
    expect(after.names).toEqual([expect.stringMatching(/^\d{16}\.log$/), 'bounds']);
    expect(await converted(folder)).toEqual(after);
  });

  it('is converted anew where that was cut short, at any place', async () => {
    const { folder, records } = await agedFolder();
    const done = await newFolder();
    await cp(folder, done, { recursive: true });
    const after = await converted(done);
    const segment = after.names[0] as string;
    const written = await readFile(path.join(done, 'log', segment));
    const states: ((copy: string) => Promise<void>)[] = [
      // In the middle of the new log, with or without its bounds,
      ...[0, 20, 500, written.length].map((size) => async (copy: string) => {
        await writeFile(path.join(copy, 'log', segment), written.subarray(0, size));
      }),
      async (copy) => {
        await writeFile(path.join(copy, 'log', segment), written.subarray(0, 600));
        await cp(path.join(done, 'log', 'bounds'), path.join(copy, 'log', 'bounds'));
      },
      async (copy) => writeFile(path.join(copy, 'log', 'segment.unfinished'), 'RW'),
      async (copy) => writeFile(path.join(copy, 'ringwatch.json.unfinished'), '{"form'),
      // and after the new format, with all or a part of the old log.
      async (copy) => {
        for (const name of after.names) await cp(path.join(done, 'log', name), path.join(copy, 'log', name));
        await writeFile(path.join(copy, 'ringwatch.json'), '{"format":2}\n');
      },
      async (copy) => {
        for (const name of after.names) await cp(path.join(done, 'log', name), path.join(copy, 'log', name));
        await writeFile(path.join(copy, 'ringwatch.json'), '{"format":2}\n');
        await rm(path.join(copy, 'log', 'data.mdb'));
      },
    ];
    for (const [state, prepare] of states.entries()) {
      const copy = await newFolder();
      await cp(folder, copy, { recursive: true });
      await prepare(copy);
      const found = await converted(copy);
      expect({ state, records: found.records === records, names: found.names }).toEqual({
        state,
        records: true,
        names: after.names,
      });
    }
  });

  it('is left as it is where its log is damaged', async () => {
    const { folder } = await agedFolder();
    const file = path.join(folder, 'log', 'data.mdb');
    const whole = await readFile(file);
    const damaged = Buffer.from(whole);
    const at = damaged.indexOf('RWFR', damaged.length >> 1);
    damaged.fill(0xff, at + 33, at + 40);
    for (const content of [damaged, whole.subarray(0, 8192), null]) {
      if (content === null) await rm(file);
      else await writeFile(file, content);
      await expect(codeOf(openDataFolder(folder, { create: true }))).resolves.toBe('LOG_CORRUPT');
      expect(await readFile(path.join(folder, 'ringwatch.json'), 'utf8')).toBe('{"format":1}\n');
      if (content !== null) expect(await readFile(file)).toEqual(content);
    }
  });
});
