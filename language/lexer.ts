import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { unclosedStringHint } from './parser/slips.ts';
import type { SourceText } from './source-text.ts';

/**
 * `word`: an unquoted name or keyword. `quoted`: a name in "…" or `…`. `dollar`: `$name`. `text`: '…'.
 * `symbol`: one of SYMBOLS or WIDE_SYMBOLS. `invalid`: what is no token; it carries its error. `end`: after the last token.
 */
export type TokenKind =
  | 'word'
  | 'quoted'
  | 'dollar'
  | 'text'
  | 'integer'
  | 'decimal'
  | 'symbol'
  | 'invalid'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Offsets in UTF-16 code units, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** As written; for `quoted` and `text` what is between the quotes, unescaped; for `dollar` the name after `$`. */
  readonly text: string;
  /** A word in ASCII upper case, to be compared with keywords; '' for all other kinds. */
  readonly keyword: string;
  /** Of an `invalid` token. */
  readonly error: RingwatchError | null;
}

/** Symbols of two characters, then those of one. Arrows are put together by the pattern parser. */
const WIDE_SYMBOLS: ReadonlySet<string> = new Set(['<>', '<=', '>=', '!=', '||', '::', '..', '=~']);
const SYMBOLS: ReadonlySet<string> = new Set('()[]{},;.+-*/%=<>|&!:?^~@#');

