import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Sql, SqlRow } from '../core/ports/catalog.ts';
import { newUlid } from '../core/tenant-id.ts';
import type { CredentialIndex } from './credential-index.ts';
import { checkName, checkScopes, checkTime, invalid, isId, notFound } from './fields.ts';
import type { Page, PageRequest } from './page.ts';
import type { Actor } from './principal.ts';
import { closePage, openPage } from './read-page.ts';
import type { Scope } from './scopes.ts';
import { audited, inTenant, nowIso, type StoreContext, takeTurn } from './store-context.ts';
import type { SettingsReader } from './tenant-settings.ts';
import { hashToken, newToken } from './token.ts';

/** An API key; its secret is shown once, at creation, and is kept nowhere. */
export interface ApiKey {
  /** `key_` + ULID. */
  readonly id: string;
  readonly name: string;
  /** What its token begins with, for telling keys apart: `rw_` and the id. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** The member it acts for, or null: then it stands for itself. */
  readonly memberId: string | null;
  /** Who made it: a person id. */
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly memberId?: string | null;
  readonly expiresAt?: string | null;
}

/** API keys of the tenant. */
export interface KeyStore {
  /**
   * `token` is the whole secret, shown this once. Throws SCOPE_NOT_HELD when the maker lacks a scope that the key would
   * have, NOT_FOUND, FIELD_INVALID, QUOTA_EXCEEDED.
   */
  create(input: NewApiKey): Promise<{ readonly key: ApiKey; readonly token: string }>;
  get(id: string): Promise<ApiKey | null>;
  page(request: PageRequest): Promise<Page<ApiKey>>;
  /** Ends the key and its sessions at once; doing it again changes nothing. Throws NOT_FOUND. */
  revoke(id: string): Promise<ApiKey>;
}

const COLUMNS = 'id, name, scopes, member_id, creators, created_at, expires_at, last_used_at, revoked_at';

/** API keys in the catalog; the index of credentials is told of each change. */
export class CatalogKeyStore implements KeyStore {
  readonly #context: StoreContext;
  readonly #credentials: CredentialIndex;
  readonly #settings: SettingsReader;

  constructor(context: StoreContext, credentials: CredentialIndex, settings: SettingsReader) {
    this.#context = context;
    this.#credentials = credentials;
    this.#settings = settings;
  }

