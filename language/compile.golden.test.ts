import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type SqlType, typeName } from '../core/types.ts';
import { compileDefinitions } from './compile.ts';
import { explain } from './explain.ts';
import { picture } from './picture.ts';
import type { Expr, Program } from './plan.ts';

const FOLDER = new URL('./golden/', import.meta.url);
const EXAMPLES = new URL('../examples/', import.meta.url);
const LINE_CHARS = 150;

const TEXTS: readonly (readonly [name: string, file: URL])[] = [
  ['everything', new URL('everything.sql', FOLDER)],
  ['anti-cashout', new URL('anti-cashout/rules.sql', EXAMPLES)],
  ['guarantee-circles', new URL('guarantee-circles/rules.sql', EXAMPLES)],
];

const EXPR_KINDS = new Set([
  'literal',
  'column',
  'oldColumn',
  'parameter',
  'variable',
  'property',
  'pathAggregate',
  'case',
  'cast',
  'call',
]);

/** A type with what its name leaves out: the scale and trimming of unbounded NUMERICs. */
function showType(type: SqlType): string {
  if (type.kind !== 'numeric' || type.precision !== null) return typeName(type);
  return `NUMERIC(*,${type.scale}${type.trimmed ? ' trimmed' : ''})`;
}

/** `name(operands):TYPE`; columns are `#index`, slots `@slot`, parameters `$index`. */
function showExpr(expr: Expr): string {
  const type = `:${showType(expr.type)}`;
  switch (expr.kind) {
    case 'literal':
      return `${typeof expr.value === 'string' ? `'${expr.value}'` : String(expr.value)}${type}`;
    case 'column':
      return `#${expr.index}${type}`;
    case 'oldColumn':
      return `old#${expr.index}${type}`;
    case 'parameter':
      return `$${expr.index}${type}`;
    case 'variable':
      return `@${expr.slot}${type}`;
    case 'property':
      return `@${expr.slot}.${expr.name}[${expr.of} ${expr.columns.join(' ')}]${type}`;
    case 'pathAggregate': {
      const argument = expr.argument === null ? '*' : showExpr(expr.argument);
      return `${expr.name}(${expr.distinct ? 'distinct ' : ''}${argument} for @${expr.element} of @${expr.group})${type}`;
    }
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => `${showExpr(when)} ? ${showExpr(then)}`);
      return `case(${[...branches, expr.otherwise === null ? 'null' : showExpr(expr.otherwise)].join(' : ')})${type}`;
    }
    case 'cast':
      return `cast(${showExpr(expr.argument)})${type}`;
    case 'call':
      return `${expr.name}(${expr.args.map(showExpr).join(', ')})${type}`;
  }
}

/** Plan data as text: one line where it fits, nulls and empty lists left out, fingerprints too. */
function show(value: unknown, indent: string): string {
  const flat = showFlat(value);
  if (indent.length + flat.length <= LINE_CHARS || typeof value !== 'object' || value === null) return flat;
  if (isExpr(value)) return showExpr(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${deeper}${show(item, deeper)}`).join('\n')}\n${indent}]`;
  }
  const rows = fields(value).map(([key, item]) => `${deeper}${key}: ${show(item, deeper)}`);
  return `{\n${rows.join('\n')}\n${indent}}`;
}

function showFlat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showFlat).join(', ')}]`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isExpr(value)) return showExpr(value);
  if ('name' in value && 'type' in value && 'nullable' in value) {
    return `${value.name} ${showType(value.type as SqlType)}${value.nullable ? '' : ' NOT NULL'}`;
  }
  if (isType(value)) return showType(value);
  return `{${fields(value)
    .map(([key, item]) => `${key}: ${showFlat(item)}`)
    .join(', ')}}`;
}

function isExpr(value: object): value is Expr {
  return 'kind' in value && 'type' in value && EXPR_KINDS.has(String(value.kind)) && !('nullable' in value);
}

function isType(value: object): value is SqlType {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'kind' ? true : 'trimmed' in value;
}

function fields(value: object): [string, unknown][] {
  return Object.entries(value).filter(([key, item]) => {
    const empty = item === null || item === false || (Array.isArray(item) && item.length === 0);
    return key !== 'fingerprint' && (!empty || key === 'hasDefault');
  });
}

function showProgram(program: Program): string {
  return Object.entries(program)
    .map(([what, plans]) =>
      (plans as readonly object[]).map((plan) => `${what.slice(0, -1)} ${show(plan, '')}\n`).join(''),
    )
    .join('\n');
}

function compare(name: string, found: string): void {
  const file = new URL(name, FOLDER);
  if (process.env.RINGWATCH_UPDATE_GOLDEN === '1') writeFileSync(file, found);
  expect(found).toBe(readFileSync(file, 'utf8'));
}

describe('golden programs', () => {
  it.each(TEXTS)('%s: its plan', (name, file) => {
    compare(`${name}.plan.txt`, showProgram(compileDefinitions(readFileSync(file, 'utf8'))));
  });

  it.each(TEXTS)('%s: its explanation', (name, file) => {
    const { text, warnings } = explain(compileDefinitions(readFileSync(file, 'utf8')));
    compare(`${name}.explain.txt`, `${text}\n${warnings.map((warning) => `warning: ${warning}\n`).join('')}`);
  });

  it.each(TEXTS)('%s: its picture', (name, file) => {
    compare(`${name}.mmd`, picture(compileDefinitions(readFileSync(file, 'utf8'))));
  });

  it('explains as data what it explains as text', () => {
    const { statements, text } = explain(compileDefinitions(readFileSync(TEXTS[0]?.[1] as URL, 'utf8')));
    const lines = (nodes: typeof statements): string[] =>
      nodes.flatMap(({ what, says, children }) => [`${what} ${says}`.trim(), ...lines(children)]);
    expect(lines(statements)).toEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    );
    expect(JSON.parse(JSON.stringify(statements))).toEqual(statements);
  });
});
