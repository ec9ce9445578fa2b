import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { checkFrame } from '../../core/frame.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import type { LogFile } from './log-folder.ts';

/**
 * A segment of the log is a file `<first offset>.log`, the offset in 16 digits: a head, then groups without a gap. A group is
 * what one sync made durable. Numbers are little-endian.
 *
 * | at | of the head of a segment |
 * |---|---|
 * | 0 | `RWLS` |
 * | 4 | version, 1 |
 * | 8 | CRC-32 of the bytes from 12 on |
 * | 12 | four bytes, 0 |
 * | 16 | first offset, 64 bits |
 * | 24 | salt: eight random bytes |
 *
 * | at | of a group |
 * |---|---|
 * | 0 | `RWLG` |
 * | 4 | CRC-32 of the bytes from 8 to 32, begun with that of the segment's head |
 * | 8 | CRC-32 of the bytes from 32 on |
 * | 12 | bytes of the group, head included |
 * | 16 | first offset, 64 bits |
 * | 24 | records |
 * | 28 | frames |
 * | 32 | the length of each frame (32 bits), then the frames (core/frame.ts) |
 *
 * The salt keeps what somebody sends in a frame, and what is left of another segment, from being taken for a group.
 */
const SEGMENT_MAGIC = 0x534c_5752;
const GROUP_MAGIC = 0x474c_5752;
const VERSION = 1;
const NAME = /^(\d{16})\.log$/;

/** Bytes of the head of a segment. */
export const SEGMENT_HEAD_BYTES = 32;
/** Bytes of the head of a group. */
export const GROUP_HEAD_BYTES = 32;
const LENGTH_BYTES = 4;
/** Where a frame tells the number of its records. */
const FRAME_RECORDS_AT = 16;

/** What is wrong with a file of a log. */
export class LogDamage extends Error {
  override readonly name = 'LogDamage';
}

/** The name of the segment that begins at an offset. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, '0')}.log`;
}

/** The offset at which the segment of a name begins; null: it is no name of a segment. */
export function firstOffsetOf(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The head of a new segment. */
export function segmentHead(first: number): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  head.writeUInt32LE(SEGMENT_MAGIC, 0);
  head.writeUInt32LE(VERSION, 4);
  head.writeBigUInt64LE(BigInt(first), 16);
  randomBytes(8).copy(head, 24);
  head.writeUInt32LE(crc32(head.subarray(12)), 8);
  return head;
}

/** What the checksums of a segment's groups begin with. Throws LogDamage unless it is the head of the segment `first`. */
export function seedOf(head: Buffer, first: number): number {
  if (head.length < SEGMENT_HEAD_BYTES) throw new LogDamage(`its segment has only ${head.length} bytes`);
  if (head.readUInt32LE(0) !== SEGMENT_MAGIC) throw new LogDamage('its segment does not begin like one');
  const checksum = crc32(head.subarray(12, SEGMENT_HEAD_BYTES));
  if (checksum !== head.readUInt32LE(8)) throw new LogDamage('the checksum of its segment’s head is wrong');
  const version = head.readUInt32LE(4);
  if (version !== VERSION) throw new LogDamage(`its segment is of version ${version}`);
  if (Number(head.readBigUInt64LE(16)) !== first) throw new LogDamage('its segment has the name of another');
  return checksum;
}

/** The head of a group and the lengths of its frames: what goes before them. */
export function groupHead(
  seed: number,
  offset: number,
  records: number,
  frames: readonly Uint8Array[],
): Buffer {
  const head = Buffer.allocUnsafe(GROUP_HEAD_BYTES + LENGTH_BYTES * frames.length);
  let bytes = head.length;
  let at = GROUP_HEAD_BYTES;
  for (const { length } of frames) {
    head.writeUInt32LE(length, at);
    at += LENGTH_BYTES;
    bytes += length;
  }
  let checksum = crc32(head.subarray(GROUP_HEAD_BYTES));
  for (const frame of frames) checksum = crc32(frame, checksum);
  head.writeUInt32LE(GROUP_MAGIC, 0);
  head.writeUInt32LE(checksum, 8);
  head.writeUInt32LE(bytes, 12);
  head.writeBigUInt64LE(BigInt(offset), 16);
  head.writeUInt32LE(records, 24);
  head.writeUInt32LE(frames.length, 28);
  head.writeUInt32LE(crc32(head.subarray(8, GROUP_HEAD_BYTES), seed), 4);
  return head;
}

interface GroupHead {
  readonly checksum: number;
  readonly bytes: number;
  readonly offset: number;
  readonly records: number;
  readonly frames: number;
}

/** The head of a group at `at`, or null where there is none that is whole. */
function headAt(bytes: Buffer, at: number, seed: number): GroupHead | null {
  if (bytes.length - at < GROUP_HEAD_BYTES || bytes.readUInt32LE(at) !== GROUP_MAGIC) return null;
  if (crc32(bytes.subarray(at + 8, at + GROUP_HEAD_BYTES), seed) !== bytes.readUInt32LE(at + 4)) return null;
  return {
    checksum: bytes.readUInt32LE(at + 8),
    bytes: bytes.readUInt32LE(at + 12),
    offset: Number(bytes.readBigUInt64LE(at + 16)),
    records: bytes.readUInt32LE(at + 24),
    frames: bytes.readUInt32LE(at + 28),
  };
}

/** A group that was read. */
export interface LogGroup {
  /** Where it begins in its segment, in bytes, and how long it is. */
  readonly at: number;
  readonly bytes: number;
  readonly offset: number;
  readonly records: number;
  /** All of its bytes, until the next one is read. */
  readonly content: Buffer;
}

