import { RingwatchError } from './errors.ts';

interface Pending {
  readonly frame: Uint8Array;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

/** How a FrameQueue makes batches of frames, and has them stored. */
export interface FrameQueueOptions {
  /** What is said of the log in errors. */
  readonly path: string;
  /** Bytes of one frame, and of one batch unless a frame alone is larger; frames of one batch. */
  readonly frameBytesMax: number;
  readonly batchBytesMax: number;
  readonly framesMax: number;
  /** Stores a batch, and resolves with the offset of each of its frames. */
  readonly store: (frames: readonly Uint8Array[]) => Promise<readonly number[]>;
  /** Codes of `store` by which what waits is refused, too: it would meet the same. */
  readonly endsWaiting: readonly string[];
}

/**
 * Frames that one process appends to a log which others append to as well. Those that are waiting go together into one batch; one
 * batch is under way at a time, so that they stay in the order of the calls.
 */
export class FrameQueue {
  readonly #options: FrameQueueOptions;
  #waiting: Pending[] = [];
  #writing: Promise<void> | null = null;

  constructor(options: FrameQueueOptions) {
    this.#options = options;
  }

  /** Has a frame stored, and resolves with its offset. Rejects with FRAME_TOO_LARGE, and as `store` does. */
  append(frame: Uint8Array): Promise<number> {
    const limit = this.#options.frameBytesMax;
    if (frame.length > limit)
      return Promise.reject(new RingwatchError('FRAME_TOO_LARGE', { size: frame.length, limit }));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What arrives in the same turn goes together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const pending = this.#takeBatch();
      try {
        const offsets = await this.#options.store(pending.map(({ frame }) => frame));
        for (const [n, { resolve }] of pending.entries()) resolve(offsets[n] as number);
      } catch (error) {
        for (const { reject } of pending) reject(error);
        this.#refuseWaiting(error);
      }
    }
    this.#writing = null;
  }

  #takeBatch(): readonly Pending[] {
    const { batchBytesMax, framesMax } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      bytes += frame.length;
      if (count > 0 && (bytes > batchBytesMax || count === framesMax)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Where the log is away, what waits has waited as long as what was tried: it is not stored, and its callers are told so. */
  #refuseWaiting(error: unknown): void {
    const { path, endsWaiting } = this.#options;
    const { code = '', message } = error as { code?: string; message: string };
    if (!endsWaiting.includes(code)) return;
    const refusal =
      code === 'LOG_OUTCOME_UNKNOWN'
        ? new RingwatchError('LOG_UNAVAILABLE', { path, reason: message }, { cause: error })
        : error;
    for (const { reject } of this.#waiting.splice(0)) reject(refusal);
  }
}
