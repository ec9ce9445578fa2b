import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../core/limits.ts';
import { parseDefinitions } from './parse.ts';

const FILE = new URL('./golden/errors.txt', import.meta.url);

/** Groups begin with `# title`; a case is a text as a JSON string, then each of its errors on an indented line. */
interface Case {
  readonly group: string;
  readonly text: string;
  readonly errors: readonly string[];
}

function readCases(): Case[] {
  const cases: { group: string; text: string; errors: string[] }[] = [];
  let group = '';
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    if (line.startsWith('# ')) group = line.slice(2);
    else if (line.startsWith('"')) cases.push({ group, text: JSON.parse(line) as string, errors: [] });
    else if (line !== '') cases.at(-1)?.errors.push(line.trim());
  }
  return cases;
}

function errorsOf(text: string): string[] {
  return parseDefinitions(text).errors.map((error) => {
    const place = `${error.position?.line}:${error.position?.column}`;
    return `${error.code} ${place} ${error.message}${error.hint === null ? '' : ` (${error.hint})`}`;
  });
}

function update(): void {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  const kept = lines.filter((line) => line.startsWith('#') || line.startsWith('"'));
  const shown = kept.flatMap((line) =>
    line.startsWith('"')
      ? [line, ...errorsOf(JSON.parse(line) as string).map((error) => `    ${error}`)]
      : [line],
  );
  writeFileSync(FILE, `${shown.join('\n')}\n`);
}

if (process.env.RINGWATCH_UPDATE_GOLDEN === '1') update();

describe('errors name code, line, column, what was expected, and a hint', () => {
  const cases = readCases();

  it('has cases', () => {
    expect(cases.length).toBeGreaterThan(300);
    expect(cases.every(({ errors }) => errors.length > 0)).toBe(true);
  });

  it.each(
    cases.map(({ group, text, errors }) => [`${group}: ${JSON.stringify(text)}`, text, errors] as const),
  )('%s', (_, text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });
});

