import {
  BLOCK_BYTES,
  BLOCK_VERTICES,
  BLOCK_WIDE,
  CHUNK_BYTES,
  CHUNK_GROUPS,
  COLUMN_PACKED,
  COLUMN_PAGED,
  COLUMN_RUNS,
  FORM_GROUPS,
  FORM_PACKED,
  PAGE_BYTES,
  PAGE_LOG2,
  RANKS_LOG2,
  VALUES_EDGES,
  VALUES_NEIGHBOURS,
} from '../../kernels/memory-layout.ts';
import { FIELD_SLACK, fieldBytes, readField } from './bit-fields.ts';
import { CODE_BITS_MAX } from './edge-column.ts';
import { finish } from './slices.ts';
import { encodeOwners } from './list-code.ts';
import { corrupt } from './segment-file.ts';

/** How one direction's lists are encoded, and their sections. */
export interface ListsToVerify {
  readonly form: number;
  readonly width: number;
  readonly gapBase: number;
  readonly longest: number;
  readonly widths: Uint8Array;
  readonly degrees: Uint8Array;
  readonly wide: Uint8Array;
  readonly directory: Uint8Array;
  readonly data: Uint8Array;
}

/** A column's encoding and sections. */
export interface ColumnToVerify {
  readonly kind: number;
  readonly width: number;
  readonly data: Uint8Array;
  readonly aux: Uint8Array;
  readonly ranks: Uint8Array;
}

/**
 * Holds lists against everything that kernels rely on: that all places are inside the sections, that degrees add up, and that
 * every value is less than `valuesEnd`. After it no kernel reads outside the segment, whatever the bytes are. Where each
 * vertex's entries begin. Throws SEGMENT_CORRUPT.
 */
export function verifyLists(
  what: string,
  lists: ListsToVerify,
  vertices: number,
  edges: number,
  valuesEnd: number,
): Uint32Array {
  const fail = (reason: string): never => {
    throw corrupt(`the ${what}-lists: ${reason}`);
  };
  const starts = readStarts(lists, vertices, fail);
  if (starts[vertices] !== edges) fail(`they have ${starts[vertices]} entries, and there are ${edges} edges`);
  let longest = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    longest = Math.max(longest, (starts[vertex + 1] as number) - (starts[vertex] as number));
  }
  if (longest !== lists.longest) fail('the longest has another length');
  if (lists.form === FORM_PACKED) verifyPacked(lists, edges, valuesEnd, fail);
  else if (lists.form === FORM_GROUPS) verifyGroups(lists, starts, valuesEnd, fail);
  else fail(`there is no form ${lists.form}`);
  return starts;
}

/** Holds the owners' samples against where lists begin. Throws SEGMENT_CORRUPT. */
export function verifyOwners(owners: Uint8Array, starts: Uint32Array): void {
  if (Buffer.compare(owners, finish(encodeOwners(starts))) !== 0)
    throw corrupt('the owners of edges are others');
}

/** What the in-lists may hold: VALUES_…, and edges only where there are owners. Throws SEGMENT_CORRUPT. */
export function verifyInValues(inValues: number, hasOwners: boolean): void {
  if (inValues === VALUES_NEIGHBOURS || (inValues === VALUES_EDGES && hasOwners)) return;
  throw corrupt('the in-lists hold what cannot be read');
}

function readStarts(lists: ListsToVerify, vertices: number, fail: (reason: string) => never): Uint32Array {
  const { degrees, wide } = lists;
  const blocks = Math.ceil(vertices / BLOCK_VERTICES);
  if (degrees.length !== blocks * BLOCK_BYTES) fail('the degrees have another size');
  const view = viewOf(degrees);
  const wideView = viewOf(wide);
  const wideBlocks = wide.length / (4 * (BLOCK_VERTICES + 1));
  const starts = new Uint32Array(vertices + 1);
  let count = 0;
  for (let block = 0; block < blocks; block++) {
    const first = block * BLOCK_VERTICES;
    const before = view.getUint32(block * BLOCK_BYTES, true);
    const isWide = before >= BLOCK_WIDE;
    const row = before - BLOCK_WIDE;
    if (isWide && row >= wideBlocks) fail(`block ${block} of degrees points outside`);
    if ((isWide ? wideView.getUint32(4 * row * (BLOCK_VERTICES + 1), true) : before) !== count) {
      fail(`block ${block} of degrees begins elsewhere`);
    }
    for (let n = 0; n < BLOCK_VERTICES; n++) {
      const degree = isWide
        ? wideView.getUint32(4 * (row * (BLOCK_VERTICES + 1) + n + 1), true) - count
        : (degrees[block * BLOCK_BYTES + 4 + n] as number);
      if (degree < 0) fail(`block ${block} of degrees descends`);
      count += degree;
      if (first + n < vertices) starts[first + n + 1] = count;
      else if (degree !== 0) fail('there are degrees without vertices');
    }
  }
  return starts;
}

function verifyPacked(
  lists: ListsToVerify,
  edges: number,
  valuesEnd: number,
  fail: (reason: string) => never,
): void {
  const { width, data } = lists;
  if (width < 1 || width > 32) fail(`${width} bits are no width`);
  if (data.length !== fieldBytes(edges, width)) fail('their values have another size');
  for (let edge = 0; edge < edges; edge++) {
    if (readField(data, edge * width, width) >= valuesEnd) fail(`value ${edge} is too great`);
  }
}

