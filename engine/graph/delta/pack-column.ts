import type { OrderedColumn } from '../segment/assemble-edges.ts';
import { bitsOf } from '../segment/bit-fields.ts';
import { type ColumnInput, encodeCodes } from '../segment/column-input.ts';
import { CODE_BITS_MAX } from '../segment/edge-column.ts';
import { encodeTexts } from '../segment/key-column.ts';
import type { ReadLargeIntegers } from '../segment/large-integers.ts';
import { SLICE, type Slices } from '../segment/slices.ts';
import type { ShardColumn } from './shard-columns.ts';
import type { TextCells } from './text-cells.ts';

/** Distinct texts of a column that are worth a dictionary: fewer than one in so many edges, or so few at all. */
const EDGES_A_TEXT = 8;
const TEXTS_MIN = 64;
/** More are not sorted and found again within a slice. */
const TEXTS_MAX = 1 << 16;

/** The cells of a column by edge number, and what they lead to. */
export interface CellsToPack {
  readonly cells: Float64Array;
  /** Null but for a column of texts. */
  readonly texts: TextCells | null;
  /** Integers beyond 53 bits, whose cells are NaN. */
  readonly large: ReadLargeIntegers;
}

/**
 * How a segment holds a column: whole numbers by their range; texts and other numbers by a dictionary where they come again
 * and again, else each edge's own, packed.
 */
export function* packColumn(
  column: ShardColumn,
  { cells, texts, large }: CellsToPack,
): Slices<OrderedColumn> {
  if (texts !== null) {
    const places = new Map<number, string>();
    // Places that were seen are not read again.
    return yield* packTexts(column, cells, (cell) => {
      let text = places.get(cell);
      if (text === undefined) {
        text = texts.text(cell);
        if (places.size < 4 * TEXTS_MIN) places.set(cell, text);
      }
      return text;
    });
  }
  if (yield* fitsCodes(cells)) {
    const encoded = yield* encodeCodes(inputOf(column, cells, null));
    return { ...encoded, large };
  }
  const packed = yield* packTexts(column, cells, numberText);
  return { ...packed, large };
}

function inputOf(
  { name, type, scale }: ShardColumn,
  numbers: Float64Array,
  dictionary: readonly string[] | null,
): ColumnInput {
  return { name, type, scale, numbers, dictionary };
}

/** Whether all are whole numbers whose range is that of codes. */
function* fitsCodes(cells: Float64Array): Slices<boolean> {
  let least = 0;
  let greatest = 0;
  let isFirst = true;
  for (let n = 0; n < cells.length; n++) {
    if ((n & (SLICE - 1)) === 0) yield;
    const cell = cells[n] as number;
    if (Number.isNaN(cell)) continue;
    if (!Number.isSafeInteger(cell) || Object.is(cell, -0)) return false;
    if (isFirst || cell < least) least = cell;
    if (isFirst || cell > greatest) greatest = cell;
    isFirst = false;
  }
  return bitsOf(greatest - least + 1) < CODE_BITS_MAX;
}

/** The text that `Number` reads as exactly this. */
function numberText(number: number): string {
  return Object.is(number, -0) ? '-0' : String(number);
}

function* packTexts(
  column: ShardColumn,
  cells: Float64Array,
  textOf: (cell: number) => string,
): Slices<OrderedColumn> {
  const most = Math.min(TEXTS_MAX, Math.max(TEXTS_MIN, Math.floor(cells.length / EDGES_A_TEXT)));
  const places = new Map<string, number>();
  const numbers = new Float64Array(cells.length);
  for (let n = 0; n < cells.length; n++) {
    if ((n & (SLICE / 4 - 1)) === 0) yield;
    const cell = cells[n] as number;
    if (Number.isNaN(cell)) {
      numbers[n] = Number.NaN;
      continue;
    }
    const text = textOf(cell);
    let place = places.get(text);
    if (place === undefined) {
      place = places.size;
      if (place === most) return yield* packEach(column, cells, textOf);
      places.set(text, place);
    }
    numbers[n] = place;
  }
  return yield* encodeCodes(inputOf(column, numbers, [...places.keys()]));
}

function* packEach(
  { name, type, scale }: ShardColumn,
  cells: Float64Array,
  textOf: (cell: number) => string,
): Slices<OrderedColumn> {
  const { code, data, places } = yield* encodeTexts(cells.length, (n) => {
    const cell = cells[n] as number;
    return Number.isNaN(cell) ? '' : textOf(cell);
  });
  const codes = new Float64Array(cells.length);
  let nulls: 0 | 1 = 0;
  for (let n = 0; n < cells.length; n++) {
    if ((n & (SLICE - 1)) === 0) yield;
    if (Number.isNaN(cells[n])) nulls = 1;
    else codes[n] = 1;
  }
  // Without NULLs the code of all is 0.
  if (nulls === 0) codes.fill(0);
  return {
    code: { name, type, scale, least: 0, step: 1, nulls, dictionary: null, texts: code },
    codes,
    texts: { data, places },
  };
}
