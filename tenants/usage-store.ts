import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Catalog, Sql } from '../core/ports/catalog.ts';
import type { TenantEngine } from '../core/ports/engine.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { invalid } from './fields.ts';
import { takeTurn } from './store-context.ts';
import type { SettingsReader, TenantLimits } from './tenant-settings.ts';
import { TokenBucket } from './token-bucket.ts';
import {
  addUsage,
  type CountedPart,
  type LogTotals,
  logTotals,
  metricOf,
  raiseToLog,
  USAGE_METRICS,
  type UsageMetric,
} from './usage-days.ts';

export interface UsageFigure {
  readonly metric: UsageMetric;
  readonly used: number;
  /** null: no quota. */
  readonly limit: number | null;
}

/** What the tenant has used, and how much it may. See UsageMetric for where each figure comes from. */
export interface UsageStore {
  /** Counts what only requests tell; never throws. */
  count(part: CountedPart, amount: number): void;
  /** Takes one request. Throws RATE_LIMITED (retryAfterMs). */
  admitRequest(): void;
  /** Takes so many records of so many bytes, before they are appended. Throws RATE_LIMITED, QUOTA_EXCEEDED. */
  admitRecords(records: number, bytes: number): void;
  /** Milliseconds to wait before so many records would be taken without an error: for bodies that stream. */
  recordsDelayMs(records: number): number;
  /** Takes a place of a subscription until it is released. Throws QUOTA_EXCEEDED. */
  openSubscription(): { release(): void };
  /** The current month, up to now. */
  current(): Promise<readonly UsageFigure[]>;
  /** By day (`2026-11-22`, UTC), oldest first, both days inclusive. */
  history(
    fromDay: string,
    untilDay: string,
  ): Promise<readonly { readonly day: string; readonly metric: UsageMetric; readonly used: number }[]>;
}

/** Metrics that have a monthly quota. */
const QUOTAS = [
  ['records', 'recordsPerMonth'],
  ['bytes', 'bytesPerMonth'],
] as const satisfies readonly (readonly [UsageMetric, keyof TenantLimits])[];

/**
 * What one tenant uses. Rates and quotas are decided here, from memory; every LIMITS.usageFlushMs what was counted is added
 * to the catalog's days, and these are raised to what the log says. A process that is killed loses of what is counted in memory
 * what came since then; what the log or the catalog counts, it never loses, nor counts twice.
 *
 * Of several gateways each lets through an equal share of a tenant's own rates and subscriptions, by how many are alive: nothing is
 * asked of anybody before a request, and it does not matter what is lost. Quotas of a month are held against what all have counted,
 * as of the last flush of each.
 */
export class TenantMeter implements UsageStore {
  readonly #tenant: TenantId;
  readonly #catalog: Catalog;
  readonly #engine: Pick<TenantEngine, 'progress'>;
  readonly #settings: SettingsReader;
  readonly #nowMs: () => number;
  /** How many take the tenant's requests; null: this process alone. */
  readonly #gateways: (() => number) | null;
  readonly #requests: TokenBucket;
  readonly #records: TokenBucket;
  /** Counted and not in the catalog yet, by day and part. */
  #pending = new Map<string, Map<CountedPart, number>>();
  /** What the log said when the catalog was last raised to it. */
  #raisedTo: LogTotals | null = null;
  #flushing: Promise<void> = Promise.resolve();
  /** What quotas are held against: all that was let in in `#month`, and at least what the log has of it. */
  #admitted = { records: 0, bytes: 0 };
  /** Records of `#month` that the log is known to have. */
  #logged = 0;
  #month: string;
  #subscriptions = 0;

  constructor(
    tenant: TenantId,
    catalog: Catalog,
    engine: Pick<TenantEngine, 'progress'>,
    settings: SettingsReader,
    nowMs: () => number,
    gateways: (() => number) | null = null,
  ) {
    this.#gateways = gateways;
    this.#tenant = tenant;
    this.#catalog = catalog;
    this.#engine = engine;
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#month = dayOf(nowMs()).slice(0, 7);
    const { requestsPerSecond, recordsPerSecond } = this.#rates();
    this.#requests = new TokenBucket(requestsPerSecond, 2 * requestsPerSecond, nowMs());
    this.#records = new TokenBucket(recordsPerSecond, 2 * recordsPerSecond, nowMs());
  }

