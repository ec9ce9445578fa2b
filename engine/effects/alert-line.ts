import { toJson } from '../../core/format-value.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Column } from '../../language/plan.ts';
import type { AlertOutcome, RuleOutcome } from '../dag/rule-outcome.ts';

/** Writes a row as a JSON object, column by name in declared order, whatever the names are. */
export function compileRowJson(columns: readonly Column[]): (row: Row) => string {
  const parts = columns.map(({ name, type }, n) => ({
    start: `${n === 0 ? '' : ','}${JSON.stringify(name)}:`,
    type,
  }));
  return (row) => {
    let text = '{';
    for (let n = 0; n < parts.length; n++) {
      const { start, type } = parts[n] as (typeof parts)[number];
      text += start + JSON.stringify(toJson(type, (row[n] ?? null) as Value));
    }
    return `${text}}`;
  };
}

/** What an alert says beside its outcome. */
export interface AlertFrame {
  readonly id: string;
  readonly rule: string;
  readonly version: number;
  readonly severity: string;
  readonly position: number;
  /** Event time of the triggering row, microseconds. */
  readonly timeMicros: number | null;
  /** The triggering row as JSON. */
  readonly valuesJson: string;
}

/** The one line of an alert. The fields stand in this order for good: `--alerts` promises the bytes. */
export function alertLine(frame: AlertFrame, alert: AlertOutcome, outcome: RuleOutcome): string {
  const paths = alert.paths.map(({ name, vertices, edges, values }) => ({ name, vertices, edges, values }));
  const trace = outcome.trace.map(({ task, why, rows, edgesVisited }) => ({ task, why, rows, edgesVisited }));
  const time = frame.timeMicros === null ? null : formatTimestamp(frame.timeMicros);
  return [
    `{"id":${JSON.stringify(frame.id)}`,
    `"rule":${JSON.stringify(frame.rule)}`,
    `"version":${frame.version}`,
    `"key":${JSON.stringify(alert.key)}`,
    `"time":${JSON.stringify(time)}`,
    `"severity":${JSON.stringify(frame.severity)}`,
    `"position":${frame.position}`,
    `"partial":${outcome.partial}`,
    `"paths":${JSON.stringify(paths)}`,
    `"values":${frame.valuesJson}`,
    `"trace":${JSON.stringify(trace)}}`,
  ].join(',');
}
