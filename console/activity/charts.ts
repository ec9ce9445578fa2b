import type { ActivityResult } from './activity.operations.ts';
import type { ChartLine } from './time-chart.tsx';

/** A chart's content. */
export interface ChartFacts {
  readonly title: string;
  readonly unit: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  /** What it shows, in words. */
  readonly summary: string;
  /** What to say where there is nothing to draw. */
  readonly nothing: string;
}

/** The newest figures. */
export interface Figures {
  readonly eventsPerSecond: number;
  readonly decisionsPerSecond: number;
  readonly alertsPerSecond: number;
  readonly lag: number;
  readonly decideP99Ms: number | null;
  readonly writeP99Ms: number | null;
}

type Throughput = ActivityResult['throughput']['points'][number];
type Latency = ActivityResult['latency']['points'][number];

/** The charts of the screen, in order. */
export function chartsOf(data: ActivityResult): readonly ChartFacts[] {
  const { points } = data.throughput;
  const times = points.map(({ at }) => Date.parse(at) / 1000);
  const throughput = (
    title: string,
    unit: string,
    token: string,
    read: (point: Throughput) => number,
  ): ChartFacts =>
    summarize({
      title,
      unit,
      times,
      lines: [{ name: title, token, filled: true, values: points.map(read) }],
      nothing: 'Nothing went through in this stretch.',
    });
  const step = data.latency.stepSeconds;
  const latency = (
    title: string,
    nothing: string,
    p50: (point: Latency) => number | null,
    p99: (point: Latency) => number | null,
  ): ChartFacts => {
    const dense = fillGaps(data.latency.points, step);
    return summarize({
      title,
      unit: 'ms',
      times: dense.map(({ time }) => time),
      nothing,
      lines: [
        {
          name: 'median',
          token: '--rw-hop',
          values: dense.map(({ point }) => (point === null ? null : p50(point))),
        },
        {
          name: '99th percentile',
          token: '--rw-closing',
          dashed: true,
          values: dense.map(({ point }) => (point === null ? null : p99(point))),
        },
      ],
    });
  };
  return [
    throughput('Events', 'a second', '--rw-hop', (point) => point.eventsPerSecond),
    latency(
      'Decided within',
      'No decision was asked for in this stretch.',
      (point) => point.decideP50Ms,
      (point) => point.decideP99Ms,
    ),
    throughput('Decisions', 'a second', '--rw-hop', (point) => point.decisionsPerSecond),
    latency(
      'Written within',
      'Nothing was written in this stretch.',
      (point) => point.writeP50Ms,
      (point) => point.writeP99Ms,
    ),
    throughput('Alerts', 'a second', '--rw-closing', (point) => point.alertsPerSecond),
    throughput('Waiting to be folded', 'records', '--rw-hop', (point) => Number(point.lag)),
  ];
}

/** Steps in which nothing happened are not told; a line must not join what lies on both sides of them. */
export function fillGaps(
  points: readonly Latency[],
  stepSeconds: number,
): readonly { readonly time: number; readonly point: Latency | null }[] {
  const filled: { time: number; point: Latency | null }[] = [];
  for (const point of points) {
    const time = Date.parse(point.at) / 1000;
    const before = filled.at(-1);
    if (before !== undefined && time - before.time > stepSeconds * 1.5) {
      filled.push({ time: before.time + stepSeconds, point: null });
    }
    filled.push({ time, point });
  }
  return filled;
}

/** Whether there is anything to draw. */
export function hasValues({ lines }: ChartFacts): boolean {
  return lines.some(({ values }) => values.some((value) => value !== null));
}

function summarize(chart: Omit<ChartFacts, 'summary'>): ChartFacts {
  const parts = chart.lines.map(({ name, values }) => {
    const known = values.filter((value): value is number => value !== null);
    if (known.length === 0) return `${name}: nothing`;
    const last = known.at(-1) ?? 0;
    return `${name}: now ${round(last)}, at most ${round(Math.max(...known))} ${chart.unit}`;
  });
  return { ...chart, summary: `${chart.title} over time. ${parts.join('; ')}` };
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** The newest figures; a latency is the newest that there is. */
export function newestFigures(data: ActivityResult): Figures {
  const last = data.throughput.points.at(-1);
  return {
    eventsPerSecond: last?.eventsPerSecond ?? 0,
    decisionsPerSecond: last?.decisionsPerSecond ?? 0,
    alertsPerSecond: last?.alertsPerSecond ?? 0,
    lag: Number(last?.lag ?? 0),
    decideP99Ms: data.latency.points.findLast(({ decideP99Ms }) => decideP99Ms !== null)?.decideP99Ms ?? null,
    writeP99Ms: data.latency.points.findLast(({ writeP99Ms }) => writeP99Ms !== null)?.writeP99Ms ?? null,
  };
}
