import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { EdgeList } from './read-edge-list.ts';
import { readEdgeList } from './read-edge-list.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-edges-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string): Promise<EdgeList> {
  const file = path.join(folder, 'edges');
  writeFileSync(file, text);
  return readEdgeList(file, { columns: null, progress: () => undefined });
}

/** Edges with the keys of their ends, and columns by value, as they would be printed. */
async function readAll(text: string): Promise<{ edges: string[]; columns: unknown[] }> {
  const { keys, sources, destinations, columns } = await read(text);
  const key = (vertex: number): unknown => (keys.kind === 'numbers' ? keys.numbers : keys.texts)[vertex];
  return {
    edges: Array.from(sources, (source, edge) => `${key(source)} ${key(destinations[edge] as number)}`),
    columns: columns.map(({ type, scale, numbers, dictionary }) => ({
      type,
      values: Array.from(numbers, (value) =>
        Number.isNaN(value) ? null : dictionary === null ? value / 10 ** scale : dictionary[value],
      ),
    })),
  };
}

describe('an edge list', () => {
  it.each([
    ['nothing', ''],
    ['comments and blank lines alone', '# a\n\n#b'],
  ])('may be empty: %s', async (_, text) => {
    expect(await readAll(text)).toEqual({ edges: [], columns: [] });
  });

  it('keeps self-loops and repeats, in the order of the file', async () => {
    expect((await readAll('7 7\n7 7\n1 2\n1 2')).edges).toEqual(['7 7', '7 7', '1 2', '1 2']);
  });

  it.each([
    ['spaces', '1 2\n2 3'],
    ['several spaces', '  1   2  \n 2    3'],
    ['tabs', '1\t2\n2\t3\n'],
    ['commas', '1,2\n2, 3\n'],
    ['carriage returns', '# x\r\n1,2\r\n2,3\r\n'],
    ['another separator in each line', '1 2\n2,3\n'],
    ['a mark of byte order', '\ufeff1 2\n2 3'],
    ['a header', 'src,dst\n1,2\n2,3'],
  ])('is separated by %s', async (_, text) => {
    expect(await readAll(text)).toEqual({ edges: ['1 2', '2 3'], columns: [] });
  });

  it('keeps apart what is written apart: great numbers, signs, zeros before', async () => {
    const text = '18446744073709551615 18446744073709551614\n-5 5\n01 1\n9007199254740993 9007199254740992';
    expect((await read(text)).vertices).toBe(8);
    expect((await readAll(text)).edges.join('\n')).toBe(text);
  });

  it('takes missing values and NaN as NULL among numbers', async () => {
    const { columns } = await readAll('1,2,NaN\n2,3,1.5\n3,4\n4,5,\n5,6,-2');
    expect(columns).toEqual([{ type: 'decimal', values: [null, 1.5, null, null, -2] }]);
  });

  it('never rounds a whole number', async () => {
    const { columns } = await readAll('1 2 9223372036854775807\n2 3 1\n3 4 -9223372036854775808');
    expect(columns).toEqual([{ type: 'text', values: ['9223372036854775807', '1', '-9223372036854775808'] }]);
  });

  it('keeps numbers that doubles hold as doubles', async () => {
    const { columns } = await readAll('1 2 1e300\n2 3 4503599627370496\n3 4 0.1');
    expect(columns).toEqual([{ type: 'double', values: ['1e+300', '4503599627370496', '0.1'] }]);
  });

  it('keeps what is too great for a double as it is written', async () => {
    const { columns } = await readAll('1 2 0.5\n2 3 1e400');
    expect(columns).toEqual([{ type: 'text', values: ['0.5', '1e400'] }]);
  });

  it('takes any value with text among them as text', async () => {
    const { columns } = await readAll('1 2 5\n2 3 nan\n3 4 x');
    expect(columns).toEqual([{ type: 'text', values: ['5', 'nan', 'x'] }]);
  });

  it('says which line is no edge', async () => {
    await expect(read('1 2\n# c\n3\n')).rejects.toMatchObject({
      code: 'EDGE_LIST_INVALID',
      message: expect.stringContaining('line 3'),
    });
  });
});
