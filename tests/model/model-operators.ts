import type { Aggregate, JoinOperator, Operator, OverOperator, WindowOperator } from '../../language/plan.ts';
import { aggregate } from './model-aggregates.ts';
import { evaluate, rowScope } from './model-expressions.ts';
import { compareLists, compareThings, type Scalar } from './model-values.ts';

export type ModelRow = readonly Scalar[];

/** A row on its way through a view; `revision` is above 0 for the correction of a window that has fired. */
export interface FlowingRow {
  readonly row: ModelRow;
  readonly revision: bigint;
}

/** Every row that an OVER or a window has taken in, in order of arrival, and what a window has fired. */
export interface OperatorState {
  readonly rows: readonly ModelRow[];
  readonly fired: readonly {
    readonly end: bigint;
    readonly group: ModelRow;
    readonly rows: number;
    readonly revision: bigint;
  }[];
}

export const EMPTY_OPERATOR: OperatorState = { rows: [], fired: [] };

/** One version of a table row: an upsert, or a delete (`row` then holds the key at least). */
export interface Version {
  readonly row: ModelRow;
  readonly deleted: boolean;
}

/** What a join looks up. */
export interface TableContent {
  readonly key: readonly number[];
  readonly width: number;
  readonly current: readonly ModelRow[];
  readonly versionTime: number | null;
  /** In order of arrival. */
  readonly versions: readonly Version[];
}

/** A filter or projection: the row after it, or null. */
export function passThrough(operator: Operator, row: ModelRow): ModelRow | null {
  if (operator.kind === 'filter') return evaluate(operator.predicate, rowScope(row)) === true ? row : null;
  if (operator.kind === 'project') {
    return operator.expressions.map((expression) => evaluate(expression, rowScope(row)) as Scalar);
  }
  throw new Error(`${operator.kind} does more than pass rows through`);
}

/** The rows that a row becomes in a join, in the order of the table's key. */
export function join(operator: JoinOperator, row: ModelRow, table: TableContent): ModelRow[] {
  const candidates =
    operator.version.kind === 'current'
      ? table.current
      : validAt(table, evaluate(operator.version.time, rowScope(row)) as bigint | null);
  const keyOf = (candidate: ModelRow) => table.key.map((column) => candidate[column] ?? null);
  const matches = candidates
    .filter((candidate) =>
      operator.on.every(({ probe, column }) => {
        const wanted = evaluate(probe, rowScope(row));
        const found = candidate[column] ?? null;
        return wanted !== null && found !== null && compareThings(wanted, found) === 0;
      }),
    )
    .sort((a, b) => compareLists(keyOf(a), keyOf(b)))
    .map((candidate) => [...row, ...candidate])
    .filter((joined) => operator.residual === null || evaluate(operator.residual, rowScope(joined)) === true);
  if (matches.length > 0 || !operator.outer) return matches;
  return [[...row, ...new Array<null>(table.width).fill(null)]];
}

/** For each key the version with the greatest version time up to `time` (of equals the one that came last). */
function validAt(table: TableContent, time: bigint | null): ModelRow[] {
  const { versionTime } = table;
  if (time === null || versionTime === null) return [];
  const keyOf = (row: ModelRow) => table.key.map((column) => row[column] ?? null);
  const begun = table.versions.filter(({ row }) => {
    const from = row[versionTime] ?? null;
    return from !== null && (from as bigint) <= time;
  });
  return begun
    .filter(({ row }, index) =>
      begun.every((other, otherIndex) => {
        if (otherIndex === index || compareLists(keyOf(other.row), keyOf(row)) !== 0) return true;
        const order = compareThings(other.row[versionTime] ?? null, row[versionTime] ?? null);
        return order < 0 || (order === 0 && otherIndex < index);
      }),
    )
    .filter(({ deleted }) => !deleted)
    .map(({ row }) => row);
}

