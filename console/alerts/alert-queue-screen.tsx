import { Button, Checkbox } from '@mantine/core';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { amountOf, countText } from '../display/number-text.ts';
import { zonePlaceText } from '../display/time-text.ts';
import type { LinkState } from '../graphql/graphql-client.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { useQuery } from '../graphql/use-query.ts';
import { isTyping } from '../navigation/keys.ts';
import { address, replaceQuery, useLocation } from '../navigation/location.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import type { SeverityName } from '../parts/severity.tsx';
import { FailureMessage, NoPermission, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { useMay, useViewer } from '../session/viewer-context.ts';
import {
  type AlertFilter,
  filterInput,
  isNarrowed,
  readFilter,
  SEVERITIES,
  widened,
  writeFilter,
} from './alert-filter.ts';
import { AlertFilterBar } from './alert-filter-bar.tsx';
import styles from './alert-queue-screen.module.css';
import { AlertRow } from './alert-row.tsx';
import { AlertQueue, type AlertQueueResult, type QueuedAlert, RuleNames } from './alerts.operations.ts';
import { rememberWalk } from './queue-walk.ts';
import { useAcknowledge } from './use-acknowledge.ts';
import { useLiveAlerts } from './use-live-alerts.ts';

const PAGE = 50;
const select = (result: AlertQueueResult) => result.alerts;

/** What has been found and nobody has seen to, newest first, as it comes in. */
export function AlertQueueScreen() {
  const may = useMay('ALERTS');
  if (!may) {
    return (
      <Screen title="Alerts">
        <Panel>
          <NoPermission scope="ALERTS" />
        </Panel>
      </Screen>
    );
  }
  return <Queue />;
}

function Queue() {
  const { query } = useLocation();
  const viewer = useViewer();
  const me = viewer.memberId;
  const filter = useMemo(() => readFilter(query), [query]);
  const changeFilter = useCallback((next: AlertFilter) => replaceQuery(writeFilter(next)), []);
  const variables = useMemo(
    () => ({ filter: filterInput(filter, me, Date.now()), orderBy: filter.order, first: PAGE }),
    [filter, me],
  );
  const list = useConnection(AlertQueue, variables, select);
  const live = useLiveAlerts(filter, list.page?.position ?? null);
  const { acknowledge, running } = useAcknowledge();
  const searchField = useRef<HTMLInputElement>(null);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());

  const known = new Set(list.nodes.map(({ alertId }) => alertId));
  const fresh = live.fresh.filter(({ alertId }) => !known.has(alertId));
  const freshIds = new Set(fresh.map(({ alertId }) => alertId));
  const rows = inOrder([...fresh, ...list.nodes], filter);
  useEffect(() => {
    rememberWalk(
      rows.map(({ alertId }) => alertId),
      address(['alerts'], writeFilter(filter)),
    );
  });
  const markedRows = rows.filter(({ alertId, state }) => marked.has(alertId) && state === 'OPEN');
  const acknowledgeRows = (alerts: readonly QueuedAlert[]): void => {
    void acknowledge(alerts.map(({ id }) => id)).then(() => setMarked(new Set()));
  };
  const { current, setCurrent } = useQueueKeys(rows, searchField, marked, setMarked, (alert) =>
    acknowledgeRows(markedRows.length > 0 ? markedRows : [alert]),
  );

  return (
    <Screen
      title="Alerts"
      lead={<LiveNote link={live.link} total={list.page?.totalCount} fresh={fresh.length} filter={filter} />}
      actions={
        markedRows.length > 0 ? (
          <>
            <Button variant="subtle" color="gray" size="xs" onClick={() => setMarked(new Set())}>
              Unmark
            </Button>
            <Button size="xs" loading={running} onClick={() => acknowledgeRows(markedRows)}>
              Acknowledge {countText(markedRows.length)}
            </Button>
          </>
        ) : null
      }
    >
      <AlertFilterBar
        filter={filter}
        change={changeFilter}
        counts={list.page === null ? null : countsOf(list.page.severityCounts, fresh)}
        searchField={searchField}
      />
      <Panel padded={false}>
        {list.error !== null && list.page !== null && !list.loadingMore ? (
          <StaleNote error={list.error} retry={list.refetch} />
        ) : null}
        {list.page === null && list.error !== null ? (
          <FailureMessage error={list.error} retry={list.refetch} />
        ) : null}
        {list.page === null && list.error === null ? <LoadingRows rows={10} /> : null}
        {list.page !== null && rows.length === 0 ? (
          <NothingFound filter={filter} change={changeFilter} />
        ) : null}
        {rows.length > 0 ? (
          <QueueTable
            rows={rows}
            fresh={freshIds}
            current={current}
            setCurrent={setCurrent}
            marked={marked}
            setMarked={setMarked}
          />
        ) : null}
        {rows.length > 0 && list.page !== null ? (
          <MoreRows
            shown={rows.length}
            total={list.page.totalCount + fresh.length}
            hasMore={list.hasMore}
            loading={list.loadingMore}
            error={list.error}
            loadMore={list.loadMore}
          />
        ) : null}
      </Panel>
    </Screen>
  );
}

