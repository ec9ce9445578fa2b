import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../core/types.ts';
import { check, createView, hashOf, listed, Model, step } from '../../tests/graph/graph-model.ts';
import { random } from '../../tests/graph/sample-graph.ts';

describe('a graph view', () => {
  it.each([1, 2, 3, 4, 5, 6])('shows what plain lists show, seed %i', (seed) => {
    const pick = random(seed);
    const view = createView();
    const model = new Model();
    for (let n = 0; n < 600; n++) {
      step(view, model, pick, n);
      if (pick(30) === 0) view.compact();
      if (n % 13 === 0) check(view, model);
    }
    check(view, model);
  });

  it.each([11, 12, 13])('is the same after a checkpoint and goes on alike, seed %i', (seed) => {
    const pick = random(seed);
    let view = createView();
    const model = new Model();
    const saved = new Map<string, Uint8Array>();
    const save = () =>
      view.saveChanges((key, bytes) => {
        if (bytes === null) saved.delete(key);
        else saved.set(key, bytes);
      });
    for (let n = 0; n < 12_000; n++) {
      step(view, model, pick, n);
      if (pick(300) === 0) view.compact();
      if (n % 700 === 0) save();
      if (n % 2100 === 0) {
        const before = hashOf(view);
        view = createView();
        if (pick(2) === 0) view.indexEdges(1); // rules are compiled before a checkpoint is restored
        view.restore([...saved].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => ({ key, bytes })));
        expect(hashOf(view)).toBe(before);
        check(view, model);
      }
    }
    check(view, model);
    expect(saved.size).toBeLessThan(12);
  });

  it('numbers a table of many changes anew when it is tidied, and shows the same', () => {
    const pick = random(3);
    const view = createView();
    const model = new Model();
    const rows = new Map<string, Row>();
    for (let n = 0; n < 90_000; n++) {
      const key = n % 1000 === 0 ? `kept${n}` : `k${pick(40)}`; // chunks stay, nearly empty
      const old = rows.get(key);
      if (old !== undefined) view.removeEdge(1, old);
      const row: Row = [key, pick(12), pick(12), pick(9)];
      view.insertEdge(1, row, n);
      rows.delete(key);
      rows.set(key, row);
    }
    [...rows.values()].forEach((row, order) => {
      model.edges.push({ table: 1, row, order });
    });
    const saved = new Map<string, Uint8Array>();
    const save = (key: string, bytes: Uint8Array | null) => {
      if (bytes === null) saved.delete(key);
      else saved.set(key, bytes);
    };
    const before = view.describe().columnBytes as number;
    view.tidy();
    view.saveChanges(save);
    expect(view.describe().columnBytes as number).toBeLessThan(before / 10);
    check(view, model);
    const fresh = createView();
    fresh.restore([...saved].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => ({ key, bytes })));
    expect(hashOf(fresh)).toBe(hashOf(view));
    check(fresh, model);
    expect(saved.size).toBeLessThan(5);
  });

  it('forgets a taken back edge wholly', () => {
    const view = createView();
    const empty = hashOf(view);
    const edge = view.insertEdge(0, [1, 5, 6, 10, 1], 1);
    expect(view.findVertex(0, [5])).toBeGreaterThanOrEqual(0);
    view.undoInsert(edge);
    expect(view.findVertex(0, [5])).toBe(-1);
    expect(hashOf(view)).toBe(empty);
  });

  it('makes no edge of a NULL endpoint and no vertex of a NULL key', () => {
    const view = createView();
    expect(view.insertEdge(0, [1, null, 6, 10, 1], 1)).toBe(-1);
    view.upsertVertex(0, [null, 'x']);
    expect([...view.verticesOf(0)]).toEqual([]);
  });

  it('hides an edge at the horizon exactly', () => {
    const view = createView();
    view.insertEdge(0, [1, 5, 6, 100, 1], 1);
    view.advanceWatermark(150);
    expect(listed(view, 0, 5, 'out')).toEqual(['6:1']);
    view.advanceWatermark(151);
    expect(listed(view, 0, 5, 'out')).toEqual([]);
    expect(view.findVertex(0, [5])).toBe(-1);
  });
});
