import { assert, present } from '../../../core/assert.ts';
import {
  BLOCK_BYTES,
  BLOCK_VERTICES,
  BLOCK_WIDE,
  COLUMN_AUX,
  COLUMN_DATA,
  COLUMN_KIND,
  COLUMN_PACKED,
  COLUMN_PAGED,
  COLUMN_RANKS,
  COLUMN_WIDTH,
  FORM_PACKED,
  LISTS_DATA,
  LISTS_DEGREES,
  LISTS_EDGES,
  LISTS_FORM,
  LISTS_OWNERS,
  LISTS_VERTICES,
  LISTS_WIDE,
  LISTS_WIDTH,
  OWNERS_LOG2,
  PAGE_BYTES,
  PAGE_LOG2,
  RANKS_LOG2,
} from '../../kernels/memory-layout.ts';
import { FieldReader, readField } from './bit-fields.ts';
import type { GraphMemory } from './graph-memory.ts';
import { KeyReader } from './key-column.ts';
import type { EdgeSegment, SegmentColumn } from './open-edges.ts';

const HIGH = 0x1_0000_0000;

/** Reads packed lists of a segment entry by entry, one after the other or anywhere, without kernels. */
export class ListReader {
  /** The number of the first entry of the list opened last. */
  first = 0;
  private readonly memory: GraphMemory;
  private readonly vertices: number;
  private readonly degrees: number;
  private readonly wide: number;
  private readonly values: FieldReader;
  private readonly owners: number;

  /** `lists`: a record of the segment's. */
  constructor(memory: GraphMemory, lists: number) {
    const word = (at: number): number => memory.view.getUint32(lists + at, true);
    assert(word(LISTS_FORM) === FORM_PACKED, 'the lists are packed');
    this.memory = memory;
    this.vertices = word(LISTS_VERTICES);
    this.degrees = word(LISTS_DEGREES);
    this.wide = word(LISTS_WIDE);
    this.values = new FieldReader(memory, word(LISTS_DATA), word(LISTS_WIDTH), word(LISTS_EDGES));
    this.owners = word(LISTS_OWNERS);
  }

  /** Entries of the vertex; `first` is then the first one. */
  open(vertex: number): number {
    if (vertex >= this.vertices) return 0;
    const block = Math.floor(vertex / BLOCK_VERTICES);
    const row = vertex - block * BLOCK_VERTICES;
    const { u8, u32 } = this.memory;
    const place = this.degrees + block * BLOCK_BYTES;
    const before = u32[place >>> 2] as number;
    if (before >= BLOCK_WIDE) {
      const at = (this.wide >>> 2) + (before - BLOCK_WIDE) * (BLOCK_VERTICES + 1) + row;
      this.first = u32[at] as number;
      return (u32[at + 1] as number) - this.first;
    }
    let first = before;
    for (let at = place + 4; at < place + 4 + row; at++) first += u8[at] as number;
    this.first = first;
    return u8[place + 4 + row] as number;
  }

  /** The value of an entry. */
  value(entry: number): number {
    return this.values.at(entry);
  }

  /** The vertex whose list holds the entry; of out-lists. */
  ownerOf(entry: number): number {
    const { u8, u32 } = this.memory;
    let block = u32[(this.owners >>> 2) + (entry >>> OWNERS_LOG2)] as number;
    const last = Math.ceil(this.vertices / BLOCK_VERTICES) - 1;
    while (block < last && this.before(block + 1) <= entry) block++;
    const place = this.degrees + block * BLOCK_BYTES;
    const before = u32[place >>> 2] as number;
    let row = 0;
    if (before >= BLOCK_WIDE) {
      const at = (this.wide >>> 2) + (before - BLOCK_WIDE) * (BLOCK_VERTICES + 1);
      while ((u32[at + row + 1] as number) <= entry) row++;
      return block * BLOCK_VERTICES + row;
    }
    let end = before + (u8[place + 4] as number);
    while (end <= entry) end += u8[place + 4 + ++row] as number;
    return block * BLOCK_VERTICES + row;
  }

  private before(block: number): number {
    const { u32 } = this.memory;
    const before = u32[(this.degrees + block * BLOCK_BYTES) >>> 2] as number;
    if (before < BLOCK_WIDE) return before;
    return u32[(this.wide >>> 2) + (before - BLOCK_WIDE) * (BLOCK_VERTICES + 1)] as number;
  }
}

