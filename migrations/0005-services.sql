-- Processes that serve this catalog, and what each has under way that no other may take: publications, webhook messages.

-- One row for each start of a process; times are this server's, so that the clocks of processes do not matter.
CREATE TABLE services (
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('gateway', 'worker')),
  -- Moved on while it runs: what it has under way is free for others from then on.
  alive_until TIMESTAMPTZ NOT NULL,
  CONSTRAINT services_pkey PRIMARY KEY (id)
);

-- What marks the installation's secret.key, which reads what the catalog keeps sealed.
CREATE TABLE installation (
  one BOOLEAN NOT NULL DEFAULT true CHECK (one),
  key_mark TEXT NOT NULL,
  CONSTRAINT installation_pkey PRIMARY KEY (one)
);

-- Who publishes definitions of a tenant at the moment.
CREATE TABLE publication_turns (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  service_id TEXT NOT NULL,
  CONSTRAINT publication_turns_pkey PRIMARY KEY (tenant_id)
);

-- Which process has a message on its way; NULL, or one that is alive no more: none.
ALTER TABLE deliveries ADD COLUMN claimed_by TEXT;
CREATE INDEX deliveries_claimed ON deliveries (tenant_id, endpoint_id) WHERE state = 'pending' AND claimed_by IS NOT NULL;

DO $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['services', 'installation', 'publication_turns']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END
$$;

CREATE POLICY own_tenant ON publication_turns TO ringwatch_tenant USING (tenant_id = app_tenant())
  WITH CHECK (tenant_id = app_tenant());
CREATE POLICY directory ON services TO ringwatch_platform USING (true) WITH CHECK (true);
-- Nothing of any tenant is in it.
CREATE POLICY alive ON services FOR SELECT TO ringwatch_tenant USING (true);
CREATE POLICY directory ON installation TO ringwatch_platform USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON services TO ringwatch_platform;
GRANT SELECT ON services TO ringwatch_tenant;
GRANT SELECT, INSERT ON installation TO ringwatch_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON publication_turns TO ringwatch_tenant;
