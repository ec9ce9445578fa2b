import { describe, expect, test } from '@jest/globals';
import { address, readAddress } from './location.ts';

describe('an address', () => {
  test.each([
    [['alerts'], {}],
    [['alerts', 'a/b ?#%'], { rule: 'x&y=z', q: 'a+b c' }],
    [[], { state: 'OPEN' }],
    [['definitions', 'drafts', 'RHJhZnQ6MQ=='], {}],
  ] as const)('of %j %j is read as it was written', (path, query) => {
    expect(readAddress(address(path, query))).toEqual({ path: [...path], query: { ...query } });
  });

  test('leaves out what is empty', () => {
    expect(address(['alerts'], { a: null, b: '', c: 'x' })).toBe('#/alerts?c=x');
  });

  test('that is none is the start', () => {
    for (const hash of ['', '#', '#/', '#/%E0%A4%A'])
      expect(readAddress(hash)).toEqual({ path: [], query: {} });
  });
});
