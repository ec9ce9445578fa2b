/**
 * A tenant's ordered log: the truth. It stores frames (core/frame.ts: one or more records under one checksum).
 * Offsets count records from 0; a frame's offset is that of its first record.
 */
export interface TenantLog {
  /** The offset after the last durable record. */
  readonly end: number;
  /** The offset of the oldest record still in the log; older ones are archived. */
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

export interface LogFrame {
  readonly offset: number;
  readonly records: number;
  readonly bytes: Uint8Array;
}
