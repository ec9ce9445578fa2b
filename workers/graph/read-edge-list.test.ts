import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readEdgeList } from './read-edge-list.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-edges-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(text: string | Uint8Array): Promise<{ vertices: number; edges: number }> {
  const file = path.join(folder, 'edges.csv');
  writeFileSync(file, text);
  const list = await readEdgeList(file, { columns: null, progress: () => undefined });
  return { vertices: list.vertices, edges: list.sources.length };
}

describe('a file of edges', () => {
  it('has a line each, with a header or without', async () => {
    expect(await read('a,b,1\nb,c,2\n')).toEqual({ vertices: 3, edges: 2 });
    expect(await read('src,dst,amount\na,b,1\nb,c,2\n')).toEqual({ vertices: 3, edges: 2 });
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
