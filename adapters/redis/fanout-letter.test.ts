import { describe, expect, it } from '@jest/globals';
import type { FanoutMessage } from '../../core/ports/fanout.ts';
import { encodeLetter, readLetter } from './fanout-letter.ts';

const ALERT: FanoutMessage = {
  topic: 'alertRaised',
  effect: { kind: 'alert', id: 'a', rule: 'r', position: 7, line: '{"rule":"r"}' },
  raisedAt: '2026-11-22T07:14:00.000Z',
};

describe('a letter of the fanout', () => {
  it('is read as it was written', () => {
    const letter = { from: 'p', number: 3, message: ALERT };
    expect(readLetter(encodeLetter(letter), 'alertRaised')).toEqual(letter);
    const gap = { from: 'p', number: 4, message: null };
    expect(readLetter(encodeLetter(gap), 'decisionMade')).toEqual(gap);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['without a number', encodeLetter({ from: 'p', number: Number.NaN, message: ALERT })],
    [
      'of another topic',
      encodeLetter({ from: 'p', number: 1, message: { ...ALERT, topic: 'decisionMade' } as never }),
    ],
    ['without its effect', JSON.stringify({ from: 'p', number: 1, message: { topic: 'alertRaised' } })],
    [
      'with an effect of another kind',
      JSON.stringify({ from: 'p', number: 1, message: { ...ALERT, effect: { kind: 'late' } } }),
    ],
  ])('is none where it is %s', (_, text) => {
    expect(readLetter(text, 'alertRaised')).toBeNull();
  });
});
