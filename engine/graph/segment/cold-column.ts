import { CODE_BITS_MAX } from './edge-column.ts';
import { bitsIn, NumberModel } from './number-model.ts';
import type { BitCoder } from './range-coder.ts';
import { corrupt } from './segment-file.ts';

/** Whether a column's codes are coded as they are, or as how they differ from the edge's before. */
export const COLD_COLUMN = { codes: 0, differences: 1 } as const;

const SIZES = CODE_BITS_MAX + 2;
const CODE_END = 0x20_0000_0000_0000;

/** Which of the two is likely to take less room. */
export function coldColumnKind(codes: Float64Array): number {
  let asCodes = 0;
  let asDifferences = 0;
  let before = 0;
  for (let edge = 0; edge < codes.length; edge++) {
    const code = codes[edge] as number;
    asCodes += bitsIn(code);
    // The sign takes one more.
    asDifferences += bitsIn(Math.abs(code - before)) + 1;
    before = code;
  }
  return asDifferences < asCodes ? COLD_COLUMN.differences : COLD_COLUMN.codes;
}

/** A column's codes at rest, edge by edge; goes both ways, as ColdLists do. `starts`: where vertices' edges begin. */
export function codeColumn(coder: BitCoder, kind: number, starts: Uint32Array, codes: Float64Array): void {
  const numbers = new NumberModel(coder, 2 * SIZES);
  const repeats = coder.contexts(4);
  let before = 0;
  let size = 0;
  let repeated = 1;
  for (let vertex = 0; vertex + 1 < starts.length; vertex++) {
    const end = starts[vertex + 1] as number;
    let isFirst = 1;
    for (let edge = starts[vertex] as number; edge < end; edge++) {
      const given = codes[edge] as number;
      repeated = coder.bit(repeats + 2 * isFirst + repeated, given === before ? 1 : 0);
      if (repeated === 0) {
        const context = isFirst * SIZES + size;
        const base = kind === COLD_COLUMN.codes ? 0 : before;
        const step = base === 0 ? numbers.code(context, given) : numbers.codeSigned(context, given - base);
        before = base + step;
        if (before < 0 || before >= CODE_END) throw corrupt('a column has a code out of range');
        size = bitsIn(Math.abs(step));
      }
      codes[edge] = before;
      isFirst = 0;
    }
  }
}
