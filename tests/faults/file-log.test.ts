import { describe, expect, it, jest } from '@jest/globals';
import { FileLog } from '../../adapters/files/file-log.ts';
import { LIMITS } from '../../core/limits.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import { TEXT } from '../../core/types.ts';
import { seededRandom } from './load.ts';
import { type Faults, PowerLoss, SimulatedFolder } from './simulated-folder.ts';

jest.setTimeout(300_000);

const SEED = Number(process.env.RINGWATCH_SEED ?? 20_261_130);
/** Small, so that a short story has many segments, and files that grow often. */
const SMALL = { segmentBytes: 2_000, roomBytes: 300 };

/** The frame that begins at an offset, of one to four records: always the same. */
function frameAt(offset: number): { readonly bytes: Uint8Array; readonly records: number } {
  const records = (offset % 4) + 1;
  const writer = new FrameWriter();
  for (let n = 0; n < records; n++)
    writer.event('s', [`row ${offset + n} ${'x'.repeat(offset % 200)}`], [TEXT], n);
  return { bytes: writer.finish(), records };
}

/** What was promised so far. */
interface Promised {
  /** Records before this offset are acknowledged. */
  acknowledged: number;
  /** The last start that trimming has resolved with, and one that it was asked for later. */
  trimmed: number;
  asked: number;
}

function open(folder: SimulatedFolder): Promise<FileLog> {
  return FileLog.open(folder, SMALL);
}

/** Appends, trims, closes and opens again, until it is through or the folder fails. */
async function live(
  folder: SimulatedFolder,
  random: () => number,
  promised: Promised,
  isNew: boolean,
): Promise<void> {
  let log = isNew ? await FileLog.create(folder, SMALL) : await open(folder);
  let next = log.end;
  for (let step = 0; step < 30; step++) {
    const appends: Promise<unknown>[] = [];
    for (let n = Math.floor(random() * 5); n >= 0; n--) {
      const { bytes, records } = frameAt(next);
      next += records;
      appends.push(
        log.append(bytes, records).then((offset) => {
          promised.acknowledged = Math.max(promised.acknowledged, offset + records);
        }),
      );
    }
    await Promise.all(appends);
    const fate = random();
    if (fate < 0.3) {
      const to = promised.trimmed + Math.floor(random() * (log.end - promised.trimmed + 1));
      promised.asked = Math.max(promised.asked, to);
      await log.trim(to);
      promised.trimmed = log.start;
    } else if (fate < 0.4) {
      await log.close();
      log = await open(folder);
    }
  }
  await log.close();
}

/** Why a log that was opened is not what was promised, or null. */
async function brokenPromise(
  log: FileLog,
  { acknowledged, trimmed, asked }: Promised,
): Promise<string | null> {
  if (log.end < acknowledged) return `acknowledged up to ${acknowledged}, and it ends at ${log.end}`;
  if (log.start < trimmed || log.start > asked) return `it starts at ${log.start}`;
  let next = log.start;
  for await (const { offset, records, bytes } of log.read(log.start)) {
    const expected = frameAt(offset);
    if (offset !== next || records !== expected.records || Buffer.compare(bytes, expected.bytes) !== 0) {
      return `a wrong frame at ${offset}`;
    }
    next += records;
  }
  return next === log.end ? null : `its frames end at ${next} instead of ${log.end}`;
}

/** What ended a life, where that is not the loss of power under a code that lets the log be tried again. */
function wrongEnd(error: unknown): string | null {
  const isCoded = error instanceof RingwatchError && ['LOG_FULL', 'LOG_WRITE_FAILED'].includes(error.code);
  return isCoded && error.cause instanceof PowerLoss ? null : String(error);
}

