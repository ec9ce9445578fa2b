import { describe, expect, test } from '@jest/globals';
import type { ActivityResult } from './activity.operations.ts';
import { chartsOf, fillGaps, newestFigures } from './charts.ts';

const at = (second: number): string => new Date(second * 1000).toISOString();
const latency = (second: number, decideP99Ms: number | null) => ({
  at: at(second),
  decideP50Ms: decideP99Ms,
  decideP99Ms,
  writeP50Ms: null,
  writeP99Ms: null,
  queryP50Ms: null,
  queryP99Ms: null,
});

const DATA: ActivityResult = {
  throughput: {
    stepSeconds: 1,
    points: [1, 2].map((second) => ({
      at: at(second),
      eventsPerSecond: 100 * second,
      decisionsPerSecond: 2,
      alertsPerSecond: 0.5,
      lag: '7',
    })),
  },
  latency: { stepSeconds: 1, points: [latency(1, 4), latency(2, 5), latency(9, null)] },
};

describe('the charts of activity', () => {
  test('have a value for each time in every line', () => {
    for (const { times, lines } of chartsOf(DATA)) {
      for (const { values } of lines) expect(values.length).toBe(times.length);
    }
  });

  test('leave a gap where nothing happened', () => {
    expect(fillGaps(DATA.latency.points, 1).map(({ time, point }) => [time, point === null])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [9, false],
    ]);
  });

  test('say in words what they show', () => {
    expect(chartsOf(DATA)[0]!.summary).toBe('Events over time. Events: now 200, at most 200 a second');
    expect(chartsOf(DATA)[3]!.summary).toBe(
      'Written within over time. median: nothing; 99th percentile: nothing',
    );
  });

  test('tell the newest figures, of latencies the newest that there is', () => {
    expect(newestFigures(DATA)).toEqual({
      eventsPerSecond: 200,
      decisionsPerSecond: 2,
      alertsPerSecond: 0.5,
      lag: 7,
      decideP99Ms: 5,
      writeP99Ms: null,
    });
  });
});
