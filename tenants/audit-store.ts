import type { SqlRow } from '../core/ports/catalog.ts';
import {
  type AuditEntry,
  type AuditNote,
  auditEntryOf,
  auditRowProblem,
  FIRST_HASH,
  readHead,
} from './audit-chain.ts';
import type { AuditDesk } from './audit-desk.ts';
import { canonicalJson } from './canonical-json.ts';
import { checkTime } from './fields.ts';
import { isSigned } from './installation-keys.ts';
import type { Page, PageRequest } from './page.ts';
import { closePage, openPage } from './read-page.ts';
import { SqlCondition } from './sql-condition.ts';
import { storable } from './storable-text.ts';
import { audited, inTenant, type StoreContext } from './store-context.ts';

/** Where the chain ends, signed by the installation: who keeps it can prove later that nothing before was changed. */
export interface SignedAuditHead {
  readonly tenant: string;
  readonly sequence: number;
  readonly hash: string;
  readonly at: string;
  /** The canonical JSON of the fields above: what is signed. */
  readonly statement: string;
  /** Ed25519, base64, over the statement. */
  readonly signature: string;
  /** The installation's public key, PEM (SPKI). */
  readonly publicKey: string;
}

export type AuditVerdict =
  | { readonly kind: 'intact'; readonly entries: number; readonly hash: string }
  | { readonly kind: 'broken'; readonly sequence: number; readonly reason: string };

export interface AuditFilter {
  readonly kind?: 'change' | 'read';
  readonly actions?: readonly string[];
  /** The name of who did it. */
  readonly actor?: string;
  readonly target?: string;
  /** ISO 8601: from, inclusive; until, exclusive. */
  readonly from?: string;
  readonly until?: string;
}

/** The tenant's audit log. Stores append to it on their own; callers do so for what goes past the stores. */
export interface AuditStore {
  /** For a read of personal data that no store did: a query of the graph, a subscription, an export. */
  recordRead(
    action: string,
    target: string | null,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** For a change that no store did: rows of a table. */
  recordChange(
    action: string,
    target: string | null,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  get(sequence: number): Promise<AuditEntry | null>;
  page(filter: AuditFilter, request: PageRequest): Promise<Page<AuditEntry>>;
  /** Checks every entry against its hash and its neighbour, and the whole against a head exported before, if one is given. */
  verify(head?: SignedAuditHead): Promise<AuditVerdict>;
  head(): Promise<SignedAuditHead>;
}

/** Entries that are checked in one statement. */
const VERIFIED_AT_ONCE = 1000;

/** The audit log in the catalog. */
export class CatalogAuditStore implements AuditStore {
  readonly #context: StoreContext;
  readonly #desk: AuditDesk;

  constructor(context: StoreContext, desk: AuditDesk) {
    this.#context = context;
    this.#desk = desk;
  }

  async recordRead(action: string, target: string | null, details: AuditNote['details'] = {}): Promise<void> {
    await this.#desk.record({ actor: this.#context.actor, note: { kind: 'read', action, target, details } });
  }

  async recordChange(
    action: string,
    target: string | null,
    details: AuditNote['details'] = {},
  ): Promise<void> {
    await this.#desk.record({
      actor: this.#context.actor,
      note: { kind: 'change', action, target, details },
    });
  }

