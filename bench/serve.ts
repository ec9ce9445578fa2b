import { type Calibration, calibrate, describeNoise } from './calibration.ts';
import { benchDecide, type DecideFigures } from './decide.ts';
import { median, printTable, quantile, short, spread } from './figures.ts';
import { readTransfers } from './rings-work.ts';
import { benchServeIngest, type IngestRound } from './serve-ingest.ts';
import { benchStart, type StartFigures } from './serve-start.ts';
import { benchSubscribers, type SubscriberFigures } from './serve-subscribers.ts';
import { benchTenants, type TenantsFigures } from './serve-tenants.ts';

/** AMLSim's stream so many times over: about half a million transfers. */
const REPEATS = 4;

/** A figure beside what it has to come to, which it may not be above, or not below. */
interface Claim {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly limit: { readonly atMost: number } | { readonly atLeast: number } | null;
  readonly noise: number | null;
}

/**
 * The service as its users meet it, over HTTP: rows in batches, decisions, subscribers, tenants beside each other, starts,
 * memory. Beside every part the machine is measured, so that its own drift can be told apart. One table at the end.
 */
export async function benchServe(amlsim: string): Promise<Record<string, unknown>> {
  const transfers = readTransfers(amlsim, REPEATS);
  const moments: Calibration[] = [];
  const between = async <T>(part: string, work: () => Promise<T>): Promise<T> => {
    console.error(`\n-- ${part}`);
    moments.push(await calibrate());
    return await work();
  };
  const start = await between('starts and memory', () => benchStart(transfers));
  const ingest = await between('batches of rows', () => benchServeIngest(transfers));
  const decide = await between('decisions', () => benchDecide());
  const subscribers = await between('subscribers', () => benchSubscribers());
  const tenants = await between('tenants', () => benchTenants());
  moments.push(await calibrate());

  const claims = [
    ...ingestClaims(ingest),
    ...decideClaims(decide, moments),
    ...subscriberClaims(subscribers),
    ...tenantClaims(tenants),
    ...startClaims(start),
  ];
  console.error('\n-- the service in one table');
  printTable([
    ['', 'figure', 'noise', 'asked for', 'ratio'],
    ...claims.map(({ what, figure, unit, limit, noise }) => [
      what,
      `${short(figure)} ${unit}`,
      noise === null ? '' : `${short(100 * noise)} %`,
      limit === null ? '' : limitText(limit),
      limit === null ? '' : short(figure / boundOf(limit)),
    ]),
  ]);
  console.error(`the machine, at ${moments.length} moments: ${describeNoise(moments)}`);
  return { events: transfers.count, moments, start, ingest, decide, subscribers, tenants };
}

type Limit = NonNullable<Claim['limit']>;

function boundOf(limit: Limit): number {
  return 'atMost' in limit ? limit.atMost : limit.atLeast;
}

function limitText(limit: Limit): string {
  return `${'atMost' in limit ? 'at most' : 'at least'} ${short(boundOf(limit))}`;
}

function ingestClaims(found: Readonly<Record<string, readonly IngestRound[]>>): Claim[] {
  return Object.entries(found).flatMap(([variant, rounds]): Claim[] => {
    const durable = rounds.map(({ durablePerSecond }) => durablePerSecond);
    const whole = rounds.map(({ wholePerSecond }) => wholePerSecond);
    return [
      {
        what: `${variant}: durable`,
        figure: median(durable),
        unit: 'events/s',
        limit: { atLeast: 30_000 },
        noise: spread(durable),
      },
      {
        what: `${variant}: folded, alerts in the catalog`,
        figure: median(whole),
        unit: 'events/s',
        limit: null,
        noise: spread(whole),
      },
    ];
  });
}

function decideClaims(found: readonly DecideFigures[], moments: readonly Calibration[]): Claim[] {
  const sync = (of: (moment: Calibration) => number): number => median(moments.map(of));
  return [
    {
      what: 'disk: a page written and synced, p50',
      figure: sync(({ syncMs }) => syncMs),
      unit: 'ms',
      limit: null,
      noise: null,
    },
    {
      what: 'disk: a page written and synced, p99',
      figure: sync(({ syncP99Ms }) => syncP99Ms),
      unit: 'ms',
      limit: null,
      noise: null,
    },
    ...found.flatMap(({ way, rate, beside, p50Ms, p99Ms, withoutSyncP99Ms }): Claim[] => {
      const what = `decide by ${way} at ${short(rate)}/s beside ${beside}`;
      const atMost = beside === 'nothing' ? { atMost: rate > 500 ? 5 : 10 } : null;
      return [
        { what: `${what}: p50`, figure: p50Ms, unit: 'ms', limit: null, noise: null },
        { what: `${what}: p99`, figure: p99Ms, unit: 'ms', limit: atMost, noise: null },
        {
          what: `${what}: p99 less the commit`,
          figure: withoutSyncP99Ms,
          unit: 'ms',
          limit: null,
          noise: null,
        },
      ];
    }),
  ];
}

function subscriberClaims({ subscribers, missing, p50Ms, p99Ms, kilobytesEach }: SubscriberFigures): Claim[] {
  const what = `${short(subscribers)} subscribers`;
  return [
    { what: `${what}: messages missing`, figure: missing, unit: '', limit: { atMost: 0 }, noise: null },
    { what: `${what}: event to subscriber, p50`, figure: p50Ms, unit: 'ms', limit: null, noise: null },
    {
      what: `${what}: event to subscriber, p99`,
      figure: p99Ms,
      unit: 'ms',
      limit: { atMost: 1000 },
      noise: null,
    },
    { what: `${what}: memory each`, figure: kilobytesEach, unit: 'KB', limit: null, noise: null },
  ];
}

function tenantClaims({ one, many, ratio, cpuRatio }: TenantsFigures): Claim[] {
  const rates = [...one, ...many].map(({ eventsPerSecond }) => eventsPerSecond);
  return [
    {
      what: '64 tenants over 1: events/s',
      figure: ratio,
      unit: 'times',
      limit: { atLeast: 0.8 },
      noise: spread(rates),
    },
    { what: '64 tenants over 1: CPU an event', figure: cpuRatio, unit: 'times', limit: null, noise: null },
  ];
}

function startClaims(start: StartFigures): Claim[] {
  const { firstSeconds, servingSeconds, tenantSeconds, events, keptStateBytes, keptEdges } = start;
  const megabytes = (what: string, bytes: number): Claim => ({
    what,
    figure: bytes / 2 ** 20,
    unit: 'MB',
    limit: null,
    noise: null,
  });
  return [
    { what: 'first start to serving', figure: firstSeconds, unit: 's', limit: null, noise: null },
    {
      what: 'further starts to serving, slowest',
      figure: quantile(servingSeconds, 1),
      unit: 's',
      limit: { atMost: 3 },
      noise: spread(servingSeconds),
    },
    {
      what: `further starts until a tenant with ${short(events)} events answers`,
      figure: median(tenantSeconds),
      unit: 's',
      limit: null,
      noise: spread(tenantSeconds),
    },
    megabytes('memory of the process, no events', start.emptyBytes),
    megabytes(`memory of the process, ${short(events)} events`, start.loadedBytes),
    megabytes('memory of the process, at most', start.peakBytes),
    megabytes('state a million live transfers', (keptStateBytes / Math.max(1, keptEdges)) * 1e6),
  ];
}