  /** Reads what was used this month before the service was started. */
  async load(): Promise<void> {
    for (const { metric, used } of await this.#stored(`${this.#month}-01`, dayOf(this.#nowMs()))) {
      if (metric === 'records') this.#logged += used;
      if (metric === 'records' || metric === 'bytes') this.#admitted[metric] += used;
    }
  }

  count(part: CountedPart, amount: number): void {
    if (amount === 0) return;
    const day = dayOf(this.#nowMs());
    this.#turnMonth(day);
    if (part === 'bytes') this.#admitted.bytes += amount;
    this.#put(day, part, amount);
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
      if (limit !== null && this.#admitted[metric] >= limit) {
        throw new RingwatchError('QUOTA_EXCEEDED', { what: `${metric} a month`, limit });
      }
    }
    const waitMs = this.#records.take(records, this.#nowMs());
    if (waitMs > 0) throw rateLimited('records', recordsPerSecond, waitMs);
    this.#admitted.records += records;
    this.count('bytes', bytes);
  }

  recordsDelayMs(): number {
    this.#resize();
    return this.#records.waitMs(this.#nowMs());
  }

  openSubscription(): { release(): void } {
    const own = this.#settings.current().limits.subscriptions;
    const limit = own ?? LIMITS.subscriptionsMax;
    if (this.#subscriptions >= (own === null ? limit : Math.ceil(this.#share(own))))
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
    await this.flush();
    const day = dayOf(this.#nowMs());
    const used = new Map<UsageMetric, number>();
    for (const figure of await this.#stored(`${day.slice(0, 7)}-01`, day)) {
      used.set(figure.metric, (used.get(figure.metric) ?? 0) + figure.used);
    }
    const limits = this.#settings.current().limits;
    const quotas = new Map<UsageMetric, number | null>(
      QUOTAS.map(([metric, quota]) => [metric, limits[quota]]),
    );
    return USAGE_METRICS.map((metric) => ({
      metric,
      used: used.get(metric) ?? 0,
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

  /**
   * Adds what was counted to the catalog, and raises it to what the log says (where `asksLog`; a tenant that is being opened answers
   * late); what cannot be written stays counted for the next time. Calls take turns.
   */
  flush(asksLog = true): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flush(asksLog));
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  async #flush(asksLog: boolean): Promise<void> {
    const totals = asksLog ? await this.#logTotals() : null;
    const raises = totals !== null && !sameTotals(totals, this.#raisedTo);
    const pending = this.#pending;
    if (pending.size === 0 && !raises) return await this.#followOthers();
    this.#pending = new Map();
    const figures = [...pending].flatMap(([day, parts]) =>
      [...parts].map(([part, amount]) => ({ day, part, amount })),
    );
    const day = dayOf(this.#nowMs());
    let logged = 0;
    try {
      await this.#catalog.asTenant(this.#tenant, async (sql: Sql) => {
        // What the days lack of the log is counted and added: by one at a time.
        if (raises) await takeTurn(sql, this.#tenant);
        await addUsage(sql, this.#tenant, figures);
        if (raises) logged = await raiseToLog(sql, this.#tenant, day, totals);
      });
    } catch (error) {
      for (const { day: on, part, amount } of figures) this.#put(on, part, amount);
      throw error;
    }
    if (raises) this.#raisedTo = totals;
    this.#turnMonth(day);
    this.#logged += logged;
    this.#admitted.records = Math.max(this.#admitted.records, this.#logged);
    await this.#followOthers();
  }

  /** Takes what other gateways have counted this month into account, where there is a quota. */
  async #followOthers(): Promise<void> {
    const { recordsPerMonth, bytesPerMonth } = this.#settings.current().limits;
    if (this.#gateways === null || (recordsPerMonth === null && bytesPerMonth === null)) return;
    const month = this.#month;
    const stored = { records: 0, bytes: 0 };
    for (const { metric, used } of await this.#stored(`${month}-01`, dayOf(this.#nowMs()))) {
      if (metric === 'records' || metric === 'bytes') stored[metric] += used;
    }
    if (month !== this.#month) return;
    const pendingBytes = [...this.#pending.values()].reduce(
      (sum, parts) => sum + (parts.get('bytes') ?? 0),
      0,
    );
    this.#admitted.records = Math.max(this.#admitted.records, stored.records);
    this.#admitted.bytes = Math.max(this.#admitted.bytes, stored.bytes + pendingBytes);
  }

  /** Null while the engine cannot be asked: what the log says then is counted later. */
  async #logTotals(): Promise<LogTotals | null> {
    try {
      return logTotals(await this.#engine.progress());
    } catch (error) {
      if (error instanceof RingwatchError) return null;
      throw error;
    }
  }

  #put(day: string, part: CountedPart, amount: number): void {
    const figures = this.#pending.get(day) ?? new Map<CountedPart, number>();
    figures.set(part, (figures.get(part) ?? 0) + amount);
    this.#pending.set(day, figures);
  }

  async #stored(
    fromDay: string,
    untilDay: string,
  ): Promise<readonly { readonly day: string; readonly metric: UsageMetric; readonly used: number }[]> {
    const rows = await this.#catalog.asTenant(this.#tenant, (sql) =>
      sql.query(
        `SELECT day::text AS day, metric AS part, amount FROM usage_days
         WHERE tenant_id = $1 AND day BETWEEN $2::date AND $3::date ORDER BY day, metric`,
        [this.#tenant, fromDay, untilDay],
      ),
    );
    const figures = new Map<string, { day: string; metric: UsageMetric; used: number }>();
    for (const row of rows) {
      const [day, metric] = [String(row.day), metricOf(String(row.part))];
      const figure = figures.get(`${day} ${metric}`) ?? { day, metric, used: 0 };
      figure.used += Number(row.amount);
      figures.set(`${day} ${metric}`, figure);
    }
    return [...figures.values()];
  }

  #turnMonth(day: string): void {
    if (day.startsWith(this.#month)) return;
    this.#month = day.slice(0, 7);
    this.#admitted = { records: 0, bytes: 0 };
    this.#logged = 0;
  }

  /** The rates in force here, which the buckets are made to follow. */
  #resize(): Rates {
    const { requestsPerSecond, recordsPerSecond } = this.#rates();
    this.#requests.resize(requestsPerSecond, 2 * requestsPerSecond, this.#nowMs());
    this.#records.resize(recordsPerSecond, 2 * recordsPerSecond, this.#nowMs());
    return { requestsPerSecond, recordsPerSecond };
  }

  #rates(): Rates {
    const { requestsPerSecond, recordsPerSecond } = this.#settings.current().limits;
    return {
      requestsPerSecond: this.#share(requestsPerSecond) ?? LIMITS.requestsPerSecond,
      recordsPerSecond: this.#share(recordsPerSecond) ?? LIMITS.recordsPerSecond,
    };
  }

  /** This process's part of what the tenant may in all; limits of the installation are each process's own. */
  #share<L extends number | null>(limit: L): L {
    return (limit === null ? null : limit / (this.#gateways?.() ?? 1)) as L;
  }
}

/** What this process lets through a second, on average. */
interface Rates {
  readonly requestsPerSecond: number;
  readonly recordsPerSecond: number;
}

function rateLimited(what: string, limit: number, waitMs: number): RingwatchError {
  const retryAfterMs = Number.isFinite(waitMs) ? waitMs : 24 * 60 * 60 * 1000;
  return new RingwatchError('RATE_LIMITED', { what, limit: Math.ceil(limit), retryAfterMs });
}

function sameTotals(totals: LogTotals, others: LogTotals | null): boolean {
  return (
    others !== null &&
    Object.entries(totals).every(([part, total]) => others[part as keyof LogTotals] === total)
  );
}

const DAY_MS = 86_400_000;

let lastDay = { number: Number.NaN, text: '' };

/** `2026-11-22`, UTC. Asked for every request, nearly always for the same day. */
function dayOf(nowMs: number): string {
  const number = Math.floor(nowMs / DAY_MS);
  if (number !== lastDay.number) lastDay = { number, text: new Date(nowMs).toISOString().slice(0, 10) };
  return lastDay.text;
}

/** Throws FIELD_INVALID. */
function checkDay(field: string, text: string): string {
  const time = new Date(`${text}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time.getTime()) && dayOf(time.getTime()) === text;
  if (!isDay) throw invalid(field, 'it is no day such as 2026-11-22');
  return text;
}
