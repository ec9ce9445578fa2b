import type { Sql } from '../core/ports/catalog.ts';
import type { EngineProgress } from '../core/ports/engine.ts';
import type { TenantId } from '../core/tenant-id.ts';

/**
 * What is counted a tenant and day (UTC). Three sources:
 *
 * - the log (records, duplicates, late, refused, decisions, alerts, suppressed; of `edges` those of rules, of `rejected` those
 *   that the fold refuses): its totals are the same on every replay, and the days add up to them, whatever was killed when;
 * - the transaction that stores attempts (attempts, deliveries): counted with them or not at all;
 * - memory (requests, bytes, queries; of `edges` those of queries, of `rejected` rows that never come into the log).
 */
export const USAGE_METRICS = [
  'requests',
  'records',
  'bytes',
  'rejected',
  'duplicates',
  'late',
  'refused',
  'decisions',
  'queries',
  'edges',
  'alerts',
  'suppressed',
  'attempts',
  'deliveries',
] as const;
export type UsageMetric = (typeof USAGE_METRICS)[number];

/** What requests are counted by, in memory. */
export type CountedPart = 'requests' | 'bytes' | 'queries' | 'queryEdges' | 'rejectedRows';

/** What the log tells, since its beginning. */
export type LogPart =
  | 'records'
  | 'duplicates'
  | 'late'
  | 'refused'
  | 'decisions'
  | 'alerts'
  | 'suppressed'
  | 'ruleEdges'
  | 'rejectedRecords';
export type LogTotals = Readonly<Record<LogPart, number>>;

/** What is counted where attempts are stored. */
export type DeliveryPart = 'attempts' | 'deliveries';

/** A figure of a day. */
export interface UsageAmount {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  readonly part: CountedPart | DeliveryPart;
  readonly amount: number;
}

/** Parts that are told together; every other part is a metric of its own. */
const PARTS: Readonly<Record<string, UsageMetric>> = {
  queryEdges: 'edges',
  ruleEdges: 'edges',
  rejectedRows: 'rejected',
  rejectedRecords: 'rejected',
};

/** The metric that a stored part belongs to. */
export function metricOf(part: string): UsageMetric {
  return PARTS[part] ?? (part as UsageMetric);
}

/** What an engine tells of its log, as usage is counted. */
export function logTotals({ counters }: Pick<EngineProgress, 'counters'>): LogTotals {
  const { accepted, duplicates, late, refused, alerts, suppressed, edgesVisited } = counters;
  return {
    // A duplicate was taken in and has its record, though no position.
    records: accepted + duplicates,
    duplicates,
    late,
    refused,
    alerts,
    suppressed,
    decisions: Object.values(counters.decisions).reduce((sum, counts) => sum + sumOf(counts), 0),
    ruleEdges: edgesVisited,
    rejectedRecords: sumOf(counters.rejected),
  };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Adds amounts to their days. */
export async function addUsage(sql: Sql, tenant: TenantId, amounts: readonly UsageAmount[]): Promise<void> {
  const added = amounts.filter(({ amount }) => amount > 0);
  if (added.length === 0) return;
  await sql.query(
    `INSERT INTO usage_days (tenant_id, day, metric, amount)
     SELECT $1, day, part, sum(amount)
     FROM json_to_recordset($2::json) AS figure (day DATE, part TEXT, amount BIGINT) GROUP BY day, part
     ORDER BY day, part
     ON CONFLICT (tenant_id, day, metric) DO UPDATE SET amount = usage_days.amount + excluded.amount`,
    [tenant, JSON.stringify(added)],
  );
}

/**
 * Adds to the day what all days together lack of the log's totals; how many records that was. A log that is behind what was
 * counted (it is being folded again) adds nothing.
 */
export async function raiseToLog(
  sql: Sql,
  tenant: TenantId,
  day: string,
  totals: LogTotals,
): Promise<number> {
  const rows = await sql.query(
    `WITH lacking AS (
       SELECT log.part, log.total - coalesce((SELECT sum(amount) FROM usage_days
         WHERE tenant_id = $1 AND metric = log.part), 0) AS amount
       FROM json_to_recordset($3::json) AS log (part TEXT, total BIGINT)
     ), added AS (
       INSERT INTO usage_days (tenant_id, day, metric, amount)
       SELECT $1, $2::date, part, amount FROM lacking WHERE amount > 0
       ON CONFLICT (tenant_id, day, metric) DO UPDATE SET amount = usage_days.amount + excluded.amount
     )
     SELECT amount::bigint AS amount FROM lacking WHERE part = 'records' AND amount > 0`,
    [tenant, day, JSON.stringify(Object.entries(totals).map(([part, total]) => ({ part, total })))],
  );
  return Number(rows[0]?.amount ?? 0);
}
