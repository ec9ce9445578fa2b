import type { JoinExpr, Node, RangeFunction, RangeVar, ResTarget, SelectStmt } from 'libpg-query';
import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { nearestName } from '../../core/nearest-name.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Expression, FromItem, Identifier, Join, Select, SelectItem } from '../ast.ts';
import type { Token } from '../lexer.ts';
import { type Cursor, describe } from '../parser/cursor.ts';
import { slipHint } from '../parser/slips.ts';
import { checkExpressionDepth } from '../parser/expression-depth.ts';
import { reservedHint } from '../parser/reserved-words.ts';
import { checkBodyNesting } from './body-nesting.ts';
import { convertAll } from './convert-call.ts';
import { convertExpression } from './convert-expression.ts';
import { convertWindow } from './convert-window.ts';
import { parsePostgres, wordClass } from './postgres.ts';
import { SqlBody } from './sql-body.ts';
import { type TableVersion, takeTableVersions } from './table-version.ts';

/**
 * The SELECT of a view: tokens `from` to `to` (exclusive) of the cursor's. What PostgreSQL's grammar lacks is taken out
 * first, its tree is then converted, and what views do not allow is refused by name, where it stands.
 */
export function parseSelect(cursor: Cursor, from: number, to: number): Select {
  const tokens = cursor.tokens.slice(from, to);
  const after = present(cursor.tokens[to], 'token after the body');
  const first = tokens[0] ?? after;
  checkStart(cursor, tokens, first);
  const { kept, versions } = takeTableVersions(cursor.source, tokens, after);
  const body = new SqlBody(cursor.source, kept, after, convertExpression);
  checkTokens(body);
  checkBodyNesting(body);
  const parsed = parsePostgres(body.text);
  if (parsed.kind === 'error') throw syntaxError(body, parsed.message, parsed.codePoint);
  if (parsed.kind === 'other') throw syntax('SELECT', describe(first), body.position(first));
  const select = convertSelect(body, parsed.select, new Versions(body, versions));
  checkDepth(select);
  return select;
}

function syntax(
  expected: string,
  found: string,
  position: SourcePosition,
  hint: string | null = null,
): RingwatchError {
  return new RingwatchError('SYNTAX', { expected, found }, { position, hint });
}

function checkStart(cursor: Cursor, tokens: readonly Token[], first: Token): void {
  if (first.keyword === 'SELECT') return;
  const position = cursor.position(first);
  if (first.keyword === 'WITH') throw cursor.notBuilt('WITH queries', first);
  if (first.keyword === 'VALUES' || first.keyword === 'TABLE')
    throw cursor.notBuilt(`${first.keyword} as the body of a view`, first);
  if (first.text === '(' && tokens.length > 0) throw cursor.notBuilt('a SELECT in parentheses', first);
  const near = first.kind === 'word' ? nearestName(first.keyword, ['SELECT']) : null;
  throw syntax('SELECT', describe(first), position, near === null ? null : `Did you mean ${near}?`);
}

/** What PostgreSQL's lexer would read otherwise than ours, or not at all. */
function checkTokens(body: SqlBody): void {
  for (const [index, token] of body.tokens.entries()) {
    const position = body.position(token);
    if (token.kind === 'dollar') {
      throw syntax(
        'a column',
        describe(token),
        position,
        'In views columns are bare; $name belongs to rules and queries.',
      );
    }
    if (token.kind === 'quoted' && body.text.charAt(token.start - present(body.tokens[0]).start) === '`') {
      throw syntax('a name in double quotes', `\`${token.text}\``, position);
    }
    const next = body.token(index + 1).keyword;
    if (
      token.keyword === 'EMIT' &&
      ['CHANGES', 'ON', 'AFTER', 'FINAL', 'WITHOUT', 'WITH', 'STREAM'].includes(next)
    ) {
      throw body.notBuilt('EMIT', position);
    }
  }
}

/** Of these no one means a name. */
const CLAUSES = ['SELECT', 'DISTINCT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW'];

const SQL_WORDS = (
  'SELECT DISTINCT FROM WHERE GROUP BY HAVING WINDOW JOIN LEFT INNER OUTER ON AND OR NOT AS PARTITION ORDER RANGE ROWS ' +
  'BETWEEN PRECEDING CURRENT ROW UNBOUNDED INTERVAL CASE WHEN THEN ELSE END OVER FILTER IN LIKE IS NULL'
).split(' ');

