import { present } from '../../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../../core/bytes.ts';
import { assembleEdgeSegment, type OrderedEdges, type OrderedLists } from './assemble-edges.ts';
import { coldColumnKind, codeColumn } from './cold-column.ts';
import { ColdLists } from './cold-lists.ts';
import {
  type ColumnCode,
  readColumnCode,
  readDictionary,
  writeColumnCode,
  writeDictionary,
} from './column-input.ts';
import { COLUMN_SECTIONS, COLUMNS_MAX } from './edge-sections.ts';
import { hasRepeats } from './list-code.ts';
import { inListsOf, timeKeys } from './ordered-edges.ts';
import { type BitCoder, RangeDecoder, RangeEncoder } from './range-coder.ts';
import {
  corrupt,
  readSegment,
  type Section,
  SEGMENT_KINDS,
  sectionBytes,
  type SegmentFile,
  writeSegment,
} from './segment-file.ts';

const ABOUT = 1;
const LISTS = 2;
const TIES = 3;
/** A decision costs at least a 700th of a bit, and a list or an entry takes six and more. */
const ENTRIES_A_BYTE_MAX = 2048;

/**
 * The edges of a segment at rest: smaller, and read as a whole only. Out-lists and columns are coded by a model that learns
 * as it goes; in-lists are what follows from them, and hold only the order of edges of one time. `hotEdgeSegment` gives
 * the very bytes of the hot segment back.
 */
export function coldEdgeSegment(edges: OrderedEdges): Uint8Array {
  const { vertices, eventTime, outStarts, outValues } = edges;
  const isTimed = eventTime >= 0;
  const gapBase = isTimed || hasRepeats(outStarts, outValues) ? 0 : 1;
  const about = new ByteWriter();
  for (const number of [vertices, outValues.length, eventTime + 1, gapBase, edges.columns.length])
    about.u32(number);
  const encoder = new RangeEncoder();
  codeLists(encoder, vertices, gapBase, isTimed, outStarts, outValues);
  const sections: Section[] = [{ id: LISTS, bytes: encoder.finish() }];
  edges.columns.forEach((column, n) => {
    const { code, codes } = column();
    const kind = coldColumnKind(codes);
    writeColumnCode(about, code);
    about.u32(kind);
    const coder = new RangeEncoder();
    codeColumn(coder, kind, outStarts, codes);
    const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
    sections.push({ id: first, bytes: coder.finish() });
    if (code.dictionary !== null) sections.push({ id: first + 3, bytes: writeDictionary(code.dictionary) });
    if (n !== eventTime) return;
    const keys = timeKeys(code, codes);
    const ties = new RangeEncoder();
    codeOrder(ties, keys, inListsOf(outStarts, outValues, true, keys), edges.into());
    sections.push({ id: TIES, bytes: ties.finish() });
  });
  return writeSegment(SEGMENT_KINDS.coldEdges, [{ id: ABOUT, bytes: about.finish() }, ...sections]);
}

/** The hot segment that became this one. Throws SEGMENT_CORRUPT, SEGMENT_UNSUPPORTED. */
export function hotEdgeSegment(bytes: Uint8Array): Uint8Array {
  return assembleEdgeSegment(readColdEdges(bytes));
}

/** The edges of a cold segment. Columns and in-lists are decoded when they are asked for. Throws as hotEdgeSegment does. */
export function readColdEdges(bytes: Uint8Array): OrderedEdges {
  const file = readSegment(bytes, SEGMENT_KINDS.coldEdges);
  const about = readAbout(file);
  const { vertices, edges, eventTime, gapBase, columns } = about;
  const lists = sectionBytes(file, LISTS);
  if (vertices + edges > ENTRIES_A_BYTE_MAX * lists.length) throw corrupt('it is too short for its edges');
  const outStarts = new Uint32Array(vertices + 1);
  const outValues = new Uint32Array(edges);
  const decoder = new RangeDecoder(lists);
  codeLists(decoder, vertices, gapBase, eventTime >= 0, outStarts, outValues);
  decoder.finish();
  const codesOf = (n: number): Float64Array => {
    const codes = new Float64Array(edges);
    const coder = new RangeDecoder(sectionBytes(file, COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each));
    codeColumn(coder, present(columns[n]).kind, outStarts, codes);
    coder.finish();
    return codes;
  };
  return {
    vertices,
    eventTime,
    outStarts,
    outValues,
    columns: columns.map(({ code }, n) => () => ({ code, codes: codesOf(n) })),
    into: () => {
      if (eventTime < 0) return inListsOf(outStarts, outValues, columns.length > 0, null);
      const keys = timeKeys(present(columns[eventTime]).code, codesOf(eventTime));
      const derived = inListsOf(outStarts, outValues, true, keys);
      const into = { starts: derived.starts, values: derived.values.slice() };
      const ties = new RangeDecoder(sectionBytes(file, TIES));
      codeOrder(ties, keys, derived, into);
      ties.finish();
      return into;
    },
  };
}

