import { describe, expect, it } from '@jest/globals';
import { ExactSum } from '../../core/exact-sum.ts';
import { BIGINT, DOUBLE, numeric, type Row, type SqlType, TEXT, type Value } from '../../core/types.ts';
import type { Aggregate, Expr, Frame, OverOperator } from '../../language/plan.ts';
import { ContentHasher } from '../state/content-hasher.ts';
import type { StatePart } from '../state/state-part.ts';
import { OverWindows } from './over-windows.ts';
import { UndoLog } from './undo-log.ts';

const NO_ERRORS = { count: () => undefined };
const AMOUNT = numeric(18, 2);

/** Columns: payer, at, amount, weight, payee. */
const column = (index: number, type: SqlType): Expr => ({ kind: 'column', index, type });
const aggregate = (
  name: Aggregate['name'],
  argument: Expr | null,
  type: SqlType,
  rest: Partial<Aggregate> = {},
): Aggregate => ({ name, distinct: false, argument, filter: null, type, ...rest });

const ALL: readonly Aggregate[] = [
  aggregate('count', null, BIGINT),
  aggregate('sum', column(2, AMOUNT), numeric(null, 2)),
  aggregate('avg', column(2, AMOUNT), numeric(null, 16, true)),
  aggregate('min', column(2, AMOUNT), AMOUNT),
  aggregate('max', column(4, TEXT), TEXT),
  aggregate('sum', column(3, DOUBLE), DOUBLE),
  aggregate('count', column(4, TEXT), BIGINT, { distinct: true }),
  aggregate('count', null, BIGINT, {
    filter: { kind: 'call', name: 'isNotNull', type: { kind: 'boolean' }, args: [column(4, TEXT)] },
  }),
];

function operator(frames: readonly Frame[]): OverOperator {
  return {
    kind: 'over',
    fingerprint: 'test',
    partition: [column(0, TEXT)],
    time: 1,
    windows: frames.map((frame) => ({ frame, aggregates: ALL })),
  };
}

/** The same by definition: all rows ever, sorted and filtered for each row. */
class NaiveOver {
  readonly #plan: OverOperator;
  rows: { readonly row: Row; readonly arrival: number }[] = [];
  #arrivals = 0;

  constructor(plan: OverOperator) {
    this.#plan = plan;
  }

