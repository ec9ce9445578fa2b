import { describe, expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { foldFrames, GOLDEN_FOLDER, goldenLogs, readFrames } from './golden-log.ts';

const text = (file: string) => readFileSync(path.join(GOLDEN_FOLDER, file), 'utf8');

describe('a log that an earlier release wrote', () => {
  test.each(goldenLogs())('%s still folds to the same effects, byte by byte, and the same state', (name) => {
    const { lines, result } = foldFrames(readFrames(name));
    expect(lines.map((line) => `${line}\n`).join('')).toBe(text(`${name}.jsonl`));
    expect(result).toEqual(JSON.parse(text(`${name}.json`)));
  });

  test('is there, and takes little room', () => {
    const sizes = goldenLogs().map(
      (name) => statSync(path.join(GOLDEN_FOLDER, `${name}.frames`)).size + text(`${name}.jsonl`).length,
    );
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(230_000);
  });

  test('folds to something else when one record is missing', () => {
    const [name] = goldenLogs();
    const frames = readFrames(name as string);
    const { result } = foldFrames([...frames.slice(0, 1), ...frames.slice(2)]);
    expect(result).not.toEqual(JSON.parse(text(`${name}.json`)));
  });
});
