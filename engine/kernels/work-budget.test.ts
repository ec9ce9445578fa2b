import { describe, expect, it } from '@jest/globals';
import { WorkBudget } from './work-budget.ts';

/** Spends edges and tries hops in turns until the job has to stop: how much of each. */
function work(budget: WorkBudget): { readonly edges: number; readonly hops: number } {
  let edges = 0;
  let hops = 0;
  for (;;) {
    if (budget.ended || (!budget.stopped && !budget.spend(3) && budget.ended)) return { edges, hops };
    if (!budget.stopped) edges += 3;
    if (!budget.tryHops(2)) return { edges, hops };
    hops += 2;
  }
}

describe('a budget of work', () => {
  it.each([1, 2, 7, 64, 100_000])('ends at the same place in slices of %i as in one', (slice) => {
    let looks = 0;
    const watch = { slice, mayGoOn: () => ++looks > 0 };
    for (const [total, hops] of [
      [100, 1000],
      [1000, 100],
      [0, 10],
      [99, 0],
    ] as const) {
      const whole = new WorkBudget(total, hops);
      const sliced = new WorkBudget(total, hops, watch);
      for (let run = 0; run < 2; run++) {
        whole.reset();
        sliced.reset();
        expect(work(sliced)).toEqual(work(whole));
        expect(sliced.visited).toBe(whole.visited);
        expect([sliced.stopped, sliced.ended, sliced.interrupted]).toEqual([
          whole.stopped,
          whole.ended,
          false,
        ]);
      }
    }
    expect(looks > 0).toBe(slice < 1000);
  });

  it('ends at the slice at which its watch says so, and counts no further', () => {
    const visits: number[] = [];
    const watch = {
      slice: 10,
      mayGoOn: (visited: number) => {
        visits.push(visited);
        return visits.length < 3;
      },
    };
    const budget = new WorkBudget(1000, 1000, watch);
    let edges = 0;
    while (budget.spend(1)) edges++;
    expect([edges, budget.visited, budget.interrupted, budget.ended]).toEqual([30, 30, true, true]);
    expect(visits).toEqual([10, 20, 30]);
    expect([budget.spend(1), budget.renew(), budget.visited, visits.length]).toEqual([false, false, 30, 3]);
    budget.reset();
    expect([budget.interrupted, budget.spend(5), budget.visited]).toEqual([false, true, 5]);
  });
});
