import { present } from '../../../core/assert.ts';
import { ByteReader } from '../../../core/bytes.ts';
import { tupleBytes } from '../../../core/heap-bytes.ts';
import {
  COLUMN_AUX,
  COLUMN_BYTES,
  COLUMN_DATA,
  COLUMN_KIND,
  COLUMN_RANKS,
  COLUMN_WIDTH,
  FORM_GROUPS,
  LISTS_BYTES,
  LISTS_DATA,
  LISTS_DEGREES,
  LISTS_DIRECTORY,
  LISTS_EDGES,
  LISTS_FORM,
  LISTS_GAP_BASE,
  LISTS_LONGEST,
  LISTS_NUMBERED_BY,
  LISTS_OWNERS,
  LISTS_TABLES,
  LISTS_VALUES,
  LISTS_VERTICES,
  LISTS_WIDE,
  LISTS_WIDTH,
  VALUES_EDGES,
  VALUES_NEIGHBOURS,
} from '../../kernels/memory-layout.ts';
import { type ColumnCode, readColumnCode, readDictionary } from './column-input.ts';
import { COLUMN_PARTS, COLUMN_SECTIONS, COLUMNS_MAX, EDGE_SECTIONS, LIST_SECTIONS } from './edge-sections.ts';
import type { GraphMemory } from './graph-memory.ts';
import { verifyTexts } from './key-column.ts';
import { NO_LARGE_INTEGERS, type ReadLargeIntegers, readLarge } from './large-integers.ts';
import { groupTables } from './list-code.ts';
import {
  corrupt,
  HEADER_BYTES,
  readSegment,
  SEGMENT_KINDS,
  sectionBytes,
  type SegmentFile,
} from './segment-file.ts';
import {
  type ListsToVerify,
  verifyColumn,
  verifyInValues,
  verifyLists,
  verifyOwners,
} from './verify-edges.ts';

/** How the lists of one direction are encoded. */
export interface ListsAbout {
  readonly form: number;
  readonly width: number;
  readonly gapBase: number;
  readonly longest: number;
  readonly widths: Uint8Array;
}

/** What an edge segment says of itself. */
export interface EdgesAbout {
  readonly vertices: number;
  readonly edges: number;
  /** The column that is the event time, or -1. */
  readonly eventTime: number;
  /** One of VALUES_…: what the in-lists hold. */
  readonly inValues: number;
  readonly out: ListsAbout;
  readonly into: ListsAbout;
  readonly columns: readonly SegmentColumn[];
}

/** How a column is read. */
export interface SegmentColumn extends ColumnCode {
  readonly kind: number;
  readonly width: number;
  /** Integers beyond 53 bits by edge number. */
  readonly large: ReadLargeIntegers;
}

/** Bytes of a segment's parts. */
export interface EdgeSegmentSizes {
  readonly out: number;
  readonly into: number;
  /** Of these, what leads to where a vertex's list begins. */
  readonly offsets: { readonly out: number; readonly into: number };
  /** What leads from an edge to its source. */
  readonly owners: number;
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
  /** All, with header, table of sections and what aligns them. */
  readonly total: number;
}

const CODES = 16;

/** What is known of a column of a segment that was just made. */
export interface OwnColumn {
  readonly dictionary: readonly string[] | null;
  readonly large: ReadLargeIntegers;
}

/** What is known of a segment that was just made. */
export interface OwnSegment {
  /** Where its bytes lie in the memory already, the segment's from now on; 0: they are still to be copied. */
  readonly address: number;
  /** What its columns have on the engine's heap, which is not read from the bytes again. */
  readonly columns: readonly OwnColumn[];
}

/** An edge segment in a GraphMemory, ready for kernels. Immutable. */
export class EdgeSegment {
  readonly about: EdgesAbout;
  readonly sizes: EdgeSegmentSizes;
  /** The records of its lists, for kernels. */
  readonly out: number;
  readonly into: number;
  private readonly memory: GraphMemory;
  private readonly file: Pick<SegmentFile, 'sections'>;
  private readonly address: number;
  private readonly records: number;
  private recordBytes = 0;
  private dictionaryBytes = -1;

