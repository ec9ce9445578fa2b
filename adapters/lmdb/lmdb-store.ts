import { crc32 } from 'node:zlib';
import { open, type RootDatabase } from 'lmdb';
import { RingwatchError } from '../../core/errors.ts';

type Database = RootDatabase<Buffer, Buffer>;

/** One change of a store: `value` null removes the key. */
export interface StoreChange {
  readonly key: Buffer;
  readonly value: Uint8Array | null;
}

/**
 * One LMDB file with binary keys and values and one writer. A commit resolves only after its pages and its meta page
 * are on disk: `overlappingSync` is off, since with it LMDB makes a transaction visible before it is synced.
 * Seen with strace: `fdatasync` of the pages, then a write of the meta page through a descriptor opened with
 * `O_DSYNC`, then the promise. `eventTurnBatching` is off as well: with it lmdb makes a promise of its own for every
 * batch that nobody can catch when the commit fails, which ends the process.
 */
export class LmdbStore {
  readonly path: string;
  readonly #database: Database;
  #lastCommit: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
    this.#database = open<Buffer, Buffer>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      // All changes of one commit are handed over in one turn and must be one transaction.
      txnStartThreshold: Number.MAX_SAFE_INTEGER,
    } as Parameters<typeof open<Buffer, Buffer>>[0]);
  }

  /**
   * Writes changes as one transaction, after the commits called before it. Durable when it resolves; rejects with
   * lmdb's error. The values must not change until then.
   */
  commit(changes: readonly StoreChange[]): Promise<void> {
    const commit = this.#lastCommit.then(() => this.#write(changes));
    this.#lastCommit = commit.catch(() => undefined);
    return commit;
  }

  async #write(changes: readonly StoreChange[]): Promise<void> {
    if (changes.length === 0) return;
    const database = this.#database;
    const results = changes.map(({ key, value }) =>
      value === null ? database.remove(key) : database.put(key, value as Buffer),
    );
    try {
      await Promise.all(results);
    } catch (error) {
      throw await reasonOf(error);
    }
  }

  /** The value in memory of its own, or null. */
  get(key: Buffer): Buffer | null {
    return asBuffer(this.#database.getBinary(key));
  }

  /** The value, valid until the next call, or null. */
  peek(key: Buffer): Buffer | null {
    return asBuffer(this.#database.getBinaryFast(key));
  }

  /** Keys from `start` up to but without `end`, ascending. */
  keys(start: Buffer, end: Buffer): Iterable<Buffer> {
    return this.#database.getKeys({ start, end });
  }

  /** The greatest key <= `key` that is >= `low`, or null. */
  floor(key: Buffer, low: Buffer): Buffer | null {
    for (const found of this.#database.getKeys({ start: key, reverse: true, limit: 1 })) {
      return Buffer.compare(found, low) < 0 ? null : found;
    }
    return null;
  }

  /** Waits for commits under way and closes the file. */
  async close(): Promise<void> {
    await this.#lastCommit;
    await this.#database.close();
  }
}

/** What lmdb gives as a Buffer: values of 64 KiB and more, which it does not copy, come as bare bytes. */
function asBuffer(value: Uint8Array | undefined): Buffer | null {
  if (value === undefined) return null;
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The error behind a failed commit: lmdb hides it in a promise of its own. */
async function reasonOf(error: unknown): Promise<unknown> {
  const hidden = (error as { commitError?: Promise<never> }).commitError;
  if (hidden === undefined) return error;
  return hidden.then(
    () => error,
    (reason: unknown) => reason,
  );
}

/** `payload` after its CRC-32, which also covers `key`: an entry that moves to another key is noticed. */
export function sealed(key: Uint8Array, payload: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(payload.length + 4);
  value.writeUInt32LE(crc32(payload, crc32(key)), 0);
  value.set(payload, 4);
  return value;
}

/** The payload of a sealed value, or null where it is damaged. */
export function unsealed(key: Uint8Array, value: Buffer): Buffer | null {
  if (value.length < 4) return null;
  const payload = value.subarray(4);
  return crc32(payload, crc32(key)) === value.readUInt32LE(0) ? payload : null;
}

/** A key of one tag byte and a number of eight, so that byte order is the order of numbers. */
export function numberKey(tag: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = tag;
  key.writeBigUInt64BE(BigInt(number), 1);
  return key;
}

/** The number in such a key. */
export function numberOf(key: Buffer): number {
  return Number(key.readBigUInt64BE(1));
}

/** Text of any thrown value, for messages. */
export function textOf(error: unknown): string {
  if (error instanceof RingwatchError) return error.message;
  const { message } = error as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
