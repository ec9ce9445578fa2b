import type { GraphElements } from '../../core/graph-elements.ts';
import type { Row, SqlType } from '../../core/types.ts';
import type { QueryPlan } from '../../language/plan.ts';
import { EMPTY, type EvaluationErrors } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { WorkWatch } from '../kernels/work-budget.ts';
import { Job } from './job.ts';
import { ResultElements } from './result-elements.ts';
import { resultJson } from './result-json.ts';
import type { ResultJson, TraceEntry } from './rule-outcome.ts';

/** A query, ready to run. One run at a time. */
export interface CompiledQuery {
  /** `parameters` in declared order, of their types. */
  run(parameters: Row, wanted?: WantedResult): QueryResult;
}

/** How much of a result is wanted: all rows, and no elements, without it. */
export interface WantedResult {
  readonly rowsMax?: number;
  /** Characters of the rows as JSON at most, the first row aside: those beyond are left out. */
  readonly charsMax?: number;
  /** Vertices and edges at most that the rows name; null: none are wanted. */
  readonly elementsMax?: number | null;
}

/** What a query returns. Plain data. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  /** Whether rows or elements were left out. */
  readonly truncated: boolean;
  readonly elements: GraphElements | null;
  /** Values of each row in the order of the columns. */
  readonly rows: readonly (readonly ResultJson[])[];
  readonly trace: readonly TraceEntry[];
  readonly edgesVisited: number;
  /** Whether BUDGET or the row limit ended the query early. */
  readonly partial: boolean;
  /** Whether the watch ended it: the result is then of no use. */
  readonly interrupted: boolean;
}

/**
 * Compiles a query over its graph. Failed evaluations are counted in `errors`; `hopsMax` is the most that it may try
 * beside its budget; `watch` is asked between slices of its work.
 */
export function compileQuery(
  plan: QueryPlan,
  graph: GraphView,
  errors: EvaluationErrors,
  hopsMax?: number,
  watch: WorkWatch | null = null,
): CompiledQuery {
  const job = new Job(plan.job, graph, errors, `query ${plan.name}`, hopsMax, watch);
  const columns = returnedColumns(plan);
  return {
    run(
      parameters,
      { rowsMax = Number.POSITIVE_INFINITY, charsMax = Number.POSITIVE_INFINITY, elementsMax = null } = {},
    ) {
      const all = job.run(parameters, EMPTY);
      const { interrupted } = job.budget;
      const found = interrupted ? [] : all;
      const elements = elementsMax === null ? null : new ResultElements(graph, elementsMax);
      const rows: (readonly ResultJson[])[] = [];
      let chars = 0;
      for (const { slots, items } of found.slice(0, rowsMax)) {
        const values = new Map(
          (items ?? []).map(({ name, slot, value }) => [name, resultJson(value.type, slots[slot], graph)]),
        );
        const row = columns.map(({ name }) => values.get(name) ?? null);
        if (charsMax !== Number.POSITIVE_INFINITY) chars += JSON.stringify(row).length;
        if (chars > charsMax && rows.length > 0) break;
        for (const { slot, value } of items ?? []) elements?.add(value.type, slots[slot]);
        rows.push(row);
      }
      return {
        columns,
        rows,
        elements: elements?.describe() ?? null,
        truncated: rows.length < found.length || (elements?.truncated ?? false),
        trace: job.traceEntries(),
        edgesVisited: job.budget.visited,
        partial: job.partial,
        interrupted,
      };
    },
  };
}

/** Columns of every RETURN of the query, in order of first mention. */
function returnedColumns(plan: QueryPlan): QueryResult['columns'] {
  const columns = new Map<string, SqlType>();
  const visit = (clauses: QueryPlan['job']['clauses']): void => {
    for (const clause of clauses) {
      if (clause.kind === 'branch') for (const { clauses: inner } of clause.branches) visit(inner);
      if (clause.kind !== 'return') continue;
      for (const { name, value } of clause.items) if (!columns.has(name)) columns.set(name, value.type);
    }
  };
  visit(plan.job.clauses);
  return [...columns].map(([name, type]) => ({ name, type }));
}
