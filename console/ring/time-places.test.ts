import { describe, expect, test } from '@jest/globals';
import { placesInTime, TRACK_WIDTH } from './time-places.ts';

const at = (...seconds: readonly number[]) =>
  seconds.map((second) => ({ time: new Date(second * 1000).toISOString() }));

describe('places on the line of time', () => {
  test('are as far apart as the times', () => {
    expect(placesInTime(at(0, 25, 100))).toEqual([0, 250, 1000]);
  });

  test('are moved apart where times are near one another, and stay on the line and in order', () => {
    const places = placesInTime(at(0, 1, 1, 997, 998, 999, 1000, 1000));
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBe(TRACK_WIDTH);
    for (let n = 1; n < places.length; n++) expect(places[n]! - places[n - 1]!).toBeGreaterThanOrEqual(12);
  });

  test('are even where a time is not known, or all are one', () => {
    expect(placesInTime([{ time: null }, ...at(5, 6)])).toEqual([0, 500, 1000]);
    expect(placesInTime(at(5, 5))).toEqual([0, 1000]);
    expect(placesInTime(at(5))).toEqual([500]);
  });

  test('hold more edges than the line has room for', () => {
    const places = placesInTime(at(...Array.from({ length: 300 }, (_, n) => n)));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places)).toBeLessThanOrEqual(TRACK_WIDTH);
  });
});