/** PostgreSQL knows every operator and stops at what follows from it. */
const SLIP_TOKENS = 6;

function syntaxError(body: SqlBody, message: string, codePoint: number): RingwatchError {
  const atEnd = message.endsWith('at end of input');
  const index = atEnd ? body.tokens.length : body.indexAtCodePoint(codePoint);
  const token = body.token(index);
  const slip = slipHint(body.tokens, index, SLIP_TOKENS);
  if (slip !== null) return syntax(expectedAfter(body, index), describe(token), body.position(token), slip);
  if (!message.startsWith('syntax error')) return syntax('valid SQL', message, body.position(token));
  // A misspelt keyword is read as an alias, so that PostgreSQL stops one token later.
  for (const candidate of [token, body.tokens[index - 1]]) {
    const near = candidate === undefined ? null : nearestSqlWord(candidate);
    if (candidate === undefined || near === null) continue;
    const expected = candidate === token ? expectedAfter(body, index) : near;
    return syntax(expected, describe(candidate), body.position(candidate), `Did you mean ${near}?`);
  }
  return syntax(expectedAfter(body, index), describe(token), body.position(token), nameHint(body, index));
}

function nearestSqlWord(token: Token): string | null {
  if (token.kind !== 'word' || token.text.length < 3 || SQL_WORDS.includes(token.keyword)) return null;
  return nearestName(token.keyword, SQL_WORDS);
}

/** PostgreSQL says only where it stopped; what could have been there is told from the word before. */
function expectedAfter(body: SqlBody, index: number): string {
  const before = body.tokens[index - 1];
  if (before === undefined) return 'SELECT';
  const word = before.keyword;
  if (word === 'GROUP' || word === 'ORDER' || word === 'PARTITION') return 'BY';
  if (word === 'FROM' || word === 'JOIN') return 'a relation';
  if (word === 'AS') return 'a name';
  const operator = before.kind === 'symbol' && before.text !== ')';
  const opens = [
    'SELECT',
    'WHERE',
    'BY',
    'HAVING',
    'ON',
    'AND',
    'OR',
    'NOT',
    'WHEN',
    'THEN',
    'ELSE',
    'IN',
    'LIKE',
  ].includes(word);
  if (operator || opens) return 'an expression';
  if (isInside(body, index)) return "an operator, a comma or ')'";
  return 'an operator, a comma or the next clause of the SELECT';
}

/** Whether a parenthesis before this token is still open. */
function isInside(body: SqlBody, end: number): boolean {
  let depth = 0;
  for (let index = 0; index < end; index++) {
    if (body.isSymbol(index, '(')) depth += 1;
    if (body.isSymbol(index, ')')) depth -= 1;
  }
  return depth > 0;
}

function nameHint(body: SqlBody, index: number): string | null {
  const token = body.token(index);
  if (token.kind === 'word' && wordClass(token.text) === 'keyword' && endsValue(body.tokens[index - 1])) {
    return `Before an alias like ${token.text} write AS.`;
  }
  for (const candidate of [body.tokens[index - 1], token]) {
    if (candidate?.kind !== 'word' || CLAUSES.includes(candidate.keyword)) continue;
    if (wordClass(candidate.text) === 'reserved') return reservedHint(candidate.keyword);
  }
  return null;
}

function endsValue(token: Token | undefined): boolean {
  if (token === undefined || token.kind === 'symbol') return token?.text === ')';
  return token.kind !== 'word' || wordClass(token.text) !== 'reserved';
}

/** The clauses that were taken out, by the table they belong to. */
class Versions {
  readonly #body: SqlBody;
  readonly #pending: TableVersion[];

  constructor(body: SqlBody, versions: readonly TableVersion[]) {
    this.#body = body;
    this.#pending = [...versions];
  }

  /** The clause after the table at this token, or its alias; null if it has none. */
  take(tableIndex: number): Join['version'] {
    const table = this.#body.token(tableIndex);
    const found = this.#pending.findIndex(({ before }) => {
      const place = before.indexOf(table);
      return place === 0 || place === 1 || (place === 2 && before[1]?.keyword === 'AS');
    });
    return found === -1 ? null : present(this.#pending.splice(found, 1)[0]).version;
  }

  /** Throws if a clause belongs to no joined table. */
  finish(): void {
    const left = this.#pending[0];
    if (left === undefined) return;
    const hint = 'It follows a table after JOIN: JOIN accounts FOR SYSTEM_TIME AS OF PROCTIME() AS a ON …';
    throw syntax('the table of a JOIN before FOR SYSTEM_TIME', 'FOR', this.#body.position(left.first), hint);
  }
}

