import type { CreateView, Select } from '../ast.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { Column, ViewPlan } from '../plan.ts';
import { bindJoin } from './bind-join.ts';
import { OverCollector } from './bind-over.ts';
import { bindWindowView } from './bind-window.ts';
import type { BoundColumn, BoundRelation, Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { ExpressionBinder } from './expression-binder.ts';
import { BACKFILL, Options } from './options.ts';
import { Pipeline } from './pipeline.ts';
import { noAggregates } from './row-scope.ts';
import { bindItems, projectItems } from './select-items.ts';

/** CREATE VIEW. Null where the relation that it reads is unknown; errors leave the plan null. */
export function bindView(
  statement: CreateView,
  catalog: Catalog,
  diagnostics: Diagnostics,
): BoundRelation | null {
  const errorsBefore = diagnostics.count;
  const options = new Options(statement.options, { backfill: BACKFILL }, 'a view', diagnostics);
  const { select } = statement;
  const from = select.from;
  const input = catalog.relation(from.kind === 'relation' ? from.name : from.relation);
  if (input === null) return null;
  const relationName = from.kind === 'relation' ? from.name : from.relation;
  const pipeline = new Pipeline(statement.name.name, input, (from.alias ?? relationName).name);
  const windowed = from.kind === 'window';
  refuseForTables(select, input, diagnostics);
  for (const join of select.joins) bindJoin(join, pipeline, catalog, diagnostics);
  bindWhere(select, pipeline, diagnostics);
  if (windowed) bindWindowView(select, from, input, pipeline, diagnostics);
  else bindRows(select, input, pipeline, diagnostics);
  const columns = pipeline.columns.map(
    ({ name, type, nullable, content }): BoundColumn => ({ name, type, nullable, content }),
  );
  return relation(statement, input, pipeline, columns, {
    windowed: windowed || input.windowed,
    failed: diagnostics.count > errorsBefore,
    backfill: options.text('backfill') === 'log',
  });
}

function relation(
  statement: CreateView,
  input: BoundRelation,
  pipeline: Pipeline,
  columns: readonly BoundColumn[],
  found: { readonly windowed: boolean; readonly failed: boolean; readonly backfill: boolean },
): BoundRelation {
  const name = statement.name.name;
  const whole = !found.failed && input.root !== null && !columns.some(({ type }) => type === null);
  const plan: Omit<ViewPlan, 'fingerprint'> | null = whole
    ? {
        name,
        input: input.ref,
        operators: pipeline.operators,
        columns: columns.map((column) => ({
          name: column.name,
          type: column.type as Column['type'],
          nullable: column.nullable,
        })),
        changes: input.changes,
        root: input.root as NonNullable<typeof input.root>,
        eventTime: pipeline.eventTime,
        key: pipeline.key,
        backfill: found.backfill,
      }
    : null;
  return {
    ref: { kind: 'view', name },
    at: statement.name.at,
    columns,
    open: pipeline.open.size > 0,
    changes: input.changes,
    root: input.root,
    eventTime: pipeline.eventTime,
    key: pipeline.key,
    windowed: found.windowed,
    rows: pipeline.rows,
    plan: plan === null ? null : { ...plan, fingerprint: viewFingerprint(plan, pipeline) },
  };
}

/** The view's name, what flows, and its columns by name and content, which has their types. */
function viewFingerprint(plan: Omit<ViewPlan, 'fingerprint'>, pipeline: Pipeline): string {
  const columns = pipeline.columns.map(({ name, content, nullable }) => `${name}\n${content} ${nullable}`);
  return fingerprintOf([plan.name, pipeline.rows, columns, plan.key, plan.eventTime, plan.backfill]);
}

/** Rows of a table retract: only filters and projections follow that. */
function refuseForTables(select: Select, input: BoundRelation, diagnostics: Diagnostics): void {
  if (!input.changes) return;
  const [join] = select.joins;
  if (join !== undefined) diagnostics.notBuilt('a join in a view over a table', join.at);
  if (select.from.kind === 'window') {
    diagnostics.notBuilt(`${select.from.function.toUpperCase()} over a table`, select.from.at);
  }
}

function bindWhere(select: Select, pipeline: Pipeline, diagnostics: Diagnostics): void {
  if (select.where === null) return;
  const scope = pipeline.scope(diagnostics, noAggregates(diagnostics, 'WHERE'));
  const predicate = new ExpressionBinder(diagnostics, scope).bindCondition(select.where, 'WHERE');
  if (predicate !== null) pipeline.filter(predicate);
}

/** SELECT over rows: columns, expressions, and aggregates with OVER. */
function bindRows(select: Select, input: BoundRelation, pipeline: Pipeline, diagnostics: Diagnostics): void {
  if (select.distinct) diagnostics.notBuilt('SELECT DISTINCT in a view', select.at);
  const [group] = select.groupBy;
  if (group !== undefined) {
    diagnostics.invalid(
      'GROUP BY in a view needs a window',
      group.at,
      "Write FROM TUMBLE(relation, time, INTERVAL '1 hour') or HOP(…), or aggregate with OVER.",
    );
  }
  if (select.having !== null) diagnostics.invalid('HAVING needs GROUP BY', select.having.at);
  if (group !== undefined || select.having !== null) return;
  const over = new OverCollector(select.windows, pipeline, input.windowed, diagnostics);
  const scope = pipeline.scope(diagnostics, (call, name) => over.add(call, name));
  const items = bindItems(select, pipeline, new ExpressionBinder(diagnostics, scope), diagnostics);
  over.checkUnused();
  const placed = over.finish();
  projectItems(
    items.map((item) => ({ ...item, expr: item.expr === null ? null : placed(item.expr) })),
    pipeline,
  );
}