describe('nesting 10,000 deep is NESTING_TOO_DEEP', () => {
  const rule = (condition: string): string => `CREATE RULE r ON s WHEN ${condition} DO REFUSE`;
  const view = (expression: string): string => `CREATE VIEW v AS SELECT ${expression} FROM t`;
  const deep = 10_000;
  const nest = (open: string, inner: string, close: string): string =>
    open.repeat(deep) + inner + close.repeat(deep);

  it.each([
    ['parentheses in a rule', rule(nest('(', 'a', ')'))],
    ['parentheses in a view', view(nest('(', 'a', ')'))],
    ['parentheses that are never closed', rule('('.repeat(deep))],
    ['parentheses that are never closed, in a view', view('('.repeat(deep))],
    ['calls', rule(nest('f(', 'a', ')'))],
    ['calls in a view', view(nest('f(', 'a', ')'))],
    ['NOT', rule(nest('NOT ', 'a', ''))],
    ['NOT in a view', view(nest('NOT ', 'a', ''))],
    ['signs', rule(nest('- ', 'a', ''))],
    ['signs in a view', view(nest('- ', 'a', ''))],
    ['a sum', rule(nest('a + ', 'a', ''))],
    ['a sum in a view', view(nest('a + ', 'a', ''))],
    ['a right-hand chain', rule(`${'a || ('.repeat(deep)}a${')'.repeat(deep)}`)],
    ['casts', rule(nest('', 'a', '::TEXT'))],
    ['casts in a view', view(nest('', 'a', '::TEXT'))],
    ['IS NULL', rule(nest('', 'a', ' IS NULL'))],
    ['IS NULL in a view', view(nest('', 'a', ' IS NULL'))],
    ['CASE', rule(nest('CASE WHEN a THEN ', 'a', ' END'))],
    ['CASE in a view', view(nest('CASE WHEN a THEN ', 'a', ' END'))],
    ['lists', rule(nest('[', 'a', ']'))],
    ['IN', rule(nest('a IN (', 'a', ')'))],
    ['subscripts in a view', view(nest('a[', 'a', ']'))],
    [
      'sums inside sums in a view',
      view(`${'('.repeat(150)}a${' + a'.repeat(99)}${`)${' + a'.repeat(99)}`.repeat(150)}`),
    ],
    [
      'sums inside sums',
      rule(`${'('.repeat(150)}a${' + a'.repeat(99)}${`)${' + a'.repeat(99)}`.repeat(150)}`),
    ],
    ['joins', `CREATE VIEW v AS SELECT a FROM t${' JOIN u ON TRUE'.repeat(deep)}`],
    ['unions', `CREATE VIEW v AS SELECT a FROM t${' UNION SELECT a FROM t'.repeat(deep)}`],
    ['labels', `CREATE QUERY q AS USE g MATCH (a:${nest('(', 'A', ')')}) RETURN a`],
    ['negated labels', `CREATE QUERY q AS USE g MATCH (a:${nest('!', 'A', '')}) RETURN a`],
    ['branches', `CREATE QUERY q AS USE g MATCH (a) ${nest('WHEN TRUE THEN { ', 'RETURN a', ' }')}`],
  ])('%s', (_, text) => {
    const { errors } = parseDefinitions(text);
    expect(errors.map((error) => error.code)).toEqual(['NESTING_TOO_DEEP']);
    expect(errors[0]?.position?.line).toBe(1);
  });

  it('says where the nesting passes the limit', () => {
    const { errors } = parseDefinitions(rule(nest('(', 'a', ')')));
    expect(errors[0]?.position?.column).toBe('CREATE RULE r ON s WHEN '.length + LIMITS.nestingDepthMax + 1);
  });

  it('lets nest what is below the limit, in rules and in views', () => {
    const levels = LIMITS.nestingDepthMax - 2;
    const inner = `${'('.repeat(levels)}a${')'.repeat(levels)}`;
    expect(parseDefinitions(`${rule(inner)};${view(inner)}`).errors).toEqual([]);
    const sum = `a${' + a'.repeat(levels)}`;
    expect(parseDefinitions(`${rule(sum)};${view(sum)}`).errors).toEqual([]);
  });

  it('takes conditions of thousands of terms, which nest only as deep as their logarithm', () => {
    const terms = Array.from({ length: 5000 }, (_, i) => `a = ${i}`);
    for (const operator of [' OR ', ' AND ']) {
      const text = terms.join(operator);
      expect(parseDefinitions(`${rule(text)};${view(text)}`).errors).toEqual([]);
    }
  });

  it('refuses a text past the limit of bytes, whatever it holds', () => {
    const long = `-- ${'x'.repeat(LIMITS.definitionBytesMax)}`;
    expect(errorsOf(long)).toEqual([
      `TEXT_TOO_LARGE 1:1 the definitions hold ${long.length} bytes, more than ${LIMITS.definitionBytesMax}`,
    ]);
    const wide = `-- ${'é'.repeat(LIMITS.definitionBytesMax / 2)}`;
    expect(errorsOf(wide)[0]).toMatch(/^TEXT_TOO_LARGE/);
    expect(errorsOf(`-- ${'x'.repeat(LIMITS.definitionBytesMax - 3)}`)).toEqual([]);
  });

  it('stops after so many errors', () => {
    expect(parseDefinitions('x;'.repeat(1000)).errors).toHaveLength(LIMITS.definitionErrorsMax);
  });

  it('survives any number of views that fail', () => {
    for (let i = 0; i < 40; i++) parseDefinitions(view(nest('a + ', 'a', '')));
    for (let i = 0; i < 300; i++) parseDefinitions(view(`a + ${i} b c`));
    expect(parseDefinitions(view('a')).errors).toEqual([]);
  });
});

describe('statements that can be read are read', () => {
  it('whatever fails beside them', () => {
    const text =
      'CREATE TABLE a (x TEXT); CREATE TABL b (x TEXT); CREATE TABLE c (x TEXT) CREATE TABLE d (x TEXT);';
    const { statements, errors } = parseDefinitions(text);
    expect(statements.map((statement) => statement.name.name)).toEqual(['a', 'd']);
    expect(errors).toHaveLength(2);
  });

  it('and keep their own text', () => {
    const { statements } = parseDefinitions(
      '  CREATE TABLE a (x TEXT) ; -- c\nCREATE VIEW v AS SELECT x FROM a -- d\n',
    );
    expect(statements.map((statement) => statement.text)).toEqual([
      'CREATE TABLE a (x TEXT)',
      'CREATE VIEW v AS SELECT x FROM a',
    ]);
  });

  it('of an empty text there are none', () => {
    for (const text of ['', ' \n', ';', '-- nothing', '/* /* nothing */ */', '\uFEFF']) {
      expect(parseDefinitions(text)).toEqual({ statements: [], errors: [] });
    }
  });
});
