import { present } from '../../core/assert.ts';
import { BOUNDS_NAME, type LogBounds, readBounds, UNFINISHED_NAMES, writeBounds } from './log-bounds.ts';
import { writeFailure } from './log-failure.ts';
import type { LogFile, LogFolder } from './log-folder.ts';
import {
  firstOffsetOf,
  GroupReader,
  LogDamage,
  type LogGroup,
  SEGMENT_HEAD_BYTES,
  seedOf,
  segmentHead,
  segmentName,
} from './log-group.ts';

/** An entry of the index for at least so many bytes: a log of 10 GB has 160,000. */
const INDEX_EVERY_BYTES = 64 * 1024;

/** A segment of a log: which groups it has, and where some of them are. */
export class LogSegment {
  readonly first: number;
  /** What the checksums of its groups begin with. */
  readonly seed: number;
  /** Its durable bytes, and the offset after its last durable record. */
  size = SEGMENT_HEAD_BYTES;
  end: number;
  /** Bytes of its file, at most: those behind its groups are zeros, room for the next. */
  fileBytes = SEGMENT_HEAD_BYTES;
  readonly #offsets: number[] = [];
  readonly #places: number[] = [];

  constructor(first: number, seed: number) {
    this.first = first;
    this.seed = seed;
    this.end = first;
  }

  get name(): string {
    return segmentName(this.first);
  }

  /** Takes a group in that is durable behind the ones that it has. */
  add(offset: number, records: number, bytes: number): void {
    const indexed = this.#places.at(-1);
    if (indexed === undefined || this.size - indexed >= INDEX_EVERY_BYTES) {
      this.#offsets.push(offset);
      this.#places.push(this.size);
    }
    this.size += bytes;
    this.fileBytes = Math.max(this.fileBytes, this.size);
    this.end = offset + records;
  }

