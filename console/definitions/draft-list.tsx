import { zonePlaceText } from '../display/time-text.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { address, goTo } from '../navigation/location.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import {
  DraftList as DraftListQuery,
  type DraftListResult,
  type DraftListVariables,
} from './definitions.operations.ts';
import { DRAFT_KINDS, draftStateText, purposeText } from './draft-words.ts';

const FIRST: DraftListVariables = { first: 25 };
const select = (result: DraftListResult) => result.drafts;

/** Texts that wait for a second person, and those that waited once. */
export function DraftList() {
  const list = useConnection(DraftListQuery, FIRST, select);
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
        <StateMessage icon="empty" title="Nothing was drafted yet">
          <p>Change the text and draft it; another person then finds it here to publish.</p>
        </StateMessage>
      </Panel>
    );
  }
  return (
    <Panel padded={false}>
      {list.error === null ? null : <StaleNote error={list.error} retry={list.refetch} />}
      <table className={table.table}>
        <thead>
          <tr>
            <th>State</th>
            <th>What it is for</th>
            <th>Comment</th>
            <th>Drafted by</th>
            <th>Time ({zonePlaceText()})</th>
            <th>Made from</th>
          </tr>
        </thead>
        <tbody>
          {list.nodes.map((draft) => (
            <tr key={draft.id} data-clickable onClick={() => goTo(['definitions', 'drafts', draft.id])}>
              <td>
                <Tag kind={DRAFT_KINDS[draft.state]}>{draftStateText(draft)}</Tag>
              </td>
              <td>
                <a href={address(['definitions', 'drafts', draft.id])}>{purposeText(draft)}</a>
              </td>
              <td>{draft.comment}</td>
              <td>{draft.author}</td>
              <td className="clip">
                <Time at={draft.createdAt} />
              </td>
              <td>{draft.basedOn === null ? 'nothing' : `version ${draft.basedOn.number}`}</td>
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
