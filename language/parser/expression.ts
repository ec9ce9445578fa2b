import { present } from '../../core/assert.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { BinaryOperator, Expression, Identifier } from '../ast.ts';
import type { Token } from '../lexer.ts';
import { parseCall } from './call.ts';
import type { Cursor, ExpressionGrammar } from './cursor.ts';
import { checkExpressionDepth } from './expression-depth.ts';
import { CLOCK_WORDS, clockReason, parseIntervalLiteral, parseTimestampLiteral } from './literal.ts';
import { logicalChain } from './logical-chain.ts';
import { parseTypeName } from './type-name.ts';

/** How tightly operators bind, loosest first: PostgreSQL's order, so that views and rules read alike. */
const BINDING = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  membership: 6,
  other: 7,
  sum: 8,
  product: 9,
  sign: 10,
} as const;

const COMPARISONS: ReadonlyMap<string, BinaryOperator> = new Map([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

const ARITHMETIC: ReadonlyMap<string, { readonly operator: BinaryOperator; readonly binding: number }> =
  new Map([
    ['||', { operator: '||', binding: BINDING.other }],
    ['+', { operator: '+', binding: BINDING.sum }],
    ['-', { operator: '-', binding: BINDING.sum }],
    ['*', { operator: '*', binding: BINDING.product }],
    ['/', { operator: '/', binding: BINDING.product }],
    ['%', { operator: '%', binding: BINDING.product }],
  ]);

const MEMBERSHIPS: ReadonlySet<string> = new Set([
  'BETWEEN',
  'IN',
  'LIKE',
  'ILIKE',
  'STARTS',
  'ENDS',
  'CONTAINS',
]);

/** Operators of SQL or openCypher that are read only to be refused. */
const UNBUILT_SYMBOLS: Readonly<Record<string, string>> = {
  '^': 'the power operator ^',
  '=~': 'regular expressions (=~)',
  '[': 'list indexing',
  '.': 'a property of an expression',
  ':': 'label tests in expressions',
};

/**
 * An expression, as far as it goes. A node's `at` is that of its first operand, parentheses aside; of prefix forms
 * that of their first word. Errors: SYNTAX, NOT_BUILT, NESTING_TOO_DEEP.
 */
export function parseExpression(cursor: Cursor): Expression {
  const expression = cursor.nested(() => parseBinary(cursor, BINDING.or));
  checkExpressionDepth(expression);
  return expression;
}

/** The grammar of expressions, for cursors. */
export const EXPRESSION_GRAMMAR: ExpressionGrammar = { expression: parseExpression, operand: parseOperand };

/** A value to which no comparison or AND belongs: bounds, durations, default values. */
export function parseOperand(cursor: Cursor): Expression {
  const expression = cursor.nested(() => parseBinary(cursor, BINDING.other));
  checkExpressionDepth(expression);
  return expression;
}

function parseBinary(cursor: Cursor, loosest: number): Expression {
  let left = parsePrefix(cursor);
  for (;;) {
    const next =
      parseArithmetic(cursor, left, loosest) ??
      parseMembership(cursor, left, loosest) ??
      parseComparison(cursor, left, loosest) ??
      parseIs(cursor, left, loosest) ??
      parseLogic(cursor, left, loosest);
    if (next === null) break;
    left = next;
  }
  refuseOperator(cursor);
  return left;
}

function parsePrefix(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.keyword === 'NOT') {
    cursor.advance();
    const argument = cursor.nested(() => parseBinary(cursor, BINDING.not));
    return { kind: 'unary', at: cursor.position(token), operator: 'not', argument };
  }
  if (cursor.looksLikeSymbol('-') || cursor.looksLikeSymbol('+')) {
    cursor.advance();
    const argument = cursor.nested(() => parseBinary(cursor, BINDING.sign));
    return { kind: 'unary', at: cursor.position(token), operator: token.text === '-' ? '-' : '+', argument };
  }
  return parsePostfix(cursor);
}

function parsePostfix(cursor: Cursor): Expression {
  let argument = parsePrimary(cursor);
  while (cursor.looksLikeSymbol('::')) {
    cursor.advance();
    argument = { kind: 'cast', at: argument.at, argument, type: parseTypeName(cursor) };
  }
  return argument;
}

function parseArithmetic(cursor: Cursor, left: Expression, loosest: number): Expression | null {
  const token = cursor.peek();
  const found = token.kind === 'symbol' ? ARITHMETIC.get(token.text) : undefined;
  if (found === undefined || found.binding < loosest) return null;
  cursor.advance();
  const right = cursor.nested(() => parseBinary(cursor, found.binding + 1));
  return { kind: 'binary', at: left.at, operator: found.operator, left, right };
}

/** BETWEEN, IN, LIKE, STARTS WITH, … with or without NOT. */
function parseMembership(cursor: Cursor, argument: Expression, loosest: number): Expression | null {
  if (loosest > BINDING.membership) return null;
  const test = parseOneMembership(cursor, argument);
  const chained = cursor.peek(cursor.looksLike('NOT') ? 1 : 0);
  if (test !== null && MEMBERSHIPS.has(chained.keyword))
    throw cursor.notBuilt(`a chain of ${chained.keyword}`, chained);
  return test;
}

function parseOneMembership(cursor: Cursor, argument: Expression): Expression | null {
  const negated = cursor.looksLike('NOT');
  const word = cursor.peek(negated ? 1 : 0).keyword;
  const operand = (): Expression => cursor.nested(() => parseBinary(cursor, BINDING.other));
  const skip = (words: number): void => {
    for (let i = 0; i < words + (negated ? 1 : 0); i++) cursor.advance();
  };
  const at = argument.at;
  switch (word) {
    case 'BETWEEN': {
      skip(1);
      if (cursor.looksLike('SYMMETRIC')) throw cursor.notBuilt('BETWEEN SYMMETRIC');
      const low = operand();
      cursor.expectWord('AND');
      return { kind: 'between', at, negated, argument, low, high: operand() };
    }
    case 'IN':
      skip(1);
      if (cursor.peek().kind === 'dollar' || cursor.looksLikeName())
        return { kind: 'in', at, negated, argument, list: [operand()], computed: true };
      return { kind: 'in', at, negated, argument, list: parseInList(cursor) };
    case 'LIKE':
    case 'ILIKE': {
      skip(1);
      const pattern = operand();
      if (cursor.looksLike('ESCAPE')) throw cursor.notBuilt(`${word} … ESCAPE`);
      return { kind: 'like', at, negated, ignoreCase: word === 'ILIKE', argument, pattern };
    }
    case 'SIMILAR':
      throw cursor.notBuilt('SIMILAR TO', cursor.peek(negated ? 1 : 0));
    default:
      return parseTextTest(cursor, argument, negated, word, skip, operand);
  }
}

function parseTextTest(
  cursor: Cursor,
  left: Expression,
  negated: boolean,
  word: string,
  skip: (words: number) => void,
  operand: () => Expression,
): Expression | null {
  const operator = { STARTS: 'startsWith', ENDS: 'endsWith', CONTAINS: 'contains' } as const;
  if (word !== 'STARTS' && word !== 'ENDS' && word !== 'CONTAINS') return null;
  skip(1);
  if (word !== 'CONTAINS') cursor.expectWord('WITH');
  const test: Expression = { kind: 'binary', at: left.at, operator: operator[word], left, right: operand() };
  return negated ? { kind: 'unary', at: left.at, operator: 'not', argument: test } : test;
}

/** `(a, b)` of SQL or `[a, b]` of openCypher. */
function parseInList(cursor: Cursor): Expression[] {
  if (cursor.looksLikeSymbol('[')) return parseListItems(cursor);
  if (!cursor.isSymbol('(')) cursor.fail();
  if (cursor.looksLike('SELECT', 1) || cursor.looksLike('WITH', 1))
    throw cursor.notBuilt('subqueries', cursor.peek(1));
  cursor.advance();
  const items = cursor.commaList(() => cursor.nested(() => parseBinary(cursor, BINDING.or)));
  cursor.expectSymbol(')');
  return items;
}

function parseListItems(cursor: Cursor): Expression[] {
  cursor.expectSymbol('[');
  if (cursor.acceptSymbol(']')) return [];
  if (cursor.looksLike('IN', 1)) throw cursor.notBuilt('list comprehensions');
  const items = cursor.commaList(() => cursor.nested(() => parseBinary(cursor, BINDING.or)));
  cursor.expectSymbol(']');
  return items;
}

const CHAIN_HINT = 'Write AND or OR between comparisons; || joins texts.';

function parseComparison(cursor: Cursor, left: Expression, loosest: number): Expression | null {
  if (loosest > BINDING.comparison) return null;
  const token = cursor.peek();
  const operator = token.kind === 'symbol' ? COMPARISONS.get(token.text) : undefined;
  if (operator === undefined) return null;
  cursor.advance();
  if (cursor.looksLike('ANY') || cursor.looksLike('ALL') || cursor.looksLike('SOME')) {
    if (cursor.looksLikeSymbol('(', 1)) throw cursor.notBuilt(`comparison with ${cursor.peek().keyword} (…)`);
  }
  const right = cursor.nested(() => parseBinary(cursor, BINDING.membership));
  const chained = cursor.peek();
  if (chained.kind === 'symbol' && COMPARISONS.has(chained.text))
    throw cursor.notBuilt('a chain of comparisons', chained, CHAIN_HINT);
  return { kind: 'binary', at: left.at, operator, left, right };
}

function parseIs(cursor: Cursor, argument: Expression, loosest: number): Expression | null {
  if (loosest > BINDING.is || !cursor.looksLike('IS')) return null;
  cursor.advance();
  const negated = cursor.acceptWord('NOT') !== null;
  const at = argument.at;
  const word = cursor.peek().keyword;
  for (const [keyword, what] of [
    ['NULL', 'null'],
    ['UNKNOWN', 'null'],
    ['TRUE', 'true'],
    ['FALSE', 'false'],
  ] as const) {
    if (cursor.acceptWord(keyword)) return { kind: 'is', at, negated, what, argument };
  }
  if (cursor.acceptWord('DISTINCT')) {
    cursor.expectWord('FROM');
    const right = cursor.nested(() => parseBinary(cursor, BINDING.comparison));
    return {
      kind: 'binary',
      at,
      operator: negated ? 'isNotDistinctFrom' : 'isDistinctFrom',
      left: argument,
      right,
    };
  }
  if ((word === 'SOURCE' || word === 'DESTINATION') && cursor.looksLike('OF', 1)) {
    return parseEndpointTest(cursor, argument, negated);
  }
  if (['LABELED', 'TYPED', 'DIRECTED', 'NORMALIZED', 'JSON', 'DOCUMENT'].includes(word)) {
    throw cursor.notBuilt(`IS ${word}`);
  }
  return cursor.fail();
}

/** GQL: `a IS [NOT] SOURCE OF e`, as the call `is_source(a, e)`. */
function parseEndpointTest(cursor: Cursor, argument: Expression, negated: boolean): Expression {
  const token = cursor.advance();
  cursor.expectWord('OF');
  const edge = cursor.nested(() => parseBinary(cursor, BINDING.other));
  const name: Identifier = {
    name: token.keyword === 'SOURCE' ? 'is_source' : 'is_destination',
    at: cursor.position(token),
  };
  const test: Expression = {
    kind: 'call',
    at: argument.at,
    name: [name],
    args: [argument, edge],
    star: false,
    distinct: false,
    filter: null,
    over: null,
  };
  return negated ? { kind: 'unary', at: argument.at, operator: 'not', argument: test } : test;
}

function parseLogic(cursor: Cursor, first: Expression, loosest: number): Expression | null {
  const keyword = cursor.peek().keyword;
  const operator = keyword === 'AND' ? 'and' : keyword === 'OR' ? 'or' : null;
  if (operator === null || BINDING[operator] < loosest) return null;
  const parts = [first];
  while (cursor.looksLike(keyword)) {
    cursor.advance();
    parts.push(cursor.nested(() => parseBinary(cursor, BINDING[operator] + 1)));
  }
  return logicalChain(operator, parts);
}

function refuseOperator(cursor: Cursor): void {
  const token = cursor.peek();
  if (token.keyword === 'XOR') throw cursor.notBuilt('XOR');
  if (token.keyword === 'COLLATE') throw cursor.notBuilt('COLLATE');
  if (token.keyword === 'AT' && cursor.looksLike('TIME', 1)) throw cursor.notBuilt('AT TIME ZONE');
  if (token.kind !== 'symbol') return;
  const feature = UNBUILT_SYMBOLS[token.text];
  if (feature !== undefined) throw cursor.notBuilt(feature);
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const at = cursor.position(token);
  switch (token.kind) {
    case 'integer':
    case 'decimal':
      cursor.advance();
      return { kind: 'literal', at, value: { kind: token.kind, text: token.text } };
    case 'text':
      cursor.advance();
      return { kind: 'literal', at, value: { kind: 'text', value: token.text } };
    case 'dollar':
      return parseDollar(cursor, at);
    case 'symbol':
      return parseBracketed(cursor, token, at);
    case 'word':
      return parseWord(cursor, token, at);
    case 'quoted':
      return parseNameOrCall(cursor, at);
    default:
      return cursor.fail('an expression');
  }
}

function parseDollar(cursor: Cursor, at: SourcePosition): Expression {
  const token = cursor.advance();
  const parts: Identifier[] = [{ name: token.text, at: cursor.source.positionAt(token.start + 1) }];
  while (cursor.looksLikeSymbol('.')) {
    cursor.advance();
    parts.push(cursor.expectMember('a column'));
  }
  return { kind: 'dollar', at, parts };
}

function parseBracketed(cursor: Cursor, token: Token, at: SourcePosition): Expression {
  if (token.text === '[') return { kind: 'list', at, items: parseListItems(cursor) };
  if (token.text === '{') throw cursor.notBuilt('map values');
  if (token.text !== '(') cursor.fail('an expression');
  cursor.advance();
  if (cursor.looksLike('SELECT') || cursor.looksLike('WITH')) throw cursor.notBuilt('subqueries');
  const inner = cursor.nested(() => parseBinary(cursor, BINDING.or));
  if (cursor.looksLikeSymbol(',')) throw cursor.notBuilt('row values', token);
  cursor.expectSymbol(')');
  if (startsPattern(cursor)) throw cursor.notBuilt('patterns as conditions', token);
  return inner;
}

/** Whether what is at hand is an edge rather than a minus: `(a)-[…`, `(a)<-[…`, `(a)-->`. */
function startsPattern(cursor: Cursor): boolean {
  const left = cursor.looksLikeSymbol('<') ? 1 : 0;
  if (!cursor.looksLikeSymbol('-', left)) return false;
  // `(a) - -b` is arithmetic.
  const tight = cursor.peek(left).end === cursor.peek(left + 1).start;
  return ['[', '-', '>'].some(
    (symbol) => cursor.looksLikeSymbol(symbol, left + 1) && (tight || symbol !== '-'),
  );
}

function parseWord(cursor: Cursor, token: Token, at: SourcePosition): Expression {
  switch (token.keyword) {
    case 'NULL':
      cursor.advance();
      return { kind: 'literal', at, value: { kind: 'null' } };
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'literal', at, value: { kind: 'boolean', value: token.keyword === 'TRUE' } };
    case 'CASE':
      return cursor.nested(() => parseCase(cursor, at));
    case 'CAST':
      return cursor.nested(() => parseCast(cursor, at));
    default:
      if (CLOCK_WORDS.has(token.keyword)) throw cursor.invalid(clockReason(token.keyword), at);
  }
  return parseIntervalLiteral(cursor) ?? parseTimestampLiteral(cursor) ?? parseNameOrCall(cursor, at);
}

