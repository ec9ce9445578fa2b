import type { ByteWindow } from './byte-window.ts';

/** How the rows of one input are found in its bytes and encoded. One reader per input; it keeps the row last found. */
export interface RowFormat {
  /** Whether what was found last is an empty line, which is no row. */
  readonly blank: boolean;
  /** Up to which byte `find` had to look: with a broken quote beyond the row's end. */
  readonly reach: number;
  /** Fields of the row last encoded that no column reads. The same array while they are the same. */
  readonly unknown: readonly string[];
  /** Consumes what comes before the first row; false where more bytes have to come first. Throws HEADER_INVALID. */
  readHeader(window: ByteWindow): boolean;
  /**
   * Finds the row that begins at `from`; bytes from `end` on are not there yet, unless the input has `ended`. Returns
   * where the next one begins (`from` itself at the input's end), or NEED_MORE.
   */
  find(bytes: Buffer, from: number, end: number, ended: boolean): number;
  /** Encodes the row last found, `from` to `next`, with its RowEncoder. Throws the error for which it is rejected. */
  encode(bytes: Buffer, from: number, next: number, arrivalMicros: number): void;
}

/** What `find` returns for a row whose end is not among the bytes given. */
export const NEED_MORE = -1;

/** Consumes a byte order mark at the input's beginning; false where more bytes have to come first. */
export function skipByteOrderMark(window: ByteWindow): boolean {
  if (window.offset > 0) return true;
  while (window.end - window.start < 3 && window.more());
  const { buffer, start } = window;
  if (window.end - start < 3) return window.ended;
  if (buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf) window.start += 3;
  return true;
}
