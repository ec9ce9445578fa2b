-- Rings of a stream of transfers: 2 to 6 within 14 days. Tests put other lengths and intervals in their place.
CREATE SOURCE transfers (
  id BIGINT PRIMARY KEY, src TEXT, dst TEXT, t BIGINT,
  at TIMESTAMPTZ AS to_timestamp(t),
  WATERMARK FOR at AS at
);
CREATE TABLE accounts (id TEXT PRIMARY KEY);
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (id)
    SOURCE KEY (src) REFERENCES accounts (id)
    DESTINATION KEY (dst) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '14 days');
CREATE RULE ring ON transfers
THEN USE flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[t:TRANSFER]->{1,5}(b:Account WHERE b.id = $src)
                      -[last:TRANSFER WHERE last.id = $id]->(a)
       ASCENDING BY at WITHIN INTERVAL '14 days'
     RETURN p
DO ALERT 'Ring' KEY (id);
