import { Readable } from 'node:stream';

/** Characters of lines from which on whoever writes them has to wait for the reader. */
const ROOM_CHARS = 256 * 1024;

/** Lines of an answer that are written one by one as they are known; those of one turn of the event loop go out together. */
export class AnswerLines extends Readable {
  #lines = '';
  #wanted = false;
  #ended = false;
  #flushing = false;
  #roomed: (() => void)[] = [];

  /** Adds a line, given without its end. Does nothing once the reader is gone. */
  line(text: string): void {
    if (this.destroyed) return;
    this.#lines += `${text}\n`;
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /** There are no further lines. */
  end(): void {
    this.#ended = true;
    this.#flush();
  }

  /** Resolves when the reader has taken so much that there is room for more, or is gone. */
  async room(): Promise<void> {
    while (this.#lines.length >= ROOM_CHARS && !this.destroyed) {
      await new Promise<void>((resolve) => {
        this.#roomed.push(resolve);
      });
    }
  }

  override _read(): void {
    this.#wanted = true;
    this.#flush();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#lines = '';
    this.#wake();
    done(error);
  }

  #flush(): void {
    if (!this.#wanted || this.destroyed) return;
    if (this.#lines !== '') {
      const lines = this.#lines;
      this.#lines = '';
      this.#wanted = false;
      this.push(lines);
      this.#wake();
    } else if (this.#ended) this.push(null);
  }

  #wake(): void {
    const roomed = this.#roomed;
    this.#roomed = [];
    for (const resolve of roomed) resolve();
  }
}
