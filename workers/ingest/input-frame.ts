import type { ErrorCode } from '../../core/errors.ts';
import type { InputProgress } from '../../core/record.ts';

/** One input of a run: a file that feeds a source or a table. */
export interface InputSpec {
  /** The source or table, as declared. */
  readonly relation: string;
  /** Absolute. */
  readonly path: string;
  readonly format: 'csv' | 'ndjson';
  /** Where the log says that an earlier run stopped; null begins at the first row. */
  readonly progress: InputProgress | null;
  /** Bytes of its longest row; LIMITS.rowBytesMax where it does not say. ROW_TOO_LONG */
  readonly rowBytesMax?: number;
}

/** A row that could not be taken. It is counted, has no position, and touches nothing else. */
export interface Rejection {
  readonly relation: string;
  /** Which data row of the input, from 1; the header and empty lines do not count. */
  readonly row: number;
  /** Where the row begins in the file, in bytes. */
  readonly offset: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** The column at fault, null where the row as a whole is. */
  readonly column: string | null;
}

/** One frame for the log, and what it says about the inputs. */
export interface InputFrame {
  /** A frame of core/frame.ts, in memory of its own. */
  readonly frame: Uint8Array;
  /** Records in the frame. */
  readonly records: number;
  /** Data rows that the frame covers: taken and rejected ones. */
  readonly rows: number;
  /** Rows rejected since the frame before, in the order in which they were read. */
  readonly rejections: readonly Rejection[];
  /** The progress that the frame records: totals of each input, in option order. */
  readonly progress: readonly InputProgress[];
}
