import { present } from '../../core/assert.ts';
import type { Expression, Identifier, LinearQuery, PathPatternNode, QueryClause } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression, parseOperand } from './expression.ts';
import { parseSpan } from './literal.ts';
import { parsePathPattern } from './pattern.ts';

type MatchClause = Extract<QueryClause, { kind: 'match' }>;
type BranchClause = Extract<QueryClause, { kind: 'branch' }>;
type ProjectionClause = Extract<QueryClause, { kind: 'with' | 'return' }>;

/** Clauses of GQL or openCypher that read, by their first words, and are not built. */
const UNBUILT_CLAUSES: readonly (readonly string[])[] = [
  ['UNION'], ['INTERSECT'], ['EXCEPT'], ['OTHERWISE'], ['NEXT'], ['FINISH'], ['UNWIND'], ['FOREACH'], ['SELECT'],
  ['HAVING'], ['OPTIONAL', 'CALL'], ['LOAD', 'CSV'], ['USE'],
]; // biome-ignore format: a table

/** GQL lets these stand by themselves between clauses; here they belong to WITH and RETURN. */
const PAGING_CLAUSES: ReadonlySet<string> = new Set(['ORDER', 'LIMIT', 'SKIP', 'OFFSET']);

/** Clauses that would write into the graph. */
const WRITING_CLAUSES: ReadonlySet<string> = new Set([
  'CREATE',
  'MERGE',
  'SET',
  'REMOVE',
  'DELETE',
  'DETACH',
  'INSERT',
]);

/** `USE graph` and the clauses after it. It ends after RETURN, after a branch, or before the first word that begins no clause. */
export function parseLinearQuery(cursor: Cursor): LinearQuery {
  const at = cursor.position();
  cursor.expectWord('USE');
  const graph = cursor.expectName('the name of a graph');
  if (cursor.looksLike('GREMLIN')) throw cursor.notBuilt('a GREMLIN body');
  const clauses = parseClauses(cursor);
  if (clauses.length === 0) cursor.fail();
  return { graph, clauses, at };
}

/** Whether control cannot go on after these clauses: they end in RETURN or in a branch. */
export function endsInResult(clauses: readonly QueryClause[]): boolean {
  const last = clauses.at(-1)?.kind;
  return last === 'return' || last === 'branch';
}

function parseClauses(cursor: Cursor): QueryClause[] {
  const clauses: QueryClause[] = [];
  while (!endsInResult(clauses)) {
    const next = parseClause(cursor);
    if (next === null) break;
    for (const clause of next) clauses.push(clause);
  }
  refuseClause(cursor, clauses.at(-1)?.kind ?? null);
  return clauses;
}

function parseClause(cursor: Cursor): readonly QueryClause[] | null {
  const at = cursor.position();
  if (cursor.isWord('MATCH')) return [parseMatch(cursor, false)];
  if (cursor.isWord('OPTIONAL') && !cursor.looksLike('CALL', 1)) {
    cursor.advance();
    return [parseMatch(cursor, true)];
  }
  if (cursor.acceptWord('LET')) {
    return cursor.commaList(() => {
      const name = cursor.expectName('a variable');
      cursor.expectSymbol('=');
      return { kind: 'let', at, name, value: parseExpression(cursor) };
    });
  }
  if (cursor.acceptWord('FILTER')) {
    cursor.acceptWord('WHERE');
    return [{ kind: 'filter', at, predicate: parseExpression(cursor) }];
  }
  if (cursor.isWord('WITH')) return [parseProjection(cursor, 'with')];
  if (cursor.isWord('RETURN')) return [parseProjection(cursor, 'return')];
  if (cursor.isWord('CALL')) return parseProcedureCall(cursor);
  if (cursor.isWord('WHEN')) return [parseBranches(cursor)];
  return null;
}

