import { crc32 } from 'node:zlib';
import { RingwatchError } from '../../../core/errors.ts';
import { finish, type Slices } from './slices.ts';

/** "RWSG", little-endian. */
const MAGIC = 0x47535752;
const VERSION = 2;
/** Of the header, which holds checksums of all that follows. */
export const HEADER_BYTES = 32;
const ENTRY_BYTES = 16;
/** Sections begin at multiples of it, so that blocks of 32 bytes lie within one cache line. */
const ALIGNMENT = 32;
const SECTIONS_MAX = 4096;
const COPIED_AT_ONCE = 1 << 16;

/** What a segment holds. */
export const SEGMENT_KINDS = { edges: 1, coldEdges: 2, vertices: 3 } as const;
export type SegmentKind = (typeof SEGMENT_KINDS)[keyof typeof SEGMENT_KINDS];

/** A part of a segment: its number, unique in the segment, and its bytes. */
export interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** Where a section lies in the segment's bytes. */
export interface SectionPlace {
  readonly offset: number;
  readonly length: number;
}

/** A segment that was found whole. */
export interface SegmentFile {
  readonly kind: SegmentKind;
  readonly bytes: Uint8Array;
  readonly sections: ReadonlyMap<number, SectionPlace>;
}

/**
 * Puts sections together as a segment, little-endian throughout. Header of 32 bytes: "RWSG", version u16, kind u16, bytes in
 * all u32, number of sections u32, CRC-32 of the table of sections u32, CRC-32 of the header before this field u32,
 * zeros. Then the table, 16 bytes a section: id, CRC-32, offset, length, u32 each. Then the sections, in the table's
 * order, each at a multiple of 32, zeros between them.
 */
export function writeSegment(kind: SegmentKind, sections: readonly Section[]): Uint8Array {
  return finish(segmentInSlices(kind, sections));
}

/** The same in slices. */
export function* segmentInSlices(kind: SegmentKind, sections: readonly Section[]): Slices<Uint8Array> {
  let end = HEADER_BYTES + sections.length * ENTRY_BYTES;
  const places = sections.map(({ bytes }) => {
    const offset = aligned(end);
    end = offset + bytes.length;
    return offset;
  });
  const segment = new Uint8Array(aligned(end));
  const view = new DataView(segment.buffer);
  for (const [n, { id, bytes }] of sections.entries()) {
    const offset = places[n] as number;
    let sum = 0;
    for (let from = 0; from < bytes.length; from += COPIED_AT_ONCE) {
      const part = bytes.subarray(from, from + COPIED_AT_ONCE);
      segment.set(part, offset + from);
      sum = crc32(part, sum);
      yield;
    }
    const at = HEADER_BYTES + n * ENTRY_BYTES;
    view.setUint32(at, id, true);
    view.setUint32(at + 4, sum, true);
    view.setUint32(at + 8, offset, true);
    view.setUint32(at + 12, bytes.length, true);
  }
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, kind, true);
  view.setUint32(8, segment.length, true);
  view.setUint32(12, sections.length, true);
  view.setUint32(
    16,
    crc32(segment.subarray(HEADER_BYTES, HEADER_BYTES + sections.length * ENTRY_BYTES)),
    true,
  );
  view.setUint32(20, crc32(segment.subarray(0, 20)), true);
  return segment;
}

/** Reads what writeSegment wrote. `isOwn`: sections are not summed again. Throws SEGMENT_CORRUPT, SEGMENT_UNSUPPORTED. */
export function readSegment(bytes: Uint8Array, kind: SegmentKind, isOwn = false): SegmentFile {
  if (bytes.length < HEADER_BYTES) throw corrupt('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw corrupt('it does not begin as a segment does');
  if (view.getUint32(20, true) !== crc32(bytes.subarray(0, 20)))
    throw corrupt('the checksum of its header differs');
  const version = view.getUint16(4, true);
  if (version !== VERSION) throw new RingwatchError('SEGMENT_UNSUPPORTED', { what: `version ${version}` });
  if (view.getUint16(6, true) !== kind) {
    throw new RingwatchError('SEGMENT_UNSUPPORTED', {
      what: `kind ${view.getUint16(6, true)} where ${kind} is asked for`,
    });
  }
  if (view.getUint32(8, true) !== bytes.length)
    throw corrupt(`it has ${bytes.length} bytes and names ${view.getUint32(8, true)}`);
  const count = view.getUint32(12, true);
  const tableEnd = HEADER_BYTES + count * ENTRY_BYTES;
  if (count > SECTIONS_MAX || tableEnd > bytes.length) throw corrupt('its table of sections does not fit');
  if (view.getUint32(16, true) !== crc32(bytes.subarray(HEADER_BYTES, tableEnd))) {
    throw corrupt('the checksum of its table of sections differs');
  }
  const sections = new Map<number, SectionPlace>();
  let end = tableEnd;
  for (let at = HEADER_BYTES; at < tableEnd; at += ENTRY_BYTES) {
    const id = view.getUint32(at, true);
    const offset = view.getUint32(at + 8, true);
    const length = view.getUint32(at + 12, true);
    if (offset !== aligned(end) || offset + length > bytes.length || sections.has(id)) {
      throw corrupt(`section ${id} does not lie where it could`);
    }
    end = offset + length;
    if (!isOwn && crc32(bytes.subarray(offset, end)) !== view.getUint32(at + 4, true)) {
      throw corrupt(`the checksum of section ${id} differs`);
    }
    sections.set(id, { offset, length });
  }
  if (bytes.length !== aligned(end)) throw corrupt('something follows its last section');
  return { kind, bytes, sections };
}

/** The bytes of a section, not copied. Throws SEGMENT_CORRUPT where there is none. */
export function sectionBytes(file: SegmentFile, id: number): Uint8Array {
  const place = file.sections.get(id);
  if (place === undefined) throw corrupt(`it has no section ${id}`);
  return file.bytes.subarray(place.offset, place.offset + place.length);
}

/** The error for a segment whose bytes are not what was written. */
export function corrupt(reason: string): RingwatchError {
  return new RingwatchError('SEGMENT_CORRUPT', { reason });
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
