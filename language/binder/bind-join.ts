import { LIMITS } from '../../core/limits.ts';
import { TIMESTAMPTZ } from '../../core/types.ts';
import type { Join } from '../ast.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { Expr, JoinOperator } from '../plan.ts';
import { type BoundRelation, type Catalog, reportTooManyColumns } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { ExpressionBinder } from './expression-binder.ts';
import { conjunction, conjuncts, someExpr } from './expression-tree.ts';
import type { Pipeline, PipelineColumn } from './pipeline.ts';
import { noAggregates } from './row-scope.ts';

/** JOIN of a stream with a table: appends the table's columns to the row. */
export function bindJoin(join: Join, pipeline: Pipeline, catalog: Catalog, diagnostics: Diagnostics): void {
  const table = catalog.relation(join.table, 'table');
  const qualifier = (join.alias ?? join.table).name;
  if (table === null) {
    pipeline.append([], qualifier);
    return;
  }
  if (pipeline.columns.some((column) => column.qualifier === qualifier)) {
    diagnostics.duplicate('relation in FROM', join.alias ?? join.table);
    return;
  }
  const width = pipeline.columns.length;
  if (width + table.columns.length > LIMITS.relationColumnsMax) {
    reportTooManyColumns(join.table.at, diagnostics);
    pipeline.append([], qualifier);
    return;
  }
  const isTable = checkJoined(join, table, diagnostics);
  const version = bindVersion(join, table, pipeline, diagnostics);
  const appended = joinedColumns(join, table, qualifier, pipeline, version);
  pipeline.append(appended, table.open ? qualifier : null);
  const scope = pipeline.scope(diagnostics, noAggregates(diagnostics, 'ON'));
  const predicate = new ExpressionBinder(diagnostics, scope).bindCondition(join.on, 'ON');
  if (predicate === null || !isTable || version === null) return;
  const { on, residual } = splitOn(predicate, width, table);
  if (on.length === 0) {
    diagnostics.invalid(
      `the ON of a join has to equate a column of ${qualifier} with a value of the stream`,
      join.on.at,
      `Write ON stream.column = ${qualifier}.${table.columns[table.key[0] ?? 0]?.name ?? 'id'}.`,
    );
    return;
  }
  addOperator(join, table, pipeline, { on, residual, version, width });
}

function addOperator(
  join: Join,
  table: BoundRelation,
  pipeline: Pipeline,
  made: {
    readonly on: JoinOperator['on'];
    readonly residual: Expr | null;
    readonly version: JoinOperator['version'];
    readonly width: number;
  },
): void {
  const { on, residual, version } = made;
  const outer = join.kind === 'left';
  const content = [
    'join',
    pipeline.rows,
    table.rows,
    outer,
    on.map(({ probe, column }) => [pipeline.contentOf(probe), table.columns[column]?.content]),
    residual === null ? null : pipeline.contentOf(residual),
    version.kind === 'current' ? null : pipeline.contentOf(version.time),
  ];
  pipeline.rows = fingerprintOf(content);
  pipeline.operators.push({
    kind: 'join',
    fingerprint: fingerprintOf([pipeline.view, pipeline.rows]),
    table: table.ref.name,
    outer,
    on,
    residual,
    version,
  });
  const whole = table.key.every((column) => on.some((pair) => pair.column === column));
  if (!whole) pipeline.key = [...pipeline.key, ...table.key.map((column) => made.width + column)];
}

/** Whether the joined relation can be joined; reported otherwise. */
function checkJoined(join: Join, table: BoundRelation, diagnostics: Diagnostics): boolean {
  if (table.ref.kind === 'table') return true;
  if (table.ref.kind === 'view' && table.changes) {
    diagnostics.notBuilt(
      'a join with a view over a table',
      join.table.at,
      'Join the table, and put the condition in ON.',
    );
  } else {
    diagnostics.notBuilt('a join of two streams', join.table.at, 'Join a stream with a table.');
  }
  return false;
}

function bindVersion(
  join: Join,
  table: BoundRelation,
  pipeline: Pipeline,
  diagnostics: Diagnostics,
): JoinOperator['version'] | null {
  const { version } = join;
  if (version === null) {
    if (table.ref.kind === 'table') {
      diagnostics.invalid(
        'a join with a table has to say which version of its rows',
        join.at,
        'Write FOR SYSTEM_TIME AS OF PROCTIME() after the table, or AS OF s.at.',
      );
    }
    return null;
  }
  if (version.kind === 'current') return version;
  const scope = pipeline.scope(diagnostics, noAggregates(diagnostics, 'AS OF'));
  const time = new ExpressionBinder(diagnostics, scope).bindAs(
    version.time,
    TIMESTAMPTZ,
    'the time of AS OF',
  );
  if (table.plan !== null && 'versionTime' in table.plan && table.plan.versionTime === null) {
    diagnostics.invalid(
      `the rows of ${table.ref.name} have no time from which they are valid`,
      version.time.at,
      `Add WATERMARK FOR column to ${table.ref.name}, or join AS OF PROCTIME().`,
    );
    return null;
  }
  return time === null ? null : { kind: 'asOf', time };
}

function joinedColumns(
  join: Join,
  table: BoundRelation,
  qualifier: string,
  pipeline: Pipeline,
  version: JoinOperator['version'] | null,
): PipelineColumn[] {
  const how = version?.kind === 'asOf' ? pipeline.contentOf(version.time) : 'current';
  return table.columns.map((column) => ({
    ...column,
    qualifier,
    nullable: column.nullable || join.kind === 'left',
    content: fingerprintOf(['joined', pipeline.rows, column.content, qualifier, how]),
  }));
}

/** Equalities of a table column with a value of the stream, and the rest of the predicate. */
function splitOn(
  predicate: Expr,
  width: number,
  table: BoundRelation,
): { on: { probe: Expr; column: number }[]; residual: Expr | null } {
  const on: { probe: Expr; column: number }[] = [];
  const rest: Expr[] = [];
  for (const conjunct of conjuncts(predicate)) {
    const pair = equatedColumn(conjunct, width, table.columns.length);
    if (pair === null || on.some(({ column }) => column === pair.column)) rest.push(conjunct);
    else on.push(pair);
  }
  return { on, residual: conjunction(rest) };
}

function equatedColumn(conjunct: Expr, width: number, count: number): { probe: Expr; column: number } | null {
  if (conjunct.kind !== 'call' || conjunct.name !== 'equal') return null;
  const [left, right] = conjunct.args as [Expr, Expr];
  for (const [a, b] of [
    [left, right],
    [right, left],
  ] as const) {
    const column = tableColumn(a, width, count);
    const usesTable = someExpr(b, (expr) => expr.kind === 'column' && expr.index >= width);
    if (column !== null && !usesTable) return { probe: b, column };
  }
  return null;
}

/** The table's column that an expression is: itself, or an INTEGER one widened to BIGINT (their values compare). */
function tableColumn(expr: Expr, width: number, count: number): number | null {
  if (expr.kind === 'cast' && expr.type.kind === 'bigint' && expr.argument.type.kind === 'integer') {
    return tableColumn(expr.argument, width, count);
  }
  if (expr.kind !== 'column' || expr.index < width || expr.index >= width + count) return null;
  return expr.index - width;
}