/** OVER: the row with its aggregates, over what has arrived; and the state with it. */
export function over(operator: OverOperator, state: OperatorState, row: ModelRow): [ModelRow, OperatorState] {
  const rows = [...state.rows, row];
  const partitionOf = (of: ModelRow) =>
    operator.partition.map((expression) => evaluate(expression, rowScope(of)));
  const timeOf = (of: ModelRow) => of[operator.time] as bigint;
  const mine = partitionOf(row);
  // In (time, arrival) order up to this row, which of all rows with its time came last.
  const before = rows
    .filter((other) => compareLists(partitionOf(other), mine) === 0 && timeOf(other) <= timeOf(row))
    .map((other, arrival) => ({ other, arrival }))
    .sort((a, b) => compareThings(timeOf(a.other), timeOf(b.other)) || a.arrival - b.arrival)
    .map(({ other }) => other);
  const added = operator.windows.flatMap(({ frame, aggregates }) => {
    let framed: ModelRow[];
    if (frame.kind === 'range') {
      const { precedingMicros } = frame;
      framed = before.filter(
        (other) => precedingMicros === null || timeOf(other) >= timeOf(row) - BigInt(precedingMicros),
      );
    } else {
      framed = frame.preceding === null ? before : before.slice(-(frame.preceding + 1));
    }
    return aggregates.map((each) => aggregateRows(each, framed));
  });
  return [[...row, ...added], { ...state, rows }];
}

function aggregateRows(plan: Aggregate, rows: readonly ModelRow[]): Scalar {
  const { argument, filter } = plan;
  const values = rows
    .filter((row) => filter === null || evaluate(filter, rowScope(row)) === true)
    .map((row) => (argument === null ? true : evaluate(argument, rowScope(row))));
  const from = argument?.type ?? { kind: 'boolean' as const };
  return aggregate(plan.name, plan.distinct, argument === null, from, plan.type, values) as Scalar;
}

/**
 * The rows of windows that are due: each (window, group) whose end the watermark has reached and that holds rows it
 * has not fired with. Ordered by window end, then group.
 */
export function fireWindows(
  operator: WindowOperator,
  state: OperatorState,
  watermark: bigint,
): [FlowingRow[], OperatorState] {
  const due: { start: bigint; end: bigint; group: Scalar[]; rows: ModelRow[] }[] = [];
  for (const row of state.rows) {
    const group = operator.group.map((expression) => evaluate(expression, rowScope(row)) as Scalar);
    for (const start of windowStarts(operator, row[operator.time] as bigint)) {
      const end = start + BigInt(operator.sizeMicros);
      if (end > watermark) continue;
      const known = due.find((other) => other.end === end && compareLists(other.group, group) === 0);
      if (known === undefined) due.push({ start, end, group, rows: [row] });
      else known.rows.push(row);
    }
  }
  due.sort((a, b) => compareThings(a.end, b.end) || compareLists(a.group, b.group));
  let { fired } = state;
  const out: FlowingRow[] = [];
  for (const { start, end, group, rows } of due) {
    const before = fired.find((other) => other.end === end && compareLists(other.group, group) === 0);
    if (before !== undefined && before.rows === rows.length) continue;
    const revision = before === undefined ? 0n : before.revision + 1n;
    fired = [...fired.filter((other) => other !== before), { end, group, rows: rows.length, revision }];
    const aggregates = operator.aggregates.map((each) => aggregateRows(each, rows));
    out.push({ row: [...group, start, end, revision, ...aggregates], revision });
  }
  return [out, { ...state, fired }];
}

/** Starts of all windows [start, start + size) that hold the time. */
function windowStarts(operator: WindowOperator, time: bigint): bigint[] {
  const slide = BigInt(operator.slideMicros);
  const size = BigInt(operator.sizeMicros);
  const offset = BigInt(operator.offsetMicros);
  const starts: bigint[] = [];
  let start = time - ((((time - offset) % slide) + slide) % slide);
  for (; start + size > time; start -= slide) starts.push(start);
  return starts;
}
