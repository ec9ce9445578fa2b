import { RingwatchError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { EngineProgress, TenantMemory } from '../../../core/ports/engine.ts';
import type { TenantLimits } from '../../../tenants/tenant-settings.ts';
import { USAGE_METRICS } from '../../../tenants/usage-days.ts';
import { withTenant } from '../../request-context.ts';
import type { SeriesPoint } from '../../series/service-series.ts';
import type { GraphqlContext } from '../graphql-context.ts';
import type { Plain } from '../resolver-types.ts';
import type { HealthState, UsageMetric } from '../schema-inputs.ts';
import type { ResolverModule } from './resolver-module.ts';

/** How the service is, what was used and what may be. */
export const OPERATIONS_FIELDS: ResolverModule<
  'health' | 'usage' | 'limits' | 'throughput' | 'latency',
  never
> = {
  Query: {
    health: async (_, __, { services, ...context }) => {
      const parts = await services.health();
      const worst = (['DOWN', 'DEGRADED', 'OK'] as const).find((state) =>
        parts.some((part) => part.state === state),
      );
      const state: HealthState = worst ?? 'OK';
      return {
        state,
        parts,
        version: services.version,
        startedAt: services.startedAt,
        engine: async () =>
          context.tenant === null
            ? null
            : engineState(
                await context.loaders.progress(),
                withTenant(context).engine.memory,
                async () => (await context.loaders.describe()).stateBytes,
              ),
      };
    },
    usage: async (_, { from, to }, context) => {
      const { usage } = withTenant(context).tenant;
      const untilDay = dayOf('to', to ?? null, 0);
      const fromDay = dayOf('from', from ?? null, 30);
      const days = (Date.parse(untilDay) - Date.parse(fromDay)) / DAY_MS;
      if (days < 0 || days >= DAYS_MAX) {
        const reason = `from it to \`to\` are not 1 to ${DAYS_MAX} days`;
        throw new RingwatchError('FIELD_INVALID', { field: 'from', reason });
      }
      return {
        figures: (await usage.current()).map(({ metric, used, limit }) => ({
          metric: METRICS[metric],
          used,
          limit,
        })),
        days: async () =>
          (await usage.history(fromDay, untilDay)).map(({ day, metric, used }) => ({
            day,
            metric: METRICS[metric],
            used,
          })),
      };
    },
    limits: async (_, __, context) => {
      const { limits } = await withTenant(context).tenant.settings.get();
      return {
        quotas: (Object.keys(limits) as (keyof TenantLimits)[]).map((name) => ({
          name,
          value: limits[name],
        })),
        service: Object.entries(LIMITS).map(([name, value]) => ({ name, value })),
      };
    },
    throughput: async (_, { seconds }, context) => ({
      stepSeconds: 1,
      points: pointsOf(context, seconds).map(
        ({ atMs, eventsPerSecond, decisionsPerSecond, alertsPerSecond, lag }) => ({
          at: new Date(atMs).toISOString(),
          eventsPerSecond,
          decisionsPerSecond,
          alertsPerSecond,
          lag,
        }),
      ),
    }),
    latency: async (_, { seconds }, context) => ({
      stepSeconds: 1,
      points: pointsOf(context, seconds).filter(wasTimed).map(latencyPoint),
    }),
  },
  Mutation: {},
};

const METRICS = Object.fromEntries(
  USAGE_METRICS.map((metric) => [metric, metric.toUpperCase() as UsageMetric]),
) as Readonly<Record<(typeof USAGE_METRICS)[number], UsageMetric>>;

const DAY_MS = 86_400_000;
const DAYS_MAX = 92;

/** A day, or the one that so many days back is. */
function dayOf(field: string, day: string | null, daysBack: number): string {
  if (day === null) return new Date(Date.now() - daysBack * DAY_MS).toISOString().slice(0, 10);
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(day) : null;
  if (parsed === null || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== day) {
    throw new RingwatchError('FIELD_INVALID', { field, reason: 'it is no day such as 2026-11-22' });
  }
  return day;
}

function engineState(
  progress: EngineProgress,
  memory: TenantMemory | null,
  stateBytes: () => Promise<number>,
): Plain<'EngineState'> {
  const { position, offset, log, lag, definitionsVersion, counters } = progress;
  return {
    position,
    offset,
    durableOffset: log.end,
    lag: lag.records,
    lagMs: lag.ms,
    definitionsVersion,
    stateBytes,
    memoryBytes: memory?.bytes ?? null,
    memoryLimit: memory?.limit ?? null,
    memoryShort: (memory?.short ?? null) !== null,
    accepted: counters.accepted,
    duplicates: counters.duplicates,
    late: counters.late,
    refused: counters.refused,
    rejected: counters.rejected,
    alerts: counters.alerts,
    suppressed: counters.suppressed,
    afterDeadline: counters.afterDeadline,
    decisions: counters.decisions,
  };
}

function pointsOf(context: GraphqlContext, seconds: number | null): readonly SeriesPoint[] {
  const back = seconds ?? 300;
  if (back < 1 || back > LIMITS.seriesSecondsKept) {
    const reason = `it is not between 1 and ${LIMITS.seriesSecondsKept}`;
    throw new RingwatchError('FIELD_INVALID', { field: 'seconds', reason });
  }
  return context.services.series.points(withTenant(context).tenant.id, Date.now() - back * 1000);
}

function wasTimed({ timings }: SeriesPoint): boolean {
  return timings.decide !== null || timings.write !== null || timings.query !== null;
}

function latencyPoint({ atMs, timings }: SeriesPoint): Plain<'LatencyPoint'> {
  return {
    at: new Date(atMs).toISOString(),
    decideP50Ms: timings.decide?.p50Ms ?? null,
    decideP99Ms: timings.decide?.p99Ms ?? null,
    writeP50Ms: timings.write?.p50Ms ?? null,
    writeP99Ms: timings.write?.p99Ms ?? null,
    queryP50Ms: timings.query?.p50Ms ?? null,
    queryP99Ms: timings.query?.p99Ms ?? null,
  };
}
