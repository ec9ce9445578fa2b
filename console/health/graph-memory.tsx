import { bytesText, countText, figureText } from '../display/number-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { useMay } from '../session/viewer-context.ts';
import { GraphMemoryList } from './health.operations.ts';

/** What each graph view holds in memory, where the viewer may read graph views and there are some. */
export function GraphMemory() {
  const may = useMay('QUERY');
  const { data, error, refetch } = useQuery(GraphMemoryList, {}, { skip: !may, everySeconds: 30 });
  if (!may || data?.graphViews.nodes.length === 0) return null;
  if (data === null) {
    return (
      <Panel title="Graph views in memory">
        {error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />}
      </Panel>
    );
  }
  return (
    <Panel title="Graph views in memory" padded={false}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Graph view</th>
            <th>Vertices</th>
            <th>Edges</th>
            <th>Compressed</th>
            <th>Memory</th>
            <th>An edge</th>
            <th>Of the text</th>
          </tr>
        </thead>
        <tbody>
          {data.graphViews.nodes.map(({ name, memory }) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{memory === null ? '' : countText(memory.vertices)}</td>
              <td>{memory === null ? '' : countText(memory.edges)}</td>
              <td>{memory === null ? '' : compressedText(memory.edgeTables)}</td>
              <td>{memory === null ? '' : bytesText(Number(memory.bytes))}</td>
              <td>{memory === null || memory.bytesPerEdge === null ? '' : bytesText(memory.bytesPerEdge)}</td>
              <td>
                {memory === null || memory.rawShare === null ? '' : `${figureText(100 * memory.rawShare)} %`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** The share of the edges held that a segment holds. */
function compressedText(
  tables: readonly { readonly segmentEdges: string; readonly deltaEdges: string }[],
): string {
  const segment = tables.reduce((sum, { segmentEdges }) => sum + Number(segmentEdges), 0);
  const held = tables.reduce((sum, { deltaEdges }) => sum + Number(deltaEdges), segment);
  return held === 0 ? '' : `${figureText((100 * segment) / held)} %`;
}
