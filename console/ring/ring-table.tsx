import { decimalText } from '../display/number-text.ts';
import { durationText, zonePlaceText } from '../display/time-text.ts';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import table from '../parts/table.module.css';
import { type GraphEdge, type RingGraph, vertexName } from './ring-graph.ts';
import styles from './ring-panel.module.css';

/** The drawing's facts, an edge a row, in time: for those who read rather than look. */
export function RingTable(props: {
  readonly graph: RingGraph;
  readonly step: number | null;
  readonly chooseStep: (step: number) => void;
}) {
  const { edges, vertices } = props.graph;
  const names = new Map(vertices.map((vertex) => [vertex.key, vertexName(vertex)]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by the keyboard
    <section className={styles.tableHolder} aria-label="Steps in time" tabIndex={0}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Step</th>
            <th>From</th>
            <th>To</th>
            <th className="num">Amount</th>
            <th>Time ({zonePlaceText()})</th>
            <th className="num">After</th>
            <th>Key</th>
            <th>
              <span className="unseen">Closes the ring</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge, index) => (
            <tr
              key={edge.key}
              className={styles.row}
              data-now={props.step === index + 1 || undefined}
              data-later={(props.step !== null && index >= props.step) || undefined}
              data-closing={edge.closing || undefined}
              onClick={() => props.chooseStep(index + 1)}
            >
              <td>
                <button
                  type="button"
                  className={styles.stepButton}
                  aria-label={`Show step ${index + 1}`}
                  aria-pressed={props.step === index + 1}
                >
                  {index + 1}
                </button>
              </td>
              <td>
                <End id={edge.from} name={names.get(edge.from) ?? null} />
              </td>
              <td>
                <End id={edge.to} name={names.get(edge.to) ?? null} />
              </td>
              <td className="num">{edge.amount === null ? '–' : decimalText(edge.amount)}</td>
              <td className="clip">
                <Time at={edge.time} />
              </td>
              <td className="num dim">{sinceText(edges[index - 1], edge)}</td>
              <td className="mono dim">{edge.key}</td>
              <td>{edge.closing ? <Tag kind="warn">closes</Tag> : null}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** An end of a transfer: its key, and beneath it whose it is. */
function End({ id, name }: { readonly id: string; readonly name: string | null }) {
  return (
    <span className={styles.end}>
      <span className="mono">{id}</span>
      {name === null ? null : <span className="dim">{name}</span>}
    </span>
  );
}

function sinceText(before: GraphEdge | undefined, edge: GraphEdge): string {
  if (before?.time === null || before?.time === undefined || edge.time === null) return '';
  return `+${durationText(Date.parse(edge.time) - Date.parse(before.time))}`;
}
