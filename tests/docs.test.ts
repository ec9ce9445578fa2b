import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkDefinitions } from '../language/compile.ts';
import { cacheCommand } from '../main/commands/cache.ts';
import { checkCommand } from '../main/commands/check.ts';
import { demoCommand } from '../main/commands/demo.ts';
import { queryCommand } from '../main/commands/query.ts';
import { runCommand } from '../main/commands/run.ts';
import { serveCommand } from '../main/commands/serve.ts';
import { stateCommand } from '../main/commands/state.ts';
import { LIMITS } from '../core/limits.ts';
import { renderFunctionDocs } from './tools/function-docs.ts';
import { renderLimitDocs } from './tools/limit-docs.ts';
import { renderSchemaDocs } from './tools/schema-docs.ts';
import { REPOSITORY } from './tools/spawn-ringwatch.ts';

const COMMANDS = [
  cacheCommand,
  checkCommand,
  demoCommand,
  queryCommand,
  runCommand,
  serveCommand,
  stateCommand,
];

function read(file: string): string {
  return readFileSync(path.join(REPOSITORY, file), 'utf8');
}

const DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(path.join(REPOSITORY, 'docs')).map((file) => `docs/${file}`),
  ...['anti-cashout', 'energy-transfers', 'guarantee-circles'].map(
    (example) => `examples/${example}/README.md`,
  ),
].filter((file) => file.endsWith('.md'));

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

describe('docs/language.md', () => {
  it('has examples that together are one text without an error', () => {
    const blocks = [...read('docs/language.md').matchAll(/^```sql\n(.*?)^```$/gms)].map(([, body]) => body);
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    const { errors } = checkDefinitions(blocks.join('\n'));
    expect(errors.map((error) => `${error.position?.line}: ${error.code} ${error.message}`)).toEqual([]);
  });

  it('names as not built what is refused as not built', () => {
    const said = read('docs/language.md');
    for (const [words, text] of [
      ['`CREATE MODEL`', 'CREATE MODEL m ON v FEATURES (a);'],
      ['`CREATE POLICY`', 'CREATE POLICY p ARMS (a);'],
      ['`BACKTEST`', "BACKTEST RULE a VERSION 7 AGAINST 6 FROM '2026-10-01' TO '2026-10-31';"],
      [
        '`SESSION`',
        "CREATE SOURCE s (at TIMESTAMPTZ, WATERMARK FOR at);\nCREATE VIEW v AS SELECT COUNT(*) AS n FROM SESSION(s, at, INTERVAL '1 hour');",
      ],
    ] as const) {
      expect(said).toContain(words);
      expect(checkDefinitions(text).errors.map((error) => error.code)).toContain('NOT_BUILT');
    }
  });
});

describe('docs/functions.md', () => {
  it('is the table of functions, word for word', () => {
    expect(read('docs/functions.md')).toBe(renderFunctionDocs());
  });
});

describe('docs/graphql.md', () => {
  it('is the contract, word for word', () => {
    expect(read('docs/graphql.md')).toBe(renderSchemaDocs());
  });
});

describe('docs/limits.md', () => {
  it('is the table of limits, word for word, and leaves none out', () => {
    expect(read('docs/limits.md')).toBe(renderLimitDocs());
    for (const name of Object.keys(LIMITS)) expect(read('docs/limits.md')).toContain(`| \`${name}\` |`);
  });
});

describe('docs/operations.md', () => {
  const said = read('docs/operations.md');

  it('knows every option of `ringwatch run`, and no option that is none', () => {
    const known = new Set(COMMANDS.flatMap((command) => Object.keys(command.options)));
    const named = new Set([...said.matchAll(/--([a-z][a-z-]*)/g)].map(([, option]) => option as string));
    expect([...named].filter((option) => !known.has(option))).toEqual([]);
    expect(Object.keys(runCommand.options).filter((option) => !named.has(option))).toEqual([]);
  });
});

describe.each(DOCUMENTS)('%s', (file) => {
  it('links to what is there', () => {
    const dead = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [place = '', anchor] = target.split('#');
        const goal = place === '' ? file : path.join(path.dirname(file), place);
        if (!existsSync(path.join(REPOSITORY, goal))) return true;
        if (anchor === undefined) return false;
        const headings = [...read(goal).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
          anchorOf(heading as string),
        );
        return !headings.includes(anchor);
      });
    expect(dead).toEqual([]);
  });
});