  async get(sequence: number): Promise<AuditEntry | null> {
    if (!Number.isSafeInteger(sequence) || sequence < 1) return null;
    const where = SqlCondition.ofTenant(this.#context.tenant).and('sequence = ?', sequence);
    return (await this.#read(where, 1, {}))[0] ?? null;
  }

  async page(filter: AuditFilter, request: PageRequest): Promise<Page<AuditEntry>> {
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'audit', request);
    let where = conditionOf(tenant, filter);
    if (after !== null) where = where.and('sequence < ?', Number(after[0]));
    const entries = await this.#read(where, request.first + 1, filter);
    return closePage(cursors, 'audit', request, entries, (entry) => [entry.sequence]);
  }

  async verify(head?: SignedAuditHead): Promise<AuditVerdict> {
    const signed =
      head === undefined ? null : checkHead(head, this.#context.tenant, this.#context.keys.publicKey);
    if (signed !== null) return { kind: 'broken', sequence: head?.sequence ?? 0, reason: signed };
    let hash = FIRST_HASH;
    let sequence = 0;
    for (;;) {
      const rows = await this.#stretch(sequence);
      for (const row of rows) {
        const reason = auditRowProblem(row, this.#context.tenant, sequence + 1, hash);
        if (reason !== null) return { kind: 'broken', sequence: sequence + 1, reason };
        sequence++;
        hash = String(row.hash);
        if (sequence === head?.sequence && hash !== head.hash) {
          return { kind: 'broken', sequence, reason: 'it is another one than when the head was signed' };
        }
      }
      if (rows.length < VERIFIED_AT_ONCE) break;
    }
    return await this.#verifyEnd(sequence, hash, head?.sequence ?? 0);
  }

  async head(): Promise<SignedAuditHead> {
    const { keys, tenant } = this.#context;
    const { sequence, hash } = await inTenant(this.#context, (sql) => readHead(sql, tenant));
    const at = new Date(this.#context.nowMs()).toISOString();
    const statement = canonicalJson({ tenant, sequence, hash, at });
    const signature = keys.sign(statement);
    return { tenant, sequence, hash, at, statement, signature, publicKey: keys.publicKey };
  }

  /** Whether the chain ends where its head says, and not before one that was signed. */
  async #verifyEnd(sequence: number, hash: string, signedSequence: number): Promise<AuditVerdict> {
    const { tenant } = this.#context;
    if (sequence < signedSequence) {
      return {
        kind: 'broken',
        sequence: sequence + 1,
        reason: 'it is missing, though a signed head covers it',
      };
    }
    const head = await inTenant(this.#context, (sql) => readHead(sql, tenant));
    // Entries appended since the last stretch was read are after it.
    if (head.sequence > sequence) {
      const next = await this.#stretch(sequence);
      if (next.length === 0) {
        return { kind: 'broken', sequence: sequence + 1, reason: 'it is missing, though the head counts it' };
      }
    }
    if (head.sequence < sequence || (head.sequence === sequence && head.hash !== hash)) {
      return { kind: 'broken', sequence, reason: 'the head is not of it' };
    }
    return { kind: 'intact', entries: sequence, hash };
  }

  async #stretch(after: number): Promise<readonly SqlRow[]> {
    const text = `SELECT sequence, at, kind, action, actor, target, entry, hash FROM audit_log
      WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`;
    const { tenant } = this.#context;
    return await inTenant(this.#context, (sql) => sql.query(text, [tenant, after, VERIFIED_AT_ONCE]));
  }

  /** Newest first, with the hash before each. Entries name people, so reading them is noted as well. */
  async #read(where: SqlCondition, limit: number, filter: AuditFilter): Promise<readonly AuditEntry[]> {
    const rows = await audited(this.#context, async (sql, note) => {
      const found = await sql.query(
        `SELECT sequence, entry, hash, (SELECT before.hash FROM audit_log AS before
           WHERE before.tenant_id = $1 AND before.sequence = audit_log.sequence - 1) AS previous_hash
         FROM audit_log WHERE ${where.text} ORDER BY sequence DESC LIMIT ${limit}`,
        where.parameters,
      );
      const range = { newest: found[0]?.sequence, oldest: found.at(-1)?.sequence };
      if (found.length > 0)
        note({ kind: 'read', action: 'audit.list', target: null, details: { filter, ...range } });
      return found;
    });
    return rows.map((row) => auditEntryOf(row, (row.previous_hash as string | null) ?? FIRST_HASH));
  }
}

/** What is wrong with a head that somebody kept, or null. */
function checkHead(head: SignedAuditHead, tenant: string, publicKey: string): string | null {
  const { sequence, hash, at } = head;
  if (head.tenant !== tenant) return 'the head is of another tenant';
  const statement = canonicalJson({ tenant, sequence, hash, at });
  if (!isSigned(statement, head.signature, publicKey)) return 'this installation has not signed the head';
  return null;
}

/** Throws FIELD_INVALID. */
function conditionOf(tenant: string, filter: AuditFilter): SqlCondition {
  const { kind, actions, actor, target, from, until } = filter;
  let where = SqlCondition.ofTenant(tenant);
  if (kind !== undefined) where = where.and('kind = ?', kind);
  if (actions !== undefined) where = where.and('action = ANY (?::text[])', actions.map(storable));
  if (actor !== undefined) where = where.and('actor = ?', storable(actor));
  if (target !== undefined) where = where.and('target = ?', storable(target));
  if (from !== undefined) where = where.and('at >= ?', checkTime('from', from));
  if (until !== undefined) where = where.and('at < ?', checkTime('until', until));
  return where;
}
