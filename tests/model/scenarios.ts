import { formatTimestamp, parseTimestamp } from '../../core/timestamp.ts';
import type { LogRecord } from '../../core/record.ts';
import type { Value } from '../../core/types.ts';
import type { Observation, Observed } from './run-case.ts';

/** Microseconds of a time of 2026-01-01, `mm:ss` or `mm:ss.ffffff`. */
export function clock(text: string): number {
  const micros = parseTimestamp(`2026-01-01T00:${text}Z`);
  if (micros === null) throw new Error(`no time: ${text}`);
  return micros;
}

/** ISO text of a clock time, as alerts print it. */
export function iso(text: string): string {
  return formatTimestamp(clock(text));
}

/** An event that arrives at an hour when nothing is ahead of time. */
export function event(relation: string, ...row: Value[]): LogRecord {
  return { kind: 'event', arrivalMicros: clock('59:59'), relation, row };
}

/** An upsert of a table row. */
export function upsert(relation: string, ...row: Value[]): LogRecord {
  return { kind: 'rowUpsert', arrivalMicros: clock('59:59'), relation, row };
}

/** The delete of a table row; what is not key may be NULL. */
export function remove(relation: string, ...row: Value[]): LogRecord {
  return { kind: 'rowDelete', arrivalMicros: clock('59:59'), relation, row };
}

/** The record by which a text takes effect. */
export function define(text: string): LogRecord {
  return { kind: 'definitions', arrivalMicros: clock('00:00'), text, allowDrop: true };
}

export const END: LogRecord = { kind: 'endOfTime', arrivalMicros: clock('59:59') };

/** Folds the text and then the records; what each of the records led to. */
export function run(fold: Observed, text: string, records: readonly LogRecord[]): Observation[] {
  fold.apply(define(text));
  return records.map((record) => fold.apply(record));
}

/** The edges of every path of every alert, per record: `rule:e1>e2` for each path, merged hops as `e1+e2`. */
export function pathsFound(observations: readonly Observation[]): string[][] {
  return observations.map(({ alerts }) =>
    alerts.flatMap(({ rule, paths }) =>
      (paths as { edges: (string | string[])[] }[]).map(
        ({ edges }) =>
          `${rule}:${edges.map((edge) => (Array.isArray(edge) ? edge.join('+') : edge)).join('>')}`,
      ),
    ),
  );
}

/** The `values` of every alert, per record, only the columns named. */
export function valuesFound(observations: readonly Observation[], ...columns: string[]): unknown[][][] {
  return observations.map(({ alerts }) =>
    alerts.map(({ values }) => columns.map((column) => values[column])),
  );
}

/** The columns beside the path of the first row of the first alert of the last record. */
export function firstRow(observations: readonly Observation[]): unknown {
  const [path] = observations.at(-1)?.alerts[0]?.paths ?? [];
  return (path as { values: unknown } | undefined)?.values;
}
