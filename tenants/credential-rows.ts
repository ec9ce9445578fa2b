import type { Catalog, SqlRow } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import type { Scope } from './scopes.ts';

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

/** A member of whom keys may be. */
export interface KnownMember {
  readonly tenant: TenantId;
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** Credentials that hold, of one tenant or of all. */
export interface LiveCredentials {
  readonly sessions: readonly KnownSession[];
  readonly keys: readonly KnownKey[];
  readonly members: readonly KnownMember[];
}

/** Rows that are read at once: all of them in one statement would take longer than a statement may. */
const ROWS_AT_ONCE = 5000;

const LIVE_SESSIONS = `
SELECT tenant_id, id, secret_hash, key_id, expires_at FROM sessions
WHERE ended_at IS NULL AND expires_at > $4 AND (tenant_id, id) > ($1, $2) AND ($5::text IS NULL OR tenant_id = $5)
ORDER BY tenant_id, id LIMIT $3`;

const LIVE_KEYS = `
SELECT tenant_id, id, name, secret_hash, scopes, member_id, creators, expires_at FROM api_keys
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4) AND (tenant_id, id) > ($1, $2)
  AND ($5::text IS NULL OR tenant_id = $5)
ORDER BY tenant_id, id LIMIT $3`;

const LIVE_MEMBERS = `
SELECT tenant_id, id, name, scopes FROM members
WHERE disabled_at IS NULL AND (tenant_id, id) > ($1, $2) AND ($4::text IS NULL OR tenant_id = $4)
ORDER BY tenant_id, id LIMIT $3`;

/**
 * Reads what holds: of the tenant, or of all (null). Others may write meanwhile, and each page sees what is committed by then.
 * Sessions come first and members last, so that what a credential that is found leans on is found, too, unless it has just ended.
 */
export async function readCredentials(
  catalog: Catalog,
  tenant: TenantId | null,
  nowMs: number,
): Promise<LiveCredentials> {
  const now = new Date(nowMs).toISOString();
  const sessions = (await rowsOf(catalog, LIVE_SESSIONS, now, tenant)).map(sessionOf);
  const keys = (await rowsOf(catalog, LIVE_KEYS, now, tenant)).map(keyOf);
  const members = (await rowsOf(catalog, LIVE_MEMBERS, tenant)).map(memberOf);
  return { sessions, keys, members };
}

/** All rows of one of these statements, page by page. */
async function rowsOf(
  catalog: Catalog,
  select: string,
  ...parameters: readonly (string | null)[]
): Promise<readonly SqlRow[]> {
  const all: SqlRow[] = [];
  let last: readonly [tenant: string, id: string] = ['', ''];
  for (;;) {
    const page = [...last, ROWS_AT_ONCE, ...parameters];
    const rows = await catalog.asPlatform((sql) => sql.query(select, page));
    for (const row of rows) all.push(row);
    const end = rows[ROWS_AT_ONCE - 1];
    if (end === undefined) return all;
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
