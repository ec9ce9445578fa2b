import { compileQuery, type QueryResult } from '../../engine/dag/query-runner.ts';
import { present } from '../../core/assert.ts';
import { lookInto } from './open-folder.ts';
import { findQuery, parseQueryParameters } from './query-parameters.ts';

/** What a query gave on a data folder. */
export interface QueryAnswer extends QueryResult {
  readonly query: string;
  /** Position of the state it was answered on. */
  readonly position: number;
  /** Evaluations that failed and became NULL, by code. */
  readonly evaluationErrors: Readonly<Record<string, number>>;
}

/** Runs a query of the definitions in force on a data folder. Throws UNKNOWN_NAME, parameter errors, and as lookInto. */
export function runQuery(folder: string, name: string, parameters: readonly string[]): Promise<QueryAnswer> {
  return lookInto(folder, async ({ fold }) => {
    const plan = findQuery(fold.program, name);
    const values = parseQueryParameters(plan, parameters);
    const graph = present(fold.graph(plan.job.graph), 'the graph that a query uses');
    const evaluationErrors: Record<string, number> = {};
    const errors = {
      count: (code: string): void => {
        evaluationErrors[code] = (evaluationErrors[code] ?? 0) + 1;
      },
    };
    const result = compileQuery(plan, graph, errors).run(values);
    return { query: plan.name, position: fold.position, ...result, evaluationErrors };
  });
}
