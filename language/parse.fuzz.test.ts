import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../core/errors.ts';
import { foldCase } from './lexer.ts';
import { type Definitions, parseDefinitions } from './parse.ts';
import { SourceText } from './source-text.ts';

/**
 * RINGWATCH_FUZZ_SEED repeats a run, RINGWATCH_FUZZ_RUNS makes it longer. A failure shows the text.
 */
const SEED = Number(process.env.RINGWATCH_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.RINGWATCH_FUZZ_RUNS ?? 1000);

/** Uniform numbers in [0, 1): mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const GOLDEN = ['language', 'statements'].map((name) =>
  readFileSync(new URL(`./golden/${name}.sql`, import.meta.url), 'utf8'),
);
const STATEMENTS = GOLDEN.flatMap((text) => text.split(/;\s*\n/)).filter((text) => text.trim() !== '');
const WORDS = [
  ...new Set(GOLDEN.join(' ').match(/\$?[A-Za-z_]\w*|'[^'\n]*'|"[^"\n]*"|\d+(?:\.\d+)?|[^\s\w]/g) ?? []),
];
const NASTY = [
  "'", '"', '`', '$', '$$', '/*', '*/', '--', '//', ';', '(', ')', '{', '}', '[', ']', '\0', '\u00a0', '\ufeff', '\ud800',
  '𝄞', 'é', '-->', '<--', '..', '1e', '1e999', '9'.repeat(400), "E'", "U&'", '::', '\r\n', '\\', '(((((', 'NOT NOT',
  'CREATE VIEW x AS SELECT', 'CASE', 'END', 'FOR SYSTEM_TIME AS OF', 'OVER (', 'INTERVAL', 'WITH (', '%', '@>', '?', '#',
]; // biome-ignore format: a table

function mutate(chance: Chance, text: string): string {
  let result = text;
  for (let n = chance.below(4) + 1; n > 0; n--) {
    const at = chance.below(result.length + 1);
    const length = chance.below(chance.of([1, 2, 10, 80])) + 1;
    const cut = result.slice(at, at + length);
    switch (chance.below(6)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 1:
        result = result.slice(0, at) + cut + result.slice(at);
        break;
      case 2:
        result = result.slice(0, at) + chance.of(NASTY) + result.slice(at);
        break;
      case 3:
        result = `${result.slice(0, at)} ${chance.of(WORDS)} ${result.slice(at + chance.below(2) * length)}`;
        break;
      case 4:
        result = result.slice(0, at);
        break;
      default: {
        const other = chance.of(STATEMENTS);
        result = result.slice(0, at) + other.slice(chance.below(other.length));
      }
    }
  }
  return result;
}

function soup(chance: Chance): string {
  const start = chance.of(['', 'CREATE ', ...STATEMENTS.map((text) => text.slice(0, chance.below(60)))]);
  const words = Array.from({ length: chance.below(60) }, () =>
    chance.below(8) === 0 ? chance.of(NASTY) : chance.of(WORDS),
  );
  return start + words.join(chance.of([' ', ' ', '', '\n']));
}

/** Names that stand for other words of the text. */
const RENAMED = new Set(['is_source', 'is_destination', 'trim', 'ltrim', 'rtrim']);

/** Checks that every position lies in the text, agrees with its line and column, and that names stand where they say. */
function checkPositions(text: string, definitions: Definitions): void {
  const source = new SourceText(text);
  const pending: unknown[] = [
    ...definitions.statements,
    ...definitions.errors.map(({ position }) => ({ at: position })),
  ];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { at, name, ...rest } = node as {
      at?: { line: number; column: number; offset: number };
      name?: unknown;
    };
    if (at !== undefined && !Array.isArray(node)) {
      if (at.offset < 0 || at.offset > text.length) throw new Error(`position ${at.offset} is outside`);
      expect(source.positionAt(at.offset)).toEqual(at);
      const isName = typeof name === 'string' && Object.keys(rest).length === 0;
      if (isName) checkName(text, name, at.offset);
    }
    pending.push(...Object.values(node).filter((value) => value !== undefined));
  }
}

