import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { assert } from '../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { checkFrame } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import { type LogFrame, spanOf } from '../../core/ports/tenant-log.ts';
import { makeFolder } from './make-folder.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/**
 * Archived segments of a log: one file for each, `<offset>-<end>.segment`, little-endian:
 * `RWSG`, version 2 (u32), CRC-32 of everything after it (u32), first offset (f64), end offset (f64), frames (u32),
 * bytes when unpacked (u32), then raw DEFLATE of the frames, each after its length (u32) and how many offsets it holds (u32).
 * In version 1 a frame holds as many offsets as records, and its length alone precedes it.
 */
const MAGIC = 0x4753_5752;
const VERSION = 2;
const CHECKED_FROM = 12;
const HEADER_BYTES = 36;
const NAME = /^(\d{16})-(\d{16})\.segment$/;

interface SegmentFile {
  readonly name: string;
  readonly offset: number;
  readonly end: number;
}

/** The archived segments in one folder. Segments follow one another without a gap from offset 0 on. */
export class SegmentArchive {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Stores frames that follow one another. On disk, under its name, when it resolves. */
  async store(frames: readonly LogFrame[]): Promise<void> {
    const { offset, end } = spanOf(frames);
    const raw = new ByteWriter(frames.reduce((sum, { bytes }) => sum + bytes.length + 8, 0));
    for (const frame of frames) {
      raw.u32(frame.bytes.length);
      raw.u32(frame.next - frame.offset);
      raw.raw(frame.bytes);
    }
    assert(raw.length <= LIMITS.segmentBytesMax, 'a segment stays below LIMITS.segmentBytesMax');
    const packed = await deflate(raw.written(), { level: 1 });
    const file = new ByteWriter(HEADER_BYTES + packed.length);
    file.u32(MAGIC);
    file.u32(VERSION);
    file.u32(0);
    file.f64(offset);
    file.f64(end);
    file.u32(frames.length);
    file.u32(raw.length);
    file.raw(packed);
    file.patchU32(8, crc32(file.buffer.subarray(CHECKED_FROM, file.length)));
    try {
      makeFolder(this.#folder);
      await writeDurably(this.#folder, nameOf(offset, end), file.written());
    } catch (error) {
      const reason = (error as Error).message;
      throw new RingwatchError('ARCHIVE_WRITE_FAILED', { path: this.#folder, reason }, { cause: error });
    }
  }

  /** Archived frames from the one that holds `offset` on. Throws ARCHIVE_CORRUPT naming the segment. */
  async *read(offset: number): AsyncIterable<LogFrame> {
    let next = -1;
    for (const file of await this.#files()) {
      if (file.end <= offset) continue;
      const expected = next < 0 ? Math.min(offset, file.offset) : next;
      if (file.offset > (next < 0 ? offset : next))
        throw this.#corrupt(nameOf(expected, file.offset), 'it is missing');
      // A crash between storing a segment and trimming the log leaves a segment that the next one covers again.
      for (const frame of await this.#frames(file)) {
        if (frame.next <= offset || frame.offset < next) continue;
        yield frame;
        next = frame.next;
      }
    }
  }

  /** Segments, their bytes, and the offset up to which they reach without a gap from 0. */
  async describe(): Promise<{ readonly segments: number; readonly bytes: number; readonly end: number }> {
    const files = await this.#files();
    let bytes = 0;
    let end = 0;
    for (const file of files) {
      const handle = await open(path.join(this.#folder, file.name));
      bytes += (await handle.stat()).size;
      await handle.close();
      if (file.offset <= end) end = Math.max(end, file.end);
    }
    return { segments: files.length, bytes, end };
  }

  async #files(): Promise<SegmentFile[]> {
    const names = await readdir(this.#folder).catch((error: { code?: string }) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const files: SegmentFile[] = [];
    for (const name of names) {
      const match = NAME.exec(name);
      if (match !== null) files.push({ name, offset: Number(match[1]), end: Number(match[2]) });
    }
    return files.sort((a, b) => a.offset - b.offset || b.end - a.end);
  }

  async #frames(file: SegmentFile): Promise<LogFrame[]> {
    const bytes = await readFile(path.join(this.#folder, file.name));
    if (bytes.length < HEADER_BYTES) throw this.#corrupt(file.name, `it has only ${bytes.length} bytes`);
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) throw this.#corrupt(file.name, 'it does not begin like a segment');
    const version = reader.u32();
    const checksum = reader.u32();
    if (crc32(bytes.subarray(CHECKED_FROM)) !== checksum)
      throw this.#corrupt(file.name, 'its checksum is wrong');
    if (version < 1 || version > VERSION) throw this.#corrupt(file.name, `it is of version ${version}`);
    const offset = reader.f64();
    const end = reader.f64();
    if (offset !== file.offset || end !== file.end) throw this.#corrupt(file.name, 'its name is not its own');
    const count = reader.u32();
    const size = reader.u32();
    try {
      const raw = await inflate(bytes.subarray(HEADER_BYTES), { maxOutputLength: size });
      return splitFrames(file, raw, count, version);
    } catch (error) {
      if (error instanceof RingwatchError && error.code === 'FRAME_UNSUPPORTED') throw error;
      throw this.#corrupt(file.name, (error as Error).message);
    }
  }

  #corrupt(name: string, reason: string): RingwatchError {
    return new RingwatchError('ARCHIVE_CORRUPT', { path: path.join(this.#folder, name), reason });
  }
}

function splitFrames(file: SegmentFile, raw: Buffer, count: number, version: number): LogFrame[] {
  const reader = new ByteReader(raw);
  const frames: LogFrame[] = [];
  let offset = file.offset;
  for (let n = 0; n < count; n++) {
    const length = reader.u32();
    const span = version === 1 ? null : reader.u32();
    const bytes = new Uint8Array(reader.raw(length));
    const { records } = checkFrame(bytes);
    const next = offset + (span ?? records);
    frames.push({ offset, next, records, bytes });
    offset = next;
  }
  if (offset !== file.end) {
    throw new RingwatchError('FRAME_CORRUPT', { reason: `frames end at ${offset} instead of ${file.end}` });
  }
  return frames;
}

function nameOf(offset: number, end: number): string {
  return `${String(offset).padStart(16, '0')}-${String(end).padStart(16, '0')}.segment`;
}

/** Writes a file under another name, syncs it, renames it and syncs the folder: it is there whole or not at all. */
async function writeDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  // Several processes may write the same one: each beside the others.
  const temporary = path.join(folder, `${name}.${randomBytes(6).toString('hex')}.unfinished`);
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  await rename(temporary, path.join(folder, name));
  await syncFolder(folder);
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
