import { describe, expect, it } from '@jest/globals';
import { referenceKernels } from '../kernels/reference-kernels.ts';
import { EdgeShard } from './delta/edge-shard.ts';
import { EdgeWear } from './edge-wear.ts';
import { GraphMemory } from './segment/graph-memory.ts';

/** A shard whose delta has edges of the times 0, 1, 2 and so on, and how worn it is. */
function worn(edges: number): { readonly shard: EdgeShard; readonly wear: EdgeWear } {
  const shard = new EdgeShard({
    columns: [{ name: 'at', type: 'timestamp', scale: 0 }],
    eventTime: 0,
    memory: () => new GraphMemory(),
    kernels: referenceKernels,
    isView: true,
  });
  const wear = new EdgeWear(shard, true);
  for (let n = 0; n < edges; n++) {
    shard.insert(n % 7, n % 5, [n], n);
    wear.inserted(n);
  }
  return { shard, wear };
}

describe('what a compaction would free', () => {
  it('is as much as there is, where a small delta has expired', () => {
    const { wear } = worn(100);
    expect(wear.reclaimable(1000)).toBe(100);
    expect(wear.isDue(1000)).toBe(false);
  });

  it('counts an edge of the delta once, removed, expired or neither', () => {
    const { shard, wear } = worn(5000);
    for (let edge = 0; edge < 50; edge++) shard.remove(edge, 5000 + edge);
    expect(wear.reclaimable(0)).toBe(5000);
    expect(wear.reclaimable(4500)).toBe(5000);
    // All of more than 4,096 edges have expired.
    expect(wear.isDue(4500)).toBe(true);
    expect(wear.isDue(10)).toBe(false);
  });
});
