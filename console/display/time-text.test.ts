import { describe, expect, test } from '@jest/globals';
import { agoText, durationText, momentText, utcText } from './time-text.ts';

describe('times as they are written', () => {
  test('are in UTC with all their digits on request', () => {
    expect(utcText('2026-11-22T07:14:00.000001Z')).toBe('2026-11-22 07:14:00.000001 UTC');
  });

  test('are in the zone of the viewer', () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const hour = new Intl.DateTimeFormat('en', { hour: '2-digit', hourCycle: 'h23', timeZone }).format(
      Date.parse('2026-11-22T07:14:00Z'),
    );
    expect(momentText('2026-11-22T07:14:00Z')).toContain(`${hour}:14:00`);
  });

  test.each([
    [59_999, 'just now'],
    [60_000, '1 min ago'],
    [7_199_999, '1 h ago'],
    [86_400_000 * 3, '3 d ago'],
    [-300_000, 'in 5 min'],
  ])('%d ms ago is %s', (ms, text) => {
    expect(agoText('2026-11-22T07:14:00Z', Date.parse('2026-11-22T07:14:00Z') + ms)).toBe(text);
  });

  test.each([
    [0.4, '0.40 ms'],
    [14, '14 ms'],
    [1_240, '1.2 s'],
    [60_000, '1 min'],
    [150_000, '2 min 30 s'],
    [3_600_000 * 25, '1 d 1 h'],
    [86_400_000 * 16, '16 d'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});
