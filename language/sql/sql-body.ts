import type { Node } from 'libpg-query';
import { assert, present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Expression, Identifier } from '../ast.ts';
import { foldCase, type Token } from '../lexer.ts';
import type { SourceText } from '../source-text.ts';
import { ByteOffsets } from './byte-offsets.ts';

type ConvertExpression = (body: SqlBody, node: Node | undefined, fallback: SourcePosition) => Expression;

/**
 * The tokens of a SELECT that PostgreSQL's parser gets to see, and the text of them: every other character is a space, so
 * that an offset in it is one in the definition text less `start`. Finds what PostgreSQL's tree leaves out: where
 * aliases, keywords and the names after a dot stand.
 */
export class SqlBody {
  readonly text: string;
  /** In order; without comments and whatever was taken out. */
  readonly tokens: readonly Token[];
  /** The token after the body. */
  readonly after: Token;
  readonly #source: SourceText;
  readonly #start: number;
  readonly #offsets: ByteOffsets;

  readonly #convert: ConvertExpression;

  /** `convert` turns expressions of PostgreSQL's tree into ours. */
  constructor(source: SourceText, tokens: readonly Token[], after: Token, convert: ConvertExpression) {
    this.#convert = convert;
    this.#source = source;
    this.tokens = tokens;
    this.after = after;
    this.#start = present(tokens[0], 'first token').start;
    this.text = textOf(source, tokens);
    this.#offsets = new ByteOffsets(this.text);
  }

  /** An expression of PostgreSQL's tree; `fallback` is its position where the tree says none. */
  expression(node: Node | undefined, fallback: SourcePosition): Expression {
    return this.#convert(this, node, fallback);
  }

  position(token: Token): SourcePosition {
    return this.#source.positionAt(token.start);
  }

  /** The index of the token at a location of PostgreSQL's tree; null where it has none (-1). */
  indexAt(location: number | undefined): number | null {
    if (location !== undefined && location < 0) return null;
    return this.#indexAtOffset(this.#start + this.#offsets.ofByte(location ?? 0));
  }

  /** The index of the first token at or after an offset in code points; one past the last where it is the end. */
  indexAtCodePoint(codePoint: number): number {
    const offset = this.#start + this.#offsets.ofCodePoint(codePoint);
    const index = this.tokens.findIndex((token) => token.end > offset);
    return index === -1 ? this.tokens.length : index;
  }

  token(index: number): Token {
    return this.tokens[index] ?? this.after;
  }

  /** The position of a tree's location, or `fallback` where it has none. */
  at(location: number | undefined, fallback: SourcePosition): SourcePosition {
    const index = this.indexAt(location);
    return index === null ? fallback : this.position(this.token(index));
  }

  /** The name at a token. */
  identifier(index: number): Identifier {
    const token = this.token(index);
    const name = token.kind === 'word' ? foldCase(token.text) : token.text;
    return { name, at: this.position(token) };
  }

  /** `count` names joined by dots, from a token on. */
  dotted(index: number, count: number): Identifier[] {
    return Array.from({ length: count }, (_, part) => this.identifier(index + 2 * part));
  }

  isSymbol(index: number, symbol: string): boolean {
    const token = this.token(index);
    return token.kind === 'symbol' && token.text === symbol;
  }

  isWord(index: number, keyword: string): boolean {
    return this.token(index).keyword === keyword;
  }

  /** From an opening parenthesis to the index of the one that closes it. */
  closing(open: number): number {
    assert(this.isSymbol(open, '('), 'starts at a parenthesis');
    let depth = 0;
    for (let index = open; index < this.tokens.length; index++) {
      if (this.isSymbol(index, '(')) depth += 1;
      if (this.isSymbol(index, ')')) depth -= 1;
      if (depth === 0) return index;
    }
    return this.tokens.length;
  }

  /** The first index from `from` on, outside parentheses opened after it, for which `test` holds; the end if none. */
  find(from: number, test: (index: number) => boolean): number {
    for (let index = from; index < this.tokens.length; index++) {
      if (test(index)) return index;
      if (this.isSymbol(index, '(')) index = this.closing(index);
      else if (this.isSymbol(index, ')')) break;
    }
    return this.tokens.length;
  }

  /** The first of these keywords outside parentheses, else the beginning. */
  clause(...keywords: readonly string[]): SourcePosition {
    const index = this.find(0, (candidate) => keywords.includes(this.token(candidate).keyword));
    return this.position(this.token(index === this.tokens.length ? 0 : index));
  }

  notBuilt(feature: string, position: SourcePosition, hint: string | null = null): RingwatchError {
    return new RingwatchError('NOT_BUILT', { feature }, { position, hint });
  }

  #indexAtOffset(offset: number): number | null {
    let low = 0;
    let high = this.tokens.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (present(this.tokens[middle]).start < offset) low = middle + 1;
      else high = middle;
    }
    return this.tokens[low]?.start === offset ? low : null;
  }
}

function textOf(source: SourceText, tokens: readonly Token[]): string {
  const parts: string[] = [];
  let end = present(tokens[0]).start;
  for (const token of tokens) {
    parts.push(' '.repeat(token.start - end), source.text.slice(token.start, token.end));
    end = token.end;
  }
  return parts.join('');
}
