import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { invalid } from './fields.ts';
import type { SettingsReader, TenantLimits } from './tenant-settings.ts';
import { TokenBucket } from './token-bucket.ts';

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

/** Metrics that have a monthly quota. */
const QUOTAS: readonly [UsageMetric, 'recordsPerMonth' | 'bytesPerMonth'][] = [
  ['records', 'recordsPerMonth'],
  ['bytes', 'bytesPerMonth'],
];

/**
 * What one tenant uses: rates and quotas are decided here, from memory, and the day's figures are added to the catalog every
 * LIMITS.usageFlushMs. A process that is killed loses the figures since then, never records.
 */
export class TenantMeter implements UsageStore {
  readonly #tenant: TenantId;
  readonly #catalog: Catalog;
  readonly #settings: SettingsReader;
  readonly #nowMs: () => number;
  readonly #requests: TokenBucket;
  readonly #records: TokenBucket;
  /** Counted and not in the catalog yet, by day and metric. */
  #pending = new Map<string, Map<UsageMetric, number>>();
  /** All of `#month`, what is pending included. */
  #used = new Map<UsageMetric, number>();
  #month: string;
  #subscriptions = 0;

  constructor(tenant: TenantId, catalog: Catalog, settings: SettingsReader, nowMs: () => number) {
    this.#tenant = tenant;
    this.#catalog = catalog;
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#month = dayOf(nowMs()).slice(0, 7);
    const { requestsPerSecond, recordsPerSecond } = ratesOf(settings.current().limits);
    this.#requests = new TokenBucket(requestsPerSecond, 2 * requestsPerSecond, nowMs());
    this.#records = new TokenBucket(recordsPerSecond, 2 * recordsPerSecond, nowMs());
  }

  /** Reads what was used this month before the service was started. */
  async load(): Promise<void> {
    for (const { metric, used } of await this.#stored(`${this.#month}-01`, dayOf(this.#nowMs()))) {
      this.#used.set(metric, (this.#used.get(metric) ?? 0) + used);
    }
  }

