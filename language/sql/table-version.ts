import type { RingwatchError } from '../../core/errors.ts';
import type { Join } from '../ast.ts';
import type { Token } from '../lexer.ts';
import { Cursor } from '../parser/cursor.ts';
import { EXPRESSION_GRAMMAR, parseOperand } from '../parser/expression.ts';
import type { SourceText } from '../source-text.ts';

/** FOR SYSTEM_TIME AS OF …, which PostgreSQL's grammar lacks. */
export interface TableVersion {
  /** FOR */
  readonly first: Token;
  /** The tokens before it, nearest first: a table and maybe its alias. */
  readonly before: readonly Token[];
  readonly version: NonNullable<Join['version']>;
}

/** Takes the clauses out of a body's tokens. PROCTIME() is the version at hand; anything else is a time. */
export function takeTableVersions(
  source: SourceText,
  tokens: readonly Token[],
  after: Token,
): { readonly kept: readonly Token[]; readonly versions: readonly TableVersion[] } {
  const kept: Token[] = [];
  const versions: TableVersion[] = [];
  const end: Token = {
    kind: 'end',
    start: after.start,
    end: after.start,
    text: '',
    keyword: '',
    error: null,
  };
  const cursor = new Cursor(source, [...tokens, end], EXPRESSION_GRAMMAR);
  while (!cursor.atEnd()) {
    if (!cursor.looksLike('FOR') || !cursor.looksLike('SYSTEM_TIME', 1)) {
      kept.push(cursor.advance());
      continue;
    }
    const first = cursor.peek();
    cursor.expectWords('FOR', 'SYSTEM_TIME');
    if (!cursor.looksLike('AS')) throw refusePeriod(cursor);
    cursor.expectWords('AS', 'OF');
    versions.push({ first, before: kept.slice(-3).reverse(), version: parseVersion(cursor) });
  }
  return { kept, versions };
}

function refusePeriod(cursor: Cursor): RingwatchError {
  const word = cursor.peek().keyword;
  if (['FROM', 'BETWEEN', 'ALL', 'CONTAINED'].includes(word))
    return cursor.notBuilt(`FOR SYSTEM_TIME ${word}`);
  return cursor.expectWord('AS').error ?? cursor.notBuilt('FOR SYSTEM_TIME');
}

function parseVersion(cursor: Cursor): NonNullable<Join['version']> {
  if (cursor.looksLike('PROCTIME') && cursor.looksLikeSymbol('(', 1)) {
    cursor.advance();
    cursor.expectSymbol('(');
    cursor.expectSymbol(')');
    return { kind: 'current' };
  }
  return { kind: 'asOf', time: parseOperand(cursor) };
}
