import { describe, expect, test } from '@jest/globals';
import { address, readAddress } from '../navigation/location.ts';
import {
  type AlertFilter,
  filterInput,
  isNarrowed,
  readFilter,
  showsNewAlert,
  widened,
  writeFilter,
} from './alert-filter.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const ALL: AlertFilter = {
  state: 'ALL',
  rules: ['a rule', 'b'],
  severities: ['CRITICAL', 'LOW'],
  key: '40/26 & co',
  assignee: 'me',
  period: { kind: 'last', hours: 24 },
  order: 'SEVERITY',
};

describe('the filter of the queue', () => {
  test.each([
    ALL,
    { ...ALL, assignee: 'TWVtYmVyOm1lbV8x', period: { kind: 'any' } as const },
    { ...ALL, period: { kind: 'between', from: '2026-11-20T00:00:00.000Z', to: null } as const },
    { ...ALL, period: { kind: 'between', from: null, to: null } as const },
  ])('survives the address', (filter) => {
    const hash = address(['alerts'], writeFilter(filter));
    expect(readFilter(readAddress(hash).query)).toEqual(filter);
  });

  test('leaves an address as it is where it says nothing', () => {
    expect(address(['alerts'], writeFilter(readFilter({})))).toBe('#/alerts');
  });

  test('takes nothing from an address that it does not know', () => {
    expect(
      readFilter({
        state: 'x',
        severities: 'HUGE,HIGH',
        assignee: '?',
        hours: '5',
        order: 'up',
        from: 'then',
      }),
    ).toEqual({
      state: 'OPEN',
      rules: [],
      severities: ['HIGH'],
      key: '',
      assignee: 'anyone',
      period: { kind: 'between', from: null, to: null },
      order: 'NEWEST',
    });
  });

  test('asks the service for what it says, and for nothing else', () => {
    expect(filterInput(readFilter({}), null, NOW)).toEqual({ state: 'OPEN' });
    expect(filterInput(ALL, 'mem_1', NOW)).toEqual({
      rules: ['a rule', 'b'],
      severities: ['CRITICAL', 'LOW'],
      key: '40/26 & co',
      assigneeId: 'mem_1',
      from: '2026-11-21T12:00:00.000Z',
    });
    expect(filterInput(readFilter({ assignee: 'nobody' }), null, NOW)).toEqual({
      state: 'OPEN',
      assigneeId: null,
    });
    expect(filterInput(readFilter({ assignee: 'abc', to: '2026-11-22T00:00:00Z' }), null, NOW)).toEqual({
      state: 'OPEN',
      assigneeId: 'abc',
      to: '2026-11-22T00:00:00.000Z',
    });
  });

  test('lets new alerts in that fit it', () => {
    const alert = { time: '2026-11-22T11:30:00.000Z', key: [{ value: '4026' }, { value: null }] };
    const shows = (query: Readonly<Record<string, string>>) => showsNewAlert(readFilter(query), alert, NOW);
    expect(shows({})).toBe(true);
    expect(shows({ key: '4026' })).toBe(true);
    expect(shows({ key: '402' })).toBe(false);
    expect(shows({ state: 'ACKNOWLEDGED' })).toBe(false);
    expect(shows({ assignee: 'me' })).toBe(false);
    expect(shows({ assignee: 'nobody' })).toBe(true);
    expect(shows({ assignee: 'TWVtYmVy' })).toBe(false);
    expect(shows({ hours: '1' })).toBe(true);
    expect(shows({ from: '2026-11-22T11:31:00Z' })).toBe(false);
    expect(shows({ to: '2026-11-22T11:30:00Z' })).toBe(false);
    expect(showsNewAlert(readFilter({ hours: '1' }), { ...alert, time: null }, NOW)).toBe(false);
  });

  test('is narrowed by all but state and order, and widened again', () => {
    expect(isNarrowed(readFilter({ state: 'ALL', order: 'SEVERITY' }))).toBe(false);
    expect(isNarrowed(ALL)).toBe(true);
    expect(widened(ALL)).toEqual(readFilter({ state: 'ALL', order: 'SEVERITY' }));
  });
});