  /**
   * Checks all of the bytes and copies them into the memory. Throws SEGMENT_CORRUPT, SEGMENT_UNSUPPORTED and
   * GRAPH_MEMORY_FULL. `own`: this process has just made the bytes, so that they are taken as they are.
   */
  constructor(memory: GraphMemory, bytes: Uint8Array, own: OwnSegment | null = null) {
    const file = readSegment(bytes, SEGMENT_KINDS.edges, own !== null);
    this.about = readAbout(file, own?.columns ?? null);
    if (own === null) verifySegment(file, this.about);
    this.memory = memory;
    // Not the bytes: where they are is in the memory.
    this.file = { sections: file.sections };
    this.sizes = sizesOf(file, this.about);
    this.address = own === null || own.address === 0 ? memory.place(bytes) : own.address;
    this.out = 0;
    this.into = 0;
    try {
      const tables =
        this.about.out.form === FORM_GROUPS ? groupTables(this.about.out.widths) : new Uint8Array(0);
      const inTables =
        this.about.into.form === FORM_GROUPS ? groupTables(this.about.into.widths) : new Uint8Array(0);
      const columnsAt = 2 * LISTS_BYTES;
      const tablesAt = columnsAt + this.about.columns.length * COLUMN_BYTES;
      this.recordBytes = tablesAt + tables.length + inTables.length;
      this.records = memory.allocate(this.recordBytes);
      this.out = this.records;
      this.into = this.records + LISTS_BYTES;
      memory.u8.set(tables, this.records + tablesAt);
      memory.u8.set(inTables, this.records + tablesAt + tables.length);
      this.describeLists(file, LIST_SECTIONS.out, this.about.out, this.out, this.records + tablesAt);
      this.describeLists(
        file,
        LIST_SECTIONS.in,
        this.about.into,
        this.into,
        this.records + tablesAt + tables.length,
      );
      this.describeColumns(file);
    } catch (error) {
      memory.release(this.address);
      throw error;
    }
  }

  /** A column's texts and the places among them: addresses. */
  texts(n: number): { readonly data: number; readonly places: number } {
    const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
    const at = (section: number): number =>
      this.address + present(this.file.sections.get(section), 'a section of texts').offset;
    return { data: at(first + COLUMN_PARTS.texts), places: at(first + COLUMN_PARTS.places) };
  }

  /** The bytes as they were written; not a copy. */
  get bytes(): Uint8Array {
    return this.memory.u8.subarray(this.address, this.address + this.sizes.total);
  }

  /** The same, without this counting as a look at its memory. */
  get restingBytes(): Uint8Array {
    return this.memory.bytesAt(this.address, this.sizes.total);
  }

  /**
   * Gives its memory, which holds nothing else, back to the system; the next look at it has `read` fill the bytes, and checks
   * them: where they are not what was there, or cannot be read, it throws what `lost` makes of the reason, and nobody sees them.
   */
  rest(read: (into: Uint8Array) => void, lost: (cause: unknown) => Error): void {
    const { memory, address, records, recordBytes, sizes } = this;
    const kept = memory.u8.slice(records, records + recordBytes);
    // It holds the checksum of the table of sections, which holds those of the sections.
    const header = memory.u8.slice(address, address + HEADER_BYTES);
    memory.rest(() => {
      const bytes = memory.u8.subarray(address, address + sizes.total);
      try {
        read(bytes);
        if (Buffer.compare(header, bytes.subarray(0, HEADER_BYTES)) !== 0) throw corrupt('it is another one');
        readSegment(bytes, SEGMENT_KINDS.edges);
      } catch (cause) {
        throw lost(cause);
      }
      memory.u8.set(kept, records);
    });
  }

  /** The record of a column, for kernels. */
  column(n: number): number {
    return this.records + 2 * LISTS_BYTES + n * COLUMN_BYTES;
  }

  /** Bytes, about, of the dictionaries of its columns, which are texts and numbers of the engine's heap. */
  get heapBytes(): number {
    if (this.dictionaryBytes < 0) {
      this.dictionaryBytes = 0;
      for (const { dictionary, type } of this.about.columns) {
        if (dictionary === null) continue;
        // Numbers of those that are read as numbers are kept beside.
        this.dictionaryBytes += tupleBytes(dictionary) + (type === 'text' ? 0 : 8 * dictionary.length);
      }
    }
    return this.dictionaryBytes;
  }

  /** Gives its memory back. */
  release(): void {
    this.memory.release(this.records);
    this.memory.release(this.address);
  }

  private describeLists(
    file: SegmentFile,
    first: number,
    about: ListsAbout,
    record: number,
    tables: number,
  ): void {
    const { view } = this.memory;
    const set = (field: number, value: number): void => view.setUint32(record + field, value, true);
    const at = (section: number): number => this.address + (file.sections.get(section)?.offset ?? 0);
    set(LISTS_VERTICES, this.about.vertices);
    set(LISTS_EDGES, this.about.edges);
    set(LISTS_DEGREES, at(first));
    set(LISTS_WIDE, at(first + 1));
    set(LISTS_DIRECTORY, at(first + 2));
    set(LISTS_DATA, at(first + 3));
    set(LISTS_FORM, about.form);
    set(LISTS_TABLES, tables);
    set(LISTS_WIDTH, about.width);
    set(LISTS_GAP_BASE, about.gapBase);
    set(LISTS_LONGEST, about.longest);
    const isIn = first === LIST_SECTIONS.in;
    set(LISTS_VALUES, isIn ? this.about.inValues : VALUES_NEIGHBOURS);
    set(LISTS_NUMBERED_BY, isIn ? this.out : 0);
    set(LISTS_OWNERS, at(EDGE_SECTIONS.owners));
  }

