import { assert, present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { systemReason } from '../../core/file-error.ts';
import { LIMITS } from '../../core/limits.ts';
import type { LogFrame, TenantLog } from '../../core/ports/tenant-log.ts';
import { type LogBounds, writeBounds } from './log-bounds.ts';
import { isOutOfSpace, writeFailure } from './log-failure.ts';
import { DiskLogFolder, type LogFile, type LogFolder } from './log-folder.ts';
import { assertRecords, framesOf, groupHead, LogDamage } from './log-group.ts';
import {
  LogDamageAt,
  type LogSegment,
  makeLog,
  makeSegment,
  type OpenedLog,
  openLog,
} from './log-segment.ts';
import { SYNC_CHOICE } from './sync-choice.ts';

interface Pending {
  readonly frame: Uint8Array;
  readonly offset: number;
  readonly end: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Frames that are made durable together. */
interface Group {
  readonly pending: readonly Pending[];
  readonly offset: number;
  readonly end: number;
  /** The head, then the frames. */
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
}

/** What a log may be given. */
export interface FileLogOptions {
  /** Bytes of a segment after which the next is begun: LIMITS.logSegmentBytes without it. */
  readonly segmentBytes?: number;
  /** By how many bytes a file grows at once, at most: LIMITS.logRoomBytes without it. */
  readonly roomBytes?: number;
}

/**
 * A tenant's log in files that are only appended to (log-group.ts has the layout). One group is written and synced before
 * the next is written, so only the last one can be torn; what is appended in one turn of the event loop, or while a group is
 * under way, goes into one (group commit). Small groups are synced by this thread where the disk is fast, others beside it.
 */
export class FileLog implements TenantLog {
  readonly #folder: LogFolder;
  readonly #segmentBytes: number;
  /** By how many zeros a file grows at once, at most. */
  readonly #roomBytes: number;
  /** There was no space for such zeros: none are tried in this segment. */
  #isShort = false;
  readonly #segments: LogSegment[];
  /** The newest segment's. */
  #file: LogFile;
  #bounds: LogBounds;
  /** Bounds are noted one after the other. */
  #noting: Promise<void> = Promise.resolve();
  /** The offset that the next append gets. */
  #next: number;
  #waiting: Pending[] = [];
  #writing: Promise<void> | null = null;
  #failure: RingwatchError | null = null;
  #closing: Promise<void> | null = null;

  private constructor(folder: LogFolder, { bounds, segments, file }: OpenedLog, options: FileLogOptions) {
    this.#folder = folder;
    this.#segmentBytes = options.segmentBytes ?? LIMITS.logSegmentBytes;
    this.#roomBytes = options.roomBytes ?? LIMITS.logRoomBytes;
    this.#segments = segments;
    this.#file = file;
    this.#bounds = bounds;
    this.#next = this.#newest.end;
  }

  /** Makes a log that begins at offset `start` (0) in a folder that has none. Throws LOG_FULL, LOG_WRITE_FAILED. */
  static async create(
    place: string | LogFolder,
    { start = 0, ...options }: FileLogOptions & { readonly start?: number } = {},
  ): Promise<FileLog> {
    const folder = typeof place === 'string' ? new DiskLogFolder(place) : place;
    try {
      return new FileLog(folder, await makeLog(folder, start), options);
    } catch (error) {
      throw writeFailure(folder.path, error);
    }
  }

  /** Opens the log in a folder. Throws LOG_CORRUPT naming the offset that is damaged or missing, FILE_UNREADABLE, LOG_FULL, LOG_WRITE_FAILED. */
  static async open(place: string | LogFolder, options: FileLogOptions = {}): Promise<FileLog> {
    const folder = typeof place === 'string' ? new DiskLogFolder(place) : place;
    let opened: OpenedLog;
    try {
      opened = await openLog(folder);
    } catch (error) {
      throw readFailure(folder.path, error, 0);
    }
    const log = new FileLog(folder, opened, options);
    try {
      // It was begun, and that was not noted any more.
      if (log.#newest.first !== opened.bounds.newest) await log.#note({});
      return log;
    } catch (error) {
      await opened.file.close();
      throw writeFailure(folder.path, error);
    }
  }

  get start(): number {
    return this.#bounds.start;
  }

  get end(): number {
    return this.#newest.end;
  }

  get #newest(): LogSegment {
    return present(this.#segments.at(-1), 'the newest segment');
  }

  append(frame: Uint8Array, records: number): Promise<number> {
    assertRecords(frame, records);
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#closing !== null)
      return Promise.reject(new RingwatchError('LOG_CLOSED', { path: this.#folder.path }));
    const offset = this.#next;
    this.#next += records;
    const durable = new Promise<number>((resolve, reject) => {
      this.#waiting.push({ frame, offset, end: this.#next, resolve, reject });
    });
    this.#writing ??= this.#writeAll();
    return durable;
  }

  async #writeAll(): Promise<void> {
    // What arrives in the same turn goes together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const pending = this.#takeGroup();
      try {
        if (this.#newest.size >= this.#segmentBytes) await this.#beginSegment();
        await this.#write(groupOf(this.#newest, pending));
      } catch (error) {
        this.#fail(writeFailure(this.#folder.path, error), pending);
        break;
      }
      for (const { offset, resolve } of pending) resolve(offset);
    }
    this.#writing = null;
  }

  #takeGroup(): readonly Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      bytes += frame.length;
      if (count > 0 && (bytes > LIMITS.logGroupBytesMax || count === LIMITS.framesPerCommitMax)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write({ pieces, bytes, offset, end }: Group): Promise<void> {
    const segment = this.#newest;
    if (bytes > LIMITS.logSyncHereBytesMax) {
      await this.#file.write(pieces, segment.size);
      await this.#file.sync();
    } else {
      const startedMs = performance.now();
      this.#writeHere(Buffer.concat(pieces, bytes), segment);
      if (SYNC_CHOICE.isHere(startedMs)) {
        this.#file.syncNow();
        SYNC_CHOICE.took(startedMs, performance.now());
      } else await this.#file.sync();
    }
    segment.add(offset, end - offset, bytes);
  }

  /**
   * Where the file has to grow, it grows by zeros behind the group as well: a sync that need not note a new length does
   * not wait for the journal of the file system.
   */
  #writeHere(group: Buffer, segment: LogSegment): void {
    const { size } = segment;
    if (size + group.length > segment.fileBytes && this.#roomBytes > 0 && !this.#isShort) {
      // A log that holds little takes little room.
      const withRoom = group.length + Math.min(this.#roomBytes, Math.max(size, LIMITS.logSyncHereBytesMax));
      // Before: of what does not fit the disk may take a part, and the file is as much longer.
      segment.fileBytes = size + withRoom;
      try {
        this.#file.writeNow(Buffer.concat([group], withRoom), size);
        return;
      } catch (error) {
        if (!isOutOfSpace(error)) throw error;
        // The group itself may fit.
        this.#isShort = true;
      }
    }
    this.#file.writeNow(group, size);
  }

  async #beginSegment(): Promise<void> {
    const { name, size, fileBytes } = this.#newest;
    if (fileBytes > size) await this.#folder.cut(name, size);
    const segment = await makeSegment(this.#folder, this.end);
    const file = await this.#folder.open(segment.name);
    const full = this.#file;
    this.#segments.push(segment);
    this.#file = file;
    this.#isShort = false;
    await full.close();
    await this.#note({});
  }

  #fail(failure: RingwatchError, pending: readonly Pending[]): void {
    this.#failure = failure;
    for (const { reject } of [...pending, ...this.#waiting]) reject(failure);
    this.#waiting = [];
  }

  async *read(offset: number): AsyncIterable<LogFrame> {
    const { start, end } = this;
    if (offset < start) throw new RingwatchError('LOG_TRIMMED', { start, offset });
    const segments = this.#segments.filter((segment) => segment.end > offset);
    const sizes = segments.map(({ size }) => size);
    let next = offset;
    for (const [n, segment] of segments.entries()) {
      if (next >= end) return;
      try {
        for await (const frame of this.#readSegment(segment, present(sizes[n]), next)) {
          yield frame;
          next = frame.next;
        }
      } catch (error) {
        // Trimming in between is the caller's own doing.
        if (next < this.start) throw new RingwatchError('LOG_TRIMMED', { start: this.start, offset: next });
        throw readFailure(this.#folder.path, error, next);
      }
    }
  }

  /** The frames of a segment's first `size` bytes from the one on that holds `offset`. */
  async *#readSegment(segment: LogSegment, size: number, offset: number): AsyncIterable<LogFrame> {
    const file = await this.#folder.open(segment.name);
    try {
      const reader = segment.reader(file, offset, size);
      for (let group = await reader.read(); group !== null; group = await reader.read()) {
        if (group.offset + group.records <= offset) continue;
        for (const frame of framesOf(group)) if (frame.next > offset) yield frame;
      }
    } finally {
      await file.close();
    }
  }

  async trim(offset: number): Promise<void> {
    const start = await this.#frameAt(Math.min(offset, this.end));
    if (start <= this.start) return;
    try {
      await this.#note({ start });
      // Whatever is left of them by a crash is removed when the log is opened.
      while (this.#segments.length > 1 && present(this.#segments[0]).end <= this.start) {
        await this.#folder.remove(present(this.#segments.shift()).name);
      }
    } catch (error) {
      throw writeFailure(this.#folder.path, error);
    }
  }

  /** The offset of the frame that holds `offset`. */
  async #frameAt(offset: number): Promise<number> {
    if (offset <= this.start || offset === this.end) return offset;
    for await (const frame of this.read(offset)) return frame.offset;
    return offset;
  }

  /** Notes what the log is sure of now. */
  #note({ start }: { readonly start?: number }): Promise<void> {
    const noting = this.#noting.then(async () => {
      const bounds = {
        start: Math.max(start ?? 0, this.start),
        reached: this.end,
        newest: this.#newest.first,
      };
      await writeBounds(this.#folder, bounds);
      this.#bounds = bounds;
    });
    this.#noting = noting.catch(() => undefined);
    return noting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    try {
      // Without it the log is as after a crash: then a last group that is damaged is taken for a torn one.
      if (this.#failure === null && this.end > this.#bounds.reached)
        await this.#note({}).catch(() => undefined);
      await this.#noting;
    } finally {
      await this.#file.close();
    }
  }
}

function groupOf(segment: LogSegment, pending: readonly Pending[]): Group {
  const frames = pending.map(({ frame }) => frame);
  const offset = present(pending[0]).offset;
  const end = present(pending.at(-1)).end;
  assert(offset === segment.end, 'groups follow one another');
  const head = groupHead(segment.seed, offset, end - offset, frames);
  const bytes = frames.reduce((sum, { length }) => sum + length, head.length);
  return { pending, offset, end, pieces: [head, ...frames], bytes };
}

function readFailure(path: string, error: unknown, offset: number): unknown {
  if (error instanceof LogDamage) {
    const at = error instanceof LogDamageAt ? error.offset : offset;
    return new RingwatchError('LOG_CORRUPT', { path, offset: at, reason: error.message }, { cause: error });
  }
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || error instanceof RingwatchError) return error;
  return code === 'ENOENT'
    ? new RingwatchError('LOG_CORRUPT', { path, offset, reason: 'a file of it is missing' }, { cause: error })
    : new RingwatchError('FILE_UNREADABLE', { path, reason: systemReason(error) }, { cause: error });
}
