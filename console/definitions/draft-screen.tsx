import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { goTo } from '../navigation/location.ts';
import { Icon } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { FailureMessage, ProblemNote, StateMessage } from '../parts/state-message.tsx';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { useMay } from '../session/viewer-context.ts';
import { CheckResult } from './check-panel.tsx';
import { CodeEditor } from './code-editor.tsx';
import {
  DraftDetail,
  type DraftDetailResult,
  InForceText,
  PublishDefinitions,
  WithdrawDraft,
} from './definitions.operations.ts';
import styles from './definitions-screen.module.css';
import { DRAFT_KINDS, draftStateText, purposeText } from './draft-words.ts';
import { TextDiffView } from './text-diff-view.tsx';

type Draft = Extract<DraftDetailResult['node'], { readonly __typename: 'Draft' }>;

const PARENT = { title: 'Drafts', path: ['definitions', 'drafts'] };

/** A draft: what it changes, and for the second person the button that puts it in force. */
export function DraftScreen({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(DraftDetail, { id });
  const shell = (content: ReactNode) => (
    <Screen title="Draft" parent={PARENT}>
      <Panel>{content}</Panel>
    </Screen>
  );
  if (data === null)
    return shell(error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />);
  if (data.node?.__typename !== 'Draft')
    return shell(<StateMessage icon="search" title="There is no such draft" />);
  return <Detail draft={data.node} />;
}

const REFRESHES = [
  'DraftDetail',
  'DraftList',
  'InForce',
  'InForceText',
  'VersionList',
  'RuleList',
  'RuleNames',
];

function Detail({ draft }: { readonly draft: Draft }) {
  const notice = useNotice();
  const mayDefine = useMay('DEFINE');
  const inForce = useQuery(InForceText, {}, { skip: !useMay('QUERY') });
  const publish = useMutation(PublishDefinitions, { refreshes: REFRESHES });
  const withdraw = useMutation(WithdrawDraft, { refreshes: REFRESHES });
  const open = draft.state === 'OPEN';
  const runPublish = async (): Promise<void> => {
    const done = await publish.run({ input: { draftId: draft.id } });
    if (done?.version === null || done?.version === undefined) return;
    notice({ kind: 'done', text: publishedText(draft, done.version.number) });
    goTo(['definitions', isSwitch(draft) ? 'rules' : 'text']);
  };
  const runWithdraw = async (): Promise<void> => {
    const done = await withdraw.run({ input: { id: draft.id } });
    if (done !== null) notice({ kind: 'done', text: 'The draft was taken back' });
  };
  return (
    <Screen
      title={`Draft: ${purposeText(draft)}`}
      heading={purposeText(draft)}
      parent={PARENT}
      lead={
        <>
          <Tag kind={DRAFT_KINDS[draft.state]}>{draftStateText(draft)}</Tag> Drafted by {draft.author},{' '}
          <Time at={draft.createdAt} zone />
          {draft.basedOn === null ? null : <>, from version {draft.basedOn.number}</>}
          {draft.comment === '' ? null : <p className={styles.paragraph}>“{draft.comment}”</p>}
        </>
      }
      actions={
        open ? (
          <>
            {mayDefine ? (
              <Button
                size="xs"
                variant="default"
                loading={withdraw.running}
                onClick={() => void runWithdraw()}
              >
                Take it back
              </Button>
            ) : null}
            <Button
              size="xs"
              disabled={!draft.publishable || !draft.check.valid}
              loading={publish.running}
              onClick={() => void runPublish()}
            >
              Publish
            </Button>
          </>
        ) : null
      }
    >
      {publish.error === null ? null : <ProblemNote error={publish.error} />}
      {withdraw.error === null ? null : <ProblemNote error={withdraw.error} />}
      {open ? <WhyNot draft={draft} /> : null}
      <div className={styles.columns}>
        <div className={styles.stack}>
          <Panel
            title={open ? 'Changed lines, against what is in force' : 'Against what is in force now'}
            padded={false}
          >
            {inForce.data === null ? (
              <LoadingRows rows={4} />
            ) : (
              <TextDiffView before={inForce.data.definitions.text} after={draft.text} />
            )}
          </Panel>
          <Panel title="The whole text" padded={false}>
            <div className={styles.readEditor}>
              <CodeEditor label="Text of the draft" text={draft.text} />
            </div>
          </Panel>
        </div>
        <Panel title={open ? 'What publishing it does' : 'Check against what is in force now'}>
          <CheckResult check={draft.check} />
        </Panel>
      </div>
    </Screen>
  );
}

function isSwitch({ purpose }: Draft): boolean {
  return purpose === 'ENABLE_RULE' || purpose === 'DISABLE_RULE';
}

function publishedText(draft: Draft, version: number): string {
  if (!isSwitch(draft)) return `Version ${version} is in force`;
  return `${draft.rule ?? 'The rule'} is switched ${draft.purpose === 'ENABLE_RULE' ? 'on' : 'off'}`;
}

/** Why the viewer cannot publish an open draft, and who can. */
function WhyNot({ draft }: { readonly draft: Draft }) {
  const mayPublish = useMay('PUBLISH');
  if (draft.publishable) return null;
  return (
    <div className={styles.refusal} role="note">
      <Icon name="person" size={18} />
      {mayPublish ? (
        <p>
          <strong>A second person has to publish this.</strong> You drafted it, or made the key that did. Send
          a colleague who may publish the address of this page.
        </p>
      ) : (
        <p>
          <strong>Someone else has to publish this.</strong> It needs the scope publish, which you do not
          have.
        </p>
      )}
    </div>
  );
}
