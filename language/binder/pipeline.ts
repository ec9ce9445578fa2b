import type { SqlType } from '../../core/types.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { Column, Expr, Operator } from '../plan.ts';
import type { BoundRelation } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { contentOf } from './expression-tree.ts';
import { type AggregateRule, RowScope } from './row-scope.ts';

/** A column of the row between two operators. */
export interface PipelineColumn {
  readonly name: string;
  readonly qualifier: string;
  readonly type: SqlType | null;
  readonly nullable: boolean;
  readonly content: string;
}

/**
 * The operators of a view so far, and the shape of the row that leaves the last of them. `rows` and the columns'
 * `content` say what flows, independent of column order and of columns that nobody uses: operators whose state
 * depends on the same flow have the same fingerprint.
 */
export class Pipeline {
  /** The view's name: it keeps the state of two views with equal operators apart. */
  readonly view: string;
  readonly operators: Operator[] = [];
  columns: readonly PipelineColumn[];
  eventTime: number | null;
  /** Null: the key does not identify rows any more. */
  key: readonly number[];
  rows: string;
  readonly open: ReadonlySet<string>;

  constructor(view: string, input: BoundRelation, qualifier: string) {
    this.view = view;
    this.columns = input.columns.map((column) => ({ ...column, qualifier }));
    this.eventTime = input.eventTime;
    this.key = input.key;
    this.rows = input.rows;
    this.open = new Set(input.open ? [qualifier] : []);
  }

  scope(
    diagnostics: Diagnostics,
    aggregates: AggregateRule,
    hidden: readonly PipelineColumn[] = [],
  ): RowScope {
    const columns = hidden.length === 0 ? this.columns : [...this.columns, ...hidden];
    return new RowScope(diagnostics, columns, this.open, aggregates);
  }

  /** What an expression over the current row stands for. */
  contentOf(expr: Expr): string {
    return fingerprintOf(contentOf(expr, (index) => this.columns[index]?.content ?? String(index)));
  }

  filter(predicate: Expr): void {
    this.operators.push({ kind: 'filter', predicate });
    this.rows = fingerprintOf(['filter', this.rows, this.contentOf(predicate)]);
  }

  /** Appends columns to the row; `unsure` names of relations join the open ones. */
  append(columns: readonly PipelineColumn[], openQualifier: string | null = null): void {
    this.columns = [...this.columns, ...columns];
    if (openQualifier !== null) (this.open as Set<string>).add(openQualifier);
  }

  /** Errors hide columns: whatever is looked for and not found may be one of them. */
  hideColumns(): void {
    (this.open as Set<string>).add('');
  }

  /** The last operator: the view's columns. Nothing is added where the row already is what is wanted. */
  project(columns: readonly Column[], expressions: readonly Expr[], contents: readonly string[]): void {
    const isRow =
      expressions.length === this.columns.length &&
      expressions.every((expr, index) => expr.kind === 'column' && expr.index === index);
    if (!isRow) this.operators.push({ kind: 'project', columns, expressions });
    const outputOf = (input: number) =>
      expressions.findIndex((expr) => expr.kind === 'column' && expr.index === input);
    const eventTime = this.eventTime === null ? -1 : outputOf(this.eventTime);
    this.eventTime = eventTime < 0 ? null : eventTime;
    const key = this.key.map(outputOf);
    this.key = key.includes(-1) ? [] : key;
    this.columns = columns.map((column, index) => ({
      ...column,
      qualifier: '',
      content: contents[index] ?? '',
    }));
  }
}
