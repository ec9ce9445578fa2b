import { ByteWriter } from '../../core/bytes.ts';
import { Sha256 } from '../../core/hash.ts';
import type { Value } from '../../core/types.ts';
import type { ContentHash } from './state-part.ts';
import { writeValue, writeValues } from './value-codec.ts';

const FLUSH_BYTES = 1 << 16;

/**
 * SHA-256 of a state's logical content: each value with its type and length, so that no two contents run together. Of
 * bags it takes the number of rows and the sum of their 128-bit hashes.
 */
export class ContentHasher implements ContentHash {
  readonly #hash = new Sha256();
  readonly #pending = new ByteWriter(FLUSH_BYTES * 2);
  readonly #row = new ByteWriter(256);

  text(value: string): void {
    this.#pending.u8(SECTION);
    this.#pending.text(value);
    this.#flushFull();
  }

  value(value: Value): void {
    writeValue(this.#pending, value);
    this.#flushFull();
  }

  row(values: readonly Value[]): void {
    this.#pending.u8(ROW);
    writeValues(this.#pending, values);
    this.#flushFull();
  }

  bag(fill: (add: (values: readonly Value[]) => void) => void): void {
    const sums = new Uint32Array(LANES);
    const encoded = this.#row;
    let rows = 0;
    fill((values) => {
      encoded.clear();
      writeValues(encoded, values);
      addHash(sums, encoded.written());
      rows++;
    });
    this.row([rows, ...sums]);
  }

  /** Ends the hash: 64 hexadecimal digits. */
  hex(): string {
    this.#flush();
    return this.#hash.hex();
  }

  #flushFull(): void {
    if (this.#pending.length >= FLUSH_BYTES) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#pending.written());
    this.#pending.clear();
  }
}

/** Marks that no value begins with. */
const SECTION = 100;
const ROW = 101;

const LANES = 4;

/** Adds a hash of the bytes to the sums: four lanes of 32 bits, mixed and ended as MurmurHash3 does (Appleby, public domain). */
function addHash(sums: Uint32Array, bytes: Uint8Array): void {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  let c = 0x1b873593;
  let d = 0x7f4a7c15;
  for (let at = 0; at < bytes.length; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    a = Math.imul(turned(a ^ word, 13), 0xcc9e2d51);
    b = Math.imul(turned(b ^ word, 15), 0x38b34ae5);
    c = Math.imul(turned(c ^ word, 11), 0xa1e38b93);
    d = Math.imul(turned(d ^ word, 17), 0x85ebca77);
  }
  sums[0] = (sums[0] as number) + ended(a ^ bytes.length);
  sums[1] = (sums[1] as number) + ended(b ^ bytes.length);
  sums[2] = (sums[2] as number) + ended(c ^ bytes.length);
  sums[3] = (sums[3] as number) + ended(d ^ bytes.length);
}

function turned(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function ended(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
