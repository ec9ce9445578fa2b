import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import { newUlid } from '../core/tenant-id.ts';
import { appendAudit } from './audit-chain.ts';
import type { CredentialIndex } from './credential-index.ts';
import type { KnownKey } from './credential-rows.ts';
import type { InstallationKeys } from './installation-keys.ts';
import type { OperatorIdentity } from './operator-identity.ts';
import type { Authenticated, Principal } from './principal.ts';
import type { OpenedSession } from './tenant-directory.ts';
import { hashToken, newToken, parseToken, type Token } from './token.ts';

/**
 * Sessions of the console: the key is shown once, and a session, which is worth less, takes its place. A session does what
 * its key may, ends with it, and opens no other session.
 */
export class ConsoleSessions {
  readonly #catalog: Catalog;
  readonly #credentials: CredentialIndex;
  readonly #operator: OperatorIdentity | null;
  readonly #keys: InstallationKeys;
  readonly #nowMs: () => number;

  constructor(
    catalog: Catalog,
    credentials: CredentialIndex,
    operator: OperatorIdentity | null,
    keys: InstallationKeys,
    nowMs: () => number,
  ) {
    this.#catalog = catalog;
    this.#credentials = credentials;
    this.#operator = operator;
    this.#keys = keys;
    this.#nowMs = nowMs;
  }

  /** Who shows the token. Throws UNAUTHENTICATED. */
  find(text: string): Authenticated & { readonly token: Token } {
    const token = parseToken(text);
    if (token === null) throw new RingwatchError('UNAUTHENTICATED');
    const nowMs = this.#nowMs();
    const operator = token.kind === 'rw' ? null : (this.#operator?.find(token, nowMs) ?? null);
    if (operator !== null) return { principal: operator.principal, tenant: null, token };
    const known = token.kind === 'rwo' ? null : this.#credentials.find(token, nowMs);
    if (known === null) throw new RingwatchError('UNAUTHENTICATED');
    return { ...known, token };
  }

  /** Throws UNAUTHENTICATED, QUOTA_EXCEEDED. */
  async open(text: string): Promise<OpenedSession> {
    const { principal, token } = this.find(text);
    if (token.kind === 'rws') throw new RingwatchError('UNAUTHENTICATED');
    if (token.kind === 'rwo') {
      const session = (this.#operator as OperatorIdentity).openSession(this.#nowMs());
      return this.#opened({ principal, tenant: null }, session.token, session.expiresMs);
    }
    return await this.#openForKey(this.#credentials.keyOfToken(token) as KnownKey, principal);
  }

  /** Throws UNAUTHENTICATED. */
  resume(text: string): OpenedSession {
    const found = this.find(text);
    if (found.token.kind !== 'rws') throw new RingwatchError('UNAUTHENTICATED');
    const nowMs = this.#nowMs();
    const expiresMs =
      this.#credentials.sessionExpiryMs(found.principal.credentialId) ??
      this.#operator?.find(found.token, nowMs)?.expiresMs ??
      nowMs;
    return this.#opened(found, found.token, expiresMs);
  }

  /** Throws UNAUTHENTICATED. */
  async close(text: string): Promise<void> {
    const { principal, tenant, token } = this.find(text);
    if (token.kind !== 'rws') throw new RingwatchError('UNAUTHENTICATED');
    const id = principal.credentialId;
    if (tenant === null) {
      this.#operator?.closeSession(id);
      return;
    }
    this.#credentials.refuse(id);
    const now = new Date(this.#nowMs()).toISOString();
    await this.#catalog.asTenant(tenant, async (sql) => {
      await sql.query('UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND id = $2', [
        tenant,
        id,
        now,
      ]);
      const context = { tenant, actor: principal, nowMs: this.#nowMs };
      await appendAudit(sql, context, [{ kind: 'change', action: 'session.close', target: id }]);
    });
    this.#credentials.announce();
  }

  checkCsrf(text: string, csrf: string): boolean {
    return this.#keys.isMark(`csrf\0${text}`, csrf);
  }

  async #openForKey(key: KnownKey, principal: Principal): Promise<OpenedSession> {
    this.#credentials.checkRoom();
    const nowMs = this.#nowMs();
    const token = newToken('rws', newUlid(nowMs));
    const id = `ses_${token.ulid}`;
    const hash = hashToken(token);
    const expiresMs = Math.min(nowMs + LIMITS.sessionMs, key.expiresMs);
    const { tenant } = key;
    const present = this.#credentials.sessionsOf(key.id);
    const ending = present.slice(0, Math.max(0, present.length + 1 - LIMITS.sessionsPerKeyMax));
    await this.#catalog.asTenant(tenant, async (sql) => {
      const now = new Date(nowMs).toISOString();
      for (const old of ending) {
        await sql.query('UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND id = $2', [
          tenant,
          old.id,
          now,
        ]);
      }
      await sql.query(
        `INSERT INTO sessions (tenant_id, id, secret_hash, key_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [tenant, id, hash, key.id, now, new Date(expiresMs).toISOString()],
      );
      const context = { tenant, actor: principal, nowMs: this.#nowMs };
      await appendAudit(sql, context, [{ kind: 'change', action: 'session.open', target: id }]);
    });
    for (const old of ending) this.#credentials.end(old.id);
    // The key may have been revoked while this was written.
    if (this.#credentials.tenantOf(key.id) === null) throw new RingwatchError('UNAUTHENTICATED');
    this.#credentials.putSession({ tenant, id, hash, keyId: key.id, expiresMs });
    return this.#opened({ principal: { ...principal, credentialId: id }, tenant }, token, expiresMs);
  }

  #opened({ principal, tenant }: Authenticated, token: Token, expiresMs: number): OpenedSession {
    const csrf = this.#keys.mark(`csrf\0${token.text}`);
    return { principal, tenant, token: token.text, csrf, expiresAt: new Date(expiresMs).toISOString() };
  }
}