/** The frames of a group, in memory of their own. Throws LogDamage, FRAME_UNSUPPORTED. */
export function* framesOf(group: LogGroup): Iterable<LogFrame> {
  const { content, records, offset } = group;
  const count = content.readUInt32LE(28);
  let at = GROUP_HEAD_BYTES + LENGTH_BYTES * count;
  let next = offset;
  for (let n = 0; n < count; n++) {
    const end = at + content.readUInt32LE(GROUP_HEAD_BYTES + LENGTH_BYTES * n);
    const bytes = new Uint8Array(content.subarray(at, end));
    const records = recordsOf(bytes);
    yield { offset: next, next: next + records, records, bytes };
    next += records;
    at = end;
  }
  if (next !== offset + records) throw new LogDamage(`frames end at ${next} instead of ${offset + records}`);
}

function recordsOf(bytes: Uint8Array): number {
  try {
    return checkFrame(bytes).records;
  } catch (error) {
    if (!(error instanceof RingwatchError) || error.code === 'FRAME_UNSUPPORTED') throw error;
    throw new LogDamage(error.message, { cause: error });
  }
}

/** Asserts that a frame tells the number of records that it is appended with: it could not be read otherwise. */
export function assertRecords(frame: Uint8Array, records: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const told = frame.byteLength < FRAME_RECORDS_AT + 4 ? 0 : view.getUint32(FRAME_RECORDS_AT, true);
  assert(records > 0 && told === records, 'a frame is appended with the number of its records, one or more');
}

const CHUNK_BYTES = 512 * 1024;

/** Reads the groups of a segment one after the other, in large pieces. */
export class GroupReader {
  readonly #file: LogFile;
  readonly #seed: number;
  /** Bytes of the segment that may be read. */
  readonly #size: number;
  #buffer: Buffer;
  /** What the buffer holds: bytes of the file from `#from` on, `#held` of them. */
  #from: number;
  #held = 0;
  #at: number;
  #next: number;

  /** From the group that begins at byte `at` with offset `next` on, in the first `size` bytes of the file. */
  constructor(file: LogFile, seed: number, size: number, at: number, next: number) {
    this.#file = file;
    this.#seed = seed;
    this.#size = size;
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(GROUP_HEAD_BYTES, Math.min(CHUNK_BYTES, size - at)));
    this.#from = at;
    this.#at = at;
    this.#next = next;
  }

  /** Where the next group begins, in bytes. */
  get at(): number {
    return this.#at;
  }

  /** The offset of the next group. */
  get next(): number {
    return this.#next;
  }

  /** The next group, or null at the end. Throws LogDamage where what is there is none, or not the next. */
  async read(): Promise<LogGroup | null> {
    const at = this.#at;
    if (at === this.#size) return null;
    await this.#hold(at, GROUP_HEAD_BYTES);
    const head = headAt(this.#bytesAt(at, GROUP_HEAD_BYTES), 0, this.#seed);
    if (head === null) throw new LogDamage('there is no group');
    const { bytes, offset, records, frames } = head;
    if (offset !== this.#next) throw new LogDamage(`the group there begins at ${offset}`);
    if (at + bytes > this.#size) throw new LogDamage('its group is cut');
    assert(frames > 0 && records >= frames, 'a group that was written has frames with records');
    await this.#hold(at, bytes);
    const content = this.#bytesAt(at, bytes);
    if (crc32(content.subarray(GROUP_HEAD_BYTES)) !== head.checksum) {
      throw new LogDamage('the checksum of its group is wrong');
    }
    this.#at += bytes;
    this.#next += records;
    return { at, bytes, offset, records, content };
  }

  /** The offset of a later group of the segment, or null: what proves that everything before it had been written. */
  async findLater(): Promise<number | null> {
    const length = this.#size - this.#at;
    await this.#hold(this.#at, length);
    const rest = this.#bytesAt(this.#at, length);
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(GROUP_MAGIC, 0);
    for (let at = rest.indexOf(magic); at >= 0; at = rest.indexOf(magic, at + 1)) {
      const head = headAt(rest, at, this.#seed);
      if (head !== null && head.offset > this.#next) return head.offset;
    }
    return null;
  }

  /** Whether there are zeros alone up to the end. After `findLater`. */
  isRoom(): boolean {
    return this.#bytesAt(this.#at, this.#size - this.#at).every((byte) => byte === 0);
  }

  #bytesAt(at: number, length: number): Buffer {
    return this.#buffer.subarray(at - this.#from, Math.min(at - this.#from + length, this.#held));
  }

  /** Has the buffer hold `length` bytes from `at` on, or those up to the end. */
  async #hold(at: number, length: number): Promise<void> {
    const held = this.#from + this.#held - at;
    const wanted = Math.min(length, this.#size - at);
    if (held >= wanted) return;
    const kept = this.#bytesAt(at, held);
    const capacity = Math.max(wanted, Math.min(CHUNK_BYTES, this.#size - at));
    const into = capacity > this.#buffer.length ? Buffer.allocUnsafeSlow(capacity) : this.#buffer;
    kept.copy(into, 0);
    const room = Math.min(into.length, this.#size - at) - held;
    const read = await this.#file.read(into.subarray(held, held + room), room, at + held);
    this.#buffer = into;
    this.#from = at;
    this.#held = held + read;
    if (read < room) throw new LogDamage(`its file is cut at ${at + held + read} bytes`);
  }
}
