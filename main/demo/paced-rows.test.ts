import { describe, expect, it } from '@jest/globals';
import { latencyOf, latencyWords } from './latency.ts';
import { rowsAtOnce, rowsAtRate, splitRows } from './paced-rows.ts';

const CSV = `a,b\n${Array.from({ length: 450 }, (_, row) => `${row},x\n`).join('')}`;

describe('a body of rows', () => {
  it('has every line of the file, at once', () => {
    expect([...rowsAtOnce(splitRows(CSV))].join('')).toBe(CSV);
  });

  it('has every line of the file at a rate, none before it is due', async () => {
    const due: number[] = [];
    let body = '';
    for await (const piece of rowsAtRate(splitRows(CSV), 10_000, (index, dueMs) => {
      expect(index).toBe(due.length);
      expect(dueMs).toBeLessThanOrEqual(performance.now());
      due.push(dueMs);
    })) {
      body += piece;
    }
    expect(body).toBe(CSV);
    // A tenth of a millisecond apart, whenever they came to be sent.
    for (const [index, dueMs] of due.entries()) expect(dueMs).toBeCloseTo((due[0] ?? 0) + index / 10, 6);
  });
});

describe('latency', () => {
  it('is the nearest rank', () => {
    const samples = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(latencyOf(samples)).toEqual({ p50Ms: 100, p99Ms: 198, samples: 200 });
    expect(latencyOf([7])).toEqual({ p50Ms: 7, p99Ms: 7, samples: 1 });
    expect(latencyOf([])).toBeNull();
  });

  it.each([
    [1.234, 99.96, 'p50 1.23 ms, p99 100.0 ms'],
    [42.42, 150.6, 'p50 42.4 ms, p99 151 ms'],
    [1_000, 4_523, 'p50 1.00 s, p99 4.52 s'],
  ])('of %d and %d ms is %s', (p50Ms, p99Ms, words) => {
    expect(latencyWords({ p50Ms, p99Ms, samples: 1 })).toBe(words);
  });
});
