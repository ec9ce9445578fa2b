import { describe, expect, it } from '@jest/globals';
import { BIGINT, numeric, type Row, TEXT, type Value } from '../../core/types.ts';
import type { Aggregate, WindowOperator } from '../../language/plan.ts';
import { ContentHasher } from '../state/content-hasher.ts';
import type { StatePart } from '../state/state-part.ts';
import { UndoLog } from './undo-log.ts';
import { WindowGroups } from './window-groups.ts';

const NO_ERRORS = { count: () => undefined };
const AMOUNT = numeric(18, 2);

const AGGREGATES: readonly Aggregate[] = [
  { name: 'count', distinct: false, argument: null, filter: null, type: BIGINT },
  {
    name: 'sum',
    distinct: false,
    argument: { kind: 'column', index: 2, type: AMOUNT },
    filter: null,
    type: AMOUNT,
  },
  {
    name: 'max',
    distinct: false,
    argument: { kind: 'column', index: 2, type: AMOUNT },
    filter: null,
    type: AMOUNT,
  },
  {
    name: 'count',
    distinct: true,
    argument: { kind: 'column', index: 2, type: AMOUNT },
    filter: null,
    type: BIGINT,
  },
];

/** Columns: payer, at, amount. */
function operator(sizeMicros: number, slideMicros: number, offsetMicros = 0): WindowOperator {
  return {
    kind: 'window',
    fingerprint: 'test',
    sizeMicros,
    slideMicros,
    offsetMicros,
    time: 1,
    group: [{ kind: 'column', index: 0, type: TEXT }],
    aggregates: AGGREGATES,
  };
}

class Harness {
  readonly #plan: WindowOperator;
  readonly #lateness: number;
  readonly undo = new UndoLog();
  out: { readonly row: Row; readonly revision: boolean }[] = [];
  watermark = Number.NEGATIVE_INFINITY;
  part: WindowGroups;
  readonly saved = new Map<string, Uint8Array>();

  constructor(plan: WindowOperator, lateness: number) {
    this.#plan = plan;
    this.#lateness = lateness;
    this.part = this.#create();
  }

  #create(): WindowGroups {
    const part = new WindowGroups('window/test', this.#plan, NO_ERRORS, this.undo);
    const sink = { push: (row: Row, revision: boolean) => void this.out.push({ row, revision }) };
    part.connect(
      this.#plan,
      sink,
      () => this.watermark,
      () => this.watermark - this.#lateness,
    );
    return part;
  }

  /** An event as the fold handles it. Returns the rows that fired. */
  event(row: Row, refused = false): Row[] {
    this.undo.recording = true;
    this.out = [];
    this.part.push(row);
    this.watermark = Math.max(this.watermark, row[1] as number);
    this.part.fire();
    if (refused) {
      this.undo.undoAll();
      this.out = [];
      this.part.fire();
    } else this.undo.clear();
    this.part.trim();
    return this.out.map((fired) => fired.row);
  }

  restart(): void {
    this.part.saveChanges((key, bytes) => {
      if (bytes === null) this.saved.delete(key);
      else this.saved.set(key, bytes);
    });
    this.part = this.#create();
    this.part.restore(
      [...this.saved].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => ({ key, bytes })),
    );
  }
}

function hashOf(part: StatePart): string {
  const hash = new ContentHasher();
  part.hashContent(hash);
  return hash.hex();
}

function randomFrom(seed: number): (below: number) => number {
  let state = (seed * 2654435761) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The same by definition: every row ever, and what each window has fired. */
class NaiveWindow {
  readonly #plan: WindowOperator;
  readonly #rows: Row[] = [];
  readonly #fired = new Map<string, { rows: number; revision: number }>();
  watermark = Number.NEGATIVE_INFINITY;

  constructor(plan: WindowOperator) {
    this.#plan = plan;
  }

  event(row: Row, refused: boolean): Row[] {
    if (!refused) this.#rows.push(row);
    this.watermark = Math.max(this.watermark, row[1] as number);
    const { sizeMicros, slideMicros, offsetMicros } = this.#plan;
    const groups = new Map<string, { payer: Value; start: number; rows: Row[] }>();
    for (const each of this.#rows) {
      const time = each[1] as number;
      for (let k = Math.floor((time - offsetMicros - sizeMicros) / slideMicros); ; k++) {
        const start = k * slideMicros + offsetMicros;
        if (start > time) break;
        if (time >= start + sizeMicros || start + sizeMicros > this.watermark) continue;
        const name = `${start}/${each[0]}`;
        const group = groups.get(name) ?? { payer: each[0] as Value, start, rows: [] };
        group.rows.push(each);
        groups.set(name, group);
      }
    }
    const due = [...groups].filter(([name, { rows }]) => this.#fired.get(name)?.rows !== rows.length);
    due.sort(([, a], [, b]) => a.start - b.start || ((a.payer as string) < (b.payer as string) ? -1 : 1));
    return due.map(([name, { payer, start, rows }]) => {
      const revision = (this.#fired.get(name)?.revision ?? -1) + 1;
      this.#fired.set(name, { rows: rows.length, revision });
      const amounts = rows.map((each) => each[2] as number);
      const sum = amounts.reduce((a, b) => a + b, 0);
      const distinct = new Set(amounts).size;
      return [payer, start, start + sizeMicros, revision, rows.length, sum, Math.max(...amounts), distinct];
    });
  }
}

describe('TUMBLE and HOP', () => {
  const seed = Date.now() % 1_000_000;
  it.each([
    [60, 60, 0],
    [60, 20, 0],
    [50, 20, 7],
    [10, 30, 0],
  ])(
    `of size %d every %d from %d equal their definition under refusals and restarts (seed ${seed})`,
    (size, slide, offset) => {
      for (let round = 0; round < 10; round++) {
        const random = randomFrom(seed + round);
        const plan = operator(size, slide, offset);
        const lateness = random(3) * 40;
        const naive = new NaiveWindow(plan);
        const steady = new Harness(plan, lateness);
        const restarted = new Harness(plan, lateness);
        let now = 1000;
        for (let step = 0; step < 200; step++) {
          now += random(10);
          const time = Math.max(now - random(3) * random(60), naive.watermark - lateness);
          const row: Row = [['a', 'b', 'c'][random(3)] as string, time, random(5)];
          const refused = random(6) === 0;
          const expected = naive.event(row, refused);
          expect(steady.event(row, refused)).toEqual(expected);
          expect(restarted.event(row, refused)).toEqual(expected);
          if (random(10) === 0) restarted.restart();
          if (step % 20 === 0) expect(hashOf(restarted.part)).toBe(hashOf(steady.part));
        }
      }
    },
  );

  it('forget windows that take nothing in any more', () => {
    const harness = new Harness(operator(60, 60), 120);
    for (let n = 0; n < 1000; n++) harness.event(['p', n * 10, 1]);
    expect(harness.part.describe().groups).toBeLessThan(5);
  });

  it('mark corrections, and only those, as revisions', () => {
    const harness = new Harness(operator(60, 60), 120);
    harness.event(['a', 10, 1]);
    harness.event(['a', 61, 1]);
    expect(harness.out.map(({ revision }) => revision)).toEqual([false]);
    harness.event(['a', 20, 5]);
    expect(harness.out).toEqual([{ row: ['a', 0, 60, 1, 2, 6, 5, 2], revision: true }]);
    harness.event(['b', 30, 7]);
    expect(harness.out).toEqual([{ row: ['b', 0, 60, 0, 1, 7, 7, 1], revision: false }]);
  });
});
