import { describe, expect, test } from '@jest/globals';
import { amountOf, bytesText, countText, decimalText } from './number-text.ts';

const digits = (text: string): string => text.replace(/\D/g, '');

describe('numbers as they are written', () => {
  test('keep every digit of an exact decimal', () => {
    expect(digits(decimalText('1102.450'))).toBe('1102450');
    expect(digits(decimalText('98765432109876543210.000001'))).toBe('98765432109876543210000001');
    expect(decimalText('-0.10')).toMatch(/^-0.10$/);
  });

  test('leave alone what is no number', () => {
    expect(decimalText('n/a')).toBe('n/a');
    expect(decimalText('1e5')).toBe('1e5');
  });

  test('keep every digit of a count beyond what a number holds', () => {
    expect(digits(countText('9007199254740993'))).toBe('9007199254740993');
  });

  test('tell one from many', () => {
    expect(amountOf(1, 'hop')).toBe('1 hop');
    expect(amountOf(2, 'hop')).toBe('2 hops');
    expect(amountOf(0, 'entry', 'entries')).toBe('0 entries');
  });

  test('are bytes in units of a thousand', () => {
    expect([bytesText(0), bytesText(999), bytesText(412_800_000)]).toEqual(['0 B', '999 B', '413 MB']);
  });
});
