import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { SyncChoice } from './sync-choice.ts';

const FAST = LIMITS.logSyncHereMs / 4;
const SLOW = LIMITS.logSyncHereMs * 8;

/** A choice after syncs that took so long, each 100 ms after the one before, and the time then. */
function choiceAfter(tookMs: readonly number[]): { readonly choice: SyncChoice; readonly nowMs: number } {
  const choice = new SyncChoice();
  let nowMs = 1000;
  for (const took of tookMs) {
    nowMs += 100;
    choice.took(nowMs, nowMs + took);
    nowMs += took;
  }
  return { choice, nowMs };
}

describe('where a group is synced', () => {
  it('is here at first', () => {
    const { choice, nowMs } = choiceAfter([]);
    expect(choice.isHere(nowMs)).toBe(true);
  });

  it('stays here where a few are slow', () => {
    const { choice, nowMs } = choiceAfter([FAST, FAST, FAST, FAST, FAST, SLOW, SLOW, SLOW, SLOW]);
    expect(choice.isHere(nowMs)).toBe(true);
  });

  it('is elsewhere where most are slow, but for a trial that takes a small part of the time', () => {
    const { choice, nowMs } = choiceAfter([FAST, FAST, FAST, FAST, SLOW, SLOW, SLOW, SLOW, SLOW]);
    expect(choice.isHere(nowMs)).toBe(false);
    expect(choice.isHere(nowMs + 10 * SLOW)).toBe(false);
    expect(choice.isHere(nowMs + 20 * SLOW)).toBe(true);
  });

  it('is elsewhere where many fast ones have had their share of the thread, until time has passed', () => {
    const choice = new SyncChoice();
    // 640 logs that commit in one turn, each 200 ms: how much of the thread they get.
    let heldMs = 0;
    let mostMs = 0;
    const turns = 100;
    for (let turn = 0; turn < turns; turn++) {
      let nowMs = 1000 + turn * 200;
      for (let log = 0; log < 640; log++) {
        if (!choice.isHere(nowMs)) continue;
        choice.took(nowMs, nowMs + FAST);
        nowMs += FAST;
      }
      const turnMs = nowMs - (1000 + turn * 200);
      heldMs += turnMs;
      mostMs = Math.max(mostMs, turnMs);
    }
    expect(mostMs).toBeLessThanOrEqual(40);
    expect(heldMs / (turns * 200)).toBeGreaterThan(0.1);
    expect(heldMs / (turns * 200)).toBeLessThanOrEqual(0.26);
  });

  it('stays here for one log that commits as fast as its disk lets it, within its share', () => {
    const choice = new SyncChoice();
    for (let nowMs = 1000; nowMs < 3000; nowMs += 5 * FAST) {
      expect(choice.isHere(nowMs)).toBe(true);
      choice.took(nowMs, nowMs + FAST);
    }
  });

  it('is here again after a trial that is fast, and not after one that is slow', () => {
    const { choice, nowMs } = choiceAfter([SLOW, SLOW, SLOW, SLOW, SLOW, SLOW]);
    choice.took(nowMs, nowMs + SLOW);
    expect(choice.isHere(nowMs + SLOW)).toBe(false);
    choice.took(nowMs, nowMs + FAST);
    expect(choice.isHere(nowMs + FAST)).toBe(true);
  });
});