function verifyGroups(
  lists: ListsToVerify,
  starts: Uint32Array,
  valuesEnd: number,
  fail: (reason: string) => never,
): void {
  const { widths, directory, data, gapBase } = lists;
  const edges = starts[starts.length - 1] as number;
  const groups = Math.ceil(edges / 4);
  const chunks = Math.ceil(groups / CHUNK_GROUPS);
  for (const width of widths) if (width > 25) fail(`${width} bits are no width`);
  if (gapBase > 1) fail('the least gap is neither 0 nor 1');
  if (directory.length !== chunks * CHUNK_BYTES) fail('the directory has another size');
  const places = groupPlaces(lists, groups, fail);
  for (let vertex = 0; vertex + 1 < starts.length; vertex++) {
    let value = vertex;
    const first = starts[vertex] as number;
    const end = starts[vertex + 1] as number;
    for (let edge = first; edge < end; edge++) {
      const group = edge >>> 2;
      const width = widths[codeAt(directory, group)] as number;
      const code = readField(data, (places[group] as number) + (edge & 3) * width, width);
      if (edge > first) value += code + gapBase;
      else value += (code & 1) === 0 ? code / 2 : -(code + 1) / 2;
      if (value < 0 || value >= valuesEnd) fail(`value ${edge} is out of range`);
    }
  }
}

function codeAt(directory: Uint8Array, group: number): number {
  const chunk = Math.floor(group / CHUNK_GROUPS);
  const row = group - chunk * CHUNK_GROUPS;
  const byte = directory[chunk * CHUNK_BYTES + 4 + (row >> 1)] as number;
  return (row & 1) === 0 ? byte & 15 : byte >> 4;
}

/** The bit at which each group begins, and that the directory and the size of the data agree. */
function groupPlaces(lists: ListsToVerify, groups: number, fail: (reason: string) => never): Float64Array {
  const { widths, directory, data } = lists;
  const view = viewOf(directory);
  const places = new Float64Array(groups);
  let bit = 0;
  for (let group = 0; group < groups; group++) {
    if (group % CHUNK_GROUPS === 0) {
      bit = Math.ceil(bit / 8) * 8;
      const chunk = group / CHUNK_GROUPS;
      if (view.getUint32(chunk * CHUNK_BYTES, true) !== bit / 8) fail(`chunk ${chunk} begins elsewhere`);
    }
    places[group] = bit;
    bit += 4 * (widths[codeAt(directory, group)] as number);
  }
  if (data.length !== Math.ceil(bit / 8) + FIELD_SLACK) fail('the groups have another size');
  return places;
}

/** Holds a column against everything that kernels rely on. Throws SEGMENT_CORRUPT. */
export function verifyColumn(name: string, column: ColumnToVerify, edges: number): void {
  const fail = (reason: string): never => {
    throw corrupt(`the column ${name}: ${reason}`);
  };
  const { kind, width, data, aux, ranks } = column;
  if (width > CODE_BITS_MAX) fail(`${width} bits are no width`);
  if (kind === COLUMN_PACKED) {
    if (data.length !== fieldBytes(edges, width)) fail('its codes have another size');
  } else if (kind === COLUMN_RUNS) verifyRuns(width, data, aux, ranks, edges, fail);
  else if (kind === COLUMN_PAGED) verifyPages(data, aux, edges, fail);
  else fail(`there is no kind ${kind}`);
}

function verifyRuns(
  width: number,
  data: Uint8Array,
  aux: Uint8Array,
  ranks: Uint8Array,
  edges: number,
  fail: (reason: string) => never,
): void {
  if (aux.length !== 8 * Math.ceil(edges / 64)) fail('its runs have another size');
  if (ranks.length !== 4 * ((edges >>> RANKS_LOG2) + 1)) fail('the counts of its runs have another size');
  const view = viewOf(ranks);
  let runs = 0;
  for (let edge = 0; edge < edges; edge++) {
    if ((edge & ((1 << RANKS_LOG2) - 1)) === 0 && view.getUint32(4 * (edge >>> RANKS_LOG2), true) !== runs) {
      fail('its runs are counted wrongly');
    }
    runs += ((aux[edge >>> 3] as number) >> (edge & 7)) & 1;
    if (runs === 0) fail('its first run does not begin with the first edge');
  }
  if (data.length !== fieldBytes(runs, width)) fail('its codes have another size');
}

function verifyPages(
  data: Uint8Array,
  aux: Uint8Array,
  edges: number,
  fail: (reason: string) => never,
): void {
  const pages = Math.ceil(edges / (1 << PAGE_LOG2));
  if (aux.length !== pages * PAGE_BYTES) fail('its pages have another number');
  const view = viewOf(aux);
  let bytes = 0;
  for (let page = 0; page < pages; page++) {
    const width = view.getUint32(page * PAGE_BYTES + 8, true) >>> 24;
    const rows = Math.min(1 << PAGE_LOG2, edges - page * (1 << PAGE_LOG2));
    if (width > CODE_BITS_MAX) fail(`${width} bits are no width`);
    if (view.getUint32(page * PAGE_BYTES, true) !== bytes) fail(`page ${page} begins elsewhere`);
    bytes += Math.ceil((rows * width) / 8);
  }
  if (data.length !== bytes + FIELD_SLACK) fail('its codes have another size');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
