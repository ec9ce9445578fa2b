import { ActionIcon, Button } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { indentJson, valueText } from '../display/json-text.ts';
import { countText } from '../display/number-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { isTyping } from '../navigation/keys.ts';
import { address, goTo } from '../navigation/location.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { Severity } from '../parts/severity.tsx';
import {
  FailureMessage,
  NoPermission,
  ProblemNote,
  StaleNote,
  StateMessage,
} from '../parts/state-message.tsx';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { RingPanel } from '../ring/ring-panel.tsx';
import { useMay } from '../session/viewer-context.ts';
import { AlertDeliveriesPanel } from './alert-deliveries-panel.tsx';
import { AlertDetail, type AlertDetailResult } from './alert.operations.ts';
import styles from './alert-detail-screen.module.css';
import { keyText } from './alert-row.tsx';
import { AssignControl } from './assign-control.tsx';
import { COMMENT_FIELD, CommentsPanel } from './comments-panel.tsx';
import { placeInWalk, queueAddress } from './queue-walk.ts';
import { TracePanel } from './trace-panel.tsx';
import { useAlertState } from './use-alert-state.ts';

type Alert = NonNullable<AlertDetailResult['alert']>;

const parent = () => ({ title: 'Alerts', path: ['alerts'], href: queueAddress() });

/** Everything about one alert: what was found, why, how, and what people make of it. */
export function AlertDetailScreen({ alertId }: { readonly alertId: string }) {
  const may = useMay('ALERTS');
  const { data, error, loading, refetch } = useQuery(AlertDetail, { alertId }, { skip: !may });
  useDetailKeys(alertId);
  const shell = (content: ReactNode) => (
    <Screen title="Alert" parent={parent()}>
      <Panel>{content}</Panel>
    </Screen>
  );
  if (!may) return shell(<NoPermission scope="ALERTS" />);
  if (data === null)
    return shell(error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />);
  if (data.alert === null) {
    return shell(
      loading ? (
        <LoadingRows />
      ) : (
        <StateMessage icon="search" title="There is no such alert">
          <p>It may belong to another tenant, or its link is incomplete.</p>
        </StateMessage>
      ),
    );
  }
  return (
    <>
      {error === null ? null : <StaleNote error={error} retry={refetch} />}
      <Detail alert={data.alert} />
    </>
  );
}

/** `u` goes up to the queue, `j` and `k` to the alerts after and before this one in it, `c` to the comment. */
function useDetailKeys(alertId: string): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      const place = placeInWalk(alertId);
      const next = event.key === 'j' ? place?.next : event.key === 'k' ? place?.previous : null;
      if (event.key === 'u') window.location.hash = queueAddress();
      else if (next) goTo(['alerts', next]);
      else if (event.key === 'c') document.getElementById(COMMENT_FIELD)?.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [alertId]);
}

/** Where the alert is in the queue, and the way to its neighbours. */
function Walk({ alertId }: { readonly alertId: string }) {
  const place = placeInWalk(alertId);
  if (place === null) return null;
  const { number, of, previous, next } = place;
  return (
    <span className={styles.walk}>
      <Neighbour icon="back" label="Alert before this one (k)" alertId={previous} />
      <span className="dim">
        {countText(number)} of {countText(of)}
      </span>
      <Neighbour icon="forward" label="Alert after this one (j)" alertId={next} />
    </span>
  );
}

function Neighbour(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly alertId: string | null;
}) {
  const { alertId, label } = props;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      disabled={alertId === null}
      onClick={() => alertId !== null && goTo(['alerts', alertId])}
    >
      <Icon name={props.icon} size={16} />
    </ActionIcon>
  );
}

