import { describe, expect, it } from '@jest/globals';
import { sizesOf } from './describe-engine.ts';

/** A fold whose sizes take so long to count, on a clock of its own. */
function countedFold(tookMs: number) {
  const clock = { ms: 1000 };
  const fold = {
    position: 0,
    counts: 0,
    describe() {
      clock.ms += tookMs;
      return { graph: { edges: ++this.counts } };
    },
  };
  return { clock, fold, ask: () => sizesOf(fold, () => clock.ms).graph?.edges };
}

describe('sizes', () => {
  it('that are quickly counted are those of now', () => {
    const { fold, ask } = countedFold(1);
    for (let n = 1; n <= 5; n++) {
      fold.position++;
      expect(ask()).toBe(n);
    }
  });

  it('that take long are counted for a hundredth of the time at most', () => {
    const { clock, fold, ask } = countedFold(20);
    const startMs = clock.ms;
    for (let n = 0; n < 10_000; n++) {
      fold.position++;
      clock.ms += 10;
      ask();
    }
    expect(fold.counts).toBeGreaterThan(40);
    expect(fold.counts * 20).toBeLessThanOrEqual((clock.ms - startMs) / 100 + 20);
  });

  it('that take long are not counted again while nothing happens', () => {
    const { clock, fold, ask } = countedFold(20);
    ask();
    clock.ms += 1_000_000;
    expect(ask()).toBe(1);
    fold.position++;
    expect(ask()).toBe(2);
  });
});
