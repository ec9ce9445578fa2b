import { Button } from '@mantine/core';
import { useState } from 'react';
import { zonePlaceText } from '../display/time-text.ts';
import { words } from '../display/words.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { Panel } from '../parts/panel.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { FailureMessage, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag, type TagKind } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import styles from './access.module.css';
import {
  type KeyFacts,
  KeyList,
  type KeyListResult,
  type KeyListVariables,
  RevokeKey,
} from './access.operations.ts';
import { KeyDialog } from './key-dialog.tsx';
import { ScopeTags } from './scope-tags.tsx';

const FIRST: KeyListVariables = { first: 50 };
const select = (result: KeyListResult) => result.apiKeys;
const KINDS: Readonly<Record<KeyFacts['state'], TagKind>> = {
  ACTIVE: 'good',
  EXPIRED: 'plain',
  REVOKED: 'bad',
};

/** API keys, newest first. */
export function KeyTable() {
  const list = useConnection(KeyList, FIRST, select);
  const notice = useNotice();
  const revoke = useMutation(RevokeKey, { refreshes: ['KeyList'] });
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<KeyFacts | null>(null);
  const runRevoke = async (): Promise<void> => {
    if (revoking === null) return;
    const done = await revoke.run({ input: { id: revoking.id } });
    if (done === null) return;
    notice({ kind: 'done', text: `${revoking.name} was revoked` });
    setRevoking(null);
  };
  return (
    <>
      <div className={styles.bar}>
        <Button size="xs" leftSection={<Icon name="plus" size={15} />} onClick={() => setMaking(true)}>
          Create a key
        </Button>
      </div>
      <Panel padded={false}>
        {list.page === null && list.error !== null ? (
          <FailureMessage error={list.error} retry={list.refetch} />
        ) : null}
        {list.page === null && list.error === null ? <LoadingRows /> : null}
        {list.page !== null && list.error !== null ? (
          <StaleNote error={list.error} retry={list.refetch} />
        ) : null}
        {list.page !== null && list.nodes.length === 0 ? (
          <StateMessage icon="access" title="There is no key yet">
            <p>A program signs in with a key; make one for each, with no more scopes than it needs.</p>
          </StateMessage>
        ) : null}
        {list.nodes.length > 0 ? <KeyRows keys={list.nodes} revoke={setRevoking} /> : null}
        {list.nodes.length > 0 ? (
          <MoreRows
            shown={list.nodes.length}
            hasMore={list.hasMore}
            loading={list.loadingMore}
            error={list.error}
            loadMore={list.loadMore}
          />
        ) : null}
      </Panel>
      <KeyDialog opened={making} close={() => setMaking(false)} showSecret={setSecret} />
      <SecretDialog
        title="The key"
        secret={secret}
        text="A program sends it as Authorization: Bearer …"
        close={() => setSecret(null)}
      />
      <ConfirmDialog
        title={`Revoke ${revoking?.name ?? ''}?`}
        opened={revoking !== null}
        close={() => setRevoking(null)}
        action="Revoke"
        run={() => void runRevoke()}
        running={revoke.running}
        error={revoke.error}
      >
        <p>
          Within a second nothing accepts it any more, and what follows with it is cut. It cannot be taken
          back.
        </p>
      </ConfirmDialog>
    </>
  );
}

function KeyRows({
  keys,
  revoke,
}: {
  readonly keys: readonly KeyFacts[];
  readonly revoke: (key: KeyFacts) => void;
}) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th>Name</th>
          <th>Begins with</th>
          <th>State</th>
          <th>Scopes</th>
          <th>Acts as</th>
          <th>Created ({zonePlaceText()})</th>
          <th>Expires</th>
          <th>Last used</th>
          <th>
            <span className="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>
              <strong>{key.name}</strong>
            </td>
            <td className="mono">{key.prefix}</td>
            <td>
              <Tag kind={KINDS[key.state]}>{words(key.state)}</Tag>
            </td>
            <td>
              <ScopeTags scopes={key.scopes} />
            </td>
            <td>{key.member?.name ?? <span className="dim">itself</span>}</td>
            <td className="clip">
              <Time at={key.createdAt} />
            </td>
            <td className="clip">
              {key.expiresAt === null ? <span className="dim">never</span> : <Time at={key.expiresAt} />}
            </td>
            <td className="clip">
              {key.lastUsedAt === null ? <span className="dim">never</span> : <Time at={key.lastUsedAt} />}
            </td>
            <td className="num">
              {key.state === 'ACTIVE' ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Revoke ${key.name}`}
                  onClick={() => revoke(key)}
                >
                  Revoke
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