/** Bytes of a cold segment's parts. */
export interface ColdSizes {
  /** Degrees and out-lists, from which in-lists follow. */
  readonly lists: number;
  /** The order of edges of one time in the in-lists. */
  readonly ties: number;
  readonly columns: number;
  readonly total: number;
}

/** How large the parts of a cold segment are. Throws SEGMENT_CORRUPT, SEGMENT_UNSUPPORTED. */
export function coldSizes(bytes: Uint8Array): ColdSizes {
  const sizes = { lists: 0, ties: 0, columns: 0 };
  for (const [id, { length }] of readSegment(bytes, SEGMENT_KINDS.coldEdges).sections) {
    if (id === LISTS) sizes.lists += length;
    else if (id === TIES) sizes.ties += length;
    else if (id >= COLUMN_SECTIONS.first) sizes.columns += length;
  }
  return { ...sizes, total: bytes.length };
}

function codeLists(
  coder: BitCoder,
  vertices: number,
  gapBase: number,
  isTimed: boolean,
  starts: Uint32Array,
  values: Uint32Array,
): void {
  if (vertices === 0) {
    if (values.length > 0) throw corrupt('it has edges and no vertices');
    return;
  }
  const lists = new ColdLists(coder);
  lists.codeStarts(starts, values.length);
  if (isTimed) lists.codeOthers(starts, values);
  else lists.codeAscending(starts, values, gapBase);
}

/** The order of in-lists' edges of one time: an encoder takes it from `into`, a decoder puts it there. */
function codeOrder(coder: BitCoder, keys: Float64Array, derived: OrderedLists, into: OrderedLists): void {
  const lists = new ColdLists(coder);
  const { starts, values } = derived;
  for (let vertex = 0; vertex + 1 < starts.length; vertex++) {
    const end = starts[vertex + 1] as number;
    for (let first = starts[vertex] as number, last = first; first < end; first = last) {
      const key = keys[values[first] as number];
      for (last = first + 1; last < end && keys[values[last] as number] === key; ) last++;
      if (last - first > 1) codeTies(lists, values.subarray(first, last), into.values.subarray(first, last));
    }
  }
}

/** `ascending`: the edges of one time as they are numbered; `actual`: as they arrived. */
function codeTies(lists: ColdLists, ascending: Uint32Array, actual: Uint32Array): void {
  const order = new Uint32Array(actual.length);
  if (actual.some((edge, n) => edge !== ascending[n])) {
    const placeOf = new Map([...ascending].map((edge, n) => [edge, n]));
    actual.forEach((edge, n) => {
      order[n] = present(placeOf.get(edge));
    });
  } else for (let n = 0; n < order.length; n++) order[n] = n;
  lists.codeTies(order);
  order.forEach((place, n) => {
    actual[n] = ascending[place] as number;
  });
}

interface About {
  readonly vertices: number;
  readonly edges: number;
  readonly eventTime: number;
  readonly gapBase: number;
  readonly columns: readonly { readonly code: ColumnCode; readonly kind: number }[];
}

function readAbout(file: SegmentFile): About {
  const bytes = sectionBytes(file, ABOUT);
  try {
    const reader = new ByteReader(bytes);
    const vertices = reader.u32();
    const edges = reader.u32();
    const eventTime = reader.u32() - 1;
    const gapBase = reader.u32();
    const count = reader.u32();
    if (count > COLUMNS_MAX || eventTime >= count || gapBase > 1)
      throw corrupt('what it says of itself does not fit');
    const columns = Array.from({ length: count }, (_, n) => {
      const code = readColumnCode(reader, () =>
        readDictionary(sectionBytes(file, COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each + 3)),
      );
      return { code, kind: reader.u32() };
    });
    if (reader.at !== bytes.length) throw corrupt('what it says of itself does not fit');
    return { vertices, edges, eventTime, gapBase, columns };
  } catch (error) {
    // Whatever a reader says of bytes that are not what was written.
    throw corrupt(
      `what it says of itself cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
