import { describe, expect, it } from '@jest/globals';
import { OperatorIdentity } from './operator-identity.ts';
import { parseToken } from './token.ts';

function refused(host: string, nodeEnv: string | undefined): string {
  try {
    OperatorIdentity.embedded({ host, nodeEnv }, 0);
    return 'none';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}

describe('the embedded operator', () => {
  it('is there on loopback addresses only', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]']) {
      expect(refused(host, undefined)).toBe('none');
    }
    const open = [
      '0.0.0.0',
      '::',
      '',
      '10.0.0.1',
      '128.0.0.1',
      '127.0.0.1.example.org',
      'localhost.example.org',
    ];
    for (const host of open) expect(refused(host, undefined)).toBe('ADMIN_TOKEN_REFUSED');
  });

  it('is not there in production', () => {
    expect(refused('127.0.0.1', 'production')).toBe('ADMIN_TOKEN_REFUSED');
    expect(refused('127.0.0.1', 'development')).toBe('none');
  });

  it('has another token at each start, and takes its own only', () => {
    const one = OperatorIdentity.embedded({ host: '::1', nodeEnv: undefined }, 0);
    const two = OperatorIdentity.embedded({ host: '::1', nodeEnv: undefined }, 0);
    expect(one.token).toMatch(/^rwo_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}$/);
    const shown = parseToken(one.token);
    expect(shown && one.find(shown, 0)?.principal.kind).toBe('operator');
    expect(shown && two.find(shown, 0)).toBeNull();
  });
});
