import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { countText } from '../display/number-text.ts';
import { zonePlaceText } from '../display/time-text.ts';
import { sentence } from '../display/words.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { address, goTo, replaceQuery, useLocation } from '../navigation/location.ts';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { OptionalSelect } from '../parts/optional-select.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage, ProblemNote, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Time } from '../parts/time.tsx';
import { type DeliveryStateName, DeliveryTag } from './delivery-tag.tsx';
import { useRefetchWhile, waits } from './use-refetch-while.ts';
import { ReplayRangeDialog } from './replay-range-dialog.tsx';
import styles from './webhooks-screen.module.css';
import {
  DeliveryList as DeliveryListQuery,
  type DeliveryListResult,
  EndpointList,
  ReplayDelivery,
} from './webhooks.operations.ts';

const STATES: readonly DeliveryStateName[] = ['PENDING', 'DELIVERED', 'FAILED', 'CANCELLED'];
const PAGE = 50;
const select = (result: DeliveryListResult) => result.deliveries;

/** Messages, newest first, with what became of each. */
export function DeliveryList() {
  const { query } = useLocation();
  const state = STATES.find((each) => each === query.state) ?? null;
  const endpointId = query.endpoint ?? null;
  const variables = useMemo(
    () => ({
      first: PAGE,
      filter: { ...(state === null ? {} : { state }), ...(endpointId === null ? {} : { endpointId }) },
    }),
    [state, endpointId],
  );
  const list = useConnection(DeliveryListQuery, variables, select);
  // A refetch would take further pages away again.
  useRefetchWhile(list.nodes.length <= PAGE && list.nodes.some(waits), list.refetch);
  const endpoints = useQuery(EndpointList, { first: 100 }).data?.webhookEndpoints.nodes ?? [];
  const [replaying, setReplaying] = useState(false);
  return (
    <>
      <div className={styles.bar}>
        <OptionalSelect
          size="xs"
          w={180}
          aria-label="State"
          none="Any state"
          data={STATES.map((value) => ({ value, label: sentence(value) }))}
          value={state}
          onChange={(value) => replaceQuery({ state: value, endpoint: endpointId })}
        />
        <OptionalSelect
          size="xs"
          w={220}
          aria-label="Endpoint"
          none="Any endpoint"
          data={endpoints.map(({ id, name }) => ({ value: id, label: name }))}
          value={endpointId}
          onChange={(value) => replaceQuery({ state, endpoint: value })}
        />
        <Button
          ml="auto"
          size="xs"
          variant="default"
          leftSection={<Icon name="replay" size={15} />}
          disabled={endpoints.length === 0}
          onClick={() => setReplaying(true)}
        >
          Replay a range
        </Button>
      </div>
      <Panel padded={false}>
        {list.page === null && list.error !== null ? (
          <FailureMessage error={list.error} retry={list.refetch} />
        ) : null}
        {list.page === null && list.error === null ? <LoadingRows /> : null}
        {list.page !== null && list.error !== null && !list.loadingMore ? (
          <StaleNote error={list.error} retry={list.refetch} />
        ) : null}
        {list.page !== null && list.nodes.length === 0 ? (
          <StateMessage
            icon="empty"
            title={
              state === null && endpointId === null ? 'Nothing was sent yet' : 'No delivery fits the filter'
            }
          >
            <p>A message is made for each alert and endpoint that asks for it.</p>
          </StateMessage>
        ) : null}
        {list.nodes.length > 0 ? <DeliveryRows deliveries={list.nodes} /> : null}
        {list.page !== null && list.nodes.length > 0 ? (
          <MoreRows
            shown={list.nodes.length}
            hasMore={list.hasMore}
            loading={list.loadingMore}
            error={list.error}
            loadMore={list.loadMore}
          />
        ) : null}
      </Panel>
      <ReplayRangeDialog
        opened={replaying}
        close={() => setReplaying(false)}
        endpoints={endpoints}
        endpointId={endpointId}
      />
    </>
  );
}

function DeliveryRows({ deliveries }: { readonly deliveries: DeliveryListResult['deliveries']['nodes'] }) {
  const notice = useNotice();
  const replay = useMutation(ReplayDelivery, { refreshes: ['DeliveryList'] });
  const run = async (id: string): Promise<void> => {
    const done = await replay.run({ input: { id } });
    if (done !== null) notice({ kind: 'done', text: 'The message is sent again, under the same id' });
  };
  return (
    <>
      {replay.error === null ? null : <ProblemNote error={replay.error} />}
      <table className={table.table}>
        <thead>
          <tr>
            <th>State</th>
            <th>Message</th>
            <th>Endpoint</th>
            <th>About</th>
            <th className="num">Attempts</th>
            <th>Made ({zonePlaceText()})</th>
            <th>Next attempt</th>
            <th>
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <tr
              key={delivery.id}
              data-clickable
              onClick={(event) => {
                if (event.target instanceof Element && event.target.closest('a, button') !== null) return;
                goTo(['webhooks', 'deliveries', delivery.id]);
              }}
            >
              <td>
                <DeliveryTag state={delivery.state} />
              </td>
              <td>
                <a className="mono" href={address(['webhooks', 'deliveries', delivery.id])}>
                  {delivery.webhookId}
                </a>
                <div className="dim">{delivery.type}</div>
              </td>
              <td>{delivery.endpoint?.name ?? <span className="dim">removed</span>}</td>
              <td>
                {delivery.alert === null ? (
                  <span className="dim">a test</span>
                ) : (
                  <a href={address(['alerts', delivery.alert.alertId])}>{delivery.alert.title}</a>
                )}
              </td>
              <td className="num">{countText(delivery.attemptCount)}</td>
              <td className="clip">
                <Time at={delivery.createdAt} />
              </td>
              <td className="clip">
                <Time at={delivery.nextAttemptAt} />
              </td>
              <td className="num">
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Replay ${delivery.webhookId}`}
                  disabled={delivery.endpoint === null || replay.running}
                  onClick={() => void run(delivery.id)}
                >
                  Replay
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
