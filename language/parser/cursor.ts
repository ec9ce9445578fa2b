import { assert, present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { nearestName } from '../../core/nearest-name.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Expression, Identifier } from '../ast.ts';
import { foldCase, type Token } from '../lexer.ts';
import type { SourceText } from '../source-text.ts';
import { RESERVED_WORDS, reservedHint } from './reserved-words.ts';
import { slipHint } from './slips.ts';

const ALTERNATIVES_MAX = 14;

/** How expressions are read: given to the cursor, since the rules of expressions and of their parts call each other. */
export interface ExpressionGrammar {
  readonly expression: (cursor: Cursor) => Expression;
  readonly operand: (cursor: Cursor) => Expression;
}

/**
 * Reads the tokens of one statement after another. Whatever is asked for and not found at a token is remembered, so
 * that an error there can say what was expected. The `;` that ends a statement, and the end of the text, are never
 * taken by anything but `nextStatement`.
 */
export class Cursor {
  readonly source: SourceText;
  readonly tokens: readonly Token[];
  #index: number;
  #depth = 0;
  /** What was asked for at the token with index `#expectedAt`. */
  #expected: string[] = [];
  #expectedAt = -1;

  readonly #grammar: ExpressionGrammar;

  constructor(source: SourceText, tokens: readonly Token[], grammar: ExpressionGrammar, index = 0) {
    assert(tokens.at(-1)?.kind === 'end', 'tokens end with `end`');
    this.source = source;
    this.tokens = tokens;
    this.#grammar = grammar;
    this.#index = index;
  }

  /** An expression, from the token at hand. */
  expression(): Expression {
    return this.#grammar.expression(this);
  }

  /** A value to which no comparison or AND belongs, from the token at hand. */
  operand(): Expression {
    return this.#grammar.operand(this);
  }

  get index(): number {
    return this.#index;
  }

  /** The token at hand, or the one `ahead` of it; the last token stands for all after it. */
  peek(ahead = 0): Token {
    return this.tokens[this.#index + ahead] ?? present(this.tokens.at(-1), 'last token');
  }

  /** The token before the one at hand. */
  previous(): Token {
    return present(this.tokens[this.#index - 1], 'previous token');
  }

  position(token: Token = this.peek()): SourcePosition {
    return this.source.positionAt(token.start);
  }

  atEnd(): boolean {
    const token = this.peek();
    return token.kind === 'end' || (token.kind === 'symbol' && token.text === ';');
  }

  /** Takes the token at hand, whatever it is, but for `;`, the end and what is no token. */
  advance(): Token {
    const token = this.peek();
    assert(!this.atEnd() && token.kind !== 'invalid', 'advance inside a statement');
    this.#index += 1;
    return token;
  }

  /** Whether the token `ahead` is this keyword; remembers nothing. */
  looksLike(keyword: string, ahead = 0): boolean {
    return this.peek(ahead).keyword === keyword;
  }

  /** Whether the token `ahead` is this symbol; remembers nothing. */
  looksLikeSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  /** Whether the keyword is at hand; remembers that it could have been. */
  isWord(keyword: string): boolean {
    if (this.peek().keyword === keyword) return true;
    this.#remember(keyword);
    return false;
  }

  isSymbol(symbol: string): boolean {
    if (this.looksLikeSymbol(symbol)) return true;
    this.#remember(`'${symbol}'`);
    return false;
  }

  /** Takes the keyword if it is at hand, else null. */
  acceptWord(keyword: string): Token | null {
    return this.isWord(keyword) ? this.advance() : null;
  }

  acceptSymbol(symbol: string): Token | null {
    return this.isSymbol(symbol) ? this.advance() : null;
  }

  /** Takes these keywords in a row if the first is at hand, giving it; the others must follow. */
  acceptWords(...keywords: readonly [string, ...string[]]): Token | null {
    if (this.peek().keyword === keywords[0]) return this.expectWords(...keywords);
    this.#remember(keywords.join(' '));
    return null;
  }

  expectWord(keyword: string): Token {
    return this.acceptWord(keyword) ?? this.fail();
  }

  expectSymbol(symbol: string): Token {
    return this.acceptSymbol(symbol) ?? this.fail();
  }

  /** Keywords in a row; a wrong one is reported by itself. */
  expectWords(...keywords: readonly string[]): Token {
    const first = this.peek();
    for (const keyword of keywords) this.expectWord(keyword);
    return first;
  }

  /** Whether the token `ahead` can be a name: quoted, or a word that is not reserved. */
  looksLikeName(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'quoted' || (token.kind === 'word' && !RESERVED_WORDS.has(token.keyword));
  }

  /** A name, in lower case unless quoted. `what` says of what, with its article, for the error. */
  expectName(what: string): Identifier {
    if (!this.looksLikeName()) this.#failName(what);
    return this.identifier(this.advance());
  }

  /** A name that keeps its letter case: a label. */
  expectLabel(what: string): Identifier {
    if (!this.looksLikeName()) this.#failName(what);
    const token = this.advance();
    return { name: token.text, at: this.position(token) };
  }

  /** A name after a dot, where no word is reserved. */
  expectMember(what: string): Identifier {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'quoted') this.fail(what);
    return this.identifier(this.advance());
  }

  expectText(what: string): { readonly text: string; readonly at: SourcePosition } {
    if (this.peek().kind !== 'text') this.fail(what);
    const token = this.advance();
    return { text: token.text, at: this.position(token) };
  }

  /** A whole number from 0 to 2^31 - 1. */
  expectCount(what: string): { readonly count: number; readonly at: SourcePosition } {
    const token = this.peek();
    if (token.kind !== 'integer') this.fail(what);
    const at = this.position(token);
    const count = Number(token.text);
    if (count > 2_147_483_647) throw this.invalid(`${token.text.slice(0, 40)} is more than 2147483647`, at);
    this.advance();
    return { count, at };
  }

  identifier(token: Token): Identifier {
    const name = token.kind === 'word' ? foldCase(token.text) : token.text;
    return { name, at: this.position(token) };
  }

  /** Items separated by commas, at least one. */
  commaList<T>(item: () => T): T[] {
    const items = [item()];
    while (this.acceptSymbol(',')) items.push(item());
    return items;
  }

  /** `(a, b)`: names, at least one. */
  expectNames(what: string): Identifier[] {
    this.expectSymbol('(');
    const names = this.commaList(() => this.expectName(what));
    this.expectSymbol(')');
    return names;
  }

  /** Runs `inner` one level deeper; past the limit NESTING_TOO_DEEP at the token at hand. */
  nested<T>(inner: () => T): T {
    if (this.#depth >= LIMITS.nestingDepthMax) throw nestingTooDeep(this.position());
    this.#depth += 1;
    const result = inner();
    this.#depth -= 1;
    return result;
  }

  /** Goes to the first token after the next `;`; false at the end of the text. Nesting starts anew. */
  nextStatement(): boolean {
    while (!this.atEnd()) this.#index += 1;
    this.#depth = 0;
    if (this.peek().kind === 'end') return false;
    this.#index += 1;
    return true;
  }

  /** Goes to a token further on, where a statement begins. Nesting starts anew. */
  skipTo(index: number): true {
    assert(index >= this.#index && index < this.tokens.length, 'skip forwards inside the text');
    this.#index = index;
    this.#depth = 0;
    return true;
  }

  /** SYNTAX at the token at hand: `what` was expected, or else all that has been asked for here. */
  fail(what: string | null = null, hint: string | null = null): never {
    const token = this.peek();
    if (token.error !== null) throw token.error;
    if (what !== null) this.#remember(what);
    const asked = this.#expectedAt === this.#index ? [...new Set(this.#expected)] : [];
    const shown =
      asked.length > ALTERNATIVES_MAX ? [...asked.slice(0, ALTERNATIVES_MAX), 'another clause'] : asked;
    const details = { expected: alternatives(shown), found: describe(token) };
    throw new RingwatchError('SYNTAX', details, {
      position: this.position(token),
      hint: hint ?? slipHint(this.tokens, this.#index, 0) ?? nearestKeyword(token, asked),
    });
  }

  notBuilt(feature: string, token: Token = this.peek(), hint: string | null = null): RingwatchError {
    return new RingwatchError('NOT_BUILT', { feature }, { position: this.position(token), hint });
  }

  invalid(
    reason: string,
    position: SourcePosition = this.position(),
    hint: string | null = null,
  ): RingwatchError {
    return new RingwatchError('INVALID_DEFINITION', { reason }, { position, hint });
  }

  #failName(what: string): never {
    const token = this.peek();
    if (!RESERVED_WORDS.has(token.keyword)) this.fail(what);
    this.#remember(what);
    const asked = this.#expectedAt === this.#index ? this.#expected : [];
    const near = nearestKeyword(token, asked);
    this.fail(null, near ?? reservedHint(token.keyword));
  }

  #remember(what: string): void {
    if (this.#expectedAt !== this.#index) {
      this.#expected = [];
      this.#expectedAt = this.#index;
    }
    this.#expected.push(what);
  }
}

/** NESTING_TOO_DEEP at a position. */
export function nestingTooDeep(position: SourcePosition): RingwatchError {
  return new RingwatchError('NESTING_TOO_DEEP', { limit: LIMITS.nestingDepthMax }, { position });
}

/** A token as errors show it. */
export function describe(token: Token): string {
  const clip = (text: string): string =>
    text.length > 40 ? `${text.slice(0, 40).replace(/\p{Surrogate}$/u, '')}…` : text;
  switch (token.kind) {
    case 'end':
      return 'the end of the text';
    case 'text':
      return `the string '${clip(token.text)}'`;
    case 'quoted':
      return `"${clip(token.text)}"`;
    case 'dollar':
      return `$${clip(token.text)}`;
    case 'symbol':
      return `'${token.text}'`;
    default:
      return clip(token.text);
  }
}

function alternatives(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? 'something else';
  return `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}

function nearestKeyword(token: Token, asked: readonly string[]): string | null {
  if (token.kind !== 'word' || token.text.length < 3) return null;
  const keywords = asked.filter((candidate) => /^[A-Z][A-Z_ ]*$/.test(candidate));
  const firstWords = keywords.map((candidate) => candidate.split(' ')[0] ?? candidate);
  const nearest = nearestName(token.keyword, firstWords);
  return nearest === null || nearest === token.keyword ? null : `Did you mean ${nearest}?`;
}
