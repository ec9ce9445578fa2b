import { describe, expect, it } from '@jest/globals';
import { TimeHeap } from './time-heap.ts';

describe('a heap of times', () => {
  it('gives out the times that are live in their order', () => {
    const live = new Map<number, true>();
    const heap = new TimeHeap(live);
    let state = 7;
    const random = (below: number) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
    for (let step = 0; step < 20_000; step++) {
      const time = random(500);
      const action = random(4);
      if (action === 0) live.delete(time);
      else if (action < 3 && !live.has(time)) {
        live.set(time, true);
        heap.add(time);
      } else if (action === 3) {
        const given = heap.take();
        const expected = Math.min(...live.keys());
        expect(given).toBeLessThanOrEqual(expected);
        if (live.has(given)) expect(given).toBe(expected);
        live.delete(given);
      }
    }
    let given = heap.take();
    for (; given !== Number.POSITIVE_INFINITY; given = heap.take()) live.delete(given);
    expect([live.size, heap.least, heap.take()]).toEqual([0, Number.POSITIVE_INFINITY, given]);
  });
});
