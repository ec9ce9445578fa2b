import { SLICE, type Slices } from './slices.ts';

/** Bytes that follow packed fields, so that words can be loaded past the last one. */
export const FIELD_SLACK = 16;

/** Bits that a whole number >= 0 takes: 0 for 0. */
export function bitsOf(value: number): number {
  if (value < 0x1_0000_0000) return 32 - Math.clz32(value);
  return 64 - Math.clz32(Math.floor(value / 0x1_0000_0000));
}

/** Bytes of `count` fields of `width` bits, with what follows them. */
export function fieldBytes(count: number, width: number): number {
  return Math.ceil((count * width) / 8) + FIELD_SLACK;
}

/** Writes a field of at most 53 bits at bit number `bit` of zeroed bytes. Little-endian, lowest bit first. */
export function writeField(bytes: Uint8Array, bit: number, width: number, value: number): void {
  if (width > 24) {
    writeField(bytes, bit, 24, value % 0x1_00_0000);
    writeField(bytes, bit + 24, width - 24, Math.floor(value / 0x1_00_0000));
    return;
  }
  const at = Math.floor(bit / 8);
  const shift = bit - 8 * at;
  const shifted = value << shift;
  bytes[at] = (bytes[at] as number) | (shifted & 255);
  const end = shift + width;
  if (end <= 8) return;
  bytes[at + 1] = (bytes[at + 1] as number) | ((shifted >>> 8) & 255);
  if (end <= 16) return;
  bytes[at + 2] = (bytes[at + 2] as number) | ((shifted >>> 16) & 255);
  if (end > 24) bytes[at + 3] = (bytes[at + 3] as number) | (shifted >>> 24);
}

/** Reads what writeField wrote. */
export function readField(bytes: Uint8Array, bit: number, width: number): number {
  if (width > 24) {
    return readField(bytes, bit, 24) + 0x1_00_0000 * readField(bytes, bit + 24, width - 24);
  }
  const at = Math.floor(bit / 8);
  const shift = bit - 8 * at;
  const word =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24);
  return (word >>> shift) & ((1 << width) - 1);
}

/** Reads fields of one width in memory, from `address` on, a multiple of 4. */
export class FieldReader {
  private readonly memory: { readonly u8: Uint8Array; readonly u32: Uint32Array };
  private readonly address: number;
  private readonly width: number;
  private readonly mask: number;
  /** Whether bit numbers and fields are 32-bit integers: then a field is cut from two words. */
  private readonly isShort: boolean;

  constructor(
    memory: { readonly u8: Uint8Array; readonly u32: Uint32Array },
    address: number,
    width: number,
    count: number,
  ) {
    this.memory = memory;
    this.address = address;
    this.width = width;
    this.mask = width >= 32 ? -1 : (1 << width) - 1;
    this.isShort = width <= 32 && count * width < 0x7fff_ffff;
  }

  /** Field number n. */
  at(n: number): number {
    if (!this.isShort) return readField(this.memory.u8, 8 * this.address + n * this.width, this.width);
    const bit = Math.imul(n, this.width);
    const word = (this.address >>> 2) + (bit >>> 5);
    const shift = bit & 31;
    const { u32 } = this.memory;
    const low = (u32[word] as number) >>> shift;
    return ((low | (((u32[word + 1] as number) << 1) << (31 - shift))) & this.mask) >>> 0;
  }
}

/** The first `count` of the values, each in `width` bits. */
export function packFields(values: ArrayLike<number>, count: number, width: number): Uint8Array {
  const bytes = new Uint8Array(fieldBytes(count, width));
  if (width > 0) for (let n = 0; n < count; n++) writeField(bytes, n * width, width, values[n] as number);
  return bytes;
}

/** The same in slices. */
export function* packInSlices(values: ArrayLike<number>, count: number, width: number): Slices<Uint8Array> {
  const bytes = new Uint8Array(fieldBytes(count, width));
  if (width === 0) return bytes;
  for (let first = 0; first < count; first += SLICE) {
    const end = Math.min(first + SLICE, count);
    for (let n = first; n < end; n++) writeField(bytes, n * width, width, values[n] as number);
    yield;
  }
  return bytes;
}