function convertSelect(body: SqlBody, select: SelectStmt, versions: Versions): Select {
  const at = body.position(body.token(0));
  refuseClauses(body, select, at);
  const from = select.fromClause ?? [];
  if (from.length === 0) throw syntax('FROM', describe(body.after), body.position(body.after));
  if (from.length > 1) {
    const comma = body.find(clauseIndex(body, 'FROM') + 1, (index) => body.isSymbol(index, ','));
    throw body.notBuilt('several relations in FROM', body.position(body.token(comma)), 'Write JOIN … ON.');
  }
  const { item, joins } = convertFrom(body, present(from[0]), versions, at);
  versions.finish();
  return {
    at,
    distinct: select.distinctClause !== undefined,
    items: convertItems(body, select, at),
    from: item,
    joins,
    where: select.whereClause === undefined ? null : convertExpression(body, select.whereClause, at),
    groupBy: convertGroupBy(body, select, at),
    having: select.havingClause === undefined ? null : convertExpression(body, select.havingClause, at),
    windows: convertWindows(body, select, at),
  };
}

function refuseClauses(body: SqlBody, select: SelectStmt, at: SourcePosition): void {
  const refuse = (feature: string, ...keywords: readonly string[]): never => {
    throw body.notBuilt(feature, keywords.length === 0 ? at : body.clause(...keywords));
  };
  if (select.op !== undefined && select.op !== 'SETOP_NONE') {
    refuse(select.op.replace('SETOP_', ''), 'UNION', 'INTERSECT', 'EXCEPT');
  }
  if (select.withClause !== undefined) refuse('WITH queries', 'WITH');
  if (select.valuesLists !== undefined) refuse('VALUES as the body of a view', 'VALUES');
  if (select.intoClause !== undefined) refuse('SELECT INTO', 'INTO');
  if (select.distinctClause?.some((node) => Object.keys(node).length > 0)) refuse('DISTINCT ON', 'DISTINCT');
  if (select.groupDistinct === true) refuse('GROUP BY DISTINCT', 'GROUP');
  if (select.sortClause !== undefined) refuse('ORDER BY in a view', 'ORDER');
  if (select.limitCount !== undefined) refuse('LIMIT in a view', 'LIMIT', 'FETCH');
  if (select.limitOffset !== undefined) refuse('OFFSET in a view', 'OFFSET');
  if (select.lockingClause !== undefined) refuse('FOR UPDATE and the like', 'FOR');
  if (select.targetList === undefined)
    throw syntax('a column or *', describe(body.token(1)), body.position(body.token(1)));
}

/** The index of a clause's keyword; FROM of IS DISTINCT FROM is none. */
function clauseIndex(body: SqlBody, keyword: string): number {
  return body.find(
    0,
    (index) => body.isWord(index, keyword) && !(keyword === 'FROM' && body.isWord(index - 1, 'DISTINCT')),
  );
}

function convertItems(body: SqlBody, select: SelectStmt, at: SourcePosition): SelectItem[] {
  const targets = (select.targetList ?? []).map(
    (node): ResTarget => ('ResTarget' in node ? node.ResTarget : {}),
  );
  const end = clauseIndex(body, 'FROM');
  return targets.map((target, n) => {
    const start = present(body.indexAt(target.location), 'place of a column');
    const next = targets[n + 1];
    // The alias is the last token before the comma or FROM.
    const last = (next === undefined ? end : present(body.indexAt(next.location)) - 1) - 1;
    const itemAt = body.position(body.token(start));
    const star = convertStar(body, target, start, itemAt);
    if (star !== null) return star;
    const value = convertExpression(body, target.val, at);
    return {
      kind: 'expression',
      value,
      alias: target.name === undefined ? null : body.identifier(last),
      at: itemAt,
    };
  });
}

function convertStar(body: SqlBody, target: ResTarget, start: number, at: SourcePosition): SelectItem | null {
  if (target.val === undefined || !('ColumnRef' in target.val)) return null;
  const fields = target.val.ColumnRef.fields ?? [];
  const last = fields.at(-1);
  if (last === undefined || !('A_Star' in last)) return null;
  if (fields.length > 2) throw body.notBuilt('names with a schema', at);
  return { kind: 'star', qualifier: fields.length === 2 ? body.identifier(start) : null, at };
}

