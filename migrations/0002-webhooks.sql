-- Addresses that messages are sent to, the messages, and every time one was tried.

CREATE TABLE webhook_endpoints (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT,
  state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled', 'failed')),
  state_reason TEXT,
  -- NULL: alerts of rules that name it; empty: every alert; else those of these rules.
  rules TEXT[],
  -- Encrypted; none once the endpoint is removed.
  secret BYTEA,
  old_secret BYTEA,
  old_secret_until TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  -- Rows stay for the messages that went there.
  removed_at TIMESTAMPTZ,
  -- Attempts that failed one after the other, since when, and before when none is made.
  failures INTEGER NOT NULL DEFAULT 0,
  failing_since TIMESTAMPTZ,
  not_before TIMESTAMPTZ,
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX webhook_endpoints_name_key ON webhook_endpoints (tenant_id, name) WHERE removed_at IS NULL;

CREATE TABLE deliveries (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  -- What the receiver sees as webhook-id: derived from endpoint and alert, so that there is one for the two, for good.
  id TEXT NOT NULL,
  -- The order in which they came up; it has gaps.
  number BIGINT GENERATED ALWAYS AS IDENTITY,
  type TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  alert_id TEXT,
  -- Of the alert or of the row that it tells of.
  position BIGINT,
  -- JSON text; NULL where it tells of an alert, from whose row the same bytes are made whenever they are wanted.
  body TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'cancelled')),
  created_at TIMESTAMPTZ NOT NULL,
  next_attempt_at TIMESTAMPTZ,
  delivered_at TIMESTAMPTZ,
  -- All attempts, and those of the schedule that is run through now.
  attempt_count INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  -- How often it was asked for again: the outcome of an attempt made before does not end what was asked for after.
  replays INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT deliveries_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT deliveries_endpoint_fkey FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id),
  CONSTRAINT deliveries_alert_fkey FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id),
  CONSTRAINT deliveries_pending_check CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX deliveries_due ON deliveries (tenant_id, endpoint_id, next_attempt_at, number) WHERE state = 'pending';
CREATE INDEX deliveries_number ON deliveries (tenant_id, number);
CREATE INDEX deliveries_endpoint ON deliveries (tenant_id, endpoint_id, number);
CREATE INDEX deliveries_alert ON deliveries (tenant_id, alert_id);

CREATE TABLE delivery_attempts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  delivery_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  duration_ms INTEGER NOT NULL,
  -- JSON, as text: what a receiver says may hold what JSONB does not.
  request_headers TEXT NOT NULL,
  status INTEGER,
  response_headers TEXT,
  response_body TEXT,
  error TEXT,
  error_message TEXT,
  CONSTRAINT delivery_attempts_pkey PRIMARY KEY (tenant_id, delivery_id, number),
  CONSTRAINT delivery_attempts_delivery_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id)
);

DO $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['webhook_endpoints', 'deliveries', 'delivery_attempts']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_tenant ON %I TO ringwatch_tenant USING (tenant_id = app_tenant()) '
      'WITH CHECK (tenant_id = app_tenant())', name);
  END LOOP;
END
$$;

-- Who has something to be sent, and when: asked once, at the start.
CREATE POLICY directory ON deliveries FOR SELECT TO ringwatch_platform USING (true);

GRANT SELECT, INSERT, UPDATE ON webhook_endpoints, deliveries TO ringwatch_tenant;
GRANT SELECT, INSERT, DELETE ON delivery_attempts TO ringwatch_tenant;
GRANT SELECT (tenant_id, state, next_attempt_at) ON deliveries TO ringwatch_platform;
