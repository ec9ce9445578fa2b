import { describe, expect, it } from '@jest/globals';
import { INTEGER, TEXT, TIMESTAMPTZ, type Row } from '../../core/types.ts';
import type { TablePlan } from '../../language/plan.ts';
import { ContentHasher } from '../state/content-hasher.ts';
import { TableState } from './table-state.ts';

/** Columns: id, region, since. */
const PLAN: TablePlan = {
  kind: 'table',
  name: 't',
  fingerprint: 't',
  columns: [
    { name: 'id', type: INTEGER, nullable: false },
    { name: 'region', type: TEXT, nullable: true },
    { name: 'since', type: TIMESTAMPTZ, nullable: true },
  ],
  stored: [0, 1, 2],
  fields: ['id', 'region', 'since'],
  generated: [null, null, null],
  key: [0],
  versionTime: 2,
};

function table(keepsHistory: boolean): TableState {
  const state = new TableState(PLAN);
  state.configure(PLAN, keepsHistory);
  return state;
}

function hashOf(state: TableState): string {
  const hash = new ContentHasher();
  state.hashContent(hash);
  return hash.hex();
}

describe('a table', () => {
  it('says what a change replaced', () => {
    const state = table(false);
    expect(state.upsert([1, 'a', null])).toEqual({ row: [1, 'a', null], old: null });
    expect(state.upsert([1, 'b', null])).toEqual({ row: [1, 'b', null], old: [1, 'a', null] });
    expect(state.delete([1, null, null])).toEqual({ row: null, old: [1, 'b', null] });
    expect(state.delete([1, null, null])).toEqual({ row: null, old: null });
  });

  it('finds rows by other columns in key order, as they change', () => {
    const state = table(false);
    state.upsert([7, 'a', null]);
    state.indexOn([1], false);
    for (const id of [3, 11, 5]) state.upsert([id, 'a', null]);
    state.upsert([5, 'b', null]);
    state.delete([3, null, null]);
    expect(state.lookup([1], ['a'], null).map(([id]) => id)).toEqual([7, 11]);
    expect(state.lookup([1], ['b'], null).map(([id]) => id)).toEqual([5]);
    expect(state.lookup([1], [null], null)).toEqual([]);
  });

  it('knows which version was valid when, in whatever order they came', () => {
    const state = table(true);
    state.upsert([1, 'second', 200]);
    state.upsert([1, 'first', 100]);
    state.upsert([1, 'fourth', 400]);
    state.delete([1, null, 300]);
    state.upsert([1, 'second too', 200]);
    state.upsert([1, 'never', null]);
    const valid = [99, 100, 199, 200, 299, 300, 400, 1000].map(
      (time) => state.findAsOf(1, time)?.[1] ?? null,
    );
    expect(valid).toEqual([null, 'first', 'first', 'second too', 'second too', null, 'fourth', 'fourth']);
    expect(state.find(1)?.[1]).toBe('never');
  });

  it('lets a delete without a time end the newest version from its beginning', () => {
    const state = table(true);
    state.upsert([1, 'first', 100]);
    state.upsert([1, 'second', 200]);
    state.delete([1, null, null]);
    expect([150, 250].map((time) => state.findAsOf(1, time)?.[1] ?? null)).toEqual(['first', null]);
  });

  it('finds versions by other columns', () => {
    const state = table(true);
    state.indexOn([1], true);
    state.upsert([1, 'a', 100]);
    state.upsert([2, 'a', 100]);
    state.upsert([1, 'b', 200]);
    const at = (time: number, region: string) => state.lookup([1], [region], time).map(([id]) => id);
    expect([at(150, 'a'), at(250, 'a'), at(250, 'b')]).toEqual([[1, 2], [2], [1]]);
  });

  it('forgets versions that no one can ask for, whenever that is done', () => {
    const often = table(true);
    const once = table(true);
    for (let n = 1; n <= 50; n++) {
      for (const state of [often, once]) {
        state.upsert([n % 3, `v${n}`, n * 10]);
        if (n % 7 === 0) state.delete([n % 3, null, null]);
      }
      often.settle(n * 10 - 45);
    }
    once.settle(455);
    expect(hashOf(once)).toBe(hashOf(often));
    expect(often.findAsOf(1, 455)?.[1]).toBe('v43');
    for (const state of [often, once]) for (const id of [0, 1, 2]) state.delete([id, null, 600]);
    often.settle(700);
    expect(often.describe()).toEqual({ rows: 0, versions: 0 });
  });

  it('restores rows and versions, and widens what is older than its columns', () => {
    const saved = new Map<string, Uint8Array>();
    const state = table(true);
    const save = () =>
      state.saveChanges((key, bytes) => {
        if (bytes === null) saved.delete(key);
        else saved.set(key, bytes);
      });
    for (let id = 0; id < 100; id++) state.upsert([id, `r${id % 4}`, id]);
    save();
    for (let id = 0; id < 50; id++) state.delete([id, null, 200]);
    state.upsert([60, 'new', 200]);
    save();
    const wider: TablePlan = {
      ...PLAN,
      columns: [...PLAN.columns, { name: 'note', type: TEXT, nullable: true }],
    };
    const copy = new TableState(wider);
    copy.configure(wider, true);
    copy.indexOn([1], false);
    copy.restore([...saved].map(([key, bytes]) => ({ key, bytes })));
    expect(copy.sortedRows().length).toBe(50);
    expect(copy.find(60)).toEqual([60, 'new', 200, null]);
    expect(copy.findAsOf(10, 199)).toEqual([10, 'r2', 10, null]);
    expect(copy.lookup([1], ['r3'], null).map(([id]) => id)).toContain(99);
    state.configure(wider, true);
    expect(hashOf(copy)).toBe(hashOf(state));
  });

  it('begins its versions with the rows as they stand', () => {
    const state = table(false);
    state.upsert([1, 'a', 100]);
    state.upsert([1, 'b', 200]);
    state.configure(PLAN, true);
    const rows: (Row | null)[] = [state.findAsOf(1, 150), state.findAsOf(1, 250)];
    expect(rows).toEqual([null, [1, 'b', 200]]);
  });
});
