import type { TenantId } from '../tenant-id.ts';

/** What a parameter may be. JSON goes as text and is cast in the statement (`$1::jsonb`); lists are of text. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array | readonly string[];

/**
 * A row, column by name. SMALLINT, INTEGER and BIGINT come as numbers (a BIGINT beyond 2^53 is an error), DOUBLE as a
 * number, TIMESTAMPTZ as ISO 8601 text in UTC with milliseconds, JSON and JSONB as the value they hold, BYTEA as
 * bytes, TEXT[] as a list, NUMERIC and all else as text.
 */
export type SqlRow = Readonly<Record<string, unknown>>;

/** One transaction's connection. It must not be used after the `work` it was handed to has ended. */
export interface Sql {
  /**
   * Runs one statement, portable to PostgreSQL 15, with `$1` placeholders. Statements of one transaction run one after
   * the other. Throws CATALOG_TIMEOUT, and CatalogConflict where a unique or foreign key or a check is violated.
   */
  query(text: string, parameters?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}

/**
 * The relational store of all that is not the log: tenants, keys, drafts, and projections of effects. One call is one
 * transaction (read committed or stronger): what `work` resolves with is handed on once the transaction is durable,
 * and nothing of it is kept when `work` throws. Row-level security is forced: inside `asTenant` only rows of that
 * tenant exist, whatever the statements say; inside `asPlatform` only the directory of tenants and credentials.
 */
export interface Catalog {
  /**
   * Throws CATALOG_BUSY when too many transactions wait, CATALOG_TIMEOUT when a statement or the transaction takes too
   * long, CATALOG_CLOSED, CATALOG_FAILED.
   */
  asTenant<T>(tenant: TenantId, work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The same, for what lies above tenants: their list, and whose key this is. */
  asPlatform<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Waits for the transactions that were called for, and releases the store. */
  close(): Promise<void>;
}

/**
 * A statement broke a constraint, or did what its role may not (row-level security, a missing grant); which one is for
 * the caller to put into words. The transaction is undone, even where `work` catches it.
 */
export class CatalogConflict extends Error {
  override readonly name = 'CatalogConflict';
  readonly kind: 'unique' | 'foreignKey' | 'check' | 'notNull' | 'privilege';
  /** The constraint's name, as the migrations give it. */
  readonly constraint: string;

  constructor(kind: CatalogConflict['kind'], constraint: string) {
    super(`the constraint ${constraint} (${kind}) does not hold`);
    this.kind = kind;
    this.constraint = constraint;
  }
}
