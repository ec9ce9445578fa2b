import { readFileSync, writeFileSync } from 'node:fs';
import { writeError } from '../../core/file-error.ts';

/**
 * How much of each input the service has answered for, in a file: where a sender goes on after it was stopped. What was on its way
 * when it was killed is sent again; the service knows it by its key, or as late.
 */
export class SendProgress {
  readonly #file: string;
  readonly #rows: Map<string, number>;

  constructor(file: string) {
    this.#file = file;
    this.#rows = new Map(Object.entries(readCounts(file)));
  }

  /** Rows of an input that are answered for. */
  of(input: string): number {
    return this.#rows.get(input) ?? 0;
  }

  /** Throws FILE_UNWRITABLE. */
  note(input: string, rows: number): void {
    this.#rows.set(input, rows);
    try {
      writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#rows)));
    } catch (error) {
      throw writeError(this.#file, error);
    }
  }
}

/** A file that is not there, or that was cut while it was written, says nothing: then all is sent again. */
function readCounts(file: string): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, number>>;
  } catch {
    return {};
  }
}
