import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Seconds by which a message may be older or newer than this clock. */
const TOLERANCE_SECONDS = 300;

/**
 * Why a message is not to be trusted, in words; null where its signature is right. What a receiver has to do by
 * docs/webhooks.md (Standard Webhooks 1.0, "Verifying webhook authenticity"), written apart from what signs, so that it can
 * find that wrong. `secret` is `whsec_…`, `body` as it came, byte for byte.
 */
export function signatureFault(
  secret: string,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  nowSeconds: number,
): string | null {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return 'a header is missing';
  }
  if (!/^\d+$/.test(timestamp)) return 'its time is no number';
  if (Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return 'its time is not now';
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const matches = signatures.split(' ').some((each) => {
    const [version, encoded = ''] = each.split(',');
    const given = Buffer.from(encoded, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return matches ? null : 'no signature matches';
}