  async create(input: NewApiKey): Promise<{ readonly key: ApiKey; readonly token: string }> {
    const context = this.#context;
    const name = checkName('name', input.name);
    const scopes = checkScopes('scopes', input.scopes);
    checkHeld(context.actor, scopes);
    const expiresAt = checkExpiry(input.expiresAt ?? null, context.nowMs());
    this.#credentials.checkRoom();
    const memberId = input.memberId ?? null;
    const ulid = newUlid(context.nowMs());
    const token = newToken('rw', ulid);
    const hash = hashToken(token);
    const creators = creatorsOf(context.actor);
    const keysMax = this.#settings.current().limits.keys ?? LIMITS.keysMax;
    const row = await audited(context, async (sql, note) => {
      await this.#checkQuota(sql, keysMax);
      if (memberId !== null) await this.#checkMember(sql, memberId, scopes);
      const rows = await sql.query(
        `INSERT INTO api_keys (tenant_id, id, name, secret_hash, scopes, member_id, creators, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
        [context.tenant, `key_${ulid}`, name, hash, scopes, memberId, creators, nowIso(context), expiresAt],
      );
      note({
        kind: 'change',
        action: 'key.create',
        target: `key_${ulid}`,
        details: { name, scopes, memberId, expiresAt },
      });
      return rows[0] as SqlRow;
    });
    const key = keyOf(row);
    const expiresMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    this.#credentials.putKey({ ...key, tenant: context.tenant, hash, creators, expiresMs });
    return { key, token: token.text };
  }

  async get(id: string): Promise<ApiKey | null> {
    if (!isId('key', id)) return null;
    const text = `SELECT ${COLUMNS} FROM api_keys WHERE tenant_id = $1 AND id = $2`;
    const rows = await inTenant(this.#context, (sql) => sql.query(text, [this.#context.tenant, id]));
    return rows[0] === undefined ? null : keyOf(rows[0]);
  }

  async page(request: PageRequest): Promise<Page<ApiKey>> {
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'keys', request);
    const text = `SELECT ${COLUMNS} FROM api_keys WHERE tenant_id = $1 AND ($2::text IS NULL OR id < $2)
      ORDER BY id DESC LIMIT $3`;
    const rows = await inTenant(this.#context, (sql) =>
      sql.query(text, [tenant, (after?.[0] as string | undefined) ?? null, request.first + 1]),
    );
    return closePage(cursors, 'keys', request, rows.map(keyOf), (key) => [key.id]);
  }

  async revoke(id: string): Promise<ApiKey> {
    if (!isId('key', id)) throw notFound('API key', id);
    try {
      return await this.#revoke(id);
    } catch (error) {
      // Whether the catalog has it or not is unknown where it timed out; letting nobody in is the safe side.
      const refused = error instanceof RingwatchError && error.code === 'NOT_FOUND';
      if (!refused && this.#credentials.tenantOf(id) === this.#context.tenant) this.#credentials.refuse(id);
      throw error;
    }
  }

  async #revoke(id: string): Promise<ApiKey> {
    const context = this.#context;
    const row = await audited(context, async (sql, note) => {
      const now = nowIso(context);
      const ended = await sql.query(
        `UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name`,
        [context.tenant, id, now],
      );
      if (ended.length > 0)
        note({ kind: 'change', action: 'key.revoke', target: id, details: { name: ended[0]?.name } });
      await sql.query(
        'UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND key_id = $2 AND ended_at IS NULL',
        [context.tenant, id, now],
      );
      const select = `SELECT ${COLUMNS} FROM api_keys WHERE tenant_id = $1 AND id = $2`;
      return (await sql.query(select, [context.tenant, id]))[0];
    });
    if (row === undefined) throw notFound('API key', id);
    this.#credentials.end(id);
    return keyOf(row);
  }

  async #checkQuota(sql: Sql, keysMax: number): Promise<void> {
    await takeTurn(sql, this.#context.tenant);
    const rows = await sql.query(
      `SELECT count(*) AS live FROM api_keys
       WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
      [this.#context.tenant, nowIso(this.#context)],
    );
    if (Number(rows[0]?.live) >= keysMax) {
      throw new RingwatchError('QUOTA_EXCEEDED', { what: 'API keys', limit: keysMax });
    }
  }

  async #checkMember(sql: Sql, memberId: string, scopes: readonly Scope[]): Promise<void> {
    if (!isId('mem', memberId)) throw notFound('member', memberId);
    const rows = await sql.query(
      'SELECT scopes FROM members WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL FOR SHARE',
      [this.#context.tenant, memberId],
    );
    if (rows[0] === undefined) throw notFound('member', memberId);
    const held = rows[0].scopes as readonly Scope[];
    const beyond = scopes.find((scope) => !held.includes(scope));
    if (beyond !== undefined) throw invalid('scopes', `the member does not have the scope ${beyond}`);
  }
}

/** Refuses to hand on a scope that the actor lacks. Throws SCOPE_NOT_HELD. */
export function checkHeld(actor: Actor, scopes: readonly Scope[]): void {
  if (actor.kind === 'operator') return;
  const held: readonly Scope[] = actor.kind === 'system' ? [] : actor.scopes;
  const beyond = scopes.find((scope) => !held.includes(scope));
  if (beyond !== undefined) throw new RingwatchError('SCOPE_NOT_HELD', { scope: beyond });
}

/** The persons who may know a secret that the actor makes: the actor, and whoever may know the actor's own. */
function creatorsOf(actor: Actor): readonly string[] {
  if (actor.kind === 'system') return [];
  return [...new Set([actor.personId, ...actor.creators])];
}

function checkExpiry(text: string | null, nowMs: number): string | null {
  if (text === null) return null;
  const time = checkTime('expiresAt', text);
  if (Date.parse(time) <= nowMs) throw invalid('expiresAt', 'it is over');
  return time;
}

function keyOf(row: SqlRow): ApiKey {
  const id = String(row.id);
  return {
    id,
    name: String(row.name),
    prefix: `rw_${id.slice('key_'.length)}`,
    scopes: row.scopes as readonly Scope[],
    memberId: row.member_id as string | null,
    createdBy: String((row.creators as readonly string[])[0] ?? ''),
    createdAt: String(row.created_at),
    expiresAt: row.expires_at as string | null,
    lastUsedAt: row.last_used_at as string | null,
    revokedAt: row.revoked_at as string | null,
  };
}
