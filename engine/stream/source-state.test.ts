import { describe, expect, it } from '@jest/globals';
import { INTERVAL, TEXT, TIMESTAMPTZ } from '../../core/types.ts';
import type { SourcePlan } from '../../language/plan.ts';
import { SourceState } from './source-state.ts';

const NO_ERRORS = { count: () => undefined };
const COLUMNS = [
  { name: 'id', type: TEXT, nullable: false },
  { name: 'at', type: TIMESTAMPTZ, nullable: true },
];

function plan(lateness: number, delay = 5, idle: number | null = null): SourcePlan {
  return {
    kind: 'source',
    name: 's',
    fingerprint: 's',
    columns: COLUMNS,
    stored: [0, 1],
    fields: ['id', 'at'],
    generated: [null, null],
    key: [0],
    maxAheadMicros: 1000,
    eventTime: {
      column: 1,
      watermark: {
        kind: 'call',
        name: 'subtract',
        type: TIMESTAMPTZ,
        args: [
          { kind: 'column', type: TIMESTAMPTZ, index: 1 },
          { kind: 'literal', type: INTERVAL, value: delay },
        ],
      },
      allowedLatenessMicros: lateness,
      idleTimeoutMicros: idle,
    },
  };
}

function source(lateness: number, idle: number | null = null) {
  const state = new SourceState(plan(lateness, 5, idle), NO_ERRORS);
  return {
    state,
    /** What becomes of an event, which then moves the watermark. */
    event(id: string, at: number, arrival = 0): string {
      const admission = state.admit([id, at], arrival, 1);
      if (admission === 'accepted') state.advance([id, at]);
      state.trim();
      return admission;
    },
  };
}

describe('a source', () => {
  it('judges an event by the watermark before it', () => {
    const { state, event } = source(10);
    expect(event('a', 100)).toBe('accepted');
    expect(state.watermark).toBe(95);
    expect(event('b', 85)).toBe('accepted');
    expect(event('c', 84)).toBe('late');
    expect(event('d', 1000)).toBe('accepted');
    expect(state.watermark).toBe(995);
    expect(event('e', 200)).toBe('late');
    expect(state.watermark).toBe(995);
  });

  it('remembers a key while the watermark has not passed its time and lateness', () => {
    const { event } = source(10);
    event('a', 100);
    event('b', 115);
    // The watermark is at 110 = 100 + 10: still remembered.
    expect(event('a', 300)).toBe('duplicate');
    event('c', 116);
    expect(event('a', 300)).toBe('accepted');
    expect(event('a', 300)).toBe('duplicate');
  });

  it('takes a late event as late each time, and a duplicate as one before that', () => {
    const { event } = source(0);
    event('a', 100);
    expect(event('b', 90)).toBe('late');
    expect(event('b', 90)).toBe('late');
    expect(event('a', 90)).toBe('duplicate');
  });

  it('without a WATERMARK remembers keys for ever and finds nothing late', () => {
    const state = new SourceState({ ...plan(0), eventTime: null }, NO_ERRORS);
    for (let n = 0; n < 5000; n++) expect(state.admit([`k${n}`, n], 0, n)).toBe('accepted');
    expect(state.admit(['k0', 1], 0, 1)).toBe('duplicate');
    expect(state.describe().keys).toBe(5000);
  });

  it('forgets keys for good, also in its memory', () => {
    const { state, event } = source(10);
    for (let n = 0; n < 5000; n++) event(`k${n}`, n * 10);
    expect(state.describe().keys).toBeLessThan(5);
  });

  it('is left out once it is silent for its timeout, and comes back with an event', () => {
    const { state, event } = source(0, 100);
    event('a', 100, 1000);
    state.tick(1099);
    expect(state.idle).toBe(false);
    state.tick(1100);
    expect(state.idle).toBe(true);
    event('b', 101, 1101);
    expect(state.idle).toBe(false);
  });

  it('finds everything late after the end of time', () => {
    const { state, event } = source(10);
    event('a', 100);
    state.end();
    state.trim();
    expect(event('b', 1e15)).toBe('late');
    expect(state.describe().keys).toBe(0);
  });

  it('goes on from what it saved, though it forgot keys since', () => {
    const saved = new Map<string, Uint8Array>();
    const { state, event } = source(10);
    const save = () =>
      state.saveChanges((key, bytes) => {
        if (bytes === null) saved.delete(key);
        else saved.set(key, bytes);
      });
    event('old', 100);
    save();
    event('new', 200);
    event('old', 205);
    save();
    const copy = new SourceState(plan(10), NO_ERRORS);
    copy.restore([...saved].map(([key, bytes]) => ({ key, bytes })));
    expect(copy.watermark).toBe(200);
    expect(copy.describe().keys).toBe(2);
    expect(copy.admit(['old', 300], 0, 1)).toBe('duplicate');
    expect(copy.admit(['new', 300], 0, 1)).toBe('duplicate');
  });
});
