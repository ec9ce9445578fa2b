import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseDefinitions } from './parse.ts';

const FOLDER = new URL('./golden/', import.meta.url);
const LINE_CHARS = 150;

/**
 * A tree as text: `{key: value, …}` on one line where it fits. Names are `name@line:column`; nulls, empty lists and
 * flags that are not set are left out, positions stand after the kind.
 */
function show(value: unknown, indent: string): string {
  const flat = showFlat(value);
  if (indent.length + flat.length <= LINE_CHARS || typeof value !== 'object' || value === null) return flat;
  const deeper = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((item) => `${deeper}${show(item, deeper)}`).join('\n')}\n${indent}]`;
  const rows = fields(value).map(([key, item]) => `${deeper}${key}: ${show(item, deeper)}`);
  return `${head(value)}{\n${rows.join('\n')}\n${indent}}`;
}

function showFlat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showFlat).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const rows = fields(value).map(([key, item]) => `${key}: ${showFlat(item)}`);
  return rows.length === 0 ? head(value) : `${head(value)}{${rows.join(', ')}}`;
}

function head(value: object): string {
  const { kind, at, name } = value as Record<string, unknown>;
  const place = at === undefined ? '' : showPosition(at);
  const isName = kind === undefined && typeof name === 'string' && Object.keys(value).length === 2;
  return `${isName ? name : (kind ?? '')}${place}`;
}

function showPosition(at: unknown): string {
  const { line, column } = at as { line: number; column: number };
  return `@${line}:${column}`;
}

function fields(value: object): [string, unknown][] {
  const isName =
    !('kind' in value) &&
    'name' in value &&
    typeof value.name === 'string' &&
    Object.keys(value).length === 2;
  return Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    if (key === 'kind' || key === 'at' || (key === 'text' && 'name' in value) || (isName && key === 'name'))
      return [];
    const flag = item === false && key !== 'value' && key !== 'nullsFirst';
    if (item === null || flag || (Array.isArray(item) && item.length === 0)) return [];
    return [[key, key.endsWith('At') ? `${showPosition(item)}` : item]];
  });
}

function showDefinitions(text: string): string {
  const { statements, errors } = parseDefinitions(text);
  const lines = statements.map((statement) => `${show(statement, '')}\n`);
  for (const error of errors) {
    lines.push(
      `error ${error.code}${showPosition(error.position)} ${error.message}${error.hint === null ? '' : ` (${error.hint})`}\n`,
    );
  }
  return lines.join('');
}

describe('golden trees', () => {
  it.each(['language', 'statements'])('%s.sql', (name) => {
    const tree = showDefinitions(readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8'));
    const file = new URL(`${name}.tree.txt`, FOLDER);
    if (process.env.RINGWATCH_UPDATE_GOLDEN === '1') writeFileSync(file, tree);
    expect(tree).toBe(readFileSync(file, 'utf8'));
  });
});
