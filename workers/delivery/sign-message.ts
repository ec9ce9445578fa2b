import { createHmac } from 'node:crypto';

/**
 * The headers that tell a receiver whose message it is (Standard Webhooks 1.0, "Webhook headers" and "Signature scheme"):
 * `webhook-signature` has one signature for each secret, in their order, so that a receiver that knows any of them is served.
 * Each is HMAC-SHA-256 over id, time and body.
 */
export function signMessage(
  secrets: readonly Uint8Array[],
  message: { readonly id: string; readonly atSeconds: number; readonly body: string },
): Readonly<Record<string, string>> {
  const { id, atSeconds, body } = message;
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', secret).update(`${id}.${atSeconds}.${body}`, 'utf8');
    return `v1,${hmac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(atSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