  count(metric: UsageMetric, amount: number): void {
    if (amount === 0) return;
    const day = dayOf(this.#nowMs());
    this.#turnMonth(day);
    this.#put(day, metric, amount);
    this.#used.set(metric, (this.#used.get(metric) ?? 0) + amount);
  }

  admitRequest(): void {
    const { requestsPerSecond } = this.#resize();
    const waitMs = this.#requests.take(1, this.#nowMs());
    if (waitMs > 0) throw rateLimited('requests', requestsPerSecond, waitMs);
    this.count('requests', 1);
  }

  admitRecords(records: number, bytes: number): void {
    const { recordsPerSecond } = this.#resize();
    this.#turnMonth(dayOf(this.#nowMs()));
    const limits = this.#settings.current().limits;
    for (const [metric, quota] of QUOTAS) {
      const limit = limits[quota];
      if (limit !== null && (this.#used.get(metric) ?? 0) >= limit) {
        throw new RingwatchError('QUOTA_EXCEEDED', { what: `${metric} a month`, limit });
      }
    }
    const waitMs = this.#records.take(records, this.#nowMs());
    if (waitMs > 0) throw rateLimited('records', recordsPerSecond, waitMs);
    this.count('records', records);
    this.count('bytes', bytes);
  }

  recordsDelayMs(): number {
    this.#resize();
    return this.#records.waitMs(this.#nowMs());
  }

  openSubscription(): { release(): void } {
    const limit = this.#settings.current().limits.subscriptions ?? LIMITS.subscriptionsMax;
    if (this.#subscriptions >= limit)
      throw new RingwatchError('QUOTA_EXCEEDED', { what: 'subscriptions', limit });
    this.#subscriptions++;
    let held = true;
    return {
      release: () => {
        if (held) this.#subscriptions--;
        held = false;
      },
    };
  }

  async current(): Promise<readonly UsageFigure[]> {
    this.#turnMonth(dayOf(this.#nowMs()));
    const limits = this.#settings.current().limits;
    const quotas = new Map(QUOTAS.map(([metric, quota]) => [metric, limits[quota]]));
    return USAGE_METRICS.map((metric) => ({
      metric,
      used: this.#used.get(metric) ?? 0,
      limit: quotas.get(metric) ?? null,
    }));
  }

  async history(
    fromDay: string,
    untilDay: string,
  ): Promise<readonly { readonly day: string; readonly metric: UsageMetric; readonly used: number }[]> {
    await this.flush();
    return await this.#stored(checkDay('from', fromDay), checkDay('until', untilDay));
  }

  /** Adds what was counted to the catalog; what cannot be stays counted for the next time. */
  async flush(): Promise<void> {
    const pending = this.#pending;
    if (pending.size === 0) return;
    this.#pending = new Map();
    const figures = [...pending].flatMap(([day, metrics]) =>
      [...metrics].map(([metric, amount]) => ({ day, metric, amount })),
    );
    try {
      await this.#catalog.asTenant(this.#tenant, (sql) =>
        sql.query(
          `INSERT INTO usage_days (tenant_id, day, metric, amount)
           SELECT $1, day, metric, amount
           FROM json_to_recordset($2::json) AS figure (day DATE, metric TEXT, amount BIGINT)
           ON CONFLICT (tenant_id, day, metric) DO UPDATE SET amount = usage_days.amount + excluded.amount`,
          [this.#tenant, JSON.stringify(figures)],
        ),
      );
    } catch (error) {
      for (const { day, metric, amount } of figures) this.#put(day, metric, amount);
      throw error;
    }
  }

  #put(day: string, metric: UsageMetric, amount: number): void {
    const figures = this.#pending.get(day) ?? new Map<UsageMetric, number>();
    figures.set(metric, (figures.get(metric) ?? 0) + amount);
    this.#pending.set(day, figures);
  }

  async #stored(
    fromDay: string,
    untilDay: string,
  ): Promise<readonly { readonly day: string; readonly metric: UsageMetric; readonly used: number }[]> {
    const rows = await this.#catalog.asTenant(this.#tenant, (sql) =>
      sql.query(
        `SELECT day::text AS day, metric, amount FROM usage_days
         WHERE tenant_id = $1 AND day BETWEEN $2::date AND $3::date ORDER BY day, metric`,
        [this.#tenant, fromDay, untilDay],
      ),
    );
    return rows.map((row) => ({
      day: String(row.day),
      metric: row.metric as UsageMetric,
      used: Number(row.amount),
    }));
  }

  #turnMonth(day: string): void {
    if (day.startsWith(this.#month)) return;
    this.#month = day.slice(0, 7);
    this.#used = new Map();
  }

  /** The rates in force, which the buckets are made to follow. */
  #resize(): { readonly requestsPerSecond: number; readonly recordsPerSecond: number } {
    const { requestsPerSecond, recordsPerSecond } = ratesOf(this.#settings.current().limits);
    this.#requests.resize(requestsPerSecond, 2 * requestsPerSecond, this.#nowMs());
    this.#records.resize(recordsPerSecond, 2 * recordsPerSecond, this.#nowMs());
    return { requestsPerSecond, recordsPerSecond };
  }
}

function ratesOf(limits: TenantLimits): {
  readonly requestsPerSecond: number;
  readonly recordsPerSecond: number;
} {
  return {
    requestsPerSecond: limits.requestsPerSecond ?? LIMITS.requestsPerSecond,
    recordsPerSecond: limits.recordsPerSecond ?? LIMITS.recordsPerSecond,
  };
}

function rateLimited(what: string, limit: number, waitMs: number): RingwatchError {
  const retryAfterMs = Number.isFinite(waitMs) ? waitMs : 24 * 60 * 60 * 1000;
  return new RingwatchError('RATE_LIMITED', { what, limit, retryAfterMs });
}

function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** Throws FIELD_INVALID. */
function checkDay(field: string, text: string): string {
  const time = new Date(`${text}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time.getTime()) && dayOf(time.getTime()) === text;
  if (!isDay) throw invalid(field, 'it is no day such as 2026-11-22');
  return text;
}
