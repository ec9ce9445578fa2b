/** What is counted a tenant and calendar month (UTC). */
export const USAGE_METRICS = [
  'requests',
  'records',
  'bytes',
  'decisions',
  'queries',
  'edges',
  'alerts',
  'deliveries',
] as const;
export type UsageMetric = (typeof USAGE_METRICS)[number];

export interface UsageFigure {
  readonly metric: UsageMetric;
  readonly used: number;
  /** null: no quota. */
  readonly limit: number | null;
}

/** What the tenant has used, and how much it may. Counting is in memory; the catalog hears of it every few seconds. */
export interface UsageStore {
  /** Counts; never throws. */
  count(metric: UsageMetric, amount: number): void;
  /** Takes one request. Throws RATE_LIMITED (retryAfterMs). */
  admitRequest(): void;
  /** Takes so many records of so many bytes, before they are appended. Throws RATE_LIMITED, QUOTA_EXCEEDED. */
  admitRecords(records: number, bytes: number): void;
  /** Milliseconds to wait before so many records would be taken without an error: for bodies that stream. */
  recordsDelayMs(records: number): number;
  /** Takes a place of a subscription until it is released. Throws QUOTA_EXCEEDED. */
  openSubscription(): { release(): void };
  /** The current month. */
  current(): Promise<readonly UsageFigure[]>;
  /** By day (`2026-11-22`, UTC), oldest first, both days inclusive. */
  history(
    fromDay: string,
    untilDay: string,
  ): Promise<readonly { readonly day: string; readonly metric: UsageMetric; readonly used: number }[]>;
}
