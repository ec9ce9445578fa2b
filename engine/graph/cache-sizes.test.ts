import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { createView, Model, step } from '../../tests/graph/graph-model.ts';
import { random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import type { CacheRow } from '../../core/cache-sizes.ts';
import { TEXT } from '../../core/types.ts';
import { GraphView } from './graph-view.ts';
import { GraphMemory } from './segment/graph-memory.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Rows of what lies in a GraphMemory; the others are on the engine's heap. */
function inMemory({ part, item }: CacheRow): boolean {
  if (part === 'segment') return item !== 'dictionaries';
  return part === 'delta' || part === 'removed' || item === 'alignment' || item === 'free';
}

function sum(rows: readonly CacheRow[]): number {
  return rows.reduce((all, { bytes }) => all + bytes, 0);
}

/** The memories of a view's edge tables, as they are at the moment. */
function memoriesOf(view: GraphView): readonly GraphMemory[] {
  const found: GraphMemory[] = [];
  const seen = new Set<object>();
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || depth > 12) return;
    if (ArrayBuffer.isView(value)) return;
    seen.add(value);
    if (value instanceof GraphMemory) found.push(value);
    else for (const each of Object.values(value)) look(each, depth + 1);
  };
  look(view, 0);
  return found;
}

/** What the heap holds once what others left is gone, which the garbage collector frees over several turns. */
async function settledBytes(): Promise<number> {
  let [last, still] = [Number.NaN, 0];
  for (let n = 0; n < 50 && still < 3; n++) {
    gc();
    await setTimeout(20);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    still = Math.abs(heapUsed + arrayBuffers - last) < 65_536 ? still + 1 : 0;
    last = heapUsed + arrayBuffers;
  }
  return last;
}

describe('the sizes of a graph view', () => {
  it.each([1, 2, 3])('tell each byte of its memory once, at every moment, seed %i', (seed) => {
    const pick = random(seed);
    const view = createView();
    const model = new Model();
    let compacted = 0;
    for (let n = 0; n < 900; n++) {
      step(view, model, pick, n);
      if (pick(60) === 0) view.beginCompaction();
      for (let slices = pick(9); slices > 0; slices--) view.proceed();
      if (n % 13 > 0) continue;
      const rows = view.memoryRows();
      for (const { bytes } of rows) expect(bytes).toBeGreaterThanOrEqual(0);
      const names = rows.map(({ table, part, item }) => `${table}/${part}/${item}`);
      expect(new Set(names).size).toBe(names.length);
      // The memory that a compaction makes is told in one figure with what it works with.
      if (rows.some(({ item }) => item === 'compaction')) continue;
      if (rows.some(({ part }) => part === 'segment')) compacted++;
      const held = memoriesOf(view).filter((memory) => memory.allocatedBytes > 0);
      expect(sum(rows.filter(inMemory))).toBe(held.reduce((all, memory) => all + memory.byteLength, 0));
    }
    expect(compacted).toBeGreaterThan(5);
  });

  it('tell edges, vertices and the text they come to', () => {
    const view = new GraphView(sampleGraph({ links: false, retainMicros: null }), sampleColumns);
    for (let n = 0; n < 3000; n++) view.insertEdge(0, [1000 + n, n % 10, 10 + (n % 7), n, 55], n);
    view.compact();
    for (let n = 0; n < 1000; n++) view.insertEdge(0, [4000 + n, n % 10, 10 + (n % 7), n, 55], n + 3000);
    const { edges, vertices, tables, rows, bytes, rawBytes } = view.sizes();
    expect({ edges, vertices, bytes }).toEqual({ edges: 4000, vertices: 17, bytes: sum(rows) });
    expect(tables).toMatchObject([{ edges: 4000, segmentEdges: 3000, deltaEdges: 1000 }]);
    const tableBytes = sum(rows.filter(({ table }) => table === 'transfers'));
    expect(tables[0]?.bytes).toBe(tableBytes);
    // 1000,3,13,1970-01-01T00:00:00.000055Z,55 and the line's end: times take most of it.
    expect(rawBytes / edges).toBeGreaterThan(30);
    expect(rawBytes / edges).toBeLessThan(45);
    const items = rows.map(({ part, item }) => `${part} ${item}`);
    for (const item of ['segment out-lists', 'segment in-offsets', 'segment column amount', 'delta lists'])
      expect(items).toContain(item);
  });

  it.each(['texts', 'numbers'])('are those of the heap within a quarter, vertices by %s', async (keys) => {
    const plan = sampleGraph({ links: false, retainMicros: null });
    const isText = keys === 'texts';
    const columns = (relation: string) =>
      sampleColumns(relation).map((column) =>
        isText && ['id', 'src', 'dst'].includes(column.name) ? { ...column, type: TEXT } : column,
      );
    const keyOf = (n: number) => (isText ? `account ${n} of the bank` : 5_000_000_000 + n);
    // Once, so that code and its profile are there before.
    new GraphView(plan, columns).sizes();
    const before = await settledBytes();
    const view = new GraphView(plan, columns);
    const vertices = 40_000;
    for (let n = 0; n < vertices; n += 2) view.upsertVertex(0, [keyOf(n), `region ${n % 50} in the north`]);
    for (let n = 0; n < vertices; n++)
      view.insertEdge(0, [n, keyOf(n), keyOf((7 * n) % vertices), n, n % 1000], n);
    view.compact();
    view.indexEdges(0);
    const measured = (await settledBytes()) - before;
    const told = sum(view.memoryRows().filter((row) => !inMemory(row)));
    expect(told / measured).toBeGreaterThan(0.75);
    expect(told / measured).toBeLessThan(1.33);
  });
});
