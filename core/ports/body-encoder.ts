import type { ErrorCode } from '../errors.ts';
import type { RelationSchema } from './engine.ts';

/** How the rows of a body are written. */
export type BodyFormat = 'csv' | 'ndjson';

/** A row that could not be taken: it touches nothing else. */
export interface RejectedRow {
  /** Its place among the rows of the body, from 0; the header of CSV and empty lines do not count. */
  readonly index: number;
  readonly code: ErrorCode;
  readonly reason: string;
  /** The column at fault; null where the row as a whole is. */
  readonly column: string | null;
}

/** A stretch of a body: its rows from `firstIndex` on, those that could be taken as a frame for the log. */
export interface BodyFrame {
  /** A frame of core/frame.ts in memory of its own; null where no row of the stretch could be taken. */
  readonly frame: Uint8Array | null;
  /** Rows in the frame. */
  readonly records: number;
  readonly firstIndex: number;
  /** Rows of the stretch: `records` and those rejected. */
  readonly rows: number;
  /** Rows rejected, in order. */
  readonly rejected: readonly RejectedRow[];
}

/** The rows of one body, encoded as its bytes come. Iterate once. */
export interface BodyReading extends AsyncIterable<BodyFrame> {
  /** Fields that no column reads, by name: in how many of the rows taken so far. */
  unknownFields(): Readonly<Record<string, number>>;
}

/**
 * Encodes a body for a relation: CSV with a header, or JSON, an object a line; the same formats as the files of
 * `ringwatch run`. Memory is bounded whatever the body: bytes are only taken when a frame is asked for. A frame ends at
 * LIMITS.bodyFrameRows or LIMITS.bodyFrameBytes, and where no bytes come for LIMITS.bodyFrameMs.
 *
 * Iterating throws HEADER_INVALID, and what `bytes` throws; rows not handed out by then are forgotten. So the frames are always a
 * beginning of the body: whole rows, in order, none left out in between.
 */
export type EncodeBody = (
  relation: RelationSchema,
  format: BodyFormat,
  bytes: AsyncIterable<Uint8Array>,
) => BodyReading;

/** One event as a frame of its own, or why it is not taken. */
export type EncodedEvent =
  | { readonly frame: Uint8Array; readonly rejected: null }
  | { readonly frame: null; readonly rejected: { readonly code: ErrorCode; readonly reason: string } };

/** Encodes one event of a source, given as a JSON object without line ends, that arrives at `arrivalMicros`. */
export type EncodeEvent = (source: RelationSchema, line: Buffer, arrivalMicros: number) => EncodedEvent;
