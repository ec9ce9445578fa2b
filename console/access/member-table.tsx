import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { zonePlaceText } from '../display/time-text.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { useViewer } from '../session/viewer-context.ts';
import styles from './access.module.css';
import {
  DisableMember,
  type MemberFacts,
  MemberList,
  type MemberListResult,
  type MemberListVariables,
} from './access.operations.ts';
import { MemberDialog } from './member-dialog.tsx';
import { ScopeTags } from './scope-tags.tsx';

const FIRST: MemberListVariables = { first: 50, withShutOut: true };
const select = (result: MemberListResult) => result.members;

/** The people of the tenant. Reading them is in the audit log. */
export function MemberTable() {
  const list = useConnection(MemberList, FIRST, select);
  const notice = useNotice();
  const disable = useMutation(DisableMember, { refreshes: ['MemberList', 'KeyList'] });
  const [editing, setEditing] = useState<MemberFacts | 'new' | null>(null);
  const [disabling, setDisabling] = useState<MemberFacts | null>(null);
  const runDisable = async (): Promise<void> => {
    if (disabling === null) return;
    const done = await disable.run({ input: { id: disabling.id } });
    if (done === null) return;
    notice({ kind: 'done', text: `${disabling.name} is shut out` });
    setDisabling(null);
  };
  return (
    <>
      <div className={styles.bar}>
        <Button size="xs" leftSection={<Icon name="plus" size={15} />} onClick={() => setEditing('new')}>
          Add a member
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
          <StateMessage icon="person" title="There is no member yet">
            <p>Add the people who work with alerts and definitions.</p>
          </StateMessage>
        ) : null}
        {list.nodes.length > 0 ? (
          <>
            <MemberRows members={list.nodes} edit={setEditing} disable={setDisabling} />
            <MoreRows
              shown={list.nodes.length}
              hasMore={list.hasMore}
              loading={list.loadingMore}
              error={list.error}
              loadMore={list.loadMore}
            />
          </>
        ) : null}
      </Panel>
      <MemberDialog editing={editing} close={() => setEditing(null)} />
      <ConfirmDialog
        title={`Shut ${disabling?.name ?? ''} out?`}
        opened={disabling !== null}
        close={() => setDisabling(null)}
        action="Shut out"
        run={() => void runDisable()}
        running={disable.running}
        error={disable.error}
      >
        <p>The person’s keys and sessions end at once. What they did stays as it is.</p>
      </ConfirmDialog>
    </>
  );
}

function MemberRows(props: {
  readonly members: readonly MemberFacts[];
  readonly edit: (member: MemberFacts) => void;
  readonly disable: (member: MemberFacts) => void;
}) {
  const viewer = useViewer();
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th>Name</th>
          <th>E-mail</th>
          <th>Scopes</th>
          <th>Since ({zonePlaceText()})</th>
          <th>
            <span className="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.members.map((member) => (
          <tr key={member.id}>
            <td>
              <strong>{member.name}</strong>{' '}
              {member.disabledAt === null ? null : <Tag kind="bad">shut out</Tag>}
            </td>
            <td>{member.email}</td>
            <td>
              <ScopeTags scopes={member.scopes} />
            </td>
            <td className="clip">
              <Time at={member.createdAt} />
            </td>
            <td>
              {member.disabledAt === null ? (
                <Group gap={6} justify="flex-end" wrap="nowrap">
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Change ${member.name}`}
                    onClick={() => props.edit(member)}
                  >
                    Change
                  </Button>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Shut out ${member.name}`}
                    disabled={viewer.memberId === member.id}
                    onClick={() => props.disable(member)}
                  >
                    Shut out
                  </Button>
                </Group>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
