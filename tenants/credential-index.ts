import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog, SqlRow } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import type { Authenticated, Principal, Revocation } from './principal.ts';
import type { Scope } from './scopes.ts';
import { hashToken, sameHash, type Token } from './token.ts';

/** An API key as requests need it. */
export interface KnownKey {
  readonly tenant: TenantId;
  readonly id: string;
  readonly name: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly Scope[];
  readonly memberId: string | null;
  readonly creators: readonly string[];
  /** Milliseconds since 1970; Infinity: never. */
  readonly expiresMs: number;
}

/** A session of the console. */
export interface KnownSession {
  readonly tenant: TenantId;
  readonly id: string;
  readonly hash: Uint8Array;
  readonly keyId: string;
  readonly expiresMs: number;
}

interface KnownMember {
  readonly tenant: TenantId;
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/**
 * Every credential that holds, in memory: a request never waits for the catalog to be let in, forged tokens cost a hash,
 * and what is revoked is gone from the next request on. The catalog is the truth; this is told after each change of it.
 */
export class CredentialIndex {
  readonly #keys = new Map<string, KnownKey>();
  readonly #sessions = new Map<string, KnownSession>();
  readonly #members = new Map<string, KnownMember>();
  readonly #listeners = new Set<(revocation: Revocation) => void>();
  /** Keys that were used since this was last asked for: to when. */
  #used = new Map<string, { readonly tenant: TenantId; readonly atMs: number }>();

  /** Reads what holds from the catalog. */
  async load(catalog: Catalog, nowMs: number): Promise<void> {
    const now = new Date(nowMs).toISOString();
    for await (const row of rowsOf(catalog, LIVE_MEMBERS)) this.putMember(memberOf(row));
    for await (const row of rowsOf(catalog, LIVE_KEYS, now)) this.putKey(keyOf(row));
    for await (const row of rowsOf(catalog, LIVE_SESSIONS, now)) this.putSession(sessionOf(row));
  }

  /** Throws QUOTA_EXCEEDED where there is no room for one more. */
  checkRoom(): void {
    if (this.#keys.size + this.#sessions.size >= LIMITS.credentialsMax) {
      throw new RingwatchError('QUOTA_EXCEEDED', { what: 'credentials', limit: LIMITS.credentialsMax });
    }
  }

  putKey(key: KnownKey): void {
    this.#keys.set(key.id, key);
  }

  putSession(session: KnownSession): void {
    this.#sessions.set(session.id, session);
  }

  putMember(member: KnownMember): void {
    this.#members.set(member.id, member);
  }

  /** Who shows this token, or null: it is unknown, wrong, expired, or its member is gone. */
  find(token: Token, nowMs: number): Authenticated | null {
    if (token.kind === 'rw') {
      const key = this.#keys.get(`key_${token.ulid}`);
      if (!sameHash(hashToken(token), key?.hash ?? NO_HASH) || key === undefined) return null;
      if (key.expiresMs <= nowMs) return this.#expired(key.id);
      return this.#authenticated(key, key.id, nowMs);
    }
    const session = this.#sessions.get(`ses_${token.ulid}`);
    if (!sameHash(hashToken(token), session?.hash ?? NO_HASH) || session === undefined) return null;
    const key = this.#keys.get(session.keyId);
    if (key === undefined) return null;
    if (Math.min(key.expiresMs, session.expiresMs) <= nowMs) return this.#expired(session.id);
    return this.#authenticated(key, session.id, nowMs);
  }

  keyOfToken(token: Token): KnownKey | null {
    return this.#keys.get(`key_${token.ulid}`) ?? null;
  }

