import { describe, expect, it } from '@jest/globals';
import { mergeInputProgress } from './input-progress.ts';
import type { InputProgress } from './record.ts';

function read(relation: string, rows: number, path = '/in.csv'): InputProgress {
  return { relation, path, bytes: rows * 10, rows, rejected: {} };
}

describe('the progress of inputs', () => {
  it('is that of the newest record, input by input', () => {
    const first = mergeInputProgress([], [read('a', 1), read('b', 2)]);
    const second = mergeInputProgress(first, [read('c', 3), read('b', 5)]);
    expect(second).toEqual([read('a', 1), read('b', 5), read('c', 3)]);
  });

  it('is kept apart for several files of one relation', () => {
    const both = [read('a', 1, '/monday.csv'), read('a', 2, '/tuesday.csv')];
    expect(mergeInputProgress(both, [read('a', 3, '/tuesday.csv')])).toEqual([
      read('a', 1, '/monday.csv'),
      read('a', 3, '/tuesday.csv'),
    ]);
  });
});
