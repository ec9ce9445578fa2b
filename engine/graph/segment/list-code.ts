import { assert } from '../../../core/assert.ts';
import {
  BLOCK_BYTES,
  BLOCK_VERTICES,
  BLOCK_WIDE,
  CHUNK_BYTES,
  CHUNK_GROUPS,
  FORM_GROUPS,
  FORM_PACKED,
  OWNERS_LOG2,
  TABLES_BYTES,
  TABLES_CODE_BYTES,
  TABLES_GROUPS,
  TABLES_PARITY_BYTES,
} from '../../kernels/memory-layout.ts';
import { SLICE, type Slices } from './slices.ts';
import { bitsOf, FIELD_SLACK, packInSlices, writeField } from './bit-fields.ts';

/** Widest code of a group: with up to 7 bits before it, it has to fit in a lane of 32 bits. */
const GROUP_WIDTH_MAX = 25;
const CODES = 16;
const DEGREE_MAX = 255;

/** The neighbour lists of one direction, encoded. Offsets in `directory` are into `data`. */
export interface EncodedLists {
  readonly form: number;
  /** FORM_PACKED: bits of a value. */
  readonly width: number;
  /** FORM_GROUPS: the width that each of 16 codes means. */
  readonly widths: Uint8Array;
  readonly gapBase: number;
  readonly longest: number;
  readonly degrees: Uint8Array;
  readonly wide: Uint8Array;
  readonly directory: Uint8Array;
  readonly data: Uint8Array;
}

/**
 * Encodes lists: values starts[v] to starts[v + 1] - 1 of `values` belong to vertex v.
 *
 * Ascending lists become gaps (the first value as its distance from the vertex), four by four, each four in as many bits as
 * the widest takes: a nibble says how many, one of 16 widths that the lists' own gaps choose. Groups run across the ends of lists, so
 * that a list's place follows from the number of its first entry. Others, and those for which that is no smaller, are
 * packed, all values in `width` bits. Only those are made in slices.
 *
 * Group coding with SIMD unpacking is in the line of Varint-GB, Stream VByte (Lemire, Kurz, Rupp, 2018) and SIMD-BP128
 * (Lemire, Boytsov, 2015); one width for four values in bits rather than bytes is ours.
 */
export function* encodeLists(
  starts: Uint32Array,
  values: Uint32Array,
  ascending: boolean,
  width: number,
): Slices<EncodedLists> {
  const { degrees, wide, longest } = yield* encodeDegrees(starts);
  const packed = {
    form: FORM_PACKED,
    width,
    widths: new Uint8Array(CODES),
    gapBase: 0,
    longest,
    degrees,
    wide,
    directory: new Uint8Array(0),
  };
  if (ascending) {
    const gapBase = hasRepeats(starts, values) ? 0 : 1;
    const codes = gapCodes(starts, values, gapBase);
    const groups = groupWidths(codes);
    if (groups.widest <= GROUP_WIDTH_MAX) {
      const widths = chooseWidths(groups.histogram);
      const { directory, data } = encodeGroups(codes, groups.widthOf, widths);
      if (directory.length + data.length < (values.length * width) / 8) {
        return { form: FORM_GROUPS, width: 0, widths, gapBase, longest, degrees, wide, directory, data };
      }
    }
  }
  return { ...packed, data: yield* packInSlices(values, values.length, width) };
}

