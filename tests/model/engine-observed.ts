import type { Effect } from '../../core/effects.ts';
import { compileQuery } from '../../engine/dag/query-runner.ts';
import { Fold } from '../../engine/fold.ts';
import type { Program } from '../../language/plan.ts';
import { parametersOf } from './query-answer.ts';
import { type Observed, observedEffects } from './run-case.ts';

/** The engine's fold, observed as the model is. */
export function observeEngine(compile: (text: string) => Program): Observed {
  let effects: Effect[] = [];
  const fold = new Fold({ tenant: 'test', compile, emit: (effect) => effects.push(effect) });
  return {
    apply(record) {
      effects = [];
      fold.apply(record);
      const { accepted, duplicates, late, refused, suppressed } = fold.counters;
      const rejected = [...fold.counters.rejected.values()].reduce((sum, count) => sum + count, 0);
      const counters = { position: fold.position, accepted, duplicates, rejected, late, refused, suppressed };
      return { ...observedEffects(effects), counters };
    },
    ask(first) {
      return fold.program.queries.map((plan) => {
        const graph = fold.graph(plan.job.graph);
        if (graph === null) throw new Error(`no graph ${plan.job.graph}`);
        const { rows } = compileQuery(plan, graph, { count: () => undefined }).run(parametersOf(plan, first));
        return { name: plan.name, rows: JSON.parse(JSON.stringify(rows)) };
      });
    },
  };
}
