import type { Statement } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseGraphBody } from './graph.ts';
import { parseRelationBody } from './relation.ts';
import { parseDecisionBody, parseQueryBody, parseRuleBody } from './rule.ts';
import { startsStatement } from './statement-start.ts';
import { parseViewBody } from './view.ts';

/** Statements of the language that are read no further than their first words. */
const UNBUILT_KINDS = ['MODEL', 'POLICY'] as const;

const OTHER_STATEMENTS: Readonly<Record<string, string>> = {
  DROP: 'Leave a statement out of the text to drop what it creates.',
  ALTER: 'Change the statement itself; the next version of the text takes its place.',
  INSERT: 'Rows come from inputs, or from DO INSERT INTO in a rule.',
  UPDATE: 'Rows come from inputs, or from DO INSERT INTO in a rule.',
  DELETE: 'Rows come from inputs.',
  SELECT: 'Give the SELECT a name: CREATE VIEW name AS SELECT …',
  MATCH: 'Give the MATCH a name: CREATE QUERY name (…) AS USE graph MATCH …',
  USE: 'Give the query a name: CREATE QUERY name (…) AS USE graph …',
};

/** One statement, with its `;` or the end of the text after it, which is not taken. */
export function parseStatement(cursor: Cursor): Statement {
  const first = cursor.peek();
  if (first.keyword === 'BACKTEST' || first.keyword === 'EXPLAIN') throw cursor.notBuilt(first.keyword);
  if (!cursor.acceptWord('CREATE')) cursor.fail(null, OTHER_STATEMENTS[first.keyword] ?? null);
  const statement = parseCreate(cursor);
  if (!cursor.atEnd()) failAfter(cursor);
  const text = cursor.source.text.slice(first.start, cursor.previous().end);
  return { ...statement, at: cursor.position(first), text };
}

/** Goes to where the next statement begins: after the next `;`, or at a CREATE before it whose `;` was forgotten. */
export function skipToStatement(cursor: Cursor, failedAt: number): boolean {
  for (let ahead = 0; ; ahead++) {
    const token = cursor.peek(ahead);
    if (token.kind === 'end' || (token.kind === 'symbol' && token.text === ';'))
      return cursor.nextStatement();
    if (cursor.index + ahead > failedAt && startsStatement(cursor, ahead))
      return cursor.skipTo(cursor.index + ahead);
  }
}

type WithoutText<T> = T extends Statement ? Omit<T, 'at' | 'text'> : never;

function parseCreate(cursor: Cursor): WithoutText<Statement> {
  refuseModifiers(cursor);
  if (cursor.acceptWord('SOURCE'))
    return { kind: 'createSource', name: parseName(cursor), ...parseRelationBody(cursor) };
  if (cursor.acceptWord('TABLE'))
    return { kind: 'createTable', name: parseName(cursor), ...parseRelationBody(cursor) };
  if (cursor.acceptWord('VIEW'))
    return { kind: 'createView', name: parseName(cursor), ...parseViewBody(cursor) };
  if (cursor.acceptWord('PROPERTY')) {
    cursor.expectWord('GRAPH');
    return { kind: 'createGraph', name: parseName(cursor), ...parseGraphBody(cursor) };
  }
  if (cursor.acceptWord('DECISION'))
    return { kind: 'createDecision', name: parseName(cursor), ...parseDecisionBody(cursor) };
  if (cursor.acceptWord('RULE'))
    return { kind: 'createRule', name: parseName(cursor), ...parseRuleBody(cursor) };
  if (cursor.acceptWord('QUERY'))
    return { kind: 'createQuery', name: parseName(cursor), ...parseQueryBody(cursor) };
  for (const kind of UNBUILT_KINDS) {
    if (cursor.looksLike(kind)) throw cursor.notBuilt(`CREATE ${kind}`, cursor.previous());
  }
  const hint = cursor.looksLike('GRAPH') ? 'Write CREATE PROPERTY GRAPH.' : null;
  return cursor.fail(null, hint);
}

function parseName(cursor: Cursor): ReturnType<Cursor['expectName']> {
  if (cursor.looksLike('IF') && cursor.looksLike('NOT', 1)) {
    throw cursor.invalid('a definition says what there is: leave out IF NOT EXISTS');
  }
  const name = cursor.expectName('a name');
  if (cursor.looksLikeSymbol('.')) throw cursor.notBuilt('names with a schema');
  return name;
}

function refuseModifiers(cursor: Cursor): void {
  if (cursor.looksLike('OR') && cursor.looksLike('REPLACE', 1)) {
    throw cursor.invalid('a changed text is a new version by itself: leave out OR REPLACE');
  }
  const word = cursor.peek().keyword;
  if (word === 'MATERIALIZED') throw cursor.invalid('every view is kept up to date: leave out MATERIALIZED');
  if (word === 'TEMP' || word === 'TEMPORARY' || word === 'RECURSIVE' || word === 'UNLOGGED')
    throw cursor.notBuilt(`CREATE ${word}`);
}

/** Something follows a whole statement. */
function failAfter(cursor: Cursor): never {
  cursor.isSymbol(';');
  return cursor.fail(null, startsStatement(cursor, 0) ? "End the statement before with ';'." : null);
}
