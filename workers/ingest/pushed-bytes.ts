import { assert } from '../../core/assert.ts';
import { type ByteInput, NOT_YET } from './byte-window.ts';

/** Bytes that somebody hands over, a chunk at a time: the next when the one before has been read. */
export class PushedBytes implements ByteInput {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #ended = false;

  /** The bytes stay the caller's until they are read. */
  push(chunk: Uint8Array): void {
    assert(this.#at === this.#chunk.length && !this.#ended, 'a chunk is read before the next one comes');
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** No further chunk will come. */
  end(): void {
    this.#ended = true;
  }

  read(target: Uint8Array, start: number, end: number): number {
    const count = Math.min(end - start, this.#chunk.length - this.#at);
    if (count === 0) return this.#ended ? 0 : NOT_YET;
    target.set(this.#chunk.subarray(this.#at, this.#at + count), start);
    this.#at += count;
    return count;
  }

  close(): void {
    this.#chunk = new Uint8Array(0);
    this.#at = 0;
  }
}
