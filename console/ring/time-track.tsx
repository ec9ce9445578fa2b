import { momentText } from '../display/time-text.ts';
import type { GraphEdge } from './ring-graph.ts';
import { placesInTime, TRACK_WIDTH } from './time-places.ts';
import styles from './time-track.module.css';

/**
 * When each edge happened, on a line of time, and a slider over it that goes from edge to edge. Dots that would lie on one
 * another are moved apart.
 */
export function TimeTrack(props: {
  readonly edges: readonly GraphEdge[];
  readonly step: number | null;
  readonly goTo: (step: number) => void;
}) {
  const { edges, step } = props;
  const [first] = edges;
  const last = edges.at(-1);
  if (first === undefined || last === undefined) return null;
  const places = placesInTime(edges);
  const reached = step === null ? edges.length : step;
  const now = step === null ? null : edges[step - 1];
  return (
    <div className={styles.track}>
      <div className={styles.line}>
        <svg
          viewBox={`0 0 ${TRACK_WIDTH} 24`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className={styles.picture}
        >
          <line x1="0" y1="12" x2={TRACK_WIDTH} y2="12" className={styles.rail} />
          <line x1="0" y1="12" x2={places[Math.max(0, reached - 1)] ?? 0} y2="12" className={styles.past} />
        </svg>
        {edges.map((edge, index) => (
          <span
            key={edge.key}
            className={styles.dot}
            data-closing={edge.closing || undefined}
            data-now={step === index + 1 || undefined}
            data-later={index >= reached || undefined}
            style={{ left: `${(places[index] ?? 0) / 10}%` }}
          />
        ))}
        <input
          type="range"
          className={styles.slider}
          min={1}
          max={edges.length}
          value={reached === 0 ? 1 : reached}
          aria-label="Step in time"
          aria-valuetext={now === null || now === undefined ? 'all' : stepText(now, step ?? 0, edges.length)}
          onChange={(event) => props.goTo(Number(event.currentTarget.value))}
        />
      </div>
      <div className={styles.ends}>
        <span>{first.time === null ? '' : momentText(first.time)}</span>
        <span>{last.time === null ? '' : momentText(last.time)}</span>
      </div>
    </div>
  );
}

function stepText(edge: GraphEdge, step: number, of: number): string {
  return `${step} of ${of}: ${edge.from} to ${edge.to}${edge.time === null ? '' : `, ${momentText(edge.time)}`}`;
}
