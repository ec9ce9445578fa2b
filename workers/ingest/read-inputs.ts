import type { Program } from '../../language/plan.ts';
import type { InputFrame, InputSpec } from './input-frame.ts';

/** What is read, and how it is cut into frames. Plain data: it goes to a thread. */
export interface ReadOptions {
  readonly inputs: readonly InputSpec[];
  readonly program: Pick<Program, 'sources' | 'tables'>;
  /** Rows of a frame. */
  readonly batch: number;
  /** Whether an end-of-time record follows the last row. */
  readonly final: boolean;
  /** The arrival time stamped on every record, microseconds; null takes the system's clock. */
  readonly arrivalMicros: number | null;
}

/** Frames as they are read. Ends after the last row, or after `stop`. */
export interface InputReading extends AsyncIterable<InputFrame> {
  /** Ends the reading between two frames: the frames that were not handed out are forgotten, and were never read. */
  stop(): void;
}

/**
 * Reads inputs in a thread of their own, a few frames ahead of the caller. Tables first, in option order; then sources,
 * merged by event time. Errors of files (FILE_…, HEADER_INVALID) are thrown by the iteration.
 */
export function readInputs(_options: ReadOptions): InputReading {
  throw new Error('not yet');
}
