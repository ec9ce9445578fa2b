import type { Row } from '../core/types.ts';

/** What operators and graphs would hold if they had been there from the beginning of the log: for `backfill = 'log'`. */
export interface LogHistory {
  /** Calls `visit` with the row of each live edge of a source-fed edge table, in log order. */
  forEachEdgeRow(graph: string, edgeTable: number, visit: (row: Row) => void): void;
  /** The whole content of the operator's part of this name, as `StatePart.restore` takes it. */
  contentOf(part: string): readonly { readonly key: string; readonly bytes: Uint8Array }[];
}
