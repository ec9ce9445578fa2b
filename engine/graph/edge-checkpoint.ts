import { StateReader, StateWriter } from './state-bytes.ts';
import type { EdgeShard } from './delta/edge-shard.ts';

/** Edges of the delta in one entry of a checkpoint. */
export const CHUNK_LOG2 = 12;
const CHUNK_ROWS = 1 << CHUNK_LOG2;
/** Edges of the segment whose removal stands in one entry. */
export const REMOVED_LOG2 = 15;
/** Bytes of the segment in one entry. */
const PART_BYTES = 1 << 20;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the entries of a checkpoint hold: parts of the segment, removed edges of it, edges of the delta, removed ones of these. */
export type EntryKind = 's' | 'r' | 'x' | 'd';

/** The key of an entry. */
export function entryKey(kind: EntryKind, table: number, number: number): string {
  return `${kind}/${table.toString().padStart(4, '0')}/${number.toString(16).padStart(8, '0')}`;
}

/** The segment in parts; not copied. */
export function* segmentParts(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
}

/** The parts of a segment together. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The edges of a chunk of the delta: ends, times, columns. */
export function writeChunk(shard: EdgeShard, chunk: number): Uint8Array {
  const first = shard.segmentEdges + chunk * CHUNK_ROWS;
  const rows = Math.min(CHUNK_ROWS, shard.segmentEdges + shard.liveEdges - first);
  const writer = new StateWriter();
  writer.u32(rows);
  const ends = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) ends[row] = shard.edgeSource(first + row);
  writer.array(ends, rows);
  for (let row = 0; row < rows; row++) ends[row] = shard.edgeDestination(first + row);
  writer.array(ends, rows);
  const cells = new Float64Array(rows);
  shard.columns.forEach(({ type }, column) => {
    for (let row = 0; row < rows; row++) cells[row] = shard.cellOf(first + row, column);
    if (type === 'text') writeTexts(writer, shard, column, cells);
    else writer.array(cells, rows);
    writeLarge(writer, shard, column, first, cells);
  });
  return writer.finish();
}

/** Lengths, -1 for NULL, then the bytes of all. */
function writeTexts(writer: StateWriter, shard: EdgeShard, column: number, cells: Float64Array): void {
  const lengths = new Int32Array(cells.length).fill(-1);
  const texts: string[] = [];
  for (const cell of cells) if (!Number.isNaN(cell)) texts.push(shard.textOf(column, cell));
  const bytes = new Uint8Array(3 * texts.reduce((units, text) => units + text.length, 0));
  let [end, next] = [0, 0];
  for (let row = 0; row < cells.length; row++) {
    if (Number.isNaN(cells[row])) continue;
    const { written } = encoder.encodeInto(texts[next++] as string, bytes.subarray(end));
    lengths[row] = written;
    end += written;
  }
  writer.array(lengths, lengths.length);
  writer.array(bytes, end);
}

function writeLarge(
  writer: StateWriter,
  shard: EdgeShard,
  column: number,
  first: number,
  cells: Float64Array,
): void {
  const rows: number[] = [];
  if (shard.columns[column]?.type !== 'text' && shard.hasLarge(column)) {
    cells.forEach((cell, row) => {
      if (Number.isNaN(cell) && shard.largeOf(first + row, column) !== null) rows.push(row);
    });
  }
  writer.u32(rows.length);
  for (const row of rows) {
    writer.u32(row);
    writer.value(shard.largeOf(first + row, column));
  }
}

/** Puts the edges of a chunk into the delta; `tick` gives the position of each. */
export function readChunk(shard: EdgeShard, bytes: Uint8Array, tick: () => number): void {
  const reader = new StateReader(bytes);
  const rows = reader.u32();
  const sources = new Uint32Array(rows);
  const destinations = new Uint32Array(rows);
  reader.array(sources, rows);
  reader.array(destinations, rows);
  const large: { column: number; row: number; value: bigint }[] = [];
  const columns = shard.columns.map(({ type }, column) => {
    const cells = type === 'text' ? readTexts(reader, shard, column, rows) : new Float64Array(rows);
    if (type !== 'text') reader.array(cells, rows);
    for (let n = reader.u32(); n > 0; n--)
      large.push({ column, row: reader.u32(), value: reader.value() as bigint });
    return cells;
  });
  const first = shard.segmentEdges + shard.liveEdges;
  const values = new Float64Array(columns.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns.length; column++)
      values[column] = (columns[column] as Float64Array)[row] as number;
    shard.insert(sources[row] as number, destinations[row] as number, values, tick());
  }
  for (const { column, row, value } of large) shard.setLarge(first + row, column, value);
}

function readTexts(reader: StateReader, shard: EdgeShard, column: number, rows: number): Float64Array {
  const lengths = new Int32Array(rows);
  reader.array(lengths, rows);
  const cells = new Float64Array(rows).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    const length = lengths[row] as number;
    if (length < 0) continue;
    cells[row] = shard.textPlace(column, decoder.decode(reader.raw(length)));
  }
  return cells;
}

/** Which of the edges from `first` on were removed, a bit each. */
export function removedBits(shard: EdgeShard, first: number, end: number): Uint8Array {
  const bits = new Uint8Array((end - first + 7) >> 3);
  for (let edge = first; edge < end; edge++) {
    const at = (edge - first) >> 3;
    if (shard.isGone(edge)) bits[at] = (bits[at] as number) | (1 << ((edge - first) & 7));
  }
  return bits;
}

/** Calls `visit` with the number of each bit that is set. */
export function forEachBit(bits: Uint8Array, visit: (bit: number) => void): void {
  bits.forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit++) if (((byte >> bit) & 1) === 1) visit(8 * at + bit);
  });
}
