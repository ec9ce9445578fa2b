import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkDefinitions, compileDefinitions } from './compile.ts';
import { DefinitionErrors } from './definition-errors.ts';

const FILE = new URL('./golden/binding-errors.txt', import.meta.url);
const PRELUDE = readFileSync(new URL('./golden/prelude.sql', import.meta.url), 'utf8');
const PRELUDE_LINES = PRELUDE.split('\n').length - 1;

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

/** Each error with its place in the case, which stands after the prelude. */
function errorsOf(text: string): string[] {
  return checkDefinitions(PRELUDE + text).errors.map((error) => {
    const place = `${(error.position?.line ?? 0) - PRELUDE_LINES}:${error.position?.column}`;
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

describe('what is wrong is said with code, line, column and hint', () => {
  const cases = readCases();

  it('has cases, and the prelude alone has no error', () => {
    expect(cases.length).toBeGreaterThan(200);
    expect(cases.filter(({ errors }) => errors.length === 0)).toEqual([]);
    expect(errorsOf('')).toEqual([]);
  });

  it.each(
    cases.map(({ group, text, errors }) => [`${group}: ${JSON.stringify(text)}`, text, errors] as const),
  )('%s', (_, text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });

  it('compileDefinitions throws all of them at once, in order of position', () => {
    const text = 'CREATE VIEW v AS SELECT a FROM b; CREATE TABLE t (x TEXTT); CREATE RULE r ON v';
    let thrown: unknown = null;
    try {
      compileDefinitions(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DefinitionErrors);
    const { errors } = thrown as DefinitionErrors;
    expect(errors.map(({ position }) => position?.column)).toEqual([32, 48, 53, 79]);
    expect((thrown as DefinitionErrors).message.split('\n')).toHaveLength(4);
  });
});
