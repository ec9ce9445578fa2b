import type { BenchTenant, WebhookBench } from './test-webhooks.ts';

/** The code that a promise rejects with, or `none`. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'none',
    (error: unknown) => String((error as { readonly code?: unknown }).code ?? error),
  );
}

/** The actions of the tenant's audit log, oldest first. */
export async function auditActionsOf(bench: WebhookBench, { id }: BenchTenant): Promise<string[]> {
  const rows = await bench.catalog.asTenant(id, (sql) =>
    sql.query('SELECT action FROM audit_log ORDER BY sequence'),
  );
  return rows.map(({ action }) => String(action));
}
