import { describe, expect, it } from '@jest/globals';
import type { RingwatchError } from '../../core/errors.ts';
import { TurnQueue } from './turn-queue.ts';

function taken(queue: TurnQueue<string>): string[] {
  const all: string[] = [];
  for (let item = queue.take(); item !== null; item = queue.take()) all.push(item);
  return all;
}

function codeOf(work: () => void): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as RingwatchError).code;
  }
}

describe('a queue that is served in turn', () => {
  it('keeps the order of each line, and lets one after the other go first', () => {
    const queue = new TurnQueue<string>(100, 100);
    for (const item of ['a1', 'a2', 'a3']) queue.add('a', item);
    queue.add('b', 'b1');
    expect(queue.take()).toBe('a1');
    queue.add('c', 'c1');
    expect(queue.size).toBe(4);
    expect(taken(queue)).toEqual(['b1', 'a2', 'c1', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('passes over lines that may not be served, which keep their turn', () => {
    const queue = new TurnQueue<string>(100, 100);
    for (const whose of ['a', 'b', 'a', 'c']) queue.add(whose, whose);
    expect(queue.take((whose) => whose !== 'a')).toBe('b');
    expect(queue.take((whose) => whose === 'b')).toBeNull();
    expect(taken(queue)).toEqual(['a', 'c', 'a']);
  });

  it('is bounded a line and in all', () => {
    const queue = new TurnQueue<string>(2, 3);
    queue.add('a', '1');
    queue.add('a', '2');
    expect(codeOf(() => queue.add('a', '3'))).toBe('CATALOG_BUSY');
    queue.add('b', '4');
    expect(codeOf(() => queue.add('c', '5'))).toBe('CATALOG_BUSY');
    queue.take();
    expect(codeOf(() => queue.add('c', '6'))).toBe('none');
  });
});
