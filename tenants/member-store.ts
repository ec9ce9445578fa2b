import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { CatalogConflict, type SqlRow } from '../core/ports/catalog.ts';
import { newUlid } from '../core/tenant-id.ts';
import type { CredentialIndex } from './credential-index.ts';
import { checkEmail, checkName, checkScopes, isId, notFound } from './fields.ts';
import { checkHeld } from './key-store.ts';
import type { Page, PageRequest } from './page.ts';
import { closePage, openPage } from './read-page.ts';
import type { Scope } from './scopes.ts';
import { audited, nowIso, type StoreContext, takeTurn } from './store-context.ts';
import type { SettingsReader } from './tenant-settings.ts';

/** A person of the tenant. */
export interface Member {
  /** `mem_` + ULID. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** What the person may do: no key or session of theirs may more. */
  readonly scopes: readonly Scope[];
  readonly disabledAt: string | null;
  readonly createdAt: string;
}

/** Members of the tenant. Reading them is a read of personal data and audited. */
export interface MemberStore {
  /** Throws EMAIL_TAKEN, FIELD_INVALID, SCOPE_NOT_HELD (what the maker lacks), QUOTA_EXCEEDED. */
  create(input: {
    readonly name: string;
    readonly email: string;
    readonly scopes: readonly Scope[];
  }): Promise<Member>;
  /** Throws NOT_FOUND, FIELD_INVALID, EMAIL_TAKEN, SCOPE_NOT_HELD. */
  update(
    id: string,
    change: { readonly name?: string; readonly email?: string; readonly scopes?: readonly Scope[] },
  ): Promise<Member>;
  /** Ends the member's keys and sessions at once. Throws NOT_FOUND. */
  disable(id: string): Promise<Member>;
  get(id: string): Promise<Member | null>;
  /** By name; those who are disabled only where that is wanted. */
  page(request: PageRequest, withDisabled?: boolean): Promise<Page<Member>>;
}

const COLUMNS = 'id, name, email, scopes, created_at, disabled_at';

/** Members in the catalog; the index of credentials is told of each change. */
export class CatalogMemberStore implements MemberStore {
  readonly #context: StoreContext;
  readonly #credentials: CredentialIndex;
  readonly #settings: SettingsReader;

  constructor(context: StoreContext, credentials: CredentialIndex, settings: SettingsReader) {
    this.#context = context;
    this.#credentials = credentials;
    this.#settings = settings;
  }

  async create(input: {
    readonly name: string;
    readonly email: string;
    readonly scopes: readonly Scope[];
  }): Promise<Member> {
    const context = this.#context;
    const name = checkName('name', input.name);
    const email = checkEmail('email', input.email);
    const scopes = checkScopes('scopes', input.scopes);
    checkHeld(context.actor, scopes);
    const membersMax = this.#settings.current().limits.members ?? LIMITS.membersMax;
    const id = `mem_${newUlid(context.nowMs())}`;
    const row = await emailTaken(email, () =>
      audited(context, async (sql, note) => {
        await takeTurn(sql, context.tenant);
        const count = 'SELECT count(*) AS live FROM members WHERE tenant_id = $1 AND disabled_at IS NULL';
        const live = Number((await sql.query(count, [context.tenant]))[0]?.live);
        if (live >= membersMax)
          throw new RingwatchError('QUOTA_EXCEEDED', { what: 'members', limit: membersMax });
        const rows = await sql.query(
          `INSERT INTO members (tenant_id, id, name, email, scopes, created_at)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
          [context.tenant, id, name, email, scopes, nowIso(context)],
        );
        note({ kind: 'change', action: 'member.create', target: id, details: { name, email, scopes } });
        return rows[0] as SqlRow;
      }),
    );
    const member = memberOf(row);
    this.#credentials.putMember({ ...member, tenant: context.tenant });
    return member;
  }

  async update(
    id: string,
    change: { readonly name?: string; readonly email?: string; readonly scopes?: readonly Scope[] },
  ): Promise<Member> {
    if (!isId('mem', id)) throw notFound('member', id);
    const context = this.#context;
    const name = change.name === undefined ? null : checkName('name', change.name);
    const email = change.email === undefined ? null : checkEmail('email', change.email);
    const scopes = change.scopes === undefined ? null : checkScopes('scopes', change.scopes);
    const { before, after } = await emailTaken(email ?? '', () =>
      audited(context, async (sql, note) => {
        const select = `SELECT ${COLUMNS} FROM members WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL FOR UPDATE`;
        const old = (await sql.query(select, [context.tenant, id]))[0];
        if (old === undefined) throw notFound('member', id);
        const held = old.scopes as readonly Scope[];
        checkHeld(
          context.actor,
          (scopes ?? []).filter((scope) => !held.includes(scope)),
        );
        const rows = await sql.query(
          `UPDATE members SET name = coalesce($3, name), email = coalesce($4, email), scopes = coalesce($5, scopes)
           WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
          [context.tenant, id, name, email, scopes],
        );
        const details = { from: changedFields(old, change), to: changedFields(rows[0] as SqlRow, change) };
        note({ kind: 'change', action: 'member.update', target: id, details });
        return { before: memberOf(old), after: memberOf(rows[0] as SqlRow) };
      }),
    );
    const known = { ...after, tenant: context.tenant };
    if (before.scopes.join() === after.scopes.join()) this.#credentials.putMember(known);
    else this.#credentials.changeMember(known);
    return after;
  }

