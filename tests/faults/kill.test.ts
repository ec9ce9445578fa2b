import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openDataFolder } from '../../adapters/files/data-folder.ts';
import { buildIfStale } from '../../bin/build.mjs';
import { seededRandom } from './load.ts';

jest.setTimeout(600_000);

const REPOSITORY = path.join(import.meta.dirname, '../..');
const PROGRAM = path.join(REPOSITORY, 'dist/tests/faults/load-process.js');
const SEED = 20_261_122;
const KILLS = 50;
const FRAMES = 900;

/** What one life of the load process said. */
interface Life {
  /** Rows that the log held when it had recovered; null: it did not come so far. */
  readonly start: number | null;
  /** Rows acknowledged last; null: none. */
  readonly acknowledged: number | null;
  /** `HASH POSITION` at the end of the load, or null. */
  readonly done: string | null;
  readonly failed: string | null;
  readonly errors: string;
}

interface LifeOptions {
  readonly folder: string;
  readonly frames: number;
  readonly mode?: string;
  /** Kills with SIGKILL: so many milliseconds after the process began, or after so many acknowledgements. */
  readonly kill?: { readonly ms: number } | { readonly acknowledgements: number };
  /** Lets the process write files of so many kilobytes at most. */
  readonly fileKilobytesMax?: number;
}

/** Runs the load process until it ends or is killed. */
async function live({ folder, frames, mode = '', kill, fileKilobytesMax }: LifeOptions): Promise<Life> {
  const args = [PROGRAM, folder, String(SEED), String(frames), mode];
  const child =
    fileKilobytesMax === undefined
      ? spawn(process.execPath, args)
      : spawn('bash', ['-c', `ulimit -f ${fileKilobytesMax}; exec "$0" "$@"`, process.execPath, ...args]);
  const life = {
    start: null as number | null,
    acknowledged: null as number | null,
    done: null as string | null,
    failed: null as string | null,
    errors: '',
  };
  let acknowledgements = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    life.errors += chunk.toString();
  });
  createInterface(child.stdout).on('line', (line) => {
    const space = line.indexOf(' ');
    const rest = line.slice(space + 1);
    if (line.startsWith('start ')) life.start = Number(rest);
    else if (line.startsWith('done ')) life.done = rest;
    else if (line.startsWith('failed ')) life.failed = rest;
    else if (line.startsWith('ack ')) {
      life.acknowledged = Number(rest);
      acknowledgements++;
      if (kill !== undefined && 'acknowledgements' in kill && acknowledgements === kill.acknowledgements)
        child.kill('SIGKILL');
    }
  });
  const timer = kill !== undefined && 'ms' in kill ? setTimeout(() => child.kill('SIGKILL'), kill.ms) : null;
  await once(child, 'close');
  if (timer !== null) clearTimeout(timer);
  return life;
}

const work = mkdtempSync(path.join(tmpdir(), 'ringwatch-kill-'));
const tmpfs = path.join(work, 'tmpfs');
const mounted = mountTmpfs(tmpfs, '2m');
/** The effects and the end of a load that nothing disturbed. */
let undisturbed: { readonly effects: string; readonly done: string };

beforeAll(async () => {
  await buildIfStale();
  const folder = path.join(work, 'undisturbed');
  const life = await live({ folder, frames: FRAMES });
  expect(life).toMatchObject({ start: 0, failed: null, errors: '' });
  undisturbed = { effects: readFileSync(`${folder}.effects`, 'utf8'), done: life.done as string };
  expect(undisturbed.effects.split('\n').length).toBeGreaterThan(500);
});

afterAll(() => {
  if (mounted) execFileSync('umount', [tmpfs]);
  rmSync(work, { recursive: true, force: true });
});

/** The acknowledged rows that a life does not find, or 0. */
function lost(acknowledged: number, life: Life): number {
  return life.start === null ? 0 : Math.max(0, acknowledged - life.start);
}

/** Lets the load come to its end, and compares with the undisturbed one. */
async function finish(folder: string, acknowledged: number): Promise<Life> {
  const life = await live({ folder, frames: FRAMES });
  expect(life.errors).toBe('');
  expect(lost(acknowledged, life)).toBe(0);
  expect(life.done).toBe(undisturbed.done);
  expect(readFileSync(`${folder}.effects`, 'utf8')).toBe(undisturbed.effects);
  return life;
}

/** Most effects have been forgotten, and are in the log alone. */
async function expectFewEffectsKept(folder: string): Promise<void> {
  const data = await openDataFolder(folder, { create: false });
  const { effectsStart } = data.checkpoints;
  const end = (await data.checkpoints.latest())?.effects ?? 0;
  await data.close();
  expect(end).toBeGreaterThan(5000);
  expect(end - effectsStart).toBeLessThan(1500);
}