/** Blocks of 28 vertices in 32 bytes: entries before it, and a degree a byte. Longer lists are in the wide table. */
function* encodeDegrees(
  starts: Uint32Array,
): Slices<{ degrees: Uint8Array; wide: Uint8Array; longest: number }> {
  const vertices = starts.length - 1;
  const blocks = Math.ceil(vertices / BLOCK_VERTICES);
  const degrees = new Uint8Array(blocks * BLOCK_BYTES);
  const view = new DataView(degrees.buffer);
  const wide: number[] = [];
  let longest = 0;
  for (let block = 0; block < blocks; block++) {
    if ((block & 15) === 15) yield;
    const first = block * BLOCK_VERTICES;
    const last = Math.min(first + BLOCK_VERTICES, vertices);
    let most = 0;
    for (let vertex = first; vertex < last; vertex++) {
      most = Math.max(most, (starts[vertex + 1] as number) - (starts[vertex] as number));
    }
    longest = Math.max(longest, most);
    if (most > DEGREE_MAX) {
      view.setUint32(block * BLOCK_BYTES, BLOCK_WIDE + wide.length / (BLOCK_VERTICES + 1), true);
      for (let row = 0; row <= BLOCK_VERTICES; row++)
        wide.push(starts[Math.min(first + row, vertices)] as number);
      continue;
    }
    view.setUint32(block * BLOCK_BYTES, starts[first] as number, true);
    for (let vertex = first; vertex < last; vertex++) {
      degrees[block * BLOCK_BYTES + 4 + vertex - first] =
        (starts[vertex + 1] as number) - (starts[vertex] as number);
    }
  }
  return { degrees, wide: new Uint8Array(Uint32Array.from(wide).buffer), longest };
}

/** For every 256th entry the block of the vertex that owns it, and once more the last block. */
export function* encodeOwners(starts: Uint32Array): Slices<Uint8Array> {
  const vertices = starts.length - 1;
  const entries = starts[vertices] as number;
  const samples = new Uint32Array((entries >>> OWNERS_LOG2) + 2);
  let vertex = 0;
  for (let n = 0; n < samples.length; n++) {
    const entry = Math.min(n << OWNERS_LOG2, Math.max(entries - 1, 0));
    while (vertex < vertices - 1 && (starts[vertex + 1] as number) <= entry) {
      vertex++;
      if ((vertex & (4 * SLICE - 1)) === 0) yield;
    }
    samples[n] = Math.floor(vertex / BLOCK_VERTICES);
  }
  return new Uint8Array(samples.buffer);
}

/** Whether a list that ascends has a value twice. */
export function hasRepeats(starts: Uint32Array, values: Uint32Array): boolean {
  for (let vertex = 0; vertex + 1 < starts.length; vertex++) {
    const end = starts[vertex + 1] as number;
    for (let at = (starts[vertex] as number) + 1; at < end; at++)
      if (values[at] === values[at - 1]) return true;
  }
  return false;
}

/** The first value of a list as its distance from the vertex (sign in the lowest bit), the others as gaps. */
function gapCodes(starts: Uint32Array, values: Uint32Array, gapBase: number): Uint32Array {
  const codes = new Uint32Array(Math.ceil(values.length / 4) * 4);
  for (let vertex = 0; vertex + 1 < starts.length; vertex++) {
    const first = starts[vertex] as number;
    const end = starts[vertex + 1] as number;
    if (first === end) continue;
    const distance = (values[first] as number) - vertex;
    codes[first] = distance < 0 ? -2 * distance - 1 : 2 * distance;
    for (let at = first + 1; at < end; at++) {
      const gap = (values[at] as number) - (values[at - 1] as number) - gapBase;
      assert(gap >= 0, 'the list ascends');
      codes[at] = gap;
    }
  }
  return codes;
}

function groupWidths(codes: Uint32Array): { widthOf: Uint8Array; histogram: Float64Array; widest: number } {
  const widthOf = new Uint8Array(codes.length / 4);
  const histogram = new Float64Array(33);
  let widest = 0;
  for (let group = 0; group < widthOf.length; group++) {
    const at = 4 * group;
    // The widest of four numbers is as wide as all their bits together.
    const bits =
      (codes[at] as number) |
      (codes[at + 1] as number) |
      (codes[at + 2] as number) |
      (codes[at + 3] as number);
    const width = 32 - Math.clz32(bits);
    widthOf[group] = width;
    histogram[width] = (histogram[width] as number) + 1;
    widest = Math.max(widest, width);
  }
  return { widthOf, histogram, widest };
}

