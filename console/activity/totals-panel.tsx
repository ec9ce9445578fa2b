import type { ReactNode } from 'react';
import { countText } from '../display/number-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Facts } from '../parts/facts.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage } from '../parts/state-message.tsx';
import styles from './activity-screen.module.css';
import { ActivityTotals } from './activity.operations.ts';

/** What came of all records since the beginning of the log. */
export function TotalsPanel() {
  const { data, error, refetch } = useQuery(ActivityTotals, {}, { everySeconds: 5 });
  const engine = data?.health.engine ?? null;
  if (data === null) {
    return (
      <Panel title="Since the beginning">
        {error === null ? <LoadingRows rows={3} /> : <FailureMessage error={error} retry={refetch} />}
      </Panel>
    );
  }
  if (engine === null) return null;
  const rejected = Object.entries(engine.rejected).map(([code, count]): readonly [string, ReactNode] => [
    `Rejected: ${code}`,
    countText(String(count)),
  ]);
  const decisions = Object.entries(engine.decisions).flatMap(([name, outcomes]) =>
    Object.entries(outcomes as Readonly<Record<string, unknown>>).map(
      ([outcome, count]): readonly [string, ReactNode] => [
        `Decided: ${name} ${outcome}`,
        countText(String(count)),
      ],
    ),
  );
  return (
    <Panel title="Since the beginning">
      <div className={styles.totals}>
        <Facts
          facts={[
            ['Accepted records', countText(engine.accepted)],
            ['Known already', countText(engine.duplicates)],
            ['Came too late', countText(engine.late)],
            ['Refused by a rule', countText(engine.refused)],
            ...rejected,
          ]}
        />
        <Facts
          facts={[
            ['Alerts raised', countText(engine.alerts)],
            ['Held back by SUPPRESS', countText(engine.suppressed)],
            ['Decided after the deadline', countText(engine.afterDeadline)],
            ...decisions,
          ]}
        />
      </div>
    </Panel>
  );
}
