import { RingwatchError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { LIMITS } from '../core/limits.ts';
import { newUlid } from '../core/tenant-id.ts';
import { OPERATOR, type Principal } from './principal.ts';
import { SCOPES } from './scopes.ts';
import { hashToken, newToken, sameHash, type Token } from './token.ts';

/** Where the service listens, and in what surroundings: what the embedded identity depends on. */
export interface EmbeddedSurroundings {
  /** The address that the gateway is told to listen on. */
  readonly host: string;
  /** NODE_ENV. */
  readonly nodeEnv: string | undefined;
}

/**
 * The operator of an installation without an identity provider: whoever has the token that is made anew at each start and
 * printed once. It is kept nowhere; the sessions that it opens live in memory and end with the process.
 */
export class OperatorIdentity {
  /** To be printed, once. */
  readonly token: string;
  readonly #hash: Uint8Array;
  readonly #credentialId: string;
  readonly #sessions = new Map<string, { readonly hash: Uint8Array; readonly expiresMs: number }>();

  private constructor(nowMs: number) {
    const token = newToken('rwo', newUlid(nowMs));
    this.token = token.text;
    this.#hash = hashToken(token);
    this.#credentialId = `opr_${token.ulid}`;
  }

  /** Throws ADMIN_TOKEN_REFUSED where more than this machine could reach it, and in production. */
  static embedded({ host, nodeEnv }: EmbeddedSurroundings, nowMs: number): OperatorIdentity {
    if (nodeEnv === 'production') {
      throw new RingwatchError('ADMIN_TOKEN_REFUSED', { reason: 'NODE_ENV is production' });
    }
    if (!isLoopback(host)) {
      throw new RingwatchError('ADMIN_TOKEN_REFUSED', { reason: `${host} is no loopback address` });
    }
    return new OperatorIdentity(nowMs);
  }

  /** The operator, if the token is theirs or one of their sessions'; else null. */
  find(token: Token, nowMs: number): { readonly principal: Principal; readonly expiresMs: number } | null {
    if (token.kind === 'rwo') {
      const own = sameHash(hashToken(token), this.#hash);
      return own
        ? { principal: this.#principal(this.#credentialId), expiresMs: Number.POSITIVE_INFINITY }
        : null;
    }
    const id = `ses_${token.ulid}`;
    const session = this.#sessions.get(id);
    if (session === undefined || !sameHash(hashToken(token), session.hash)) return null;
    if (session.expiresMs <= nowMs) {
      this.#sessions.delete(id);
      return null;
    }
    return { principal: this.#principal(id), expiresMs: session.expiresMs };
  }

  /** A new session; the oldest ends where there are too many. */
  openSession(nowMs: number): { readonly token: Token; readonly expiresMs: number } {
    const token = newToken('rws', newUlid(nowMs));
    const expiresMs = nowMs + LIMITS.sessionMs;
    this.#sessions.set(`ses_${token.ulid}`, { hash: hashToken(token), expiresMs });
    if (this.#sessions.size > LIMITS.sessionsPerKeyMax) {
      this.#sessions.delete(this.#sessions.keys().next().value as string);
    }
    return { token, expiresMs };
  }

  closeSession(credentialId: string): void {
    this.#sessions.delete(credentialId);
  }

  #principal(credentialId: string): Principal {
    return {
      kind: OPERATOR,
      id: OPERATOR,
      name: OPERATOR,
      personId: OPERATOR,
      creators: [],
      scopes: SCOPES,
      credentialId,
    };
  }
}
