import { assert } from '../../core/assert.ts';
import { isTenantId } from '../../core/tenant-id.ts';

/** Whom a transaction acts as: `migrations/` says what each may. */
export type CatalogRole = 'ringwatch_tenant' | 'ringwatch_platform';

/**
 * Begins a transaction under a role and for a tenant (null: the platform). Both end with it: as the owner of the tables
 * nothing is ever asked.
 */
export function beginText(role: CatalogRole, tenant: string | null): string {
  assert(tenant === null || isTenantId(tenant), 'a tenant is named by its id');
  return `BEGIN; SET LOCAL ROLE ${role}; SELECT set_config('app.tenant', '${tenant ?? ''}', true)`;
}

/** Asserts that a statement reads or changes rows, and could not lay down the role: the session's own user may do more. */
export function checkStatement(text: string): void {
  assert(/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(text), 'a statement reads or changes rows');
}