function refuseClause(cursor: Cursor, before: QueryClause['kind'] | null): void {
  const token = cursor.peek();
  // Actions of a rule follow DO; before it INSERT would write into the graph.
  if (WRITING_CLAUSES.has(token.keyword)) {
    throw cursor.invalid(
      `a query only reads: ${token.keyword} cannot change the graph, which follows its tables`,
    );
  }
  if (token.keyword === 'FOR' && cursor.looksLikeName(1)) throw cursor.notBuilt('FOR … IN …');
  const words = UNBUILT_CLAUSES.find((candidate) =>
    candidate.every((word, ahead) => cursor.looksLike(word, ahead)),
  );
  if (words !== undefined) throw cursor.notBuilt(words.join(' '));
  if (PAGING_CLAUSES.has(token.keyword) && before !== 'return' && before !== 'with') {
    throw cursor.notBuilt(`${token.keyword} outside of WITH and RETURN`);
  }
}

function parseMatch(cursor: Cursor, optional: boolean): MatchClause {
  const at = optional ? cursor.position(cursor.previous()) : cursor.position();
  cursor.expectWord('MATCH');
  if (cursor.looksLikeSymbol('{')) throw cursor.notBuilt('MATCH { … }');
  const paths: PathPatternNode[] = cursor.commaList(() => parsePathPattern(cursor));
  let ascending: MatchClause['ascending'] = null;
  let keepLatest: MatchClause['keepLatest'] = null;
  let mergeParallel = false;
  let where: Expression | null = null;
  for (;;) {
    const start = cursor.position();
    if (ascending === null && cursor.acceptWord('ASCENDING')) {
      cursor.expectWord('BY');
      const property = cursor.expectName('a property');
      const within = cursor.acceptWord('WITHIN') ? parseSpan(cursor) : null;
      ascending = { property, within, at: start };
    } else if (keepLatest === null && cursor.acceptWord('KEEP')) {
      keepLatest = parseKeep(cursor, start);
    } else if (!mergeParallel && cursor.isWord('MERGE') && !cursor.looksLikeSymbol('(', 1)) {
      cursor.expectWords('MERGE', 'PARALLEL');
      mergeParallel = true;
    } else if (where === null && cursor.acceptWord('WHERE')) {
      where = parseExpression(cursor);
    } else {
      break;
    }
  }
  if (cursor.looksLike('DESCENDING')) throw cursor.notBuilt('DESCENDING BY');
  if (cursor.looksLike('YIELD')) throw cursor.notBuilt('YIELD after MATCH');
  return { kind: 'match', at, optional, paths, ascending, keepLatest, mergeParallel, where };
}

function parseKeep(cursor: Cursor, at: MatchClause['at']): NonNullable<MatchClause['keepLatest']> {
  const word = cursor.peek().keyword;
  if (['ALL', 'ANY', 'SHORTEST', 'EARLIEST', 'WALK', 'TRAIL', 'SIMPLE', 'ACYCLIC'].includes(word)) {
    throw cursor.notBuilt(`KEEP ${word}`);
  }
  cursor.expectWord('LATEST');
  const counted = cursor.expectCount('a number of edges');
  if (counted.count === 0) throw cursor.invalid('KEEP LATEST keeps at least 1 edge', counted.at);
  return { count: counted.count, at };
}

function parseProjection(cursor: Cursor, kind: 'with' | 'return'): ProjectionClause {
  const at = cursor.position();
  cursor.advance();
  const distinct = cursor.acceptWord('DISTINCT') !== null;
  const star = cursor.acceptSymbol('*') !== null;
  const items = !star || cursor.acceptSymbol(',') ? cursor.commaList(() => parseItem(cursor)) : [];
  const groupBy = cursor.acceptWords('GROUP', 'BY')
    ? cursor.commaList(() => cursor.expectName('a column'))
    : [];
  if (cursor.looksLike('HAVING')) throw cursor.notBuilt('HAVING');
  const orderBy = cursor.acceptWords('ORDER', 'BY') ? cursor.commaList(() => parseSortKey(cursor)) : [];
  let offset: Expression | null = null;
  let limit: Expression | null = null;
  for (;;) {
    if (offset === null && (cursor.acceptWord('OFFSET') || cursor.acceptWord('SKIP')))
      offset = parseOperand(cursor);
    else if (limit === null && cursor.acceptWord('LIMIT')) limit = parseOperand(cursor);
    else break;
  }
  const where = kind === 'with' && cursor.acceptWord('WHERE') ? parseExpression(cursor) : null;
  return { kind, at, distinct, star, items, groupBy, orderBy, offset, limit, where };
}