function convertFrom(
  body: SqlBody,
  node: Node,
  versions: Versions,
  at: SourcePosition,
): { readonly item: FromItem; readonly joins: readonly Join[] } {
  const joins: JoinExpr[] = [];
  let left = node;
  while ('JoinExpr' in left) {
    joins.push(left.JoinExpr);
    left = present(left.JoinExpr.larg);
  }
  const item = convertFromItem(body, left, at);
  return { item, joins: joins.reverse().map((join) => convertJoin(body, join, versions, at)) };
}

function convertFromItem(body: SqlBody, node: Node, at: SourcePosition): FromItem {
  if ('RangeVar' in node) {
    const { name, alias, index } = convertTable(body, node.RangeVar, at);
    return { kind: 'relation', name, alias, at: body.position(body.token(index)) };
  }
  if ('RangeFunction' in node) return convertWindowFunction(body, node.RangeFunction, at);
  const fromAt = body.position(body.token(clauseIndex(body, 'FROM') + 1));
  if ('RangeSubselect' in node) throw body.notBuilt('subqueries', fromAt);
  if ('RangeTableSample' in node) throw body.notBuilt('TABLESAMPLE', body.clause('TABLESAMPLE'));
  throw body.notBuilt('RangeTableFunc' in node ? 'XMLTABLE' : 'JSON_TABLE', fromAt);
}

interface NamedTable {
  readonly name: Identifier;
  readonly alias: Identifier | null;
  readonly index: number;
}

function convertTable(body: SqlBody, table: RangeVar, fallback: SourcePosition): NamedTable {
  const at = body.at(table.location, fallback);
  if (table.schemaname !== undefined) throw body.notBuilt('names with a schema', at);
  if (table.inh !== true) throw body.notBuilt('ONLY', at);
  if (table.alias?.colnames !== undefined) throw body.notBuilt('column names in an alias', at);
  const index = present(body.indexAt(table.location), 'place of a table');
  if (body.isSymbol(index + 1, '*')) throw body.notBuilt('* after a table', at);
  return { name: body.identifier(index), alias: convertAlias(body, table.alias, index + 1), index };
}

/** `[AS] alias` from a token on, where the tree has one. */
function convertAlias(body: SqlBody, alias: RangeVar['alias'], index: number): Identifier | null {
  if (alias === undefined) return null;
  return body.identifier(body.isWord(index, 'AS') ? index + 1 : index);
}

const WINDOW_FUNCTIONS = { tumble: { least: 1, most: 2 }, hop: { least: 2, most: 3 } } as const;

/** TUMBLE(relation, time, size [, offset]) and HOP(relation, time, slide, size [, offset]). */
function convertWindowFunction(body: SqlBody, range: RangeFunction, fallback: SourcePosition): FromItem {
  const list = range.functions?.[0];
  const called = list !== undefined && 'List' in list ? list.List.items?.[0] : undefined;
  const fromAt = body.position(body.token(clauseIndex(body, 'FROM') + 1));
  if (
    called === undefined ||
    !('FuncCall' in called) ||
    range.is_rowsfrom === true ||
    range.lateral === true
  ) {
    const word = body.token(clauseIndex(body, 'FROM') + 1).keyword;
    if (called !== undefined && 'SQLValueFunction' in called)
      throw body.notBuilt(word, fromAt, reservedHint(word));
    throw body.notBuilt(range.lateral === true ? 'LATERAL' : 'ROWS FROM', fromAt);
  }
  const call = called.FuncCall;
  const index = present(body.indexAt(call.location), 'place of a table function');
  const at = body.position(body.token(index));
  const name = body.identifier(index).name;
  if (name === 'session') throw body.notBuilt('SESSION windows', at);
  if (name !== 'tumble' && name !== 'hop') throw body.notBuilt(`the table function ${name}`, at);
  if (range.ordinality === true) throw body.notBuilt('WITH ORDINALITY', at);
  if (range.coldeflist !== undefined || range.alias?.colnames !== undefined)
    throw body.notBuilt('column names in an alias', at);
  const args = convertAll(body, call.args, at);
  const { least, most } = WINDOW_FUNCTIONS[name];
  const usage =
    name === 'tumble'
      ? 'TUMBLE (relation, time, size [, offset])'
      : 'HOP (relation, time, slide, size [, offset])';
  const [relation, time] = [bareName(args[0]), bareName(args[1])];
  const intervals = args.slice(2);
  if (relation === null || time === null || intervals.length < least || intervals.length > most) {
    throw new RingwatchError(
      'INVALID_DEFINITION',
      { reason: `windows are written ${usage}` },
      { position: at },
    );
  }
  const alias = convertAlias(body, range.alias, body.closing(index + 1) + 1);
  return { kind: 'window', function: name, relation, time, intervals, alias, at: at ?? fallback };
}

