import { describe, expect, test } from '@jest/globals';
import { diffLines, foldSame } from './text-diff.ts';

const SIGNS = { same: ' ', added: '+', removed: '-' } as const;

function shown(before: string, after: string): string[] {
  return diffLines(before, after).map(({ kind, text }) => SIGNS[kind] + text);
}

/** Puts the second text together again from the comparison. */
function rebuilt(before: string, after: string, kind: 'added' | 'removed'): string {
  return diffLines(before, after)
    .filter((line) => line.kind === 'same' || line.kind === kind)
    .map(({ text }) => text)
    .join('\n');
}

describe('the comparison of two texts', () => {
  test('tells lines that were added, removed and changed', () => {
    expect(shown('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual([' a', '-b', '+x', ' c', '+d']);
  });

  test('of a text with nothing is all added or all removed', () => {
    expect(shown('', 'a\nb')).toEqual(['+a', '+b']);
    expect(shown('a', '')).toEqual(['-a']);
    expect(shown('', '')).toEqual([]);
  });

  test('numbers lines as each text does', () => {
    expect(diffLines('a\nb\nc', 'b\nc').map(({ before, after }) => [before, after])).toEqual([
      [1, null],
      [2, 1],
      [3, 2],
    ]);
  });

  test('gives back both texts', () => {
    let seed = 7;
    const next = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed;
    };
    for (let round = 0; round < 200; round++) {
      const text = (): string =>
        Array.from({ length: next() % 12 }, () => 'abcd'.charAt(next() % 4)).join('\n');
      const [before, after] = [text(), text()];
      expect(rebuilt(before, after, 'removed')).toBe(before);
      expect(rebuilt(before, after, 'added')).toBe(after);
    }
  });

  test('folds what stays the same, but for a few lines', () => {
    const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
    const parts = foldSame(
      diffLines(lines.join('\n'), [...lines.slice(0, 10), 'new', ...lines.slice(10)].join('\n')),
      2,
    );
    expect(parts.map((part) => (part.kind === 'skipped' ? part.count : part.lines.length))).toEqual([
      8, 5, 8,
    ]);
    expect(foldSame(diffLines('a\nb', 'a\nb'))).toEqual([{ kind: 'skipped', count: 2 }]);
  });
});
