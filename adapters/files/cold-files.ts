import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RingwatchError } from '../../core/errors.ts';
import type { ColdStore } from '../../core/ports/cold-store.ts';

/**
 * Cold bytes as files of a folder, one a name. Nothing is synced: they are of this process. Reading holds its thread, straight
 * into the memory that is to have them.
 */
export class ColdFiles implements ColdStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what an earlier process left, as far as that goes: nobody reads it, and a name that is written again is replaced. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.#fileOf(name);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${file}.unfinished`, bytes);
      await rename(`${file}.unfinished`, file);
    } catch (error) {
      // On a full disk what was written of it is what others lack.
      await rm(`${file}.unfinished`, { force: true }).catch(() => undefined);
      const { code } = error as NodeJS.ErrnoException;
      throw new RingwatchError('COLD_WRITE_FAILED', { path: file, reason: String(code) }, { cause: error });
    }
  }

  read(name: string, into: Uint8Array): void {
    const file = this.#fileOf(name);
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      if (size !== into.length) throw new Error(`it has ${size} bytes where ${into.length} were written`);
      for (let at = 0; at < size; ) {
        const count = readSync(descriptor, into, at, size - at, at);
        if (count === 0) throw new Error('it ends before its length');
        at += count;
      }
    } finally {
      closeSync(descriptor);
    }
    // Its bytes are in memory again.
    try {
      rmSync(file);
    } catch {
      // It is written over, or cleared when the folder is opened.
    }
  }

  #fileOf(name: string): string {
    return path.join(this.#folder, name);
  }
}
