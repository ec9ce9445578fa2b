import { createHash } from 'node:crypto';
import type { Sql, SqlRow } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { canonicalJson } from './canonical-json.ts';
import { type Actor, OPERATOR } from './principal.ts';
import { storable } from './storable-text.ts';

/** One entry of a tenant's audit log, chained to the one before it. */
export interface AuditEntry {
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly at: string;
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly personId: string | null;
    readonly name: string;
  };
  /** What was done: `key.create`, `alert.read`, … */
  readonly action: string;
  /** Whether data was changed, or personal data read. */
  readonly kind: 'change' | 'read';
  /** The id of what it was done to. */
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of the previous entry's hash and this entry's canonical JSON; hexadecimal. */
  readonly hash: string;
  readonly previousHash: string;
}

/** The hash before the first entry. */
export const FIRST_HASH = '0'.repeat(64);

/** What is to be appended to the audit log. */
export interface AuditNote {
  readonly kind: 'change' | 'read';
  /** What was done, such as `key.create`. */
  readonly action: string;
  readonly target: string | null;
  /** What JSON can hold; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A note, and who did what it says. */
export interface SignedNote {
  readonly actor: Actor;
  readonly note: AuditNote;
}

/** What an entry is hashed as: canonical JSON of this. */
interface ChainedEntry {
  readonly tenant: string;
  readonly sequence: number;
  readonly at: string;
  readonly kind: string;
  readonly action: string;
  readonly actor: AuditEntry['actor'];
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Appends what one actor did: see appendAudits. */
export function appendAudit(
  sql: Sql,
  context: { readonly tenant: TenantId; readonly actor: Actor; readonly nowMs: () => number },
  notes: readonly AuditNote[],
): Promise<void> {
  const { actor } = context;
  return appendAudits(
    sql,
    context,
    notes.map((note) => ({ actor, note })),
  );
}

/**
 * Appends the notes in the transaction of `sql`. The head's row is locked until it ends, so that the chain has no forks
 * however many append.
 */
export async function appendAudits(
  sql: Sql,
  context: { readonly tenant: TenantId; readonly nowMs: () => number },
  notes: readonly SignedNote[],
): Promise<void> {
  if (notes.length === 0) return;
  const { tenant } = context;
  const head = await lockHead(sql, tenant);
  const at = new Date(context.nowMs()).toISOString();
  const rows: Record<string, unknown>[] = [];
  let { sequence, hash } = head;
  for (const { actor: who, note } of notes) {
    const { kind, action, target, details = {} } = note;
    const actor = auditActor(who);
    sequence++;
    const entry = canonicalJson({ tenant, sequence, at, kind, action, actor, target, details });
    hash = chainHash(hash, entry);
    rows.push({ sequence, at, kind, action, actor: actor.name, target, entry, hash });
  }
  await sql.query(APPEND, [tenant, JSON.stringify(rows.map(cleanRow))]);
  await sql.query('UPDATE audit_heads SET sequence = $2, hash = $3 WHERE tenant_id = $1', [
    tenant,
    sequence,
    hash,
  ]);
}

const APPEND = `
INSERT INTO audit_log (tenant_id, sequence, at, kind, action, actor, target, entry, hash)
SELECT $1, sequence, at, kind, action, actor, target, entry, hash
FROM json_to_recordset($2::json) AS note (sequence BIGINT, at TIMESTAMPTZ, kind TEXT, action TEXT, actor TEXT,
  target TEXT, entry TEXT, hash TEXT)`;

/** SHA-256 over the hash before, as its 32 bytes, and the entry's UTF-8; hexadecimal. */
export function chainHash(previous: string, entry: string): string {
  return createHash('sha256').update(previous, 'hex').update(entry, 'utf8').digest('hex');
}

/** Where the tenant's chain ends. */
export async function readHead(
  sql: Sql,
  tenant: TenantId,
): Promise<{ readonly sequence: number; readonly hash: string }> {
  const rows = await sql.query('SELECT sequence, hash FROM audit_heads WHERE tenant_id = $1', [tenant]);
  return headOf(rows[0]);
}

async function lockHead(
  sql: Sql,
  tenant: TenantId,
): Promise<{ readonly sequence: number; readonly hash: string }> {
  const select = 'SELECT sequence, hash FROM audit_heads WHERE tenant_id = $1 FOR UPDATE';
  const rows = await sql.query(select, [tenant]);
  if (rows[0] !== undefined) return headOf(rows[0]);
  const insert =
    'INSERT INTO audit_heads (tenant_id, sequence, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING';
  await sql.query(insert, [tenant, FIRST_HASH]);
  return headOf((await sql.query(select, [tenant]))[0]);
}

function headOf(row: SqlRow | undefined): { readonly sequence: number; readonly hash: string } {
  if (row === undefined) return { sequence: 0, hash: FIRST_HASH };
  return { sequence: Number(row.sequence), hash: String(row.hash) };
}

function auditActor(actor: Actor): AuditEntry['actor'] {
  if (actor.kind === 'system') return { kind: 'system', id: actor.id, personId: null, name: actor.id };
  const id = actor.kind === OPERATOR ? OPERATOR : actor.credentialId;
  return { kind: actor.kind, id, personId: actor.personId, name: actor.name };
}

/** Columns that repeat what the entry says: what TEXT cannot hold is escaped in the entry, but not in these. */
function cleanRow(row: Record<string, unknown>): Record<string, unknown> {
  const target = typeof row.target === 'string' ? storable(row.target) : row.target;
  return { ...row, action: storable(String(row.action)), actor: storable(String(row.actor)), target };
}

/** A row of the audit log as an entry; `previousHash` is the row's before it. Throws where the stored entry is no JSON. */
export function auditEntryOf(row: SqlRow, previousHash: string): AuditEntry {
  const entry = JSON.parse(String(row.entry)) as ChainedEntry;
  return {
    sequence: Number(row.sequence),
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    kind: entry.kind as AuditEntry['kind'],
    target: entry.target,
    details: entry.details,
    hash: String(row.hash),
    previousHash,
  };
}

/**
 * What is wrong with a row that follows one with `previousHash`, in words, or null: its hash, its number, and the
 * columns that repeat its entry.
 */
export function auditRowProblem(
  row: SqlRow,
  tenant: TenantId,
  sequence: number,
  previousHash: string,
): string | null {
  if (Number(row.sequence) !== sequence) return `entry ${sequence} is missing`;
  if (chainHash(previousHash, String(row.entry)) !== row.hash)
    return 'its hash is not of its content and the entry before';
  const entry = JSON.parse(String(row.entry)) as ChainedEntry;
  if (entry.tenant !== tenant || entry.sequence !== sequence) return 'it was written for another place';
  const target = entry.target === null ? null : storable(entry.target);
  const same =
    row.kind === entry.kind &&
    row.action === storable(entry.action) &&
    row.actor === storable(entry.actor.name) &&
    row.target === target &&
    row.at === entry.at;
  return same ? null : 'its columns do not say what was hashed';
}
