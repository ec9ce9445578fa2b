import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../../core/effects.ts';
import type { LogRecord } from '../../core/record.ts';
import type { SqlType, Value } from '../../core/types.ts';
import type { Program } from '../../language/plan.ts';
import type { ModelAlert } from './model-actions.ts';
import { type ModelCounters, type ModelDecision, ModelFold } from './model-fold.ts';
import type { QueryAnswer } from './query-answer.ts';

/** What one record led to, seen from outside. */
export interface Observation {
  readonly alerts: readonly ModelAlert[];
  readonly decisions: readonly ModelDecision[];
  readonly late: readonly { readonly relation: string; readonly position: number }[];
  readonly counters: ModelCounters;
}

/** Where two folds part: the record's number, what differs, and both sides. */
export interface Difference {
  readonly record: number;
  readonly what: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Anything that folds records and can be observed after each, and asked. */
export interface Observed {
  apply(record: LogRecord): Observation;
  /** The rows of every query of the text in force, as JSON by column, with a vertex as parameter. */
  ask(who: (type: SqlType) => Value): readonly QueryAnswer[];
}

/** The naive model, observed. `steps` bounds its brute force; beyond it TooExpensive is thrown. */
export function observeModel(compile: (text: string) => Program, steps: number): Observed {
  const fold = new ModelFold(compile, { left: steps });
  return {
    apply(record) {
      fold.alerts.length = 0;
      fold.decisions.length = 0;
      fold.lateRows.length = 0;
      fold.apply(record);
      return {
        alerts: [...fold.alerts],
        decisions: [...fold.decisions],
        late: [...fold.lateRows],
        counters: { ...fold.counters },
      };
    },
    ask: (first) => fold.ask(first),
  };
}

/** The effects of one record as observations have them: alerts without id and trace. */
export function observedEffects(effects: readonly Effect[]): Omit<Observation, 'counters'> {
  const alerts = effects.flatMap((effect) => {
    if (effect.kind !== 'alert') return [];
    const { id, trace, ...rest } = JSON.parse(effect.line) as ModelAlert & { id: string; trace: unknown };
    return [rest];
  });
  const decisions = effects.flatMap((effect) => {
    if (effect.kind !== 'decision') return [];
    const { decision, position, outcome, rules, key } = effect;
    return [{ decision, position, outcome, rules, key }];
  });
  const late = effects.flatMap((effect) =>
    effect.kind === 'late' ? [{ relation: effect.relation, position: effect.position }] : [],
  );
  return { alerts, decisions, late };
}

/** Runs the records through both and stops at the first difference; null where there is none. */
export function firstDifference(
  records: readonly LogRecord[],
  expected: Observed,
  got: Observed,
): Difference | null {
  for (const [number, record] of records.entries()) {
    const left = expected.apply(record);
    let right: Observation;
    try {
      right = got.apply(record);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      return { record: number, what: 'an exception', expected: 'none', got: stack };
    }
    for (const what of ['counters', 'late', 'decisions', 'alerts'] as const) {
      if (isDeepStrictEqual(left[what], right[what])) continue;
      return { record: number, what, ...narrow(left[what], right[what]) };
    }
    if (record.kind !== 'event' || record.relation !== 'probe') continue;
    const who = (type: SqlType) => (type.kind === 'text' ? 'A' : 1);
    const [answers, given] = [expected.ask(who), got.ask(who)];
    const wrong = answers.findIndex((answer, index) => !isDeepStrictEqual(answer, given[index]));
    if (wrong < 0) continue;
    return { record: number, what: 'query', ...narrow(answers[wrong]?.rows, given[wrong]?.rows) };
  }
  return null;
}

/** Of two lists only the first items that differ, so that messages stay readable. */
function narrow(expected: unknown, got: unknown): { expected: unknown; got: unknown } {
  if (!Array.isArray(expected) || !Array.isArray(got)) return { expected, got };
  const at = expected.findIndex((item, index) => !isDeepStrictEqual(item, got[index]));
  const place = at < 0 ? expected.length : at;
  const sizes = { expectedCount: expected.length, gotCount: got.length };
  return { expected: { ...sizes, first: expected[place] }, got: { ...sizes, first: got[place] } };
}
