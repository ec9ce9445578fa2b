/** Definitions in which three transfers close a ring, for tests of the interface. */
export const RING_DEFINITIONS = `
CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at - INTERVAL '5 seconds') WITH (allowed_lateness = '10 minutes', max_ahead = '36500 days');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, opened BIGINT);
CREATE VIEW large AS SELECT tx, payer, payee, amount, at FROM transfers WHERE amount >= 1000;
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '40 days');
CREATE DECISION payment ON transfers OUTCOMES (review, approve) DEFAULT approve FALLBACK review DEADLINE 2000 MILLISECONDS;
CREATE RULE ring ON transfers
THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:TRANSFER]->{1,5}(b:Account WHERE b.id = $payer)
    -[last:TRANSFER WHERE last.tx = $tx]->(a) ASCENDING BY at WITHIN INTERVAL '14 days'
  RETURN p, SUM(t.amount) + last.amount AS moved
DO ALERT 'Cash-out loop' SEVERITY HIGH KEY (payer, payee), DECIDE review;
CREATE QUERY sent_by (account TEXT, n INTEGER = 20) AS
  USE flow MATCH (a:Account WHERE a.id = $account)-[t:TRANSFER]->(b:Account) RETURN a, t, b, t.amount AS amount LIMIT $n;
`;

/** A transfer as JSON; `minute` counts from the beginning of 2026. */
export function transfer(
  tx: string,
  payer: string,
  payee: string,
  amount: string,
  minute: number,
): Readonly<Record<string, string>> {
  return { tx, payer, payee, amount, at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() };
}

/** Three transfers, of which the last closes a ring. */
export function ringOf(name: string, minute: number): readonly Readonly<Record<string, string>>[] {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => `${name}-${letter}`) as [string, string, string];
  return [
    transfer(`${name}1`, a, b, '1000.50', minute),
    transfer(`${name}2`, b, c, '990.25', minute + 1),
    transfer(`${name}3`, c, a, '980.00', minute + 2),
  ];
}