/** One story with a loss of power at a call of the first life, then one more of the next. Null: all promises were kept. */
async function story(seed: number, faults: Faults): Promise<string | null> {
  const random = seededRandom(seed);
  const promised: Promised = { acknowledged: 0, trimmed: 0, asked: 0 };
  let folder = new SimulatedFolder(random, faults);
  const first = await live(folder, random, promised, true).then(() => null, wrongEnd);
  if (first !== null) return first;
  for (let life = 0; life < 3; life++) {
    const stopAt = life === 2 ? Number.POSITIVE_INFINITY : Math.floor(random() * 25);
    const nextFaults = { ...faults, stopAt };
    folder = folder.afterPowerLoss(nextFaults);
    // Before it is made, nothing is promised.
    if (promised.acknowledged === 0 && !(await folder.names()).includes('bounds')) return null;
    const log = await open(folder).catch((error: Error) => error);
    if (!(log instanceof FileLog)) {
      const wrong = wrongEnd(log) ?? (folder.opened > 0 ? 'a file is left open' : null);
      if (wrong !== null) return wrong;
      continue;
    }
    const broken = await brokenPromise(log, promised);
    if (broken !== null) return broken;
    promised.acknowledged = log.end;
    await log.close();
    const end = await live(folder, random, promised, false).then(() => null, wrongEnd);
    if (end !== null) return end;
  }
  return null;
}

describe(`a log of files whose power is lost (seed ${SEED})`, () => {
  it('keeps what it acknowledged and nothing else, whichever of its calls is the last', async () => {
    const undisturbed = new SimulatedFolder(seededRandom(SEED));
    await live(undisturbed, seededRandom(SEED), { acknowledged: 0, trimmed: 0, asked: 0 }, true);
    expect(undisturbed.calls).toBeGreaterThan(100);
    expect((await undisturbed.names()).length).toBeGreaterThan(2);
    for (let stopAt = 0; stopAt < undisturbed.calls; stopAt++) {
      for (let n = 0; n < 3; n++) {
        const seed = SEED + n;
        expect({ stopAt, seed, broken: await story(seed, { stopAt }) }).toEqual({
          stopAt,
          seed,
          broken: null,
        });
      }
    }
  });

  it('is opened again where it could not be for want of space, and leaves no file open', async () => {
    const counts: Record<string, number> = {};
    for (let n = 0; n < 200; n++) {
      const seed = SEED + n;
      const random = seededRandom(seed);
      const promised: Promised = { acknowledged: 0, trimmed: 0, asked: 0 };
      const first = new SimulatedFolder(random, { stopAt: 30 + (n % 150) });
      await live(first, random, promised, true).catch(() => undefined);
      const [code, expected] = n % 2 === 0 ? ['ENOSPC', 'LOG_FULL'] : ['EIO', 'LOG_WRITE_FAILED'];
      const folder = first.afterPowerLoss({ fail: { at: Math.floor(random() * 5), code: code as string } });
      const log = await open(folder).catch((error: RingwatchError) => error);
      if (!(log instanceof FileLog)) {
        const failed = { seed, code: log.code, retryable: log.retryable, opened: folder.opened };
        expect(failed).toEqual({ seed, code: expected, retryable: true, opened: 0 });
        counts[log.code] = (counts[log.code] ?? 0) + 1;
        expect({ seed, broken: await brokenPromise(await open(folder), promised) }).toEqual({
          seed,
          broken: null,
        });
      }
    }
    expect(counts.LOG_FULL).toBeGreaterThan(5);
    expect(counts.LOG_WRITE_FAILED).toBeGreaterThan(5);
  });

  it('is found out on a disk that lies about syncs', async () => {
    let broken = 0;
    for (let stopAt = 40; stopAt < 100; stopAt++) {
      if ((await story(SEED, { stopAt, liesAboutSyncs: true })) !== null) broken++;
    }
    expect(broken).toBeGreaterThan(10);
  });
});

