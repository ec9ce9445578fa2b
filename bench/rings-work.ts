import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Transfers as parallel columns in file order: account numbers, amounts in cents, seconds. */
export interface Transfers {
  readonly count: number;
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly cents: Float64Array;
  readonly seconds: Float64Array;
}

/** Reads AMLSim's stream (src,dst,amount,t), repeated `times` times, each repetition shifted after the one before. */
export function readTransfers(gzPath: string, times = 1): Transfers {
  const lines = gunzipSync(readFileSync(gzPath)).toString('latin1').trim().split('\n').slice(1);
  const count = lines.length * times;
  const source = new Int32Array(count);
  const destination = new Int32Array(count);
  const cents = new Float64Array(count);
  const seconds = new Float64Array(count);
  lines.forEach((line, row) => {
    const [src, dst, amount, t] = line.split(',');
    source[row] = Number(src);
    destination[row] = Number(dst);
    cents[row] = Math.round(Number(amount) * 100);
    seconds[row] = Number(t);
  });
  const span = (seconds[lines.length - 1] ?? 0) + 1;
  for (let row = lines.length; row < count; row++) {
    const before = row - lines.length;
    source[row] = source[before] ?? 0;
    destination[row] = destination[before] ?? 0;
    cents[row] = cents[before] ?? 0;
    seconds[row] = (seconds[before] ?? 0) + span;
  }
  return { count, source, destination, cents, seconds };
}

/** CSV with a transfer number, as `ringwatch run` reads it. */
export function toCsv(transfers: Transfers, from = 0, to = transfers.count): string {
  const lines = ['tx,src,dst,amount,t'];
  for (let row = from; row < to; row++) {
    const amount = ((transfers.cents[row] ?? 0) / 100).toFixed(2);
    lines.push(
      `${row},${transfers.source[row]},${transfers.destination[row]},${amount},${transfers.seconds[row]}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The answers that every variant must reach: rings of 2 to 5 transfers, and the sums of the windows over all events. */
export interface RingAnswers {
  readonly rings: readonly number[];
  readonly count1h: number;
  readonly cents24h: number;
}

/** What the bench asks for: each transfer stored, two windows kept, the rings that it closes searched. */
export const WORK = {
  ringSeconds: 14 * 86_400,
  lengthMax: 5,
  shortSeconds: 3_600,
  longSeconds: 86_400,
} as const;

/**
 * The floor: the same work in plain arrays, nothing durable, no language, no keys, no lateness. What is above it is
 * what a product costs.
 */
export function runFloor(transfers: Transfers): RingAnswers {
  const { count, source, destination, cents, seconds } = transfers;
  const accounts = Math.max(...source.subarray(0, Math.min(count, 100_000)), 100_000) + 1;
  const inHead = new Int32Array(accounts).fill(-1);
  const inNext = new Int32Array(count).fill(-1);
  const outTail = new Int32Array(accounts).fill(-1);
  const outNext = new Int32Array(count).fill(-1);
  const low = [new Int32Array(accounts).fill(-1), new Int32Array(accounts).fill(-1)] as const;
  const sizes = [new Int32Array(accounts), new Int32Array(accounts)] as const;
  const sums = [new Float64Array(accounts), new Float64Array(accounts)] as const;
  const spans = [WORK.shortSeconds, WORK.longSeconds] as const;
  const rings = [0, 0, 0, 0, 0, 0];
  let count1h = 0;
  let cents24h = 0;
  const path = new Int32Array(8);

  const search = (vertex: number, time: number, first: number, oldest: number, depth: number): void => {
    for (let edge = inHead[vertex] ?? -1; edge >= 0; edge = inNext[edge] ?? -1) {
      const t = seconds[edge] ?? 0;
      if (t < oldest) return;
      if (t >= time) continue;
      const next = source[edge] ?? 0;
      if (next === first) {
        rings[depth + 1] = (rings[depth + 1] ?? 0) + 1;
        continue;
      }
      if (depth + 1 >= WORK.lengthMax) continue;
      let seen = false;
      for (let i = 0; i < depth; i++) seen ||= path[i] === next;
      if (seen) continue;
      path[depth] = next;
      search(next, t, first, oldest, depth + 1);
    }
  };

  for (let row = 0; row < count; row++) {
    const from = source[row] ?? 0;
    const to = destination[row] ?? 0;
    const time = seconds[row] ?? 0;
    const tail = outTail[from] ?? -1;
    if (tail >= 0) outNext[tail] = row;
    outTail[from] = row;
    for (let w = 0; w < 2; w++) {
      const lows = low[w as 0 | 1];
      let edge = lows[from] ?? -1;
      if (edge < 0) edge = row;
      const size = sizes[w as 0 | 1];
      const sum = sums[w as 0 | 1];
      while ((seconds[edge] ?? 0) < time - (spans[w as 0 | 1] ?? 0)) {
        size[from] = (size[from] ?? 0) - 1;
        sum[from] = (sum[from] ?? 0) - (cents[edge] ?? 0);
        edge = outNext[edge] ?? -1;
      }
      lows[from] = edge;
      size[from] = (size[from] ?? 0) + 1;
      sum[from] = (sum[from] ?? 0) + (cents[row] ?? 0);
    }
    count1h += sizes[0][from] ?? 0;
    cents24h += sums[1][from] ?? 0;
    inNext[row] = inHead[to] ?? -1;
    inHead[to] = row;
    if (from !== to) {
      path[0] = from;
      search(from, time, to, time - WORK.ringSeconds, 1);
    }
  }
  return { rings: rings.slice(2), count1h, cents24h };
}

/** The same work as Ringwatch definitions. Every event is searched; an alert holds the rings that it closes. */
export const DEFINITIONS = `
CREATE SOURCE transfers (tx TEXT PRIMARY KEY, src TEXT, dst TEXT, amount NUMERIC(18,2), t BIGINT,
    at TIMESTAMPTZ AS to_timestamp(t), WATERMARK FOR at AS at - INTERVAL '5 seconds');
CREATE TABLE accounts (id TEXT PRIMARY KEY);
CREATE VIEW velocity AS
  SELECT tx, src, dst, amount, at,
    COUNT(*) OVER h AS n_1h, SUM(amount) OVER h AS sum_1h, COUNT(*) OVER d AS n_24h, SUM(amount) OVER d AS sum_24h
  FROM transfers
  WINDOW h AS (PARTITION BY src ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
         d AS (PARTITION BY src ORDER BY at RANGE BETWEEN INTERVAL '24 hours' PRECEDING AND CURRENT ROW);
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx) SOURCE KEY (src) REFERENCES accounts (id) DESTINATION KEY (dst) REFERENCES accounts (id)
    LABEL TRANSFER)
  WITH (event_time = 'at', retain = '20 days');
CREATE RULE rings ON velocity WHEN n_1h >= 1 AND sum_24h >= 0
THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[e:TRANSFER]->{1,4}(b:Account WHERE b.id = $src)
    -[last:TRANSFER WHERE last.tx = $tx]->(a) ASCENDING BY at WITHIN INTERVAL '14 days'
  RETURN p, SUM(e.amount) + last.amount AS looped
DO ALERT 'Ring' SEVERITY HIGH KEY (src, dst);
`;
