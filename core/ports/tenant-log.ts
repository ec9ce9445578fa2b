import { assert } from '../assert.ts';

/**
 * A tenant's ordered log: the truth. It stores frames (core/frame.ts: one or more records under one checksum), each at the
 * offsets from its own up to `next`, where the frame after it begins. What offsets count is the adapter's own business;
 * the first frame's is 0.
 */
export interface TenantLog {
  /** The offset after the last durable frame, as far as is known here. */
  readonly end: number;
  /** The offset of the oldest frame still in the log; older ones are archived. */
  readonly start: number;
  /**
   * Appends a frame of `records` records. Resolves with its offset once it is durable: only then may anything be
   * acknowledged. Appends that are under way together share one sync (group commit) and keep call order.
   * Throws LOG_FULL, LOG_CLOSED, LOG_WRITE_FAILED; after a failed append no later one succeeds.
   */
  append(frame: Uint8Array, records: number): Promise<number>;
  /**
   * Durable frames in order, from the one that holds `offset`, up to the end at the time of the call. The bytes are
   * the caller's to keep. Throws LOG_CORRUPT (naming the offset) when a frame is damaged or missing, LOG_TRIMMED.
   */
  read(offset: number): AsyncIterable<LogFrame>;
  /** Forgets frames that lie wholly before `offset`. The caller has archived them. */
  trim(offset: number): Promise<void>;
  /** Waits for appends under way and releases the log. */
  close(): Promise<void>;
}

/** A log that several processes append to and read: what one of them has appended, `follow` brings to all in one order. */
export interface SharedLog extends TenantLog {
  /** STRONG: `head` is linearizable. EVENTUAL: it may miss what another process was told is durable. */
  readonly consistency: 'STRONG' | 'EVENTUAL';
  /**
   * Durable frames of whoever appended them, in order, from the one that holds `offset`, as they come, until `signal` is
   * aborted: then it ends. Waits out what mends itself. Throws as `read` does.
   */
  follow(offset: number, signal: AbortSignal): AsyncIterable<LogFrame>;
  /**
   * A read barrier: the offset after every frame whose append resolved, anywhere, before the call. Cheap for many at once: they share
   * an answer. Throws LOG_UNAVAILABLE.
   */
  head(): Promise<number>;
}

/** Whether others append to the log as well. */
export function isShared(log: TenantLog): log is SharedLog {
  return 'follow' in log;
}

export interface LogFrame {
  readonly offset: number;
  /** The offset of the frame that follows. */
  readonly next: number;
  readonly records: number;
  readonly bytes: Uint8Array;
}

/** The offsets that frames hold, which follow one another without a gap. */
export function spanOf(frames: readonly LogFrame[]): { readonly offset: number; readonly end: number } {
  const [first] = frames;
  assert(first !== undefined, 'there is a frame');
  let end = first.offset;
  for (const frame of frames) {
    assert(frame.offset === end && frame.next > end, 'frames follow one another');
    end = frame.next;
  }
  return { offset: first.offset, end };
}
