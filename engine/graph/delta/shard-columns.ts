import { assert } from '../../../core/assert.ts';
import type { ColumnType } from '../segment/column-input.ts';
import type { EdgeSegment } from '../segment/open-edges.ts';

/**
 * A column of a shard's edges. What an edge has in it is a number, its cell: NaN for NULL; of `text` a place that leads to
 * the text; of `double` the number itself; else a whole number, as in ColumnInput.
 */
export interface ShardColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly scale: number;
}

/**
 * The column of a segment behind the shard's own that says which of edges with one key came first: 0 where no other edge
 * has the key.
 */
export const ORDINALS = '#';

/** A segment's columns have to be the shard's, with ordinals behind them or not. */
export function assertColumns(
  columns: readonly ShardColumn[],
  eventTime: number,
  { about }: EdgeSegment,
): void {
  const own = about.columns.filter(({ name }, n) => n < columns.length || name !== ORDINALS);
  const isSame =
    about.eventTime === eventTime &&
    own.length === columns.length &&
    own.every(({ name, type, scale }, n) => {
      const column = columns[n];
      return column?.name === name && column.type === type && column.scale === scale;
    });
  assert(isSame, 'a segment has the columns of its shard');
}
