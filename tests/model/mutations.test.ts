import { beforeAll, describe, expect, test } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import type { LogRecord } from '../../core/record.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import { observeEngine } from './engine-observed.ts';
import { generateCase, recordsOf } from './generate-case.ts';
import { TooExpensive } from './model-paths.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';
import { type Observation, observeModel } from './run-case.ts';

/** Cases such as the property sees, with what the model says of each. */
interface Known {
  readonly seed: number;
  readonly records: readonly LogRecord[];
  readonly programs: ReadonlyMap<string, Program>;
  readonly observations: readonly Observation[];
}

const CASES = 300;

describe('the property would find an engine in which', () => {
  const known: Known[] = [];

  beforeAll(() => {
    for (let seed = 1; seed <= CASES; seed++) {
      const case_ = generateCase(seed, compileDefinitions, () => undefined);
      const records = recordsOf(case_);
      const programs = new Map<string, Program>();
      for (const record of records) {
        if (record.kind === 'definitions') programs.set(record.text, compileDefinitions(record.text));
      }
      const model = observeModel(compileDefinitions, 100_000);
      try {
        known.push({ seed, records, programs, observations: records.map((record) => model.apply(record)) });
      } catch (error) {
        if (!(error instanceof TooExpensive)) throw error;
      }
    }
  }, 300_000);

  test.each(MUTATIONS)(
    '$mistake',
    (mutation) => {
      const found = known.find((each) => noticed(mutation, each));
      expect(found?.seed).toBeDefined();
    },
    120_000,
  );
});

/** Whether the wrong engine says something else than the model; cases in which it is told the same are left out. */
function noticed(mutation: Mutation, known: Known): boolean {
  const program = mutation.program ?? ((same: Program) => same);
  const record = mutation.record ?? ((same: LogRecord) => same);
  const programs = new Map([...known.programs].map(([text, right]) => [text, program(right)]));
  const records = known.records.map(record);
  const toldTheSame =
    isDeepStrictEqual(records, known.records) &&
    [...programs].every(([text, wrong]) => isDeepStrictEqual(wrong, known.programs.get(text)));
  if (toldTheSame) return false;
  const engine = observeEngine((text) => programs.get(text) ?? program(compileDefinitions(text)));
  return records.some((each, index) => !isDeepStrictEqual(engine.apply(each), known.observations[index]));
}
