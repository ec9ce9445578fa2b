-- Everything that is built, once: how names, types, casts, windows and patterns are written out in the plan.
CREATE SOURCE pays (
  id TEXT PRIMARY KEY,
  payer TEXT,
  payee TEXT FROM 'to',
  cents BIGINT,
  n INT,
  rate DOUBLE PRECISION,
  ok BOOLEAN NOT NULL,
  t NUMERIC,
  amount NUMERIC(18,2) AS cents / 100.0,
  at TIMESTAMPTZ AS to_timestamp(t),
  WATERMARK FOR at AS at - INTERVAL '5 seconds'
) WITH (allowed_lateness = '10 minutes', max_ahead = '1 hour', idle_timeout = '1 minute');
CREATE SOURCE notes (about TEXT, says TEXT);
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, age INT, boss TEXT, "Home Town" TEXT);
CREATE TABLE rates (currency TEXT, place INT, rate NUMERIC(10,4), since TIMESTAMPTZ, PRIMARY KEY (currency, place), WATERMARK FOR since);
CREATE TABLE seen (id TEXT PRIMARY KEY, times BIGINT, last TIMESTAMPTZ, twice BIGINT AS times * 2);

-- Expressions
CREATE VIEW numbers AS
  SELECT id, n + 1 AS i, n + cents AS b, cents * amount AS m, amount / 3 AS d, n / 2 AS h, amount + t AS s, rate * n AS f,
    amount % 7 AS r, -amount AS neg, 3000000000 AS large, 1.50 AS dec, abs(n) AS a, round(amount) AS r0, round(amount, 1) AS r1,
    floor(rate) AS fl, trunc(t, 3) AS tr, sqrt(n) AS sq, mod(cents, 10) AS mo, sign(amount) AS sg, CAST(amount AS INTEGER) AS whole
  FROM pays;
CREATE VIEW texts AS
  SELECT id, payer || '-' || n AS joined, concat(payer, n, NULL) AS parts, length(payer) AS len, upper(left(payer, 2)) AS up,
    substring(payer FROM 2 FOR 3) AS sub, position('a' IN payer) AS pos, strpos(payer, 'a') AS spos, split_part(payer, '-', 1) AS part,
    trim(payer) AS t0, replace(payer, 'a', 'b') AS rep, starts_with(payer, 'x') AS st, CAST(n AS TEXT) AS shown, NULL AS none
  FROM pays;
CREATE VIEW times AS
  SELECT id, at + INTERVAL '1 hour' AS later, at - INTERVAL '1 day' AS before, at - to_timestamp(n) AS span, INTERVAL '1 hour' * n AS hours,
    extract(hour FROM at) AS hour, extract(epoch FROM at) AS epoch, date_trunc('day', at) AS day, TIMESTAMPTZ '2026-01-01Z' AS new_year
  FROM pays WHERE at >= '2026-01-01' AND at < TIMESTAMPTZ '2027-01-01Z';
CREATE VIEW logic AS
  SELECT id, CASE WHEN amount > 100 THEN 'big' WHEN ok THEN 'ok' ELSE NULL END AS kind, CASE n WHEN 1 THEN amount ELSE 0 END AS share,
    COALESCE(amount, 0) AS a0, NULLIF(n, 0) AS nz, GREATEST(n, cents, 5) AS top, LEAST(amount, 1.234) AS low, n IN (1, 2, NULL) AS few,
    payer LIKE 'a%' AS li, payer NOT ILIKE 'b%' AS nil, n BETWEEN 1 AND 5 AS mid, payer IS DISTINCT FROM payee AS other, ok IS NOT TRUE AS no
  FROM pays WHERE NOT (ok AND n > 1 OR payer IS NULL) AND payer <> payee;

-- Joins
CREATE VIEW named AS
  SELECT p.id, p.payer, q.name, r.rate, p.at FROM pays p
  JOIN people FOR SYSTEM_TIME AS OF PROCTIME() q ON q.id = p.payer
  LEFT JOIN rates FOR SYSTEM_TIME AS OF p.at r ON r.currency = p.payee AND p.n = r.place AND r.rate > p.amount
  WHERE q.age > 17;
-- Windows that fire with the row
CREATE VIEW velocity AS
  SELECT *, COUNT(*) OVER w AS n_1h, SUM(amount) OVER w AS sum_1h, AVG(amount) OVER w2 AS avg_all
  FROM pays WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW), w2 AS (PARTITION BY payer ORDER BY at);
