import { useEffect, useRef } from 'react';
import { sumDecimals } from '../display/decimal-sum.ts';
import { valueText } from '../display/json-text.ts';
import { decimalText } from '../display/number-text.ts';
import { sentence } from '../display/words.ts';
import { address } from '../navigation/location.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Panel } from '../parts/panel.tsx';
import table from '../parts/table.module.css';
import { type GraphVertex, type RingGraph, vertexName } from './ring-graph.ts';
import styles from './ring-panel.module.css';

/** Who the paths go through: what is known of each, what went out and came in on these paths, and the way to other alerts. */
export function VertexTable({
  graph,
  chosen,
}: {
  readonly graph: RingGraph;
  readonly chosen: string | null;
}) {
  const columns = otherColumns(graph.vertices);
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (chosen !== null) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <Panel title="Who is in it" padded={false}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Party</th>
            {columns.map((column) => (
              <th key={column}>{sentence(column)}</th>
            ))}
            <th className="num">Out</th>
            <th className="num">In</th>
            <th>
              <span className="unseen">More</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {graph.vertices.map((vertex) => (
            <tr
              key={vertex.key}
              ref={vertex.key === chosen ? row : null}
              data-current={vertex.key === chosen || undefined}
            >
              <td>
                <span className={styles.account}>
                  <span className="mono">{vertex.key}</span>
                  <CopyButton text={vertex.key} what={vertex.key} />
                  <span>{vertexName(vertex)}</span>
                </span>
              </td>
              {columns.map((column) => (
                <td key={column}>{propertyText(vertex.properties[column])}</td>
              ))}
              <td className="num">{sumText(graph, ({ from }) => from === vertex.key)}</td>
              <td className="num">{sumText(graph, ({ to }) => to === vertex.key)}</td>
              <td className="num">
                <a href={address(['alerts'], { state: 'ALL', key: vertex.key })}>
                  Alerts<span className="unseen"> about {vertex.key}</span>
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const COLUMNS_MAX = 4;

/** Properties that are neither the key nor the name, those of most vertices first. */
function otherColumns(vertices: readonly GraphVertex[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const vertex of vertices) {
    const name = vertexName(vertex);
    for (const [column, value] of Object.entries(vertex.properties)) {
      if (value === null || String(value) === vertex.key || value === name) continue;
      counts.set(column, (counts.get(column) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, COLUMNS_MAX)
    .map(([column]) => column);
}

function propertyText(value: unknown): string {
  return value === undefined || value === null ? '–' : valueText(value);
}

function sumText(graph: RingGraph, counts: (edge: RingGraph['edges'][number]) => boolean): string {
  const amounts = graph.edges.filter(counts).flatMap(({ amount }) => (amount === null ? [] : [amount]));
  const sum = amounts.length === 0 ? null : sumDecimals(amounts);
  return sum === null ? '–' : decimalText(sum);
}
