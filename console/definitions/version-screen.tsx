import type { ReactNode } from 'react';
import { countText } from '../display/number-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Facts } from '../parts/facts.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { FailureMessage, StateMessage } from '../parts/state-message.tsx';
import { Time } from '../parts/time.tsx';
import { DiffSummary } from './check-panel.tsx';
import { CodeEditor } from './code-editor.tsx';
import { VersionDetail } from './definitions.operations.ts';
import styles from './definitions-screen.module.css';

const PARENT = { title: 'Versions', path: ['definitions', 'versions'] };

/** One version: its text, who put it in force, and what it changed. */
export function VersionScreen({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(VersionDetail, { id });
  const shell = (content: ReactNode) => (
    <Screen title="Version" parent={PARENT}>
      <Panel>{content}</Panel>
    </Screen>
  );
  if (data === null)
    return shell(error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />);
  const version = data.node;
  if (version?.__typename !== 'DefinitionVersion') {
    return shell(<StateMessage icon="search" title="There is no such version" />);
  }
  return (
    <Screen title={`Version ${version.number}`} parent={PARENT} lead={version.comment}>
      <div className={styles.columns}>
        <Panel title="The whole text" padded={false}>
          <div className={styles.editorHolder}>
            <CodeEditor label={`Text of version ${version.number}`} text={version.text} />
          </div>
        </Panel>
        <div className={styles.stack}>
          <Panel title="How it came in force">
            <Facts
              facts={[
                ['Published', <Time key="at" at={version.publishedAt} zone />],
                ['by', version.publishedBy],
                ['Drafted by', version.draftedBy],
                ['From position', countText(version.position)],
                ['Two persons', version.twoPersons ? 'yes' : 'no'],
                [
                  'SHA-256',
                  <span key="hash" className="mono">
                    {version.textHash}
                  </span>,
                ],
              ]}
            />
          </Panel>
          <Panel title="What it changed in the version before">
            <DiffSummary diff={version.diff} />
          </Panel>
        </div>
      </div>
    </Screen>
  );
}