  push(row: Row): Row {
    this.rows.push({ row, arrival: this.#arrivals++ });
    const time = row[1] as number;
    const mine = this.rows
      .filter((other) => other.row[0] === row[0] && (other.row[1] as number) <= time)
      .sort((a, b) => (a.row[1] as number) - (b.row[1] as number) || a.arrival - b.arrival)
      .map((other) => other.row);
    const out: Value[] = [...row];
    for (const { frame } of this.#plan.windows) {
      const bound = frame.kind === 'range' ? frame.precedingMicros : frame.preceding;
      let framed = mine;
      if (bound !== null && frame.kind === 'range')
        framed = mine.filter((r) => (r[1] as number) >= time - bound);
      else if (bound !== null) framed = mine.slice(-(bound + 1));
      out.push(...this.#aggregates(framed));
    }
    return out;
  }

  #aggregates(rows: readonly Row[]): Value[] {
    const amounts = rows.map((row) => row[2] as number | null).filter((value) => value !== null);
    const payees = rows.map((row) => row[4] as string | null).filter((value) => value !== null);
    const total = amounts.reduce((a, b) => a + BigInt(b), 0n);
    const weights = rows.map((row) => row[3] as number | null).filter((value) => value !== null);
    const sum = new ExactSum();
    for (const weight of weights) sum.add(weight);
    const scaled = total * 10n ** 14n;
    const n = BigInt(amounts.length);
    const half = n === 0n ? 0n : (scaled < 0n ? scaled * 2n - n : scaled * 2n + n) / (2n * n);
    const safe = (value: bigint): Value => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
    return [
      rows.length,
      amounts.length === 0 ? null : safe(total),
      amounts.length === 0 ? null : safe(half),
      amounts.length === 0 ? null : Math.min(...amounts),
      [...payees].sort().at(-1) ?? null,
      weights.length === 0 ? null : sum.result(),
      new Set(payees).size,
      payees.length,
    ];
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

function randomRow(random: (below: number) => number, time: number): Row {
  return [
    ['a', 'b', 'c', null][random(4)] as Value,
    time,
    random(8) === 0 ? null : random(2000) - 1000,
    random(8) === 0 ? null : (random(1000) - 500) / 7,
    random(5) === 0 ? null : `p${random(4)}`,
  ];
}

const LATENESS = 40;

const FRAMES: readonly (readonly Frame[])[] = [
  [{ kind: 'range', precedingMicros: 25 }],
  [{ kind: 'range', precedingMicros: 0 }],
  [{ kind: 'range', precedingMicros: null }],
  [{ kind: 'rows', preceding: 3 }],
  [{ kind: 'rows', preceding: 0 }],
  [{ kind: 'rows', preceding: null }],
  [
    { kind: 'range', precedingMicros: 10 },
    { kind: 'range', precedingMicros: 60 },
  ],
  [
    { kind: 'range', precedingMicros: 25 },
    { kind: 'range', precedingMicros: null },
  ],
  [
    { kind: 'rows', preceding: 2 },
    { kind: 'range', precedingMicros: 30 },
    { kind: 'rows', preceding: null },
  ],
];

/** An OVER under test that can be restarted from what it saved. */
class Harness {
  readonly #plan: OverOperator;
  readonly undo = new UndoLog();
  readonly out: Row[] = [];
  watermark = Number.NEGATIVE_INFINITY;
  part: OverWindows;
  readonly saved = new Map<string, Uint8Array>();

  readonly #busyRows: number | undefined;

  /** `busyRows`: from how many rows on a partition may be busy; undefined for what it is by default. */
  constructor(plan: OverOperator, busyRows?: number) {
    this.#plan = plan;
    this.#busyRows = busyRows;
    this.part = this.#create();
  }

  #create(): OverWindows {
    const part = new OverWindows('over/test', this.#plan, NO_ERRORS, this.undo, this.#busyRows);
    part.connect(this.#plan, { push: (row) => this.out.push(row) }, () => this.watermark - LATENESS);
    return part;
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

describe('OVER', () => {
  const seed = Date.now() % 1_000_000;
  it.each(FRAMES.map((frames) => ({ name: JSON.stringify(frames), frames })))(
    `$name over late rows, ties, refusals and restarts equals its definition (seed ${seed})`,
    ({ frames }) => {
      for (let round = 0; round < 12; round++) {
        const random = randomFrom(seed + round);
        const plan = operator(frames);
        const naive = new NaiveOver(plan);
        const steady = new Harness(plan);
        const restarted = new Harness(plan);
        let now = 1000;
        for (let step = 0; step < 250; step++) {
          now += random(round % 2 === 0 ? 4 : 12);
          const time = Math.max(now - random(3) * random(LATENESS), steady.watermark - LATENESS);
          const row = randomRow(random, time);
          const refused = random(6) === 0;
          const expected = naive.push(row);
          if (refused) naive.rows.pop();
          for (const harness of [steady, restarted]) {
            harness.undo.recording = true;
            harness.part.push(row, false);
            expect(harness.out.pop()).toEqual(expected);
            if (refused) harness.undo.undoAll();
            else harness.undo.clear();
            harness.watermark = Math.max(harness.watermark, time);
            if (random(3) > 0 || harness === steady) harness.part.trim();
          }
          if (random(10) === 0) restarted.restart();
          if (step % 25 === 24) {
            restarted.part.trim();
            expect(hashOf(restarted.part)).toBe(hashOf(steady.part));
          }
        }
      }
    },
  );

  it.each(FRAMES.map((frames) => ({ name: JSON.stringify(frames), frames })))(
    `$name in busy partitions equals its definition (seed ${seed})`,
    ({ frames }) => {
      for (let round = 0; round < 4; round++) {
        const random = randomFrom(seed + round);
        const plan = operator(frames);
        const naive = new NaiveOver(plan);
        const harnesses = [new Harness(plan, 3), new Harness(plan, 50), new Harness(plan)];
        const [busy, mixed] = harnesses as [Harness, Harness];
        let now = 1000;
        for (let step = 0; step < 400; step++) {
          // Many rows at a time, so that frames reach over blocks; late ones, and quiet stretches without.
          if (round === 3) now += random(12);
          else if (random(round < 2 ? 8 : 2) === 0) now += random(3);
          const isQuiet = step % 250 > 100;
          const late = isQuiet ? 0 : random(2) * random(LATENESS);
          const time = Math.max(now - late, busy.watermark - LATENESS);
          const row = [...randomRow(random, time)];
          if (round % 2 === 0) row[0] = 'a';
          if (random(2) === 0) row[4] = `q${random(40)}`;
          const refused = random(6) === 0;
          const expected = naive.push(row);
          if (refused) naive.rows.pop();
          for (const harness of harnesses) {
            harness.undo.recording = true;
            harness.part.push(row, false);
            expect(harness.out.pop()).toEqual(expected);
            if (refused) harness.undo.undoAll();
            else harness.undo.clear();
            harness.watermark = Math.max(harness.watermark, time);
            harness.part.trim();
          }
          if (random(40) === 0) mixed.restart();
        }
        expect(hashOf(busy.part)).toBe(hashOf(mixed.part));
      }
    },
  );

  it('forgets rows that no frame to come can hold', () => {
    const harness = new Harness(operator([{ kind: 'range', precedingMicros: 100 }]));
    for (let n = 0; n < 5000; n++) {
      harness.part.push([`p${n % 50}`, n * 10, 1, 1, 'x'], false);
      harness.watermark = n * 10;
      harness.part.trim();
    }
    expect(harness.part.describe().rows).toBeLessThan(20);
    expect(harness.part.describe().partitions).toBeLessThan(20);
  });

  it('keeps what unbounded frames have seen as one sum', () => {
    const harness = new Harness(operator([{ kind: 'range', precedingMicros: null }]));
    for (let n = 0; n < 5000; n++) {
      harness.part.push(['p', n * 10, 1, 1, 'x'], false);
      harness.watermark = n * 10;
      harness.part.trim();
    }
    expect(harness.part.describe().rows).toBeLessThan(10);
    expect(harness.out[4999]?.slice(5, 7)).toEqual([5000, 5000]);
  });

  it('lets a row count for itself and for what comes after, and revises nothing', () => {
    const harness = new Harness(operator([{ kind: 'range', precedingMicros: 100 }]));
    for (const [time, amount] of [
      [100, 1],
      [200, 10],
      [150, 100],
      [200, 1000],
      [99, 5],
      [200, 0],
    ] as const) {
      harness.part.push(['p', time, amount, null, null], false);
    }
    expect(harness.out.map((row) => row[6])).toEqual([1, 11, 101, 1111, 5, 1111]);
  });
});