CREATE VIEW counts AS
  SELECT id, payee, at, COUNT(DISTINCT payer) OVER (PARTITION BY payee ORDER BY at ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS payers,
    MAX(amount) FILTER (WHERE ok) OVER (PARTITION BY payee ORDER BY at) AS most, SUM(n) OVER (ORDER BY at ROWS 4 PRECEDING) * 2 AS twice
  FROM pays;
-- Windows that fire at their end
CREATE VIEW hourly AS
  SELECT payer, window_start, window_end, revision, COUNT(*) AS n, SUM(amount) AS total, MIN(at) AS first
  FROM TUMBLE(pays, at, INTERVAL '1 hour') WHERE ok GROUP BY payer, window_start, window_end HAVING COUNT(*) > 1 AND SUM(amount) > 5;
CREATE VIEW sliding AS
  SELECT lower(payee) AS who, COUNT(DISTINCT payer) + 1 AS payers, window_end
  FROM HOP(pays, at, INTERVAL '1 minute', INTERVAL '10 minutes', INTERVAL '30 seconds') AS w GROUP BY 1;
CREATE VIEW busy AS SELECT * FROM hourly WHERE n > 10;
CREATE VIEW adults AS SELECT id, name, age AS years FROM people WHERE age >= 18;

CREATE PROPERTY GRAPH money
  VERTEX TABLES (people LABEL Person, adults AS grown LABEL Adult LABEL Person PROPERTIES (name AS called), rates LABEL Rate NO PROPERTIES)
  EDGE TABLES (
    pays SOURCE KEY (payer) REFERENCES people (id) DESTINATION KEY (payee) REFERENCES people (id) LABEL PAYS,
    people AS bosses KEY (id) SOURCE KEY (boss) REFERENCES people (id) DESTINATION KEY (id) REFERENCES people (id) LABEL HEADS PROPERTIES ALL COLUMNS EXCEPT (age),
    velocity AS quotes SOURCE KEY (payer) REFERENCES grown (id) DESTINATION KEY (n, payee) REFERENCES rates (place, currency) LABEL QUOTES)
  WITH (event_time = 'at', retain = '30 days', backfill = 'none');
CREATE DECISION payment ON pays OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 200 MILLISECONDS;

CREATE RULE alone ON velocity WHEN n_1h >= 3 AND sum_1h > 500.5
DO ALERT 'Fast' SEVERITY LOW KEY (payer, amount / 2 AS half) SUPPRESS INTERVAL '1 day', DECIDE review, WEBHOOK 'desk', WEBHOOK 'other',
  INSERT INTO seen (id, times) VALUES (payer, n_1h), INSERT INTO seen VALUES ($payee, 1, at);
CREATE RULE changed AFTER UPDATE ON people WHEN $old.age < age DO ALERT 'Older' KEY (id);
CREATE RULE gone AFTER DELETE ON adults WHEN $old.name IS NOT NULL DO ALERT 'Gone' KEY ($old.id AS id);
CREATE RULE late ON REVISION OF busy DO ALERT 'Corrected' KEY (payer);
CREATE RULE ring ON velocity WHEN n_1h >= 3
THEN USE money
  MATCH p = SIMPLE (a:Person WHERE a.id = $payee)-[t:PAYS]->{1,5}(b:Person WHERE b.id = $payer)-[last:PAYS WHERE last.id = $id]->(a)
    ASCENDING BY at WITHIN INTERVAL '14 days' KEEP LATEST 500
  LET looped = SUM(t.amount) + last.amount
  FILTER looped > 10
  WHEN looped >= 0.9 THEN { CALL graph.neighbourhood(a, 2) YIELD subgraph AS around RETURN p, looped, around }
  WHEN COUNT(t) > 2 THEN { RETURN p, looped, size(t) AS hops }
  ELSE { FILTER a <> b }
BUDGET 50000 EDGES
DO ALERT 'Ring' SEVERITY critical KEY (payer, a AS start), REFUSE;
CREATE RULE merged ON pays
THEN USE money
  MATCH p = (a:Person {id: $payer})-[g:PAYS WHERE g.amount > $amount]->(b)-[h:PAYS]->{2}(c:Person) MERGE PARALLEL
  OPTIONAL MATCH (c)<-[x:HEADS|QUOTES]-(d)
  WHERE x.id IS NOT NULL
  RETURN DISTINCT p, SUM(g.amount) + SUM(h.amount) AS exposure, MAX(h.at) AS newest, COUNT(DISTINCT h.n) FILTER (WHERE h.ok) AS kinds,
    id(b) AS who, label(x) AS head, collect(h.id) AS keys ORDER BY exposure DESC, who LIMIT 10
DO ALERT 'Exposure' KEY (payer);
CREATE QUERY around (who TEXT, n INT = 20, since TIMESTAMPTZ = '2026-01-01') AS
  USE money
  MATCH (a:Person)-[e:PAYS]-(b:Person) WHERE a.id = $who AND e.at >= $since
  WITH b, COUNT(*) AS times, SUM(e.amount) AS total WHERE times > 1
  MATCH q = TRAIL (b)-[f:PAYS]->+(c:!Adult), (c)-[:HEADS*1..2]->(z)
  RETURN b.id AS other, times, total, path_length(q) AS hops, nodes(q) AS through, COUNT(DISTINCT c) AS reached
  ORDER BY total DESC NULLS LAST, other OFFSET 1 LIMIT $n BUDGET 1000 EDGES;
