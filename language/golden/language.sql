-- 1. What arrives, and what is known
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), status TEXT, at TIMESTAMPTZ,
    WATERMARK FOR at AS at - INTERVAL '5 seconds')
  WITH (allowed_lateness = '10 minutes', max_ahead = '1 hour');     -- connector = 'kafka', topic = '...' in a cluster
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, region TEXT, closed_at TIMESTAMPTZ);
CREATE TABLE denied (id TEXT PRIMARY KEY, until TIMESTAMPTZ);
CREATE VIEW settled AS SELECT tx_id, payer, payee, amount, at FROM transfers WHERE status = 'OK';
CREATE VIEW velocity AS
  SELECT tx_id, payer, payee, amount, at, COUNT(*) OVER w AS n_1h, SUM(amount) OVER w AS sum_1h
  FROM settled WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);

-- 2. A graph view (ISO SQL/PGQ), live from the stream, built offline from tables
CREATE PROPERTY GRAPH capital_flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (settled KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id) DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '90 days');

-- 3. A rule: a stream condition starts a graph job; its results decide what runs next
CREATE DECISION payment ON transfers OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 200 MILLISECONDS;
CREATE RULE cash_out ON velocity WHEN n_1h >= 3 OR sum_1h >= 5000
THEN USE capital_flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:TRANSFER]->{1,5}(b:Account WHERE b.id = $payer)-[last:TRANSFER WHERE last.tx_id = $tx_id]->(a)
       ASCENDING BY at WITHIN INTERVAL '14 days' KEEP LATEST 500
     LET looped = SUM(t.amount) + last.amount
     CALL model.score('cash_out') YIELD score
     WHEN score >= 0.9 THEN { CALL graph.neighbourhood(a, 2) YIELD subgraph RETURN p, looped, score, subgraph }
     ELSE { RETURN p, looped, score }
BUDGET 50000 EDGES
DO ALERT 'Cash-out loop' SEVERITY HIGH KEY (payer, payee) SUPPRESS INTERVAL '1 day', DECIDE review, WEBHOOK 'risk-desk';
CREATE RULE circle ON applications WHEN guarantor <> beneficiary          -- guarantees and applications: two edge tables labelled GUARANTEES
THEN USE guarantee_net
     MATCH p = SIMPLE (a:Company WHERE a.id = $guarantor)-[g:GUARANTEES WHERE g.valid_from <= $at AND $at < g.valid_to]->(b:Company WHERE b.id = $beneficiary)
       -[h:GUARANTEES WHERE h.valid_from <= $at AND $at < h.valid_to]->{1,7}(a) MERGE PARALLEL
     RETURN p, SUM(g.amount) + SUM(h.amount) AS exposure
DO ALERT 'Guarantee circle' SEVERITY HIGH KEY (guarantor, beneficiary), REFUSE;

-- 4. Subgraph queries: the same algebra in each dialect
CREATE QUERY guarantee_circle (company TEXT, t TIMESTAMPTZ, n INT = 20) AS
  USE guarantee_net
  MATCH p = SIMPLE (c:Company WHERE c.id = $company)-[g:GUARANTEES WHERE g.valid_from <= $t AND $t < g.valid_to]->{2,8}(c) MERGE PARALLEL
  RETURN p, SUM(g.amount) AS exposure ORDER BY exposure DESC LIMIT $n;
CREATE QUERY reach (account TEXT) AS USE capital_flow GREMLIN g.V(account).repeat(out('TRANSFER').simplePath()).times(3).dedup().count();

-- 5. Models and policies
CREATE MODEL cash_out ON velocity USE capital_flow
  FEATURES (n_1h, sum_1h, amount, GRAPH in_degree(payee), GRAPH cycles(payer, 4), HASH (payer, payee))
  LABEL is_fraud FROM chargebacks KEY (tx_id) WITHIN INTERVAL '30 days' DEFAULT FALSE
  LEARNER ftrl (alpha = 0.1) GATE (log_loss <= live, positives >= 100);
CREATE POLICY blessings ARMS (red_packet, coupon, badge) CONTEXT (city, hour, HASH (user_id))
  REWARD redeemed FROM redemptions KEY (decision_id) WITHIN INTERVAL '1 hour' DEFAULT 0 LEARNER squarecb;

-- 6. Before it goes live
BACKTEST RULE cash_out VERSION 7 AGAINST 6 FROM '2026-10-01' TO '2026-10-31';
