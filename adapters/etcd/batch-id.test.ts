import { expect, it } from '@jest/globals';
import { BatchIds } from './batch-id.ts';

it('makes ids that ascend, also while the clock goes back', () => {
  const times = [5_000, 5_000, 4_000, 9_000, 1];
  const ids = new BatchIds(() => times.shift() ?? 0);
  const made = Array.from({ length: 5 }, () => ids.next());
  expect(made).toEqual(made.toSorted());
  expect(new Set(made).size).toBe(5);
  for (const id of made) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

it('begins with the time as ULIDs have it', () => {
  // The example of the specification.
  expect(new BatchIds(() => 1_469_918_176_385).next()).toMatch(/^01ARYZ6S41/);
});

it('makes no id twice after a restart at the same time, nor after another incarnation was taken', () => {
  const [one, other] = [new BatchIds(() => 7), new BatchIds(() => 7)];
  const made = [one.next(), other.next()];
  one.renew();
  made.push(one.next());
  expect(new Set(made).size).toBe(3);
});
