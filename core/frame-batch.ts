import { crc32 } from 'node:zlib';
import { checkFrame } from './frame.ts';

/**
 * The value of a batch, little-endian: magic u32, checksum u32 of the rest of the head, number of frames u32, then the length
 * of each u32; then the frames, each of which has a checksum of its own (core/frame.ts).
 */
const MAGIC = 0x31425752; // 'RWB1'
const CHECKED_FROM = 8;
const LENGTHS_AT = 12;

/** What is wrong with a batch: the caller knows which and where. */
export class BatchDamage extends Error {
  override readonly name = 'BatchDamage';
}

/** A frame of a batch, in memory of its own. */
export interface BatchFrame {
  readonly records: number;
  readonly bytes: Uint8Array;
}

/** The bytes that `frames` frames take in a batch beside their own. */
export function batchHeadBytes(frames: number): number {
  return LENGTHS_AT + 4 * frames;
}

/** One value that holds the frames in their order. */
export function encodeBatch(frames: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(batchHeadBytes(frames.length));
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(frames.length, CHECKED_FROM);
  for (const [n, frame] of frames.entries()) head.writeUInt32LE(frame.length, LENGTHS_AT + 4 * n);
  head.writeUInt32LE(crc32(head.subarray(CHECKED_FROM)), 4);
  return Buffer.concat([head, ...frames]);
}

/** The frames of a batch, each checked and copied. Throws BatchDamage; FRAME_UNSUPPORTED, for frames of a newer build. */
export function decodeBatch(value: Uint8Array): BatchFrame[] {
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (buffer.length < LENGTHS_AT || buffer.readUInt32LE(0) !== MAGIC)
    throw new BatchDamage('it does not begin like a batch');
  const count = buffer.readUInt32LE(CHECKED_FROM);
  const headBytes = batchHeadBytes(count);
  if (headBytes > buffer.length) throw new BatchDamage('its head overruns');
  if (crc32(buffer.subarray(CHECKED_FROM, headBytes)) !== buffer.readUInt32LE(4))
    throw new BatchDamage('the checksum of its head is wrong');
  const frames: BatchFrame[] = [];
  let at = headBytes;
  for (let n = 0; n < count; n++) {
    const end = at + buffer.readUInt32LE(LENGTHS_AT + 4 * n);
    if (end > buffer.length) throw new BatchDamage(`frame ${n} of it overruns`);
    const bytes = new Uint8Array(buffer.subarray(at, end));
    frames.push({ records: recordsOf(bytes, n), bytes });
    at = end;
  }
  if (count === 0 || at !== buffer.length) throw new BatchDamage('it is not as long as it says');
  return frames;
}

function recordsOf(frame: Uint8Array, n: number): number {
  try {
    return checkFrame(frame).records;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code !== 'FRAME_CORRUPT') throw error;
    throw new BatchDamage(`frame ${n} of it: ${message}`, { cause: error });
  }
}
