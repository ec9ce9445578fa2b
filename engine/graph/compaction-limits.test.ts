import { afterEach, describe, expect, it } from '@jest/globals';
import { COMPACTION } from '../../core/cache-sizes.ts';
import type { Row } from '../../core/types.ts';
import { RecordingHash, sampleColumns, sampleGraph } from '../../tests/graph/sample-graph.ts';
import { EdgeNumbers } from './delta/edge-numbers.ts';
import { GraphView } from './graph-view.ts';

const WINDOW = 9000;
const globals = globalThis as unknown as { WebAssembly: object };
const { WebAssembly: whole } = globals;

afterEach(() => {
  globals.WebAssembly = whole;
});

function sampleView(): GraphView {
  return new GraphView(sampleGraph({ links: false, retainMicros: WINDOW }), sampleColumns);
}

function slide(view: GraphView, from: number, end: number): void {
  for (let n = from; n < end; n++) {
    const row: Row = [n, n % 300, (7 * n) % 300, n, null];
    view.insertEdge(0, row, n);
    view.advanceWatermark(n);
    view.proceed();
  }
}

function hashOf(view: GraphView): string {
  const hash = new RecordingHash();
  view.hashContent(hash);
  return hash.lines.join('\n');
}

function compactionBytes(view: GraphView): number {
  return view
    .memoryRows()
    .filter(({ item }) => item === COMPACTION)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

describe('a compaction of a window that has slid for long', () => {
  it('counts and takes memory for the edges that are held, not for all that came', () => {
    const view = sampleView();
    slide(view, 0, 200_000);
    view.beginCompaction();
    expect(compactionBytes(view)).toBeGreaterThan(30 * WINDOW);
    expect(compactionBytes(view)).toBeLessThan(30 * 2 * WINDOW);
    const before = hashOf(view);
    while (view.describe().segmentBytes === 0) view.relieve(() => true);
    expect(hashOf(view)).toBe(before);
  });
});

describe('new numbers of edges', () => {
  it('take no room for edges of a delta that were let go of', () => {
    // Room for all of them would be 4 GB.
    const numbers = new EdgeNumbers(1_000_000_010, 4, 1_000_000_000);
    numbers.set(3, 0);
    numbers.set(1_000_000_004, 1);
    numbers.set(1_000_000_009, 2);
    expect([3, 1_000_000_004, 1_000_000_009].map((edge) => numbers.of(edge))).toEqual([0, 1, 2]);
    expect([0, 1_000_000_005, 1_000_000_010].map((edge) => numbers.of(edge))).toEqual([-1, -1, -1]);
  });
});

describe('a compaction without memory for it', () => {
  it('is given up, and tried again when as much has changed', () => {
    const view = sampleView();
    slide(view, 0, 30_000);
    const before = hashOf(view);
    globals.WebAssembly = Object.assign(Object.create(whole), {
      Memory: class {
        constructor() {
          throw new RangeError('WebAssembly.Memory(): could not allocate memory');
        }
      },
    });
    // Until nothing is left to gain: it does not begin again at once.
    while (view.relieve(() => true));
    expect(view.describe().segmentBytes).toBe(0);
    expect(hashOf(view)).toBe(before);
    globals.WebAssembly = whole;
    slide(view, 30_000, 50_000);
    for (let n = 0; n < 100_000 && view.describe().segmentBytes === 0; n++) view.relieve(() => true);
    expect(view.describe().segmentBytes).toBeGreaterThan(0);
  });
});

describe('a checkpoint with a segment that cannot be read', () => {
  it('is told as a damaged checkpoint, so that the log is folded again', () => {
    const view = sampleView();
    slide(view, 0, 20_000);
    view.beginCompaction();
    while (view.describe().segmentBytes === 0) view.relieve(() => true);
    const saved = new Map<string, Uint8Array>();
    view.saveChanges((key, bytes) => (bytes === null ? saved.delete(key) : saved.set(key, bytes.slice())));
    const entries = [...saved].map(([key, bytes]) => ({ key, bytes }));
    const segment = entries.find(({ key }) => key.startsWith('s/'));
    for (const at of [4, 100, 1000]) {
      const bytes = segment?.bytes.slice() ?? new Uint8Array(0);
      bytes[at] = (bytes[at] as number) ^ 1;
      const damaged = entries.map((entry) => (entry === segment ? { ...entry, bytes } : entry));
      expect(() => sampleView().restore(damaged)).toThrow(
        expect.objectContaining({ code: 'CHECKPOINT_CORRUPT' }),
      );
    }
    const again = sampleView();
    again.restore(entries);
    expect(hashOf(again)).toBe(hashOf(view));
  });
});
