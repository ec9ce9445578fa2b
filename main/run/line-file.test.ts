import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LineFile } from './line-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-lines-'));
let files = 0;

function fileWith(content: string | null): string {
  const file = path.join(folder, `${files++}.jsonl`);
  if (content !== null) writeFileSync(file, content);
  return file;
}

/** What is in a file that held `before` after a run said `known` at recovery and `fresh` after it. */
function resumed(before: string | null, known: readonly string[], fresh: readonly string[]): string {
  const file = fileWith(before);
  const lines = new LineFile(file, 'resume');
  for (const line of known) lines.line(line);
  lines.endOfResume();
  for (const line of fresh) lines.line(line);
  lines.close();
  return readFileSync(file, 'utf8');
}

describe('a file of lines that goes on', () => {
  it.each([
    ['nothing', null],
    ['an empty file', ''],
    ['all that was known', 'ä\nb\n'],
    ['less than was known', 'ä\n'],
    ['half a line', 'ä\nb'],
    ['half a letter', Buffer.from('ä').subarray(0, 1).toString('latin1')],
    ['more than is known', 'ä\nb\nc\nd\n'],
    ['something else', 'x\ny\nz\n'],
  ])('from %s holds what is known, and then what is new', (_, before) => {
    expect(resumed(before, ['ä', 'b'], ['c'])).toBe('ä\nb\nc\n');
    expect(resumed(before, ['ä', 'b'], [])).toBe('ä\nb\n');
    expect(resumed(before, [], [])).toBe('');
  });

  it('of many lines is compared across buffers', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
    const text = many.map((line) => `${line}\n`).join('');
    expect(resumed(`${text}surplus\n`, many, ['end'])).toBe(`${text}end\n`);
  });
});

describe('a file of lines', () => {
  it('is emptied to be written again, and appended to where it grows', () => {
    const file = fileWith('old\n');
    const appended = new LineFile(file, 'append');
    appended.line('new');
    appended.close();
    expect(readFileSync(file, 'utf8')).toBe('old\nnew\n');
    new LineFile(file, 'rewrite').close();
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('that cannot be opened is named', () => {
    expect(() => new LineFile(path.join(folder, 'none/a'), 'resume')).toThrow(/none\/a cannot be written/);
  });
});
