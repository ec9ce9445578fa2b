import { ByteReader, ByteWriter } from '../../../core/bytes.ts';
import { assert } from '../../../core/assert.ts';
import { bitsOf, FieldReader, fieldBytes, packFields, readField } from './bit-fields.ts';
import type { GraphMemory } from './graph-memory.ts';
import { encodeKeys, type KeyCode, KeyReader, type Keys } from './key-column.ts';
import { hashKeyInto, type KeyHash, numberHashHigh, numberHashLow } from './key-hash.ts';
import { bucketCount, buildPerfectHash, type PerfectHash, perfectSlot } from './perfect-hash.ts';
import {
  corrupt,
  readSegment,
  SEGMENT_KINDS,
  sectionBytes,
  type SegmentFile,
  writeSegment,
} from './segment-file.ts';

const ABOUT = 1;
const PILOTS = 2;
const MOVED = 3;
const ORDER = 4;
const KEY_DATA = 5;
const KEY_PLACES = 6;
/** Seeds tried before it is a bug. */
const SEEDS = 64;

/** Bytes of a vertex segment's parts. */
export interface VertexSegmentSizes {
  /** The perfect hash function: pilots, and slots that were moved. */
  readonly hash: number;
  /** From the hash function's numbers to the vertices', which are ordered for locality. */
  readonly order: number;
  readonly keys: number;
  readonly total: number;
}

/** A vertex segment for vertices with these keys, in the order of their numbers. Keys differ. */
export function buildVertexSegment(keys: Keys): Uint8Array {
  const count = keys.kind === 'numbers' ? keys.numbers.length : keys.texts.length;
  const { high, low, seed, hash } = hashKeys(keys, count);
  const slotWidth = bitsOf(Math.max(count - 1, 0));
  const order = new Uint32Array(count);
  const buckets = bucketCount(count);
  for (let vertex = 0; vertex < count; vertex++) {
    const slot = perfectSlot(
      hash.pilots,
      0,
      buckets,
      hash.slots,
      high[vertex] as number,
      low[vertex] as number,
    );
    order[slot < count ? slot : (hash.moved[slot - count] as number)] = vertex;
  }
  const { code, data, places } = encodeKeys(keys);
  const about = new ByteWriter();
  about.u32(count);
  about.u32(seed);
  about.u32(hash.slots);
  about.text(code.kind);
  about.f64(code.kind === 'numbers' ? code.least : 0);
  about.u32(code.width);
  about.text(code.kind === 'texts' ? code.prefix : '');
  about.text(code.kind === 'texts' ? code.alphabet : '');
  return writeSegment(SEGMENT_KINDS.vertices, [
    { id: ABOUT, bytes: about.finish() },
    { id: PILOTS, bytes: hash.pilots },
    { id: MOVED, bytes: packFields(hash.moved, hash.moved.length, slotWidth) },
    { id: ORDER, bytes: packFields(order, count, slotWidth) },
    { id: KEY_DATA, bytes: data },
    { id: KEY_PLACES, bytes: places },
  ]);
}

function hashKeys(
  keys: Keys,
  count: number,
): { high: Uint32Array; low: Uint32Array; seed: number; hash: PerfectHash } {
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  const one: KeyHash = { high: 0, low: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (let n = 0; n < count; n++) {
      hashKeyInto(
        one,
        keys.kind === 'numbers' ? (keys.numbers[n] as number) : (keys.texts[n] as string),
        seed,
      );
      high[n] = one.high;
      low[n] = one.low;
    }
    const hash = buildPerfectHash(high, low);
    if (hash !== null) return { high, low, seed, hash };
  }
  assert(false, 'some seed gives a perfect hash of keys that differ');
}

/** The vertices of a view in a GraphMemory: external key to number and back. Immutable. */
export class VertexSegment {
  readonly count: number;
  readonly sizes: VertexSegmentSizes;
  private readonly memory: GraphMemory;
  private readonly address: number;
  private readonly seed: number;
  private readonly slots: number;
  private readonly buckets: number;
  private readonly pilots: number;
  private readonly moved: FieldReader;
  private readonly order: FieldReader;
  private readonly isNumbers: boolean;
  private readonly keys: KeyReader;
  private readonly hash: KeyHash = { high: 0, low: 0 };

  /** Checks the bytes and copies them into the memory. Throws SEGMENT_CORRUPT, SEGMENT_UNSUPPORTED, GRAPH_MEMORY_FULL. */
  constructor(memory: GraphMemory, bytes: Uint8Array) {
    const file = readSegment(bytes, SEGMENT_KINDS.vertices);
    const about = readAbout(file);
    verify(file, about);
    this.memory = memory;
    this.count = about.count;
    this.seed = about.seed;
    this.slots = about.slots;
    this.buckets = bucketCount(about.count);
    this.address = memory.place(bytes);
    const at = (id: number): number => this.address + (file.sections.get(id)?.offset ?? 0);
    this.pilots = at(PILOTS);
    const slotWidth = bitsOf(Math.max(about.count - 1, 0));
    this.moved = new FieldReader(memory, at(MOVED), slotWidth, about.slots - about.count);
    this.order = new FieldReader(memory, at(ORDER), slotWidth, about.count);
    this.isNumbers = about.code.kind === 'numbers';
    this.keys = new KeyReader(about.code, memory, at(KEY_DATA), at(KEY_PLACES), about.count);
    const length = (id: number): number => file.sections.get(id)?.length ?? 0;
    this.sizes = {
      hash: length(PILOTS) + length(MOVED),
      order: length(ORDER),
      keys: length(KEY_DATA) + length(KEY_PLACES),
      total: bytes.length,
    };
  }

