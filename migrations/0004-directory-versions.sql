-- What processes remember of tenants and credentials, each in its memory: how often it has changed, by tenant, so that each
-- finds out by one number what the others have changed. Who changes it need not think of it.

CREATE TABLE directory_versions (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  -- A tenant that has no row has not changed since there is this table.
  version BIGINT NOT NULL,
  CONSTRAINT directory_versions_pkey PRIMARY KEY (tenant_id)
);

CREATE FUNCTION count_directory_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  tenant TEXT;
BEGIN
  IF TG_TABLE_NAME = 'tenants' THEN
    tenant := NEW.id;
  ELSE
    tenant := NEW.tenant_id;
  END IF;
  INSERT INTO directory_versions (tenant_id, version) VALUES (tenant, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET version = directory_versions.version + 1;
  RETURN NULL;
END
$$;

-- At the commit: the row is then the last that a transaction locks, whatever it has changed in which order.
CREATE CONSTRAINT TRIGGER directory_change AFTER INSERT OR UPDATE ON tenants
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_directory_change();
CREATE CONSTRAINT TRIGGER directory_change AFTER INSERT OR UPDATE ON members
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_directory_change();
-- When a key was used last is nobody else's concern.
CREATE CONSTRAINT TRIGGER directory_change
  AFTER INSERT OR UPDATE OF name, secret_hash, scopes, member_id, creators, expires_at, revoked_at ON api_keys
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_directory_change();
CREATE CONSTRAINT TRIGGER directory_change AFTER INSERT OR UPDATE ON sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_directory_change();

ALTER TABLE directory_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE directory_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON directory_versions TO ringwatch_tenant USING (tenant_id = app_tenant())
  WITH CHECK (tenant_id = app_tenant());
CREATE POLICY directory ON directory_versions TO ringwatch_platform USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON directory_versions TO ringwatch_tenant, ringwatch_platform;
