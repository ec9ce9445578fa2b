import { crc32 } from 'node:zlib';

/** Where the bytes of an input come from: a file, or memory. */
export interface ByteInput {
  /**
   * Fills bytes `start` to at most `end` of `target` with what comes next; returns how many, 0 at the end, NOT_YET where
   * further ones have to be waited for, which a file never says.
   */
  read(target: Uint8Array, start: number, end: number): number;
  close(): void;
}

/** What an input says whose next bytes have not come. */
export const NOT_YET = -1;

/** Bytes asked of an input at once. */
export const CHUNK_BYTES = 256 * 1024;

/**
 * The stretch of an input that is in memory. Bytes `start` to `end` of `buffer` are there and not consumed; the byte at
 * `start` is the input's byte number `offset`. `more` may move them and replace the buffer.
 */
export class ByteWindow {
  buffer: Buffer;
  start = 0;
  end = 0;
  /** Whether the input has no byte after `end`. */
  ended = false;
  readonly #input: ByteInput;
  readonly #chunkBytes: number;
  /** The input's byte number of buffer[0]. */
  #base = 0;
  /** CRC-32 of all bytes of the input before buffer[#checkedTo]. */
  #crc = 0;
  #checkedTo = 0;

  constructor(input: ByteInput, chunkBytes: number = CHUNK_BYTES) {
    this.#input = input;
    this.#chunkBytes = chunkBytes;
    this.buffer = Buffer.allocUnsafeSlow(chunkBytes * 2);
  }

  /** Bytes of the input that are consumed. */
  get offset(): number {
    return this.#base + this.start;
  }

  /** CRC-32 of the consumed bytes. */
  checksum(): number {
    this.#crc = crc32(this.buffer.subarray(this.#checkedTo, this.start), this.#crc);
    this.#checkedTo = this.start;
    return this.#crc;
  }

  /** Reads on; false at the input's end, and where nothing has come (then it has not `ended`). Throws what the input throws. */
  more(): boolean {
    if (this.ended) return false;
    if (this.buffer.length - this.end < this.#chunkBytes) this.#makeRoom();
    const count = this.#input.read(this.buffer, this.end, this.end + this.#chunkBytes);
    if (count === NOT_YET) return false;
    this.end += count;
    if (count === 0) this.ended = true;
    return count > 0;
  }

  /** Consumes bytes up to the input's byte number `offset`; false where the input ends before. */
  skipTo(offset: number): boolean {
    while (this.#base + this.end < offset) {
      this.start = this.end;
      if (!this.more()) return false;
    }
    this.start = offset - this.#base;
    return true;
  }

  close(): void {
    this.#input.close();
  }

  #makeRoom(): void {
    this.checksum();
    const kept = this.end - this.start;
    const needed = kept + this.#chunkBytes;
    const target =
      needed <= this.buffer.length ? this.buffer : Buffer.allocUnsafeSlow(Math.max(needed, kept * 2));
    this.buffer.copy(target, 0, this.start, this.end);
    this.buffer = target;
    this.#base += this.start;
    this.start = 0;
    this.end = kept;
    this.#checkedTo = 0;
  }
}
