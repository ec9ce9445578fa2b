import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { AlertLine } from '../alert-line.ts';
import { clearestCashOutRing } from './cash-out-ring.ts';
import { scoreRings } from './score-rings.ts';
import { countPlantedCycles, readTransferLabels } from './transfer-labels.ts';

const DATA = new URL('../../examples/anti-cashout/data/', import.meta.url);
const CYCLES = new URL('../../tests/exactness/data/amlgentex/cycles.txt', import.meta.url);
const labels = readTransferLabels(readFileSync(new URL('transfers.csv', DATA), 'utf8'));

/** One alert per closing transfer with the given rings. */
function alertsOf(rings: readonly string[][]): AlertLine[] {
  const byClosing = group(rings);
  return [...byClosing.values()].map((group, index) => ({
    id: `a${index}`,
    rule: 'cash_out_ring',
    version: 1,
    key: {},
    time: null,
    severity: 'HIGH',
    position: index + 1,
    partial: false,
    paths: group.map((edges) => ({
      name: 'p',
      vertices: [
        ...edges.map((edge) => labels.byKey.get(edge)?.src ?? ''),
        labels.byKey.get(edges[0] ?? '')?.src ?? '',
      ],
      edges,
      values: {},
    })),
    values: {},
    trace: [],
  }));
}

function group(rings: readonly string[][]): Map<string, string[][]> {
  const groups = new Map<string, string[][]>();
  for (const ring of rings) {
    const key = ring.at(-1) ?? '';
    groups.set(key, [...(groups.get(key) ?? []), ring]);
  }
  return groups;
}

const reference = readFileSync(CYCLES, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(','));

describe('the score of rings', () => {
  it('of the exact answer is 40 of 40 planted cycles among 336 rings', () => {
    const score = scoreRings(alertsOf(reference), labels);
    expect({ ...score, caught: score.caught.size }).toEqual({
      alerts: 274,
      rings: 336,
      caught: 40,
      planted: 40,
      ringsOfPlanted: 40,
      ringsAllLabelled: 51,
      ringsTouching: 137,
      alertsOfPlanted: 40,
    });
  });

  it('does not count a planted cycle of which one transfer is missing', () => {
    const whole = reference.find((ring) => scoreRings(alertsOf([ring]), labels).caught.size === 1) ?? [];
    expect(scoreRings(alertsOf([whole.slice(1)]), labels).caught.size).toBe(0);
  });

  it('knows as many planted cycles as patterns.csv lists', () => {
    expect(countPlantedCycles(readFileSync(new URL('patterns.csv', DATA), 'utf8'))).toBe(labels.cycles.size);
  });
});

describe('the clearest ring', () => {
  it('is a planted cycle of at least four transfers, with the closing one last', () => {
    const ring = clearestCashOutRing(alertsOf(reference), labels);
    expect(ring?.members.length).toBeGreaterThanOrEqual(4);
    expect(ring?.summary.at(-1)).toMatch(/^planted cycle \d+$/);
    expect(ring?.hops.map((hop) => hop.closing).lastIndexOf(true)).toBe((ring?.hops.length ?? 0) - 1);
  });

  it('is none without alerts', () => {
    expect(clearestCashOutRing([], labels)).toBeNull();
  });
});
