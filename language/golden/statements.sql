-- Everything that a statement may hold, once. Names say nothing.
CREATE SOURCE s1 (
  id TEXT,
  part INT NOT NULL,
  "Mixed Case" DOUBLE PRECISION NULL FROM 'mixed case',
  ts NUMERIC(18, 2) FROM 't',
  at TIMESTAMP WITH TIME ZONE AS to_timestamp(ts),
  day TIMESTAMPTZ GENERATED ALWAYS AS (date_trunc('day', at)) STORED,
  name VARCHAR(10),
  PRIMARY KEY (id, part),
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (allowed_lateness = '10 minutes', max_ahead = INTERVAL '1 hour', depth = 3, share = 0.5, strict = TRUE, loose = false);
CREATE TABLE t1 (id BIGINT PRIMARY KEY NOT NULL, "primary" TEXT, valid_from TIMESTAMPTZ, WATERMARK FOR valid_from);
;;
CREATE VIEW v1 WITH (backfill = 'log') AS SELECT DISTINCT s.*, *, s.id AS "Id", part number FROM s1 AS s;
CREATE VIEW v2 AS
  SELECT s.id, a.name holder, b."primary" AS p
  FROM s1 s
  JOIN t1 FOR SYSTEM_TIME AS OF PROCTIME() AS a ON a.id = s.part /* é𝄞 before the rest */
  LEFT OUTER JOIN t1 b FOR SYSTEM_TIME AS OF s.at ON b.id = s.part AND b.name IS NOT NULL
  INNER JOIN t1 c ON c.id = s.part
  WHERE s.name IN ('a', 'é') -- a comment; with a semicolon
  WITH (backfill = 'log');
CREATE VIEW v3 AS
  SELECT window_start, part, COUNT(*) AS n, SUM(ts) FILTER (WHERE ts > 0) AS total, COUNT(DISTINCT id)
  FROM HOP(s1, at, INTERVAL '1 minute', INTERVAL '1 hour', INTERVAL '5 seconds') AS w
  GROUP BY window_start, part
  HAVING COUNT(*) > 1;
CREATE VIEW v4 AS SELECT COUNT(*) AS n FROM TUMBLE(s1, at, INTERVAL '1 day') GROUP BY window_end;
CREATE VIEW v5 AS
  SELECT
    COUNT(*) OVER (PARTITION BY id, part ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) a,
    SUM(ts) OVER w1 AS b,
    AVG(ts) OVER (ORDER BY at ROWS 5 PRECEDING) c,
    MAX(ts) OVER (PARTITION BY rows ORDER BY at DESC ROWS BETWEEN CURRENT ROW AND CURRENT ROW) d,
    MIN(ts) OVER (ORDER BY at RANGE BETWEEN CURRENT ROW AND CURRENT ROW) e,
    COUNT(id) OVER () f
  FROM s1 WINDOW w1 AS (PARTITION BY id ORDER BY at RANGE UNBOUNDED PRECEDING), w2 AS (ORDER BY at);
CREATE PROPERTY GRAPH g1
  VERTEX TABLES (
    t1,
    t1 AS company KEY (id) LABEL Company LABEL "Legal Person" PROPERTIES (id, "primary" AS main),
    v1 KEY (id, part) DEFAULT LABEL NO PROPERTIES
  )
  EDGE TABLES (
    s1 AS e1 KEY (id, part)
      SOURCE KEY (id) REFERENCES company (id) DESTINATION KEY (part, name) REFERENCES v1
      LABEL A PROPERTIES ARE ALL COLUMNS EXCEPT (ts, at),
    v2 DESTINATION KEY (p) REFERENCES t1 SOURCE KEY (id) REFERENCES t1 LABEL B PROPERTIES ALL COLUMNS
  )
  WITH (event_time = 'at', retain = '90 days');
CREATE PROPERTY GRAPH g2 NODE TABLES (t1);
CREATE DECISION d1 ON s1 OUTCOMES (a, b);
CREATE DECISION d2 ON s1 OUTCOMES (a) DEADLINE INTERVAL '1 second' FALLBACK a DEFAULT a;
CREATE RULE r1 ON s1 DO REFUSE;
CREATE RULE r2 AFTER UPDATE ON t1 WHEN $old.name <> name DO DECIDE a, WEBHOOK 'desk', ALERT 'changed' KEY (id, lower(name) AS n);
CREATE RULE r3 AFTER DELETE ON t1 DO INSERT INTO t2 (id, why) VALUES ($id, 'gone'), INSERT INTO t2 VALUES (1, NULL);
CREATE RULE r4 AFTER INSERT ON t1 DO ALERT 'it''s' SUPPRESS 90 MINUTES SEVERITY critical;
CREATE RULE r5 ON REVISION v3 DO REFUSE;
CREATE RULE r6 ON REVISION OF v3 WHEN n > 3 DO REFUSE;
CREATE RULE r7 ON revision WHEN n > 3 DO REFUSE;
CREATE RULE r8 ON s1 WHEN ts > 10 AND name STARTS WITH 'x'
THEN USE g1
  MATCH p = ACYCLIC PATH (a:Company|!(Legal & %) {id: $id, part: 1 + 2} WHERE a.main = $name)
      -[e:A:B]->{1,3}(b)<-[f:A&!B WHERE f.ts > 1]-+(c IS Company)-[*2..4 {ts: 5}]-(d)-[x:A|:B*]->(),
    q = (a)->(b)<-(c)-(d)-[]->*(a)-[]->{2,}()-[]->{,4}()<-[y]->{0,2}()-[*..3]->()-[*3]->()-[z*0..]->()
    ASCENDING BY at WITHIN 14 DAYS KEEP LATEST 500
    WHERE a.id <> b.id
  OPTIONAL MATCH TRAIL (a)-[g]->(h) MERGE PARALLEL ASCENDING BY at
  LET one = 1, two = one + 1
  FILTER one < two
  FILTER WHERE two > [1, 2, $id] OR a IS SOURCE OF g OR NOT a IS NOT DESTINATION OF g
  CALL graph.neighbourhood(a, 2) YIELD subgraph AS s, other WHERE other > 1
  WITH DISTINCT *, a, b.x AS y GROUP BY a, y ORDER BY a DESC NULLS LAST, b.x ASCENDING NULLS FIRST, y SKIP 1 LIMIT $n WHERE y > 1
  CALL algo.pagerank()
  WHEN one = 1 THEN { RETURN * }
  WHEN one IN [1, 2] AND y CONTAINS 'z' AND NOT y ENDS WITH 'w' THEN {
    LET three = 3
    WHEN three > 2 THEN { RETURN DISTINCT three, COUNT(*) AS n, collect(DISTINCT e) LIMIT 1 OFFSET 2 }
    ELSE { RETURN *, p }
  }
  ELSE { FILTER FALSE RETURN a }
BUDGET 50000 EDGES
DO ALERT 'A' SEVERITY HIGH KEY (id) SUPPRESS INTERVAL '1 day';
CREATE QUERY q1 AS USE g1 MATCH (a) RETURN a;
CREATE QUERY q2 (a TEXT, n INT = 20, t TIMESTAMPTZ DEFAULT TIMESTAMPTZ '2020-01-01Z') AS
  USE g1 MATCH (x)-->(y)<--(z)--(w) -->(v) RETURN x.id AS id ORDER BY id DESC OFFSET $a LIMIT $n BUDGET 7 EDGES;
CREATE QUERY q3 () AS USE g1 MATCH (x WHERE x.`back tick` = $"Quoted") RETURN x // the end
