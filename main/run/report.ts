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
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly stateHash: string;
  readonly position: number;
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