  /** Whose key or session it is; null: it does not hold. */
  tenantOf(id: string): TenantId | null {
    return (this.#keys.get(id) ?? this.#sessions.get(id))?.tenant ?? null;
  }

  /** When the session expires; null: it is none, or over. */
  sessionExpiryMs(id: string): number | null {
    return this.#sessions.get(id)?.expiresMs ?? null;
  }

  /** Sessions of the key, the oldest first. */
  sessionsOf(keyId: string): readonly KnownSession[] {
    return [...this.#sessions.values()].filter((session) => session.keyId === keyId);
  }

  /** Ends a key with its sessions, or a session. */
  end(id: string): void {
    const known = this.#keys.get(id) ?? this.#sessions.get(id);
    if (known === undefined) return;
    for (const session of this.sessionsOf(id)) this.end(session.id);
    this.#keys.delete(id);
    this.#sessions.delete(id);
    this.#tell({ tenant: known.tenant, credentialId: id });
  }

  /** Ends all that acts for the member. */
  endMember(memberId: string): void {
    this.#members.delete(memberId);
    for (const key of [...this.#keys.values()]) if (key.memberId === memberId) this.end(key.id);
  }

  /** The member may do something else now: open subscriptions, which were let in for what held before, are cut. */
  changeMember(member: KnownMember): void {
    this.putMember(member);
    for (const key of this.#keys.values()) {
      if (key.memberId !== member.id) continue;
      this.#tell({ tenant: key.tenant, credentialId: key.id });
      for (const { id } of this.sessionsOf(key.id)) this.#tell({ tenant: key.tenant, credentialId: id });
    }
  }

  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what has expired, so that what hangs on it is cut in time; to be called now and then. */
  sweep(nowMs: number): void {
    for (const { id, expiresMs } of [...this.#keys.values(), ...this.#sessions.values()]) {
      if (expiresMs <= nowMs) this.end(id);
    }
  }

  /** Keys used since the last call, and when. */
  takeUsed(): ReadonlyMap<string, { readonly tenant: TenantId; readonly atMs: number }> {
    const used = this.#used;
    this.#used = new Map();
    return used;
  }

  #expired(id: string): null {
    this.end(id);
    return null;
  }

  #authenticated(key: KnownKey, credentialId: string, nowMs: number): Authenticated | null {
    const member = key.memberId === null ? null : this.#members.get(key.memberId);
    if (member === undefined) return null;
    this.#used.set(key.id, { tenant: key.tenant, atMs: nowMs });
    const principal: Principal = {
      kind: member === null ? 'key' : 'member',
      id: member?.id ?? key.id,
      name: member?.name ?? key.name,
      personId: member?.id ?? key.id,
      creators: key.creators,
      scopes: member === null ? key.scopes : key.scopes.filter((scope) => member.scopes.includes(scope)),
      credentialId,
    };
    return { principal, tenant: key.tenant };
  }

  #tell(revocation: Revocation): void {
    for (const listener of this.#listeners) listener(revocation);
  }
}

/** Compared with where there is no such credential, so that this takes as long. */
const NO_HASH = new Uint8Array(32);

/** Rows that are read at once: all of them in one statement would take longer than a statement may. */
const ROWS_AT_ONCE = 5000;

const LIVE_MEMBERS = `
SELECT tenant_id, id, name, scopes FROM members
WHERE disabled_at IS NULL AND (tenant_id, id) > ($1, $2) ORDER BY tenant_id, id LIMIT $3`;

const LIVE_KEYS = `
SELECT tenant_id, id, name, secret_hash, scopes, member_id, creators, expires_at FROM api_keys
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4) AND (tenant_id, id) > ($1, $2)
ORDER BY tenant_id, id LIMIT $3`;

const LIVE_SESSIONS = `
SELECT tenant_id, id, secret_hash, key_id, expires_at FROM sessions
WHERE ended_at IS NULL AND expires_at > $4 AND (tenant_id, id) > ($1, $2) ORDER BY tenant_id, id LIMIT $3`;

/** All rows of one of these statements. Nothing else is written meanwhile: the directory is not open yet. */
async function* rowsOf(catalog: Catalog, select: string, ...parameters: string[]): AsyncGenerator<SqlRow> {
  let last: readonly [tenant: string, id: string] = ['', ''];
  for (;;) {
    const page = [...last, ROWS_AT_ONCE, ...parameters];
    const rows = await catalog.asPlatform((sql) => sql.query(select, page));
    yield* rows;
    const end = rows[ROWS_AT_ONCE - 1];
    if (end === undefined) return;
    last = [String(end.tenant_id), String(end.id)];
  }
}

function keyOf(row: SqlRow): KnownKey {
  return {
    tenant: row.tenant_id as TenantId,
    id: String(row.id),
    name: String(row.name),
    hash: row.secret_hash as Uint8Array,
    scopes: row.scopes as readonly Scope[],
    memberId: row.member_id as string | null,
    creators: row.creators as readonly string[],
    expiresMs: row.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(String(row.expires_at)),
  };
}

function sessionOf(row: SqlRow): KnownSession {
  return {
    tenant: row.tenant_id as TenantId,
    id: String(row.id),
    hash: row.secret_hash as Uint8Array,
    keyId: String(row.key_id),
    expiresMs: Date.parse(String(row.expires_at)),
  };
}

function memberOf(row: SqlRow): KnownMember {
  return {
    tenant: row.tenant_id as TenantId,
    id: String(row.id),
    name: String(row.name),
    scopes: row.scopes as readonly Scope[],
  };
}
