import type { AlertEffect } from '../core/effects.ts';
import type { Catalog, Sql } from '../core/ports/catalog.ts';
import type { EffectSink, NumberedEffect } from '../core/ports/engine.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { searchable, storable } from './storable-text.ts';

/**
 * Writes what some kinds of effect mean into tables of their own, by derived id, so that the same batch again changes nothing.
 * Resolves with the messages that are to be sent because of it.
 */
export type EffectProjection = (sql: Sql, batch: EffectBatch) => Promise<number>;

/** Effects of one tenant, in order. */
export interface EffectBatch {
  readonly tenant: TenantId;
  readonly effects: readonly NumberedEffect[];
  /** When they are stored, ISO 8601. */
  readonly at: string;
}

export interface EffectSinkOptions {
  readonly catalog: Catalog;
  readonly nowMs: () => number;
  /** Run in order, in the one transaction in which the batch is counted as projected. */
  readonly projections: readonly EffectProjection[];
  /** Hears of what is new in the catalog, and of how many messages are to be sent, once it is durable. Must not throw. */
  readonly projected: (batch: EffectBatch, messages: number) => void;
  /** Hears of each batch why it could not be stored (it comes again), or null. Must not throw. */
  readonly settled?: (tenant: TenantId, error: unknown) => void;
}

/**
 * The sink that an EngineHost gives effects to: a batch is projected in one transaction, together with how far the tenant's
 * effects have come, and acknowledged when that is durable. A batch that comes again is left out where it was projected.
 */
export function createEffectSink(options: EffectSinkOptions): EffectSink {
  return async (tenant, effects) => {
    const at = new Date(options.nowMs()).toISOString();
    try {
      const { batch, messages } = await project(options, tenant, effects, at);
      options.settled?.(tenant, null);
      if (batch.effects.length > 0) options.projected(batch, messages);
    } catch (error) {
      options.settled?.(tenant, error);
      throw error;
    }
  };
}

/** What of the effects was new, and the messages that are to be sent. */
async function project(
  { catalog, projections }: EffectSinkOptions,
  tenant: TenantId,
  effects: readonly NumberedEffect[],
  at: string,
): Promise<{ readonly batch: EffectBatch; readonly messages: number }> {
  return await catalog.asTenant(tenant, async (sql) => {
    const next = await nextEffect(sql, tenant);
    const batch = { tenant, effects: effects.filter(({ number }) => number >= next), at };
    const last = batch.effects.at(-1);
    let messages = 0;
    if (last === undefined) return { batch, messages };
    for (const each of projections) messages += await each(sql, batch);
    await sql.query('UPDATE projections SET next_effect = $2 WHERE tenant_id = $1', [
      tenant,
      last.number + 1,
    ]);
    return { batch, messages };
  });
}

/** The number of the first effect that is not projected yet; locked, so that two sinks of one tenant take turns. */
async function nextEffect(sql: Sql, tenant: TenantId): Promise<number> {
  const insert = 'INSERT INTO projections (tenant_id, next_effect) VALUES ($1, 0) ON CONFLICT DO NOTHING';
  await sql.query(insert, [tenant]);
  const select = 'SELECT next_effect FROM projections WHERE tenant_id = $1 FOR UPDATE';
  return Number((await sql.query(select, [tenant]))[0]?.next_effect);
}

/** What of an alert's line (engine/effects/alert-line.ts) has columns of its own. */
interface AlertLine {
  readonly version: number;
  readonly key: Readonly<Record<string, string | null>>;
  readonly time: string | null;
  readonly severity: string;
  readonly partial: boolean;
}

/** Alerts, and which of them came after the deadline of their decision. */
export const projectAlerts: EffectProjection = async (sql, { tenant, effects, at }) => {
  const rows = effects.flatMap(({ number, effect }) =>
    effect.kind === 'alert' ? [alertRow(number, effect)] : [],
  );
  if (rows.length > 0) await sql.query(INSERT_ALERTS, [tenant, JSON.stringify(rows), at]);
  const late = effects.flatMap(({ effect }) => (effect.kind === 'deadline' ? [effect.position] : []));
  if (late.length === 0) return 0;
  await sql.query(
    `UPDATE alerts SET after_deadline = true WHERE tenant_id = $1
     AND position IN (SELECT json_array_elements_text($2::json)::bigint)`,
    [tenant, JSON.stringify(late)],
  );
  return 0;
};

const INSERT_ALERTS = `
INSERT INTO alerts (tenant_id, id, effect, rule, rule_version, severity, position, time, time_text, key, key_values,
  partial, after_deadline, line, elements, raised_at, updated_at)
SELECT $1, id, effect, rule, rule_version, severity, position, time, time_text, key,
  ARRAY(SELECT json_array_elements_text(key_values)), partial, false, line, elements, $3, $3
FROM json_to_recordset($2::json) AS alert (id TEXT, effect BIGINT, rule TEXT, rule_version INTEGER, severity TEXT,
  position BIGINT, time TIMESTAMPTZ, time_text TEXT, key TEXT, key_values JSON, partial BOOLEAN, line TEXT, elements TEXT)
ON CONFLICT (tenant_id, id) DO NOTHING`;

function alertRow(effect: number, alert: AlertEffect): Record<string, unknown> {
  const line = JSON.parse(alert.line) as AlertLine;
  const values = Object.values(line.key).filter((value) => value !== null);
  return {
    id: alert.id,
    effect,
    rule: storable(alert.rule),
    rule_version: line.version,
    severity: line.severity,
    position: alert.position,
    time: line.time,
    time_text: line.time,
    key: JSON.stringify(line.key),
    key_values: values.map((value) => searchable(String(value))),
    partial: line.partial,
    line: alert.line,
    elements: alert.elements === undefined ? null : JSON.stringify(alert.elements),
  };
}