function bareName(expression: Expression | undefined): Identifier | null {
  if (expression?.kind !== 'name' || expression.parts.length !== 1) return null;
  return expression.parts[0] ?? null;
}

function convertJoin(body: SqlBody, join: JoinExpr, versions: Versions, fallback: SourcePosition): Join {
  const right = present(join.rarg);
  if (!('RangeVar' in right)) throw body.notBuilt(refusedRight(right), body.clause('JOIN'));
  const { name, alias, index } = convertTable(body, right.RangeVar, fallback);
  const at = body.position(body.token(joinStart(body, index)));
  if (join.isNatural === true) throw body.notBuilt('NATURAL JOIN', at);
  if (join.usingClause !== undefined) throw body.notBuilt('JOIN … USING', at);
  if (join.jointype === 'JOIN_RIGHT' || join.jointype === 'JOIN_FULL') {
    throw body.notBuilt(`${join.jointype.replace('JOIN_', '')} JOIN`, at);
  }
  if (join.alias !== undefined) throw body.notBuilt('an alias of a join', at);
  if (join.quals === undefined) throw body.notBuilt('CROSS JOIN', at);
  const kind = join.jointype === 'JOIN_LEFT' ? 'left' : 'inner';
  return {
    kind,
    table: name,
    alias,
    version: versions.take(index),
    on: convertExpression(body, join.quals, at),
    at,
  };
}

function refusedRight(node: Node): string {
  if ('RangeSubselect' in node) return 'subqueries';
  if ('JoinExpr' in node) return 'joins in parentheses';
  return 'a JOIN with something that is no table';
}

/** The first word of `[NATURAL|CROSS] [LEFT|…] [OUTER] JOIN` before a table. */
function joinStart(body: SqlBody, tableIndex: number): number {
  let index = tableIndex - 1;
  while (
    ['LEFT', 'RIGHT', 'FULL', 'INNER', 'OUTER', 'CROSS', 'NATURAL'].includes(body.token(index - 1).keyword)
  )
    index -= 1;
  return index;
}

function convertGroupBy(body: SqlBody, select: SelectStmt, at: SourcePosition): Expression[] {
  return (select.groupClause ?? []).map((node) => {
    if (!('GroupingSet' in node)) return convertExpression(body, node, at);
    const words = {
      GROUPING_SET_ROLLUP: 'ROLLUP',
      GROUPING_SET_CUBE: 'CUBE',
      GROUPING_SET_SETS: 'GROUPING SETS',
    } as const;
    const kind = node.GroupingSet.kind ?? '';
    const feature = Object.hasOwn(words, kind) ? words[kind as keyof typeof words] : 'GROUP BY ()';
    throw body.notBuilt(feature, body.at(node.GroupingSet.location, at));
  });
}

function convertWindows(body: SqlBody, select: SelectStmt, at: SourcePosition): Select['windows'][number][] {
  return (select.windowClause ?? []).map((node) => {
    const definition = 'WindowDef' in node ? node.WindowDef : {};
    const open = present(body.indexAt(definition.location), 'place of a window');
    return { name: body.identifier(open - 2), window: convertWindow(body, definition, at) };
  });
}

function checkDepth(select: Select): void {
  const window = select.windows.flatMap(({ window: { partitionBy, orderBy } }) => [
    ...partitionBy,
    ...orderBy.map((item) => item.value),
  ]);
  const items = select.items.flatMap((item) => (item.kind === 'expression' ? [item.value] : []));
  const conditions = [select.where, select.having, ...select.joins.map((join) => join.on)].filter(
    (one) => one !== null,
  );
  for (const expression of [...items, ...conditions, ...select.groupBy, ...window])
    checkExpressionDepth(expression);
}
