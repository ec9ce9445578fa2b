import type { Row } from '../core/types.ts';

/**
 * What the operators and graphs of a text with `backfill = 'log'` would hold if they had been there from the beginning of
 * the log. Plain data, so that it can be handed to threads.
 */
export interface LogHistory {
  /** By graph: of each of its edge tables the rows of the live edges, in log order; none where it is fed by a table. */
  readonly edges: ReadonlyMap<string, readonly (readonly Row[])[]>;
  /** By the name of an operator's part: its whole content, as `StatePart.restore` takes it. */
  readonly parts: ReadonlyMap<string, readonly { readonly key: string; readonly bytes: Uint8Array }[]>;
}
