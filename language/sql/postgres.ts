import type { Node, SelectStmt } from 'libpg-query';
import { hasSqlDetails, loadModule, parseSync, scanSync } from 'libpg-query';

// The WASM module has no synchronous way to start; waiting here, once, is what lets everything after be synchronous.
await loadModule();

/** What PostgreSQL's grammar makes of one statement, or where and why it stops. */
export type PostgresResult =
  | { readonly kind: 'select'; readonly select: SelectStmt }
  | { readonly kind: 'other'; readonly node: Node }
  /** `codePoint`: the offset of the error in code points. */
  | { readonly kind: 'error'; readonly message: string; readonly codePoint: number };

/**
 * Parses one SQL statement with PostgreSQL 18's own grammar (libpg-query, WASM). Locations in the tree are offsets in
 * UTF-8 bytes. The caller has bounded how deep the text nests: past about 8,000 levels the WASM stack overflows, and
 * after some of these the module is broken.
 */
export function parsePostgres(sql: string): PostgresResult {
  try {
    const node = parseSync(sql).stmts?.[0]?.stmt;
    if (node === undefined) return { kind: 'error', message: 'syntax error at end of input', codePoint: 0 };
    return 'SelectStmt' in node ? { kind: 'select', select: node.SelectStmt } : { kind: 'other', node };
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    return { kind: 'error', message: error.message, codePoint: cursorOf(error) };
  }
}

function cursorOf(error: unknown): number {
  return hasSqlDetails(error)
    ? ((error as { sqlDetails?: { cursorPosition: number } }).sqlDetails?.cursorPosition ?? 0)
    : 0;
}

/** What a word is to SQL: a mere name, a keyword that can be a name, or reserved, so that it names nothing unless quoted. */
export function wordClass(word: string): 'name' | 'keyword' | 'reserved' {
  const kind = scanSync(word).tokens[0]?.keywordKind ?? 0;
  if (kind === RESERVED_KEYWORD) return 'reserved';
  return kind === 0 ? 'name' : 'keyword';
}

/** Of PostgreSQL's KeywordKind. */
const RESERVED_KEYWORD = 4;
