import { ActionIcon, Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { sentence } from '../display/words.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { goTo } from '../navigation/location.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { Panel } from '../parts/panel.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { FailureMessage, ProblemNote, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag, type TagKind } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { EndpointDialog } from './endpoint-dialog.tsx';
import styles from './webhooks-screen.module.css';
import {
  DeleteEndpoint,
  DisableEndpoint,
  EnableEndpoint,
  type EndpointFacts,
  EndpointList as EndpointListQuery,
  type EndpointListResult,
  RotateSecret,
  TestEndpoint,
} from './webhooks.operations.ts';

const FIRST: { readonly first: number; readonly after?: string | null } = { first: 100 };
const select = (result: EndpointListResult) => result.webhookEndpoints;
const REFRESHES = { refreshes: ['EndpointList', 'DeliveryList'] };
const KINDS: Readonly<Record<EndpointFacts['state'], TagKind>> = {
  ENABLED: 'good',
  DISABLED: 'plain',
  FAILED: 'bad',
};

/** Addresses that alerts are sent to. */
export function EndpointList() {
  const list = useConnection(EndpointListQuery, FIRST, select);
  const [editing, setEditing] = useState<EndpointFacts | 'new' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <>
      <div className={styles.bar}>
        <Button
          ml="auto"
          size="xs"
          leftSection={<Icon name="plus" size={15} />}
          onClick={() => setEditing('new')}
        >
          Add an endpoint
        </Button>
      </div>
      <Panel padded={false}>
        {list.page === null && list.error !== null ? (
          <FailureMessage error={list.error} retry={list.refetch} />
        ) : null}
        {list.page === null && list.error === null ? <LoadingRows rows={4} /> : null}
        {list.page !== null && list.error !== null ? (
          <StaleNote error={list.error} retry={list.refetch} />
        ) : null}
        {list.page !== null && list.nodes.length === 0 ? (
          <StateMessage icon="webhooks" title="There is no endpoint yet">
            <p>Add an address, and alerts are sent to it, signed, until it has taken them.</p>
          </StateMessage>
        ) : null}
        {list.nodes.length > 0 ? (
          <table className={table.table}>
            <thead>
              <tr>
                <th>Name</th>
                <th>State</th>
                <th>Address</th>
                <th>Alerts</th>
                <th>Since</th>
                <th>
                  <span className="unseen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.nodes.map((endpoint) => (
                <EndpointRow
                  key={endpoint.id}
                  endpoint={endpoint}
                  edit={() => setEditing(endpoint)}
                  showSecret={setSecret}
                />
              ))}
            </tbody>
          </table>
        ) : null}
        {list.hasMore ? (
          <MoreRows
            shown={list.nodes.length}
            hasMore
            loading={list.loadingMore}
            error={list.error}
            loadMore={list.loadMore}
          />
        ) : null}
      </Panel>
      <EndpointDialog editing={editing} close={() => setEditing(null)} showSecret={setSecret} />
      <SecretDialog
        title="The endpoint's secret"
        secret={secret}
        text="The receiver verifies the signature of each message with it (Standard Webhooks)."
        close={() => setSecret(null)}
      />
    </>
  );
}

function EndpointRow(props: {
  readonly endpoint: EndpointFacts;
  readonly edit: () => void;
  readonly showSecret: (secret: string) => void;
}) {
  const { endpoint } = props;
  const notice = useNotice();
  const enable = useMutation(EnableEndpoint, REFRESHES);
  const disable = useMutation(DisableEndpoint, REFRESHES);
  const test = useMutation(TestEndpoint, REFRESHES);
  const rotate = useMutation(RotateSecret, REFRESHES);
  const remove = useMutation(DeleteEndpoint, REFRESHES);
  const [asking, setAsking] = useState<'remove' | 'rotate' | null>(null);
  const input = { input: { id: endpoint.id } };
  const error = enable.error ?? disable.error ?? test.error;
  const runTest = async (): Promise<void> => {
    const done = await test.run(input);
    if (done?.delivery) goTo(['webhooks', 'deliveries', done.delivery.id]);
  };
  const runRotate = async (): Promise<void> => {
    const done = await rotate.run(input);
    if (done === null) return;
    setAsking(null);
    if (done.secret !== null) props.showSecret(done.secret);
  };
  const runRemove = async (): Promise<void> => {
    const done = await remove.run(input);
    if (done === null) return;
    setAsking(null);
    notice({ kind: 'done', text: `${endpoint.name} was removed` });
  };
  return (
    <>
      <tr>
        <td>
          <strong>{endpoint.name}</strong>
          {endpoint.description === null ? null : <div className="dim">{endpoint.description}</div>}
        </td>
        <td>
          <Tag kind={KINDS[endpoint.state]}>{sentence(endpoint.state).toLowerCase()}</Tag>
          {endpoint.stateReason === null ? null : <div className="dim">{endpoint.stateReason}</div>}
        </td>
        <td className={`mono ${styles.url}`}>
          {endpoint.url}
          {endpoint.oldSecretUntil === null ? null : (
            <div className="dim">
              signed with the old secret too until <Time at={endpoint.oldSecretUntil} />
            </div>
          )}
        </td>
        <td>{rulesText(endpoint.rules)}</td>
        <td className="clip">
          <Time at={endpoint.createdAt} />
        </td>
        <td className="num">
          <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${endpoint.name}`}>
                <Icon name="more" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={props.edit}>Change</Menu.Item>
              <Menu.Item onClick={() => void runTest()}>Send a test</Menu.Item>
              {endpoint.state === 'ENABLED' ? (
                <Menu.Item onClick={() => void disable.run(input)}>Switch off</Menu.Item>
              ) : (
                <Menu.Item onClick={() => void enable.run(input)}>Switch on</Menu.Item>
              )}
              <Menu.Item onClick={() => setAsking('rotate')}>New secret</Menu.Item>
              <Menu.Item onClick={() => setAsking('remove')}>Remove</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </td>
      </tr>
      {error === null ? null : (
        <tr>
          <td colSpan={6}>
            <ProblemNote error={error} />
          </td>
        </tr>
      )}
      <ConfirmDialog
        title={`Remove ${endpoint.name}?`}
        opened={asking === 'remove'}
        close={() => setAsking(null)}
        action="Remove"
        run={() => void runRemove()}
        running={remove.running}
        error={remove.error}
      >
        <p>Nothing more is sent to it, and what was not delivered yet is given up.</p>
      </ConfirmDialog>
      <ConfirmDialog
        title={`A new secret for ${endpoint.name}?`}
        opened={asking === 'rotate'}
        close={() => setAsking(null)}
        action="Make a new one"
        run={() => void runRotate()}
        running={rotate.running}
        error={rotate.error}
      >
        <p>For a day messages are signed with the old secret too, so that the receiver can change over.</p>
      </ConfirmDialog>
    </>
  );
}

function rulesText(rules: EndpointFacts['rules']): string {
  if (rules === null) return 'of rules that name it';
  return rules.length === 0 ? 'all' : rules.join(', ');
}
