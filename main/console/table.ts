import { printableLine } from '../../core/printable-text.ts';

/**
 * A table of texts: columns padded to their widest cell, numbers (by `right`) to the right, a rule under the head. What a terminal would
 * obey instead of showing it becomes U+FFFD.
 */
export function drawTable(
  titles: readonly string[],
  cells: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const head = titles.map(printableLine);
  const rows = cells.map((row) => row.map(printableLine));
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(length)),
  );
  const line = (shown: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = shown[column] ?? '';
        const blank = ' '.repeat(Math.max(0, width - length(cell)));
        return right.includes(column) ? blank + cell : cell + blank;
      })
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)];
}

function length(text: string): number {
  return [...text].length;
}

/** Bytes for a reader: `812 B`, `1.4 MB`; powers of ten. */
export function readableBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] as string}`;
}
