import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import { BIGINT, INTEGER, TIMESTAMPTZ } from '../../core/types.ts';
import type { QueryPlan } from '../../language/plan.ts';
import { parseQueryParameters } from './query-parameters.ts';

const QUERY: QueryPlan = {
  name: 'circles',
  fingerprint: 'f',
  parameters: [
    { name: 'company', type: BIGINT, default: null, hasDefault: false },
    { name: 'at', type: TIMESTAMPTZ, default: null, hasDefault: true },
    { name: 'n', type: INTEGER, default: 20, hasDefault: true },
  ],
  job: { graph: 'g', slots: 0, slotNames: [], clauses: [], budgetEdges: null },
};

function codeOf(texts: readonly string[]): string {
  try {
    parseQueryParameters(QUERY, texts);
  } catch (error) {
    if (error instanceof RingwatchError) return error.code;
    throw error;
  }
  return 'none';
}

describe('parameters of a query', () => {
  it('come in their order, typed, with their defaults', () => {
    expect(parseQueryParameters(QUERY, ['n=3', 'COMPANY=82'])).toEqual([82, null, 3]);
    expect(parseQueryParameters(QUERY, ['company=1', 'at=1970-01-01T00:00:01Z'])).toEqual([1, 1_000_000, 20]);
  });

  it.each([
    [[], 'ARGUMENT_MISSING'],
    [['company'], 'OPTION_INVALID'],
    [['company=1', 'company=2'], 'OPTION_INVALID'],
    [['company=1', 'compny=2'], 'UNKNOWN_NAME'],
    [['company=one'], 'VALUE_INVALID'],
    [['company=9999999999999999999'], 'VALUE_OUT_OF_RANGE'],
    [['company=1', '__proto__=1'], 'UNKNOWN_NAME'],
  ])('%j are %s', (texts, code) => {
    expect(codeOf(texts)).toBe(code);
  });
});