/** The 16 widths, ascending, with which groups take the least room: by dynamic programming over the widths there are. */
function chooseWidths(histogram: Float64Array): Uint8Array {
  let widest = 32;
  while (widest > 0 && histogram[widest] === 0) widest--;
  const count = Math.min(CODES, widest + 1);
  // least[k][w]: bits of the groups narrower than w in k widths, the last of them w - 1.
  const least: number[][] = [[0]];
  const from: number[][] = [[0]];
  for (let k = 1; k <= count; k++) {
    const row: number[] = [];
    const cut: number[] = [];
    for (let w = 1; w <= widest + 1; w++) {
      let groups = 0;
      for (let low = w - 1; low >= 0; low--) {
        groups += histogram[low] as number;
        const cost = (least[k - 1]?.[low] ?? Number.POSITIVE_INFINITY) + groups * (w - 1);
        if (cost < (row[w] ?? Number.POSITIVE_INFINITY)) {
          row[w] = cost;
          cut[w] = low;
        }
      }
    }
    least.push(row);
    from.push(cut);
  }
  const widths: number[] = [];
  for (let k = count, w = widest + 1; k > 0; k--) {
    widths.unshift(w - 1);
    w = from[k]?.[w] as number;
  }
  while (widths.length < CODES) widths.push(widest);
  return Uint8Array.from(widths);
}

function encodeGroups(
  codes: Uint32Array,
  widthOf: Uint8Array,
  widths: Uint8Array,
): { directory: Uint8Array; data: Uint8Array } {
  const codeOf = new Uint8Array(GROUP_WIDTH_MAX + 1);
  for (let width = 0; width <= GROUP_WIDTH_MAX; width++) {
    const code = widths.findIndex((each) => each >= width);
    codeOf[width] = code < 0 ? CODES - 1 : code;
  }
  const groups = widthOf.length;
  const chunks = Math.ceil(groups / CHUNK_GROUPS);
  let halfBytes = chunks;
  for (let group = 0; group < groups; group++)
    halfBytes += widths[codeOf[widthOf[group] as number] as number] as number;
  const directory = new Uint8Array(chunks * CHUNK_BYTES);
  const view = new DataView(directory.buffer);
  const data = new Uint8Array(Math.ceil(halfBytes / 2) + FIELD_SLACK);
  let bit = 0;
  for (let group = 0; group < groups; group++) {
    const chunk = Math.floor(group / CHUNK_GROUPS);
    const row = group - chunk * CHUNK_GROUPS;
    if (row === 0) {
      bit = Math.ceil(bit / 8) * 8;
      view.setUint32(chunk * CHUNK_BYTES, bit / 8, true);
    }
    const code = codeOf[widthOf[group] as number] as number;
    const at = chunk * CHUNK_BYTES + 4 + (row >> 1);
    directory[at] = (directory[at] as number) | (code << (4 * (row & 1)));
    const width = widths[code] as number;
    for (let lane = 0; lane < 4; lane++) {
      writeField(data, bit, width, codes[4 * group + lane] as number);
      bit += width;
    }
  }
  return { directory, data: data.subarray(0, Math.ceil(bit / 8) + FIELD_SLACK) };
}

/**
 * The tables by which SIMD unpacks groups of these widths. Four values of w bits begin at half byte 0 or 1 of the
 * loaded vector. The shuffle brings the bytes of each into its lane, the factor moves its lowest bit to bit 7 of the lane
 * (WASM shifts all lanes alike, but multiplies them apart), and the mask takes off what lies above after a shift by 7.
 */
export function groupTables(widths: Uint8Array): Uint8Array {
  const tables = new Uint8Array(TABLES_BYTES);
  const view = new DataView(tables.buffer);
  tables.set(widths);
  widths.forEach((width, code) => {
    for (let parity = 0; parity < 2; parity++) {
      const at = TABLES_GROUPS + code * TABLES_CODE_BYTES + parity * TABLES_PARITY_BYTES;
      for (let lane = 0; lane < 4; lane++) {
        const bit = 4 * parity + lane * width;
        const byte = bit >> 3;
        for (let n = 0; n < 4; n++) tables[at + 4 * lane + n] = byte + n < 16 ? byte + n : 0x80;
        view.setUint32(at + 16 + 4 * lane, 1 << (7 - (bit & 7)), true);
        view.setUint32(at + 32 + 4 * lane, (1 << width) - 1, true);
      }
    }
  });
  return tables;
}

/** Bits in which every vertex of so many has room. */
export function vertexWidth(vertices: number): number {
  return Math.max(1, bitsOf(Math.max(vertices - 1, 0)));
}
