import { describe, expect, it } from '@jest/globals';
import { check, createView, hashOf, Model, step } from '../../tests/graph/graph-model.ts';
import { random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { GraphView } from './graph-view.ts';

/** Where segments lie that are put aside. */
class Aside {
  readonly files = new Map<string, Uint8Array>();
  readonly reads: string[] = [];

  /** Puts aside what the view says may go; the names. */
  rest(view: GraphView, nowMs: number, wanted: () => boolean = () => true): string[] {
    const gone: string[] = [];
    for (const cold of [...view.coldSegments(nowMs)]) {
      if (!wanted()) continue;
      this.files.set(cold.name, cold.bytes.slice());
      const put = cold.rest((into) => {
        this.reads.push(cold.name);
        const bytes = this.files.get(cold.name) as Uint8Array;
        if (bytes.length !== into.length) throw new Error('it has another length');
        into.set(bytes);
      });
      if (put) gone.push(cold.name);
    }
    return gone;
  }
}

function filled(): GraphView {
  const view = new GraphView(sampleGraph({ links: true, retainMicros: null }), sampleColumns);
  for (let n = 0; n < 2000; n++) {
    view.insertEdge(0, [n, n % 40, (7 * n) % 41, n, n % 9], n);
    view.insertEdge(1, [`k${n}`, n % 40, (3 * n) % 41, n % 5], n);
  }
  view.compact();
  return view;
}

describe('a graph view whose segments are put aside at any moment', () => {
  it.each([1, 2, 3, 5])('shows what plain lists show at every moment, seed %i', (seed) => {
    const pick = random(seed);
    let view = createView();
    const plain = createView();
    const model = new Model();
    const plainModel = new Model();
    const aside = new Aside();
    let saved = new Map<string, Uint8Array>();
    let times = 0;
    for (let n = 0; n < 1200; n++) {
      const draws: number[] = [];
      const noting = (below: number): number => {
        const draw = pick(below);
        draws.push(draw);
        return draw;
      };
      step(view, model, noting, n);
      step(plain, plainModel, () => draws.shift() ?? 0, n);
      if (pick(30) === 0) view.compact();
      if (pick(20) === 0) view.beginCompaction();
      for (let slices = pick(9); slices > 0; slices--) view.proceed();
      if (pick(3) === 0) times += aside.rest(view, n, () => pick(3) > 0).length;
      if (pick(50) === 0) view.indexEdges(pick(2));
      if (n % 31 === 0) check(view, model);
      if (n % 89 > 0) continue;
      view.saveChanges((key, bytes) => (bytes === null ? saved.delete(key) : saved.set(key, bytes)));
      expect(hashOf(view)).toBe(hashOf(plain));
      if (pick(3) > 0) continue;
      view = createView();
      view.restore([...saved].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => ({ key, bytes })));
      saved = new Map(saved);
    }
    check(view, model);
    expect(times).toBeGreaterThan(100);
    expect(aside.reads.length).toBeGreaterThan(50);
  });

  it('holds none of their bytes, tells them apart, and takes them back with the first look', () => {
    const view = filled();
    const hash = hashOf(view);
    const before = view.sizes();
    const aside = new Aside();
    expect(aside.rest(view, 0)).toEqual(['sample-0', 'sample-1']);
    const { rows, tables, edges, bytes, rawBytes } = view.sizes();
    expect(aside.reads).toEqual([]);
    expect({ edges, rawBytes }).toEqual({ edges: before.edges, rawBytes: before.rawBytes });
    expect(rows.filter(({ part, item }) => part === 'segment' && item !== 'dictionaries')).toEqual([]);
    for (const { coldBytes } of tables) expect(coldBytes).toBeGreaterThan(10_000);
    const cold = tables.reduce((sum, { coldBytes }) => sum + coldBytes, 0);
    expect(before.bytes - bytes).toBeGreaterThan(cold);
    // A key is looked for in one table alone: the other one stays where it is.
    const found: number[] = [];
    expect(view.findEdges(0, [77], found)).toBe(1);
    expect(aside.reads).toEqual(['sample-0']);
    expect(hashOf(view)).toBe(hash);
    expect(aside.reads).toEqual(['sample-0', 'sample-1']);
    expect(view.sizes().bytes).toBe(
      before.bytes +
        view
          .sizes()
          .rows.filter(({ part }) => part === 'indexes')
          .reduce((sum, row) => sum + row.bytes, 0),
    );
  });

  it('leaves segments where they are while edges come', () => {
    const view = filled();
    const plain = filled();
    const aside = new Aside();
    aside.rest(view, 0);
    for (const each of [view, plain])
      for (let n = 2000; n < 2100; n++) each.insertEdge(0, [n, n % 43, (7 * n) % 44, n, n % 9], n);
    expect(aside.reads).toEqual([]);
    expect(hashOf(view)).toBe(hashOf(plain));
    expect(aside.reads).toEqual(['sample-0', 'sample-1']);
  });

  it('is asked for how long nobody has looked', () => {
    const view = filled();
    const idle = (nowMs: number): number[] => [...view.coldSegments(nowMs)].map(({ idleMs }) => idleMs);
    expect(idle(1000)).toEqual([0, 0]);
    expect(idle(1500)).toEqual([500, 500]);
    const found: number[] = [];
    view.findEdges(0, [77], found);
    expect(idle(2000)).toEqual([0, 1000]);
    expect(idle(2100)).toEqual([100, 1100]);
  });

  it('keeps a segment that somebody has looked at since it was written', () => {
    const view = filled();
    const chosen = [...view.coldSegments(0)];
    hashOf(view);
    expect(chosen.map(({ rest }) => rest(() => undefined))).toEqual([false, false]);
    expect(view.sizes().tables.map(({ coldBytes }) => coldBytes)).toEqual([0, 0]);
  });

  it.each([11, 12, 13])('names a damaged segment and answers nothing from it, seed %i', (seed) => {
    const pick = random(seed);
    for (let n = 0; n < 15; n++) {
      const view = filled();
      const aside = new Aside();
      aside.rest(view, 0);
      const bytes = aside.files.get('sample-0') as Uint8Array;
      const whole = bytes.slice();
      if (n === 0) aside.files.set('sample-0', bytes.subarray(0, bytes.length - 32));
      else if (n === 1)
        aside.files.set('sample-0', (aside.files.get('sample-1') as Uint8Array).slice(0, bytes.length));
      else {
        // What aligns sections stands in no checksum, and in no answer.
        const at = pick(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << pick(8));
      }
      const isDamaged = n < 2 || Buffer.compare(whole, bytes) !== 0;
      const found: number[] = [];
      const look = (): unknown => view.findEdges(0, [77], found);
      if (!isDamaged) continue;
      let error: unknown = null;
      try {
        look();
      } catch (thrown) {
        error = thrown;
      }
      if (error === null) {
        expect(hashOf(view)).toBe(hashOf(filled()));
        continue;
      }
      expect(error).toMatchObject({ code: 'SEGMENT_LOST', details: { graph: 'sample', table: 'transfers' } });
      // Not the second look either.
      expect(look).toThrow(expect.objectContaining({ code: 'SEGMENT_LOST' }));
      aside.files.set('sample-0', whole);
      expect(look()).toBe(1);
    }
  });
});
