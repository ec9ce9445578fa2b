import { assert, present, unreachable } from '../../core/assert.ts';
import { normalise } from '../../core/integer.ts';
import type { Value } from '../../core/types.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** One entry of a graph's checkpoint. */
export interface StateEntry {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Writes the entries of a graph's checkpoint: little-endian, typed arrays as they lie in memory. */
export class StateWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  text(value: string): void {
    const encoded = encoder.encode(value);
    this.u32(encoded.length);
    this.raw(encoded);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The first `count` elements of a typed array. */
  array(values: Int32Array | Uint32Array | Float64Array | Uint8Array, count: number): void {
    this.raw(new Uint8Array(values.buffer, values.byteOffset, count * values.BYTES_PER_ELEMENT));
  }

  value(value: Value): void {
    switch (typeof value) {
      case 'number':
        this.u8(3);
        this.f64(value);
        return;
      case 'string':
        this.u8(5);
        this.text(value);
        return;
      case 'boolean':
        this.u8(value ? 2 : 1);
        return;
      case 'bigint':
        this.u8(4);
        this.text(value.toString());
        return;
      case 'object':
        this.u8(0);
        return;
      default:
        unreachable(value);
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.length;
  }

  /** What was written so far; a copy. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
    this.view = new DataView(wider.buffer);
  }
}

/** Reads what StateWriter wrote. The bytes were checked by the store; a mismatch here is a bug. */
export class StateReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  u8(): number {
    return present(this.bytes[this.at++], 'checkpoint byte');
  }

  u32(): number {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  f64(): number {
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  text(): string {
    return decoder.decode(this.raw(this.u32()));
  }

  /** A view of the next bytes, not a copy. */
  raw(count: number): Uint8Array {
    assert(this.at + count <= this.bytes.length, 'checkpoint entry is whole');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** Fills the first `count` elements of `into`. */
  array(into: Int32Array | Uint32Array | Float64Array | Uint8Array, count: number): void {
    const size = count * into.BYTES_PER_ELEMENT;
    new Uint8Array(into.buffer, into.byteOffset, size).set(this.raw(size));
  }

  value(): Value {
    const tag = this.u8();
    switch (tag) {
      case 0:
        return null;
      case 1:
        return false;
      case 2:
        return true;
      case 3:
        return this.f64();
      case 4:
        return normalise(BigInt(this.text()));
      default:
        assert(tag === 5, 'known tag of a value');
        return this.text();
    }
  }
}
