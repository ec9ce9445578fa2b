import {
  COLUMN_PACKED,
  COLUMN_PAGED,
  COLUMN_RUNS,
  PAGE_BYTES,
  PAGE_LOG2,
  RANKS_LOG2,
} from '../../kernels/memory-layout.ts';
import { bitsOf, FIELD_SLACK, fieldBytes, packInSlices, writeField } from './bit-fields.ts';
import { SLICE, type Slices } from './slices.ts';

/** Codes of a column by edge number, encoded. What `aux` and `ranks` are depends on the kind. */
export interface EncodedColumn {
  readonly kind: number;
  /** COLUMN_PACKED, COLUMN_RUNS: bits of a code. */
  readonly width: number;
  readonly data: Uint8Array;
  readonly aux: Uint8Array;
  readonly ranks: Uint8Array;
}

const PAGE = 1 << PAGE_LOG2;
const NONE = new Uint8Array(0);

/** Codes are whole numbers from 0 to less than 2 to the power of this. */
export const CODE_BITS_MAX = 53;

/**
 * Encodes codes (whole numbers from 0, at most 53 bits) in the smallest of three ways, each with constant-time access:
 * all in one width; runs (a bit an edge that says where the code changes, with running counts, and the codes of the runs);
 * pages of 128 edges with a least code and a width of their own.
 */
export function* encodeColumn(codes: Float64Array): Slices<EncodedColumn> {
  let greatest = 0;
  let runs = 0;
  for (let edge = 0; edge < codes.length; edge++) {
    if ((edge & (SLICE - 1)) === 0) yield;
    const code = codes[edge] as number;
    if (code > greatest) greatest = code;
    if (edge === 0 || code !== codes[edge - 1]) runs++;
  }
  const width = bitsOf(greatest);
  const pages = yield* pageWidths(codes);
  const packedBytes = fieldBytes(codes.length, width);
  const runsBytes = 8 * Math.ceil(codes.length / 64) + 4 * rankCount(codes.length) + fieldBytes(runs, width);
  if (runsBytes < packedBytes && runsBytes <= pages.bytes) return yield* encodeRuns(codes, runs, width);
  if (pages.bytes < packedBytes) return yield* encodePages(codes, pages.widths, pages.least, pages.bytes);
  return {
    kind: COLUMN_PACKED,
    width,
    data: yield* packInSlices(codes, codes.length, width),
    aux: NONE,
    ranks: NONE,
  };
}

function rankCount(edges: number): number {
  return (edges >>> RANKS_LOG2) + 1;
}

function* encodeRuns(codes: Float64Array, runs: number, width: number): Slices<EncodedColumn> {
  const aux = new Uint8Array(8 * Math.ceil(codes.length / 64));
  const ranks = new Uint32Array(rankCount(codes.length));
  const data = new Uint8Array(fieldBytes(runs, width));
  let run = 0;
  for (let edge = 0; edge < codes.length; edge++) {
    if ((edge & (SLICE - 1)) === 0) yield;
    if ((edge & ((1 << RANKS_LOG2) - 1)) === 0) ranks[edge >>> RANKS_LOG2] = run;
    if (edge > 0 && codes[edge] === codes[edge - 1]) continue;
    aux[edge >>> 3] = (aux[edge >>> 3] as number) | (1 << (edge & 7));
    if (width > 0) writeField(data, run * width, width, codes[edge] as number);
    run++;
  }
  return { kind: COLUMN_RUNS, width, data, aux, ranks: new Uint8Array(ranks.buffer) };
}

function* pageWidths(
  codes: Float64Array,
): Slices<{ widths: Uint8Array; least: Float64Array; bytes: number }> {
  const count = Math.ceil(codes.length / PAGE);
  const widths = new Uint8Array(count);
  const least = new Float64Array(count);
  let bytes = count * PAGE_BYTES + FIELD_SLACK;
  for (let page = 0; page < count; page++) {
    if ((page & 1) === 0) yield;
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    const end = Math.min((page + 1) * PAGE, codes.length);
    for (let edge = page * PAGE; edge < end; edge++) {
      const code = codes[edge] as number;
      if (code < low) low = code;
      if (code > high) high = code;
    }
    least[page] = low;
    widths[page] = bitsOf(high - low);
    bytes += Math.ceil(((end - page * PAGE) * (widths[page] as number)) / 8);
  }
  return { widths, least, bytes };
}

function* encodePages(
  codes: Float64Array,
  widths: Uint8Array,
  least: Float64Array,
  bytes: number,
): Slices<EncodedColumn> {
  const aux = new Uint8Array(widths.length * PAGE_BYTES);
  const view = new DataView(aux.buffer);
  const data = new Uint8Array(bytes - aux.length);
  let bit = 0;
  for (let page = 0; page < widths.length; page++) {
    if ((page & 1) === 0) yield;
    const width = widths[page] as number;
    bit = Math.ceil(bit / 8) * 8;
    const low = least[page] as number;
    view.setUint32(page * PAGE_BYTES, bit / 8, true);
    view.setUint32(page * PAGE_BYTES + 4, low % 0x1_0000_0000, true);
    view.setUint32(page * PAGE_BYTES + 8, Math.floor(low / 0x1_0000_0000) + width * 0x100_0000, true);
    const end = Math.min((page + 1) * PAGE, codes.length);
    for (let edge = page * PAGE; edge < end; edge++) {
      if (width > 0) writeField(data, bit, width, (codes[edge] as number) - low);
      bit += width;
    }
  }
  return { kind: COLUMN_PAGED, width: 0, data, aux, ranks: NONE };
}
