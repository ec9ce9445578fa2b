-- Tenants and what belongs to each. Two roles ask, and neither owns a table: ringwatch_tenant sees the rows of the one
-- tenant that `app.tenant` names, ringwatch_platform the directory of tenants and credentials. Row-level security is
-- forced on every table, so that not even its owner, which only these migrations act as, reads past it unless it is a
-- superuser.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ringwatch_tenant') THEN
    CREATE ROLE ringwatch_tenant NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ringwatch_platform') THEN
    CREATE ROLE ringwatch_platform NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
  END IF;
END
$$;

GRANT ringwatch_tenant, ringwatch_platform TO CURRENT_USER;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ringwatch_tenant, ringwatch_platform;

-- The tenant of the transaction; NULL, which equals nothing, where none is set.
CREATE FUNCTION app_tenant() RETURNS TEXT LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.tenant', true), '');

CREATE TABLE tenants (
  id TEXT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  settings JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT tenants_pkey PRIMARY KEY (id),
  CONSTRAINT tenants_slug_key UNIQUE (slug)
);

CREATE TABLE members (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  scopes TEXT[] NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  disabled_at TIMESTAMPTZ,
  CONSTRAINT members_pkey PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX members_email_key ON members (tenant_id, lower(email)) WHERE disabled_at IS NULL;

CREATE TABLE api_keys (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- SHA-256 of the secret, which has 256 bits of chance: nothing slower is needed against guessing.
  secret_hash BYTEA NOT NULL,
  scopes TEXT[] NOT NULL,
  member_id TEXT,
  -- Persons who may know the secret, because they made it or made what made it.
  creators TEXT[] NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ,
  last_used_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ,
  CONSTRAINT api_keys_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT api_keys_id_key UNIQUE (id),
  CONSTRAINT api_keys_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
CREATE INDEX api_keys_member ON api_keys (tenant_id, member_id);

-- Sessions of the console, each by a key and never longer than it.
CREATE TABLE sessions (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  secret_hash BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ,
  CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT sessions_id_key UNIQUE (id),
  CONSTRAINT sessions_key_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys (tenant_id, id)
);
CREATE INDEX sessions_key ON sessions (tenant_id, key_id);

CREATE TABLE drafts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  purpose JSONB NOT NULL,
  text TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  allow_drop BOOLEAN NOT NULL,
  comment TEXT NOT NULL,
  base_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'publishing', 'published', 'withdrawn')),
  drafted_by JSONB NOT NULL,
  -- The persons behind it: any of them is no second pair of eyes.
  drafted_creators TEXT[] NOT NULL,
  drafted_at TIMESTAMPTZ NOT NULL,
  published_by JSONB,
  published_at TIMESTAMPTZ,
  two_persons BOOLEAN,
  version INTEGER,
  position BIGINT,
  CONSTRAINT drafts_pkey PRIMARY KEY (tenant_id, id)
);

-- What has been in force: a projection of the log's definitions records.
CREATE TABLE definition_versions (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  comment TEXT NOT NULL,
  position BIGINT NOT NULL,
  draft_id TEXT,
  drafted_by JSONB,
  published_by JSONB,
  published_at TIMESTAMPTZ NOT NULL,
  two_persons BOOLEAN NOT NULL,
  CONSTRAINT definition_versions_pkey PRIMARY KEY (tenant_id, version)
);

-- Alerts as the fold raised them (a projection, by derived id), and what people have made of them.
CREATE TABLE alerts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  -- The number of its effect.
  effect BIGINT NOT NULL,
  rule TEXT NOT NULL,
  rule_version INTEGER NOT NULL,
  severity TEXT NOT NULL,
  position BIGINT NOT NULL,
  time TIMESTAMPTZ,
  -- The same as the log has it, to the microsecond.
  time_text TEXT,
  -- Values of the KEY columns by name (JSON, as text: JSONB knows no NUL), and as a list to be looked through.
  key TEXT NOT NULL,
  key_values TEXT[] NOT NULL,
  partial BOOLEAN NOT NULL,
  after_deadline BOOLEAN NOT NULL,
  line TEXT NOT NULL,
  -- The vertices and edges of its paths as they were then (JSON, as text).
  elements TEXT,
  raised_at TIMESTAMPTZ NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged')),
  acknowledged_by JSONB,
  acknowledged_at TIMESTAMPTZ,
  assignee TEXT,
  updated_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT alerts_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT alerts_assignee_fkey FOREIGN KEY (tenant_id, assignee) REFERENCES members (tenant_id, id)
);
CREATE UNIQUE INDEX alerts_effect_key ON alerts (tenant_id, effect);
CREATE INDEX alerts_status ON alerts (tenant_id, status, effect);
CREATE INDEX alerts_position ON alerts (tenant_id, position);
CREATE INDEX alerts_key_values ON alerts USING gin (key_values);

