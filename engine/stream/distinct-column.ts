import type { StoredColumn } from '../state/columns.ts';

/** The value came before, in a row that is gone. */
export const GONE = -1e300;
/** The value never came before. */
export const NEVER = Number.NEGATIVE_INFINITY;
/** There is no value. */
export const NO_VALUE = Number.POSITIVE_INFINITY;

/** A column whose different values are counted. */
export class DistinctColumn {
  readonly input: StoredColumn;
  /**
   * By slot, for rows of busy partitions: the time of the row before it, in its partition, that has its value. GONE,
   * NEVER or NO_VALUE where there is none.
   */
  previous = new Float64Array(0);

  constructor(input: StoredColumn) {
    this.input = input;
  }

  grow(capacity: number): void {
    if (this.previous.length >= capacity) return;
    const wider = new Float64Array(capacity);
    wider.set(this.previous);
    this.previous = wider;
  }
}
