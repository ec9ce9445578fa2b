import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { RingwatchError } from '../../core/errors.ts';
import { checkFrame } from '../../core/frame.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import { checkDataFile, DataFileDamage } from './data-file-check.ts';
import { LmdbStore, numberKey, numberOf, textOf, unsealed } from './lmdb-store.ts';

/** Frames lie under their first offset, the start of the log under a key after all of them. */
const FRAME = 0x01;
const START_KEY = Buffer.from([0x02]);
/** The files of the log in its folder. */
const FILES = ['data.mdb', 'lock.mdb'];

/** The log as data folders of format 1 have it, in LMDB, an entry for each frame: to read it once and no more. */
export class OldLog {
  /** Names of its files. */
  static readonly files: readonly string[] = FILES;
  readonly start: number;
  readonly #store: LmdbStore;

  private constructor(store: LmdbStore, start: number) {
    this.#store = store;
    this.start = start;
  }

  /** Opens the log in a folder. Throws LOG_CORRUPT. */
  static async open(folder: string): Promise<OldLog> {
    const file = path.join(folder, 'data.mdb');
    try {
      if (!existsSync(file)) throw new DataFileDamage('its file is missing');
      checkDataFile(file);
    } catch (error) {
      if (!(error instanceof DataFileDamage)) throw error;
      throw corrupt(folder, error.key?.length === 9 ? numberOf(error.key) : 0, error);
    }
    const store = new LmdbStore(folder);
    try {
      return new OldLog(store, readStart(store));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Removes the log of a folder, where there is one. */
  static async remove(folder: string): Promise<void> {
    for (const name of FILES) await rm(path.join(folder, name), { force: true });
  }

  /** All frames in order. Throws LOG_CORRUPT where one is damaged or missing, FRAME_UNSUPPORTED. */
  *frames(): Iterable<LogFrame> {
    let next = this.start;
    for (const key of this.#store.keys(numberKey(FRAME, 0), START_KEY)) {
      if (key.length !== 9 || numberOf(key) !== next) throw corrupt(this.#store.path, next, 'it is missing');
      const bytes = this.#store.get(key);
      if (bytes === null) throw corrupt(this.#store.path, next, 'it is missing');
      const records = this.#recordsOf(bytes, next);
      const offset = next;
      next += records;
      yield { offset, next, records, bytes };
    }
  }

  #recordsOf(bytes: Buffer, offset: number): number {
    try {
      return checkFrame(bytes).records;
    } catch (error) {
      if (error instanceof RingwatchError && error.code === 'FRAME_UNSUPPORTED') throw error;
      throw corrupt(this.#store.path, offset, error);
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

function readStart(store: LmdbStore): number {
  const value = store.get(START_KEY);
  if (value === null) return 0;
  const payload = unsealed(START_KEY, value);
  if (payload?.length !== 8) throw corrupt(store.path, 0, 'its start is unreadable');
  return Number(payload.readBigUInt64LE(0));
}

function corrupt(path: string, offset: number, reason: unknown): RingwatchError {
  const text = typeof reason === 'string' ? reason : textOf(reason);
  return new RingwatchError('LOG_CORRUPT', { path, offset, reason: text });
}