CREATE TABLE alert_comments (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  alert_id TEXT NOT NULL,
  author JSONB NOT NULL,
  text TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT alert_comments_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT alert_comments_alert_fkey FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id)
);
CREATE INDEX alert_comments_alert ON alert_comments (tenant_id, alert_id, id);

-- How far the effects of each tenant's log are projected.
CREATE TABLE projections (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  next_effect BIGINT NOT NULL,
  CONSTRAINT projections_pkey PRIMARY KEY (tenant_id)
);

CREATE TABLE usage_days (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  day DATE NOT NULL,
  metric TEXT NOT NULL,
  amount BIGINT NOT NULL,
  CONSTRAINT usage_days_pkey PRIMARY KEY (tenant_id, day, metric)
);

-- Answers that are given again to whoever asks again with the same key. They may hold what a caller alone may see, and
-- are stored encrypted.
CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  principal_id TEXT NOT NULL,
  key TEXT NOT NULL,
  operation TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  -- The start of the service in which it is or was under way.
  boot TEXT NOT NULL,
  answer BYTEA,
  created_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, principal_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (tenant_id, created_at);

-- Appended to and never changed: the tenant's role may neither update nor delete. `entry` is the canonical JSON that the
-- hash is over; the other columns repeat what is searched for.
CREATE TABLE audit_log (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  sequence BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('change', 'read')),
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  target TEXT,
  entry TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT audit_log_pkey PRIMARY KEY (tenant_id, sequence)
);

-- Where each chain ends: whoever appends locks it.
CREATE TABLE audit_heads (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  sequence BIGINT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT audit_heads_pkey PRIMARY KEY (tenant_id)
);

-- What each role may do, by grant and by policy: what is granted to a tenant is so for its own rows.
DO $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['members', 'api_keys', 'sessions', 'drafts', 'definition_versions', 'alerts', 'alert_comments',
    'projections', 'usage_days', 'idempotency_keys', 'audit_log', 'audit_heads']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_tenant ON %I TO ringwatch_tenant USING (tenant_id = app_tenant()) '
      'WITH CHECK (tenant_id = app_tenant())', name);
  END LOOP;
END
$$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenants TO ringwatch_tenant USING (id = app_tenant()) WITH CHECK (id = app_tenant());
CREATE POLICY directory ON tenants TO ringwatch_platform USING (true) WITH CHECK (true);
CREATE POLICY directory ON members FOR SELECT TO ringwatch_platform USING (true);
CREATE POLICY directory ON api_keys FOR SELECT TO ringwatch_platform USING (true);
CREATE POLICY directory ON sessions FOR SELECT TO ringwatch_platform USING (true);

GRANT SELECT, UPDATE (name, settings) ON tenants TO ringwatch_tenant;
GRANT SELECT, INSERT, UPDATE ON members, api_keys, sessions, drafts, alerts, projections, usage_days, audit_heads TO ringwatch_tenant;
GRANT SELECT, INSERT ON definition_versions, alert_comments, audit_log TO ringwatch_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO ringwatch_tenant;
GRANT SELECT, INSERT ON tenants TO ringwatch_platform;
-- Names and addresses of people are none of the platform's concern.
GRANT SELECT (tenant_id, id, name, scopes, disabled_at) ON members TO ringwatch_platform;
GRANT SELECT ON api_keys, sessions TO ringwatch_platform;
