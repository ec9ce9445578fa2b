-- Northfield Bank, outgoing transfers: what risk looks for.

CREATE SOURCE transfers (
  tx     BIGINT PRIMARY KEY,
  t      BIGINT,                                  -- seconds since 1970
  src    TEXT,
  dst    TEXT,
  amount NUMERIC(18,2),
  at     TIMESTAMPTZ AS to_timestamp(t),
  WATERMARK FOR at AS at
);

CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, kind TEXT);

CREATE PROPERTY GRAPH capital_flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (
    transfers KEY (tx)
      SOURCE KEY (src) REFERENCES accounts (id)
      DESTINATION KEY (dst) REFERENCES accounts (id)
      LABEL TRANSFER
  )
  WITH (event_time = 'at', retain = '40 days');

-- Each transfer is answered: review when it closes a ring, else approve.
CREATE DECISION payment ON transfers OUTCOMES (review, approve) DEFAULT approve FALLBACK review DEADLINE 200 MILLISECONDS;

-- Money that comes back to where it left over two to five other accounts, most of it, within 40 days.
CREATE RULE cash_out_ring ON transfers WHEN amount >= 100
THEN USE capital_flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[t:TRANSFER]->{2,5}(b:Account WHERE b.id = $src)
                      -[last:TRANSFER WHERE last.tx = $tx]->(a)
       ASCENDING BY at WITHIN INTERVAL '40 days'
     FILTER last.amount >= 0.8 * MAX(t.amount)
     RETURN p, SUM(t.amount) + last.amount AS moved
DO ALERT 'Cash-out ring' SEVERITY HIGH KEY (src, dst), DECIDE review;

-- The same in a hurry: four or more transfers, nine tenths of the money, ten days.
CREATE RULE fast_ring ON transfers WHEN amount >= 100
THEN USE capital_flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[t:TRANSFER]->{3,5}(b:Account WHERE b.id = $src)
                      -[last:TRANSFER WHERE last.tx = $tx]->(a)
       ASCENDING BY at WITHIN INTERVAL '10 days'
     FILTER last.amount >= 0.9 * MAX(t.amount)
     RETURN p, MIN(t.amount) AS least
DO ALERT 'Fast cash-out ring' SEVERITY CRITICAL KEY (src, dst), DECIDE review;

CREATE VIEW arrivals AS
  SELECT tx, src, dst, amount, at, COUNT(DISTINCT src) OVER day AS payers, SUM(amount) OVER day AS total
  FROM transfers
  WINDOW day AS (PARTITION BY dst ORDER BY at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW);

CREATE RULE collector ON arrivals WHEN payers >= 5
DO ALERT 'Many pay one' SEVERITY MEDIUM KEY (dst) SUPPRESS INTERVAL '3 days';

CREATE RULE large_transfer ON transfers WHEN amount >= 1500
DO ALERT 'Large transfer' SEVERITY LOW KEY (src) SUPPRESS INTERVAL '7 days';

-- What is around an account.
CREATE QUERY around (account TEXT) AS
  USE capital_flow
  MATCH (a:Account WHERE a.id = $account)-[t:TRANSFER]-(b:Account)
  RETURN b.id AS other, COUNT(*) AS transfers, SUM(t.amount) AS total
  ORDER BY total DESC LIMIT 10;
