import { describe, expect, it } from '@jest/globals';
import { groupThousands, type Ring } from './ring.ts';
import { drawRingSvg } from './ring-svg.ts';
import { drawRingText } from './ring-text.ts';

const RING: Ring = {
  title: 'Cash-out ring',
  description: 'Money left account 1112 and came back over 2 others.',
  members: ['1112', '3373', '9211'],
  hops: [
    { amount: '1,102.45', when: 'day 3, 23:37', closing: false },
    { amount: '706.30', when: 'day 6, 23:11', closing: false },
    { amount: '548.95', when: 'day 12, 23:20', closing: true },
  ],
  summary: ['3 transfers', '9.0 days'],
};

describe('a ring as text', () => {
  it('runs from top to bottom and returns to the top', () => {
    expect(drawRingText(RING)).toEqual([
      'Cash-out ring',
      '',
      '  ┌────────┐',
      '  │  1112  │◀────────────────────┐',
      '  └────┬───┘                     │',
      '       │ 1,102.45  day 3, 23:37  │',
      '  ┌────▼───┐                     │',
      '  │  3373  │                     │',
      '  └────┬───┘                     │',
      '       │   706.30  day 6, 23:11  │',
      '  ┌────▼───┐                     │',
      '  │  9211  │                     │',
      '  └────┬───┘                     │',
      '       │   548.95  day 12, 23:20 │',
      '       └─────────────────────────┘',
      '',
      '  3 transfers, 9.0 days',
    ]);
  });

  it('keeps its right edge straight when a member is longer than every label', () => {
    const lines = drawRingText({ ...RING, members: ['DE89370400440532013000000000', '3373', '9211'] });
    const sides = lines.slice(3, -3).map((line) => line.length);
    expect(new Set(sides).size).toBe(1);
  });
});

describe('a ring as a picture', () => {
  it('has a title, a description, and an arrow with amount and time for every hop', () => {
    const svg = drawRingSvg(RING);
    expect(svg).toContain('<title id="ring-title">Cash-out ring</title>');
    expect(svg).toContain('aria-labelledby="ring-title ring-description"');
    expect(svg.match(/<polygon/g)).toHaveLength(3);
    for (const hop of RING.hops) {
      expect(svg).toContain(`>${hop.amount}<`);
      expect(svg).toContain(`>${hop.when}<`);
    }
  });

  it('lets no text of the data become markup', () => {
    const svg = drawRingSvg({
      ...RING,
      title: '</title><script>alert("1")</script>\u0000',
      members: ['<b>', '&', '"'],
    });
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('<b>');
    expect(svg).not.toContain('\u0000');
    expect(svg).toContain('&#60;b&#62;');
  });

  it('shortens long keys in the circle and says them whole in its title', () => {
    const svg = drawRingSvg({ ...RING, members: ['DE89370400440532013000', '3373', '9211'] });
    expect(svg).toContain('>DE893704…<');
    expect(svg).toContain('<title>DE89370400440532013000</title>');
  });
});

describe('thousands', () => {
  it.each([
    ['0', '0'],
    ['999.5', '999.5'],
    ['1000', '1,000'],
    ['1234567.891', '1,234,567.891'],
    ['-12345', '-12,345'],
  ])('of %s are apart: %s', (given, expected) => {
    expect(groupThousands(given)).toBe(expected);
  });
});
