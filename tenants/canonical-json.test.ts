import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts names by code units at every depth, and writes no white space', () => {
    const value = { b: [{ z: 1, a: 2 }], a: { '\u{1F600}': 1, '\ufb33': 2, '€': 3, '': 4 } };
    expect(canonicalJson(value)).toBe('{"a":{"":4,"€":3,"\u{1F600}":1,"\ufb33":2},"b":[{"a":2,"z":1}]}');
  });

  // RFC 8785, section 3.2.2.3 and appendix B.
  it('writes numbers and texts as the standard does', () => {
    const numbers = [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0];
    expect(canonicalJson(numbers)).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0]');
    expect(canonicalJson('\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    );
    expect(canonicalJson([null, true, false])).toBe('[null,true,false]');
  });

  it('leaves out what is undefined, and takes nothing that JSON has not', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, undefined]) {
      expect(() => canonicalJson([wrong])).toThrow('JSON has no');
    }
  });
});
