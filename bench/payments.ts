/**
 * The work of the benches that decide: payments with a velocity window, the rings that they close, and a DECISION.
 * Rows are drawn from their number alone, so that every run has the same.
 */
export const PAYMENT_DEFINITIONS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at)
  WITH (allowed_lateness = '1 hour');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE VIEW velocity AS SELECT id, payer, payee, amount, at, COUNT(*) OVER w AS n_1h, SUM(amount) OVER w AS sum_1h
  FROM payments WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (velocity KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAID) WITH (event_time = 'at', retain = '2 days');
CREATE DECISION payment ON payments OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 200 MILLISECONDS;
CREATE RULE fast ON velocity WHEN n_1h >= 20 DO ALERT 'Fast' KEY (payer) SUPPRESS INTERVAL '1 day', DECIDE review;
CREATE RULE ring ON velocity THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:PAID]->{1,4}(b:Account WHERE b.id = $payer)-[last:PAID WHERE last.id = $id]->(a)
    ASCENDING BY at WITHIN INTERVAL '2 hours'
  RETURN p, SUM(t.amount) AS moved BUDGET 50000 EDGES DO ALERT 'Ring' SEVERITY HIGH KEY (payer, payee), DECIDE deny;
`;

const ACCOUNTS = 5_000;
const START_MS = Date.UTC(2026, 0, 1);
/** Event time between two payments. */
const STEP_MS = 200;

/** A payment by its number, as the fields of its source. */
export function payment(n: number): Readonly<Record<string, string>> {
  const drawn = mix(n);
  return {
    id: `p${n}`,
    payer: `A${drawn % ACCOUNTS}`,
    payee: `A${mix(drawn) % ACCOUNTS}`,
    amount: ((mix(drawn + 1) % 1_000_000) / 100).toFixed(2),
    at: new Date(START_MS + n * STEP_MS).toISOString(),
  };
}

/** Payments as a CSV body. */
export function paymentsCsv(first: number, count: number): Buffer {
  const lines = ['id,payer,payee,amount,at'];
  for (let n = first; n < first + count; n++) lines.push(Object.values(payment(n)).join(','));
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Spreads a number over 31 bits: the last mixing of MurmurHash3 (Appleby, public domain). */
function mix(value: number): number {
  let hash = value + 0x9e37_79b9;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) & 0x7fff_ffff;
}
