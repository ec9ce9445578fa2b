import { assert } from '../../core/assert.ts';

/**
 * An offset is the number of the frame's batch, times this, plus the frame's place in the batch. It is part of what is stored
 * (checkpoints and tokens hold offsets), so it never changes, and a batch holds at most so many frames.
 */
export const FRAMES_PER_BATCH = 256;

const REVISION_DIGITS = 16;

/**
 * The keys of one tenant's log, under a prefix of its own:
 * - `batch/ID`: a batch, written once, deleted by trimming;
 * - `head`: put in the transaction of each batch, so that its etcd version counts all batches ever written. Never deleted;
 * - `trimmed`: how many batches were deleted, and the revision that the last of them was written in.
 * Batches are numbered in the order of the revisions that made them; the first that is left has the number `trimmed`.
 */
export class LogKeys {
  /** What is said of the log in errors: its prefix. */
  readonly path: string;
  readonly head: Buffer;
  readonly trimmed: Buffer;
  readonly #batches: Buffer;

  constructor(prefix: string, tenant: string) {
    assert(!tenant.includes('/'), 'a tenant is one step of a path');
    this.path = `${prefix}${tenant}/`;
    this.head = Buffer.from(`${this.path}head`);
    this.trimmed = Buffer.from(`${this.path}trimmed`);
    this.#batches = Buffer.from(`${this.path}batch/`);
  }

  batch(id: string): Buffer {
    return Buffer.concat([this.#batches, Buffer.from(id)]);
  }

  isBatch(key: Buffer): boolean {
    return key.subarray(0, this.#batches.length).equals(this.#batches);
  }

  /** All batches from the key `from` on. */
  batchesFrom(from: Buffer = this.#batches): { readonly key: Buffer; readonly range_end: Buffer } {
    return { key: from, range_end: afterPrefix(this.#batches) };
  }

  /** All keys of the log. */
  get all(): { readonly key: Buffer; readonly range_end: Buffer } {
    const key = Buffer.from(this.path);
    return { key, range_end: afterPrefix(key) };
  }
}

function afterPrefix(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) as number) + 1;
  return end;
}

/** What trimming has taken away. */
export interface Trimmed {
  /** Batches that were deleted. */
  readonly count: number;
  /** The revision that the last of them was written in; 0 where none was. */
  readonly revision: number;
}

/** As it is stored: the revision first, with leading zeros, so that etcd can compare it as bytes (see isTrimmedBefore). */
export function encodeTrimmed({ count, revision }: Trimmed): Buffer {
  return Buffer.from(`${digits(revision)} ${count}`);
}

/** Reads what `encodeTrimmed` wrote; null where it is something else. */
export function decodeTrimmed(value: Buffer): Trimmed | null {
  const match = /^(\d{16}) (\d{1,16})$/.exec(value.toString('latin1'));
  return match === null ? null : { revision: Number(match[1]), count: Number(match[2]) };
}

/** The value that is greater than each stored `Trimmed` whose revision is below this one, and less than all others. */
export function trimmedBelow(revision: number): Buffer {
  return Buffer.from(digits(revision));
}

function digits(revision: number): string {
  return `${revision}`.padStart(REVISION_DIGITS, '0');
}
