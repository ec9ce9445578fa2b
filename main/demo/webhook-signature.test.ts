import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signatureFault } from './webhook-signature.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another secret, thirty-two bytes').toString('base64')}`;
const BODY = '{"type":"alert.raised","note":"Größe"}';
const NOW = 1_795_000_000;

/** Headers as the library of Standard Webhooks makes them. */
function headers(secret = SECRET, atSeconds = NOW): Record<string, string> {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(atSeconds),
    'webhook-signature': new Webhook(secret).sign('msg_1', new Date(atSeconds * 1000), BODY),
  };
}

function fault(given: Record<string, string>, body = BODY): string | null {
  return signatureFault(SECRET, given, Buffer.from(body), NOW);
}

describe('a signature', () => {
  it('as the published library makes it is right, also as one of two', () => {
    expect(fault(headers())).toBeNull();
    const both = `${headers(OTHER)['webhook-signature']} ${headers()['webhook-signature']}`;
    expect(fault({ ...headers(), 'webhook-signature': both })).toBeNull();
  });

  it.each([
    ['of another secret', headers(OTHER), BODY, 'no signature matches'],
    ['of another body', headers(), `${BODY} `, 'no signature matches'],
    ['of another id', { ...headers(), 'webhook-id': 'msg_2' }, BODY, 'no signature matches'],
    ['that is cut', { ...headers(), 'webhook-signature': 'v1,AAAA' }, BODY, 'no signature matches'],
    ['that is old', headers(SECRET, NOW - 301), BODY, 'its time is not now'],
    ['of the future', headers(SECRET, NOW + 301), BODY, 'its time is not now'],
    ['without a time', { ...headers(), 'webhook-timestamp': 'now' }, BODY, 'its time is no number'],
    ['that is not there', {}, BODY, 'a header is missing'],
  ])('%s is refused', (_, given, body, reason) => {
    expect(fault(given, body)).toBe(reason);
  });

  it('of another version is refused', () => {
    const other = headers()['webhook-signature']?.replace('v1,', 'v2,') ?? '';
    expect(fault({ ...headers(), 'webhook-signature': other })).toBe('no signature matches');
  });
});
