import { describe, expect, it } from '@jest/globals';
import { random } from '../../../tests/graph/sample-graph.ts';
import { finish, sortInSlices } from './slices.ts';

describe('sorting in slices', () => {
  it.each([1, 2, 3, 4])('is a stable sort of the part it is given, seed %i', (seed) => {
    const pick = random(seed);
    for (let round = 0; round < 60; round++) {
      const keys = Array.from({ length: 1 + pick(900) }, (_, n) => (pick(3) === 0 ? pick(40) : n));
      const compare = (a: number, b: number): number => (keys[a] as number) - (keys[b] as number);
      const elements = Uint32Array.from(keys, (_, n) => n);
      const first = pick(keys.length);
      const end = first + pick(keys.length - first + 1);
      const sorted = [...elements.keys()].slice(first, end).sort((a, b) => compare(a, b) || a - b);
      finish(sortInSlices(elements, first, end, compare));
      expect([...elements.subarray(first, end)]).toEqual(sorted);
      expect([...elements.subarray(0, first)]).toEqual([...elements.keys()].slice(0, first));
      expect([...elements.subarray(end)]).toEqual([...elements.keys()].slice(end));
    }
  });

  it('takes many steps of long lists', () => {
    const elements = Uint32Array.from({ length: 20_000 }, (_, n) => 20_000 - n);
    const slices = sortInSlices(elements, 0, elements.length, (a, b) => a - b);
    let steps = 1;
    while (slices.next().done !== true) steps++;
    expect(steps).toBeGreaterThan(500);
    expect(elements[0]).toBe(1);
  });
});
