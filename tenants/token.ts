import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a token is for: an API key, a session of the console, the operator. */
export type TokenKind = 'rw' | 'rws' | 'rwo';

/** A token in its parts: `rw_` + ULID + `_` + secret. */
export interface Token {
  readonly kind: TokenKind;
  /** The ULID, which names it openly. */
  readonly ulid: string;
  readonly text: string;
}

const PATTERN = /^(rw|rws|rwo)_([0-7][0-9A-HJKMNP-TV-Z]{25})_([A-Za-z0-9_-]{43})$/;

/** A new token with 256 bits of chance. */
export function newToken(kind: TokenKind, ulid: string): Token {
  return { kind, ulid, text: `${kind}_${ulid}_${randomBytes(32).toString('base64url')}` };
}

/** The token's parts, or null where the text is none. */
export function parseToken(text: string): Token | null {
  if (text.length > 80) return null;
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const [, kind, ulid] = match;
  return { kind: kind as TokenKind, ulid: ulid as string, text };
}

/** What is stored of a token: SHA-256 of its text. */
export function hashToken(token: Token): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token.text, 'utf8').digest());
}

/** Compares two hashes in a time that does not tell how much of them is equal. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
