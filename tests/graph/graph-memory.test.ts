import { describe, expect, it } from '@jest/globals';
import { GraphMemory } from '../../engine/graph/segment/graph-memory.ts';

const BYTES_MAX = 1024 * 1024;

describe('the memory of graphs', () => {
  it('refuses what is beyond its bound, and goes on with what was released', () => {
    const memory = new GraphMemory(BYTES_MAX);
    const half = memory.allocate(BYTES_MAX / 2);
    expect(() => memory.allocate(BYTES_MAX / 2)).toThrow(
      expect.objectContaining({
        code: 'GRAPH_MEMORY_FULL',
        details: expect.objectContaining({ limit: BYTES_MAX }),
      }),
    );
    expect(memory.allocatedBytes).toBeLessThanOrEqual(BYTES_MAX);
    memory.release(half);
    expect(memory.allocate(BYTES_MAX / 2)).toBe(half);
  });
});
