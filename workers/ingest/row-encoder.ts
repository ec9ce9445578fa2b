import { assert, present } from '../../core/assert.ts';
import { ByteWriter } from '../../core/bytes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseText } from '../../core/parse-value.ts';
import { RowShape } from '../../core/row-codec.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { SqlType, Value } from '../../core/types.ts';
import { compileExpression } from '../../engine/expression/compile.ts';
import { EMPTY, type Evaluate } from '../../engine/expression/evaluate.ts';
import type { Expr, RelationPlan } from '../../language/plan.ts';
import type { JsonNumbers } from './json-numbers.ts';
import type { EncodedPlan } from './encoded-plan.ts';
import { CheckedColumns } from './checked-columns.ts';
import { valueFromJson } from './json-value.ts';
import { decimalFromBytes, integerFromBytes, timestampFromBytes } from './value-bytes.ts';

/** The kinds of record that a row of an input becomes. */
export type RowKind = 'event' | 'rowUpsert' | 'rowDelete' | 'transfer';

const KINDS = { source: 'event', table: 'rowUpsert', transfer: 'transfer' } as const;

/** A generated column that has to be computed before a row can be taken. */
interface GeneratedColumn {
  readonly index: number;
  readonly evaluate: Evaluate;
}

/**
 * Turns the fields of one row after another into the stored row of core/row-codec.ts, and decides whether it may be
 * taken: types, NOT NULL and PRIMARY KEY, the event time and how far it is ahead. Generated columns are computed only
 * where that decision needs them, and are not stored.
 *
 * A row: `begin`, one call of `missing`, `bytes` or `value` for each stored column in order, then `finish`. Each throws
 * the coded error for which the row is rejected; `column` names the column at fault.
 */
export class RowEncoder {
  readonly relation: string;
  readonly isTable: boolean;
  /** What a row is that does not say. */
  readonly kindOfRows: RowKind;
  /** Types of the stored columns: one array for all rows. */
  readonly types: readonly SqlType[];
  /** The stored row, after `finish`. */
  readonly out = new ByteWriter(1024);
  /** Microseconds of the row, after `finish`; -Infinity in a table, and in a source without event time. */
  eventTime = Number.NEGATIVE_INFINITY;
  /** Whether the relation's rows have an event time, by which sources are merged. */
  readonly hasEventTime: boolean;

  readonly #plan: EncodedPlan;
  readonly #shape: RowShape;
  readonly #stored: readonly number[];
  readonly #eventTimeColumn: number;
  readonly #maxAheadMicros: number;
  /** By stored column: whether it may not be NULL; whether its value is needed for generated columns. */
  readonly #required: readonly boolean[];
  readonly #used: readonly boolean[];
  /** By stored column: whether a delete needs it. */
  readonly #inDelete: readonly boolean[];
  readonly #generated: readonly GeneratedColumn[];
  readonly #generatedInDelete: readonly GeneratedColumn[];
  /** The row so far, by column; of stored columns only those used. */
  readonly #row: Value[];
  #kind: RowKind;
  readonly #checked: CheckedColumns;
  #bitmap = 0;
  #at = -1;

  constructor(plan: EncodedPlan) {
    this.#plan = plan;
    this.relation = plan.name;
    this.isTable = plan.kind === 'table';
    this.kindOfRows = KINDS[plan.kind];
    this.#kind = this.kindOfRows;
    this.#checked = new CheckedColumns(plan);
    this.#stored = plan.stored;
    this.types = plan.stored.map((index) => present(plan.columns[index]).type);
    this.#shape = RowShape.of(this.types);
    const eventTime = plan.kind === 'source' ? plan.eventTime : null;
    this.hasEventTime = eventTime !== null;
    this.#eventTimeColumn = eventTime?.column ?? -1;
    this.#maxAheadMicros = plan.kind === 'source' ? plan.maxAheadMicros : 0;
    const required = plan.columns.flatMap((column, index) => (column.nullable ? [] : [index]));
    const decisive = new Set([...required, ...(eventTime === null ? [] : [eventTime.column])]);
    const used = columnsBehind(plan, decisive);
    const usedInDelete = columnsBehind(plan, new Set(plan.key));
    this.#required = plan.stored.map((index) => decisive.has(index));
    this.#used = plan.stored.map((index) => used.has(index));
    this.#inDelete = plan.stored.map((index) => usedInDelete.has(index));
    this.#generated = generatedAmong(plan, used);
    this.#generatedInDelete = generatedAmong(plan, usedInDelete);
    this.#row = new Array<Value>(plan.columns.length).fill(null);
  }

  /** The column that the last call was about; null for the row as a whole. */
  get column(): string | null {
    return this.#at < 0 ? null : present(this.#plan.columns[this.#at]).name;
  }

  get kind(): RowKind {
    return this.#kind;
  }

  begin(kind: RowKind): void {
    this.#kind = kind;
    this.#at = -1;
    this.out.clear();
    this.#bitmap = this.#shape.startRow(this.out);
  }

  /** Whether the row at hand takes a value for the stored column: a delete takes the key alone. */
  takes(stored: number): boolean {
    return this.#kind !== 'rowDelete' || (this.#inDelete[stored] as boolean);
  }

