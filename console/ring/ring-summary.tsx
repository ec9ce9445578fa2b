import type { RingFacts } from '../alerts/alert.operations.ts';
import { sumDecimals } from '../display/decimal-sum.ts';
import { countText, decimalText } from '../display/number-text.ts';
import { durationText } from '../display/time-text.ts';
import type { GraphEdge, RingGraph } from './ring-graph.ts';
import styles from './ring-summary.module.css';

/** What the paths come to, at a glance: how many, how much, how long, and of one ring how much of it came back. */
export function RingSummary({
  graph,
  rings,
}: {
  readonly graph: RingGraph;
  readonly rings: readonly RingFacts[];
}) {
  const facts = factsOf(graph, rings);
  return (
    <div className={styles.line}>
      <dl className={styles.facts}>
        {facts.map(([name, value, aside]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              {aside === undefined ? null : <span className={styles.aside}>{aside}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {graph.edges.some(({ closing }) => closing) ? (
        <p className={styles.legend}>
          <svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">
            <path d="M1 5h26" className={styles.closing} />
            <path d="m25 1 8 4-8 4z" className={styles.head} />
          </svg>
          closed the ring
        </p>
      ) : null}
    </div>
  );
}

type Fact = readonly [name: string, value: string, aside?: string];

function factsOf(graph: RingGraph, rings: readonly RingFacts[]): readonly Fact[] {
  const { edges, vertices } = graph;
  const moved = sumOf(edges);
  const [first] = edges;
  const last = edges.findLast(({ time }) => time !== null);
  const closing = edges.filter((edge) => edge.closing);
  const facts: Fact[] = [
    ['Steps', countText(edges.length)],
    ['Parties', countText(vertices.length)],
  ];
  if (moved !== null) facts.push(['Moved', decimalText(moved)]);
  if (first?.time && last?.time) {
    facts.push(['Within', durationText(Date.parse(last.time) - Date.parse(first.time))]);
  }
  const back = sumOf(closing);
  const left = rings.length === 1 ? sumOf(edges.filter(({ hop }) => hop === 0)) : null;
  if (closing.length > 0 && back !== null) {
    const [of] = closing;
    const share =
      left === null || Number(left) === 0
        ? undefined
        : `${Math.round((Number(back) / Number(left)) * 100)} % of ${decimalText(left)}`;
    const name = `Back to ${of?.to ?? ''}`;
    facts.push(share === undefined ? [name, decimalText(back)] : [name, decimalText(back), share]);
  }
  return facts;
}

function sumOf(edges: readonly GraphEdge[]): string | null {
  const amounts = edges.flatMap(({ amount }) => (amount === null ? [] : [amount]));
  return amounts.length === 0 || amounts.length < edges.length ? null : sumDecimals(amounts);
}
