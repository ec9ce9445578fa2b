import { Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import { bytesText, countText } from '../display/number-text.ts';
import { limitText } from '../display/words.ts';
import { useQuery } from '../graphql/use-query.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { FailureMessage, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { DayBars } from './day-bars.tsx';
import styles from './usage-screen.module.css';
import { UsageAndLimits, type UsageAndLimitsResult } from './usage.operations.ts';

type Figure = UsageAndLimitsResult['usage']['figures'][number];

/** What the tenant has used, day by day and against its quotas, and what bounds hold. */
export function UsageScreen() {
  const { data, error, refetch } = useQuery(UsageAndLimits, {}, { everySeconds: 60 });
  return (
    <Screen title="Usage" lead="This calendar month, in UTC.">
      {data === null ? (
        <Panel>{error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />}</Panel>
      ) : (
        <>
          {error === null ? null : <StaleNote error={error} retry={refetch} />}
          <Figures figures={data.usage.figures} />
          <Days days={data.usage.days} />
          <Limits limits={data.limits} />
        </>
      )}
    </Screen>
  );
}

const NAMES: Readonly<Record<Figure['metric'], string>> = {
  REQUESTS: 'Requests to the API',
  RECORDS: 'Records taken in',
  BYTES: 'Bytes taken in',
  REJECTED: 'Rows rejected',
  DUPLICATES: 'Duplicate events',
  LATE: 'Events too late',
  REFUSED: 'Events that rules refused',
  DECISIONS: 'Decisions made',
  QUERIES: 'Queries of graphs',
  EDGES: 'Edges that were looked at',
  ALERTS: 'Alerts raised',
  SUPPRESSED: 'Alerts held back',
  ATTEMPTS: 'Webhook attempts',
  DELIVERIES: 'Webhooks delivered',
};

/** A count, or bytes, of a metric. */
function usedText(metric: Figure['metric'], used: string): string {
  return metric === 'BYTES' ? bytesText(Number(used)) : countText(used);
}

function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <Panel padded={false}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Of what</th>
            <th className="num">Used</th>
            <th className="num">Quota</th>
            <th>Share</th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ metric, used, limit }) => (
            <tr key={metric}>
              <td>{NAMES[metric]}</td>
              <td className="num">{usedText(metric, used)}</td>
              <td className="num">
                {limit === null ? <span className="dim">none</span> : usedText(metric, limit)}
              </td>
              <td className={styles.share}>
                {limit === null ? null : <Share used={Number(used)} limit={Number(limit)} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Share({ used, limit }: { readonly used: number; readonly limit: number }) {
  const share = limit === 0 ? 1 : used / limit;
  const text = `${Math.round(share * 100)} %`;
  return (
    <div className={styles.meter} data-full={share >= 0.9 || undefined}>
      <div className={styles.bar} aria-hidden="true">
        <div style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
      <span>{text}</span>
    </div>
  );
}

function Days({ days }: { readonly days: UsageAndLimitsResult['usage']['days'] }) {
  const metrics = useMemo(() => [...new Set(days.map(({ metric }) => metric))], [days]);
  const [chosen, setChosen] = useState<Figure['metric']>('RECORDS');
  const metric = metrics.includes(chosen) ? chosen : (metrics[0] ?? 'RECORDS');
  const shown = days.filter((day) => day.metric === metric);
  return (
    <Panel
      title="Day by day"
      actions={
        metrics.length === 0 ? null : (
          <Select
            size="xs"
            w={230}
            aria-label="Of what"
            allowDeselect={false}
            data={metrics.map((value) => ({ value, label: NAMES[value] }))}
            value={metric}
            onChange={(value) => setChosen(value as Figure['metric'])}
          />
        )
      }
    >
      {shown.length === 0 ? (
        <StateMessage icon="usage" title="Nothing was used yet" />
      ) : (
        <DayBars
          label={`${NAMES[metric]} by day`}
          days={shown.map(({ day, used }) => ({ day, value: Number(used), text: usedText(metric, used) }))}
        />
      )}
    </Panel>
  );
}

function Limits({ limits }: { readonly limits: UsageAndLimitsResult['limits'] }) {
  return (
    <div className={styles.columns}>
      <LimitPanel title="Quotas and rates" limits={limits.quotas} />
      <LimitPanel title="Bounds that hold for everyone" limits={limits.service} />
    </div>
  );
}

function LimitPanel(props: {
  readonly title: string;
  readonly limits: UsageAndLimitsResult['limits']['quotas'];
}) {
  return (
    <Panel title={props.title} padded={false}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by the keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label={props.title}>
        <table className={table.table}>
          <tbody>
            {props.limits.map(({ name, value }) => (
              <tr key={name}>
                <td title={name}>{limitText(name)}</td>
                <td className="num">
                  {value === null ? <span className="dim">none</span> : countText(value)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
