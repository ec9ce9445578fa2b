-- Cash-out rings: money that leaves an account and comes back to it over two to five others.
-- The columns label, pattern and pattern_id of transfers.csv are the answers; no column here reads them.

CREATE SOURCE transfers (
  tx     BIGINT PRIMARY KEY,
  t      BIGINT,                                  -- seconds since the start of the simulation
  src    TEXT,
  dst    TEXT,
  amount NUMERIC(18,2),
  at     TIMESTAMPTZ AS to_timestamp(t),
  WATERMARK FOR at AS at
);

-- Accounts are known by the transfers between them; a row would only add what is known about one.
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);

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

-- Searches on every transfer: does it close a ring of three to six transfers, each later than the one before it,
-- within 40 days? `a` is where the closing transfer arrives, so the path begins and ends there.
CREATE RULE cash_out_ring ON transfers
THEN USE capital_flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[t:TRANSFER]->{2,5}(b:Account WHERE b.id = $src)
                      -[last:TRANSFER WHERE last.tx = $tx]->(a)
       ASCENDING BY at WITHIN INTERVAL '40 days'
     RETURN p, SUM(t.amount) + last.amount AS moved
DO ALERT 'Cash-out ring' SEVERITY HIGH KEY (src, dst), DECIDE review;

-- What is around an account: `ringwatch query DIR around account=4026`.
CREATE QUERY around (account TEXT) AS
  USE capital_flow
  MATCH (a:Account WHERE a.id = $account)-[t:TRANSFER]-(b:Account)
  RETURN b.id AS other, COUNT(*) AS transfers, SUM(t.amount) AS total
  ORDER BY total DESC LIMIT 10;
