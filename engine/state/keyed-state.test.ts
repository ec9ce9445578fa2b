import { describe, expect, it } from '@jest/globals';
import type { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { KeyedState, type StateKey } from './keyed-state.ts';
import { SlotQueue } from './slot-queue.ts';
import { readValue, writeValue } from './value-codec.ts';

const CODEC = {
  write(writer: ByteWriter, key: StateKey, value: { n: number }) {
    writeValue(writer, key);
    writer.varint(value.n);
  },
  read(reader: ByteReader) {
    return { key: readValue(reader) as StateKey, value: { n: reader.varint() } };
  },
};

function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function contentOf(state: KeyedState<{ n: number }>): Map<StateKey, number> {
  return new Map([...state.entries()].map(([key, { n }]) => [key, n]));
}

describe('keyed state', () => {
  it('saves with a change no more than seven others', () => {
    const state = new KeyedState(CODEC);
    for (let n = 0; n < 1000; n++) state.set(`k${n}`, { n });
    state.saveChanges('x', () => undefined);
    state.set('k500', { n: 0 });
    const changed: Uint8Array[] = [];
    state.saveChanges('x', (_key, bytes) => changed.push(bytes as Uint8Array));
    expect(changed).toHaveLength(1);
    const restored = new KeyedState(CODEC);
    restored.restoreBucket('0', changed[0] as Uint8Array);
    expect([restored.size, restored.get('k500')]).toEqual([8, { n: 0 }]);
  });

  const seed = Date.now() % 1_000_000;
  it(`is restored from what it saved, whatever was set and deleted between (seed ${seed})`, () => {
    const random = randomFrom(seed);
    const state = new KeyedState(CODEC);
    const expected = new Map<StateKey, number>();
    const saved = new Map<string, Uint8Array>();
    const save = () =>
      state.saveChanges('x', (key, bytes) => {
        if (bytes === null) saved.delete(key);
        else saved.set(key, bytes);
      });
    for (let step = 0; step < 5000; step++) {
      const n = random(300);
      const key: StateKey = [`k${n}`, n, BigInt(n + 1) * 2n ** 60n, n % 2 === 0][random(4)] as StateKey;
      switch (random(4)) {
        case 0:
          expect(state.delete(key)).toBe(expected.delete(key));
          break;
        case 1: {
          const known = state.get(key);
          expect(known?.n).toBe(expected.get(key));
          if (known === undefined) break;
          known.n++;
          state.touch(key);
          expected.set(key, known.n);
          break;
        }
        default:
          state.set(key, { n });
          expected.set(key, n);
      }
      if (step % 700 === 0) save();
    }
    save();
    expect(contentOf(state)).toEqual(expected);
    expect(state.changedBytes()).toBe(0);
    const copy = new KeyedState(CODEC);
    for (const [key, bytes] of saved) copy.restoreBucket(key.slice(1), bytes);
    copy.finishRestore();
    expect(contentOf(copy)).toEqual(expected);
    copy.set('one more', { n: 1 });
    copy.clear();
    expect(copy.size).toBe(0);
  });

  it('saves what changed, and all when asked', () => {
    const state = new KeyedState(CODEC);
    for (let n = 0; n < 1000; n++) state.set(n, { n });
    const keys: string[] = [];
    const save = () => state.saveChanges('x', (key) => keys.push(key));
    save();
    keys.length = 0;
    state.set(500, { n: 1 });
    save();
    expect(keys).toEqual(['x000003e']);
    keys.length = 0;
    state.touchAll();
    save();
    expect(keys.length).toBe(125);
  });
});

describe('a queue of slots', () => {
  it('gives them out in their order, and takes the newest back', () => {
    const random = randomFrom(5);
    const queue = new SlotQueue();
    const expected: number[] = [];
    for (let step = 0; step < 5000; step++) {
      const action = random(5);
      if (action < 3 || expected.length === 0) {
        queue.push(step);
        expected.push(step);
      } else if (action === 3) {
        expect(queue.first()).toBe(expected.shift());
        queue.shift();
      } else expect(queue.pop()).toBe(expected.pop());
      expect(queue.size).toBe(expected.length);
    }
    while (queue.size > 0) queue.shift();
    expect(queue.first()).toBe(-1);
  });
});