  async disable(id: string): Promise<Member> {
    if (!isId('mem', id)) throw notFound('member', id);
    const context = this.#context;
    const row = await audited(context, async (sql, note) => {
      const now = nowIso(context);
      const rows = await sql.query(
        `UPDATE members SET disabled_at = $3 WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL
         RETURNING ${COLUMNS}`,
        [context.tenant, id, now],
      );
      if (rows[0] === undefined) throw notFound('member', id);
      const keys = await sql.query(
        `UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND member_id = $2 AND revoked_at IS NULL
         RETURNING id`,
        [context.tenant, id, now],
      );
      await sql.query(
        `UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND ended_at IS NULL
         AND key_id IN (SELECT id FROM api_keys WHERE tenant_id = $1 AND member_id = $2)`,
        [context.tenant, id, now],
      );
      const details = { name: rows[0].name, revokedKeys: keys.map((key) => key.id) };
      note({ kind: 'change', action: 'member.disable', target: id, details });
      return rows[0];
    });
    this.#credentials.endMember(id);
    return memberOf(row);
  }

  async get(id: string): Promise<Member | null> {
    if (!isId('mem', id)) return null;
    const { tenant } = this.#context;
    const row = await audited(this.#context, async (sql, note) => {
      const text = `SELECT ${COLUMNS} FROM members WHERE tenant_id = $1 AND id = $2`;
      const rows = await sql.query(text, [tenant, id]);
      if (rows.length > 0) note({ kind: 'read', action: 'member.read', target: id });
      return rows[0];
    });
    return row === undefined ? null : memberOf(row);
  }

  async page(request: PageRequest, withDisabled = false): Promise<Page<Member>> {
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'members', request);
    const [name = null, id = null] = (after ?? []) as readonly string[];
    const rows = await audited(this.#context, async (sql, note) => {
      const text = `SELECT ${COLUMNS} FROM members WHERE tenant_id = $1 AND ($5 OR disabled_at IS NULL)
        AND ($2::text IS NULL OR (name COLLATE "C", id) > ($2, $3)) ORDER BY name COLLATE "C", id LIMIT $4`;
      const found = await sql.query(text, [tenant, name, id, request.first + 1, withDisabled]);
      const members = found.slice(0, request.first).map((row) => row.id);
      if (members.length > 0)
        note({ kind: 'read', action: 'member.list', target: null, details: { members } });
      return found;
    });
    return closePage(cursors, 'members', request, rows.map(memberOf), (member) => [member.name, member.id]);
  }
}

/** Puts the address that another member has into words. */
async function emailTaken<T>(email: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CatalogConflict && error.constraint === 'members_email_key') {
      throw new RingwatchError('EMAIL_TAKEN', { email });
    }
    throw error;
  }
}

function changedFields(row: SqlRow, change: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(change).map((field) => [field, row[field]]));
}

function memberOf(row: SqlRow): Member {
  return {
    id: String(row.id),
    name: String(row.name),
    email: String(row.email),
    scopes: row.scopes as readonly Scope[],
    createdAt: String(row.created_at),
    disabledAt: row.disabled_at as string | null,
  };
}
