import { createHash } from 'node:crypto';
import type { Fingerprint } from './plan.ts';

/**
 * The fingerprint of a piece of plan: SHA-256 (FIPS 180-4) of its canonical JSON, in hex. Content only: object keys
 * are sorted, positions are not part of plans, `undefined` members are left out. Cost: linear in the content.
 */
export function fingerprintOf(content: unknown): Fingerprint {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** JSON with sorted keys, so that equal content is equal text. A bigint is written as `{"bigint":"…"}`. */
export function canonicalJson(content: unknown): string {
  if (typeof content === 'bigint') return `{"bigint":"${content}"}`;
  if (Array.isArray(content)) return `[${content.map(canonicalJson).join(',')}]`;
  if (typeof content === 'object' && content !== null) {
    const members = Object.entries(content)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, value]) => `${JSON.stringify(key)}:${canonicalJson(value)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(content) ?? 'null';
}
