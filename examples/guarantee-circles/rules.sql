-- Guarantee circles: companies that guarantee each other's loans in a circle guarantee nothing. An application for a
-- guarantee that would close a circle of two to eight companies is refused, with its members and their exposure.

CREATE TABLE companies (
  id         BIGINT PRIMARY KEY FROM 'companyId',
  sector     TEXT,
  registered BIGINT                               -- milliseconds since 1970
);

CREATE TABLE guarantees (
  id            BIGINT PRIMARY KEY FROM 'guaranteeId',
  guarantor     BIGINT,
  beneficiary   BIGINT,
  amount_cents  BIGINT FROM 'amountCents',
  valid_from_ms BIGINT FROM 'validFrom',
  valid_to_ms   BIGINT FROM 'validTo',
  amount        NUMERIC(18,2) AS amount_cents / 100.0,
  valid_from    TIMESTAMPTZ AS to_timestamp(valid_from_ms / 1000.0),
  valid_to      TIMESTAMPTZ AS to_timestamp(valid_to_ms / 1000.0)
);

CREATE SOURCE applications (
  id            BIGINT PRIMARY KEY FROM 'applicationId',
  time_ms       BIGINT FROM 'time',
  guarantor     BIGINT,
  beneficiary   BIGINT,
  amount_cents  BIGINT FROM 'amountCents',
  valid_from_ms BIGINT FROM 'validFrom',
  valid_to_ms   BIGINT FROM 'validTo',
  at            TIMESTAMPTZ AS to_timestamp(time_ms / 1000.0),
  amount        NUMERIC(18,2) AS amount_cents / 100.0,
  valid_from    TIMESTAMPTZ AS to_timestamp(valid_from_ms / 1000.0),
  valid_to      TIMESTAMPTZ AS to_timestamp(valid_to_ms / 1000.0),
  WATERMARK FOR at AS at
);

-- Two edge tables under one label: a contract in force and an application that was accepted are the same to a circle.
CREATE PROPERTY GRAPH guarantee_net
  VERTEX TABLES (companies KEY (id) LABEL Company)
  EDGE TABLES (
    guarantees KEY (id)
      SOURCE KEY (guarantor) REFERENCES companies (id)
      DESTINATION KEY (beneficiary) REFERENCES companies (id)
      LABEL GUARANTEES,
    applications KEY (id)
      SOURCE KEY (guarantor) REFERENCES companies (id)
      DESTINATION KEY (beneficiary) REFERENCES companies (id)
      LABEL GUARANTEES
  );

CREATE DECISION application ON applications OUTCOMES (review, accept) DEFAULT accept FALLBACK review DEADLINE 200 MILLISECONDS;

-- Parallel contracts between two companies are one hop (MERGE PARALLEL), whose amounts add up.
CREATE RULE circle ON applications WHEN guarantor <> beneficiary
THEN USE guarantee_net
     MATCH p = SIMPLE (a:Company WHERE a.id = $guarantor)
                 -[g:GUARANTEES WHERE g.valid_from <= $at AND $at < g.valid_to]->(b:Company WHERE b.id = $beneficiary)
                 -[h:GUARANTEES WHERE h.valid_from <= $at AND $at < h.valid_to]->{1,7}(a) MERGE PARALLEL
     RETURN p, SUM(g.amount) + SUM(h.amount) AS exposure
DO ALERT 'Guarantee circle' SEVERITY HIGH KEY (guarantor, beneficiary), REFUSE;

-- The circles that a company is in at an instant: `ringwatch query DIR circles company=82 at=2022-08-08`.
CREATE QUERY circles (company BIGINT, at TIMESTAMPTZ, n INT = 20) AS
  USE guarantee_net
  MATCH p = SIMPLE (c:Company WHERE c.id = $company)
              -[g:GUARANTEES WHERE g.valid_from <= $at AND $at < g.valid_to]->{2,8}(c) MERGE PARALLEL
  RETURN p, SUM(g.amount) AS exposure ORDER BY exposure DESC LIMIT $n;
