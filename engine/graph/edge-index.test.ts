import { describe, expect, it } from '@jest/globals';
import { Random } from '../../tests/model/random.ts';
import { EdgeIndex } from './edge-index.ts';

const SEED = 20261130;

/** Edges by hash, as the index is to give them. */
class Model {
  readonly edges = new Map<number, Set<number>>();
  readonly gone = new Set<number>();

  add(hash: number, edge: number): void {
    const known = this.edges.get(hash);
    if (known === undefined) this.edges.set(hash, new Set([edge]));
    else known.add(edge);
  }
}

function found(index: EdgeIndex, hash: number): number[] {
  const edges: number[] = [];
  index.forEach(hash, (edge) => edges.push(edge));
  return edges.sort((a, b) => a - b);
}

/** Hashes of one kind each: all different, all alike, and alike in their first or last bits. */
const HASHES: Readonly<Record<string, (random: Random, n: number) => number>> = {
  random: (random) => random.below(2 ** 32) | 0,
  'of few keys': (random) => Math.imul(random.below(40), 0x9e3779b1),
  'of one key': () => -7,
  'with one beginning': (random) => 0x1234_0000 | random.below(0x1_0000),
  'with one end': (random) => (random.below(0x1_0000) << 16) | 0x4321,
};

describe('an index of edges by key', () => {
  it.each(Object.keys(HASHES))('finds what a map finds: hashes %s', (kind) => {
    const random = new Random(SEED);
    const model = new Model();
    const index = new EdgeIndex((edge) => model.gone.has(edge));
    const edges = kind === 'of one key' ? 6_000 : 40_000;
    const hashOf = HASHES[kind] as (random: Random, n: number) => number;
    const hashes: number[] = [];
    for (let edge = 0; edge < edges; edge++) {
      const hash = hashOf(random, edge);
      hashes.push(hash);
      index.add(hash, edge);
      model.add(hash, edge);
      if (!random.chance(0.3)) continue;
      const other = random.below(edge + 1);
      if (random.chance(0.5)) {
        index.remove(hashes[other] as number, other);
        model.edges.get(hashes[other] as number)?.delete(other);
      } else model.gone.add(other);
    }
    const asked = [...new Set(hashes)];
    const wrong = asked.filter((hash) => {
      // Entries of edges that are gone may stand or not.
      const isKept = (edge: number): boolean => !model.gone.has(edge);
      const expected = [...(model.edges.get(hash) as Set<number>)].filter(isKept).sort((a, b) => a - b);
      return found(index, hash).filter(isKept).join() !== expected.join();
    });
    expect(wrong).toEqual([]);
    expect(found(index, 0x5555_1111)).toEqual([]);
  });

  it('holds twelve to forty bytes an edge, and lets go of those that are gone', () => {
    const random = new Random(SEED);
    let floor = 0;
    const index = new EdgeIndex((edge) => edge < floor);
    for (let edge = 0; edge < 100_000; edge++) index.add(random.below(2 ** 32) | 0, edge);
    expect(index.bytes / 100_000).toBeGreaterThan(12);
    expect(index.bytes / 100_000).toBeLessThan(40);
    const before = index.bytes;
    for (let edge = 100_000; edge < 300_000; edge++) {
      floor = edge - 100_000;
      index.add(random.below(2 ** 32) | 0, edge);
    }
    expect(index.bytes).toBeLessThan(2.5 * before);
  });
});
