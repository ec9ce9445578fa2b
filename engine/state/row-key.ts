import type { Row, Value } from '../../core/types.ts';
import { KeyEncoder } from './key-encoder.ts';
import type { StateKey } from './keyed-state.ts';

const encoder = new KeyEncoder();

/** What a Map finds a row by: the value itself where one column is the key, else the columns' bytes. NULL where one is NULL. */
export function rowKey(row: Row, columns: readonly number[]): StateKey | null {
  if (columns.length === 1) return row[columns[0] as number] ?? null;
  for (const column of columns) if ((row[column] ?? null) === null) return null;
  encoder.row(row, columns);
  return encoder.text();
}

/** The same for values that are given in the order of the columns. */
export function valuesKey(values: readonly Value[]): StateKey | null {
  if (values.length === 1) return values[0] ?? null;
  for (const value of values) if (value === null) return null;
  encoder.values(values);
  return encoder.text();
}