  private describeColumns(file: SegmentFile): void {
    const { view } = this.memory;
    this.about.columns.forEach((column, n) => {
      const record = this.column(n);
      const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
      const set = (field: number, value: number): void => view.setUint32(record + field, value, true);
      const at = (section: number): number => this.address + (file.sections.get(section)?.offset ?? 0);
      set(COLUMN_KIND, column.kind);
      set(COLUMN_WIDTH, column.width);
      set(COLUMN_DATA, at(first));
      set(COLUMN_AUX, at(first + 1));
      set(COLUMN_RANKS, at(first + 2));
    });
  }
}

function readAbout(file: SegmentFile, own: readonly OwnColumn[] | null): EdgesAbout {
  const bytes = sectionBytes(file, EDGE_SECTIONS.about);
  try {
    const reader = new ByteReader(bytes);
    const vertices = reader.u32();
    const edges = reader.u32();
    const eventTime = reader.u32() - 1;
    const inValues = reader.u32();
    const [out, into] = [readLists(reader), readLists(reader)];
    const count = reader.u32();
    if (count > COLUMNS_MAX) throw corrupt(`it names ${count} columns`);
    const columns = Array.from({ length: count }, (_, n) =>
      readColumn(reader, file, n, edges, own?.[n] ?? null),
    );
    if (reader.at !== bytes.length || eventTime >= count)
      throw corrupt('what it says of itself does not fit');
    return { vertices, edges, eventTime, inValues, out, into, columns };
  } catch (error) {
    // Whatever a reader says of bytes that are not what was written.
    throw corrupt(
      `what it says of itself cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function readLists(reader: ByteReader): ListsAbout {
  return {
    form: reader.u32(),
    width: reader.u32(),
    gapBase: reader.u32(),
    longest: reader.u32(),
    widths: reader.raw(CODES).slice(),
  };
}

function readColumn(
  reader: ByteReader,
  file: SegmentFile,
  n: number,
  edges: number,
  own: OwnColumn | null,
): SegmentColumn {
  const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
  const code = readColumnCode(
    reader,
    () => own?.dictionary ?? readDictionary(sectionBytes(file, first + COLUMN_PARTS.dictionary)),
  );
  const large = own?.large ?? largeOf(file, first + COLUMN_PARTS.large, edges);
  return { ...code, kind: reader.u32(), width: reader.u32(), large };
}

function largeOf(file: SegmentFile, section: number, edges: number): ReadLargeIntegers {
  return file.sections.has(section) ? readLarge(sectionBytes(file, section), edges) : NO_LARGE_INTEGERS;
}

/** Everything that kernels rely on, whatever wrote the bytes. */
function verifySegment(file: SegmentFile, about: EdgesAbout): void {
  const { vertices, edges } = about;
  const lists = (first: number, how: ListsAbout): ListsToVerify => ({
    ...how,
    degrees: sectionBytes(file, first),
    wide: sectionBytes(file, first + 1),
    directory: sectionBytes(file, first + 2),
    data: sectionBytes(file, first + 3),
  });
  const hasOwners = file.sections.has(EDGE_SECTIONS.owners);
  verifyInValues(about.inValues, hasOwners);
  const starts = verifyLists('out', lists(LIST_SECTIONS.out, about.out), vertices, edges, vertices);
  if (hasOwners) verifyOwners(sectionBytes(file, EDGE_SECTIONS.owners), starts);
  const inEnd = about.inValues === VALUES_EDGES ? edges : vertices;
  verifyLists('in', lists(LIST_SECTIONS.in, about.into), vertices, edges, inEnd);
  about.columns.forEach((column, n) => {
    const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
    const [data, aux, ranks] = [0, 1, 2].map((part) => sectionBytes(file, first + part)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    verifyColumn(column.name, { kind: column.kind, width: column.width, data, aux, ranks }, edges);
    if (column.texts !== null) {
      const { texts, places } = COLUMN_PARTS;
      verifyTexts(column.texts, sectionBytes(file, first + texts), sectionBytes(file, first + places), edges);
    }
  });
}

function sizesOf(file: SegmentFile, about: EdgesAbout): EdgeSegmentSizes {
  const length = (id: number): number => file.sections.get(id)?.length ?? 0;
  const ofLists = (first: number): number =>
    length(first) + length(first + 1) + length(first + 2) + length(first + 3);
  return {
    out: ofLists(LIST_SECTIONS.out),
    into: ofLists(LIST_SECTIONS.in),
    offsets: {
      out: ofLists(LIST_SECTIONS.out) - length(LIST_SECTIONS.out + 3),
      into: ofLists(LIST_SECTIONS.in) - length(LIST_SECTIONS.in + 3),
    },
    owners: length(EDGE_SECTIONS.owners),
    columns: about.columns.map(({ name }, n) => ({
      name,
      bytes:
        ofLists(COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each) +
        ofLists(COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each + COLUMN_PARTS.texts),
    })),
    total: file.bytes.length,
  };
}
