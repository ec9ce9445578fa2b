import { Button, SegmentedControl, useComputedColorScheme } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { countText, figureText } from '../display/number-text.ts';
import { clockText, durationText, zoneText } from '../display/time-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { lazyPart } from '../parts/lazy-part.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { FailureMessage, NoPermission, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { useMay } from '../session/viewer-context.ts';
import styles from './activity-screen.module.css';
import { Activity, type ActivityResult } from './activity.operations.ts';
import { type ChartFacts, chartsOf, type Figures, hasValues, newestFigures } from './charts.ts';
import { SourcesPanel } from './sources-panel.tsx';
import { TotalsPanel } from './totals-panel.tsx';

const TimeChart = lazyPart(async () => (await import('./time-chart.tsx')).TimeChart, 3);

const SPANS = [
  { seconds: 300, label: '5 min', everySeconds: 2 },
  { seconds: 900, label: '15 min', everySeconds: 5 },
  { seconds: 3600, label: '1 h', everySeconds: 15 },
] as const;

/** How much goes through, how long it takes, and how far behind it is. */
export function ActivityScreen() {
  const may = useMay('QUERY');
  const [seconds, setSeconds] = useState<number>(300);
  const span = SPANS.find((each) => each.seconds === seconds) ?? SPANS[0];
  const { data, error, refetch } = useQuery(
    Activity,
    { seconds },
    { skip: !may, everySeconds: span.everySeconds },
  );
  return (
    <Screen
      title="Activity"
      lead={may ? `Times are of ${zoneText()}.` : undefined}
      actions={
        may ? (
          <SegmentedControl
            size="xs"
            aria-label="How far back"
            value={String(seconds)}
            onChange={(value) => setSeconds(Number(value))}
            data={SPANS.map((each) => ({ value: String(each.seconds), label: each.label }))}
          />
        ) : null
      }
    >
      {may ? null : (
        <Panel>
          <NoPermission scope="QUERY" />
        </Panel>
      )}
      {may && data === null ? (
        <Panel>{error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />}</Panel>
      ) : null}
      {data === null ? null : (
        <>
          {error === null ? null : <StaleNote error={error} retry={refetch} />}
          <Charts data={data} seconds={seconds} />
        </>
      )}
      {may ? (
        <>
          <SourcesPanel />
          <TotalsPanel />
        </>
      ) : null}
    </Screen>
  );
}

function Charts({ data, seconds }: { readonly data: ActivityResult; readonly seconds: number }) {
  const dark = useComputedColorScheme('light') === 'dark';
  const charts = useMemo(() => chartsOf(data), [data]);
  const now = useMemo(() => newestFigures(data), [data]);
  const [asTable, setAsTable] = useState(false);
  const to = Date.parse(data.throughput.points.at(-1)?.at ?? '') / 1000;
  if (data.throughput.points.length === 0) {
    return (
      <Panel>
        <StateMessage icon="activity" title="Nothing went through yet">
          <p>Figures begin with the start of the service; send events, and they show here.</p>
        </StateMessage>
      </Panel>
    );
  }
  return (
    <>
      <NowStrip now={now} />
      <div className={styles.charts}>
        {charts.map((chart) => (
          <Panel key={chart.title} title={chart.title} actions={<span className="dim">{chart.unit}</span>}>
            {hasValues(chart) ? (
              <TimeChart
                label={chart.summary}
                times={chart.times}
                lines={chart.lines}
                unit={chart.unit}
                from={to - seconds}
                to={to}
                dark={dark}
                sync="activity"
              />
            ) : (
              <p className={styles.nothing}>{chart.nothing}</p>
            )}
          </Panel>
        ))}
      </div>
      <div className={styles.toggle}>
        <Button variant="default" size="xs" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Hide the table' : 'Show the newest as a table'}
        </Button>
      </div>
      {asTable ? <FigureTable charts={charts} /> : null}
    </>
  );
}

function NowStrip({ now }: { readonly now: Figures }) {
  const figures: ReadonlyArray<readonly [string, ReactNode]> = [
    ['Events a second', figureText(now.eventsPerSecond)],
    ['Decisions a second', figureText(now.decisionsPerSecond)],
    ['Alerts a second', figureText(now.alertsPerSecond)],
    ['Waiting to be folded', countText(Math.round(now.lag))],
    ['Decided within, 99th percentile', now.decideP99Ms === null ? '–' : durationText(now.decideP99Ms)],
    ['Written within, 99th percentile', now.writeP99Ms === null ? '–' : durationText(now.writeP99Ms)],
  ];
  return (
    <dl className={styles.now}>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const TABLE_ROWS = 20;

function FigureTable({ charts }: { readonly charts: readonly ChartFacts[] }) {
  const lines = charts.flatMap((chart) => chart.lines.map((line) => ({ ...line, chart })));
  const times = [...new Set(charts.flatMap(({ times: each }) => each.slice(-TABLE_ROWS)))].sort(
    (a, b) => b - a,
  );
  return (
    <Panel title={`The newest ${TABLE_ROWS} points`} padded={false}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Time</th>
            {lines.map(({ chart, name }) => (
              <th key={`${chart.title} ${name}`} className="num">
                {chart.lines.length === 1 ? chart.title : `${chart.title}, ${name}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.slice(0, TABLE_ROWS).map((time) => (
            <tr key={time}>
              <td>{clockText(new Date(time * 1000).toISOString())}</td>
              {lines.map(({ chart, name, values }) => {
                const value = values[chart.times.indexOf(time)];
                return (
                  <td key={`${chart.title} ${name}`} className="num">
                    {value === null || value === undefined ? '–' : figureText(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
