import { ByteWriter } from '../../core/bytes.ts';
import { Sha256 } from '../../core/hash.ts';
import type { Value } from '../../core/types.ts';
import type { ContentHash } from './state-part.ts';
import { writeValue, writeValues } from './value-codec.ts';

const FLUSH_BYTES = 1 << 16;

/** SHA-256 of a state's logical content: each value with its type and length, so that no two contents run together. */
export class ContentHasher implements ContentHash {
  readonly #hash = new Sha256();
  readonly #pending = new ByteWriter(FLUSH_BYTES * 2);

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
