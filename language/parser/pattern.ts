import type { SourcePosition } from '../../core/source-position.ts';
import type {
  EdgePatternNode,
  Expression,
  Identifier,
  LabelNode,
  PathPatternNode,
  VertexPatternNode,
} from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseLabels } from './label.ts';

const MODES = { WALK: 'walk', TRAIL: 'trail', ACYCLIC: 'acyclic', SIMPLE: 'simple' } as const;
type Mode = keyof typeof MODES;
type Quantifier = NonNullable<EdgePatternNode['quantifier']>;

/**
 * `[p =] [WALK|TRAIL|ACYCLIC|SIMPLE [PATH]] (a)-[e]->{1,5}(b)…`: ISO GQL and openCypher 9 in one grammar. Path
 * selectors, undirected edges and patterns in parentheses are refused by name.
 */
export function parsePathPattern(cursor: Cursor): PathPatternNode {
  const at = cursor.position();
  const variable = parsePathVariable(cursor);
  const mode = parsePathMode(cursor);
  refuseSelectors(cursor);
  const vertices = [parseVertex(cursor)];
  const edges: EdgePatternNode[] = [];
  while (startsEdge(cursor)) {
    edges.push(parseEdge(cursor));
    vertices.push(parseVertex(cursor));
  }
  if (cursor.looksLikeSymbol('|')) throw cursor.notBuilt('unions of path patterns');
  return { at, variable, mode, vertices, edges };
}

function parsePathVariable(cursor: Cursor): Identifier | null {
  if (!cursor.looksLikeName() || !cursor.looksLikeSymbol('=', 1)) return null;
  const name = cursor.expectName('a path variable');
  cursor.expectSymbol('=');
  return name;
}

function parsePathMode(cursor: Cursor): PathPatternNode['mode'] {
  for (const mode of Object.keys(MODES) as Mode[]) {
    if (!cursor.acceptWord(mode)) continue;
    if (cursor.looksLike('PATH') || cursor.looksLike('PATHS')) cursor.advance();
    return MODES[mode];
  }
  return null;
}

function refuseSelectors(cursor: Cursor): void {
  const word = cursor.peek().keyword;
  if (['ALL', 'ANY', 'SHORTEST'].includes(word)) throw cursor.notBuilt(`the path selector ${word}`);
  if (word === 'SHORTESTPATH' || word === 'ALLSHORTESTPATHS')
    throw cursor.notBuilt(`${cursor.peek().text} (…)`);
  if (word === 'REPEATABLE' || (word === 'DIFFERENT' && !cursor.looksLikeSymbol('=', 1))) {
    throw cursor.notBuilt(`${word} ${cursor.peek(1).keyword}`.trim());
  }
}

function startsEdge(cursor: Cursor): boolean {
  if (cursor.looksLikeSymbol('~')) throw cursor.notBuilt('undirected edges ~[…]~');
  if (cursor.looksLikeSymbol('<') && cursor.looksLikeSymbol('~', 1))
    throw cursor.notBuilt('undirected edges <~[…]~');
  return cursor.isSymbol('-') || (cursor.looksLikeSymbol('<') && cursor.looksLikeSymbol('-', 1));
}

interface Inside {
  readonly variable: Identifier | null;
  readonly labels: LabelNode | null;
  readonly properties: VertexPatternNode['properties'];
  readonly where: Expression | null;
  readonly quantifier: Quantifier | null;
}

function parseVertex(cursor: Cursor): VertexPatternNode {
  const at = cursor.position();
  cursor.expectSymbol('(');
  if (cursor.looksLikeSymbol('(') || cursor.looksLikeSymbol('-') || isNestedPath(cursor)) {
    throw cursor.notBuilt('path patterns in parentheses');
  }
  const { variable, labels, properties, where } = parseInside(cursor, false);
  cursor.expectSymbol(')');
  return { at, variable, labels, properties, where };
}

/** `(TRAIL (a)…` and `(p = (a)…` inside parentheses. */
function isNestedPath(cursor: Cursor): boolean {
  if (!cursor.looksLikeName()) return false;
  return cursor.looksLikeSymbol('=', 1) || (cursor.peek().keyword in MODES && cursor.looksLikeSymbol('(', 1));
}

