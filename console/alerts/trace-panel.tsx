import { amountOf, countText } from '../display/number-text.ts';
import { Panel } from '../parts/panel.tsx';
import { StateMessage } from '../parts/state-message.tsx';
import styles from './trace-panel.module.css';
import { type TraceFacts, type TraceNode, traceTree } from './trace-tree.ts';

/** The tasks that the search ran: why each ran, what it left, and how much of the work was its. */
export function TracePanel({
  trace,
  partial,
}: {
  readonly trace: readonly TraceFacts[];
  readonly partial: boolean;
}) {
  const total = trace.reduce((sum, { edgesVisited }) => sum + Number(edgesVisited), 0);
  return (
    <Panel
      title="How it was found"
      actions={<span className="dim">{amountOf(total, 'edge')} looked at</span>}
    >
      {trace.length === 0 ? (
        <StateMessage icon="empty" title="The rule ran no search">
          <p>It raises its alert on the condition alone.</p>
        </StateMessage>
      ) : (
        <ol className={styles.tasks}>
          {traceTree(trace).map((node, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tasks have no name of their own and never change
            <Task key={index} node={node} total={total} />
          ))}
        </ol>
      )}
      {partial ? (
        <p className={styles.partial}>The search was ended by its BUDGET: there may be more than it found.</p>
      ) : null}
    </Panel>
  );
}

function Task({ node, total }: { readonly node: TraceNode; readonly total: number }) {
  const share = total === 0 ? 0 : Number(node.edgesVisited) / total;
  return (
    <li className={styles.task}>
      <div className={styles.line}>
        <span className={`mono ${styles.name}`}>{node.task}</span>
        <span className={styles.figures}>
          {amountOf(node.rows, 'row')} · {countText(node.edgesVisited)} edges
        </span>
      </div>
      <div className={styles.why}>{node.why}</div>
      <div className={styles.bar} aria-hidden="true">
        <div style={{ width: `${Math.max(share * 100, 0.5)}%` }} />
      </div>
      {node.children.length === 0 ? null : (
        <ol className={styles.tasks}>
          {node.children.map((child, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tasks have no name of their own and never change
            <Task key={index} node={child} total={total} />
          ))}
        </ol>
      )}
    </li>
  );
}
