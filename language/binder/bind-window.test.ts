import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { checkDefinitions } from '../compile.ts';

/** What checking a HOP with so many windows for a row says. */
function problemsOf(windows: number): readonly string[] {
  const { errors } =
    checkDefinitions(`CREATE SOURCE pays (id TEXT PRIMARY KEY, payer TEXT, at TIMESTAMPTZ, WATERMARK FOR at);
      CREATE VIEW w AS SELECT payer, COUNT(*) AS n
        FROM HOP(pays, at, INTERVAL '1 second', INTERVAL '${windows} seconds') GROUP BY payer;`);
  return errors.map(({ code, message }) => `${code}: ${message}`);
}

describe('a HOP', () => {
  it('has as many windows for a row as may be, and is refused with one more', () => {
    expect(problemsOf(LIMITS.windowsPerRowMax)).toEqual([]);
    expect(problemsOf(LIMITS.windowsPerRowMax + 1)).toEqual([
      expect.stringMatching(/^INVALID_DEFINITION: a row would belong to 10001 windows, more than 10000/),
    ]);
  });
});
