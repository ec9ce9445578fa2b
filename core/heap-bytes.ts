import type { Value } from './types.ts';

// What values take on V8's heap in Node, on 64 bits without compressed pointers: sizes of its objects as
// `node --allow-natives-syntax` shows them. Held against a heap that was measured, within a quarter.

/** A list of so many references or small numbers, with what it has free as it grows. */
export function listBytes(length: number): number {
  return 48 + 10 * length;
}

/** A Map of so many entries, without what these lead to. */
export function mapBytes(size: number): number {
  return 56 + 28 * roomFor(size);
}

/** A Set of so many entries, without what these lead to. */
export function setBytes(size: number): number {
  return 56 + 20 * roomFor(size);
}

/** What a value takes beside the reference to it. Texts are taken for Latin-1. */
export function valueBytes(value: Value): number {
  if (typeof value === 'string') return 16 + 8 * Math.ceil(value.length / 8);
  if (typeof value === 'number') return value === (value | 0) ? 0 : 16;
  return typeof value === 'bigint' ? 24 : 0;
}

/** Values in a list of just that length, and the list. */
export function tupleBytes(values: readonly Value[]): number {
  let bytes = 48 + 8 * values.length;
  for (let n = 0; n < values.length; n++) bytes += valueBytes(values[n] ?? null);
  return bytes;
}

/** Tables of Map and Set double. */
function roomFor(size: number): number {
  let room = 4;
  while (room < size) room *= 2;
  return room;
}