function parseCast(cursor: Cursor, at: SourcePosition): Expression {
  cursor.advance();
  cursor.expectSymbol('(');
  const argument = parseBinary(cursor, BINDING.or);
  cursor.expectWord('AS');
  const type = parseTypeName(cursor);
  cursor.expectSymbol(')');
  return { kind: 'cast', at, argument, type };
}

function parseCase(cursor: Cursor, at: SourcePosition): Expression {
  cursor.advance();
  const operand = cursor.isWord('WHEN') ? null : parseBinary(cursor, BINDING.or);
  const branches: { readonly when: Expression; readonly then: Expression }[] = [];
  do {
    cursor.expectWord('WHEN');
    const when = parseBinary(cursor, BINDING.or);
    cursor.expectWord('THEN');
    // biome-ignore lint/suspicious/noThenProperty: THEN is the word, and the node is never awaited
    branches.push({ when, then: parseBinary(cursor, BINDING.or) });
  } while (cursor.isWord('WHEN'));
  const otherwise = cursor.acceptWord('ELSE') ? parseBinary(cursor, BINDING.or) : null;
  cursor.expectWord('END');
  return { kind: 'case', at, operand, branches, otherwise };
}

function parseNameOrCall(cursor: Cursor, at: SourcePosition): Expression {
  if (!cursor.looksLikeName()) cursor.fail('an expression');
  const first = cursor.peek();
  const parts: Identifier[] = [cursor.expectName('a name')];
  while (cursor.looksLikeSymbol('.')) {
    cursor.advance();
    if (cursor.looksLikeSymbol('*')) throw cursor.notBuilt(`${present(parts[0]).name}.*`);
    parts.push(cursor.expectMember('a property'));
  }
  if (cursor.looksLikeSymbol('(')) return cursor.nested(() => parseCall(cursor, parts, at));
  if (cursor.looksLikeSymbol('{')) throw cursor.notBuilt(`${first.text.toUpperCase()} { … }`, first);
  if (first.keyword === 'ARRAY' && cursor.looksLikeSymbol('[')) throw cursor.notBuilt('ARRAY', first);
  return { kind: 'name', at, parts };
}
