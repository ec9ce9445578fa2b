import { LIMITS } from '../../core/limits.ts';
import { TEXT } from '../../core/types.ts';
import type { Expression, Select } from '../ast.ts';
import type { Column, Expr } from '../plan.ts';
import { reportTooManyColumns } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { ExpressionBinding } from './expression-binding.ts';
import type { Pipeline } from './pipeline.ts';

/** One column of a SELECT list before the last projection. */
export interface Item {
  readonly name: string;
  /** Null where it was reported. */
  readonly expr: Expr | null;
  /** Whether the name is taken from the expression, and as wrong as it may be. */
  readonly implied: boolean;
}

/** The SELECT list with stars expanded and every column named. */
export function bindItems(
  select: Select,
  pipeline: Pipeline,
  binder: ExpressionBinding,
  diagnostics: Diagnostics,
): readonly Item[] {
  const items: Item[] = [];
  const names = new Set<string>();
  const add = (item: Item, at: Expression['at']): void => {
    if (items.length >= LIMITS.relationColumnsMax) {
      reportTooManyColumns(at, diagnostics);
      return;
    }
    if (names.has(item.name))
      diagnostics.report(
        'DUPLICATE_NAME',
        { what: 'column', name: item.name },
        at,
        'Name one of them with AS.',
      );
    else items.push(item);
    names.add(item.name);
  };
  for (const item of select.items) {
    if (item.kind === 'expression') {
      const expr = binder.bind(item.value);
      const name = item.alias?.name ?? impliedName(item.value);
      if (name === null) diagnostics.invalid('this column has no name', item.at, 'Name it with AS.');
      else add({ name, expr, implied: item.alias === null }, item.at);
      continue;
    }
    const { qualifier } = item;
    const chosen = pipeline.columns.flatMap((column, index) =>
      qualifier === null || column.qualifier === qualifier.name ? [{ column, index }] : [],
    );
    if (qualifier !== null && chosen.length === 0 && !pipeline.open.has(qualifier.name)) {
      const known = [...new Set(pipeline.columns.map((column) => column.qualifier))];
      diagnostics.unknown('relation in FROM', qualifier.name, qualifier.at, known);
    }
    for (const { column, index } of chosen) {
      const expr: Expr | null = column.type === null ? null : { kind: 'column', type: column.type, index };
      add({ name: column.name, expr, implied: false }, item.at);
    }
  }
  return items;
}

/** PostgreSQL's names of unnamed columns: the column's or function's own. */
function impliedName(node: Expression): string | null {
  switch (node.kind) {
    case 'name':
      return node.parts.at(-1)?.name ?? null;
    case 'call':
      return node.name.at(-1)?.name ?? null;
    case 'cast':
      return impliedName(node.argument);
    default:
      return null;
  }
}

/** Ends the pipeline with the SELECT list. Columns that failed keep their name, without a type. */
export function projectItems(items: readonly Item[], pipeline: Pipeline): void {
  const contents = items.map(({ expr }) => (expr === null ? '' : contentOfItem(expr, pipeline)));
  const failed = new Set(items.flatMap(({ expr }, index) => (expr === null ? [index] : [])));
  const expressions = items.map(
    ({ expr }): Expr => typed(expr ?? { kind: 'literal', type: TEXT, value: null }),
  );
  const columns = expressions.map(
    (expr, index): Column => ({
      name: items[index]?.name ?? '',
      type: expr.type,
      nullable: nullable(expr, pipeline),
    }),
  );
  pipeline.project(columns, expressions, contents);
  if (failed.size === 0) return;
  if (items.some(({ expr, implied }) => expr === null && implied)) pipeline.hideColumns();
  pipeline.columns = pipeline.columns.map((column, index) =>
    failed.has(index) ? { ...column, type: null } : column,
  );
}

/** A column keeps the content it has, so that renaming changes nothing downstream. */
function contentOfItem(expr: Expr, pipeline: Pipeline): string {
  return expr.kind === 'column' ? (pipeline.columns[expr.index]?.content ?? '') : pipeline.contentOf(expr);
}

/** A bare NULL is a TEXT column, as in PostgreSQL. */
function typed(expr: Expr): Expr {
  return expr.type.kind === 'null' ? { kind: 'literal', type: TEXT, value: null } : expr;
}

function nullable(expr: Expr, pipeline: Pipeline): boolean {
  if (expr.kind === 'column') return pipeline.columns[expr.index]?.nullable ?? true;
  return expr.kind !== 'literal' || expr.value === null;
}
