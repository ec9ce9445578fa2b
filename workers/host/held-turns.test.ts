import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { FairTurns } from './fair-turns.ts';
import { HeldTurns } from './held-turns.ts';

async function pass(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

describe('turns that are held', () => {
  it('run nothing meanwhile, not even what was asked for before, while others take theirs', async () => {
    const fair = new FairTurns();
    const held = new HeldTurns(fair.seat());
    const other = fair.seat();
    const said: string[] = [];
    let release: () => void = () => undefined;
    // Asked for, and not yet run, when it is held.
    const before = held.take(true, () => said.push('before'));
    const holding = held.hold(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const during = held.take(false, () => said.push('during'));
    await other.take(false, () => said.push('other'));
    await pass();
    expect(said).toEqual(['other']);
    release();
    await Promise.all([before, during, holding]);
    expect(said.sort()).toEqual(['before', 'during', 'other']);
  });

  it('go on where what held them fails, and pass on what a slice throws', async () => {
    const turns = new HeldTurns(new FairTurns().seat());
    await expect(turns.hold(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    let ran = false;
    await turns.take(false, () => {
      ran = true;
    });
    expect(ran).toBe(true);
    await expect(
      turns.take(false, () => {
        throw new Error('slice');
      }),
    ).rejects.toThrow('slice');
  });
});
