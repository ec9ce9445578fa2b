import { momentText } from '../display/time-text.ts';
import type { GraphEdge } from './ring-graph.ts';
import styles from './time-track.module.css';

const WIDTH = 1000;
const GAP_MIN = 12;

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
  const places = placesOf(edges);
  const reached = step === null ? edges.length : step;
  const now = step === null ? null : edges[step - 1];
  return (
    <div className={styles.track}>
      <div className={styles.line}>
        <svg
          viewBox={`0 0 ${WIDTH} 24`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className={styles.picture}
        >
          <line x1="0" y1="12" x2={WIDTH} y2="12" className={styles.rail} />
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

/** Places between 0 and 1000, by time; evenly where there are no times. */
export function placesOf(edges: readonly { readonly time: string | null }[]): readonly number[] {
  const times = edges.map(({ time }) => (time === null ? null : Date.parse(time)));
  const known = times.filter((time): time is number => time !== null);
  const from = Math.min(...known);
  const span = Math.max(...known) - from;
  const even = (index: number): number =>
    edges.length === 1 ? WIDTH / 2 : (index / (edges.length - 1)) * WIDTH;
  if (known.length < edges.length || span <= 0) return edges.map((_, index) => even(index));
  const gap = Math.min(GAP_MIN, WIDTH / Math.max(1, edges.length - 1));
  const places: number[] = [];
  for (const time of times as number[]) {
    const place = ((time - from) / span) * WIDTH;
    places.push(Math.max(place, (places.at(-1) ?? -gap) + gap));
  }
  for (let index = places.length - 1, limit = WIDTH; index >= 0; index--, limit -= gap) {
    places[index] = Math.min(places[index] ?? 0, limit);
  }
  return places;
}
