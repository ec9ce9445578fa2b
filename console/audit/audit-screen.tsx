import { Button, TextInput } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { saveFile } from '../display/save-file.ts';
import { countText } from '../display/number-text.ts';
import { zonePlaceText } from '../display/time-text.ts';
import { asRequestError, type RequestError } from '../graphql/request-error.ts';
import { useService } from '../graphql/service-context.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { replaceQuery, useLocation } from '../navigation/location.ts';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { OptionalSelect } from '../parts/optional-select.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import {
  FailureMessage,
  NoPermission,
  ProblemNote,
  StaleNote,
  StateMessage,
} from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { useMay, useViewer } from '../session/viewer-context.ts';
import { AuditDetails } from './audit-details.tsx';
import styles from './audit-screen.module.css';
import {
  AuditLog,
  type AuditLogResult,
  ExportAuditHead,
  VerifyAudit,
  type VerifyAuditResult,
} from './audit.operations.ts';

const PAGE = 50;
const TYPING_MS = 350;
const KINDS = ['CHANGE', 'READ'] as const;
const select = (result: AuditLogResult) => result.audit;

/** Who did what, and the proof that nobody has changed it since. */
export function AuditScreen() {
  if (!useMay('AUDIT')) {
    return (
      <Screen title="Audit">
        <Panel>
          <NoPermission scope="AUDIT" />
        </Panel>
      </Screen>
    );
  }
  return <Log />;
}

function Log() {
  const { query } = useLocation();
  const kind = KINDS.find((each) => each === query.kind) ?? null;
  const [actor, setActor] = useSettled(query.who ?? '');
  const [action, setAction] = useSettled(query.action ?? '');
  const setKind = (to: string | null): void =>
    replaceQuery({ kind: to, who: actor.settled, action: action.settled });
  useEffect(() => {
    replaceQuery({ kind, who: actor.settled, action: action.settled });
  }, [kind, actor.settled, action.settled]);
  const variables = useMemo(
    () => ({
      first: PAGE,
      filter: {
        ...(kind === null ? {} : { kind }),
        ...(actor.settled === '' ? {} : { actor: actor.settled }),
        ...(action.settled === '' ? {} : { actions: [action.settled] }),
      },
    }),
    [kind, actor.settled, action.settled],
  );
  const list = useConnection(AuditLog, variables, select);
  return (
    <Screen
      title="Audit"
      lead="Every change, and every read of personal data. Each entry carries the hash of the one before it."
      actions={<Verification />}
    >
      <search className={styles.filters} aria-label="Filter the audit log">
        <OptionalSelect
          size="xs"
          w={150}
          aria-label="Kind"
          none="Any kind"
          data={[
            { value: 'CHANGE', label: 'Changes' },
            { value: 'READ', label: 'Reads' },
          ]}
          value={kind}
          onChange={setKind}
        />
        <TextInput
          size="xs"
          w={200}
          aria-label="Who"
          placeholder="Who"
          value={actor.text}
          onChange={(event) => setActor(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          w={220}
          aria-label="Action"
          placeholder="Action, such as keys.create"
          value={action.text}
          onChange={(event) => setAction(event.currentTarget.value)}
        />
      </search>
      <Panel padded={false}>
        {list.page === null && list.error !== null ? (
          <FailureMessage error={list.error} retry={list.refetch} />
        ) : null}
        {list.page === null && list.error === null ? <LoadingRows rows={10} /> : null}
        {list.page !== null && list.error !== null && !list.loadingMore ? (
          <StaleNote error={list.error} retry={list.refetch} />
        ) : null}
        {list.page !== null && list.nodes.length === 0 ? (
          <StateMessage icon="search" title="No entry fits the filter">
            <p>Take something out of it to see more.</p>
          </StateMessage>
        ) : null}
        {list.nodes.length > 0 ? (
          <>
            <Entries entries={list.nodes} />
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
    </Screen>
  );
}

/** A text as it is typed, and as it was when the viewer last stopped typing. */
function useSettled(start: string) {
  const [text, setText] = useState(start);
  const [settled, setSettled] = useState(start);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text.trim()), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return [{ text, settled }, setText] as const;
}

function Entries({ entries }: { readonly entries: AuditLogResult['audit']['nodes'] }) {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th className="num">No.</th>
          <th>Time ({zonePlaceText()})</th>
          <th>Who</th>
          <th>Kind</th>
          <th>Action</th>
          <th>About</th>
          <th>
            <span className="unseen">Details</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => {
          const open = opened === entry.id;
          return [
            <tr key={entry.id} data-current={open || undefined}>
              <td className="num dim">{countText(entry.sequence)}</td>
              <td className="clip">
                <Time at={entry.at} />
              </td>
              <td>{entry.actor.name}</td>
              <td>{entry.kind === 'CHANGE' ? <Tag kind="busy">change</Tag> : <Tag>read</Tag>}</td>
              <td className="mono">{entry.action}</td>
              <td className={`mono ${styles.target}`}>{entry.target}</td>
              <td className="num">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  aria-expanded={open}
                  aria-label={`${open ? 'Less' : 'More'} of entry ${entry.sequence}`}
                  onClick={() => setOpened(open ? null : entry.id)}
                >
                  {open ? 'Less' : 'More'}
                </Button>
              </td>
            </tr>,
            open ? (
              <tr key={`${entry.id} details`} className={styles.details}>
                <td />
                <td colSpan={6}>
                  <AuditDetails entry={entry} />
                </td>
              </tr>
            ) : null,
          ];
        })}
      </tbody>
    </table>
  );
}

/** Checks the whole chain, and gives out its end, signed. */
function Verification() {
  const { client } = useService();
  const slug = useViewer().tenant?.slug ?? 'tenant';
  const [result, setResult] = useState<VerifyAuditResult['verifyAudit'] | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [running, setRunning] = useState(false);
  const ask = async (work: () => Promise<void>): Promise<void> => {
    setRunning(true);
    setError(null);
    try {
      await work();
    } catch (cause) {
      setError(asRequestError(cause));
    } finally {
      setRunning(false);
    }
  };
  const verify = (): Promise<void> =>
    ask(async () => setResult((await client.request(VerifyAudit, {})).verifyAudit));
  const save = (): Promise<void> =>
    ask(async () => {
      const { auditHead } = await client.request(ExportAuditHead, {});
      const name = `ringwatch-audit-head-${slug}-${auditHead.sequence}.json`;
      saveFile(name, 'application/json', `${JSON.stringify(auditHead, null, 2)}\n`);
    });
  return (
    <>
      <span role="status" className={styles.verdict}>
        {result === null ? null : result.valid ? (
          <Tag kind="good" icon="check">
            {countText(result.entries ?? '0')} entries, all in place
          </Tag>
        ) : (
          <Tag kind="bad" icon="warning">
            entry {result.brokenAt}: {result.reason}
          </Tag>
        )}
      </span>
      {error === null ? null : <ProblemNote error={error} />}
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="download" size={15} />}
        disabled={running}
        onClick={() => void save()}
      >
        Signed head
      </Button>
      <Button
        size="xs"
        leftSection={<Icon name="audit" size={15} />}
        loading={running}
        onClick={() => void verify()}
      >
        Verify
      </Button>
    </>
  );
}
