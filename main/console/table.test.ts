import { describe, expect, it } from '@jest/globals';
import { drawTable, readableBytes } from './table.ts';

describe('a table', () => {
  it('pads its columns, numbers to the right, and leaves no blanks at the ends of lines', () => {
    expect(
      drawTable(
        ['name', 'n'],
        [
          ['é', '1'],
          ['longer', '12'],
        ],
        [1],
      ),
    ).toEqual(['name     n', '──────  ──', 'é        1', 'longer  12']);
  });

  it('shows what a terminal would obey, and keeps its columns', () => {
    expect(drawTable(['a\u001b[2J'], [['\u202e1\n2']])).toEqual(['a\ufffd[2J', '─────', '\ufffd1\ufffd2']);
  });

  it('without rows is its head', () => {
    expect(drawTable(['a', 'b'], [])).toEqual(['a  b', '─  ─']);
  });
});

describe('bytes for a reader', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [1_500_000, '1.5 MB'],
    [2e15, '2000.0 TB'],
  ])('%d are %s', (bytes, text) => {
    expect(readableBytes(bytes)).toBe(text);
  });
});
