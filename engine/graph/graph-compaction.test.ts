import { describe, expect, it } from '@jest/globals';
import { check, createView, hashOf, Model, step } from '../../tests/graph/graph-model.ts';
import { random } from '../../tests/graph/sample-graph.ts';
import type { GraphView } from './graph-view.ts';

/** A view and what the newest checkpoint of it holds. */
class Saved {
  private readonly entries = new Map<string, Uint8Array>();

  save(view: GraphView): void {
    view.saveChanges((key, bytes) => {
      if (bytes === null) this.entries.delete(key);
      else this.entries.set(key, bytes);
    });
  }

  restored(): GraphView {
    const view = createView();
    view.restore(
      [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => ({ key, bytes })),
    );
    return view;
  }
}

describe('a graph view that is always being compacted', () => {
  it.each([1, 2, 3, 7])('shows what plain lists show at every moment, seed %i', (seed) => {
    const pick = random(seed);
    let view = createView();
    // The same without compactions: what is hashed, and in which order lists are, must not tell them apart.
    const plain = createView();
    const model = new Model();
    const plainModel = new Model();
    const saved = new Saved();
    const segments = new Set<number>();
    for (let n = 0; n < 1200; n++) {
      const draws: number[] = [];
      step(
        view,
        model,
        (below) => {
          const draw = pick(below);
          draws.push(draw);
          return draw;
        },
        n,
      );
      step(plain, plainModel, () => draws.shift() ?? 0, n);
      if (pick(6) > 0) view.beginCompaction();
      for (let slices = pick(14); slices > 0; slices--) view.proceed();
      if (pick(40) === 0) view.indexEdges(pick(2));
      if (n % 97 === 0) saved.save(view);
      if (n % 97 === 0 && pick(4) === 0) view = saved.restored();
      if (n % 17 === 0) check(view, model);
      if (n % 97 === 0) {
        expect(hashOf(view)).toBe(hashOf(plain));
        segments.add(view.describe().segmentBytes as number);
      }
    }
    expect(segments.size).toBeGreaterThan(4);
  });
});
