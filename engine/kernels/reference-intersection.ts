import type { GraphMemory } from '../graph/segment/graph-memory.ts';

/** Values that two ascending arrays have in common, in plain TypeScript: the reference of engine/kernels/assembly/intersection.ts. */
export function intersect(
  memory: GraphMemory,
  a: number,
  aCount: number,
  b: number,
  bCount: number,
  target: number,
): number {
  const { u32 } = memory;
  const among = new Set(u32.subarray(b >>> 2, (b >>> 2) + bCount));
  let count = 0;
  for (let n = 0; n < aCount; n++) {
    const value = u32[(a >>> 2) + n] as number;
    if (among.has(value)) u32[(target >>> 2) + count++] = value;
  }
  return count;
}
