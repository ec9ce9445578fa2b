/** A line of a comparison. `before` and `after` count from 1; null where the text does not have the line. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
}

/** A run of lines on show, or how many were left out between two. */
export type DiffPart =
  | { readonly kind: 'lines'; readonly lines: readonly DiffLine[] }
  | { readonly kind: 'skipped'; readonly count: number };

const CELLS_MAX = 4_000_000;

/**
 * What changes from one text to another, line by line: a longest common subsequence after what both begin and end with is
 * set apart. Texts of more lines than a table of 4 million places takes are told as all removed and all added.
 */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const same = (from: number, to: number, shift: number): DiffLine[] =>
    a
      .slice(from, to)
      .map((text, n) => ({ kind: 'same', before: from + n + 1, after: from + n + 1 + shift, text }));
  return [
    ...same(0, start, 0),
    ...diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end), start),
    ...same(a.length - end, a.length, b.length - a.length),
  ];
}

/** The changes with a few lines around each; what lies between is counted only. */
export function foldSame(lines: readonly DiffLine[], around = 3): readonly DiffPart[] {
  const shown = new Set<number>();
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    for (let near = index - around; near <= index + around; near++) shown.add(near);
  }
  const parts: DiffPart[] = [];
  let run: DiffLine[] = [];
  let skipped = 0;
  const endRun = (): void => {
    if (run.length > 0) parts.push({ kind: 'lines', lines: run });
    run = [];
  };
  for (const [index, line] of lines.entries()) {
    if (shown.has(index)) {
      if (skipped > 0) parts.push({ kind: 'skipped', count: skipped });
      skipped = 0;
      run.push(line);
    } else {
      endRun();
      skipped += 1;
    }
  }
  endRun();
  if (skipped > 0) parts.push({ kind: 'skipped', count: skipped });
  return parts;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function diffMiddle(a: readonly string[], b: readonly string[], start: number): DiffLine[] {
  const removed = (n: number): DiffLine => ({
    kind: 'removed',
    before: start + n + 1,
    after: null,
    text: a[n] ?? '',
  });
  const added = (n: number): DiffLine => ({
    kind: 'added',
    before: null,
    after: start + n + 1,
    text: b[n] ?? '',
  });
  if ((a.length + 1) * (b.length + 1) > CELLS_MAX) {
    return [...a.map((_, n) => removed(n)), ...b.map((_, n) => added(n))];
  }
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', before: start + i + 1, after: start + j + 1, text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (
      i < a.length &&
      (j === b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push(removed(i));
      i += 1;
    } else {
      lines.push(added(j));
      j += 1;
    }
  }
  return lines;
}
