import { Button, Checkbox } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { countText } from '../display/number-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Facts } from '../parts/facts.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage, ProblemNote, StaleNote } from '../parts/state-message.tsx';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { useMay, useViewer } from '../session/viewer-context.ts';
import { CheckResult } from './check-panel.tsx';
import { CodeEditor, type EditorProblem } from './code-editor.tsx';
import { type CheckFacts, InForce, type InForceResult } from './definitions.operations.ts';
import styles from './definitions-screen.module.css';
import { DraftDialog } from './draft-dialog.tsx';
import { TextDiffView } from './text-diff-view.tsx';
import { readUnsaved, writeUnsaved } from './unsaved-text.ts';
import { useCheck } from './use-check.ts';

/** The text in force: to read, and to change into a draft. */
export function TextView() {
  const { data, error, refetch } = useQuery(InForce, {});
  if (data === null) {
    return (
      <Panel>
        {error === null ? <LoadingRows rows={12} /> : <FailureMessage error={error} retry={refetch} />}
      </Panel>
    );
  }
  return (
    <>
      {error === null ? null : <StaleNote error={error} retry={refetch} />}
      <Workbench inForce={data.definitions} />
    </>
  );
}

function Workbench({ inForce }: { readonly inForce: InForceResult['definitions'] }) {
  const mayDefine = useMay('DEFINE');
  const tenant = useViewer().tenant?.tenantId ?? '';
  const [text, setText] = useState(() => readUnsaved(tenant)?.text ?? inForce.text);
  const [allowDrop, setAllowDrop] = useState(false);
  const [drafting, setDrafting] = useState(false);
  const [place, setPlace] = useState<{ readonly offset: number } | null>(null);
  const changed = text !== inForce.text;
  const { check, error, checking } = useCheck(changed && mayDefine ? text : null, allowDrop);
  useEffect(() => {
    writeUnsaved(changed ? { tenant, base: inForce.text, text } : null);
  }, [changed, text, tenant, inForce.text]);
  const problems = useMemo(() => editorProblems(check, text), [check, text]);
  const drops = check?.errors.some(({ code }) => code === 'DROP_NOT_ALLOWED') || allowDrop;
  return (
    <div className={styles.bench}>
      <Panel
        padded={false}
        className={styles.editorPanel}
        title={changed ? 'Changed text, not drafted yet' : versionTitle(inForce)}
        actions={
          changed ? (
            <Button size="xs" variant="subtle" color="gray" onClick={() => setText(inForce.text)}>
              Back to what is in force
            </Button>
          ) : null
        }
      >
        <div className={styles.editorHolder}>
          {mayDefine ? (
            <CodeEditor label="Definitions" text={text} change={setText} problems={problems} place={place} />
          ) : (
            <CodeEditor label="Definitions" text={inForce.text} />
          )}
        </div>
      </Panel>
      <div className={styles.side}>
        {changed ? (
          <Panel title="Check" actions={checking ? <span className="dim">Checking…</span> : null}>
            {error === null ? null : <ProblemNote error={error} />}
            {check === null && error === null ? <LoadingRows rows={3} /> : null}
            {check === null ? null : <CheckResult check={check} goTo={(offset) => setPlace({ offset })} />}
            {drops ? (
              <Checkbox
                mt="md"
                size="sm"
                label="Statements that the text lacks are dropped"
                checked={allowDrop}
                onChange={(event) => setAllowDrop(event.currentTarget.checked)}
              />
            ) : null}
            <Button
              mt="md"
              fullWidth
              disabled={check?.valid !== true || checking}
              onClick={() => setDrafting(true)}
            >
              Draft it
            </Button>
          </Panel>
        ) : (
          <VersionPanel inForce={inForce} mayDefine={mayDefine} />
        )}
        {changed ? (
          <Panel title="Changed lines" padded={false}>
            <TextDiffView before={inForce.text} after={text} />
          </Panel>
        ) : (
          <PlanPanel plan={inForce.plan} />
        )}
      </div>
      <DraftDialog
        opened={drafting}
        close={() => setDrafting(false)}
        text={text}
        allowDrop={allowDrop}
        drafted={() => setText(inForce.text)}
      />
    </div>
  );
}

function versionTitle({ version }: InForceResult['definitions']): string {
  return version === null ? 'Nothing is published yet' : `Version ${version.number}, in force`;
}

/** The errors as the editor marks them: from their place to the end of the word there. */
export function editorProblems(check: CheckFacts | null, text: string): readonly EditorProblem[] {
  return (check?.errors ?? []).flatMap(({ offset, message, hint, code }) => {
    if (offset === null) return [];
    const length = /^[\w$]+/.exec(text.slice(offset))?.[0].length ?? 1;
    return [
      {
        from: offset,
        to: offset + length,
        message: `${message}${hint === null ? '' : `. ${hint}`} (${code})`,
      },
    ];
  });
}

function VersionPanel(props: {
  readonly inForce: InForceResult['definitions'];
  readonly mayDefine: boolean;
}) {
  const { version } = props.inForce;
  return (
    <Panel title="In force">
      {version === null ? (
        <p className={styles.paragraph}>
          Write the first definitions, or paste one of the examples, and draft them.
        </p>
      ) : (
        <Facts
          facts={[
            ['Published', <Time key="at" at={version.publishedAt} zone />],
            ['by', version.publishedBy],
            ['Drafted by', version.draftedBy],
            ['From position', countText(version.position)],
            [
              'Two persons',
              version.twoPersons ? (
                <Tag key="two" kind="good" icon="check">
                  yes
                </Tag>
              ) : (
                <Tag key="two" kind="warn">
                  no
                </Tag>
              ),
            ],
            ...(version.comment === '' ? [] : [['Comment', version.comment] as const]),
          ]}
        />
      )}
      <p className={styles.paragraph}>
        {props.mayDefine
          ? 'Change the text to make a draft of it: it is checked as you type, and another person publishes it.'
          : 'To change it you need the scope define.'}
      </p>
    </Panel>
  );
}

function PlanPanel({ plan }: { readonly plan: string }) {
  return (
    <Panel title="Plan" padded={false}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by the keyboard */}
      <pre className={styles.plan} tabIndex={0}>
        {plan === '' ? 'There is no plan yet.' : plan}
      </pre>
    </Panel>
  );
}
