import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { SyncChoice } from './sync-choice.ts';

const FAST = LIMITS.logSyncHereMs / 4;
const SLOW = LIMITS.logSyncHereMs * 8;

/** A choice after syncs that took so long, one after the other, and the time then. */
function choiceAfter(tookMs: readonly number[]): { readonly choice: SyncChoice; readonly nowMs: number } {
  const choice = new SyncChoice();
  let nowMs = 1000;
  for (const took of tookMs) {
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

  it('is here again after a trial that is fast, and not after one that is slow', () => {
    const { choice, nowMs } = choiceAfter([SLOW, SLOW, SLOW, SLOW, SLOW, SLOW]);
    choice.took(nowMs, nowMs + SLOW);
    expect(choice.isHere(nowMs + SLOW)).toBe(false);
    choice.took(nowMs, nowMs + FAST);
    expect(choice.isHere(nowMs + FAST)).toBe(true);
  });
});