function Detail({ alert }: { readonly alert: Alert }) {
  const { acknowledge, reopen, error, running } = useAlertState(alert);
  const mayAdmin = useMay('ADMIN');
  const title = `${alert.title}: ${keyText(alert)}`;
  const paths = alert.rings.filter(({ edges }) => edges.length > 0);
  return (
    <Screen
      title={title}
      parent={parent()}
      heading={
        <>
          {alert.title} <span className={`mono ${styles.about}`}>{keyText(alert)}</span>
        </>
      }
      lead={
        <span className={styles.lead}>
          <Severity severity={alert.severity} />
          <Time at={alert.time ?? alert.raisedAt} zone ago="behind" />
          {alert.state === 'ACKNOWLEDGED' ? (
            <Tag kind="good" icon="check">
              acknowledged by {alert.acknowledgedBy}
            </Tag>
          ) : (
            <Tag kind="busy">open</Tag>
          )}
          {alert.partial ? <Tag kind="warn">partial: BUDGET ended the search</Tag> : null}
          {alert.afterDeadline ? <Tag kind="warn">after the deadline of its decision</Tag> : null}
        </span>
      }
      actions={
        <>
          <Walk alertId={alert.alertId} />
          <AssignControl alert={alert} />
          {alert.state === 'OPEN' ? (
            <Button
              size="xs"
              leftSection={<Icon name="check" size={15} />}
              loading={running}
              onClick={acknowledge}
            >
              Acknowledge
            </Button>
          ) : (
            <Button size="xs" variant="default" loading={running} onClick={reopen}>
              Reopen
            </Button>
          )}
        </>
      }
    >
      {error === null ? null : <ProblemNote error={error} />}
      <div className={styles.columns}>
        <div className={styles.column}>
          {paths.length === 0 ? (
            <Panel title="What was found">
              <StateMessage icon="empty" title="There is no path to draw">
                <p>The rule found rows without edges; their values are beside.</p>
              </StateMessage>
            </Panel>
          ) : (
            <RingPanel
              title={title}
              fileName={`ringwatch-${alert.alertId}`}
              rings={paths}
              json={indentJson(alert.line)}
            />
          )}
          <RowValues alert={alert} />
        </div>
        <div className={styles.column}>
          <Reasons alert={alert} />
          <TracePanel trace={alert.trace} partial={alert.partial} />
          <CommentsPanel alert={alert.id} comments={alert.comments} />
          {mayAdmin ? <AlertDeliveriesPanel alertId={alert.alertId} /> : null}
          <Identity alert={alert} />
        </div>
      </div>
    </Screen>
  );
}

function Reasons({ alert }: { readonly alert: Alert }) {
  return (
    <Panel title="Why">
      <ul className={styles.reasons}>
        {alert.reasons.map((reason) => (
          <li key={`${reason.rule} ${reason.text}`}>
            <p>{reason.text}</p>
            {reason.outcome === null ? null : <Tag kind="warn">{reason.outcome}</Tag>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** The triggering row, and what the rule returned beside each path. */
function RowValues({ alert }: { readonly alert: Alert }) {
  const returned = alert.rings.filter(({ values }) => Object.keys(values).length > 0);
  const several = returned.length > 1;
  return (
    <div className={styles.pair}>
      <Panel title="The row that triggered it">
        <Facts
          facts={Object.entries(alert.values).map(([name, value]) => [
            name,
            <span key={name} className="mono">
              {valueText(value)}
            </span>,
          ])}
        />
      </Panel>
      {returned.length === 0 ? null : (
        <Panel title="What the rule returned">
          <Facts
            facts={returned.flatMap((ring, index) =>
              Object.entries(ring.values).map(([name, value]): readonly [string, ReactNode] => [
                several ? `${index + 1}. ${name}` : name,
                <span key={name} className="mono">
                  {valueText(value)}
                </span>,
              ]),
            )}
          />
        </Panel>
      )}
    </div>
  );
}

function Identity({ alert }: { readonly alert: Alert }) {
  return (
    <Panel title="Identity">
      <Facts
        facts={[
          [
            'Rule',
            <a key="rule" href={address(['definitions', 'rules'])} className="mono">
              {alert.rule}, version {alert.ruleVersion}
            </a>,
          ],
          [
            'Address',
            <span key="address" className={styles.id}>
              of this page
              <CopyButton text={window.location.href} what="the address of this page" />
            </span>,
          ],
          [
            'Alert id',
            <span key="id" className={styles.id}>
              <span className="mono">{alert.alertId}</span>
              <CopyButton text={alert.alertId} what="the alert id" />
            </span>,
          ],
          ['Position', countText(alert.position)],
          ['Stored', <Time key="stored" at={alert.raisedAt} zone />],
          ...(alert.acknowledgedAt === null
            ? []
            : [['Acknowledged', <Time key="ack" at={alert.acknowledgedAt} zone />] as const]),
        ]}
      />
    </Panel>
  );
}
