import { describe, expect, test } from '@jest/globals';
import { address, readAddress } from '../navigation/location.ts';
import { type AlertFilter, filterInput, readFilter, showsNewAlert, writeFilter } from './alert-filter.ts';

const ALL: AlertFilter = {
  state: 'ALL',
  rules: ['a rule', 'b'],
  severities: ['CRITICAL', 'LOW'],
  key: '40/26 & co',
  assignee: 'me',
};

describe('the filter of the queue', () => {
  test('survives the address', () => {
    const hash = address(['alerts'], writeFilter(ALL));
    expect(readFilter(readAddress(hash).query)).toEqual(ALL);
    expect(address(['alerts'], writeFilter(readFilter({})))).toBe('#/alerts');
  });

  test('takes nothing from an address that it does not know', () => {
    expect(readFilter({ state: 'x', severities: 'HUGE,HIGH', assignee: '?' })).toEqual({
      state: 'OPEN',
      rules: [],
      severities: ['HIGH'],
      key: '',
      assignee: 'anyone',
    });
  });

  test('asks the service for what it says, and for nothing else', () => {
    expect(filterInput(readFilter({}), null)).toEqual({ state: 'OPEN' });
    expect(filterInput(ALL, 'mem_1')).toEqual({
      rules: ['a rule', 'b'],
      severities: ['CRITICAL', 'LOW'],
      key: '40/26 & co',
      assigneeId: 'mem_1',
    });
    expect(filterInput(readFilter({ assignee: 'nobody' }), null)).toEqual({
      state: 'OPEN',
      assigneeId: null,
    });
  });

  test('lets new alerts in that fit it', () => {
    const alert = { key: [{ value: '4026' }, { value: null }] };
    expect(showsNewAlert(readFilter({}), alert)).toBe(true);
    expect(showsNewAlert(readFilter({ key: '4026' }), alert)).toBe(true);
    expect(showsNewAlert(readFilter({ key: '402' }), alert)).toBe(false);
    expect(showsNewAlert(readFilter({ state: 'ACKNOWLEDGED' }), alert)).toBe(false);
    expect(showsNewAlert(readFilter({ assignee: 'me' }), alert)).toBe(false);
    expect(showsNewAlert(readFilter({ assignee: 'nobody' }), alert)).toBe(true);
  });
});
