import { present } from '../../core/assert.ts';
import type { Row, Value } from '../../core/types.ts';
import type { JoinOperator } from '../../language/plan.ts';
import { compileAll, compileExpression, compilePredicate } from '../expression/compile.ts';
import { EMPTY, type EvaluationErrors } from '../expression/evaluate.ts';
import { valuesKey } from '../state/row-key.ts';
import type { RowSink } from './sink.ts';
import type { TableState } from './table-state.ts';

/**
 * Stream with table: each row goes on once for every row of the table that matches, with its columns appended, in the
 * table's key order; with `outer` once with NULLs where none does. What has gone on is not altered by later changes.
 */
export class JoinStage implements RowSink {
  readonly #next: RowSink;
  readonly #table: TableState;
  readonly #outer: boolean;
  readonly #probes: readonly ((row: Row) => Value)[];
  readonly #columns: readonly number[];
  readonly #byPrimaryKey: boolean;
  readonly #residual: ((row: Row) => boolean) | null;
  readonly #timeOf: ((row: Row) => number | null) | null;

  constructor(plan: JoinOperator, table: TableState, errors: EvaluationErrors, next: RowSink) {
    const context = { errors, elements: null };
    this.#next = next;
    this.#table = table;
    this.#outer = plan.outer;
    this.#residual = plan.residual === null ? null : compilePredicate(plan.residual, context);
    const key = table.plan.key;
    const pairs = [...plan.on].sort((a, b) => a.column - b.column);
    const columns = new Set(pairs.map(({ column }) => column));
    this.#byPrimaryKey = pairs.length === key.length && key.every((column) => columns.has(column));
    const ordered = this.#byPrimaryKey
      ? key.map((column) => present(pairs.find((pair) => pair.column === column)))
      : pairs;
    this.#columns = ordered.map(({ column }) => column);
    this.#probes = compileAll(
      ordered.map(({ probe }) => probe),
      context,
    );
    if (plan.version.kind === 'asOf') {
      const time = compileExpression(plan.version.time, context);
      this.#timeOf = (row) => time(row, EMPTY, EMPTY) as number | null;
    } else this.#timeOf = null;
    if (!this.#byPrimaryKey) table.indexOn(this.#columns, this.#timeOf !== null);
  }

  push(row: Row, revision: boolean): void {
    let matched = false;
    if (this.#byPrimaryKey) {
      const found = this.#findOne(row);
      if (found !== null) matched = this.#emit(row, found, revision);
    } else {
      for (const found of this.#findMany(row)) if (this.#emit(row, found, revision)) matched = true;
    }
    if (!matched && this.#outer) this.#next.push(this.#withNulls(row), revision);
  }

  #findOne(row: Row): Row | null {
    const key = valuesKey(this.#probes.map((probe) => probe(row)));
    if (key === null) return null;
    if (this.#timeOf === null) return this.#table.find(key);
    const time = this.#timeOf(row);
    return time === null ? null : this.#table.findAsOf(key, time);
  }

  #findMany(row: Row): readonly Row[] {
    const values = this.#probes.map((probe) => probe(row));
    if (this.#timeOf === null) return this.#table.lookup(this.#columns, values, null);
    const time = this.#timeOf(row);
    return time === null ? [] : this.#table.lookup(this.#columns, values, time);
  }

  #emit(row: Row, found: Row, revision: boolean): boolean {
    const joined: Value[] = [];
    for (let n = 0; n < row.length; n++) joined.push(row[n] as Value);
    for (let n = 0; n < found.length; n++) joined.push(found[n] as Value);
    if (this.#residual !== null && !this.#residual(joined)) return false;
    this.#next.push(joined, revision);
    return true;
  }

  #withNulls(row: Row): Row {
    return [...row, ...this.#table.plan.columns.map(() => null)];
  }
}
