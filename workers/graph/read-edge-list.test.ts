import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { type EdgeListOptions, readEdgeList } from './read-edge-list.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-edges-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(
  text: string | Uint8Array,
  options: Partial<EdgeListOptions> = {},
): Promise<{ vertices: number; edges: number }> {
  const file = path.join(folder, 'edges.csv');
  writeFileSync(file, text);
  const list = await readEdgeList(file, { columns: null, progress: () => undefined, ...options });
  return { vertices: list.vertices, edges: list.sources.length };
}

describe('a file of edges', () => {
  it('has a line each, with a header or without', async () => {
    expect(await read('a,b,1\nb,c,2\n')).toEqual({ vertices: 3, edges: 2 });
    expect(await read('src,dst,amount\na,b,1\nb,c,2\n')).toEqual({ vertices: 3, edges: 2 });
  });

  it('has as many edges as may be, and is refused at the line that has one more', async () => {
    const text = 'a,b,1\nb,c,2\nc,a,3\n';
    expect(await read(text, { edgesMax: 3 })).toEqual({ vertices: 3, edges: 3 });
    await expect(read(`${text}a,d,4\n`, { edgesMax: 3 })).rejects.toMatchObject({
      code: 'EDGE_LIST_INVALID',
      details: { line: 4, reason: 'it has more than 3 edges' },
    });
    // What a column of such a file takes is an array that there can be: it doubles.
    expect(LIMITS.segmentEdgesMax).toBeLessThan(2 ** 30);
  });

  it.each<[string, string | Uint8Array, number | string]>([
    ['a line without a destination', 'a,b\nb,c\nc\n', 3],
    ['a quote that is not closed', 'a,b\n"b,c\n', 2],
    ['something behind a closing quote', 'a,b\n"b"x,c\n', 2],
    ['a key that is no UTF-8', Buffer.from('a,b\nb,\xff\n', 'latin1'), '?'],
  ])('with %s is refused with the line', async (_, text, line) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'EDGE_LIST_INVALID', details: { line } });
  });
});
