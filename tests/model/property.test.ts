import { describe, expect, test } from '@jest/globals';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import { observeEngine } from './engine-observed.ts';
import { foldInFrames, foldPlainly, foldWithJobs, foldWithRestarts } from './fold-variants.ts';
import { type Case, generateCase, recordsOf, withBudgets } from './generate-case.ts';
import { TooExpensive } from './model-paths.ts';
import { Random } from './random.ts';
import { type Difference, firstDifference, type Observed, observeModel } from './run-case.ts';
import { describeCase, shrinkCase } from './shrink-case.ts';

/**
 * The engine against the naive model, and against itself, on generated definitions and streams. A failure prints the
 * smallest case found, its seed, and how to run it again:
 *
 *     RINGWATCH_SEED=<seed> RINGWATCH_RUNS=1 npm test -- tests/model/property
 *
 * Other seeds: RINGWATCH_SEED=$RANDOM; longer: RINGWATCH_RUNS=5000.
 */
const RUNS = Number(process.env.RINGWATCH_RUNS ?? 150);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);
const STEPS = 400_000;

const compiled = new Map<string, Program>();

/** The compiler, remembering what it has compiled: shrinking compiles the same texts over and over. */
function compile(text: string): Program {
  const known = compiled.get(text) ?? compileDefinitions(text);
  if (compiled.size > 200) compiled.clear();
  compiled.set(text, known);
  return known;
}

interface Totals {
  cases: number;
  statements: number;
  refused: number;
  expensive: number;
}

const generated = new Map<number, { readonly test: Case; readonly refused: number }>();

/** The case of a seed, generated once for all tests here. */
function caseOf(seed: number): { readonly test: Case; readonly refused: number } {
  const known = generated.get(seed);
  if (known !== undefined) return known;
  let refused = 0;
  const test = generateCase(seed, compile, () => {
    refused += 1;
  });
  if (RUNS <= 1000) generated.set(seed, { test, refused });
  return { test, refused };
}

function forEachCase(check: (test: Case) => void): Totals {
  const totals: Totals = { cases: 0, statements: 0, refused: 0, expensive: 0 };
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const { test, refused } = caseOf(seed);
    totals.cases += 1;
    totals.refused += refused;
    totals.statements += test.texts[0]?.length ?? 0;
    try {
      check(test);
    } catch (error) {
      if (!(error instanceof TooExpensive)) throw error;
      totals.expensive += 1;
    }
  }
  return totals;
}

function compareWithModel(test: Case, got: Observed): Difference | null {
  return firstDifference(recordsOf(test), observeModel(compile, STEPS), got);
}

/** Whether the case still fails like the first time; cases that no longer make sense do not. */
function failsAlike(what: string): (smaller: Case) => boolean {
  return (smaller) => {
    try {
      return compareWithModel(smaller, observeEngine(compile))?.what === what;
    } catch {
      return false;
    }
  };
}

function explain(seed: number, test: Case, difference: unknown): string {
  const json = JSON.stringify(
    difference,
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
    1,
  );
  return `seed ${seed}; run it again: RINGWATCH_SEED=${seed} RINGWATCH_RUNS=1 npm test -- tests/model/property\n${json}\n${describeCase(test)}`;
}

describe('on generated definitions and streams', () => {
  test('the engine raises, decides, counts and holds what the naive model does', () => {
    let alerts = 0;
    const totals = forEachCase((test) => {
      const engine = observeEngine(compile);
      const counting: Observed = {
        ask: (first) => engine.ask(first),
        apply(record) {
          const observation = engine.apply(record);
          alerts += observation.alerts.length;
          return observation;
        },
      };
      const difference = compareWithModel(test, counting);
      if (difference === null) return;
      const smallest = shrinkCase(test, failsAlike(difference.what));
      throw new Error(explain(test.seed, smallest, compareWithModel(smallest, observeEngine(compile))));
    });
    expect(totals.refused).toBeLessThan(totals.statements * 0.1);
    expect(totals.expensive).toBeLessThan(totals.cases * 0.1 + 1);
    if (RUNS >= 100) expect(alerts).toBeGreaterThan(totals.cases * 10);
  }, 3_600_000);

  test('the engine says the same bytes however the log is cut into frames', () => {
    forEachCase((test) => failSmall(withBudgets(test, new Random(test.seed)), differsInFrames));
  }, 3_600_000);

  test('the engine says the same bytes however often it is stopped and restored', () => {
    forEachCase((test) => failSmall(withBudgets(test, new Random(test.seed)), differsAfterRestarts));
  }, 3_600_000);

  test('the engine says the same bytes wherever its jobs run', () => {
    forEachCase((test) => failSmall(withBudgets(test, new Random(test.seed)), differsWithJobs));
  }, 3_600_000);
});

/** What differs between the plain fold of a case and the same cut up at random; null for nothing. */
type Variant = (test: Case, random: Random) => object | null;

const differsInFrames: Variant = (test, random) => {
  const records = recordsOf(test);
  const plain = foldPlainly(records, compile);
  const framed = foldInFrames(records, compile, random);
  return JSON.stringify(framed) === JSON.stringify(plain) ? null : firstDifferentLine(plain, framed);
};

const differsAfterRestarts: Variant = (test, random) => {
  const records = recordsOf(test);
  const plain = foldPlainly(records, compile);
  const { restarts, repeated, ...folded } = foldWithRestarts(records, compile, random);
  const moved = restarts.find(({ before, after }) => before !== after);
  if (moved === undefined && repeated.length === 0 && JSON.stringify(folded) === JSON.stringify(plain))
    return null;
  return { moved, repeated: repeated[0], ...firstDifferentLine(plain, folded) };
};

const differsWithJobs: Variant = (test, random) => {
  const records = recordsOf(test);
  const plain = foldPlainly(records, compile);
  const shared = foldWithJobs(records, compile, random);
  return JSON.stringify(shared) === JSON.stringify(plain) ? null : firstDifferentLine(plain, shared);
};

/** Throws the smallest case found in which the variant differs, cut up in any of several ways. */
function failSmall(test: Case, variant: Variant): void {
  if (variant(test, new Random(test.seed)) === null) return;
  const anyDifference = (smaller: Case): object | null => {
    for (let cut = 0; cut < 8; cut++) {
      const difference = variant(smaller, new Random(test.seed + cut));
      if (difference !== null) return difference;
    }
    return null;
  };
  const smallest = shrinkCase(test, (smaller) => {
    try {
      return anyDifference(smaller) !== null;
    } catch {
      return false;
    }
  });
  throw new Error(explain(test.seed, smallest, anyDifference(smallest)));
}

function firstDifferentLine(
  expected: { effects: readonly string[] },
  got: { effects: readonly string[] },
): object {
  const at = expected.effects.findIndex((line, index) => line !== got.effects[index]);
  const place = at < 0 ? expected.effects.length : at;
  return {
    line: place,
    expected: expected.effects[place] ?? expected,
    got: got.effects[place] ?? { ...got, effects: got.effects.length },
  };
}
