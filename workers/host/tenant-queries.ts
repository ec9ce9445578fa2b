import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { nearestName } from '../../core/nearest-name.ts';
import { parseText } from '../../core/parse-value.ts';
import type { JsonValue, QueryAnswer, QueryRequest } from '../../core/ports/engine.ts';
import { type SqlType, typeName, type Value } from '../../core/types.ts';
import { type CompiledQuery, compileQuery } from '../../engine/dag/query-runner.ts';
import type { Fold } from '../../engine/fold.ts';
import { parseDefinitions } from '../../language/parse.ts';
import type { Program, QueryPlan } from '../../language/plan.ts';
import type { Statement } from '../../language/ast.ts';
import type { Turns } from '../stream/turns.ts';
import { bindQueryText } from './query-text.ts';

interface Prepared {
  readonly plan: QueryPlan;
  readonly compiled: CompiledQuery;
}

/** For each edge of its budget, hops that a query given as text may try over edges that it has read. */
const HOPS_PER_EDGE = 10;

/**
 * Runs queries on the state of one fold, a query in a turn, between slices of folding: each sees the state at one
 * record. Prepared queries are kept until definitions change.
 */
export class TenantQueries {
  readonly #turns: Turns;
  #program: Program | null = null;
  #statements: readonly Statement[] | null = null;
  readonly #prepared = new Map<string, Prepared>();
  #evaluationErrors: Record<string, number> = {};
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `turns` are the queries' own, beside those of the fold. */
  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Answers after the queries that wait. See TenantEngine.query. */
  run(fold: Fold, request: QueryRequest): Promise<QueryAnswer> {
    if (this.#waiting >= LIMITS.queriesWaitingMax) {
      return Promise.reject(new RingwatchError('QUERY_BUSY', { waiting: this.#waiting }));
    }
    this.#waiting++;
    const answer = this.#last.then(() => this.#inTurn(fold, request));
    this.#last = answer.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return answer;
  }

  async #inTurn(fold: Fold, request: QueryRequest): Promise<QueryAnswer> {
    let answer: QueryAnswer | null = null;
    await this.#turns.take(false, () => {
      answer = this.#answer(fold, request);
    });
    return present<QueryAnswer>(answer, 'an answer');
  }

  #answer(fold: Fold, request: QueryRequest): QueryAnswer {
    const { plan, compiled } = this.#prepare(fold, request);
    const parameters = readParameters(plan, request.parameters);
    this.#evaluationErrors = {};
    const result = compiled.run(parameters, {
      rowsMax: Math.min(request.rowsMax ?? LIMITS.queryRowsMax, LIMITS.queryRowsMax),
      elementsMax: request.graph === true ? LIMITS.queryElementsMax : null,
    });
    const { columns, rows, elements, truncated, partial, edgesVisited, trace } = result;
    return {
      columns: columns.map(({ name, type }) => ({ name, type, typeName: typeName(type) })),
      rows,
      graph: elements,
      position: fold.position,
      partial,
      truncated,
      edgesVisited,
      evaluationErrors: this.#evaluationErrors,
      trace,
    };
  }

  #prepare(fold: Fold, { query, parameters }: QueryRequest): Prepared {
    if (this.#program !== fold.program) {
      this.#program = fold.program;
      this.#statements = null;
      this.#prepared.clear();
    }
    const types = query.kind === 'text' ? typesKey(parameters) : '';
    const key = JSON.stringify([query, types]);
    const known = this.#prepared.get(key);
    // What was used last goes last.
    this.#prepared.delete(key);
    const prepared = known ?? this.#compile(fold, query, parameters);
    this.#prepared.set(key, prepared);
    if (this.#prepared.size > LIMITS.queriesCompiledMax) {
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined) this.#prepared.delete(oldest);
    }
    return prepared;
  }

  #compile(fold: Fold, query: QueryRequest['query'], parameters: QueryRequest['parameters']): Prepared {
    const errors = {
      count: (code: string): void => {
        this.#evaluationErrors[code] = (this.#evaluationErrors[code] ?? 0) + 1;
      },
    };
    const graphOf = (plan: QueryPlan) => present(fold.graph(plan.job.graph), 'the graph that a query uses');
    if (query.kind === 'saved') {
      const plan = findQuery(fold.program, query.name);
      return { plan, compiled: compileQuery(plan, graphOf(plan), errors) };
    }
    this.#statements ??= parseDefinitions(fold.definitions).statements;
    const plan = bindQueryText(query, parameters, this.#statements);
    const hopsMax = HOPS_PER_EDGE * (plan.job.budgetEdges ?? LIMITS.queryEdgesDefault);
    return { plan, compiled: compileQuery(plan, graphOf(plan), errors, hopsMax) };
  }
}

/** What decides on the types of a text's parameters: their names and the forms of their values. */
function typesKey(parameters: QueryRequest['parameters']): string {
  return JSON.stringify(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value,
      Number.isInteger(value),
      typeof value === 'number' && Math.abs(value) < 2 ** 31,
    ]),
  );
}

/** The query of a name. Throws UNKNOWN_NAME with the nearest one. */
function findQuery({ queries }: Program, name: string): QueryPlan {
  const folded = name.toLowerCase();
  const found =
    queries.find((query) => query.name === name) ??
    queries.find((query) => query.name.toLowerCase() === folded);
  if (found !== undefined) return found;
  const near = nearestName(
    name,
    queries.map((query) => query.name),
  );
  throw new RingwatchError(
    'UNKNOWN_NAME',
    { what: 'query', name },
    { hint: near === null ? null : `Did you mean ${near}?` },
  );
}

/** Values in the order of the plan's parameters. Throws PARAMETER_INVALID, UNKNOWN_NAME, VALUE_…. */
function readParameters(plan: QueryPlan, given: Readonly<Record<string, JsonValue>>): Value[] {
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const values = plan.parameters.map(({ name, type, hasDefault, default: otherwise }): Value => {
    const json = byName.get(name.toLowerCase());
    byName.delete(name.toLowerCase());
    if (json !== undefined) return readParameter(name, type, json);
    if (hasDefault) return otherwise;
    throw new RingwatchError('PARAMETER_INVALID', { name, reason: 'it is missing' });
  });
  for (const name of byName.keys()) {
    const near = nearestName(
      name,
      plan.parameters.map((parameter) => parameter.name),
    );
    const hint = near === null ? null : `Did you mean ${near}?`;
    throw new RingwatchError('UNKNOWN_NAME', { what: 'parameter', name: name.slice(0, 64) }, { hint });
  }
  return values;
}

/** A JSON value as one of the type: exact numbers beyond 32 bits are texts. */
function readParameter(name: string, type: SqlType, json: JsonValue): Value {
  if (json === null) return null;
  if (typeof json === 'object')
    throw new RingwatchError('PARAMETER_INVALID', { name, reason: 'it is no single value' });
  if (typeof json === 'boolean' && type.kind === 'boolean') return json;
  return parseText(type, String(json));
}
