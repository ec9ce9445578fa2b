import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { assert } from '../core/assert.ts';
import { RingwatchError } from '../core/errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The first byte of what is sealed: how. */
const AES_256_GCM = 1;

/** An Ed25519 private key of 32 bytes as PKCS #8 (RFC 8410, section 7) begins so. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The keys of the installation, all derived (HKDF-SHA-256) from the one secret in DIR/secret.key: what encrypts secrets
 * at rest, what signs audit heads, what marks cursors, what processes know each other by. Who has a copy of the catalog without that file reads no secret.
 */
export class InstallationKeys {
  readonly #encryption: Uint8Array;
  readonly #mark: Uint8Array;
  readonly #signing: KeyObject;
  /** The public half of the signing key, PEM (SPKI). */
  readonly publicKey: string;
  /** What processes of the installation show each other, hexadecimal. */
  readonly peerSecret: string;

  /** `secret`: 32 random bytes. */
  constructor(secret: Uint8Array) {
    assert(secret.byteLength === 32, 'the installation has a secret of 32 bytes');
    this.#encryption = derive(secret, 'encryption at rest');
    this.#mark = derive(secret, 'marks');
    this.peerSecret = Buffer.from(derive(secret, 'peers')).toString('hex');
    const seed = derive(secret, 'audit signature');
    this.#signing = createPrivateKey({
      key: Buffer.concat([ED25519_PKCS8, seed]),
      format: 'der',
      type: 'pkcs8',
    });
    this.publicKey = createPublicKey(this.#signing).export({ format: 'pem', type: 'spki' }) as string;
  }

  /** Encrypts with AES-256-GCM. `place` says where it will be stored (tenant, table, id): elsewhere it does not open. */
  seal(place: string, plaintext: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#encryption, nonce);
    cipher.setAAD(Buffer.from(place, 'utf8'));
    const sealed = [Buffer.of(AES_256_GCM), nonce, cipher.update(plaintext), cipher.final()];
    return new Uint8Array(Buffer.concat([...sealed, cipher.getAuthTag()]));
  }

  /** Throws SECRET_UNREADABLE: another installation's, another place's, or changed. */
  open(place: string, sealed: Uint8Array): Uint8Array {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== AES_256_GCM) {
      throw new RingwatchError('SECRET_UNREADABLE', { reason: 'it is not in a form that this build knows' });
    }
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#encryption, nonce);
    decipher.setAAD(Buffer.from(place, 'utf8'));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const body = bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES);
      return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
    } catch (cause) {
      throw new RingwatchError(
        'SECRET_UNREADABLE',
        { reason: 'it was changed, or another key wrote it' },
        { cause },
      );
    }
  }

  /** 16 bytes, base64url, that only this installation can make for the text. */
  mark(text: string): string {
    return createHmac('sha256', this.#mark)
      .update(text, 'utf8')
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }

  /** Whether `mark` is the text's, in a time that does not tell how much of it is right. */
  isMark(text: string, mark: string): boolean {
    const expected = Buffer.from(this.mark(text));
    const given = Buffer.from(mark);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** Signs with Ed25519; base64. */
  sign(statement: string): string {
    return sign(null, Buffer.from(statement, 'utf8'), this.#signing).toString('base64');
  }
}

/** Whether the signature (Ed25519, base64) of the statement is by the key (PEM, SPKI). False for whatever is malformed. */
export function isSigned(statement: string, signature: string, publicKey: string): boolean {
  try {
    const key = createPublicKey(publicKey);
    if (key.asymmetricKeyType !== 'ed25519') return false;
    return verify(null, Buffer.from(statement, 'utf8'), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

function derive(secret: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `ringwatch ${use}`, 32));
}