  /** NULL. */
  missing(stored: number): void {
    const index = this.#stored[stored] as number;
    this.#at = index;
    if (this.takes(stored)) {
      if (this.#required[stored]) this.#refuseNull(index);
      this.#row[index] = null;
    }
    this.#shape.markNull(this.out, this.#bitmap, stored);
  }

  /** A value of the column's type, not NULL. */
  value(stored: number, value: Exclude<Value, null>): void {
    this.#at = this.#stored[stored] as number;
    if (this.#used[stored]) this.#row[this.#at] = value;
    if (this.#kind !== 'rowDelete') this.#checked.value(this.#at, value);
    this.#shape.encodeValue(this.out, stored, value);
  }

  /** A value as text. Throws VALUE_…. */
  text(stored: number, text: string): void {
    this.#at = this.#stored[stored] as number;
    const value = parseText(this.types[stored] as SqlType, text) as Exclude<Value, null>;
    this.#checked.written(this.#at, text);
    this.value(stored, value);
  }

  /** A value of JSON, not null; see valueFromJson. Throws VALUE_…. */
  json(stored: number, json: unknown, numbers: JsonNumbers, field: string): void {
    this.#at = this.#stored[stored] as number;
    const value = valueFromJson(this.types[stored] as SqlType, json, numbers, field);
    this.#checked.written(this.#at, json, numbers, field);
    this.value(stored, value);
  }

  /** A value as text: valid UTF-8 from `start` to `end`, all below 128 if `ascii`. Throws VALUE_…. */
  bytes(stored: number, bytes: Buffer, start: number, end: number, ascii: boolean): void {
    const type = this.types[stored] as SqlType;
    let number: number;
    switch (type.kind) {
      case 'text':
        if (this.#used[stored] || end - start > LIMITS.textCharsMax || this.#plan.kind === 'transfer') break;
        this.#at = this.#stored[stored] as number;
        this.out.textBytes(bytes, start, end);
        return;
      case 'integer':
        number = integerFromBytes(bytes, start, end);
        // Within 32 bits: what is beyond is said by the reader of texts.
        if (number === number >> 0) return this.#integer(stored, number);
        break;
      case 'bigint':
        number = integerFromBytes(bytes, start, end);
        if (!Number.isNaN(number)) return this.#integer(stored, number);
        break;
      case 'numeric':
        number = decimalFromBytes(bytes, start, end, type.scale, type.precision);
        if (!Number.isNaN(number)) return this.#integer(stored, number);
        break;
      case 'timestamptz':
        number = timestampFromBytes(bytes, start, end);
        if (!Number.isNaN(number)) return this.#integer(stored, number);
        break;
      default:
    }
    this.text(stored, bytes.toString(ascii ? 'latin1' : 'utf8', start, end));
  }

  #integer(stored: number, value: number): void {
    const index = this.#stored[stored] as number;
    this.#at = index;
    if (this.#used[stored]) this.#row[index] = value;
    if (this.#kind !== 'rowDelete') this.#checked.value(index, value);
    this.out.integer(value);
  }

  /** Decides on the row as a whole, which arrives at `arrivalMicros`. */
  finish(arrivalMicros: number): void {
    const row = this.#row;
    const isDelete = this.#kind === 'rowDelete';
    for (const { index, evaluate } of isDelete ? this.#generatedInDelete : this.#generated) {
      this.#at = index;
      const value = evaluate(row, EMPTY, EMPTY) as Value;
      row[index] = value;
      const nullable = present(this.#plan.columns[index]).nullable && index !== this.#eventTimeColumn;
      if (value === null && !nullable) this.#refuseNull(index);
    }
    if (this.#eventTimeColumn < 0) return;
    this.#at = this.#eventTimeColumn;
    const eventTime = row[this.#eventTimeColumn];
    assert(typeof eventTime === 'number', 'an event time is a number of microseconds');
    if (eventTime > arrivalMicros + this.#maxAheadMicros) {
      throw new RingwatchError('EVENT_TOO_FAR_AHEAD', { time: formatTimestamp(eventTime) });
    }
    this.eventTime = eventTime;
  }

  #refuseNull(index: number): never {
    const column = present(this.#plan.columns[index]).name;
    throw new RingwatchError(index === this.#eventTimeColumn ? 'EVENT_TIME_MISSING' : 'VALUE_MISSING', {
      column,
    });
  }
}

/** The columns given, and those that their expressions read, directly or not. */
function columnsBehind(plan: RelationPlan, columns: ReadonlySet<number>): Set<number> {
  const behind = new Set<number>();
  const add = (index: number): void => {
    if (behind.has(index)) return;
    behind.add(index);
    const expr = plan.generated[index];
    if (expr != null) columnsRead(expr).forEach(add);
  };
  columns.forEach(add);
  return behind;
}

/** Every column of the row that an expression of a generated column reads. */
function columnsRead(expr: Expr): number[] {
  const found: number[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      const { kind, index } = node as { kind?: unknown; index?: unknown };
      if (kind === 'column' && typeof index === 'number') found.push(index);
      Object.values(node).forEach(visit);
    }
  };
  visit(expr);
  return found;
}

/** The generated columns among `columns`, in declared order: each sees those before it. */
function generatedAmong(plan: RelationPlan, columns: ReadonlySet<number>): GeneratedColumn[] {
  // An evaluation that fails is NULL, and NULL is what is decided on here; the fold counts the failures of rows it takes.
  const context = { errors: { count: () => undefined }, elements: null };
  return plan.generated.flatMap((expr, index) =>
    expr === null || !columns.has(index) ? [] : [{ index, evaluate: compileExpression(expr, context) }],
  );
}
