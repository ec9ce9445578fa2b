import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../core/types.ts';
import { RecordingHash, random, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { applyGraphChanges, GraphChangeWriter } from './graph-changes.ts';
import { GraphView } from './graph-view.ts';

function createView(): GraphView {
  return new GraphView(sampleGraph({ links: true, retainMicros: 50 }), sampleColumns);
}

/** All that can be told of a view: its content, and each vertex's neighbours in their order. */
function told(view: GraphView): string {
  const hash = new RecordingHash();
  view.hashContent(hash);
  const lists: string[] = [];
  for (const vertex of view.verticesOf(0)) {
    for (const table of [0, 1]) {
      for (const direction of ['out', 'in'] as const) {
        const list = view.lists(table, direction);
        const edges: string[] = [];
        for (let at = list.open(vertex); at < list.end; at++) {
          if ((list.times[2 * at] as number) < view.edgeHorizon(table)) continue;
          edges.push(view.edgeKey(list.words[4 * at + 3] as number));
        }
        lists.push(`${view.vertexKey(vertex)} ${table} ${direction} ${edges.join(' ')}`);
      }
    }
  }
  return [...hash.lines, ...lists].join('\n');
}

/** Random changes of a view, one record at a time. */
class Changes {
  readonly #view: GraphView;
  readonly #pick: (n: number) => number;
  readonly #links = new Map<string, Row>();
  #n = 0;

  constructor(view: GraphView, seed: number) {
    this.#view = view;
    this.#pick = random(seed);
  }

  record(): void {
    const pick = this.#pick;
    const view = this.#view;
    const n = this.#n++;
    switch (pick(9)) {
      case 0:
        view.upsertVertex(0, [pick(14), `r${pick(3)}`]);
        return;
      case 1:
        view.removeVertex(0, [pick(14), null]);
        return;
      case 2:
        view.advanceWatermark(n - pick(6));
        return;
      case 3:
      case 4: {
        const key = `k${pick(20)}é`;
        const old = this.#links.get(key);
        if (old !== undefined) view.removeEdge(1, old);
        const row: Row = [key, pick(12), pick(40) === 0 ? null : pick(12), pick(9)];
        view.insertEdge(1, row, n);
        this.#links.set(key, row);
        return;
      }
      default: {
        // Some records make several edges; of those that are refused all are taken back, the last one first.
        const rows = Array.from({ length: 1 + pick(3) }, (_, edge): Row => {
          const at = pick(30) === 0 ? null : n - pick(8);
          return [3 * n + edge, pick(12), pick(12), at, pick(30) === 0 ? 2n ** 70n : pick(5)] as Row;
        });
        const edges = rows.map((row) => view.insertEdge(0, row, n));
        if (pick(4) === 0) for (const edge of edges.reverse()) view.undoInsert(edge);
      }
    }
  }
}

/** A copy as a thread has it: of the image, and then of what was written down. */
function copyOf(view: GraphView): { readonly copy: GraphView; readonly follow: () => void } {
  const image = [...view.image()].map(({ key, bytes }) => ({ key, bytes }));
  const copy = createView();
  copy.restore(image);
  const batches: Uint8Array[] = [];
  const changes = new GraphChangeWriter(256, () => batches.push(changes.take()));
  view.follower = changes;
  return {
    copy,
    follow: () => {
      batches.push(changes.take());
      for (const batch of batches.splice(0)) applyGraphChanges(copy, batch);
    },
  };
}

describe('a copy of a graph view', () => {
  it.each([1, 2, 3, 4])('is made while the view goes on, and stays equal to it, seed %i', (seed) => {
    const view = createView();
    const changes = new Changes(view, seed);
    const pick = random(seed + 100);
    for (let n = 0; n < 3000; n++) changes.record();
    const { copy, follow } = copyOf(view);
    expect(told(copy)).toBe(told(view));
    for (let n = 0; n < 9000; n++) {
      changes.record();
      if (pick(700) > 0) continue;
      follow();
      // The view is saved, and the copy tidied, whenever they like: neither shows.
      if (pick(2) === 0) view.saveChanges(() => undefined);
      if (pick(2) === 0) copy.tidy();
      if (pick(2) === 0) copy.compact();
      if (pick(3) === 0) view.compact();
      expect(told(copy)).toBe(told(view));
    }
    follow();
    expect(told(copy)).toBe(told(view));
    expect(copy.describe().edges).toBeGreaterThan(20);
  });

  it('is another one where a change is lost', () => {
    const view = createView();
    const changes = new Changes(view, 7);
    const { copy, follow } = copyOf(view);
    for (let n = 0; n < 100; n++) changes.record();
    follow();
    view.follower = null;
    view.upsertVertex(0, [13, 'lost']);
    follow();
    expect(told(copy)).not.toBe(told(view));
  });

  it('leaves what the view still has to save as it was', () => {
    const view = createView();
    const changes = new Changes(view, 8);
    for (let n = 0; n < 500; n++) changes.record();
    const due = view.changedBytes();
    expect(due).toBeGreaterThan(0);
    const entries = [...view.image()];
    expect(view.changedBytes()).toBe(due);
    const saved: string[] = [];
    view.saveChanges((key) => saved.push(key));
    expect(entries.map(({ key }) => key)).toEqual(
      expect.arrayContaining(saved.filter((key) => key[0] !== 'd')),
    );
  });

  it('has a segment of its own, where a checkpoint has the parts of the one in memory, which no change touches', () => {
    const view = createView();
    for (let n = 0; n < 3000; n++) view.insertEdge(0, [n, n % 12, (n + 1) % 12, null, n % 5], n);
    view.compact();
    const image = new Map([...view.image()].map(({ key, bytes }) => [key, bytes]));
    const saved = new Map<string, Uint8Array>();
    view.saveChanges((key, bytes) => bytes !== null && saved.set(key, bytes));
    const parts = [...saved].filter(([key]) => key.startsWith('s/'));
    expect(parts.length).toBeGreaterThan(0);
    const before = parts.map(([, bytes]) => bytes.slice());
    for (const [key, bytes] of parts) {
      expect(bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(image.get(key)?.buffer).toBeInstanceOf(ArrayBuffer);
      expect(image.get(key)).toEqual(bytes.slice());
    }
    // Whoever writes the parts still has them when the view has another segment, and what follows it.
    for (let n = 0; n < 3000; n++) view.removeEdge(0, [n, n % 12, (n + 1) % 12, null, n % 5]);
    for (let n = 0; n < 5000; n++) view.insertEdge(0, [n, n % 7, (n + 3) % 12, null, 1], 3000 + n);
    view.compact();
    expect(parts.map(([, bytes]) => bytes.slice())).toEqual(before);
  });

  it('says which edges of a segment were removed, and nothing where none were', () => {
    const view = createView();
    for (let n = 0; n < 70_000; n++) view.insertEdge(0, [n, n % 12, (n + 1) % 12, null, 1], n);
    view.compact();
    const removed = () => [...view.image()].filter(({ key }) => key.startsWith('r/'));
    expect(removed()).toEqual([]);
    for (const n of [0, 7, 69_999]) view.removeEdge(0, [n, n % 12, (n + 1) % 12, null, 1]);
    const bits = removed().flatMap(({ bytes }) => [...bytes]);
    expect(bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)).toBe(3);
    const copy = createView();
    copy.restore(view.image());
    expect(copy.describe().edges).toBe(69_997);
  });

  it('tells when the view has let chunks go while the image was taken', () => {
    const view = createView();
    for (let n = 0; n < 10_000; n++) view.insertEdge(0, [n, n % 12, (n + 1) % 12, n, 1], n);
    const image = view.image();
    image.next();
    view.advanceWatermark(9_000);
    view.saveChanges(() => undefined);
    let last = image.next();
    while (last.done !== true) last = image.next();
    expect(last.value).toBe(false);
    const whole = view.image();
    let end = whole.next();
    while (end.done !== true) end = whole.next();
    expect(end.value).toBe(true);
  });
});