/** A log of some groups in one segment that was not closed: offsets of its groups, and the folder. */
async function filled(
  groups: number,
): Promise<{ readonly folder: SimulatedFolder; readonly offsets: number[] }> {
  const folder = new SimulatedFolder(seededRandom(SEED));
  const log = await FileLog.create(folder, { roomBytes: 300 });
  const offsets: number[] = [];
  for (let n = 0; n < groups; n++) {
    const { bytes, records } = frameAt(log.end);
    offsets.push(await log.append(bytes, records));
  }
  return { folder, offsets };
}

const SEGMENT = '0000000000000000.log';

/** Where the last group of a segment begins and ends: behind it is room. */
function lastGroup(content: Buffer): { readonly torn: number; readonly end: number } {
  const torn = content.lastIndexOf('RWLG');
  return { torn, end: torn + content.readUInt32LE(torn + 12) };
}

/** Where the groups of a segment end, and its file. */
function endOf(content: Buffer): { readonly end: number; readonly size: number } {
  return { end: lastGroup(content).end, size: content.length };
}

/** What opening and reading a folder comes to: the offset of its end, or the code and the offset. */
async function outcomeOf(folder: SimulatedFolder): Promise<number | string> {
  try {
    const log = await FileLog.open(folder, SMALL);
    const everything = { acknowledged: 0, trimmed: 0, asked: Number.POSITIVE_INFINITY };
    return (await brokenPromise(log, everything)) ?? log.end;
  } catch (error) {
    if (!(error instanceof RingwatchError)) throw error;
    return `${error.code} ${error.details.offset}`;
  }
}

describe('the last group of a log', () => {
  it('is cut off where it is torn at any byte, and what follows is appended in its place', async () => {
    const { folder, offsets } = await filled(5);
    const last = offsets[4] as number;
    const content = folder.contentOf(SEGMENT);
    const { torn, end } = lastGroup(content);
    for (let size = torn; size < end; size++) {
      for (const filler of [0, 32, end - size + 64]) {
        // The system may have given the file its length before its bytes.
        const cut = Buffer.concat([content.subarray(0, size), Buffer.alloc(filler)]);
        const damaged = folder.with(SEGMENT, cut);
        expect({ size, filler, end: await outcomeOf(damaged) }).toEqual({ size, filler, end: last });
        // What was of it is gone; where nothing was, zeros are room.
        const left = damaged.contentOf(SEGMENT);
        expect(left).toEqual(size === torn ? cut : content.subarray(0, torn));
        const log = await FileLog.open(damaged, SMALL);
        const { bytes, records } = frameAt(last);
        expect(await log.append(bytes, records)).toBe(last);
        expect(await outcomeOf(damaged)).toBe(last + records);
      }
    }
    expect(await outcomeOf(folder)).toBe(last + frameAt(last).records);
  });

  it('is damage where the log is known to reach further', async () => {
    const { folder, offsets } = await filled(5);
    const content = folder.contentOf(SEGMENT);
    await (await FileLog.open(folder)).close();
    const { torn, end } = lastGroup(content);
    for (const size of [torn, torn + 1, end - 1]) {
      const outcome = await outcomeOf(folder.with(SEGMENT, content.subarray(0, size)));
      expect(outcome).toBe(`LOG_CORRUPT ${offsets[4]}`);
    }
  });

  it('is not replaced by what a frame or another log says', async () => {
    const { folder } = await filled(3);
    const content = folder.contentOf(SEGMENT);
    const torn = content.lastIndexOf('RWLG');
    const foreign = (await filled(6)).folder.contentOf(SEGMENT);
    const damaged = Buffer.concat([
      content.subarray(0, torn + 40),
      foreign.subarray(foreign.lastIndexOf('RWLG')),
    ]);
    expect(await outcomeOf(folder.with(SEGMENT, damaged))).toBe(frameAt(0).records + frameAt(1).records);
    // In its place a group of another log is none.
    const replaced = Buffer.concat([content.subarray(0, torn), foreign.subarray(torn)]);
    expect(await outcomeOf(folder.with(SEGMENT, replaced))).toBe(frameAt(0).records + frameAt(1).records);
  });

  it('is written and synced again when the log is opened, before anything is made of it', async () => {
    const { folder, offsets } = await filled(3);
    const before = folder.syncs;
    await FileLog.open(folder);
    expect(folder.syncs).toBe(before + 1);
    const seen = folder.with('none', null);
    expect(await outcomeOf(seen.afterPowerLoss())).toBe(
      (offsets[2] as number) + frameAt(offsets[2] as number).records,
    );
  });
});

