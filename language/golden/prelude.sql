CREATE SOURCE pays (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), n INT, big BIGINT, rate DOUBLE PRECISION, ok BOOLEAN, at TIMESTAMPTZ, WATERMARK FOR at);
CREATE SOURCE plain (id TEXT, x INT, at TIMESTAMPTZ);
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, age INT, since TIMESTAMPTZ);
CREATE TABLE firms (id BIGINT PRIMARY KEY, name TEXT, since TIMESTAMPTZ, WATERMARK FOR since);
CREATE TABLE holds (person TEXT, firm BIGINT, share NUMERIC(5,2), at TIMESTAMPTZ, PRIMARY KEY (person, firm));
CREATE VIEW big_pays AS SELECT id, payer, payee, amount, at FROM pays WHERE amount > 100;
CREATE VIEW hourly AS SELECT payer, window_end, COUNT(*) AS n, revision FROM TUMBLE(pays, at, INTERVAL '1 hour') GROUP BY payer;
CREATE VIEW adults AS SELECT id, name FROM people WHERE age >= 18;
CREATE PROPERTY GRAPH money
  VERTEX TABLES (people LABEL Person, firms LABEL Firm LABEL Party)
  EDGE TABLES (
    pays SOURCE KEY (payer) REFERENCES people (id) DESTINATION KEY (payee) REFERENCES people (id) LABEL PAYS,
    holds SOURCE KEY (person) REFERENCES people (id) DESTINATION KEY (firm) REFERENCES firms (id) LABEL HOLDS PROPERTIES (share AS part))
  WITH (event_time = 'at', retain = '30 days');
CREATE DECISION payment ON pays OUTCOMES (deny, review, approve) DEFAULT approve;
