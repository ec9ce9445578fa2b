import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { RingwatchError } from '../../core/errors.ts';
import { writeError } from '../../core/file-error.ts';

const BUFFER_CHARS = 64 * 1024;

/**
 * A file of lines that a run writes. In `resume` mode the lines are first compared with what an earlier run left:
 * as long as they are the same nothing is written, at the first difference the file is cut there and goes on from
 * the lines. Writes are buffered; a failure is kept and thrown by flush and close, since effects must not throw.
 */
export class LineFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #appends: boolean;
  #pending = '';
  /** Bytes of the file that are known to be right. */
  #position = 0;
  #comparing: boolean;
  #closed = false;
  #failure: RingwatchError | null = null;

  /**
   * `rewrite` empties the file, `resume` compares (from byte `start` on: what is before it is known to be right), `append`
   * adds at its end. Throws FILE_UNWRITABLE.
   */
  constructor(path: string, mode: 'rewrite' | 'resume' | 'append', start = 0) {
    this.#path = path;
    this.#position = start;
    this.#comparing = mode === 'resume';
    this.#appends = mode === 'append';
    try {
      // 'a' makes a file that is missing and empties none; but only 'r+' writes at positions.
      if (mode === 'resume') closeSync(openSync(path, 'a'));
      this.#descriptor = openSync(path, mode === 'rewrite' ? 'w' : mode === 'append' ? 'a' : 'r+');
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Adds one line, without its newline. */
  line(text: string): void {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= BUFFER_CHARS) this.#write();
  }

  /** Ends the comparison: what the file holds beyond the lines so far is cut off. Throws FILE_UNWRITABLE. */
  endOfResume(): void {
    this.#write();
    try {
      if (this.#comparing) this.#cut();
    } catch (error) {
      this.#failure ??= writeError(this.#path, error);
    }
    this.#check();
  }

  /** Hands all lines to the system; a failure is thrown by the next `flush` or `close`. */
  handOver(): void {
    this.#write();
  }

  /** Hands all lines to the system. Throws FILE_UNWRITABLE, also for an earlier failure. */
  flush(): void {
    this.#write();
    this.#check();
  }

  /** Writes what is left and closes the file; again: nothing. Throws FILE_UNWRITABLE. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#write();
    closeSync(this.#descriptor);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #write(): void {
    if (this.#pending === '' || this.#failure !== null) return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    try {
      let done = 0;
      if (this.#comparing) {
        done = this.#sameBytes(bytes);
        this.#position += done;
        if (done < bytes.length) this.#cut();
      }
      while (done < bytes.length) {
        const place = this.#appends ? null : this.#position;
        const written = writeSync(this.#descriptor, bytes, done, bytes.length - done, place);
        done += written;
        this.#position += written;
      }
    } catch (error) {
      this.#failure = writeError(this.#path, error);
    }
  }

  /** How many of the bytes stand in the file at the position already. */
  #sameBytes(bytes: Buffer): number {
    const found = Buffer.alloc(bytes.length);
    let read = 0;
    while (read < found.length) {
      const more = readSync(this.#descriptor, found, read, found.length - read, this.#position + read);
      if (more === 0) break;
      read += more;
    }
    if (read === bytes.length && found.equals(bytes)) return read;
    let same = 0;
    while (same < read && found[same] === bytes[same]) same++;
    return same;
  }

  #cut(): void {
    ftruncateSync(this.#descriptor, this.#position);
    this.#comparing = false;
  }
}