describe('a damaged log', () => {
  it('is refused with the offset, whichever byte of a group before the last is changed', async () => {
    const { folder, offsets } = await filled(4);
    const content = folder.contentOf(SEGMENT);
    let group = -1;
    for (let at = 32; at < content.lastIndexOf('RWLG'); at++) {
      if (content.subarray(at, at + 4).toString('latin1') === 'RWLG') group++;
      const damaged = Buffer.from(content);
      damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
      const copy = folder.with(SEGMENT, damaged);
      expect({ at, outcome: await outcomeOf(copy) }).toEqual({
        at,
        outcome: `LOG_CORRUPT ${offsets[group]}`,
      });
      // Nothing was changed: once it is mended it is whole.
      expect(copy.contentOf(SEGMENT)).toEqual(damaged);
    }
  });

  it(`is refused, or whole, whatever is done to it (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const whole = new SimulatedFolder(random);
    const log = await FileLog.create(whole, SMALL);
    while (log.end < 120) await log.append(frameAt(log.end).bytes, frameAt(log.end).records);
    await log.trim(25);
    await log.close();
    const { end } = log;
    const names = await whole.names();
    expect(names.length).toBeGreaterThan(4);
    const counts: Record<string, number> = {};
    for (let n = 0; n < 3000; n++) {
      const name = names[Math.floor(random() * names.length)] as string;
      const damaged = whole.with(name, damage(whole.contentOf(name), random));
      const outcome = await outcomeOf(damaged);
      if (outcome !== end)
        expect({ n, outcome }).toEqual({ n, outcome: expect.stringMatching(/^LOG_CORRUPT \d+$/) });
      counts[typeof outcome] = (counts[typeof outcome] ?? 0) + 1;
    }
    // A log that is closed reaches to its end: what is missing there is found as well.
    expect(counts.string).toBeGreaterThan(2500);
  });

  it('is whole where a segment before the last ends in zeros, and refused where in anything else', async () => {
    const whole = new SimulatedFolder(seededRandom(SEED));
    const log = await FileLog.create(whole, SMALL);
    while (log.end < 60) await log.append(frameAt(log.end).bytes, frameAt(log.end).records);
    const first = whole.contentOf(SEGMENT);
    expect(endOf(first).size).toBe(endOf(first).end);
    for (const count of [1, 31, 32, 700]) {
      const zeros = Buffer.alloc(count);
      const longer = whole.with(SEGMENT, Buffer.concat([first, zeros]));
      expect({ count, end: await outcomeOf(longer) }).toEqual({ count, end: log.end });
      zeros[count - 1] = 1;
      expect(await outcomeOf(whole.with(SEGMENT, Buffer.concat([first, zeros])))).toMatch(/^LOG_CORRUPT/);
      // Zeros in place of a group are none behind it.
      const shorter = Buffer.concat([first.subarray(0, lastGroup(first).torn), Buffer.alloc(count)]);
      expect(await outcomeOf(whole.with(SEGMENT, shorter))).toMatch(/^LOG_CORRUPT/);
    }
  });

  it('is refused where files are missing, empty, cut, named otherwise or none of its own', async () => {
    const whole = new SimulatedFolder(seededRandom(SEED));
    const log = await FileLog.create(whole, SMALL);
    while (log.end < 120) await log.append(frameAt(log.end).bytes, frameAt(log.end).records);
    // Not closed: what the segments say for themselves has to do.
    const segments = (await whole.names()).filter((name) => name.endsWith('.log')).sort();
    expect(segments.length).toBeGreaterThan(3);
    for (const [n, name] of segments.entries()) {
      expect(await outcomeOf(whole.with(name, null))).toBe(`LOG_CORRUPT ${Number(name.slice(0, 16))}`);
      for (const size of [0, 10, 31]) {
        const cut = whole.with(name, whole.contentOf(name).subarray(0, size));
        expect(await outcomeOf(cut)).toMatch(/^LOG_CORRUPT/);
      }
      const other = segments[(n + 1) % segments.length] as string;
      expect(await outcomeOf(whole.with(name, whole.contentOf(other)))).toMatch(/^LOG_CORRUPT/);
    }
    expect(await outcomeOf(whole.with('bounds', null))).toBe('LOG_CORRUPT 0');
    expect(await outcomeOf(whole.with('bounds', Buffer.from('{}\n00000000\n')))).toBe('LOG_CORRUPT 0');
    const foreign = whole.with('notes.txt', Buffer.from('mine'));
    expect(await outcomeOf(foreign)).toBe('LOG_CORRUPT 0');
    await expect(open(foreign)).rejects.toThrow('notes.txt is not the log’s and is to be moved away');
    for (const name of ['.nfs00000001', '.DS_Store'])
      expect(await outcomeOf(whole.with(name, Buffer.from('theirs')))).toBe(log.end);
    expect(await outcomeOf(whole.with('12.log', whole.contentOf(segments[0] as string)))).toBe(
      'LOG_CORRUPT 0',
    );
    expect(await outcomeOf(whole)).toBe(log.end);
  });
});

/** Some bytes changed, taken out, put in or cut off. */
function damage(content: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * content.length);
  const length = 1 + Math.floor(random() * 40);
  const fate = random();
  if (fate < 0.5) {
    const flipped = Buffer.from(content);
    flipped[at] = (flipped[at] as number) ^ (1 << Math.floor(random() * 8));
    return flipped;
  }
  if (fate < 0.65) return content.subarray(0, at);
  if (fate < 0.8) return Buffer.concat([content.subarray(0, at), content.subarray(at + length)]);
  const noise = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  if (fate < 0.9) return Buffer.concat([content.subarray(0, at), noise, content.subarray(at)]);
  const from = Math.floor(random() * content.length);
  return Buffer.concat([content.subarray(0, at), content.subarray(from)]);
}

describe('a disk that fails', () => {
  /** Appends until it fails: the codes of all appends after the first failure. Where it does not, there are many segments. */
  async function failing(
    code: string,
    at: number,
    seed: number,
  ): Promise<{ readonly codes: string[]; readonly folder: SimulatedFolder; readonly acknowledged: number }> {
    const folder = new SimulatedFolder(seededRandom(seed), { fail: { at, code } });
    const log = await FileLog.create(folder, SMALL);
    const codes: string[] = [];
    let acknowledged = 0;
    for (let n = 0; n < 60 && codes.length < 3; n++) {
      const { bytes, records } = frameAt(acknowledged);
      await log.append(bytes, records).then(
        () => {
          acknowledged += records;
        },
        (error: RingwatchError) => codes.push(error.code),
      );
    }
    const { calls } = folder;
    await log.close();
    // Once it has failed nothing is tried again.
    if (codes.length > 0) expect(folder.calls).toBe(calls);
    return { codes, folder, acknowledged };
  }

  it(`stops the log for good, and it is whole when it is opened again (seed ${SEED})`, async () => {
    let endured = 0;
    let tries = 0;
    for (let n = 0; n < 12 * 52; n++) {
      const at = 8 + (n % 52);
      // How much of what does not fit is written.
      const seed = SEED + n;
      for (const [code, expected] of [
        ['ENOSPC', 'LOG_FULL'],
        ['EFBIG', 'LOG_FULL'],
        ['EIO', 'LOG_WRITE_FAILED'],
      ] as const) {
        const { codes, folder, acknowledged } = await failing(code, at, seed);
        if (expected === 'LOG_FULL') tries++;
        if (codes.length === 0 && expected === 'LOG_FULL') {
          // There was no space for the zeros behind a group.
          endured++;
          // Those before the last are cut off where their groups end.
          const full = (await folder.names())
            .filter((name) => name.endsWith('.log'))
            .sort()
            .slice(0, -1);
          expect(full.length).toBeGreaterThan(1);
          for (const name of full) {
            const { end, size } = endOf(folder.contentOf(name));
            expect({ at, seed, name, size }).toEqual({ at, seed, name, size: end });
          }
          const end = await outcomeOf(folder.with('none', null));
          expect({ at, seed, end }).toEqual({ at, seed, end: acknowledged });
          continue;
        }
        expect({ at, seed, codes }).toEqual({ at, seed, codes: [expected, expected, expected] });
        const found = await outcomeOf(folder.with('none', null));
        expect(found).toBeGreaterThanOrEqual(acknowledged);
        expect(found).toBeLessThanOrEqual(acknowledged + 4);
      }
    }
    expect(endured).toBeGreaterThan(0);
    expect(endured).toBeLessThan(tries / 2);
  });

  it('has zeros again in the next segment, where it took none for want of space', async () => {
    const folder = new SimulatedFolder(seededRandom(SEED), { fail: { at: 8, code: 'ENOSPC' } });
    const log = await FileLog.create(folder, SMALL);
    const append = (): Promise<number> => log.append(frameAt(log.end).bytes, frameAt(log.end).records);
    await append();
    const { end, size } = endOf(folder.contentOf(SEGMENT));
    expect(size).toBeGreaterThanOrEqual(end);
    await append();
    const second = endOf(folder.contentOf(SEGMENT));
    expect(second.size).toBeLessThanOrEqual(Math.max(second.end, size));
    while ((await folder.names()).length < 3) await append();
    await append();
    const newest = (await folder.names())
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1) as string;
    const next = endOf(folder.contentOf(newest));
    expect(next.size).toBeGreaterThan(next.end);
  });

  it('does not stop a log that it cannot trim', async () => {
    const folder = new SimulatedFolder(seededRandom(SEED), { fail: { at: 28, code: 'ENOSPC' } });
    const log = await FileLog.create(folder);
    for (let n = 0; n < 10; n++) await log.append(frameAt(log.end).bytes, frameAt(log.end).records);
    expect(folder.calls).toBe(28);
    await expect(log.trim(5)).rejects.toMatchObject({ code: 'LOG_FULL', retryable: true });
    expect(log.start).toBe(0);
    await log.append(frameAt(log.end).bytes, frameAt(log.end).records);
    await log.trim(6);
    expect(log.start).toBe(3);
  });
});

describe('a commit', () => {
  it('is durable when the log is closed, whoever closes it a second time', async () => {
    const folder = new SimulatedFolder(seededRandom(SEED));
    const log = await FileLog.create(folder, SMALL);
    const appended = log.append(frameAt(0).bytes, frameAt(0).records);
    const first = log.close();
    await log.close();
    expect({ end: log.end, opened: folder.opened }).toEqual({ end: frameAt(0).records, opened: 0 });
    expect(await appended).toBe(0);
    await first;
    expect(folder.opened).toBe(0);
  });

  it('takes what is appended in one turn, and what is appended while another is under way', async () => {
    const folder = new SimulatedFolder(seededRandom(SEED));
    const log = await FileLog.create(folder);
    const before = folder.syncs;
    const appendSome = (count: number): Promise<unknown> => {
      const appends: Promise<number>[] = [];
      for (let n = 0; n < count; n++) appends.push(log.append(frameAt(0).bytes, 1));
      return Promise.all(appends);
    };
    await appendSome(20);
    expect(folder.syncs).toBe(before + 1);
    await appendSome(LIMITS.framesPerCommitMax + 1);
    expect(folder.syncs).toBe(before + 3);
    await log.close();
  });
});
