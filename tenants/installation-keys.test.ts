import { describe, expect, it } from '@jest/globals';
import { InstallationKeys, isSigned } from './installation-keys.ts';

const keys = new InstallationKeys(new Uint8Array(32).fill(1));
const others = new InstallationKeys(new Uint8Array(32).fill(2));
const plaintext = new TextEncoder().encode('whsec_secret');

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}

describe('the keys of an installation', () => {
  it('open what they sealed, in its place', () => {
    const sealed = keys.seal('ten_1 endpoints end_1', plaintext);
    expect(keys.open('ten_1 endpoints end_1', sealed)).toEqual(plaintext);
    expect(new InstallationKeys(new Uint8Array(32).fill(1)).open('ten_1 endpoints end_1', sealed)).toEqual(
      plaintext,
    );
  });

  it('never seal alike', () => {
    expect(keys.seal('p', plaintext)).not.toEqual(keys.seal('p', plaintext));
  });

  it('open nothing that was moved, changed or sealed by others', () => {
    const sealed = keys.seal('ten_1 endpoints end_1', plaintext);
    expect(codeOf(() => keys.open('ten_2 endpoints end_1', sealed))).toBe('SECRET_UNREADABLE');
    expect(codeOf(() => others.open('ten_1 endpoints end_1', sealed))).toBe('SECRET_UNREADABLE');
    for (let n = 0; n < sealed.length; n++) {
      const changed = sealed.slice();
      changed[n] = (changed[n] as number) ^ 1;
      expect(codeOf(() => keys.open('ten_1 endpoints end_1', changed))).toBe('SECRET_UNREADABLE');
    }
    for (const length of [0, 1, 28]) {
      expect(codeOf(() => keys.open('p', sealed.slice(0, length)))).toBe('SECRET_UNREADABLE');
    }
  });

  it('mark texts as nobody else can', () => {
    const mark = keys.mark('text');
    expect(keys.isMark('text', mark)).toBe(true);
    for (const [text, wrong] of [
      ['texts', mark],
      ['text', others.mark('text')],
      ['text', ''],
      ['text', mark.slice(1)],
    ] as const) {
      expect(keys.isMark(text, wrong)).toBe(false);
    }
  });

  it('sign so that anyone can verify with the public key', () => {
    const signature = keys.sign('statement');
    expect(keys.publicKey).toContain('BEGIN PUBLIC KEY');
    expect(isSigned('statement', signature, keys.publicKey)).toBe(true);
    expect(isSigned('statement.', signature, keys.publicKey)).toBe(false);
    expect(isSigned('statement', signature, others.publicKey)).toBe(false);
    expect(isSigned('statement', 'nonsense', 'nonsense')).toBe(false);
  });
});
