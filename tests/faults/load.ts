import { FrameWriter } from '../../core/frame.ts';
import { numeric, type SqlType, TEXT, TIMESTAMPTZ, type Value } from '../../core/types.ts';

/** Definitions in which most of the engine keeps state: dedup, windows, a table, a graph, suppression, refusal, inserts, decisions. */
export const DEFINITIONS = `
CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
    WATERMARK FOR at AS at - INTERVAL '30 seconds')
  WITH (allowed_lateness = '1 minute');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE seen (id TEXT PRIMARY KEY, last TIMESTAMPTZ);
CREATE VIEW velocity AS
  SELECT tx, payer, payee, amount, at, COUNT(*) OVER w AS n, SUM(amount) OVER w AS total
  FROM transfers WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '10 minutes' PRECEDING AND CURRENT ROW);
CREATE VIEW per_minute AS
  SELECT payee, window_end, COUNT(*) AS n FROM TUMBLE(transfers, at, INTERVAL '1 minute') GROUP BY payee, window_start, window_end;
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '30 minutes');
CREATE DECISION answer ON transfers OUTCOMES (review, approve) DEFAULT approve;
CREATE RULE slow ON velocity WHEN n = 5 DO DECIDE review, WEBHOOK 'desk';
CREATE RULE ring ON transfers
THEN USE flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:TRANSFER]->{1,3}(b:Account WHERE b.id = $payer)
       -[last:TRANSFER WHERE last.tx = $tx]->(a) ASCENDING BY at WITHIN INTERVAL '20 minutes'
     RETURN p, SUM(t.amount) AS moved
DO ALERT 'Ring' SEVERITY HIGH KEY (payer, payee);
CREATE RULE fast ON velocity WHEN n >= 6 DO ALERT 'Fast' KEY (payer) SUPPRESS INTERVAL '5 minutes', INSERT INTO seen (id, last) VALUES (payer, at);
CREATE RULE busy ON per_minute WHEN n >= 3 DO ALERT 'Busy' KEY (payee);
CREATE RULE reverse ON transfers WHEN amount > 990
THEN USE flow
     MATCH (a:Account WHERE a.id = $payee)-[t:TRANSFER]->(b:Account WHERE b.id = $payer)
     RETURN t.tx AS tx
DO ALERT 'Straight back' KEY (payer), REFUSE;
`;

export const TRANSFERS: readonly SqlType[] = [TEXT, TEXT, TEXT, numeric(18, 2), TIMESTAMPTZ];
const ACCOUNTS: readonly SqlType[] = [TEXT, TEXT];

const START_MICROS = 1_790_000_000_000_000;
const SECOND = 1_000_000;

/** A frame of the load, and the rows of it and those before it: what its progress record tells. */
export interface LoadFrame {
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly rows: number;
}

/**
 * The same frames for the same seed: transfers among 300 accounts, some late, some twice, and changes of accounts. Each
 * frame has 1 to 60 rows and tells in a progress record how many rows there are up to its end; arrival times are those of
 * the events, so that nothing depends on when it runs.
 */
export function* loadFrames(seed: number, frames: number): Iterable<LoadFrame> {
  const random = seededRandom(seed);
  const writer = new FrameWriter();
  let rows = 0;
  for (let frame = 0; frame < frames; frame++) {
    const count = 1 + Math.floor(random() * 60);
    for (let n = 0; n < count; n++, rows++) {
      const arrival = START_MICROS + rows * SECOND;
      if (random() < 0.03) {
        const id = account(random);
        if (random() < 0.7) writer.upsert('accounts', [id, `name ${rows}`], ACCOUNTS, arrival);
        else writer.delete('accounts', [id, null], ACCOUNTS, arrival);
      } else writer.event('transfers', transfer(rows, random), TRANSFERS, arrival);
    }
    writer.inputProgress(
      [{ relation: 'transfers', path: '/load', bytes: rows, rows, rejected: {} }],
      START_MICROS + rows * SECOND,
    );
    const records = writer.records;
    yield { bytes: writer.finish(), records, rows };
  }
}

function transfer(row: number, random: () => number): Value[] {
  const again = random() < 0.02 && row > 10;
  const delaySeconds = random() < 0.1 ? Math.floor(random() * 150) : 0;
  return [
    `tx${again ? row - 1 - Math.floor(random() * 10) : row}`,
    account(random),
    account(random),
    Math.floor(random() * 100_000),
    START_MICROS + (row - delaySeconds) * SECOND,
  ];
}

function account(random: () => number): string {
  return `account ${Math.floor(random() * 300)}`;
}

/** Numbers from 0 to 1, the same for the same seed. (Mulberry32, Tommy Ettinger.) */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
