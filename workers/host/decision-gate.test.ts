import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { DecisionGate } from './decision-gate.ts';

describe('the gate of decisions', () => {
  it('bounds how many the engine has not answered, until it does', () => {
    const gate = new DecisionGate();
    const handed = Array.from({ length: LIMITS.decisionsInFlightMax }, () => gate.enter(0, null));
    expect(() => gate.enter(0, null)).toThrow(expect.objectContaining({ code: 'ENGINE_BUSY' }));
    handed[0]?.left();
    expect(() => gate.enter(0, null)).not.toThrow();
  });

  it('refuses what would come too late, and lets in who has the time', () => {
    const gate = new DecisionGate();
    const handed = Array.from({ length: LIMITS.decisionsQueuedMin }, (_, n) => gate.enter(n, 200));
    expect(() => gate.enter(100, 200)).not.toThrow();
    expect(() => gate.enter(101, 200)).toThrow(expect.objectContaining({ code: 'ENGINE_BUSY' }));
    expect(() => gate.enter(101, 1000)).not.toThrow();
    expect(() => gate.enter(101, null)).not.toThrow();
    // The oldest are answered: the next one has waited less.
    for (const one of handed.slice(0, 2)) one.left();
    expect(() => gate.enter(101, 200)).not.toThrow();
  });

  it('refuses nobody for a pause that few wait for', () => {
    const gate = new DecisionGate();
    for (let n = 0; n < LIMITS.decisionsQueuedMin - 1; n++) gate.enter(0, 200);
    expect(() => gate.enter(10_000, 200)).not.toThrow();
  });
});
