import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { AGGREGATE_ALIASES, functionNames } from './functions.ts';
import {
  CONSTANT_WORDS,
  FUNCTION_WORDS,
  KEYWORDS,
  readStretch,
  type StretchKind,
  startState,
  TYPE_WORDS,
} from './grammar.ts';
import { type TokenKind, tokenize } from './lexer.ts';
import { RESERVED_WORDS } from './parser/reserved-words.ts';
import { SourceText } from './source-text.ts';

const FOLDER = new URL('./', import.meta.url);
const TEXTS = [
  ...readdirSync(new URL('golden/', FOLDER))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => `golden/${name}`),
  '../examples/anti-cashout/rules.sql',
  '../examples/guarantee-circles/rules.sql',
];

/** Words that the parser asks for, in all its modules. */
function parserWords(): Set<string> {
  const calls = /\b(?:acceptWord|expectWord|acceptWords|expectWords|looksLike)\(([^()]*)/g;
  const words = new Set<string>();
  for (const name of readdirSync(new URL('parser/', FOLDER))) {
    const code = readFileSync(new URL(`parser/${name}`, FOLDER), 'utf8');
    for (const [, args = ''] of code.matchAll(calls)) {
      for (const [, word = ''] of args.matchAll(/'([A-Z_]+)'/g)) words.add(word);
    }
  }
  return words;
}

const LEXER: Readonly<Record<TokenKind, string>> = {
  word: 'w',
  quoted: 'q',
  dollar: '$',
  text: 't',
  integer: 'n',
  decimal: 'n',
  symbol: 's',
  invalid: '?',
  end: '',
};
const GRAMMAR: Readonly<Record<StretchKind, string>> = {
  blank: ' ',
  comment: ' ',
  keyword: 'w',
  type: 'w',
  constant: 'w',
  function: 'w',
  name: 'w',
  quotedName: 'q',
  parameter: '$',
  text: 't',
  number: 'n',
  symbol: 's',
  invalid: '?',
};

/** A letter for every character of a text: what the lexer makes of it. */
function byLexer(text: string): string {
  const letters: string[] = Array.from({ length: text.length }, (_, n) => (text[n] === '\n' ? '\n' : ' '));
  for (const { kind, start, end } of tokenize(new SourceText(text))) {
    for (let n = start; n < end; n++) if (letters[n] !== '\n') letters[n] = LEXER[kind];
  }
  return letters.join('');
}

function byGrammar(text: string): string {
  const state = startState();
  return text
    .split('\n')
    .map((line) => {
      let letters = '';
      for (let at = 0; at < line.length; ) {
        const { kind, end } = readStretch(line, at, state);
        letters += GRAMMAR[kind].repeat(end - at);
        at = end;
      }
      return letters;
    })
    .join('\n');
}

function stretches(line: string): [StretchKind, string][] {
  const state = startState();
  const found: [StretchKind, string][] = [];
  for (let at = 0; at < line.length; ) {
    const { kind, end } = readStretch(line, at, state);
    if (kind !== 'blank') found.push([kind, line.slice(at, end)]);
    at = end;
  }
  return found;
}

describe('the grammar for editors', () => {
  test.each(TEXTS)('takes %s apart as the lexer does', (name) => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    expect(byGrammar(text)).toBe(byLexer(text));
  });

  test.each([
    'MATCH (a)-->(b)<--(c)--(d)',
    'MATCH (a) --> (b) -- a comment',
    'MATCH (a)-->{1,3}(b)',
    'SELECT 1 -- MATCH (a)-->(b)\n, 2',
    "'it''s\nopen' x",
    '"a ""b"" c" `d`',
    '/* one /* two\n */ one */ x /* another */',
    '1..5 .5 1.e3 $x $_y a.b',
    '¬ “x” #',
  ])('takes %j apart as the lexer does', (text) => {
    expect(byGrammar(text)).toBe(byLexer(text));
  });

  test('knows every word that the parser asks for', () => {
    const known = new Set([...KEYWORDS, ...TYPE_WORDS, ...CONSTANT_WORDS]);
    const words = [...parserWords(), ...RESERVED_WORDS];
    expect(words.length).toBeGreaterThan(80);
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });

  test('has no word that the language lacks', () => {
    const documented = readFileSync(new URL('../docs/language.md', FOLDER), 'utf8').toUpperCase();
    const code = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/grammar|\.test\./.test(name))
      .map((name) => readFileSync(new URL(name, FOLDER), 'utf8').toUpperCase());
    const words = new Set([documented, ...code].join(' ').split(/[^A-Z0-9_]+/));
    expect([...KEYWORDS, ...TYPE_WORDS, ...CONSTANT_WORDS].filter((word) => !words.has(word))).toEqual([]);
    expect(KEYWORDS).toEqual([...new Set(KEYWORDS)]);
  });

  test('has exactly the functions that a definition may use', () => {
    expect(FUNCTION_WORDS).toEqual([...functionNames(), ...AGGREGATE_ALIASES.keys()].sort());
  });

  test('tells words by what they are where they stand', () => {
    expect(stretches('CREATE RULE r WHEN sum(a.count) >= $limit AND b IS NULL')).toEqual([
      ['keyword', 'CREATE'],
      ['keyword', 'RULE'],
      ['name', 'r'],
      ['keyword', 'WHEN'],
      ['function', 'sum'],
      ['symbol', '('],
      ['name', 'a'],
      ['symbol', '.'],
      ['name', 'count'],
      ['symbol', ')'],
      ['symbol', '>='],
      ['parameter', '$limit'],
      ['keyword', 'AND'],
      ['name', 'b'],
      ['keyword', 'IS'],
      ['constant', 'NULL'],
    ]);
  });
});
