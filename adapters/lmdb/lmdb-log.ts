import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { checkFrame } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import type { LogFrame, TenantLog } from '../../core/ports/tenant-log.ts';
import {
  isOutOfSpace,
  LmdbStore,
  numberKey,
  numberOf,
  type StoreChange,
  sealed,
  textOf,
  unsealed,
} from './lmdb-store.ts';

/** Frames lie under their first offset, the start of the log under a key after all of them. */
const FRAME = 0x01;
const START_KEY = Buffer.from([0x02]);
const FIRST_KEY = numberKey(FRAME, 0);

interface Pending {
  readonly frame: Uint8Array;
  readonly offset: number;
  readonly end: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A tenant's log in one LMDB file, an entry for each frame. One commit is under way at a time; what is appended
 * meanwhile goes into the next (group commit). Offsets are dense: a gap is damage.
 */
export class LmdbLog implements TenantLog {
  readonly #store: LmdbStore;
  #start: number;
  #end: number;
  /** The offset that the next append gets. */
  #next: number;
  #waiting: Pending[] = [];
  #writing: Promise<void> | null = null;
  #failure: RingwatchError | null = null;
  #closed = false;

  private constructor(store: LmdbStore, start: number, end: number) {
    this.#store = store;
    this.#start = start;
    this.#end = end;
    this.#next = end;
  }

  /** Opens or creates the log in the folder `path`. Throws LOG_CORRUPT, naming the offset where frames are missing. */
  static async open(path: string): Promise<LmdbLog> {
    const store = new LmdbStore(path);
    try {
      const start = readStart(store);
      return new LmdbLog(store, start, findEnd(store, start));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  append(frame: Uint8Array, records: number): Promise<number> {
    assert(records > 0, 'a frame has at least one record');
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#closed) return Promise.reject(new RingwatchError('LOG_CLOSED', { path: this.#store.path }));
    const offset = this.#next;
    this.#next += records;
    const durable = new Promise<number>((resolve, reject) => {
      this.#waiting.push({ frame, offset, end: this.#next, resolve, reject });
    });
    this.#writing ??= this.#writeAll();
    return durable;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, LIMITS.framesPerCommitMax);
      const changes = group.map(({ offset, frame }) => ({ key: numberKey(FRAME, offset), value: frame }));
      try {
        await this.#store.commit(changes);
      } catch (error) {
        const bytes = group.reduce((sum, { frame }) => sum + frame.length, 0);
        this.#fail(await this.#coded(error, bytes), group);
        break;
      }
      for (const { end, offset, resolve } of group) {
        this.#end = end;
        resolve(offset);
      }
    }
    this.#writing = null;
  }

  #fail(failure: RingwatchError, group: readonly Pending[]): void {
    this.#failure = failure;
    for (const { reject } of [...group, ...this.#waiting]) reject(failure);
    this.#waiting = [];
  }

  async #coded(error: unknown, bytes: number): Promise<RingwatchError> {
    const path = this.#store.path;
    return (await isOutOfSpace(path, error, bytes))
      ? new RingwatchError('LOG_FULL', { path }, { cause: error })
      : new RingwatchError('LOG_WRITE_FAILED', { path, reason: textOf(error) }, { cause: error });
  }

  async *read(offset: number): AsyncIterable<LogFrame> {
    const end = this.#end;
    if (offset < this.#start) throw new RingwatchError('LOG_TRIMMED', { start: this.#start, offset });
    if (offset >= end) return;
    const first = this.#store.floor(numberKey(FRAME, offset), FIRST_KEY);
    let next = first === null ? offset : numberOf(first);
    while (next < end) {
      // Trimming in between is the caller's own doing; each frame is read by itself.
      const bytes = this.#store.get(numberKey(FRAME, next));
      if (bytes === null) throw this.#corrupt(next, 'the frame is missing');
      const records = this.#recordsOf(bytes, next);
      yield { offset: next, records, bytes };
      next += records;
    }
  }

  #recordsOf(bytes: Buffer, offset: number): number {
    try {
      return checkFrame(bytes).records;
    } catch (error) {
      if (error instanceof RingwatchError && error.code === 'FRAME_UNSUPPORTED') throw error;
      throw this.#corrupt(offset, textOf(error));
    }
  }

  #corrupt(offset: number, reason: string): RingwatchError {
    return new RingwatchError('LOG_CORRUPT', { path: this.#store.path, offset, reason });
  }

  async trim(offset: number): Promise<void> {
    const upTo = Math.min(offset, this.#end);
    const keep = upTo === this.#end ? null : this.#store.floor(numberKey(FRAME, upTo), FIRST_KEY);
    const start = keep === null ? upTo : numberOf(keep);
    if (start <= this.#start) return;
    let changes: StoreChange[] = [];
    for (const key of this.#store.keys(FIRST_KEY, numberKey(FRAME, start))) {
      changes.push({ key: Buffer.from(key), value: null });
      // The start moves with the frames of the same transaction, so that the log is whole at any moment.
      if (changes.length === LIMITS.framesPerCommitMax) {
        const last = numberOf(key);
        await this.#commitTrim(changes, this.#following(last));
        changes = [];
      }
    }
    if (changes.length > 0) await this.#commitTrim(changes, start);
  }

  /** The offset after the frame at `offset`, which is still there. */
  #following(offset: number): number {
    return offset + recordsIn(this.#store, numberKey(FRAME, offset));
  }

  async #commitTrim(changes: readonly StoreChange[], start: number): Promise<void> {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(start));
    try {
      await this.#store.commit([...changes, { key: START_KEY, value: sealed(START_KEY, bytes) }]);
    } catch (error) {
      throw await this.#coded(error, 0);
    }
    this.#start = start;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#writing !== null) await this.#writing;
    await this.#store.close();
  }
}

function readStart(store: LmdbStore): number {
  const value = store.get(START_KEY);
  if (value === null) return 0;
  const payload = unsealed(START_KEY, value);
  if (payload === null || payload.length !== 8) {
    throw new RingwatchError('LOG_CORRUPT', {
      path: store.path,
      offset: 0,
      reason: 'its start is unreadable',
    });
  }
  return Number(payload.readBigUInt64LE(0));
}

/** The offset after the last frame; frames are found to follow one another without a gap. */
function findEnd(store: LmdbStore, start: number): number {
  let next = start;
  for (const key of store.keys(FIRST_KEY, START_KEY)) {
    if (key.length !== 9 || numberOf(key) !== next) {
      throw new RingwatchError('LOG_CORRUPT', {
        path: store.path,
        offset: next,
        reason: 'the frame is missing',
      });
    }
    next += recordsIn(store, key);
  }
  return next;
}

const RECORDS_AT = 16;

/** The number of records that the frame's head tells; its checksum is checked when it is read. */
function recordsIn(store: LmdbStore, key: Buffer): number {
  const frame = store.peek(key);
  const records = frame === null || frame.length < RECORDS_AT + 4 ? 0 : frame.readUInt32LE(RECORDS_AT);
  if (records === 0) {
    throw new RingwatchError('LOG_CORRUPT', {
      path: store.path,
      offset: numberOf(key),
      reason: 'the frame has no head',
    });
  }
  return records;
}
