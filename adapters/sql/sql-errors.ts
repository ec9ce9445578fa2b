import type { CatalogConflict } from '../../core/ports/catalog.ts';

/** SQLSTATEs (PostgreSQL, appendix A) that are the caller's to put into words. */
const CONFLICTS: Readonly<Record<string, CatalogConflict['kind']>> = {
  '23505': 'unique',
  '23503': 'foreignKey',
  '23514': 'check',
  '23502': 'notNull',
  '42501': 'privilege',
};

/** What went wrong, as plain data, of an error of PGlite or of `pg`. */
export function describeSqlError(
  error: unknown,
):
  | { readonly kind: 'conflict'; readonly conflict: CatalogConflict['kind']; readonly constraint: string }
  | { readonly kind: 'other'; readonly sqlState: string; readonly message: string } {
  const fields = error as {
    readonly code?: unknown;
    readonly constraint?: unknown;
    readonly column?: unknown;
  };
  const sqlState = typeof fields?.code === 'string' ? fields.code : '';
  const message = String((error as { readonly message?: unknown })?.message ?? error);
  const conflict = CONFLICTS[sqlState];
  if (conflict === undefined) return { kind: 'other', sqlState, message };
  const place = fields.constraint ?? fields.column;
  return { kind: 'conflict', conflict, constraint: typeof place === 'string' ? place : message };
}

/**
 * Whether PostgreSQL says that the statement is wrong (classes 0A feature not supported, 22 data, 25 transaction state,
 * 42 syntax), which is a bug of ours: every statement is.
 */
export function isOfTheStatement(sqlState: string): boolean {
  return ['0A', '22', '25', '42'].includes(sqlState.slice(0, 2));
}
