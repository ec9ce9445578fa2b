import { ByteWriter } from '../../../core/bytes.ts';
import { VALUES_EDGES, VALUES_NEIGHBOURS } from '../../kernels/memory-layout.ts';
import { bitsOf } from './bit-fields.ts';
import { type ColumnCode, writeColumnCode, writeDictionary } from './column-input.ts';
import { encodeColumn, type EncodedColumn } from './edge-column.ts';
import { COLUMN_SECTIONS, EDGE_SECTIONS, LIST_SECTIONS, LIST_SECTIONS_OF } from './edge-sections.ts';
import { encodeLists, encodeOwners, type EncodedLists, vertexWidth } from './list-code.ts';
import { type Section, SEGMENT_KINDS, writeSegment } from './segment-file.ts';

/** Lists of all vertices: values starts[v] to starts[v + 1] - 1 are those of vertex v. */
export interface OrderedLists {
  readonly starts: Uint32Array;
  readonly values: Uint32Array;
}

/** Edges in the order of their numbers. Columns and in-lists are asked for one after the other, so that each can go before the next comes. */
export interface OrderedEdges {
  readonly vertices: number;
  /** The column that is the event time, or -1. */
  readonly eventTime: number;
  readonly outStarts: Uint32Array;
  readonly outValues: Uint32Array;
  readonly columns: readonly (() => { readonly code: ColumnCode; readonly codes: Float64Array })[];
  readonly into: () => OrderedLists;
}

/** The segment of edges whose order is decided: the same bytes for the same edges. */
export function assembleEdgeSegment(ordered: OrderedEdges): Uint8Array {
  const { vertices, eventTime, outStarts, outValues, columns } = ordered;
  const edges = outValues.length;
  const isTimed = eventTime >= 0;
  const hasColumns = columns.length > 0;
  const out = encodeLists(outStarts, outValues, !isTimed, vertexWidth(vertices));
  const sections: Section[] = [
    ...listSections(LIST_SECTIONS.out, out),
    ...(hasColumns ? [{ id: EDGE_SECTIONS.owners, bytes: encodeOwners(outStarts) }] : []),
  ];
  const codes: { code: ColumnCode; encoded: EncodedColumn }[] = [];
  columns.forEach((column, n) => {
    const { code, codes: numbers } = column();
    const encoded = encodeColumn(numbers);
    codes.push({ code, encoded });
    sections.push(...columnSections(n, code, encoded));
  });
  const inLists = ordered.into();
  const width = hasColumns ? Math.max(1, bitsOf(Math.max(edges - 1, 0))) : vertexWidth(vertices);
  const into = encodeLists(inLists.starts, inLists.values, !hasColumns, width);
  sections.push(...listSections(LIST_SECTIONS.in, into));
  const inValues = hasColumns ? VALUES_EDGES : VALUES_NEIGHBOURS;
  const about = { vertices, edges, eventTime, out, into, inValues, codes };
  sections.unshift({ id: EDGE_SECTIONS.about, bytes: aboutBytes(about) });
  return writeSegment(SEGMENT_KINDS.edges, sections);
}

function listSections(first: number, lists: EncodedLists): Section[] {
  return LIST_SECTIONS_OF.map((part, n) => ({ id: first + n, bytes: lists[part] }));
}

function columnSections(n: number, code: ColumnCode, encoded: EncodedColumn): Section[] {
  const first = COLUMN_SECTIONS.first + n * COLUMN_SECTIONS.each;
  const sections = [
    { id: first, bytes: encoded.data },
    { id: first + 1, bytes: encoded.aux },
    { id: first + 2, bytes: encoded.ranks },
  ];
  if (code.dictionary !== null) sections.push({ id: first + 3, bytes: writeDictionary(code.dictionary) });
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
