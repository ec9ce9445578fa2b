import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import type { JsonValue, QueryRequest } from '../../core/ports/engine.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Statement } from '../../language/ast.ts';
import { bindStatements } from '../../language/binder/bind.ts';
import { parseDefinitions } from '../../language/parse.ts';
import type { QueryPlan } from '../../language/plan.ts';

type TextQuery = Extract<QueryRequest['query'], { readonly kind: 'text' }>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TYPE = /^[A-Za-z]+(?: [A-Za-z]+)?(?:\(\d{1,4}(?:, ?\d{1,4})?\))?$/;

/**
 * Binds a query that is given as text to the definitions in force: it becomes the body of a query of its own, whose
 * parameters are those of the request. `definitions` are the statements in force. Throws QUERY_INVALID with the place
 * in the text, PARAMETER_INVALID.
 */
export function bindQueryText(
  query: TextQuery,
  parameters: Readonly<Record<string, JsonValue>>,
  definitions: readonly Statement[],
): QueryPlan {
  // Whoever compiles it holds up those that share the thread.
  if (Buffer.byteLength(query.text) > LIMITS.queryTextBytesMax) {
    throw new RingwatchError('QUERY_INVALID', {
      reason: `it has more than ${LIMITS.queryTextBytesMax} bytes`,
    });
  }
  const name = unusedName(definitions);
  const head = `CREATE QUERY "${name}" (${parameterList(query, parameters)}) AS `;
  const use =
    query.graph === null || /^\s*USE\b/i.test(query.text)
      ? ''
      : `USE "${query.graph.replaceAll('"', '""')}" `;
  const before = (head + use).length;
  const { statements, errors: parseErrors } = parseDefinitions(`${head}${use}${query.text}`);
  fail(parseErrors, before);
  if (statements.length !== 1) {
    throw new RingwatchError('QUERY_INVALID', { reason: `it has ${statements.length} statements` });
  }
  const { program, errors } = bindStatements([...nameable(definitions), ...statements]);
  fail(errors, before);
  const plan = program?.queries.find((each) => each.name === name);
  if (plan === undefined) throw new RingwatchError('QUERY_INVALID', { reason: 'it is another statement' });
  const asked = plan.job.budgetEdges ?? LIMITS.queryEdgesDefault;
  return { ...plan, job: { ...plan.job, budgetEdges: Math.min(asked, LIMITS.queryEdgesMax) } };
}

/**
 * The plan of a query that the definitions in force name: in written form, or in small letters. Throws UNKNOWN_NAME with
 * the nearest name.
 */
export function bindSavedQuery(name: string, definitions: readonly Statement[]): QueryPlan {
  const queries = definitions.filter(({ kind }) => kind === 'createQuery');
  const folded = name.toLowerCase();
  const found =
    queries.find((query) => query.name.name === name) ??
    queries.find((query) => query.name.name.toLowerCase() === folded);
  if (found === undefined) {
    const hint = nearestHint(
      name,
      queries.map((query) => query.name.name),
    );
    throw new RingwatchError('UNKNOWN_NAME', { what: 'query', name }, { hint });
  }
  const { program } = bindStatements([...nameable(definitions), found]);
  return present(program?.queries[0], 'a query of definitions in force');
}

/** Rules and other queries are nothing that a query can name. */
function nameable(definitions: readonly Statement[]): Statement[] {
  return definitions.filter(({ kind }) => kind !== 'createRule' && kind !== 'createQuery');
}

function unusedName(definitions: readonly Statement[]): string {
  const names = new Set(definitions.map((statement) => statement.name.name));
  let name = 'query';
  while (names.has(name)) name += '_';
  return name;
}

function parameterList({ types }: TextQuery, parameters: Readonly<Record<string, JsonValue>>): string {
  const names = [...new Set([...Object.keys(parameters), ...Object.keys(types ?? {})])];
  return names
    .map((name) => {
      if (!NAME.test(name)) throw invalid(name.slice(0, 64), 'it is no plain name');
      const given = types !== undefined && Object.hasOwn(types, name) ? types[name] : undefined;
      if (given !== undefined && !TYPE.test(given)) throw invalid(name, `${given.slice(0, 64)} is no type`);
      return `"${name.toLowerCase()}" ${given ?? typeOf(name, parameters[name] ?? null)}`;
    })
    .join(', ');
}

/** The type that a JSON value has by itself. */
function typeOf(name: string, value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return 'TEXT';
    case 'boolean':
      return 'BOOLEAN';
    case 'number':
      if (!Number.isInteger(value)) return 'NUMERIC';
      return Math.abs(value) < 2 ** 31 ? 'INTEGER' : 'BIGINT';
    default:
      throw invalid(name, value === null ? 'NULL needs a type' : 'it is no single value');
  }
}

function invalid(name: string, reason: string): RingwatchError {
  return new RingwatchError('PARAMETER_INVALID', { name, reason });
}

/** Throws the first error with its place in the query's own text; one before that is about what was put before it. */
function fail(errors: readonly RingwatchError[], before: number): void {
  const first = errors[0];
  if (first === undefined) return;
  const reason = `${first.code}, ${first.message}`;
  const position = first.position === null ? null : placeInText(first.position, before);
  throw new RingwatchError('QUERY_INVALID', { reason }, { position, hint: first.hint, cause: first });
}

/** What was put before the text stands on its first line. */
function placeInText({ line, column, offset }: SourcePosition, before: number): SourcePosition | null {
  if (offset < before) return null;
  return { line, column: line === 1 ? column - before : column, offset: offset - before };
}
