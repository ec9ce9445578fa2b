import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { InputProgress } from '../../core/record.ts';
import { findProgress } from './find-progress.ts';

let folder = '';
const at = (name: string): string => path.join(folder, name);

function write(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

function readUpTo(name: string, text: string, relation = 's'): InputProgress {
  return {
    relation,
    path: at(name),
    bytes: text.length,
    rows: text.split('\n').length - 2,
    rejected: {},
    checksum: crc32(text),
  };
}

describe('where reading a file goes on', () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-progress-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const MONDAY = 'id\n1\n2\n';

  it('is what is known of its path, whatever it holds now', () => {
    const known = readUpTo('a.csv', MONDAY);
    expect(findProgress('s', write('a.csv', 'id\n9\n'), [known])).toBe(known);
  });

  it('is the beginning for a file that holds other rows', () => {
    expect(
      findProgress('s', write('tuesday.csv', 'id\n3\n4\n'), [readUpTo('monday.csv', MONDAY)]),
    ).toBeNull();
    expect(findProgress('s', write('short.csv', 'id\n1\n'), [readUpTo('monday.csv', MONDAY)])).toBeNull();
  });

  it('is after the rows that were read of another file which it continues, the longest such', () => {
    const known = [
      readUpTo('monday.csv', MONDAY),
      readUpTo('part.csv', 'id\n1\n'),
      readUpTo('x.csv', 'id\n7\n8\n9\n'),
    ];
    expect(findProgress('s', write('week.csv', `${MONDAY}3\n4\n`), known)).toBe(known[0]);
  });

  it('is not that of another relation, nor of an input of which no row was read', () => {
    expect(findProgress('s', write('b.csv', MONDAY), [readUpTo('m.csv', MONDAY, 'other')])).toBeNull();
    expect(findProgress('s', write('b.csv', MONDAY), [readUpTo('empty.csv', 'id\n')])).toBeNull();
  });

  it('is the beginning for what is no regular file', () => {
    expect(findProgress('s', '/dev/null', [readUpTo('m.csv', MONDAY)])).toBeNull();
    expect(findProgress('s', at('none.csv'), [readUpTo('m.csv', MONDAY)])).toBeNull();
  });
});