  /** Reads the groups in its first `size` bytes: from one on that begins at or before `offset`, and not long before. */
  reader(file: LogFile, offset: number, size: number): GroupReader {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offsets[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    const at = this.#places[low - 1] ?? SEGMENT_HEAD_BYTES;
    return new GroupReader(file, this.seed, size, at, this.#offsets[low - 1] ?? this.first);
  }
}

/** A log that was opened: its segments in order, of which the last one is open, and what it is sure of. */
export interface OpenedLog {
  readonly bounds: LogBounds;
  readonly segments: LogSegment[];
  readonly file: LogFile;
}

/** What is wrong with a log, and the offset where it is. */
export class LogDamageAt extends LogDamage {
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** Makes a log that begins at an offset, in a folder that has none. */
export async function makeLog(folder: LogFolder, start: number): Promise<OpenedLog> {
  const bounds = { start, reached: start, newest: start };
  const segment = await makeSegment(folder, start);
  await writeBounds(folder, bounds);
  return { bounds, segments: [segment], file: await folder.open(segment.name) };
}

/** Makes a segment. Its name and its head are durable when it resolves. */
export async function makeSegment(folder: LogFolder, first: number): Promise<LogSegment> {
  const head = segmentHead(first);
  const unfinished = present(UNFINISHED_NAMES[1]);
  await folder.put(unfinished, head);
  await folder.rename(unfinished, segmentName(first));
  await folder.sync();
  return new LogSegment(first, seedOf(head, first));
}

/**
 * Opens a log and checks all of it that counts. A last group that is not whole is a write that was cut short, if the log is
 * not known to reach further: it is cut off. Zeros are room for the next one. Throws LogDamageAt; nothing is changed then.
 * LOG_FULL and LOG_WRITE_FAILED where it cannot be changed as it has to be, the system's errors where it cannot be read.
 */
export async function openLog(folder: LogFolder): Promise<OpenedLog> {
  const names = await folder.names();
  if (!names.includes(BOUNDS_NAME)) throw new LogDamageAt(0, 'its bounds are missing');
  const bounds = await readBounds(folder).catch((error: unknown) => {
    throw error instanceof LogDamage ? new LogDamageAt(0, error.message) : error;
  });
  const { before, kept } = chooseSegments(names, bounds);
  const segments: LogSegment[] = [];
  for (const [n, first] of kept.entries()) {
    const expected = segments.at(-1)?.end ?? first;
    if (first !== expected)
      throw new LogDamageAt(expected, `the segment ${segmentName(expected)} is missing`);
    segments.push(await readSegment(folder, first, kept[n + 1] ?? null, bounds));
  }
  const last = present(segments.at(-1), 'the newest segment');
  if (last.end < bounds.reached) {
    throw new LogDamageAt(last.end, `it is cut there, and has reached offset ${bounds.reached}`);
  }
  const file = await folder.open(last.name);
  try {
    // A segment that trimming has left behind when it was cut short.
    // The bounds that say so may not be on the disk yet.
    if (before.length > 0) await folder.sync();
    for (const first of before) await folder.remove(segmentName(first));
    for (const name of UNFINISHED_NAMES) if (names.includes(name)) await folder.remove(name);
    return { bounds, segments, file };
  } catch (error) {
    await file.close();
    throw writeFailure(folder.path, error);
  }
}

/** The first offsets of the segments that count, in order, and of those that lie wholly before the start. */
function chooseSegments(
  names: readonly string[],
  { start, newest }: LogBounds,
): { readonly before: readonly number[]; readonly kept: readonly number[] } {
  const firsts: number[] = [];
  for (const name of names) {
    const first = firstOffsetOf(name);
    if (first !== null) firsts.push(first);
    // Such names are of file systems and desktops, which leave them where they like.
    else if (!name.startsWith('.') && name !== BOUNDS_NAME && !UNFINISHED_NAMES.includes(name)) {
      throw new LogDamageAt(start, `the file ${name} is not the log’s and is to be moved away`);
    }
  }
  firsts.sort((a, b) => a - b);
  const from = firsts.findLastIndex((first) => first <= start);
  if (from < 0) throw new LogDamageAt(start, 'the segment with its start is missing');
  if (!firsts.includes(newest) && newest >= start) {
    throw new LogDamageAt(newest, `the segment ${segmentName(newest)} is missing`);
  }
  return { before: firsts.slice(0, from), kept: firsts.slice(from) };
}

/** `next`: the first offset of the segment behind it, or null. */
async function readSegment(
  folder: LogFolder,
  first: number,
  next: number | null,
  bounds: LogBounds,
): Promise<LogSegment> {
  const file = await folder.open(segmentName(first));
  const isLast = next === null;
  let place = first;
  try {
    const size = await file.size();
    const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
    const read = await file.read(head, SEGMENT_HEAD_BYTES, 0);
    const segment = new LogSegment(first, seedOf(head.subarray(0, read), first));
    const reader = new GroupReader(file, segment.seed, size, SEGMENT_HEAD_BYTES, first);
    let last: LogGroup | null = null;
    try {
      for (let group = await reader.read(); group !== null; group = await reader.read()) {
        segment.add(group.offset, group.records, group.bytes);
        place = segment.end;
        last = group;
      }
    } catch (error) {
      // Nothing is missing where it ends: zeros behind are what a full disk took of the room for more.
      const isWhole = place === next;
      if (!(error instanceof LogDamage) || !(isWhole || (isLast && place >= bounds.reached))) throw error;
      const later = await reader.findLater();
      if (later !== null) throw new LogDamage(`${error.message}, and there is one of offset ${later} behind`);
      const isRoom = reader.isRoom();
      if (isWhole && !isRoom) throw error;
      if (isRoom) segment.fileBytes = size;
      else await changing(folder, () => folder.cut(segment.name, segment.size));
    }
    if (isLast && last !== null && segment.end > bounds.reached) {
      const group = last;
      await changing(folder, () => writeAgain(file, group, segment));
    }
    return segment;
  } catch (error) {
    throw error instanceof LogDamage ? new LogDamageAt(place, error.message) : error;
  } finally {
    await file.close();
  }
}

async function changing(folder: LogFolder, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    throw writeFailure(folder.path, error);
  }
}

/**
 * The last group may have been written and never synced, or its sync have failed, after which the system counts it as clean:
 * written again it is synced for sure, before anything is made of it. Those before it were synced before it was written.
 */
async function writeAgain(file: LogFile, group: LogGroup, segment: LogSegment): Promise<void> {
  const content = Buffer.alloc(group.bytes);
  await file.read(content, group.bytes, segment.size - group.bytes);
  await file.write([content], segment.size - group.bytes);
  await file.sync();
}
