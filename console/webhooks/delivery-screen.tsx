import { Button } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { indentJson, valueText } from '../display/json-text.ts';
import { amountOf } from '../display/number-text.ts';
import { durationText } from '../display/time-text.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { address } from '../navigation/location.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { FailureMessage, ProblemNote, StateMessage } from '../parts/state-message.tsx';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { DeliveryTag } from './delivery-tag.tsx';
import { useRefetchWhile, waits } from './use-refetch-while.ts';
import styles from './webhooks-screen.module.css';
import { DeliveryDetail, type DeliveryDetailResult, ReplayDelivery } from './webhooks.operations.ts';

type Delivery = Extract<DeliveryDetailResult['node'], { readonly __typename: 'Delivery' }>;
type Attempt = Delivery['attempts'][number];

const PARENT = { title: 'Deliveries', path: ['webhooks', 'deliveries'] };

/** One message: what was sent, every attempt with its answer, and the button that sends it again. */
export function DeliveryScreen({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(DeliveryDetail, { id });
  useRefetchWhile(data?.node?.__typename === 'Delivery' && waits(data.node), refetch);
  const shell = (content: ReactNode) => (
    <Screen title="Delivery" parent={PARENT}>
      <Panel>{content}</Panel>
    </Screen>
  );
  if (data === null)
    return shell(error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />);
  if (data.node?.__typename !== 'Delivery')
    return shell(<StateMessage icon="search" title="There is no such delivery" />);
  return <Detail delivery={data.node} />;
}

function Detail({ delivery }: { readonly delivery: Delivery }) {
  const notice = useNotice();
  const replay = useMutation(ReplayDelivery, { refreshes: ['DeliveryDetail', 'DeliveryList'] });
  const run = async (): Promise<void> => {
    const done = await replay.run({ input: { id: delivery.id } });
    if (done !== null) notice({ kind: 'done', text: 'The message is sent again, under the same id' });
  };
  const newestFirst = [...delivery.attempts].reverse();
  return (
    <Screen
      title={`Delivery ${delivery.webhookId}`}
      heading={<span className="mono">{delivery.webhookId}</span>}
      parent={PARENT}
      lead={
        <>
          <DeliveryTag state={delivery.state} /> {delivery.type} to{' '}
          {delivery.endpoint === null ? 'an endpoint that was removed' : delivery.endpoint.name}
        </>
      }
      actions={
        <Button
          size="xs"
          leftSection={<Icon name="replay" size={15} />}
          loading={replay.running}
          disabled={delivery.endpoint === null}
          onClick={() => void run()}
        >
          Replay
        </Button>
      }
    >
      {replay.error === null ? null : <ProblemNote error={replay.error} />}
      <div className={styles.columns}>
        <div className={styles.stack}>
          <Panel title={amountOf(delivery.attemptCount, 'attempt')} padded={false}>
            {newestFirst.length === 0 ? (
              <StateMessage icon="clock" title="It was not tried yet" />
            ) : (
              <ol className={styles.attempts}>
                {newestFirst.map((attempt, index) => (
                  <AttemptItem key={attempt.number} attempt={attempt} opened={index === 0} />
                ))}
              </ol>
            )}
          </Panel>
          <Panel title="What is sent" actions={<CopyButton text={delivery.body} what="the body" />}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by the keyboard */}
            <pre className={styles.code} tabIndex={0}>
              {indentJson(delivery.body)}
            </pre>
          </Panel>
        </div>
        <Panel title="Message">
          <Facts
            facts={[
              ['Endpoint', delivery.endpoint === null ? 'removed' : delivery.endpoint.url],
              [
                'About',
                delivery.alert === null ? (
                  'a test'
                ) : (
                  <a key="alert" href={address(['alerts', delivery.alert.alertId])}>
                    {delivery.alert.title}
                  </a>
                ),
              ],
              ['Made', <Time key="made" at={delivery.createdAt} zone />],
              ['Delivered', <Time key="delivered" at={delivery.deliveredAt} zone />],
              ['Next attempt', <Time key="next" at={delivery.nextAttemptAt} zone />],
            ]}
          />
        </Panel>
      </div>
    </Screen>
  );
}

function AttemptItem({ attempt, opened }: { readonly attempt: Attempt; readonly opened: boolean }) {
  const [open, setOpen] = useState(opened);
  const id = useId();
  const good = attempt.error === null;
  return (
    <li className={styles.attempt}>
      <button
        type="button"
        className={styles.attemptHead}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Icon name="forward" size={14} />
        <strong>{attempt.number}</strong>
        <Tag kind={good ? 'good' : 'bad'} icon={good ? 'check' : 'warning'}>
          {attempt.status ?? 'no answer'}
        </Tag>
        <Time at={attempt.startedAt} />
        <span className="dim">{durationText(attempt.durationMs)}</span>
        {attempt.errorMessage === null ? null : <span className="dim">{attempt.errorMessage}</span>}
      </button>
      {open ? (
        <div className={styles.attemptBody} id={id}>
          <div>
            <h3>Request</h3>
            <pre className={styles.code}>{headerText(attempt.requestHeaders)}</pre>
          </div>
          <div>
            <h3>Answer</h3>
            <pre className={styles.code}>
              {attempt.responseHeaders === null
                ? `No answer. ${attempt.error ?? ''}`
                : `${headerText(attempt.responseHeaders)}\n\n${indentJson(attempt.responseBody ?? '') || '(empty)'}`}
            </pre>
          </div>
        </div>
      ) : null}
    </li>
  );
}

function headerText(headers: Readonly<Record<string, unknown>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join('\n');
}