describe(`a process that is killed (seed ${SEED})`, () => {
  it(`${KILLS} times loses nothing that it has acknowledged, and says the same effects`, async () => {
    const random = seededRandom(SEED);
    const folder = path.join(work, 'killed');
    let acknowledged = 0;
    let amidRecovery = 0;
    for (let n = 0; n < KILLS; n++) {
      // Some die while they start and recover, the others under load.
      const kill =
        random() < 0.3 ? { ms: 100 + random() * 500 } : { acknowledgements: 1 + Math.floor(random() * 40) };
      const life = await live({ folder, frames: FRAMES, kill });
      expect({ kill: n, lost: lost(acknowledged, life) }).toEqual({ kill: n, lost: 0 });
      expect(life.failed).toBeNull();
      acknowledged = Math.max(acknowledged, life.acknowledged ?? 0, life.start ?? 0);
      if (life.start === null) amidRecovery++;
    }
    const last = await finish(folder, acknowledged);
    expect(last.start).toBeGreaterThan(1000);
    expect(amidRecovery).toBeGreaterThan(0);
    await expectFewEffectsKept(folder);
    // A file that is gone, cut or changed is written again, with what is not kept any more.
    const file = `${folder}.effects`;
    rmSync(file);
    await finish(folder, acknowledged);
    truncateSync(file, 1000);
    await finish(folder, acknowledged);
    writeFileSync(file, undisturbed.effects.replace('"position":', '"Position":'));
    await finish(folder, acknowledged);
  });

  it('is found out when it acknowledges before it commits', async () => {
    const random = seededRandom(SEED + 1);
    const folder = path.join(work, 'early');
    let acknowledged = 0;
    let rowsLost = 0;
    for (let n = 0; n < 10 && rowsLost === 0; n++) {
      const kill = { acknowledgements: 3 + Math.floor(random() * 20) };
      const life = await live({ folder, frames: FRAMES, mode: 'early', kill });
      rowsLost = lost(acknowledged, life);
      acknowledged = Math.max(acknowledged, life.acknowledged ?? 0);
    }
    expect(rowsLost).toBeGreaterThan(0);
  });
});

describe('a full disk', () => {
  it('of files that may not grow further stops it cleanly, and the next start goes on', async () => {
    const folder = path.join(work, 'limited');
    const life = await live({ folder, frames: FRAMES, fileKilobytesMax: 512 });
    expect(['LOG_FULL', 'LOG_WRITE_FAILED', 'CHECKPOINT_WRITE_FAILED', 'ARCHIVE_WRITE_FAILED']).toContain(
      life.failed,
    );
    expect(life.done).toBeNull();
    expect(life.acknowledged).toBeGreaterThan(0);
    await finish(folder, life.acknowledged as number);
  });

  if (mounted) {
    it('of a small file system stops it cleanly, and the next start goes on', async () => {
      const folder = path.join(tmpfs, 'data');
      const life = await live({ folder, frames: FRAMES });
      expect(['LOG_FULL', 'CHECKPOINT_WRITE_FAILED']).toContain(life.failed);
      expect(life.acknowledged).toBeGreaterThan(0);
      // Still full: it says so again, and harms nothing.
      const again = await live({ folder, frames: FRAMES });
      expect(lost(life.acknowledged as number, again)).toBe(0);
      expect(again.done).toBeNull();
      execFileSync('mount', ['-o', 'remount,size=200m', tmpfs]);
      await finish(folder, Math.max(life.acknowledged as number, again.acknowledged ?? 0));
    });
  }
});

/** Whether a file system of a size could be mounted: it takes the right to. */
function mountTmpfs(folder: string, size: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a file that is cut at its end', () => {
  it.each([
    ['log', '0000000000000000.log', 'LOG_CORRUPT'],
    ['checkpoint', 'data.mdb', null],
  ])('is refused or recovered from, never folded: that of the %s', async (store, name, failed) => {
    const folder = path.join(work, `truncated-${store}`);
    const life = await live({ folder, frames: FRAMES, kill: { acknowledgements: 100 } });
    // Opened and closed it is known how far the log reaches.
    await (await openDataFolder(folder, { create: false })).close();
    const file = path.join(folder, store, name);
    const copy = readFileSync(file);
    // Behind the last group of the log there may be room.
    truncateSync(file, store === 'log' ? copy.lastIndexOf('RWLG') + 40 : copy.length - 4096);
    const after = await live({ folder, frames: FRAMES, kill: { acknowledgements: 1 } });
    expect(after.failed).toBe(failed);
    if (failed !== null) {
      // Acknowledged records were in it: it is refused until they are back.
      expect(after.start).toBeNull();
      expect(after.errors).toContain('is damaged at offset');
      writeFileSync(file, copy);
    }
    await finish(folder, Math.max(life.acknowledged as number, after.acknowledged ?? 0));
  });
});