function parseItem(cursor: Cursor): ProjectionClause['items'][number] {
  const start = cursor.peek().start;
  const value = parseExpression(cursor);
  const text = cursor.source.text.slice(start, cursor.previous().end);
  const alias = cursor.acceptWord('AS') ? cursor.expectName('a name') : null;
  return { value, alias, text };
}

function parseSortKey(cursor: Cursor): ProjectionClause['orderBy'][number] {
  const value = parseExpression(cursor);
  const descending = (cursor.acceptWord('DESC') ?? cursor.acceptWord('DESCENDING')) !== null;
  if (!descending && !cursor.acceptWord('ASC')) cursor.acceptWord('ASCENDING');
  let nullsFirst: boolean | null = null;
  if (cursor.acceptWord('NULLS')) {
    nullsFirst = cursor.acceptWord('FIRST') !== null;
    if (!nullsFirst) cursor.expectWord('LAST');
  }
  return { value, descending, nullsFirst };
}

/** CALL name(args) [YIELD a [AS b], … [WHERE p]]; the WHERE is a FILTER of its own. */
function parseProcedureCall(cursor: Cursor): readonly QueryClause[] {
  const at = cursor.position();
  cursor.expectWord('CALL');
  if (cursor.looksLikeSymbol('{') || cursor.looksLikeSymbol('(')) throw cursor.notBuilt('CALL { … }');
  const nameToken = cursor.peek();
  const procedure: Identifier[] = [cursor.expectName('the name of a procedure')];
  while (cursor.acceptSymbol('.')) procedure.push(cursor.expectMember('a name'));
  const full = procedure.map((part) => part.name).join('.');
  if (present(procedure[0]).name === 'model') throw cursor.notBuilt(`CALL ${full}`, nameToken);
  cursor.expectSymbol('(');
  const args = cursor.looksLikeSymbol(')') ? [] : cursor.commaList(() => parseExpression(cursor));
  cursor.expectSymbol(')');
  if (!cursor.acceptWord('YIELD')) return [{ kind: 'call', at, procedure, args, yields: [] }];
  if (cursor.looksLikeSymbol('*')) throw cursor.notBuilt('YIELD *');
  const yields = cursor.commaList(() => ({
    name: cursor.expectName('a result of the procedure'),
    alias: cursor.acceptWord('AS') ? cursor.expectName('a variable') : null,
  }));
  const call: QueryClause = { kind: 'call', at, procedure, args, yields };
  const whereAt = cursor.position();
  if (!cursor.acceptWord('WHERE')) return [call];
  return [call, { kind: 'filter', at: whereAt, predicate: parseExpression(cursor) }];
}

/** WHEN c THEN { … } [WHEN …] [ELSE { … }] */
function parseBranches(cursor: Cursor): BranchClause {
  const at = cursor.position();
  const branches: {
    readonly when: Expression | null;
    readonly clauses: readonly QueryClause[];
    readonly at: BranchClause['at'];
  }[] = [];
  while (cursor.isWord('WHEN')) {
    const branchAt = cursor.position();
    cursor.expectWord('WHEN');
    const when = parseExpression(cursor);
    cursor.expectWord('THEN');
    branches.push({ when, clauses: parseBlock(cursor), at: branchAt });
  }
  const elseAt = cursor.position();
  if (cursor.acceptWord('ELSE')) branches.push({ when: null, clauses: parseBlock(cursor), at: elseAt });
  return { kind: 'branch', at, branches };
}

function parseBlock(cursor: Cursor): readonly QueryClause[] {
  cursor.expectSymbol('{');
  const clauses = cursor.nested(() => parseClauses(cursor));
  if (clauses.length === 0) cursor.fail();
  cursor.expectSymbol('}');
  return clauses;
}
