import { describe, expect, it } from '@jest/globals';
import { printable, printableLine } from './printable-text.ts';

describe('a text that is shown', () => {
  it.each([
    ['the escape of terminals', '\u001b[2J\u001b]0;title\u0007', '\ufffd[2J\ufffd]0;title\ufffd'],
    ['controls of eight bits', 'a\u009b2Jb', 'a\ufffd2Jb'],
    ['a zero', 'a\0b', 'a\ufffdb'],
    ['what turns the direction', '\u202e001\u202c \u2066x\u2069', '\ufffd001\ufffd \ufffdx\ufffd'],
    ['half of a pair', 'a\ud800b', 'a\ufffdb'],
    ['no characters', '\ufffe\uffff', '\ufffd\ufffd'],
  ])('does not hold %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printableLine(text)).toBe(shown);
  });

  it('keeps every script, and line ends where there may be several lines', () => {
    const text = 'Zoë 北京 שלום 👩‍👩‍👧 a\u0301';
    expect(printable(`${text}\n\t`)).toBe(`${text}\n\t`);
    expect(printableLine(`${text}\r\n\t`)).toBe(`${text}\ufffd\ufffd\ufffd`);
  });
});
