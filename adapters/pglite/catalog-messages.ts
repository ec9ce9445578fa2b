import type { ErrorCode, ErrorDetails } from '../../core/errors.ts';
import type { CatalogConflict, SqlRow, SqlValue } from '../../core/ports/catalog.ts';
import type { Migration } from '../sql/migrations.ts';
import type { CatalogRole } from '../sql/transaction-text.ts';

/** What the catalog's thread is started with. */
export interface CatalogThreadData {
  readonly folder: string;
  /** To be applied before anything else; after a restart of the thread there is nothing to do for them. */
  readonly migrations: readonly Migration[];
}

/** Asked in order, answered in order, one at a time; `begin` opens the only transaction that there is. */
export type CatalogRequest =
  | { readonly kind: 'begin'; readonly role: CatalogRole; readonly tenant: string | null }
  | { readonly kind: 'query'; readonly text: string; readonly parameters: readonly SqlValue[] }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'close' };

/** The first answer, to no request, says that the database is open. */
export type CatalogReply =
  | { readonly kind: 'rows'; readonly rows: readonly SqlRow[] }
  | { readonly kind: 'failed'; readonly failure: CatalogFailure };

/** An error as plain data. */
export type CatalogFailure =
  | { readonly kind: 'conflict'; readonly conflict: CatalogConflict['kind']; readonly constraint: string }
  | { readonly kind: 'coded'; readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly kind: 'bug'; readonly message: string }
  /** `sqlState`: PostgreSQL's five characters, or '' where the error is not its own. */
  | { readonly kind: 'other'; readonly sqlState: string; readonly message: string };
