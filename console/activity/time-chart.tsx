import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { figureText } from '../display/number-text.ts';
import styles from './time-chart.module.css';

/** One line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** A token of the page's colours, such as `--rw-hop`. */
  readonly token: string;
  readonly dashed?: boolean;
  readonly filled?: boolean;
  /** One value for each time; null: none. */
  readonly values: readonly (number | null)[];
}

/** Lines over time. What the pointer is on stands in the legend; the page has the same as a table. */
export function TimeChart(props: {
  readonly label: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly unit: string;
  /** The stretch of time that is shown, in seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly dark: boolean;
  /** Charts of one name move their cursors together. */
  readonly sync: string;
}) {
  const { times, lines, unit, dark, sync } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  const range = useRef<[number, number]>([0, 1]);
  range.current = [props.from, props.to];
  data.current = [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const shape = JSON.stringify([
    lines.map(({ name, token, dashed, filled }) => [name, token, dashed, filled]),
    unit,
    sync,
  ]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines are compared by what they look like; the page's colours change with light and dark
  useEffect(() => {
    const container = holder.current;
    if (container === null) return undefined;
    const chart = new uPlot(
      optionsOf(container.clientWidth, lines, unit, sync, range),
      data.current,
      container,
    );
    plot.current = chart;
    const sized = new ResizeObserver(() => chart.setSize({ width: container.clientWidth, height: HEIGHT }));
    sized.observe(container);
    return () => {
      sized.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape, dark]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the data changes with times and lines
  useEffect(() => {
    const chart = plot.current;
    if (chart === null) return;
    chart.setData(data.current);
    showNewest(chart);
  }, [times, lines]);

  return <div ref={holder} className={styles.chart} role="img" aria-label={props.label} />;
}

/** Where the pointer is on no point, the legend tells the newest. */
function showNewest(chart: uPlot): void {
  const { idx } = chart.cursor;
  const newest = chart.data[0].length - 1;
  if ((idx === null || idx === undefined) && newest >= 0) chart.setLegend({ idx: newest }, false);
}

const HEIGHT = 168;
const FONT = "11px 'IBM Plex Sans', sans-serif";

function optionsOf(
  width: number,
  lines: readonly ChartLine[],
  unit: string,
  sync: string,
  range: { readonly current: [number, number] },
): uPlot.Options {
  const style = window.getComputedStyle(document.documentElement);
  const token = (name: string): string => {
    const value = style.getPropertyValue(name).trim();
    const other = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
    return other === undefined ? value : token(other);
  };
  const axis = {
    stroke: token('--rw-dim'),
    font: FONT,
    grid: { stroke: token('--rw-line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 26, 0, 0],
    cursor: { sync: { key: sync }, points: { size: 6 }, drag: { setScale: false, x: false, y: false } },
    legend: { live: true },
    hooks: { ready: [showNewest], setCursor: [showNewest] },
    scales: {
      x: { range: () => range.current },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...axis, size: 26, space: 70, values: (_plot, at) => at.map(clockLabel) },
      { ...axis, size: 54, space: 34, values: (_plot, at) => at.map((value) => figureText(value)) },
    ],
    series: [
      { label: 'Time', value: (_plot, at) => (typeof at === 'number' ? clockLabel(at) : '–') },
      ...lines.map(
        (line): uPlot.Series => ({
          label: line.name,
          stroke: token(line.token),
          width: 1.5,
          spanGaps: false,
          points: { show: false },
          value: (_plot, value) => (typeof value === 'number' ? `${figureText(value)} ${unit}`.trim() : '–'),
          ...(line.dashed === true ? { dash: [6, 4] } : {}),
          ...(line.filled === true ? { fill: `${token(line.token)}1f` } : {}),
        }),
      ),
    ],
  };
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

function clockLabel(seconds: number): string {
  return clock.format(seconds * 1000);
}
