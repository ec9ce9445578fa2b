-- The queue by severity. The expression is that of tenants/alert-store.ts.

CREATE INDEX alerts_severity ON alerts (
  tenant_id,
  status,
  (CASE severity WHEN 'CRITICAL' THEN 4 WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 ELSE 1 END),
  effect
);