/** Strings with a letter in front, refused by name. */
const STRING_PREFIXES: Readonly<Record<string, string>> = {
  E: "escape strings (E'…')",
  B: "bit strings (B'…')",
  X: "bit strings (X'…')",
  N: "national strings (N'…')",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
const ASCII = /^[\x00-\x7f]*$/;
const WORD = /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*/y;
const DOLLAR_WORD = /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_\u0080-\uFFFF]*/y;
const NUMBER = /(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const BLANK = /[ \t\r\n\f\v]+/y;
/** Characters that look like something else: spaces that are none, quotes that are none, halves of characters, NUL. */
const STRAY = /[\0\u00A0\u2000-\u200F\u2018-\u201F\u2028-\u202F\u205F\u2060\u3000\uFEFF]|\p{Surrogate}/u;

/**
 * All tokens of a text in order, ended by one of kind `end`. Nothing is thrown: what is no token becomes `invalid` and
 * carries its error. Comments are `-- …`, `// …` and nested `/* … *​/`. Lexical rules are PostgreSQL's where both
 * have them. Our own: after MATCH, `)-->(`, `)<--(` and `)--(` are openCypher's arrows and start no comment.
 */
export function tokenize(source: SourceText): Token[] {
  return new Lexer(source).run();
}

/** Letters A to Z to lower case; all others stay, as in PostgreSQL on UTF-8. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** UTF-8 bytes of a well-formed string. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

class Lexer {
  readonly #source: SourceText;
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  /** Whether the statement at hand has had the word MATCH. */
  #matching = false;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
  }

  run(): Token[] {
    if (this.#text.startsWith('\uFEFF')) this.#at = 1;
    for (;;) {
      this.#skipBlanksAndComments();
      if (this.#at >= this.#text.length) break;
      this.#next();
    }
    this.#push('end', this.#text.length, '');
    return this.#tokens;
  }

  #push(
    kind: TokenKind,
    end: number,
    text: string,
    keyword = '',
    error: RingwatchError | null = null,
  ): Token {
    const token: Token = { kind, start: this.#at, end, text, keyword, error };
    this.#tokens.push(token);
    this.#at = end;
    return token;
  }

  #invalid(end: number, error: RingwatchError): Token {
    return this.#push('invalid', end, this.#text.slice(this.#at, end), '', error);
  }

  #syntax(expected: string, found: string, hint: string | null = null): RingwatchError {
    return new RingwatchError(
      'SYNTAX',
      { expected, found },
      { position: this.#source.positionAt(this.#at), hint },
    );
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  #skipBlanksAndComments(): void {
    for (;;) {
      const blank = this.#match(BLANK);
      if (blank !== null) this.#at += blank.length;
      const first = this.#text.charAt(this.#at);
      const two = first === '-' || first === '/' ? this.#text.slice(this.#at, this.#at + 2) : '';
      if ((two === '--' && !this.#isArrow()) || two === '//') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else if (two === '/*') {
        this.#skipBlockComment();
      } else if (blank === null) {
        return;
      }
    }
  }

  #skipBlockComment(): void {
    const marks = /\/\*|\*\//g;
    marks.lastIndex = this.#at;
    let depth = 0;
    for (let mark = marks.exec(this.#text); mark !== null; mark = marks.exec(this.#text)) {
      depth += mark[0] === '/*' ? 1 : -1;
      if (depth === 0) {
        this.#at = marks.lastIndex;
        return;
      }
    }
    this.#invalid(this.#text.length, this.#syntax("'*/' that ends this comment", 'the end of the text'));
  }

  /** Whether `--` here is openCypher's edge between two vertices rather than a comment. */
  #isArrow(): boolean {
    const before = this.#tokens.at(-1);
    if (!this.#matching || before === undefined || before.kind !== 'symbol') return false;
    const rest = this.#text.slice(this.#at, this.#at + 80);
    const adjacent = before.end === this.#at;
    if (before.text === ')') return /^-->\s*\(/.test(rest) || (adjacent && /^--(\(|>\s*[{+*])/.test(rest));
    return (
      before.text === '<' && adjacent && this.#tokens.at(-2)?.text === ')' && /^-->?\s*[({+*]/.test(rest)
    );
  }

  #next(): void {
    const text = this.#text;
    const first = text.charAt(this.#at);
    if (first === '-' && this.#isArrow()) {
      this.#push('symbol', this.#at + 1, '-');
      this.#push('symbol', this.#at + 1, '-');
    } else if (first === "'") {
      this.#quoted("'", 'text', this.#at);
    } else if (first === '"' || first === '`') {
      this.#quoted(first, 'quoted', this.#at);
    } else if (first === '$') {
      this.#dollar();
    } else if (/[0-9]/.test(first) || (first === '.' && /[0-9]/.test(text.charAt(this.#at + 1)))) {
      this.#number();
    } else {
      this.#wordOrSymbol(first);
    }
  }

  #wordOrSymbol(first: string): Token {
    const word = this.#match(WORD);
    if (word !== null && (ASCII.test(word) || !STRAY.test(word))) return this.#word(word);
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (WIDE_SYMBOLS.has(two)) return this.#push('symbol', this.#at + 2, two);
    if (SYMBOLS.has(first)) {
      if (first === ';') this.#matching = false;
      return this.#push('symbol', this.#at + 1, first);
    }
    if (word === null) return this.#invalid(this.#at + 1, this.#stray(first));
    const stray = word.search(STRAY);
    if (stray > 0) return this.#word(word.slice(0, stray));
    return this.#invalid(this.#at + 1, this.#stray(first));
  }

  #word(word: string): Token {
    const end = this.#at + word.length;
    if (word.length === 1) {
      const feature = STRING_PREFIXES[word.toUpperCase()];
      if (feature !== undefined && this.#text.charAt(end) === "'") return this.#refuseString(feature, end);
      if (/^[uU]&['"]/.test(this.#text.slice(this.#at, end + 2))) {
        return this.#refuseString("Unicode escapes (U&'…')", end + 1);
      }
    }
    if (3 * word.length > LIMITS.identifierBytesMax && utf8Bytes(word) > LIMITS.identifierBytesMax) {
      return this.#invalid(end, this.#nameTooLong());
    }
    const keyword = word.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    if (keyword === 'MATCH') this.#matching = true;
    return this.#push('word', end, word, keyword);
  }

  #nameTooLong(): RingwatchError {
    const reason = `names hold at most ${LIMITS.identifierBytesMax} bytes`;
    return new RingwatchError(
      'INVALID_DEFINITION',
      { reason },
      { position: this.#source.positionAt(this.#at) },
    );
  }

  /** A string with a prefix, from `at` to the end of the string whose quote is at `quoteAt`. */
  #refuseString(feature: string, quoteAt: number): Token {
    const quote = this.#text.charAt(quoteAt);
    const end = this.#text.indexOf(quote, quoteAt + 1);
    const position = this.#source.positionAt(this.#at);
    return this.#invalid(
      end === -1 ? this.#text.length : end + 1,
      new RingwatchError('NOT_BUILT', { feature }, { position }),
    );
  }

  /** A string or quoted name whose opening quote is at `quoteAt`; a doubled quote stands for one. */
  #quoted(quote: string, kind: 'text' | 'quoted' | 'dollar', quoteAt: number): Token {
    let value = '';
    let from = quoteAt + 1;
    for (;;) {
      const close = this.#text.indexOf(quote, from);
      if (close === -1) {
        const what = kind === 'text' ? 'string' : 'name';
        const expected = `${quote === "'" ? '"\'"' : `'${quote}'`} that ends this ${what}`;
        const hint = kind === 'text' ? this.#unclosedBefore() : null;
        return this.#invalid(this.#text.length, this.#syntax(expected, 'the end of the text', hint));
      }
      value += this.#text.slice(from, close);
      if (this.#text.charAt(close + 1) !== quote) {
        return this.#endQuoted(kind, close + 1, value);
      }
      value += quote;
      from = close + 2;
    }
  }

  /** A string that does not end may begin where an earlier one should have ended. */
  #unclosedBefore(): string | null {
    for (let index = this.#tokens.length - 1; index > 0 && this.#tokens[index]?.text !== ';'; index--) {
      const before = this.#tokens[index - 1];
      if (unclosedStringHint(this.#tokens, index) === null || before === undefined) continue;
      const { line, column } = this.#source.positionAt(before.start);
      return `Is a quote missing that closes the string at line ${line}, column ${column}?`;
    }
    return null;
  }

  #endQuoted(kind: 'text' | 'quoted' | 'dollar', end: number, value: string): Token {
    if (/\0|\p{Surrogate}/u.test(value))
      return this.#invalid(end, this.#stray(/\0|\p{Surrogate}/u.exec(value)?.[0] ?? ''));
    if (kind === 'text') return this.#push('text', end, value);
    if (value === '') return this.#invalid(end, this.#syntax('a name', 'an empty quoted name'));
    if (utf8Bytes(value) > LIMITS.identifierBytesMax) return this.#invalid(end, this.#nameTooLong());
    return this.#push(kind, end, value);
  }

  #dollar(): Token {
    if (this.#text.charAt(this.#at + 1) === '"') return this.#quoted('"', 'dollar', this.#at + 1);
    DOLLAR_WORD.lastIndex = this.#at + 1;
    const name = DOLLAR_WORD.exec(this.#text)?.[0] ?? null;
    if (name === null || STRAY.test(name)) {
      const found = `'$' without a name`;
      return this.#invalid(this.#at + 1, this.#syntax('a name after $', found));
    }
    if (utf8Bytes(name) > LIMITS.identifierBytesMax)
      return this.#invalid(this.#at + 1 + name.length, this.#nameTooLong());
    return this.#push('dollar', this.#at + 1 + name.length, foldCase(name));
  }

  #number(): Token {
    const digits = this.#match(NUMBER) ?? '';
    const end = this.#at + digits.length;
    WORD.lastIndex = end;
    const junk = WORD.exec(this.#text)?.[0] ?? null;
    if (junk !== null) {
      const whole = digits + junk;
      return this.#invalid(end + junk.length, this.#syntax('a number', `'${whole.slice(0, 40)}'`));
    }
    return this.#push(/^[0-9]+$/.test(digits) ? 'integer' : 'decimal', end, digits);
  }

  #stray(character: string): RingwatchError {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const printable = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)
      ? `'${character}' (U+${code})`
      : `the character U+${code}`;
    const quote = /[\u2018-\u201F]/.test(character);
    return this.#syntax(
      'a token',
      printable,
      quote ? `Use straight quotes: ' for strings, " for names.` : null,
    );
  }
}
