import { durationText, zonePlaceText } from '../display/time-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { SourceTimes } from './activity.operations.ts';

/** How far the time of each source has come. */
export function SourcesPanel() {
  const { data, error, refetch } = useQuery(SourceTimes, {}, { everySeconds: 5 });
  return (
    <Panel title="Sources" padded={false}>
      {data === null && error !== null ? <FailureMessage error={error} retry={refetch} /> : null}
      {data === null && error === null ? <LoadingRows rows={2} /> : null}
      {data !== null && data.sources.nodes.length === 0 ? (
        <StateMessage icon="empty" title="There is no source in force" />
      ) : null}
      {data !== null && data.sources.nodes.length > 0 ? (
        <table className={table.table}>
          <thead>
            <tr>
              <th>Source</th>
              <th>Event time</th>
              <th>Come as far as ({zonePlaceText()})</th>
              <th className="num">Behind the arrival of its events</th>
              <th>State</th>
              <th>Decision</th>
            </tr>
          </thead>
          <tbody>
            {data.sources.nodes.map((source) => (
              <tr key={source.id}>
                <td className="mono">{source.name}</td>
                <td className="mono">{source.eventTime ?? <span className="dim">none</span>}</td>
                <td>
                  <Time at={source.watermark} />
                </td>
                <td className="num">{source.behindMs === null ? '–' : durationText(source.behindMs)}</td>
                <td>{source.idle ? <Tag>idle</Tag> : <Tag kind="good">waited for</Tag>}</td>
                <td className="mono">{source.decision?.name ?? <span className="dim">none</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Panel>
  );
}