function parseInside(cursor: Cursor, edge: boolean): Inside {
  const variable = cursor.looksLikeName() ? cursor.expectName('a variable') : null;
  const labels = parseLabels(cursor);
  const quantifier = edge && cursor.looksLikeSymbol('*') ? parseCypherRange(cursor) : null;
  const properties = cursor.isSymbol('{') ? parsePropertyMap(cursor) : [];
  if (cursor.peek().kind === 'dollar') throw cursor.notBuilt('a parameter as property map');
  const where = cursor.acceptWord('WHERE') ? parseExpression(cursor) : null;
  return { variable, labels, properties, where, quantifier };
}

function parsePropertyMap(cursor: Cursor): VertexPatternNode['properties'] {
  cursor.expectSymbol('{');
  if (cursor.acceptSymbol('}')) return [];
  const properties = cursor.commaList(() => {
    const name = cursor.expectMember('a property');
    cursor.expectSymbol(':');
    return { name, value: parseExpression(cursor) };
  });
  cursor.expectSymbol('}');
  return properties;
}

/**
 * `-[e]->`, `<-[e]-`, `-[e]-`, and `->`, `<-`, `-`, `-->`, `<--`, `--` without brackets. As edges are directed,
 * `<-[e]->` is `-[e]-`.
 */
function parseEdge(cursor: Cursor): EdgePatternNode {
  const at = cursor.position();
  const left = acceptTight(cursor, '<');
  cursor.expectSymbol('-');
  let inside: Inside = { variable: null, labels: null, properties: [], where: null, quantifier: null };
  if (cursor.acceptSymbol('[')) {
    inside = parseInside(cursor, true);
    cursor.expectSymbol(']');
    cursor.expectSymbol('-');
  } else if (cursor.looksLikeSymbol('-')) {
    cursor.advance();
  }
  const right = acceptTight(cursor, '>');
  const after = parseGqlQuantifier(cursor);
  if (inside.quantifier !== null && after !== null) {
    throw cursor.invalid('an edge has one quantifier, inside its brackets or after its arrow', after.at);
  }
  const direction = left === right ? 'any' : right ? 'out' : 'in';
  const { variable, labels, properties, where } = inside;
  return { at, variable, labels, properties, where, direction, quantifier: inside.quantifier ?? after };
}

function acceptTight(cursor: Cursor, symbol: '<' | '>'): boolean {
  return cursor.acceptSymbol(symbol) !== null;
}

/** `*`, `*2`, `*1..3`, `*1..`, `*..3` inside the brackets. */
function parseCypherRange(cursor: Cursor): Quantifier {
  const at = cursor.position();
  cursor.expectSymbol('*');
  const min = cursor.peek().kind === 'integer' ? cursor.expectCount('a number').count : null;
  if (!cursor.acceptSymbol('..')) return quantifier(cursor, min ?? 1, min, true, at);
  const max = cursor.peek().kind === 'integer' ? cursor.expectCount('a number').count : null;
  return quantifier(cursor, min ?? 1, max, true, at);
}

/** `{1,5}`, `{3}`, `{2,}`, `{,4}`, `+`, `*` after the arrow. */
function parseGqlQuantifier(cursor: Cursor): Quantifier | null {
  const at = cursor.position();
  if (cursor.acceptSymbol('+')) return quantifier(cursor, 1, null, false, at);
  if (cursor.acceptSymbol('*')) return quantifier(cursor, 0, null, false, at);
  if (cursor.looksLikeSymbol('?')) throw cursor.notBuilt('the quantifier ?', cursor.peek(), 'Write {0,1}.');
  if (!cursor.acceptSymbol('{')) return null;
  if (cursor.acceptSymbol(',')) {
    const { count } = cursor.expectCount('the greatest number of edges');
    cursor.expectSymbol('}');
    return quantifier(cursor, 0, count, false, at);
  }
  const min = cursor.expectCount('the least number of edges').count;
  let max: number | null = min;
  if (cursor.acceptSymbol(',')) {
    max = cursor.looksLikeSymbol('}') ? null : cursor.expectCount('the greatest number of edges').count;
  }
  cursor.expectSymbol('}');
  return quantifier(cursor, min, max, false, at);
}

function quantifier(
  cursor: Cursor,
  min: number,
  max: number | null,
  cypher: boolean,
  at: SourcePosition,
): Quantifier {
  if (max !== null && min > max)
    throw cursor.invalid(`a path cannot have at least ${min} and at most ${max} edges`, at);
  return { min, max, cypher, at };
}
