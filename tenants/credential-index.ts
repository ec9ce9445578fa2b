import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import {
  type KnownKey,
  type KnownMember,
  type KnownSession,
  type LiveCredentials,
  readCredentials,
} from './credential-rows.ts';
import type { Authenticated, Principal, Revocation } from './principal.ts';
import { hashToken, sameHash, type Token } from './token.ts';

/**
 * Every credential that holds, in memory: a request never waits for the catalog to be let in, forged tokens cost a hash,
 * and what is revoked is gone from the next request on. The catalog is the truth; this is told after each change of it that is made
 * here, and follows by `refresh` those that other processes make.
 */
export class CredentialIndex {
  readonly #keys = new Map<string, KnownKey>();
  readonly #sessions = new Map<string, KnownSession>();
  readonly #members = new Map<string, KnownMember>();
  readonly #listeners = new Set<(revocation: Revocation) => void>();
  /** Ended here, though the catalog may not have it: never let in again, whatever is read. The oldest are forgotten. */
  readonly #refused = new Set<string>();
  /** Of refreshes under way: what has changed here since each began. */
  readonly #touched = new Set<Set<string>>();
  /** Hears of changes that were made here. */
  #onChange: () => void = () => undefined;
  /** Keys that were used since this was last asked for: to when. */
  #used = new Map<string, { readonly tenant: TenantId; readonly atMs: number }>();

  /** Reads what holds from the catalog. */
  async load(catalog: Catalog, nowMs: number): Promise<void> {
    const { sessions, keys, members } = await readCredentials(catalog, null, nowMs);
    for (const member of members) this.#members.set(member.id, member);
    for (const key of keys) this.#keys.set(key.id, key);
    for (const session of sessions) this.#sessions.set(session.id, session);
  }

  /**
   * Follows what other processes have changed of a tenant: what holds no more ends, what is new is let in. What is changed here
   * while the catalog is read stays as it is: the catalog counts that change, too, and is read again because of it.
   */
  async refresh(catalog: Catalog, tenant: TenantId, nowMs: number): Promise<void> {
    const touched = new Set<string>();
    this.#touched.add(touched);
    try {
      this.#follow(tenant, await readCredentials(catalog, tenant, nowMs), touched);
    } finally {
      this.#touched.delete(touched);
    }
  }

  /** Calls back after each change that was made here and not by `refresh`, and by `announce`. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Throws QUOTA_EXCEEDED where there is no room for one more. */
  checkRoom(): void {
    if (this.#keys.size + this.#sessions.size >= LIMITS.credentialsMax) {
      throw new RingwatchError('QUOTA_EXCEEDED', { what: 'credentials', limit: LIMITS.credentialsMax });
    }
  }

  putKey(key: KnownKey): void {
    this.#keys.set(key.id, key);
    this.#changed(key.id);
  }

  putSession(session: KnownSession): void {
    this.#sessions.set(session.id, session);
    this.#changed(session.id);
  }

  putMember(member: KnownMember): void {
    this.#members.set(member.id, member);
    this.#changed(member.id);
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

  /** Whether there is such a credential, whatever the token's secret. */
  knows({ kind, ulid }: Token): boolean {
    return kind === 'rw' ? this.#keys.has(`key_${ulid}`) : this.#sessions.has(`ses_${ulid}`);
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
    if (this.tenantOf(id) === null) return;
    this.#end(id);
    this.#changed(id);
  }

  /** Ends it for good in this process, though the catalog may not have been told: whatever it says, nobody is let in by it. */
  refuse(id: string): void {
    this.#refused.add(id);
    for (const oldest of this.#refused) {
      if (this.#refused.size <= LIMITS.credentialsMax) break;
      this.#refused.delete(oldest);
    }
    this.end(id);
  }

  /** Says that what was changed here before is in the catalog now. */
  announce(): void {
    this.#onChange();
  }

  /** Ends all that acts for the member. */
  endMember(memberId: string): void {
    this.#endMember(memberId);
    this.#changed(memberId);
  }

  /** The member may do something else now: open subscriptions, which were let in for what held before, are cut. */
  changeMember(member: KnownMember): void {
    this.#changeMember(member);
    this.#changed(member.id);
  }

  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what has expired, so that what hangs on it is cut in time; to be called now and then. */
  sweep(nowMs: number): void {
    for (const { id, expiresMs } of [...this.#keys.values(), ...this.#sessions.values()]) {
      if (expiresMs <= nowMs) this.#end(id);
    }
  }

  /** Keys used since the last call, and when. */
  takeUsed(): ReadonlyMap<string, { readonly tenant: TenantId; readonly atMs: number }> {
    const used = this.#used;
    this.#used = new Map();
    return used;
  }

  /** That its time is over every process sees for itself. */
  #expired(id: string): null {
    this.#end(id);
    return null;
  }

  #end(id: string): void {
    const known = this.#keys.get(id) ?? this.#sessions.get(id);
    if (known === undefined) return;
    for (const session of this.sessionsOf(id)) this.#end(session.id);
    this.#keys.delete(id);
    this.#sessions.delete(id);
    this.#touch(id);
    this.#tell({ tenant: known.tenant, credentialId: id });
  }

  #endMember(memberId: string): void {
    this.#members.delete(memberId);
    for (const key of [...this.#keys.values()]) if (key.memberId === memberId) this.#end(key.id);
  }

  #changeMember(member: KnownMember): void {
    this.#members.set(member.id, member);
    for (const key of this.#keys.values()) {
      if (key.memberId !== member.id) continue;
      this.#tell({ tenant: key.tenant, credentialId: key.id });
      for (const { id } of this.sessionsOf(key.id)) this.#tell({ tenant: key.tenant, credentialId: id });
    }
  }

  #follow(tenant: TenantId, live: LiveCredentials, touched: ReadonlySet<string>): void {
    const isStale = ({ id }: { readonly id: string }): boolean => touched.has(id) || this.#refused.has(id);
    for (const member of live.members.filter((each) => !isStale(each))) {
      const known = this.#members.get(member.id);
      if (known !== undefined && known.scopes.join() !== member.scopes.join()) this.#changeMember(member);
      else this.#members.set(member.id, member);
    }
    for (const key of live.keys) if (!isStale(key)) this.#keys.set(key.id, key);
    for (const session of live.sessions) if (!isStale(session)) this.#sessions.set(session.id, session);
    const holds = new Set([...live.members, ...live.keys, ...live.sessions].map(({ id }) => id));
    const isOver = (each: { readonly tenant: TenantId; readonly id: string }): boolean =>
      each.tenant === tenant && !holds.has(each.id) && !touched.has(each.id);
    for (const { id } of [...this.#members.values()].filter(isOver)) this.#endMember(id);
    for (const { id } of [...this.#keys.values(), ...this.#sessions.values()].filter(isOver)) this.#end(id);
  }

  #changed(id: string): void {
    this.#touch(id);
    this.#onChange();
  }

  #touch(id: string): void {
    for (const touched of this.#touched) touched.add(id);
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
