import { ByteReader, ByteWriter } from '../../../core/bytes.ts';
import { listBytes, mapBytes } from '../../../core/heap-bytes.ts';
import { corrupt } from './segment-file.ts';
import { SLICE, type Slices } from './slices.ts';

/** Edges that share a Map. One for all would end at 2^24 entries, which is the most that V8 lets a Map have. */
const CHUNK_LOG2 = 12;
/** What V8 takes for an integer beyond 53 bits, beside the Map's entry. */
const INTEGER_BYTES = 24;

/** The integers beyond 53 bits of a column by edge number, to be read. */
export interface ReadLargeIntegers extends Iterable<readonly [edge: number, value: bigint]> {
  readonly size: number;
  /** Bytes, about, on the engine's heap. */
  readonly bytes: number;
  get(edge: number): bigint | undefined;
}

/** Integers beyond 53 bits by edge number, however many; a chunk of 4,096 edges goes at once. */
export class LargeIntegers implements ReadLargeIntegers {
  private readonly chunks: (Map<number, bigint> | undefined)[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    let bytes = listBytes(this.chunks.length) + this.count * INTEGER_BYTES;
    for (const chunk of this.chunks) if (chunk !== undefined) bytes += mapBytes(chunk.size);
    return bytes;
  }

  get(edge: number): bigint | undefined {
    return this.chunks[edge >>> CHUNK_LOG2]?.get(edge);
  }

  set(edge: number, value: bigint): void {
    const place = edge >>> CHUNK_LOG2;
    let chunk = this.chunks[place];
    if (chunk === undefined) {
      chunk = new Map();
      this.chunks[place] = chunk;
    }
    const before = chunk.size;
    chunk.set(edge, value);
    this.count += chunk.size - before;
  }

  /** Lets go of those of the edge's chunk. */
  letGo(edge: number): void {
    const place = edge >>> CHUNK_LOG2;
    this.count -= this.chunks[place]?.size ?? 0;
    if (place < this.chunks.length) this.chunks[place] = undefined;
  }

  /** By chunk, within one as they came. */
  *[Symbol.iterator](): IterableIterator<readonly [edge: number, value: bigint]> {
    for (const chunk of this.chunks) if (chunk !== undefined) yield* chunk;
  }
}

/** The same for all columns that have none. */
export const NO_LARGE_INTEGERS: ReadLargeIntegers = new LargeIntegers();

/** The bytes of integers beyond 53 bits: their number, then edge and decimal digits of each. */
export function* writeLarge(large: ReadLargeIntegers): Slices<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const writer = new ByteWriter();
  writer.varint(large.size);
  let written = 0;
  for (const [edge, value] of large) {
    writer.u32(edge);
    writer.text(value.toString());
    if ((++written & (SLICE - 1)) !== 0) continue;
    pieces.push(writer.finish());
    writer.clear();
    yield;
  }
  pieces.push(writer.finish());
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const [n, piece] of pieces.entries()) {
    if ((n & (SLICE / 16 - 1)) === 0) yield;
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Reads what writeLarge wrote of so many edges. Throws SEGMENT_CORRUPT, and what cannot be read. */
export function readLarge(bytes: Uint8Array, edges: number): LargeIntegers {
  const reader = new ByteReader(bytes);
  const large = new LargeIntegers();
  for (let n = reader.varint(); n > 0; n--) {
    const edge = reader.u32();
    if (edge >= edges) throw corrupt(`an integer of edge ${edge} of ${edges}`);
    large.set(edge, BigInt(reader.text()));
  }
  return large;
}
