import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findViolations, type Rule } from './tools/tidy.ts';

const REPOSITORY = path.dirname(import.meta.dirname);

/** Per rule: what breaks it, each as the file's path and text. */
const BAD: Record<Rule, ReadonlyArray<readonly [string, string]>> = {
  'file length': [['core/long.ts', '\n'.repeat(901)]],
  'line length': [['core/wide.ts', `const x = '${'x'.repeat(160)}';`]],
  'unfinished note': [
    ['core/a.ts', `// ${'TO'}${'DO'}: later`],
    ['bin/a.mjs', `// ${'FIX'}${'ME'}`],
  ],
  'file name': [
    ['core/string-utils.ts', ''],
    ['core/helpers/a.ts', ''],
    ['core/cache-manager.ts', ''],
    ['core/camelCase.ts', ''],
    ['core/snake_case.test.ts', ''],
  ],
  barrel: [
    ['core/index.ts', ''],
    ['core/all.ts', "export * from './a.ts';\nexport { b } from './b.ts';"],
  ],
  'default export': [
    ['core/a.ts', 'const a = 1;\nexport default a;'],
    ['core/a.ts', '/** A. */\nexport default function a(): void {}'],
    ['core/a.ts', 'const a = 1;\nexport { a as default };'],
  ],
  docstring: [
    ['core/a.ts', 'export function a(): void {}'],
    ['core/a.ts', '// no docstring\nexport class A {}'],
    ['core/a.ts', 'export const a = (): void => {};'],
    ['core/a.ts', 'function a(): void {}\nexport { a };'],
    ['core/a.ts', '/** */\nexport function a(): void {}'],
  ],
  'engine determinism': [
    ...['pow', 'exp', 'log', 'log1p', 'sin', 'cos', 'tan', 'atan2', 'tanh', 'hypot', 'cbrt', 'random'].map(
      (member) => ['engine/a.ts', `const a = Math.${member}(1, 2);`] as const,
    ),
    ['engine/a.ts', 'const { exp } = Math;'],
    ['engine/a.ts', "const a = Math['exp'](1);"],
    ['engine/a.ts', 'const a = 2 ** 3;'],
    ['engine/a.ts', 'let a = 2;\na **= 3;'],
    ['engine/a.ts', 'const a = Date.now();'],
    ['engine/a.ts', 'const a = (when: Date) => when;'],
    ['engine/a.ts', "const a = new Intl.Collator('en');"],
    ['engine/a.ts', "const a = 'A'.toLowerCase();"],
    ['engine/a.ts', "const a = 'a'.toUpperCase();"],
    ['engine/a.ts', "const a = 'a'.localeCompare('b');"],
    ['engine/a.ts', 'const a = (1).toLocaleString();'],
    ['engine/a.ts', 'const a = performance.now();'],
    ['engine/a.ts', 'setTimeout(() => {}, 1);'],
    ['engine/a.ts', "import { randomBytes } from 'node:crypto';"],
    ['engine/a.ts', 'const a = process.hrtime.bigint();'],
  ],
  'registry in lockfile': [['package-lock.json', '{\n  "resolved": "https://registry.example/a.tgz"\n}']],
};

/** What comes close to breaking a rule and does not. */
const GOOD: ReadonlyArray<readonly [string, string]> = [
  ['core/full.ts', '\n'.repeat(900)],
  ['tests/golden/long.ts', '\n'.repeat(2_000)],
  ['core/a.ts', '/** Does a. */\nexport function a(): void {}\nfunction b(): void {}'],
  [
    'core/a.ts',
    '/** Adds. */\nexport function a(x: 1): 1;\nexport function a(x: 2): 2;\nexport function a(x: 1 | 2) {}',
  ],
  ['core/a.ts', '/** Does a. */\nconst a = (): void => {};\nexport { a };'],
  ['core/a.test.ts', "export const a = () => Math.random();\nexport * from './b.ts';"],
  ['core/clock.ts', '/** The time. */\nexport const clock = () => Date.now() + Math.exp(1);'],
  ['engine/a.test.ts', 'const a = Math.random() + Date.now();'],
  ['engine/a.ts', "// Date, Math.exp and Intl in words\nconst a = 'Date ** Math.pow';"],
  ['engine/a.ts', 'const a = Math.max(Math.floor(1.5), Math.sqrt(2), Math.imul(2, 3), Math.PI);'],
  ['engine/a.ts', 'const a = { fetch: 1, Date: 2 };\nconst b = a.fetch + a.Date;'],
  ['vite.config.ts', 'export default {};'],
  ['core/manageress.ts', ''],
  ['workers/fold.thread.ts', ''],
  ['package-lock.json', '{ "version": "1.0.0" }'],
];

describe('a rule of style', () => {
  test.each(Object.entries(BAD).flatMap(([rule, cases]) => cases.map((each) => [rule, ...each] as const)))(
    'refuses (%s) in %s: %j',
    (rule, file, text) => {
      expect(findViolations(file, text).map((violation) => violation.rule)).toContain(rule);
    },
  );

  test.each(GOOD)('accepts %s: %j', (file, text) => {
    expect(findViolations(file, text)).toEqual([]);
  });

  test('names the line that breaks it', () => {
    expect(findViolations('engine/a.ts', 'const a = 1;\n\nconst b = Math.exp(a);')).toEqual([
      { rule: 'engine determinism', line: 3, what: 'Math.exp differs between engines: use core' },
    ]);
  });
});

test('every file of this repository keeps the rules of style', () => {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  const files = listed.split('\0').filter((file) => file !== '' && existsSync(path.join(REPOSITORY, file)));
  expect(files).toContain('tests/tidy.test.ts');
  const complaints = files.flatMap((file) =>
    findViolations(file, readFileSync(path.join(REPOSITORY, file), 'utf8')).map(
      ({ rule, line, what }) => `${file}:${line} ${rule}: ${what}`,
    ),
  );
  expect(complaints).toEqual([]);
});
