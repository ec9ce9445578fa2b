import { describe, expect, it } from '@jest/globals';
import { tokenize } from './lexer.ts';
import { SourceText } from './source-text.ts';

/** Each token as `kind:text`, symbols and words alone; the last one, `end`, is left out. */
function tokens(text: string): string[] {
  const all = tokenize(new SourceText(text));
  expect(all.at(-1)).toMatchObject({ kind: 'end', start: text.length, end: text.length });
  return all
    .slice(0, -1)
    .map(({ kind, text: shown }) => (kind === 'symbol' || kind === 'word' ? shown : `${kind}:${shown}`));
}

describe('the lexer', () => {
  it('reads words, names, strings, dollars, numbers and symbols', () => {
    expect(tokens(`a_1 "B ""c""" \`d e\` 'it''s' $old.x $"Y" 12 1.5 .5 1. 1e5 2.5E-3`)).toEqual([
      'a_1', 'quoted:B "c"', 'quoted:d e', "text:it's", 'dollar:old', '.', 'x', 'dollar:Y', 'integer:12', 'decimal:1.5',
      'decimal:.5', 'decimal:1.', 'decimal:1e5', 'decimal:2.5E-3',
    ]); // biome-ignore format: a table
    expect(tokens('<><=>=!=||::..=~<-[x]->%')).toEqual([
      '<>', '<=', '>=', '!=', '||', '::', '..', '=~', '<', '-', '[', 'x', ']', '-', '>', '%',
    ]); // biome-ignore format: a table
  });

  it('keeps ranges apart from decimals', () => {
    expect(tokens('*1..5 *..3 *2.. 1.5.2')).toEqual([
      '*', 'integer:1', '..', 'integer:5', '*', '..', 'integer:3', '*', 'integer:2', '..', 'decimal:1.5', 'decimal:.2',
    ]); // biome-ignore format: a table
  });

  it('skips comments, nested ones too, and a byte order mark', () => {
    expect(tokens('\uFEFFa -- b ; c\nd /* e /* f */ ; */ g // h\ni --')).toEqual(['a', 'd', 'g', 'i']);
  });

  it('folds ASCII letters alone, for keywords as for names', () => {
    const [word, dotless, dollar] = tokenize(new SourceText('mAtCh lımıt $ÄB'));
    expect(word).toMatchObject({ text: 'mAtCh', keyword: 'MATCH' });
    expect(dotless).toMatchObject({ kind: 'word', keyword: 'LıMıT' });
    expect(dollar).toMatchObject({ kind: 'dollar', text: 'Äb' });
  });

  it.each([
    ['MATCH (a)-->(b)<--(c)--(d) --> (e)', '-->'],
    ['MATCH (a)<-->(b)', '<-->'],
    ['MATCH (a)-->{1,2}(b)', '-->{'],
    ['MATCH (a)-->+(b)-->*(c)', '-->+'],
  ])('reads openCypher arrows after MATCH: %s', (text) => {
    const read = tokenize(new SourceText(text)).map((token) => text.slice(token.start, token.end));
    expect(read.join('')).toBe(text.replaceAll(' ', ''));
  });

  it.each(['f() --> comment', 'MATCH (a) -- (b)', 'MATCH (a); f()-->(b)', 'MATCH (a)-- b', 'MATCH a-->(b)'])(
    'reads a comment elsewhere: %s',
    (text) => {
      const last = tokenize(new SourceText(text)).at(-2);
      expect(last?.end).toBe(text.indexOf('--') - (text.charAt(text.indexOf('--') - 1) === ' ' ? 1 : 0));
    },
  );

  it.each([
    ["'a", 'SYNTAX'],
    ['"a', 'SYNTAX'],
    ['`a', 'SYNTAX'],
    ['/* a /* b */', 'SYNTAX'],
    ['""', 'SYNTAX'],
    ['$', 'SYNTAX'],
    ['$"a', 'SYNTAX'],
    ['1a', 'SYNTAX'],
    ['1.5e', 'SYNTAX'],
    ['“a”', 'SYNTAX'],
    ['\u200B', 'SYNTAX'],
    ['\0', 'SYNTAX'],
    ["'\0'", 'SYNTAX'],
    ['"\ud800"', 'SYNTAX'],
    ['\udc00', 'SYNTAX'],
    ['\\', 'SYNTAX'],
    ["e'a'", 'NOT_BUILT'],
    ["U&'a'", 'NOT_BUILT'],
    ["x'1", 'NOT_BUILT'],
    ['a'.repeat(64), 'INVALID_DEFINITION'],
    ['é'.repeat(32), 'INVALID_DEFINITION'],
    [`"${'a'.repeat(64)}"`, 'INVALID_DEFINITION'],
    [`$${'a'.repeat(64)}`, 'INVALID_DEFINITION'],
  ])('%j is no token: %s', (text, code) => {
    const [first] = tokenize(new SourceText(text));
    expect(first).toMatchObject({
      kind: 'invalid',
      start: 0,
      error: { code, position: { line: 1, column: 1 } },
    });
  });

  it('takes names of 63 bytes and letters of all languages', () => {
    expect(tokens(`${'a'.repeat(63)} ${'é'.repeat(31)} имя 名前 𝒳`)).toHaveLength(5);
  });
});

describe('positions', () => {
  it('count lines at \\n, columns and offsets in UTF-16 code units', () => {
    const source = new SourceText('ab\r\n𝄞c\n\nd');
    const at = (offset: number): string =>
      `${source.positionAt(offset).line}:${source.positionAt(offset).column}`;
    expect([0, 2, 3, 4, 6, 7, 8, 9, 10].map(at)).toEqual([
      '1:1',
      '1:3',
      '1:4',
      '2:1',
      '2:3',
      '2:4',
      '3:1',
      '4:1',
      '4:2',
    ]);
  });
});