  /** The vertex with this key, or -1. Number keys are also found by their text. */
  find(key: number | string): number {
    if (typeof key === 'number') return this.isNumbers ? this.findNumber(key) : -1;
    if (!this.isNumbers) return this.findText(key);
    // '007' and ' 7' are no keys, though they read as 7.
    const number = Number(key);
    return String(number) === key ? this.findNumber(number) : -1;
  }

  private findNumber(key: number): number {
    if (this.count === 0) return -1;
    const vertex = this.vertexAt(numberHashHigh(key, this.seed), numberHashLow(key, this.seed));
    return this.keys.hasNumber(vertex, key) ? vertex : -1;
  }

  private findText(key: string): number {
    if (this.count === 0) return -1;
    hashKeyInto(this.hash, key, this.seed);
    const vertex = this.vertexAt(this.hash.high, this.hash.low);
    return this.keys.hasText(vertex, key) ? vertex : -1;
  }

  /** The vertex whose key has this hash, if one has. */
  private vertexAt(high: number, low: number): number {
    const slot = perfectSlot(this.memory.u8, this.pilots, this.buckets, this.slots, high, low);
    return this.order.at(slot < this.count ? slot : this.moved.at(slot - this.count));
  }

  /** The vertex's key. */
  key(vertex: number): number | string {
    return this.keys.key(vertex);
  }

  /** Gives its memory back. */
  release(): void {
    this.memory.release(this.address);
  }
}

interface About {
  readonly count: number;
  readonly seed: number;
  readonly slots: number;
  readonly code: KeyCode;
}

function readAbout(file: SegmentFile): About {
  const bytes = sectionBytes(file, ABOUT);
  try {
    const reader = new ByteReader(bytes);
    const count = reader.u32();
    const seed = reader.u32();
    const slots = reader.u32();
    const kind = reader.text();
    const least = reader.f64();
    const width = reader.u32();
    const prefix = reader.text();
    const alphabet = reader.text();
    if (reader.at !== bytes.length || (kind !== 'numbers' && kind !== 'texts') || width > 53) {
      throw corrupt('what it says of its keys does not fit');
    }
    return {
      count,
      seed,
      slots,
      code: kind === 'numbers' ? { kind, least, width } : { kind, prefix, alphabet, width },
    };
  } catch (error) {
    throw corrupt(
      `what it says of its keys cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Everything that lookups rely on: that all places are inside the sections. */
function verify(file: SegmentFile, { count, slots, code }: About): void {
  const width = bitsOf(Math.max(count - 1, 0));
  const lengthOf = (id: number): number => sectionBytes(file, id).length;
  if (slots < count || lengthOf(PILOTS) !== bucketCount(count))
    throw corrupt('the pilots have another number');
  if (lengthOf(MOVED) !== fieldBytes(slots - count, width))
    throw corrupt('the moved slots have another number');
  const order = sectionBytes(file, ORDER);
  if (order.length !== fieldBytes(count, width)) throw corrupt('the order has another size');
  const moved = sectionBytes(file, MOVED);
  for (let n = 0; n < slots - count; n++) {
    if (readField(moved, n * width, width) >= Math.max(count, 1)) throw corrupt('a slot was moved outside');
  }
  for (let n = 0; n < count; n++) {
    if (readField(order, n * width, width) >= count)
      throw corrupt('the order names a vertex that there is not');
  }
  const data = sectionBytes(file, KEY_DATA);
  if (code.kind === 'numbers') {
    if (data.length !== fieldBytes(count, code.width)) throw corrupt('the keys have another size');
    return;
  }
  verifyTexts(sectionBytes(file, KEY_PLACES), data, count, code.width, code.alphabet.length);
}

function verifyTexts(
  places: Uint8Array,
  data: Uint8Array,
  count: number,
  width: number,
  letters: number,
): void {
  if (places.length !== 4 * ((count >>> 4) + 1)) throw corrupt('the places of keys have another number');
  const view = new DataView(places.buffer, places.byteOffset, places.byteLength);
  const reader = new ByteReader(data);
  try {
    for (let n = 0; n < count; n++) {
      if ((n & 15) === 0 && view.getUint32(4 * (n >>> 4), true) !== reader.at)
        throw corrupt('keys begin elsewhere');
      const length = reader.varint();
      const bytes = reader.raw(width === 0 ? length : Math.ceil((length * width) / 8));
      if (width === 0) continue;
      const padded = Buffer.concat([bytes, Buffer.alloc(8)]);
      for (let at = 0; at < length; at++) {
        if (readField(padded, at * width, width) >= letters)
          throw corrupt('a key has a letter that there is not');
      }
    }
  } catch (error) {
    throw corrupt(`the keys cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (reader.at + 8 !== data.length) throw corrupt('the keys have another size');
}
