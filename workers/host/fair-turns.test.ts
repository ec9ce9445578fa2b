import { describe, expect, it } from '@jest/globals';
import type { Turns } from '../stream/turns.ts';
import { FairTurns } from './fair-turns.ts';

/** Takes turns until `slices` are done, and writes its name for each; a slice takes `ms` of the thread. */
async function work(
  name: string,
  turns: Turns,
  slices: number,
  done: string[],
  options: { readonly ms?: number; readonly urgent?: boolean } = {},
): Promise<void> {
  for (let n = 0; n < slices; n++) {
    await turns.take(options.urgent ?? false, () => {
      const until = performance.now() + (options.ms ?? 0);
      while (performance.now() < until);
      done.push(name);
    });
  }
}

describe('fair turns', () => {
  it('go round, a slice each', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    await Promise.all(['a', 'b', 'c'].map((name) => work(name, turns.seat(), 5, done)));
    for (let n = 0; n < 15; n += 3) expect(done.slice(n, n + 3).sort()).toEqual(['a', 'b', 'c']);
  });

  it('take urgent work first, and let other work through all the same', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    const bulk = [0, 1, 2].map((n) => work(`bulk ${n}`, turns.seat(), 40, done, { ms: 1 }));
    const urgent = [0, 1, 2, 3, 4, 5].map((n) =>
      work(`urgent ${n}`, turns.seat(), 20, done, { ms: 1, urgent: true }),
    );
    await Promise.all([...bulk, ...urgent]);
    const lastUrgent = done.findLastIndex((name) => name.startsWith('urgent'));
    const bulkBefore = done.slice(0, lastUrgent).filter((name) => name.startsWith('bulk')).length;
    expect(bulkBefore).toBeGreaterThanOrEqual(20);
    expect(bulkBefore).toBeLessThanOrEqual(45);
  });

  it('make one whose slices take too long wait for as long', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    await Promise.all([
      work('long', turns.seat(), 3, done, { ms: 60 }),
      work('short', turns.seat(), 200, done),
    ]);
    const secondLong = done.indexOf('long', done.indexOf('long') + 1);
    expect(done.slice(0, secondLong).filter((name) => name === 'short').length).toBeGreaterThanOrEqual(5);
  });

  it('give way to the event loop between slices', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    const working = work('work', turns.seat(), 30, done, { ms: 2 });
    let seen = -1;
    setTimeout(() => {
      seen = done.length;
    }, 1);
    await working;
    expect(seen).toBeGreaterThanOrEqual(0);
    expect(seen).toBeLessThan(30);
  });

  it('hand on what a slice throws, and go on', async () => {
    const turns = new FairTurns();
    const seat = turns.seat();
    await expect(
      seat.take(false, () => {
        throw new Error('mine');
      }),
    ).rejects.toThrow('mine');
    const done: string[] = [];
    await work('next', seat, 1, done);
    expect(done).toEqual(['next']);
  });
});