function checkName(text: string, name: string, offset: number): void {
  if (/["`]/.test(text.charAt(offset)) || RENAMED.has(name)) return;
  if (foldCase(text.slice(offset, offset + name.length)) !== foldCase(name))
    throw new Error(`${name} is not at ${offset}`);
}

function check(text: string): void {
  const definitions = parseDefinitions(text);
  const offsets = definitions.errors.map((error) => {
    expect(error).toBeInstanceOf(RingwatchError);
    return error.position?.offset ?? -1;
  });
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  expect(JSON.stringify(parseDefinitions(text))).toBe(JSON.stringify(definitions));
  checkPositions(text, definitions);
}

function run(label: string, texts: (chance: Chance) => string): void {
  it(`${label}, seed ${SEED}`, () => {
    for (let i = 0; i < RUNS; i++) {
      const text = texts(new Chance(SEED + i));
      try {
        check(text);
      } catch (error) {
        throw new Error(`seed ${SEED + i}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
  }, 600_000);
}

describe('no text breaks the parser', () => {
  run('valid texts with a few mistakes', (chance) =>
    mutate(chance, chance.of([...STATEMENTS, ...STATEMENTS, ...GOLDEN])),
  );
  run('words in any order', soup);
});

const NAMES = ['a', 'b', 'x.y', '"Q"', 'at', 'e1'];

/** An expression that views and rules have in common, as text. */
function expression(chance: Chance, depth: number): string {
  const inner = (): string => expression(chance, depth - 1);
  if (depth === 0) {
    return chance.of([
      chance.of(NAMES),
      chance.of(NAMES),
      '1',
      '2.50',
      "'t'",
      'NULL',
      'TRUE',
      "INTERVAL '1 hour'",
      '0',
    ]);
  }
  switch (chance.below(14)) {
    case 0:
      return `(${inner()})`;
    case 1:
      return `NOT ${inner()}`;
    case 2:
      return `- ${inner()}`;
    case 3:
      return `f(${inner()}, ${inner()})`;
    case 4:
      return `CASE WHEN ${inner()} THEN ${inner()} ELSE ${inner()} END`;
    case 5:
      return `CAST(${inner()} AS NUMERIC(10, 2))`;
    case 6:
      return `${inner()}::TEXT`;
    case 7:
      return `${inner()} IS ${chance.of(['', 'NOT '])}${chance.of(['NULL', 'TRUE', 'FALSE', `DISTINCT FROM ${inner()}`])}`;
    case 8:
      return `${inner()} ${chance.of(['', 'NOT '])}IN (${inner()}, ${inner()})`;
    case 9:
      return `${inner()} ${chance.of(['', 'NOT '])}BETWEEN ${inner()} AND ${inner()}`;
    case 10:
      return `${inner()} ${chance.of(['LIKE', 'NOT LIKE', 'ILIKE'])} ${inner()}`;
    default:
      return `${inner()} ${chance.of(['+', '-', '*', '/', '%', '||', '=', '<>', '<', '>=', 'AND', 'OR', 'AND', 'OR'])} ${inner()}`;
  }
}

/** The tree without where it stands, or the errors' codes. */
function treeOf(text: string, path: (definitions: Definitions) => unknown): string {
  const definitions = parseDefinitions(text);
  if (definitions.errors.length > 0) return 'refused';
  return JSON.stringify(path(definitions), (key, value: unknown) => (key === 'at' ? undefined : value));
}

describe('views and rules agree on every expression', () => {
  it(`seed ${SEED}`, () => {
    let compared = 0;
    for (let i = 0; i < RUNS; i++) {
      const text = expression(new Chance(SEED + i), 1 + (i % 4));
      const view = treeOf(`CREATE VIEW v AS SELECT ${text} AS c FROM t`, ({ statements: [view] }) =>
        view?.kind === 'createView' && view.select.items[0]?.kind === 'expression'
          ? view.select.items[0].value
          : null,
      );
      const rule = treeOf(`CREATE RULE r ON t WHEN ${text} DO REFUSE`, ({ statements: [rule] }) =>
        rule?.kind === 'createRule' ? rule.when : null,
      );
      // Only PostgreSQL takes comparisons as bounds of BETWEEN and chains of IS DISTINCT FROM.
      if (view === 'refused' || rule === 'refused') continue;
      if (view !== rule) throw new Error(`seed ${SEED + i}: ${text}\n${view}\n${rule}`);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(RUNS / 2);
  }, 600_000);
});
