import type { Row, Value } from './types.ts';

/**
 * The one order of scalars of one type, for keys and ORDER BY: numbers by value, text by UTF-16 code units, FALSE
 * before TRUE, NULL after everything. Negative, zero or positive.
 */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders rows by the values at `columns`, in turn. */
export function compareRowsBy(a: Row, b: Row, columns: readonly number[]): number {
  for (const column of columns) {
    const order = compareValues(a[column] ?? null, b[column] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Orders lists of values element by element, a prefix before what it begins. */
export function compareTuples(a: Row, b: Row): number {
  const shared = Math.min(a.length, b.length);
  for (let n = 0; n < shared; n++) {
    const order = compareValues(a[n] as Value, b[n] as Value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Orders texts by UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders byte strings, a prefix before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let n = 0; n < shared; n++) {
    const difference = (a[n] as number) - (b[n] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