function QueueTable(props: {
  readonly rows: readonly QueuedAlert[];
  readonly fresh: ReadonlySet<string>;
  readonly current: string | null;
  readonly setCurrent: (alertId: string) => void;
  readonly marked: ReadonlySet<string>;
  readonly setMarked: (marked: ReadonlySet<string>) => void;
}) {
  const { rows, marked, setMarked } = props;
  const open = rows.filter(({ state }) => state === 'OPEN');
  const all = open.length > 0 && open.every(({ alertId }) => marked.has(alertId));
  return (
    <table className={`${table.table} ${styles.table}`}>
      <thead>
        <tr>
          <th className={styles.mark}>
            <Checkbox
              size="xs"
              aria-label="Mark all that are open"
              checked={all}
              indeterminate={!all && open.some(({ alertId }) => marked.has(alertId))}
              disabled={open.length === 0}
              onChange={() => setMarked(all ? new Set() : new Set(open.map(({ alertId }) => alertId)))}
            />
          </th>
          <th>Severity</th>
          <th>What was found</th>
          <th>About</th>
          <th className="num">Amount</th>
          <th className="num">Hops</th>
          <th>Time ({zonePlaceText()})</th>
          <th>Assigned to</th>
          <th>State</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((alert) => (
          <AlertRow
            key={alert.alertId}
            alert={alert}
            fresh={props.fresh.has(alert.alertId)}
            current={props.current === alert.alertId}
            marked={marked.has(alert.alertId)}
            setMarked={(on) => setMarked(withId(marked, alert.alertId, on))}
            onFocus={() => props.setCurrent(alert.alertId)}
          />
        ))}
      </tbody>
    </table>
  );
}

function withId(ids: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const changed = new Set(ids);
  if (on) changed.add(id);
  else changed.delete(id);
  return changed;
}

/** The queue's own keys: j and k go through it, x marks, a acknowledges, / goes to the search. Enter is the link's. */
function useQueueKeys(
  rows: readonly QueuedAlert[],
  searchField: { readonly current: HTMLInputElement | null },
  marked: ReadonlySet<string>,
  setMarked: (marked: ReadonlySet<string>) => void,
  acknowledge: (alert: QueuedAlert) => void,
) {
  const [current, setCurrent] = useState<string | null>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      const index = rows.findIndex(({ alertId }) => alertId === current);
      const alert = rows[index];
      if (event.key === 'j' || event.key === 'k') {
        const next = rows[event.key === 'j' ? Math.min(index + 1, rows.length - 1) : Math.max(index - 1, 0)];
        if (next === undefined) return;
        setCurrent(next.alertId);
        const link = document.querySelector<HTMLElement>(`[data-alert="${CSS.escape(next.alertId)}"]`);
        link?.focus();
        link?.closest('tr')?.scrollIntoView({ block: 'nearest' });
      } else if (event.key === 'x' && alert !== undefined && alert.state === 'OPEN') {
        setMarked(withId(marked, alert.alertId, !marked.has(alert.alertId)));
      } else if (event.key === 'a' && alert !== undefined && alert.state === 'OPEN') {
        acknowledge(alert);
      } else if (event.key === '/') {
        searchField.current?.focus();
      } else {
        return;
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [rows, current, marked, setMarked, acknowledge, searchField]);
  return { current, setCurrent };
}

const LINKS: Readonly<Record<LinkState, string>> = {
  live: 'Live',
  connecting: 'Connecting',
  waiting: 'Not live: trying again',
  refused: 'Not live: refused',
};

/** Whether new alerts arrive by themselves, and how many there are. */
function LiveNote(props: {
  readonly link: LinkState;
  readonly total: number | undefined;
  readonly fresh: number;
  readonly filter: AlertFilter;
}) {
  const kind = { OPEN: 'open alert', ACKNOWLEDGED: 'acknowledged alert', ALL: 'alert' }[props.filter.state];
  return (
    <span className={styles.live}>
      <span className={styles.lamp} data-link={props.link} aria-hidden="true" />
      <span>
        {LINKS[props.link]}
        {props.total === undefined ? null : ` · ${amountOf(props.total + props.fresh, kind)}`}
      </span>
      <span className="unseen" role="log" aria-live="polite">
        {props.fresh === 0 ? '' : `${amountOf(props.fresh, 'new alert')} since this page was opened`}
      </span>
    </span>
  );
}

function NothingFound(props: {
  readonly filter: AlertFilter;
  readonly change: (filter: AlertFilter) => void;
}) {
  const { filter, change } = props;
  const mayQuery = useMay('QUERY');
  const rules = useQuery(RuleNames, {}, { skip: !mayQuery }).data?.rules.nodes;
  if (isNarrowed(filter)) {
    return (
      <StateMessage
        icon="search"
        title="No alert fits the filter"
        action={
          <Button variant="default" size="xs" onClick={() => change(widened(filter))}>
            Clear the filter
          </Button>
        }
      >
        <p>Take something out of it to see more.</p>
      </StateMessage>
    );
  }
  if (rules?.length === 0) {
    return (
      <StateMessage icon="definitions" title="There is no rule yet">
        <p>
          Alerts are raised by rules. <a href={address(['definitions'])}>Write the first definitions</a>, or
          paste an example, and have a second person publish them.
        </p>
      </StateMessage>
    );
  }
  return (
    <StateMessage
      icon="check"
      title={filter.state === 'OPEN' ? 'Nothing is open' : 'There are no alerts yet'}
    >
      <p>A new alert appears here as soon as a rule raises it.</p>
    </StateMessage>
  );
}

/** New alerts among those that were fetched: in front, or by severity in front of their like. */
function inOrder(alerts: readonly QueuedAlert[], { order }: AlertFilter): readonly QueuedAlert[] {
  if (order === 'NEWEST') return alerts;
  const rank = ({ severity }: QueuedAlert): number => SEVERITIES.indexOf(severity);
  return [...alerts].sort((a, b) => rank(a) - rank(b));
}

function countsOf(
  counts: AlertQueueResult['alerts']['severityCounts'],
  fresh: readonly QueuedAlert[],
): ReadonlyMap<SeverityName, number> {
  const found = new Map(counts.map(({ severity, count }) => [severity, count]));
  for (const { severity } of fresh) found.set(severity, (found.get(severity) ?? 0) + 1);
  return found;
}
