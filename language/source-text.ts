import type { SourcePosition } from '../core/source-position.ts';

/** A definition text that knows its lines. Lines end with `\n`; a `\r` before it belongs to the line. */
export class SourceText {
  readonly text: string;
  /** Offset of the first character of each line, ascending. */
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
    this.#lineStarts = starts;
  }

  /** The position of an offset in UTF-16 code units, by binary search over the lines. */
  positionAt(offset: number): SourcePosition {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1, offset };
  }
}
