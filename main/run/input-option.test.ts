import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { parseInputOptions } from './input-option.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-inputs-'));
const csv = path.join(folder, 'rows=of.csv');
writeFileSync(csv, 'id\n1\n');
mkdirSync(path.join(folder, 'folder.csv'));
writeFileSync(path.join(folder, 'rows.xml'), '');

const program = compileDefinitions(
  'CREATE SOURCE transfers (id TEXT); CREATE TABLE accounts (id TEXT PRIMARY KEY); CREATE TABLE "Odd" (id TEXT PRIMARY KEY);',
);

function codeOf(values: readonly string[]): string {
  try {
    parseInputOptions(values, program);
  } catch (error) {
    if (error instanceof RingwatchError) return error.code;
    throw error;
  }
  return 'none';
}

describe('inputs', () => {
  it('name a relation, ignoring letter case, and a file, whose path may hold an equals sign', () => {
    expect(parseInputOptions([`Transfers=${csv}`, `odd=${csv}`], program)).toEqual([
      { relation: 'transfers', kind: 'source', path: csv, format: 'csv', bytes: 5 },
      { relation: 'Odd', kind: 'table', path: csv, format: 'csv', bytes: 5 },
    ]);
  });

  it.each([
    [['transfers'], 'OPTION_INVALID'],
    [['=x.csv'], 'OPTION_INVALID'],
    [['transfers='], 'OPTION_INVALID'],
    [[`transfers=${csv}`, `TRANSFERS=${csv}`], 'OPTION_INVALID'],
    [[`transfers=${folder}/rows.xml`], 'OPTION_INVALID'],
    [[`transfer=${csv}`], 'UNKNOWN_NAME'],
    [[`__proto__=${csv}`], 'UNKNOWN_NAME'],
    [[`transfers=${folder}/none.csv`], 'FILE_NOT_FOUND'],
    [[`transfers=${folder}/folder.csv`], 'FILE_UNREADABLE'],
  ])('%j are %s', (values, code) => {
    expect(codeOf(values)).toBe(code);
  });
});
