import type { FoldCounters } from '../../engine/fold-counters.ts';
import type { InputProgress } from '../../core/record.ts';
import type { Program } from '../../language/plan.ts';

/** What `--report` writes: totals over the log, but `seconds` and `eventsPerSecond`, which are of this run. */
export interface RunReport {
  /** Rows read of all inputs: accepted, duplicates and rejected. */
  readonly events: number;
  readonly accepted: number;
  readonly duplicates: number;
  /** By error code, codes in order. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Among accepted: too late for their source. */
  readonly late: number;
  /** Among accepted: taken back by a rule. */
  readonly refused: number;
  readonly alerts: number;
  readonly suppressed: number;
  /** By DECISION: how many events had each outcome, in the order of OUTCOMES, then `refused`. */
  readonly decisions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Webhooks that rules asked for, by endpoint. */
  readonly webhooks: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly stateHash: string;
  readonly position: number;
  /** Fields of inputs that no column reads, as `relation.field`: in how many rows. */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** Evaluations that failed and became NULL, by code. */
  readonly evaluationErrors: Readonly<Record<string, number>>;
  readonly rules: Readonly<Record<string, RuleReport>>;
}

export interface RuleReport {
  /** Rows for which WHEN held. */
  readonly firings: number;
  /** Graph jobs that ran. */
  readonly jobs: number;
  readonly edgesVisited: number;
  /** Jobs that ended at their BUDGET. */
  readonly partial: number;
}

/** What a report is made from: the parts of the fold that count. */
export interface CountedFold {
  readonly counters: FoldCounters;
  readonly position: number;
  readonly inputProgress: readonly InputProgress[];
  readonly program: Pick<Program, 'decisions'>;
  stateHash(): string;
}

/** The report of a run that read `rows` rows in `seconds`. */
export function buildReport(fold: CountedFold, rows: number, seconds: number): RunReport {
  const { counters } = fold;
  const rejected = new Map(counters.rejected);
  for (const input of fold.inputProgress) {
    for (const [code, count] of Object.entries(input.rejected))
      rejected.set(code, (rejected.get(code) ?? 0) + count);
  }
  const rejectedRows = [...rejected.values()].reduce((sum, count) => sum + count, 0);
  return {
    events: counters.accepted + counters.duplicates + rejectedRows,
    accepted: counters.accepted,
    duplicates: counters.duplicates,
    rejected: sortedCounts(rejected),
    late: counters.late,
    refused: counters.refused,
    alerts: counters.alerts,
    suppressed: counters.suppressed,
    decisions: decisionCounts(fold),
    webhooks: sortedCounts(counters.webhooks),
    seconds: Math.round(seconds * 1000) / 1000,
    eventsPerSecond: seconds > 0 ? Math.round(rows / seconds) : 0,
    stateHash: fold.stateHash(),
    position: fold.position,
    unknownFields: sortedCounts(unknownFields(fold.inputProgress)),
    evaluationErrors: sortedCounts(counters.evaluationErrors),
    rules: Object.fromEntries(
      [...counters.rules].sort(byName).map(([name, counts]) => [name, { ...counts }]),
    ),
  };
}

/** Outcomes that no event had count 0; a decision that is no longer defined keeps what it had. */
function decisionCounts({ program, counters }: CountedFold): Record<string, Record<string, number>> {
  const counts = new Map<string, Record<string, number>>();
  for (const { name, outcomes } of program.decisions) {
    counts.set(name, Object.fromEntries([...outcomes, 'refused'].map((outcome) => [outcome, 0])));
  }
  for (const [name, decided] of counters.decisions) {
    const known = counts.get(name) ?? {};
    counts.set(name, { ...known, ...Object.fromEntries([...decided].sort(byName)) });
  }
  return Object.fromEntries([...counts].sort(byName));
}

function unknownFields(inputs: readonly InputProgress[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const input of inputs) {
    for (const [field, rows] of Object.entries(input.unknownFields ?? {}))
      counts.set(`${input.relation}.${field}`, rows);
  }
  return counts;
}

function sortedCounts(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(byName));
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
