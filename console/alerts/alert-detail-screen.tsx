import { Button } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { indentJson, valueText } from '../display/json-text.ts';
import { countText } from '../display/number-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { isTyping } from '../navigation/keys.ts';
import { address, goTo } from '../navigation/location.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Icon } from '../parts/icon.tsx';
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
import { CommentsPanel } from './comments-panel.tsx';
import { TracePanel } from './trace-panel.tsx';
import { useAlertState } from './use-alert-state.ts';

type Alert = NonNullable<AlertDetailResult['alert']>;

const PARENT = { title: 'Alerts', path: ['alerts'] };

/** Everything about one alert: what was found, why, how, and what people make of it. */
export function AlertDetailScreen({ alertId }: { readonly alertId: string }) {
  const may = useMay('ALERTS');
  const { data, error, loading, refetch } = useQuery(AlertDetail, { alertId }, { skip: !may });
  useBackKey();
  const shell = (content: ReactNode) => (
    <Screen title="Alert" parent={PARENT}>
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

/** `u` goes up to the queue. */
function useBackKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'u' && !isTyping(event)) goTo(['alerts']);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function Detail({ alert }: { readonly alert: Alert }) {
  const { acknowledge, reopen, error, running } = useAlertState(alert);
  const mayAdmin = useMay('ADMIN');
  const title = `${alert.title}: ${keyText(alert)}`;
  const paths = alert.rings.filter(({ edges }) => edges.length > 0);
  return (
    <Screen
      title={title}
      parent={PARENT}
      heading={
        <>
          {alert.title} <span className={`mono ${styles.about}`}>{keyText(alert)}</span>
        </>
      }
      lead={
        <span className={styles.lead}>
          <Severity severity={alert.severity} />
          <span>
            <Time at={alert.time ?? alert.raisedAt} zone />
          </span>
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
