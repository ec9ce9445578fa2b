import { realpathSync } from 'node:fs';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { RingwatchError } from '../../core/errors.ts';

/** Folders that this thread has open. */
const held = new Set<string>();

/**
 * Keeps a data folder to one process. The lock is a reader's place in an LMDB file of its own: LMDB ties it to the
 * process by a lock of the kernel, so it ends with the process however that ends, and nothing has to be cleared by
 * hand. A place is taken before others are looked for: of two that start together one, or both, step back.
 */
export class FolderLock {
  readonly #path: string;
  readonly #database: RootDatabase;
  readonly #reading: Transaction;

  private constructor(path: string, database: RootDatabase, reading: Transaction) {
    this.#path = path;
    this.#database = database;
    this.#reading = reading;
  }

  /** Locks `folder`, with the lock's files in `path`. Throws DATA_FOLDER_IN_USE naming the other process. */
  static async take(folder: string, path: string): Promise<FolderLock> {
    const real = realpathSync(folder);
    if (held.has(real)) throw inUse(folder, 'this one');
    const database = open({ path, overlappingSync: false, eventTurnBatching: false });
    // Opening has cleared the places of processes that are gone.
    const lock = new FolderLock(real, database, database.useReadTransaction());
    const other = otherReader(database.readerList());
    held.add(real);
    if (other !== null) {
      await lock.release();
      throw inUse(folder, `process ${other}`);
    }
    return lock;
  }

  async release(): Promise<void> {
    held.delete(this.#path);
    this.#reading.done();
    await this.#database.close();
  }
}

/** The id of a process other than this one in LMDB's list of readers: a line each, the id first. */
function otherReader(list: string): string | null {
  for (const line of list.split('\n')) {
    const id = /^\s*(\d+)\s/.exec(line)?.[1];
    if (id !== undefined && id !== String(process.pid)) return id;
  }
  return null;
}

function inUse(path: string, process: string): RingwatchError {
  return new RingwatchError('DATA_FOLDER_IN_USE', { path, process });
}
