import { ByteWriter } from '../../../core/bytes.ts';
import { VALUES_EDGES, VALUES_NEIGHBOURS } from '../../kernels/memory-layout.ts';
import { bitsOf } from './bit-fields.ts';
import { type ColumnCode, writeColumnCode, writeDictionary } from './column-input.ts';
import { encodeColumn, type EncodedColumn } from './edge-column.ts';
import {
  COLUMN_PARTS,
  COLUMN_SECTIONS,
  EDGE_SECTIONS,
  LIST_SECTIONS,
  LIST_SECTIONS_OF,
} from './edge-sections.ts';
import { type ReadLargeIntegers, writeLarge } from './large-integers.ts';
import { encodeLists, encodeOwners, type EncodedLists, vertexWidth } from './list-code.ts';
import { type Section, SEGMENT_KINDS, segmentInSlices } from './segment-file.ts';
import { finish, oneSlice, type Slices } from './slices.ts';

/** Lists of all vertices: values starts[v] to starts[v + 1] - 1 are those of vertex v. */
export interface OrderedLists {
  readonly starts: Uint32Array;
  readonly values: Uint32Array;
}

/** A column by edge number. */
export interface OrderedColumn {
  readonly code: ColumnCode;
  readonly codes: Float64Array;
  /** With `code.texts`: the texts and the places among them. */
  readonly texts?: { readonly data: Uint8Array; readonly places: Uint8Array };
  /** Integers beyond 53 bits by edge number; their codes are of no meaning. */
  readonly large?: ReadLargeIntegers;
}

/** Edges in the order of their numbers. Columns and in-lists are asked for one after the other, so that each can go before the next comes. */
export interface OrderedEdges {
  readonly vertices: number;
  /** The column that is the event time, or -1. */
  readonly eventTime: number;
  readonly outStarts: Uint32Array;
  readonly outValues: Uint32Array;
  readonly columns: readonly (() => OrderedColumn)[];
  /** Lists keep their order and edges can be told apart also without times and columns. */
  readonly keepsOrder?: boolean;
  readonly into: () => OrderedLists;
}

/** The segment of edges whose order is decided: the same bytes for the same edges. */
export function assembleEdgeSegment(ordered: OrderedEdges): Uint8Array {
  return finish(
    assembleInSlices({
      ...ordered,
      columns: ordered.columns.map((column) => () => oneSlice(column)),
      into: () => oneSlice(ordered.into),
    }),
  );
}

/** OrderedEdges whose columns and in-lists are made in slices. */
export interface SlicedEdges extends Omit<OrderedEdges, 'columns' | 'into'> {
  readonly columns: readonly (() => Slices<OrderedColumn>)[];
  readonly into: () => Slices<OrderedLists>;
}

/** The same in slices. */
export function* assembleInSlices(ordered: SlicedEdges): Slices<Uint8Array> {
  const { vertices, eventTime, outStarts, outValues, columns } = ordered;
  const edges = outValues.length;
  const isOrdered = eventTime >= 0 || ordered.keepsOrder === true;
  const hasColumns = columns.length > 0 || ordered.keepsOrder === true;
  const out = yield* encodeLists(outStarts, outValues, !isOrdered, vertexWidth(vertices));
  const sections: Section[] = [
    ...listSections(LIST_SECTIONS.out, out),
    ...(hasColumns ? [{ id: EDGE_SECTIONS.owners, bytes: yield* encodeOwners(outStarts) }] : []),
  ];
  const codes: { code: ColumnCode; encoded: EncodedColumn }[] = [];
  for (const [n, column] of columns.entries()) {
    const one = yield* column();
    const encoded = yield* encodeColumn(one.codes);
    codes.push({ code: one.code, encoded });
    sections.push(...(yield* columnSections(n, one, encoded)));
  }
  const inLists = yield* ordered.into();
  const width = hasColumns ? Math.max(1, bitsOf(Math.max(edges - 1, 0))) : vertexWidth(vertices);
  const into = yield* encodeLists(inLists.starts, inLists.values, !hasColumns, width);
  sections.push(...listSections(LIST_SECTIONS.in, into));
  const inValues = hasColumns ? VALUES_EDGES : VALUES_NEIGHBOURS;
  const about = { vertices, edges, eventTime, out, into, inValues, codes };
  sections.unshift({ id: EDGE_SECTIONS.about, bytes: aboutBytes(about) });
  return yield* segmentInSlices(SEGMENT_KINDS.edges, sections);
}

function listSections(first: number, lists: EncodedLists): Section[] {
  return LIST_SECTIONS_OF.map((part, n) => ({ id: first + n, bytes: lists[part] }));
}

function* columnSections(n: number, column: OrderedColumn, encoded: EncodedColumn): Slices<Section[]> {
  const { code, texts, large } = column;
  const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
  const sections = [
    { id: first, bytes: encoded.data },
    { id: first + 1, bytes: encoded.aux },
    { id: first + 2, bytes: encoded.ranks },
  ];
  const { dictionary, texts: textsAt, places, large: largeAt } = COLUMN_PARTS;
  if (code.dictionary !== null)
    sections.push({ id: first + dictionary, bytes: writeDictionary(code.dictionary) });
  if (texts !== undefined)
    sections.push({ id: first + textsAt, bytes: texts.data }, { id: first + places, bytes: texts.places });
  if (large !== undefined && large.size > 0)
    sections.push({ id: first + largeAt, bytes: yield* writeLarge(large) });
  return sections;
}

interface About {
  readonly vertices: number;
  readonly edges: number;
  readonly eventTime: number;
  readonly out: EncodedLists;
  readonly into: EncodedLists;
  readonly inValues: number;
  readonly codes: readonly { readonly code: ColumnCode; readonly encoded: EncodedColumn }[];
}

/** The section that says how to read the others; open-edges.ts reads it. */
function aboutBytes(about: About): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(about.vertices);
  writer.u32(about.edges);
  writer.u32(about.eventTime + 1);
  writer.u32(about.inValues);
  for (const lists of [about.out, about.into]) {
    writer.u32(lists.form);
    writer.u32(lists.width);
    writer.u32(lists.gapBase);
    writer.u32(lists.longest);
    writer.raw(lists.widths);
  }
  writer.u32(about.codes.length);
  for (const { code, encoded } of about.codes) {
    writeColumnCode(writer, code);
    writer.u32(encoded.kind);
    writer.u32(encoded.width);
  }
  return writer.finish();
}
