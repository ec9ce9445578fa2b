import { describe, expect, it } from '@jest/globals';
import type { Value } from '../../core/types.ts';
import { ColumnStore } from './column-store.ts';
import { KeyEncoder } from './key-encoder.ts';
import { KeyIndex } from './key-index.ts';

const KINDS = ['number', 'bytes', 'flag', 'id'] as const;

function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function contentOf(store: ColumnStore): Map<number, readonly Value[]> {
  const rows = new Map<number, readonly Value[]>();
  for (let slot = 0; slot < store.end; slot++) {
    if (store.isLive(slot))
      rows.set(
        slot,
        [0, 1, 2, 3].map((column) => store.get(slot, column)),
      );
  }
  return rows;
}

describe('a column store', () => {
  const seed = Date.now() % 1_000_000;
  it(`holds what was set, and a copy restored from its changes holds the same (seed ${seed})`, () => {
    const random = randomFrom(seed);
    const store = new ColumnStore(KINDS);
    const expected = new Map<number, readonly Value[]>();
    const saved = new Map<string, Uint8Array>();
    const randomRow = (): readonly Value[] => [
      [null, 1.5, 2n ** 70n, -7, -(2n ** 80n)][random(5)] as Value,
      [null, '', 'abc', 'ä€\u{1f600}'.repeat(random(9)), `k${random(1000)}`][random(5)] as Value,
      [null, true, false][random(3)] as Value,
      random(1000),
    ];
    for (let step = 0; step < 20_000; step++) {
      const slots = [...expected.keys()];
      const action = random(10);
      if (action < 6 || slots.length === 0) {
        const slot = store.allocate();
        const row = randomRow();
        row.forEach((value, column) => {
          store.set(slot, column, value);
        });
        expected.set(slot, row);
      } else if (action < 9) {
        const slot = slots[random(Math.min(slots.length, 50))] as number;
        store.free(slot);
        expected.delete(slot);
      } else {
        const slot = slots[random(slots.length)] as number;
        const row = [...(expected.get(slot) as readonly Value[])];
        row[1] = randomRow()[1] as Value;
        store.set(slot, 1, row[1]);
        store.touch(slot);
        expected.set(slot, row);
      }
      if (step % 3000 === 0) {
        store.saveChanges('c', (key, bytes) => {
          if (bytes === null) saved.delete(key);
          else saved.set(key, bytes);
        });
      }
    }
    expect(contentOf(store)).toEqual(expected);
    store.saveChanges('c', (key, bytes) => {
      if (bytes === null) saved.delete(key);
      else saved.set(key, bytes);
    });
    expect(store.changedBytes()).toBe(0);
    const copy = new ColumnStore(KINDS);
    for (const [key, bytes] of [...saved].sort()) copy.restoreChunk(key.slice(1), bytes);
    copy.finishRestore();
    expect(contentOf(copy)).toEqual(expected);
    expect(copy.rows).toBe(expected.size);
    const slot = copy.allocate();
    expect(expected.has(slot)).toBe(false);
  });

  it('saves only the chunks that changed', () => {
    const store = new ColumnStore(['id']);
    for (let n = 0; n < 5000; n++) store.set(store.allocate(), 0, n);
    const keys: string[] = [];
    store.saveChanges('c', (key) => keys.push(key));
    expect(keys.length).toBe(5);
    keys.length = 0;
    store.set(store.allocate(), 0, 1);
    store.saveChanges('c', (key) => keys.push(key));
    expect(keys).toEqual(['c000004']);
  });

  it('uses freed slots again, oldest first', () => {
    const store = new ColumnStore(['id']);
    for (let n = 0; n < 4; n++) store.allocate();
    store.free(2);
    store.free(0);
    expect([store.allocate(), store.allocate(), store.allocate()]).toEqual([2, 0, 4]);
  });
});

describe('a key index', () => {
  const seed = (Date.now() * 7) % 1_000_000;
  it(`finds the slot of each key after any insertions and removals (seed ${seed})`, () => {
    const random = randomFrom(seed);
    const store = new ColumnStore(['bytes']);
    const index = new KeyIndex(store.texts(0));
    const key = new KeyEncoder();
    const expected = new Map<string, number>();
    for (let step = 0; step < 50_000; step++) {
      const values: Value[] = [`a${random(3000)}`, random(2) === 0 ? null : 'ü'];
      key.values(values);
      const name = JSON.stringify(values);
      const slot = expected.get(name);
      expect(index.find(key)).toBe(slot ?? -1);
      if (slot === undefined) {
        const added = store.allocate();
        store.texts(0).setBytes(added, key.bytes, 0, key.length);
        index.insert(added, key);
        expected.set(name, added);
      } else if (random(2) === 0) {
        index.remove(slot);
        store.free(slot);
        expected.delete(name);
      }
    }
  });

  it('tells lists of values apart by type and border', () => {
    const key = new KeyEncoder();
    const lists: Value[][] = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc'],
      [null],
      [''],
      [0],
      [false],
      [true],
      [1],
      ['1'],
      [2n ** 70n],
      [],
    ];
    const texts = lists.map((values) => {
      key.values(values);
      return key.text();
    });
    expect(new Set(texts).size).toBe(lists.length);
    key.values([-0]);
    expect(key.text()).toBe(texts[5]);
  });
});
