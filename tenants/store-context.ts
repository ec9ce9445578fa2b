import type { Catalog, Sql } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { appendAudit, type AuditNote } from './audit-chain.ts';
import type { CursorSeal } from './cursor-seal.ts';
import type { InstallationKeys } from './installation-keys.ts';
import type { Actor, PersonRef } from './principal.ts';

/** What every store of a tenant works with. */
export interface StoreContext {
  readonly tenant: TenantId;
  readonly actor: Actor;
  readonly catalog: Catalog;
  readonly keys: InstallationKeys;
  readonly cursors: CursorSeal;
  readonly nowMs: () => number;
}

/** Reads what is no personal data, or prepares: one transaction that leaves no trace in the audit log. */
export function inTenant<T>(context: StoreContext, work: (sql: Sql) => Promise<T>): Promise<T> {
  return context.catalog.asTenant(context.tenant, work);
}

/**
 * One transaction whose notes are appended to the tenant's audit log with it, in order, or not at all. A `work` that notes
 * nothing leaves nothing: for calls that turn out to change nothing.
 */
export function audited<T>(
  context: StoreContext,
  work: (sql: Sql, note: (note: AuditNote) => void) => Promise<T>,
): Promise<T> {
  return context.catalog.asTenant(context.tenant, async (sql) => {
    const notes: AuditNote[] = [];
    const answer = await work(sql, (note) => notes.push(note));
    await appendAudit(sql, context, notes);
    return answer;
  });
}

/**
 * Waits until no other transaction of the tenant is between this call and its end, in whichever process: for those that count rows and
 * add one. It goes before whatever else they lock.
 */
export async function takeTurn(sql: Sql, tenant: TenantId): Promise<void> {
  await sql.query('SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [tenant]);
}

/** The time as a parameter of a statement. */
export function nowIso(context: StoreContext): string {
  return new Date(context.nowMs()).toISOString();
}

/** Who acts, as rows remember it. */
export function personOf(actor: Actor): PersonRef {
  if (actor.kind === 'system') return { personId: `system:${actor.id}`, kind: 'system', name: actor.id };
  return { personId: actor.personId, kind: actor.kind, name: actor.name };
}
