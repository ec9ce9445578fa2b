import { LIMITS } from '../../core/limits.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';

/** What is timed, by what the caller waited for. */
export type Timed = 'decide' | 'write' | 'query';

/** One second of a tenant, once it is over. */
export interface SeriesPoint {
  /** Milliseconds since 1970, a whole second. */
  readonly atMs: number;
  readonly eventsPerSecond: number;
  readonly decisionsPerSecond: number;
  readonly alertsPerSecond: number;
  readonly lag: number;
  /** Median and 99th percentile in milliseconds; null where nothing was timed. */
  readonly timings: Readonly<Record<Timed, { readonly p50Ms: number; readonly p99Ms: number } | null>>;
}

/** Durations of one second that are kept to take percentiles of; more are sampled evenly. */
const SAMPLES_MAX = 512;

/** Seconds without any request after which a tenant is looked at no more, until the next. */
const QUIET_SECONDS = 10;

interface Totals {
  readonly accepted: number;
  readonly decisions: number;
  readonly alerts: number;
}

interface TenantState {
  points: SeriesPoint[];
  samples: Record<Timed, Samples>;
  last: { readonly totals: Totals; readonly atMs: number } | null;
  quietSeconds: number;
}

/**
 * Figures of each tenant, second by second, for charts. Requests are timed as they end; counts are taken from the engine once a
 * second while a tenant is in use. In memory only.
 */
export class ServiceSeries {
  readonly #engines: EngineHost;
  readonly #nowMs: () => number;
  readonly #tenants = new Map<TenantId, TenantState>();
  readonly #timer: NodeJS.Timeout | null;
  #ticking = false;

  /** `nowMs`: the clock; one that is given is ticked by whoever gives it (`tick`). */
  constructor(engines: EngineHost, nowMs: (() => number) | null = null) {
    this.#engines = engines;
    this.#nowMs = nowMs ?? Date.now;
    this.#timer = nowMs === null ? setInterval(() => void this.tick(), 1000) : null;
    this.#timer?.unref();
  }

  /** Notes that a request of the tenant took so long. Never throws; costs next to nothing. */
  timed(tenant: TenantId, what: Timed, durationMs: number): void {
    const state = this.#state(tenant);
    state.quietSeconds = 0;
    state.samples[what].add(durationMs);
  }

  /** The tenant's seconds since `sinceMs`, oldest first; those in which nothing happened are left out. */
  points(tenant: TenantId, sinceMs: number): readonly SeriesPoint[] {
    this.#state(tenant).quietSeconds = 0;
    return this.#state(tenant).points.filter(({ atMs }) => atMs >= sinceMs);
  }

  /** Ends a second. */
  async tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      const used = [...this.#tenants].filter(([, state]) => state.quietSeconds <= QUIET_SECONDS);
      await Promise.all(used.map(([tenant, state]) => this.#endSecond(tenant, state)));
    } finally {
      this.#ticking = false;
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #state(tenant: TenantId): TenantState {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const state: TenantState = { points: [], samples: newSamples(), last: null, quietSeconds: 0 };
    this.#tenants.set(tenant, state);
    return state;
  }

  async #endSecond(tenant: TenantId, state: TenantState): Promise<void> {
    const { samples, last } = state;
    state.samples = newSamples();
    state.quietSeconds++;
    const atMs = this.#nowMs();
    const progress = await this.#engines
      .engine(tenant)
      .progress()
      .catch(() => null);
    if (progress === null) return;
    const { counters, lag } = progress;
    const totals: Totals = {
      accepted: counters.accepted,
      decisions: sum(Object.values(counters.decisions).flatMap((outcomes) => Object.values(outcomes))),
      alerts: counters.alerts,
    };
    state.last = { totals, atMs };
    // The first look at a tenant tells only where it stands.
    if (last === null || atMs <= last.atMs) return;
    const perSecond = (now: number, before: number): number =>
      Math.max(0, ((now - before) * 1000) / (atMs - last.atMs));
    const point: SeriesPoint = {
      atMs: Math.floor(last.atMs / 1000) * 1000,
      eventsPerSecond: perSecond(totals.accepted, last.totals.accepted),
      decisionsPerSecond: perSecond(totals.decisions, last.totals.decisions),
      alertsPerSecond: perSecond(totals.alerts, last.totals.alerts),
      lag: lag.records,
      timings: {
        decide: samples.decide.percentiles(),
        write: samples.write.percentiles(),
        query: samples.query.percentiles(),
      },
    };
    state.points.push(point);
    const oldestMs = atMs - LIMITS.seriesSecondsKept * 1000;
    if ((state.points[0]?.atMs ?? atMs) < oldestMs) {
      state.points = state.points.filter((one) => one.atMs >= oldestMs);
    }
  }
}

function newSamples(): Record<Timed, Samples> {
  return { decide: new Samples(), write: new Samples(), query: new Samples() };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Up to SAMPLES_MAX durations: when there are more, every second one goes, and then only every second one comes. */
class Samples {
  #kept: number[] = [];
  #every = 1;
  #skipped = 0;

  add(durationMs: number): void {
    if (++this.#skipped < this.#every) return;
    this.#skipped = 0;
    this.#kept.push(durationMs);
    if (this.#kept.length < SAMPLES_MAX) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }

  percentiles(): { readonly p50Ms: number; readonly p99Ms: number } | null {
    if (this.#kept.length === 0) return null;
    const sorted = this.#kept.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
