import { randomBytes } from 'node:crypto';

/** Crockford's base 32, as ULIDs are written. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ID_CHARS = 26;

/**
 * Ids of batches: ULIDs (github.com/ulid/spec), whose 80 random bits are 48 of this process's incarnation and a counter of 32.
 * Ids of one source ascend, also while the clock goes back; after a restart they differ from all before by the incarnation,
 * whatever the clock says: an id that is used again would make its batch be taken for one that is stored.
 */
export class BatchIds {
  readonly #nowMs: () => number;
  #incarnation = newIncarnation();
  #lastMs = 0;
  #count = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  next(): string {
    this.#lastMs = Math.max(this.#lastMs, this.#nowMs());
    if (this.#count === 0xffff_ffff) this.renew();
    this.#count++;
    return encode((BigInt(this.#lastMs) << 80n) | (this.#incarnation << 32n) | BigInt(this.#count));
  }

  /** Takes another incarnation: this one was found in use by someone else. Ids of the two do not ascend within a millisecond. */
  renew(): void {
    this.#incarnation = newIncarnation();
    this.#count = 0;
  }
}

function newIncarnation(): bigint {
  return BigInt(`0x${randomBytes(6).toString('hex')}`);
}

function encode(id: bigint): string {
  let text = '';
  for (let rest = id; text.length < ID_CHARS; rest >>= 5n) text = ALPHABET.charAt(Number(rest & 31n)) + text;
  return text;
}
