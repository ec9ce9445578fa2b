import { Button } from '@mantine/core';
import { countText } from '../display/number-text.ts';
import { zonePlaceText } from '../display/time-text.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { address, goTo } from '../navigation/location.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage, ProblemNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { useMay } from '../session/viewer-context.ts';
import {
  RollBackDefinitions,
  VersionList,
  type VersionListResult,
  type VersionListVariables,
} from './definitions.operations.ts';

const FIRST: VersionListVariables = { first: 25 };
const select = (result: VersionListResult) => result.definitionVersions;

/** Every text that was ever in force, and the way back to it. */
export function VersionTable() {
  const list = useConnection(VersionList, FIRST, select);
  const mayDefine = useMay('DEFINE');
  const rollBack = useMutation(RollBackDefinitions, { refreshes: ['DraftList'] });
  const runRollBack = async (toVersion: number): Promise<void> => {
    const done = await rollBack.run({ input: { toVersion } });
    if (done?.draft) goTo(['definitions', 'drafts', done.draft.id]);
  };
  if (list.page === null) {
    return (
      <Panel>
        {list.error === null ? <LoadingRows /> : <FailureMessage error={list.error} retry={list.refetch} />}
      </Panel>
    );
  }
  if (list.nodes.length === 0) {
    return (
      <Panel>
        <StateMessage icon="empty" title="Nothing was published yet" />
      </Panel>
    );
  }
  const newest = list.nodes[0]?.number;
  return (
    <Panel padded={false}>
      {rollBack.error === null ? null : <ProblemNote error={rollBack.error} />}
      <table className={table.table}>
        <thead>
          <tr>
            <th>Version</th>
            <th>Comment</th>
            <th>Published by</th>
            <th>Drafted by</th>
            <th>Two persons</th>
            <th>Time ({zonePlaceText()})</th>
            <th className="num">From position</th>
            <th>
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.nodes.map((version) => (
            <tr key={version.id}>
              <td>
                <a href={address(['definitions', 'versions', version.id])}>{version.number}</a>{' '}
                {version.number === newest ? <Tag kind="good">in force</Tag> : null}
              </td>
              <td>{version.comment}</td>
              <td>{version.publishedBy}</td>
              <td>{version.draftedBy}</td>
              <td>
                {version.twoPersons ? (
                  <Tag kind="good" icon="check">
                    yes
                  </Tag>
                ) : (
                  <Tag kind="warn">no</Tag>
                )}
              </td>
              <td className="clip">
                <Time at={version.publishedAt} />
              </td>
              <td className="num">{countText(version.position)}</td>
              <td className="num">
                {mayDefine && version.number !== newest ? (
                  <Button
                    size="compact-xs"
                    variant="default"
                    loading={rollBack.running}
                    aria-label={`Roll back to version ${version.number}: drafts it`}
                    onClick={() => void runRollBack(version.number)}
                  >
                    Roll back
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreRows
        shown={list.nodes.length}
        hasMore={list.hasMore}
        loading={list.loadingMore}
        error={list.error}
        loadMore={list.loadMore}
      />
    </Panel>
  );
}
