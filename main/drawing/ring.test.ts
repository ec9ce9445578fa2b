import { describe, expect, it } from '@jest/globals';
import { groupThousands, type Ring } from './ring.ts';
import { drawRingSvg } from './ring-svg.ts';
import { drawRingText } from './ring-text.ts';

const RING: Ring = {
  title: 'Cash-out ring',
  description: 'Money left account 1112 and came back over 2 others.',
  legend: 'Accounts and transfers.',
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
      'Accounts and transfers.',
      '',
      '  ┌────────┐',
      '  │  1112  │◀─────────────────────────────┐',
      '  └────┬───┘                              │',
      '       │ 1,102.45  day 3, 23:37           │',
      '  ┌────▼───┐                              │',
      '  │  3373  │                              │',
      '  └────┬───┘                              │',
      '       │   706.30  day 6, 23:11           │',
      '  ┌────▼───┐                              │',
      '  │  9211  │                              │',
      '  └────┬───┘                              │',
      '       │   548.95  day 12, 23:20, closing │',
      '       └──────────────────────────────────┘',
      '',
      '  3 transfers, 9.0 days',
    ]);
  });

  it('keeps its right edge straight when a member is longer than every label', () => {
    const lines = drawRingText({ ...RING, members: ['DE89370400440532013000000000', '3373', '9211'] });
    const sides = lines.slice(4, -3).map((line) => line.length);
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

  it('tells the closing hop not by colour alone, and has colours for dark grounds', () => {
    const svg = drawRingSvg(RING);
    expect(svg).toMatch(/\.closing\.hop \{[^}]*stroke-dasharray/);
    expect(svg).toContain('>3, closing<');
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
  });

  it.each([1, 2, 5, 12, 30])('of %i members keeps labels inside and members apart', (count) => {
    const svg = drawRingSvg({
      ...RING,
      members: Array.from({ length: count }, (_, member) => String(member)),
      hops: Array.from({ length: count }, (_, hop) => ({
        amount: '36,118,441.94',
        when: '3 contracts, applied for, to 2024-07-19',
        closing: hop === 0,
      })),
    });
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
    const labels = [...svg.matchAll(/class="when" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)"/g)];
    expect(labels).toHaveLength(count);
    for (const [, x, y, anchor] of labels) {
      const wide = '3 contracts, applied for, to 2024-07-19'.length * 8;
      const left = Number(x) - (anchor === 'end' ? wide : anchor === 'middle' ? wide / 2 : 0);
      expect(left).toBeGreaterThan(9);
      expect(left + wide).toBeLessThan((width ?? 0) - 9);
      expect(Number(y)).toBeLessThan((height ?? 0) - 9);
      expect(Number(y)).toBeGreaterThan(110);
    }
    const members = [...svg.matchAll(/<circle class="member" cx="([\d.]+)" cy="([\d.]+)" r="(\d+)"/g)].map(
      (found) => found.slice(1).map(Number),
    );
    members.forEach(([x = 0, y = 0, radius = 0], index) => {
      const [nextX = 0, nextY = 0] = members[index + 1] ?? [Number.POSITIVE_INFINITY, 0];
      expect(Math.hypot(nextX - x, nextY - y)).toBeGreaterThan(2 * radius + 30);
    });
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
    expect(svg).toContain('>DE89…3000<');
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
