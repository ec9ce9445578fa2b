import type { Cursor } from './cursor.ts';

const KINDS: ReadonlySet<string> = new Set(
  'SOURCE TABLE VIEW PROPERTY DECISION RULE QUERY MODEL POLICY'.split(' '),
);

/** Whether a statement begins at the token `ahead`: `CREATE SOURCE` and the like, which stand nowhere else. */
export function startsStatement(cursor: Cursor, ahead: number): boolean {
  return cursor.looksLike('CREATE', ahead) && KINDS.has(cursor.peek(ahead + 1).keyword);
}