/** Reads the codes of a segment's column without kernels. */
export class ColumnReader {
  private readonly memory: GraphMemory;
  private readonly kind: number;
  private readonly data: number;
  /** Codes of one width, by edge or by run. */
  private readonly codes: FieldReader;
  private readonly aux: number;
  private readonly ranks: number;

  /** `column`: a record of a segment of so many edges. */
  constructor(memory: GraphMemory, column: number, edges: number) {
    const word = (at: number): number => memory.view.getUint32(column + at, true);
    this.memory = memory;
    this.kind = word(COLUMN_KIND);
    this.data = word(COLUMN_DATA);
    this.codes = new FieldReader(memory, this.data, word(COLUMN_WIDTH), edges);
    this.aux = word(COLUMN_AUX);
    this.ranks = word(COLUMN_RANKS);
  }

  /** The edge's code: a whole number of at most 53 bits. */
  code(edge: number): number {
    if (this.kind === COLUMN_PACKED) return this.codes.at(edge);
    const { u8 } = this.memory;
    if (this.kind === COLUMN_PAGED) {
      const { view } = this.memory;
      const page = this.aux + (edge >>> PAGE_LOG2) * PAGE_BYTES;
      const head = view.getUint32(page + 8, true);
      const width = head >>> 24;
      const least = view.getUint32(page + 4, true) + (head & 0xff_ffff) * HIGH;
      const row = edge & ((1 << PAGE_LOG2) - 1);
      return least + readField(u8, 8 * (this.data + view.getUint32(page, true)) + row * width, width);
    }
    let run = (this.memory.u32[(this.ranks >>> 2) + (edge >>> RANKS_LOG2)] as number) - 1;
    const from = (edge >>> RANKS_LOG2) << RANKS_LOG2;
    let at = this.aux + (from >>> 3);
    for (const stop = this.aux + (edge >>> 3); at < stop; at++) run += ONES[u8[at] as number] as number;
    run += ONES[(u8[at] as number) & (0xff >>> (7 - (edge & 7)))] as number;
    return this.codes.at(run);
  }
}

/** Bits that are set in a byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let bits = byte; bits > 0; bits >>= 1) ones += bits & 1;
  return ones;
});

/** Reads the values of a segment's column: numbers, and texts by place. */
export class CellReader {
  readonly column: SegmentColumn;
  /** Its texts by place: of a dictionary, or an edge's own by its number. Null for numbers. */
  readonly texts: { text(place: number): string; has(place: number, text: string): boolean } | null;
  private readonly codes: ColumnReader;
  private readonly numbers: Float64Array | null;

  constructor(memory: GraphMemory, segment: EdgeSegment, n: number) {
    this.column = present(segment.about.columns[n], 'a column of the segment');
    this.codes = new ColumnReader(memory, segment.column(n), segment.about.edges);
    this.texts = textsOf(memory, segment, n, this.column);
    const { dictionary, type } = this.column;
    this.numbers =
      dictionary !== null && type !== 'text' ? new Float64Array(dictionary.length).fill(Number.NaN) : null;
  }

  /** The edge's number, NaN for NULL; of a column of texts the place. */
  cell(edge: number): number {
    const { nulls, least, step, type } = this.column;
    const code = this.codes.code(edge);
    if (nulls === 1 && code === 0) return Number.NaN;
    if (this.texts === null) return (code - nulls) * step + least;
    const place = this.column.texts === null ? code - nulls : edge;
    if (type === 'text') return place;
    if (this.numbers === null) return Number(this.texts.text(place));
    let number = this.numbers[place] as number;
    // Read once, when it is asked for first.
    if (Number.isNaN(number)) {
      number = Number(this.texts.text(place));
      this.numbers[place] = number;
    }
    return number;
  }
}

function textsOf(
  memory: GraphMemory,
  segment: EdgeSegment,
  n: number,
  { dictionary, texts }: SegmentColumn,
): CellReader['texts'] {
  if (dictionary !== null) {
    return {
      text: (place) => present(dictionary[place], 'a text of the dictionary'),
      has: (place, text) => dictionary[place] === text,
    };
  }
  if (texts === null) return null;
  const { data, places } = segment.texts(n);
  const reader = new KeyReader(texts, memory, data, places, segment.about.edges);
  return { text: (place) => reader.key(place) as string, has: (place, text) => reader.hasText(place, text) };
}
