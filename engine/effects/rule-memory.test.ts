import { describe, expect, it } from '@jest/globals';
import { ContentHasher } from '../state/content-hasher.ts';
import { EffectQueue } from './effect-queue.ts';
import { RuleMemory } from './rule-memory.ts';

const RULE = { name: 'r', fingerprint: 'f' };

function hashOf(memory: RuleMemory, horizon: number): string {
  const hash = new ContentHasher();
  memory.hashLive(hash, () => horizon);
  return hash.hex();
}

describe('the memory of rules', () => {
  it('counts versions by plan, and goes on after a drop', () => {
    const memory = new RuleMemory();
    expect(memory.define([RULE])).toEqual([]);
    expect(memory.versionOf('r')).toBe(1);
    expect(memory.define([{ name: 'r', fingerprint: 'g' }])).toEqual(['r']);
    expect(memory.define([{ name: 'r', fingerprint: 'g' }])).toEqual([]);
    expect(memory.versionOf('r')).toBe(2);
    expect(memory.define([])).toEqual(['r']);
    expect(memory.define([{ name: 'r', fingerprint: 'g' }])).toEqual(['r']);
    expect(memory.versionOf('r')).toBe(3);
  });

  it('numbers what a rule says at a position', () => {
    const memory = new RuleMemory();
    memory.define([RULE]);
    expect([5, 5, 6, 6, 6].map((position) => memory.nextNumber('r', position))).toEqual([0, 1, 0, 1, 2]);
  });

  it('holds back repeats after the last raised one, not after the last held back', () => {
    const memory = new RuleMemory();
    memory.define([RULE]);
    const raised = [100, 109, 119, 90, 120].map((time) => memory.raise('r', 'k', time, 10));
    expect(raised).toEqual([true, false, true, false, false]);
    expect(memory.raise('r', 'other', 120, 10)).toBe(true);
  });

  it('sweeps entries that hold nothing back any more, which does not show', () => {
    const memory = new RuleMemory();
    const whole = new RuleMemory();
    for (const each of [memory, whole]) {
      each.define([RULE]);
      for (let n = 0; n < 3000; n++) each.raise('r', `k${n}`, n, 10);
    }
    memory.sweep(() => 2000);
    expect(memory.describe().suppressing).toBeLessThan(1100);
    expect(hashOf(memory, 2000)).toBe(hashOf(whole, 2000));
  });
});

describe('the queue of effects', () => {
  it('keeps the order while something is not ready', () => {
    const queue = new EffectQueue();
    const said: number[] = [];
    const utterance = (n: number, ready: boolean) => ({ ready, say: () => void said.push(n) });
    const waiting = [utterance(2, false), utterance(4, false)];
    queue.add(utterance(1, true));
    queue.add(waiting[0] as (typeof waiting)[0]);
    queue.add(utterance(3, true));
    queue.add(waiting[1] as (typeof waiting)[0]);
    queue.add(utterance(5, true));
    expect(said).toEqual([1]);
    (waiting[1] as (typeof waiting)[0]).ready = true;
    queue.drain();
    expect(said).toEqual([1]);
    (waiting[0] as (typeof waiting)[0]).ready = true;
    queue.drain();
    expect(said).toEqual([1, 2, 3, 4, 5]);
    expect(queue.isEmpty).toBe(true);
    queue.add(utterance(6, true));
    expect(said).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
