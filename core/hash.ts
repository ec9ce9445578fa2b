import { createHash } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** SHA-256 taken in pieces; equal concatenations of bytes give equal hashes. */
export class Sha256 {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends the hash: 64 hexadecimal digits. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** SHA-256 of the text's UTF-8 bytes: 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * A short name for the parts: the first 130 bits of the SHA-256 of them (each framed by its length), as 26
 * characters of lower-case base32 (RFC 4648).
 */
export function derivedId(parts: readonly (string | number)[]): string {
  let framed = '';
  for (const part of parts) {
    const text = String(part);
    framed += `${text.length}:${text}`;
  }
  const digest = createHash('sha256').update(framed, 'utf8').digest();
  let id = '';
  let pending = 0;
  let bits = 0;
  for (let n = 0; id.length < 26; n++) {
    pending = ((pending << 8) | (digest[n] as number)) & 0xfff;
    bits += 8;
    while (bits >= 5 && id.length < 26) {
      bits -= 5;
      id += BASE32[(pending >> bits) & 31];
    }
  }
  return id;
}
