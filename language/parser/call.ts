import { present } from '../../core/assert.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Expression, Identifier } from '../ast.ts';
import { foldCase } from '../lexer.ts';
import type { Cursor } from './cursor.ts';

/** Calls whose argument is a pattern, a subquery or a variable of their own. */
const UNBUILT_CALLS: ReadonlyMap<string, string> = new Map([
  ['exists', 'EXISTS'],
  ['all', 'ALL (… IN …)'],
  ['any', 'ANY (… IN …)'],
  ['none', 'NONE (… IN …)'],
  ['single', 'SINGLE (… IN …)'],
  ['reduce', 'reduce (…)'],
  ['row', 'row values'],
  ['array', 'ARRAY'],
  ['shortestpath', 'shortestPath (…)'],
  ['allshortestpaths', 'allShortestPaths (…)'],
]);

/** A call whose name has been read, from its `(`. EXTRACT, SUBSTRING, POSITION and TRIM also in SQL's own syntax. */
export function parseCall(cursor: Cursor, name: readonly Identifier[], at: SourcePosition): Expression {
  const first = present(name[0]);
  const feature = name.length === 1 ? UNBUILT_CALLS.get(first.name) : undefined;
  if (feature !== undefined) throw cursor.notBuilt(feature, cursor.previous());
  cursor.expectSymbol('(');
  const special = name.length === 1 ? parseSqlSyntax(cursor, first.name) : null;
  if (special !== null) {
    const called = [{ name: special.name, at: first.at }];
    return finishCall(cursor, called, at, { args: special.args, star: false, distinct: false });
  }
  if (cursor.looksLikeSymbol('*') && cursor.looksLikeSymbol(')', 1)) {
    cursor.advance();
    return finishCall(cursor, name, at, { args: [], star: true, distinct: false });
  }
  if (cursor.looksLike('SELECT')) throw cursor.notBuilt('subqueries');
  const distinct = cursor.acceptWord('DISTINCT') !== null;
  const empty = !distinct && cursor.looksLikeSymbol(')');
  const args = empty ? [] : cursor.commaList(() => cursor.expression());
  if (cursor.looksLike('ORDER')) throw cursor.notBuilt('ORDER BY in an aggregate');
  return finishCall(cursor, name, at, { args, star: false, distinct });
}

function finishCall(
  cursor: Cursor,
  name: readonly Identifier[],
  at: SourcePosition,
  inside: { readonly args: readonly Expression[]; readonly star: boolean; readonly distinct: boolean },
): Expression {
  cursor.expectSymbol(')');
  if (cursor.looksLike('WITHIN') && cursor.looksLike('GROUP', 1)) throw cursor.notBuilt('WITHIN GROUP');
  let filter: Expression | null = null;
  // FILTER is also a clause of its own; the parenthesis with WHERE tells them apart.
  if (cursor.looksLike('FILTER') && cursor.looksLikeSymbol('(', 1) && cursor.looksLike('WHERE', 2)) {
    cursor.advance();
    cursor.advance();
    cursor.advance();
    filter = cursor.expression();
    cursor.expectSymbol(')');
  }
  if (cursor.looksLike('OVER')) throw cursor.notBuilt('OVER outside of views');
  return { kind: 'call', at, name, ...inside, filter, over: null };
}

/** A function as if it had been called with commas. */
interface PlainCall {
  readonly name: string;
  readonly args: Expression[];
}

/** Arguments written with words between them, put in the order they have with commas; null for any other call. */
function parseSqlSyntax(cursor: Cursor, name: string): PlainCall | null {
  switch (name) {
    case 'extract':
      return { name, args: parseExtract(cursor) };
    case 'substring':
      return { name, args: parseSubstring(cursor) };
    case 'position':
      return { name, args: parsePosition(cursor) };
    case 'trim':
      return parseTrim(cursor);
    case 'overlay':
      throw cursor.notBuilt('OVERLAY', cursor.peek(-2));
    default:
      return null;
  }
}

function parseExtract(cursor: Cursor): Expression[] {
  const field = cursor.peek();
  if (field.kind !== 'word' && field.kind !== 'text') cursor.fail('a field such as EPOCH');
  cursor.advance();
  const at = cursor.position(field);
  const name: Expression = { kind: 'literal', at, value: { kind: 'text', value: foldCase(field.text) } };
  if (field.kind === 'text' && cursor.acceptSymbol(',')) return [name, cursor.expression()];
  cursor.expectWord('FROM');
  return [name, cursor.expression()];
}

function parseSubstring(cursor: Cursor): Expression[] {
  const text = cursor.expression();
  if (cursor.looksLike('SIMILAR')) throw cursor.notBuilt('SUBSTRING (… SIMILAR …)');
  const args = [text];
  if (cursor.acceptWord('FROM')) {
    args.push(cursor.expression());
    if (cursor.acceptWord('FOR')) args.push(cursor.expression());
  } else if (cursor.isWord('FOR')) {
    const at = cursor.position();
    cursor.advance();
    args.push({ kind: 'literal', at, value: { kind: 'integer', text: '1' } }, cursor.expression());
  } else {
    while (cursor.acceptSymbol(',')) args.push(cursor.expression());
  }
  return args;
}

/** POSITION(part IN text) is `position(part, text)`. */
function parsePosition(cursor: Cursor): Expression[] {
  const part = cursor.operand();
  if (!cursor.acceptWord('IN')) cursor.expectSymbol(',');
  return [part, cursor.operand()];
}

/** TRIM([BOTH|LEADING|TRAILING] [characters] [FROM] text) is `trim`, `ltrim` or `rtrim` of (text, characters). */
function parseTrim(cursor: Cursor): PlainCall {
  let name = 'trim';
  if (cursor.acceptWord('LEADING')) name = 'ltrim';
  else if (cursor.acceptWord('TRAILING')) name = 'rtrim';
  else cursor.acceptWord('BOTH');
  if (cursor.acceptWord('FROM')) return { name, args: [cursor.expression()] };
  const first = cursor.expression();
  if (cursor.acceptWord('FROM')) return { name, args: [cursor.expression(), first] };
  const args = [first];
  while (cursor.acceptSymbol(',')) args.push(cursor.expression());
  return { name, args };
}
